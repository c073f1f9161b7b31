"""The flags of verbs whose avatars are painted like a picture, and how long that takes."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nijigen.errors import NijigenError
from nijigen.terminal import notes, plain_words

if TYPE_CHECKING:
    import torch

    from nijigen.engine.editing import Editable
    from nijigen.style.brush import Brush

StyleImage = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="Paint each avatar like this picture (nijigen style); several are mixed."),
]
StyleWeight = Annotated[float | None, typer.Option(help="How much the style counts. [default: 3]")]
StyleSteps = Annotated[int | None, typer.Option(help="Steps of painting for each avatar. [default: 40]")]
StyleColours = Annotated[
    str | None,
    typer.Option(help="Whose: style, content (the avatar's range) or luminance (every colour stays). [default: style]"),
]


def chosen_brush(
    styles: list[Path] | None,
    weight: float | None,
    steps: int | None,
    colours: str | None,
    out: Path,
    device: "torch.device",
    silent: bool,
) -> "Brush | None":
    """The brush that was asked for; None where none was.

    Raises:
        NijigenError: flags about a style without one, or what :func:`nijigen.style.brush.open_brush` refuses.
    """
    asked = {"style_weight": weight, "steps": steps, "colours": colours}
    given = {key: value for key, value in asked.items() if value is not None}
    if not styles:
        if given:
            flag = "--style-weight" if "style_weight" in given else f"--style-{next(iter(given))}"
            raise NijigenError(f"{flag} is about --style-image: give a picture to paint like, or leave it out")
        return None
    from dataclasses import replace

    from nijigen.cli.sources import keep_sources
    from nijigen.style.brush import FOR_AVATARS, open_brush

    keep_sources(out, *styles)
    brush = open_brush(
        styles,
        replace(FOR_AVATARS, **given),  # type: ignore[arg-type]  # each of its own type
        device,
        None if silent else lambda line: print(line, file=sys.stderr),
    )
    notes((plain_words(note) for note in brush.notes), silent)
    return brush


def brush_of(file: Path, editable: "Editable", styles: list[Path] | None) -> "Brush | None":
    """With what an avatar was painted; None where nobody asks for it.

    Raises:
        NijigenError: it was not painted, or with something else; the file is named.
    """
    if not styles:
        return None
    from nijigen.engine.recreate import brush_of_avatar

    return brush_of_avatar(file, editable.avatar.certificate, styles, editable.model.device)[0]


@contextmanager
def painting(brush: "Brush", side: int, count: int, quiet: bool) -> "Iterator[Callable[[], object]]":
    """A progress bar over all steps of ``count`` avatars, so that the time left is known after a few of them.

    Args:
        side: pixels a side of an avatar.
    """
    from nijigen.progress import track

    with track(count * brush.steps(side), "painting", unit="steps", quiet=quiet) as bar:
        yield bar.advance
