"""The work of ``nijigen enlarge``: one picture, or every picture of a folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nijigen.avatar import as_made
from nijigen.data.folder_work import Done, Taken, each_picture, newer, read_one
from nijigen.enlarge.certificate import with_enlargement
from nijigen.enlarge.enlarger import Enlarger
from nijigen.errors import NijigenError
from nijigen.files import printable, write_bytes
from nijigen.images.certified import may_be_certified, read_certified, stated_source
from nijigen.images.decode import MAX_PIXELS, PictureError, decode, has_more_frames
from nijigen.images.output import encode
from nijigen.progress import track


@dataclass(frozen=True)
class _Opened:
    taken: Taken
    image: Image.Image


def enlarge_one(enlarger: Enlarger, source: Path, target: Path, scale: int, quiet: bool = False) -> Done:
    """Enlarge one picture; a file that is there is replaced.

    Raises:
        NijigenError: the picture cannot be read, or is too large.
        OSError: the file cannot be written.
    """
    taken = read_one(source)
    try:
        opened = _open(taken, scale)
        with track(enlarger.steps(opened.image.size, scale), "enlarging", unit="tiles", quiet=quiet) as bar:
            return _enlarge(enlarger, opened, target, scale, bar.advance)
    except PictureError as error:
        raise NijigenError(f"{source}: {error.reason}: {error}") from None


def enlarge_folder(enlarger: Enlarger, source: Path, out: Path, scale: int, quiet: bool = False) -> list[Done]:
    """Enlarge every picture below a folder into the same places below another; what is there and whole stays.

    A picture's file keeps its name; where nothing is written under its ending, ``.png`` is added. It counts as there
    if it is no older than the picture, can be read and has the right size.

    Raises:
        NijigenError: there are no pictures, none could be enlarged, or another process writes to ``out``.
        OSError: a file cannot be written.
    """

    def make(taken: Taken, place: Path) -> Done:
        opened = _open(taken, scale)
        size = opened.image.width * scale, opened.image.height * scale
        if _there(place, taken.path, size):
            return Done(taken.name, printable(str(place)), size, there=True)
        return _enlarge(enlarger, opened, place, scale)

    return each_picture(source, out, make, "enlarging", "enlarged", quiet)


def _open(taken: Taken, scale: int) -> _Opened:
    try:
        return _Opened(taken, decode(taken.data, max_pixels=MAX_PIXELS // scale**2))
    except PictureError as error:
        if error.reason == "too_large":
            raise PictureError(error.reason, f"{error} (the most for --scale {scale})") from None
        raise


def _enlarge(
    enlarger: Enlarger, opened: _Opened, target: Path, scale: int, step: Callable[[], object] | None = None
) -> Done:
    notes = ["it has several frames: the first one alone"] if has_more_frames(opened.taken.data) else []
    certificate, before = _certificate(opened, notes)
    made = enlarger(opened.image, scale, step)
    if certificate is not None:
        certificate = with_enlargement(certificate, before, np.asarray(made), enlarger, scale)
    # What somebody else made is enlarged as what it says it is.
    source = stated_source(opened.taken.data) if certificate is None else None
    written, lost = encode(made, target.name, certificate, source=source)
    write_bytes(target, written)
    return Done(opened.taken.name, printable(str(target)), made.size, notes=[*notes, *lost])


def _certificate(opened: _Opened, notes: list[str]) -> tuple[dict[str, Any] | None, Any]:
    """The birth certificate of a picture, and its pixels as it tells their digest; (None, None) where it has none."""
    if not may_be_certified(opened.taken.data):
        return None, None
    try:
        found = read_certified(opened.taken.data, opened.taken.name)
    except NijigenError:
        notes.append("its birth certificate is damaged and was left out")
        return None, None
    return found.facts, None if found.facts is None else as_made(found.picture, found.facts)


def _there(target: Path, source: Path, size: tuple[int, int]) -> bool:
    """Whether a picture was enlarged before, and what was written is whole."""
    try:
        return newer(target, source) and decode(target.read_bytes()).size == size
    except (OSError, PictureError):
        return False
