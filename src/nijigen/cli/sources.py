"""What a verb is made from: avatars of a model, and that they stay where they are."""

from pathlib import Path
from typing import TYPE_CHECKING

from nijigen.errors import NijigenError
from nijigen.terminal import notes

if TYPE_CHECKING:
    from nijigen.engine.editing import Editable
    from nijigen.engine.model import Model


def keep_sources(out: Path, *files: Path) -> None:
    """See that what is written does not take the place of what it is made from.

    Raises:
        NijigenError: ``out`` is one of the files, or the folder of one, where files of the same names would be written.
    """
    for file in files:
        if out.resolve() in (file.resolve(), file.resolve().parent):
            raise NijigenError(f"--out {out}: {file} or others beside it would be written over; choose another name")


def open_avatar(
    file: Path, model: "str | Model | None", device: str = "auto", threads: int | None = None, silent: bool = False
) -> "Editable":
    """An avatar with its model; where it was painted like a picture, it is said what becomes of the paint.

    Raises:
        NijigenError: as :func:`nijigen.engine.editing.open_editable`.
    """
    from nijigen.engine.editing import open_editable
    from nijigen.style.record import is_painted

    editable = open_editable(file, model, device, threads)
    if is_painted(editable.avatar.certificate):
        notes([f"{file} was painted like a picture: what is made of it is made of the avatar below the paint"], silent)
    return editable
