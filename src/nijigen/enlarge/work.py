"""The work of ``nijigen enlarge``: one picture, or every picture of a folder."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nijigen.data.sources import FolderSource
from nijigen.enlarge.certificate import with_enlargement
from nijigen.enlarge.enlarger import Enlarger
from nijigen.enlarge.output import SUFFIXES, encode, writable
from nijigen.errors import NijigenError
from nijigen.files import locked, printable, remove_unfinished, write_bytes
from nijigen.images.decode import MAX_BYTES, MAX_PIXELS, PictureError, decode, has_more_frames
from nijigen.images.png import KEYWORD, read_png
from nijigen.images.swift_png import SIGNATURE
from nijigen.progress import track

ENDINGS = ", ".join(SUFFIXES)


@dataclass(frozen=True)
class Done:
    """What became of one picture.

    Attributes:
        file, out: names of the picture and of what was written, as they can be printed.
        size: (width, height) of what was written; (0, 0) where there is a ``problem``.
        there: it was there already, from an earlier run, and was left as it is.
        notes: what a person should know of it.
        problem: why there is nothing.
    """

    file: str
    out: str
    size: tuple[int, int] = (0, 0)
    there: bool = False
    notes: list[str] = field(default_factory=list)
    problem: str = ""


@dataclass(frozen=True)
class _Opened:
    path: Path
    data: bytes
    image: Image.Image


def target_of(source: Path, out: Path) -> Path:
    """Where one picture goes: the file ``out``, or into the folder ``out`` under its own name.

    Raises:
        NijigenError: the ending is none that is written, or the file is the picture itself.
    """
    target = out / _written_name(source.name) if out.is_dir() else out
    if not writable(target.name):
        raise NijigenError(f"{target}: the name of the enlarged picture ends in {ENDINGS}, or is a folder")
    if target.exists() and target.samefile(source):
        raise NijigenError(f"{target} is the picture itself, which is never overwritten: choose another name")
    return target


def check_folders(source: Path, out: Path) -> None:
    """Refuse to write the pictures of a folder to a place that would mix them with those that were there.

    Raises:
        NijigenError: ``out`` is a file, is ``source``, or lies in it.
    """
    if out.exists() and not out.is_dir():
        raise NijigenError(f"{out} is a file: {source} is a folder, so give a folder to write to")
    inside, outside = out.resolve(), source.resolve()
    if inside == outside or outside in inside.parents:
        raise NijigenError(f"{out} lies in {source}, whose pictures are enlarged: choose a folder beside it")


def enlarge_one(enlarger: Enlarger, source: Path, target: Path, scale: int, quiet: bool = False) -> Done:
    """Enlarge one picture; a file that is there is replaced.

    Raises:
        NijigenError: the picture cannot be read, or is too large.
        OSError: the file cannot be written.
    """
    try:
        opened = _open(source, scale)
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
    listing = FolderSource(source).listing()
    if not listing.pictures:
        raise NijigenError(f"{source} holds no pictures: give a picture or a folder of them")
    paths = [Path(entry.where) for entry in listing.pictures]
    targets = [out / path.relative_to(source).with_name(_written_name(path.name)) for path in paths]
    own = {_identity(path) for path in paths}
    rows = [Done(f"{source}/{row['file']}", "", problem=row.get("detail", row["reason"])) for row in listing.refused]
    with locked(out), track(len(paths), "enlarging", quiet=quiet) as bar:
        for folder in {target.parent for target in targets}:
            remove_unfinished(folder)
        for path, target in zip(paths, targets, strict=True):
            try:
                rows.append(_one_of_many(enlarger, path, target, scale, own))
            except NijigenError as error:
                reason = f"{error.reason}: {error}" if isinstance(error, PictureError) else str(error)
                rows.append(Done(printable(str(path)), "", problem=reason))
            bar.advance()
    if all(row.problem for row in rows):
        first = f"{rows[0].file}: {rows[0].problem}"
        raise NijigenError(f"none of the {len(rows):,} pictures in {source} could be enlarged, the first: {first}")
    return rows


def _one_of_many(enlarger: Enlarger, path: Path, target: Path, scale: int, own: set[Any]) -> Done:
    if _identity(target) in own:
        raise NijigenError(f"{target} is one of the pictures to be enlarged, which are never overwritten")
    opened = _open(path, scale)
    size = opened.image.width * scale, opened.image.height * scale
    if _there(target, path, size):
        return Done(printable(str(path)), printable(str(target)), size, there=True)
    return _enlarge(enlarger, opened, target, scale)


def _open(path: Path, scale: int) -> _Opened:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise NijigenError(f"cannot read {path}: {error.strerror}") from None
    try:
        return _Opened(path, data, decode(data, max_pixels=MAX_PIXELS // scale**2))
    except PictureError as error:
        if error.reason == "too_large":
            raise PictureError(error.reason, f"{error} (the most for --scale {scale})") from None
        raise


def _enlarge(
    enlarger: Enlarger, opened: _Opened, target: Path, scale: int, step: Callable[[], object] | None = None
) -> Done:
    notes = ["it has several frames: the first one alone"] if has_more_frames(opened.data) else []
    certificate, before = _certificate(opened, notes)
    made = enlarger(opened.image, scale, step)
    if certificate is not None:
        certificate = with_enlargement(certificate, before, np.asarray(made), enlarger, scale)
    written, lost = encode(made, target.name, certificate)
    write_bytes(target, written)
    return Done(printable(str(opened.path)), printable(str(target)), made.size, notes=[*notes, *lost])


def _certificate(opened: _Opened, notes: list[str]) -> tuple[dict[str, Any] | None, Any]:
    """The birth certificate of a picture, and its pixels as it tells their digest; (None, None) where it has none."""
    if not opened.data.startswith(SIGNATURE) or KEYWORD.encode() not in opened.data:
        return None, None
    try:
        picture, certificate = read_png(opened.path)
    except NijigenError:
        notes.append("its birth certificate is damaged and was left out")
        return None, None
    return certificate, np.asarray(picture)


def _there(target: Path, source: Path, size: tuple[int, int]) -> bool:
    """Whether a picture was enlarged before, and what was written is whole."""
    try:
        if not target.is_file() or target.stat().st_mtime < source.stat().st_mtime:
            return False
        return decode(target.read_bytes()).size == size
    except (OSError, PictureError):
        return False


def _written_name(name: str) -> str:
    return name if writable(name) else f"{name}.png"


def _identity(path: Path) -> Any:
    """What tells a file from all others, whatever its name."""
    try:
        status = os.stat(path)
    except OSError:
        return path
    return (status.st_dev, status.st_ino)
