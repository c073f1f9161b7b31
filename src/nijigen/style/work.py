"""The work of ``nijigen style``: files in, a painted file out, or a strip of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import Image

from nijigen.errors import NijigenError
from nijigen.features.vgg_network import Vgg
from nijigen.files import printable, write_bytes
from nijigen.images.output import SUFFIXES, encode, writable
from nijigen.images.png import write_png
from nijigen.images.source import SourceType
from nijigen.progress import track
from nijigen.style.masks import open_mask
from nijigen.style.painting import Painted, longest_of, paint, total_steps
from nijigen.style.pictures import Opened, fitted, open_picture
from nijigen.style.preview import Preview
from nijigen.style.settings import Settings
from nijigen.style.sweep import LARGEST, strip, sweep_weights


@dataclass(frozen=True)
class Job:
    """Opened pictures, checked against what is asked of them."""

    content: Opened
    styles: list[Opened]
    masks: list[Image.Image]
    settings: Settings
    notes: list[str] = field(default_factory=list)


def check_names(sources: Sequence[Path], out: Path, sweep: bool = False, preview: Path | None = None) -> None:
    """Refuse names that cannot be written, or that would take the place of what the picture is made from.

    Raises:
        NijigenError: the line names the file.
    """
    if out.is_dir() or not writable(out.name):
        raise NijigenError(f"{out}: the name of the painted picture, given last, ends in {', '.join(SUFFIXES)}")
    if sweep and out.suffix.lower() != ".png":
        raise NijigenError(f"{out}: the strip of --sweep is a .png; give such a name")
    if sweep and preview:
        raise NijigenError("--preview shows how one picture is painted, --sweep paints several: choose one of them")
    for target in (out, *([preview] if preview else [])):
        for source in sources:
            if target.exists() and source.exists() and target.samefile(source):
                raise NijigenError(
                    f"{target} is one of the pictures given, which are never overwritten: choose another"
                )
    if preview is not None and preview.resolve() == out.resolve():
        raise NijigenError(f"--preview {preview} is the painted picture itself: choose another name")


def open_job(content: Path, styles: Sequence[Path], masks: Sequence[Path], settings: Settings) -> Job:
    """Read every picture.

    Raises:
        NijigenError: settings that do not fit, or a picture that cannot be used.
    """
    settings.check(len(styles), len(masks))
    opened, others = open_picture(content), [open_picture(style) for style in styles]
    notes = [note for picture in (opened, *others) for note in picture.notes]
    if opened.certified:
        notes.append(f"{content}: its birth certificate stays with it, a painted picture has none")
    drawn = []
    for path in masks:
        mask, said = open_mask(path, opened.image.size)
        drawn.append(mask)
        notes += said
    return Job(opened, others, drawn, settings, notes)


def paint_file(
    network: Vgg, job: Job, out: Path, preview: Path | None = None, every: int | None = None, quiet: bool = False
) -> dict[str, Any]:
    """Paint one picture and write it with the alpha and the EXIF block of its content; what was done, for a report.

    Raises:
        NijigenError: it does not fit into memory or into the format.
        OSError: a file cannot be written.
    """
    content, settings = job.content.image, job.settings
    steps = total_steps(content, settings)
    film = Preview(preview, fitted(content.size, longest_of(content, settings)), steps, every) if preview else None
    with track(steps, "painting", unit="steps", quiet=quiet) as bar:

        def watch(number: int, show: Any) -> None:
            bar.advance()
            if film:
                film(number, show)

        made = paint(network, content, [style.image for style in job.styles], settings, job.masks, watch)
    data, lost = encode(made.image, out.name, exif=job.content.exif, source=SourceType.EDITED)
    write_bytes(out, data)
    facts = {"out": printable(str(out)), **_facts(made), "notes": [*job.notes, *(f"{out}: {note}" for note in lost)]}
    if film:
        facts["preview"] = printable(str(film.write(made.image)))
    return facts


def sweep_file(network: Vgg, job: Job, out: Path, count: int, quiet: bool = False) -> dict[str, Any]:
    """Paint with ``count`` style weights around the one asked for, and write all beside content and styles as a strip.

    Raises:
        NijigenError: as :func:`paint_file`, or too few or many.
    """
    content = job.content.image
    size = job.settings.size or min(LARGEST, max(content.size))
    settings = replace(job.settings, size=size)
    weights, styles = sweep_weights(settings.style_weight, count), [style.image for style in job.styles]
    rows: list[dict[str, Any]] = []
    pictures: list[tuple[Image.Image, str]] = []
    with track(count * total_steps(content, settings), "painting", unit="steps", quiet=quiet) as bar:
        for weight in weights:
            one = replace(settings, style_weight=weight)
            made = paint(network, content, styles, one, job.masks, lambda number, show: bar.advance())
            rows.append({"style_weight": round(weight, 6), **_facts(made)})
            pictures.append((made.image, f"style {weight:.3g}"))
    ends = [
        (style, f"style picture {number}"[: None if len(styles) > 1 else 13]) for number, style in enumerate(styles, 1)
    ]
    shown = content.resize(pictures[0][0].size, Image.Resampling.LANCZOS)
    write_png(out, strip([(shown, "content"), *pictures, *ends]), source=SourceType.MIXED)
    return {"out": printable(str(out)), "pictures": rows, "notes": job.notes}


def _facts(made: Painted) -> dict[str, Any]:
    return {
        "size": list(made.image.size),
        "scales": [{"size": [width, height], "steps": steps} for width, height, steps in made.scales],
        "before": made.before,
        "after": made.after,
    }
