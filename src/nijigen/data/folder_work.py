"""Every picture of a folder or zip, one by one, into the same places below another folder; what is there stays.

What verbs like ``enlarge`` and ``stylize`` have in common: names, what is never overwritten, and going on where an
interrupted run stopped.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nijigen.data.sources import FolderSource, open_source
from nijigen.errors import NijigenError
from nijigen.files import locked, printable, remove_unfinished
from nijigen.images.decode import MAX_BYTES, PictureError
from nijigen.images.output import SUFFIXES, writable
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
class Taken:
    """A picture whose turn it is.

    Attributes:
        name: as it can be printed; path: its file, or the zip that it is in.
        data: its bytes, at most :data:`nijigen.images.decode.MAX_BYTES` + 1 of them.
    """

    name: str
    path: Path
    data: bytes


Make = Callable[[Taken, Path], Done]


def target_of(source: Path, out: Path, made: str, written: Callable[[str], bool] = writable) -> Path:
    """Where one picture goes: the file ``out``, or into the folder ``out`` under its own name.

    Args:
        made: what comes out, in the line of a refusal: ``the enlarged picture``.
        written: whether something is written under a name.

    Raises:
        NijigenError: the ending is none that is written, or the file is the picture itself.
    """
    target = out / written_name(source.name, written) if out.is_dir() else out
    if not written(target.name):
        raise NijigenError(f"{target}: the name of {made} ends in {ENDINGS}, or is a folder")
    if target.exists() and target.samefile(source):
        raise NijigenError(f"{target} is the picture itself, which is never overwritten: choose another name")
    return target


def check_folders(source: Path, out: Path, done: str) -> None:
    """Refuse to write the pictures of a folder or zip to a place that would mix them with those that were there.

    Args:
        done: what is done to the pictures, in the line of a refusal: ``enlarged``.

    Raises:
        NijigenError: ``out`` is a file, is ``source``, or lies in it.
    """
    if out.exists() and not out.is_dir():
        kind = "folder" if source.is_dir() else "zip"
        raise NijigenError(f"{out} is a file: {source} is a {kind}, so give a folder to write to")
    inside, outside = out.resolve(), source.resolve()
    if inside == outside or outside in inside.parents:
        raise NijigenError(f"{out} lies in {source}, whose pictures are {done}: choose a folder beside it")


def read_one(path: Path) -> Taken:
    """A picture by itself.

    Raises:
        NijigenError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return Taken(printable(str(path)), path, file.read(MAX_BYTES + 1))
    except OSError as error:
        raise NijigenError(f"cannot read {path}: {error.strerror}") from None


def each_picture(
    source: Path,
    out: Path,
    make: Make,
    doing: str,
    done: str,
    quiet: bool = False,
    written: Callable[[str], bool] = writable,
) -> list[Done]:
    """Let ``make`` write every picture below a folder, or in a zip, to the same place below another folder.

    A picture's file keeps its name; where nothing is written under its ending, ``.png`` is added. A picture that cannot
    be used is a row with a problem, and the others are made nevertheless.

    Args:
        make: writes the picture to the path, unless it is there; a NijigenError is this picture's problem.
        doing, done: words for the progress bar and for refusals: ``enlarging``, ``enlarged``.

    Raises:
        NijigenError: there are no pictures, none could be made, or another process writes to ``out``.
        OSError: a file cannot be written.
    """
    found = open_source(source)
    listing = found.listing()
    if not listing.pictures:
        raise NijigenError(f"{source} holds no pictures: give a picture, or a folder or zip of them")
    inside = isinstance(found, FolderSource)
    # Names as the disk has them: what is no text could not be printed, but is kept.
    names = [Path(entry.where).relative_to(source) if inside else Path(entry.name) for entry in listing.pictures]
    targets = [out / name.with_name(written_name(name.name, written)) for name in names]
    own = {_identity(Path(entry.where)) for entry in listing.pictures} if inside else {_identity(source)}
    rows = [Done(f"{source}/{row['file']}", "", problem=row.get("detail", row["reason"])) for row in listing.refused]
    with locked(out), track(len(targets), doing, quiet=quiet) as bar:
        for folder in {target.parent for target in targets}:
            remove_unfinished(folder)
        for entry, target in zip(listing.pictures, targets, strict=True):
            name = f"{source}/{entry.name}"
            try:
                if _identity(target) in own:
                    raise NijigenError(f"{target} is one of the pictures to be {done}, which are never overwritten")
                try:
                    data = found.read(entry, MAX_BYTES + 1)
                except OSError as error:
                    raise NijigenError(f"cannot read {name}: {error.strerror}") from None
                except ValueError as error:
                    raise PictureError("corrupt", str(error)) from None
                rows.append(make(Taken(name, Path(entry.where) if inside else source, data), target))
            except NijigenError as error:
                reason = f"{error.reason}: {error}" if isinstance(error, PictureError) else str(error)
                rows.append(Done(name, "", problem=reason))
            bar.advance()
    if all(row.problem for row in rows):
        first = f"{rows[0].file}: {rows[0].problem}"
        raise NijigenError(f"none of the {len(rows):,} pictures in {source} could be {done}, the first: {first}")
    return rows


def newer(target: Path, source: Path) -> bool:
    """Whether a file is there and no older than what it was made from."""
    try:
        return target.is_file() and target.stat().st_mtime >= source.stat().st_mtime
    except OSError:
        return False


def written_name(name: str, written: Callable[[str], bool] = writable) -> str:
    """The name itself where it is one that is written, else with ``.png`` behind it."""
    return name if written(name) else f"{name}.png"


def _identity(path: Path) -> Any:
    """What tells a file from all others, whatever its name."""
    try:
        status = os.stat(path)
    except OSError:
        return path
    return (status.st_dev, status.st_ino)
