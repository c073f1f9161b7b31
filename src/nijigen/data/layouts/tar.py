"""Tar files: a bounded walk over their headers, and where each member lies.

``tarfile`` of the standard library reads as much as a header tells it to; here nothing is read that is larger than a
name can be. Understood are plain, ustar, GNU (long names) and pax archives; sparse files are not.
"""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from nijigen.data.layouts.words import shown
from nijigen.errors import NijigenError

BLOCK = 512
MOST_NOTES = 2**20  # of a long name or the notes before a member
FILES = frozenset((tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE))
LONG_NAME, LONG_LINK = tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK
NOTES = frozenset((LONG_NAME, LONG_LINK, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE))


@dataclass(frozen=True, slots=True)
class TarMember:
    """A member; ``kind`` is ``file``, ``folder``, ``link`` or ``special``; ``whole``: the archive holds all of it."""

    name: str
    offset: int
    size: int
    kind: str
    whole: bool = True


def members(path: Path) -> Iterator[TarMember]:
    """All members in order, by their headers alone; of a truncated archive the last one is not whole.

    Raises:
        NijigenError: a header is broken, so that nothing after it can be found, or the file cannot be read.
    """
    number = 0
    try:
        with open(path, "rb") as file:
            if file.read(2) == b"\x1f\x8b":
                raise NijigenError(f"{path} is packed with gzip: unpack it first (gunzip)")
            end = file.seek(0, 2)
            file.seek(0)
            for member in _walk(file, end):
                number += 1
                yield member
    except (tarfile.HeaderError, ValueError) as error:
        what = f"is broken after {number} members" if number else "is no tar file"
        raise NijigenError(f"{path} {what} ({error}): copy or download it again") from None
    except OSError as error:
        raise NijigenError(f"cannot read {path}: {error.strerror or error}") from None


def read_range(path: str | Path, offset: int, size: int) -> bytes:
    """Bytes of a member.

    Raises:
        ValueError: the file is shorter than it was.
    """
    with open(path, "rb") as file:
        file.seek(offset)
        data = file.read(size)
    if len(data) != size:
        raise ValueError("the tar file is truncated")
    return data


def _walk(file: IO[bytes], end: int) -> Iterator[TarMember]:
    notes: dict[str, str] = {}
    while True:
        header = file.read(BLOCK)
        if not header.strip(b"\0"):
            return
        place = file.tell()
        if len(header) < BLOCK:
            yield TarMember("the last header", place, 0, "file", False)
            return
        info = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        if info.type in NOTES:
            if not 0 <= info.size <= MOST_NOTES:
                raise ValueError(f"a name of {info.size:,} bytes")
            data = file.read(info.size)
            file.seek(-info.size % BLOCK, 1)
            if len(data) < info.size:
                yield TarMember("the last header", place, 0, "file", False)
                return
            notes |= _notes(info.type, data)
            continue
        size = _size(notes.get("size"), info.size)
        kind = _kind(info, notes)
        name = notes.get("path", info.name)
        notes = {}
        length = size if kind == "file" or not (info.islnk() or info.issym() or info.isdir()) else 0
        whole = length <= end - place
        yield TarMember(shown(name), place, length, kind, whole)
        if not whole:
            return
        file.seek(place + length + -length % BLOCK)


def _size(noted: str | None, size: int) -> int:
    if noted is not None:
        size = int(noted) if noted.isascii() and noted.isdigit() and len(noted) < 20 else -1
    if size < 0:
        raise ValueError("a member of less than no bytes")
    return size


def _kind(info: tarfile.TarInfo, notes: dict[str, str]) -> str:
    if "sparse" in notes or info.type == tarfile.GNUTYPE_SPARSE:
        return "special"
    if info.isdir():
        return "folder"
    if info.type in FILES:
        return "file"
    return "link" if info.islnk() or info.issym() else "special"


def _notes(kind: bytes, data: bytes) -> dict[str, str]:
    """What is said before a member: GNU a long name, pax ``LENGTH KEY=VALUE\\n`` lines."""
    if kind == LONG_NAME:
        return {"path": data.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")}
    if kind in (LONG_LINK, tarfile.XGLTYPE):
        return {}
    found: dict[str, str] = {}
    place = 0
    while place < len(data) and data[place] != 0:
        space = data.find(b" ", place, place + 20)
        digits = data[place:space] if space > 0 else b""
        length = int(digits) if digits.isdigit() else 0
        line = data[space + 1 : place + length]
        key, equals, value = line.partition(b"=")
        if not equals or not line.endswith(b"\n") or place + length > len(data):
            raise ValueError("the pax notes of a member are broken")
        word = key.decode("utf-8", "replace")
        if word.startswith("GNU.sparse."):
            found["sparse"] = "yes"
        elif word in ("path", "size"):
            found[word] = value[:-1].decode("utf-8", "surrogateescape")
        place += length
    return found
