"""Where pictures come from: a folder, a zip, or the built-in illustrator. Each lists its entries and reads one of them.

A source is a small object that can be sent to another process; it holds no open file. Names inside a source are
relative, with ``/`` between folders, and sorted, so that the same pictures give the same data set on every machine.
"""

import os
import posixpath
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from nijigen.data import archive
from nijigen.data.facts import Facts
from nijigen.data.rights import LICENCE_FILE, LICENCE_START
from nijigen.errors import NijigenError
from nijigen.files import printable

PICTURE_SUFFIXES = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff", ".avif"),
        *(".ico", ".tga", ".pcx", ".ppm", ".pgm", ".pbm", ".pnm", ".qoi", ".jp2", ".j2k"),
        *(".heic", ".heif", ".jxl", ".psd"),  # cannot be read here, and are dropped as unsupported, not overlooked
    )
)
METADATA_NAMES = ("metadata.csv", "metadata.jsonl")
HEAD_BYTES = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a source: its name, its size in bytes and where the source finds it."""

    name: str
    size: int
    where: Any = None


@dataclass
class Listing:
    """What a source holds.

    ``refused`` are drop rows for entries that are never opened; ``ignored`` counts files that are no pictures;
    ``facts`` is what the source says of a picture, by its name.
    """

    pictures: list[Entry] = field(default_factory=list)
    metadata: list[Entry] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    ignored: int = 0
    facts: dict[str, Facts] = field(default_factory=dict)


class Source(Protocol):
    """A place that holds pictures."""

    @property
    def name(self) -> str:
        """What ``dataset.json`` calls the source: no path of a machine."""

    def listing(self) -> Listing:
        """Every picture and metadata file, sorted by name."""

    def read(self, entry: Entry, limit: int) -> bytes:
        """At most ``limit`` bytes of one entry.

        Raises:
            PermissionError: the file cannot be read.
            ValueError: the entry is broken (a damaged zip member).
        """


def open_source(source: str | Path) -> "FolderSource | ZipSource":
    """The folder or zip at a path.

    Raises:
        NijigenError: there is nothing at the path, or it is neither a folder nor a zip.
    """
    path = Path(source)
    if path.is_dir():
        return FolderSource(path)
    if not path.exists():
        raise NijigenError(f"source {source} does not exist: give a folder, a zip or chibi:N")
    if not path.is_file() or not archive.is_zip(path):
        raise NijigenError(f"source {source} is neither a folder nor a zip: give a folder, a zip or chibi:N")
    return ZipSource(path)


@dataclass(frozen=True)
class FolderSource:
    """All files below a folder. Links to folders are not followed, so loops and ways out do no harm."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.resolve().name or "/"

    def listing(self) -> Listing:
        listing = Listing()
        for found in self._walk(listing):
            _sort_in(listing, found, self)
        return _sorted(listing)

    def read(self, entry: Entry, limit: int) -> bytes:
        with open(entry.where, "rb") as file:
            return file.read(limit)

    def entries(self) -> Iterator[Entry]:
        """All files below the folder, whatever they are, in no order."""
        yield from self._walk(Listing())

    def _walk(self, listing: Listing) -> Iterator[Entry]:
        folders = [("", self.path)]  # a list and no recursion: folders may be thousands deep
        while folders:
            prefix, folder = folders.pop()
            try:
                with os.scandir(folder) as rows:
                    found = [row for row in rows if not is_junk(row.name)]
            except OSError as error:
                what = f"cannot list folder {folder}: {error.strerror}"
                raise NijigenError(f"{what}; make it readable or move it") from None
            for row in found:
                name = prefix + row.name
                if row.is_dir(follow_symlinks=False):
                    folders.append((name + "/", Path(row.path)))
                    continue
                try:
                    status = row.stat()
                except OSError:  # a link to nothing, or to itself
                    yield Entry(printable(name), 0, row.path)
                    continue
                if stat.S_ISREG(status.st_mode):
                    yield Entry(printable(name), status.st_size, row.path)
                elif stat.S_ISDIR(status.st_mode):
                    detail = "a link to a folder is not followed"
                    listing.refused.append({"file": printable(name), "reason": "unsafe_path", "detail": detail})
                else:  # a pipe or a device: opening it could wait for ever
                    listing.ignored += 1


@dataclass(frozen=True)
class ZipSource:
    """All members of a zip. Nothing is ever unpacked to disk."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    def listing(self) -> Listing:
        listing = Listing()
        for member in archive.members(self.path):
            if any(is_junk(part) for part in member.name.replace("\\", "/").split("/") if part not in (".", "..", "")):
                continue
            entry = Entry(printable(member.name), member.size, member)
            if member.encrypted and (is_picture(entry.name) or is_metadata(entry.name)):
                raise NijigenError(f"{self.path} is encrypted ({entry.name}): unpack it with its password first")
            if not member.safe:
                if is_picture(entry.name):
                    listing.refused.append({"file": entry.name, "reason": "unsafe_path"})
                else:
                    listing.ignored += 1
                continue
            _sort_in(listing, entry, self)
        return _sorted(listing)

    def read(self, entry: Entry, limit: int) -> bytes:
        return archive.read_member(self.path, entry.where, limit)


def refuse_mixed(folder: Path, packed: Sequence[Path]) -> None:
    """Refuse a folder of packed pictures that holds plain ones too, beside or below: the one would hide the other.

    Args:
        packed: the files of the folder that are read instead of what lies around them.

    Raises:
        NijigenError: there is a plain picture; it is named.
    """
    if not folder.is_dir() or not packed:
        return
    plain = [entry.name for entry in FolderSource(folder).entries() if is_picture(entry.name)]
    if plain:
        raise NijigenError(
            f"{folder} holds {printable(packed[0].name)} and {len(plain):,} plain pictures beside it ({min(plain)}): "
            "give the file itself to read it, or move it out of the folder to read the pictures"
        )


def is_junk(name: str) -> bool:
    """Files that systems leave behind, and hidden files: not pictures, whatever their extension."""
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "ehthumbs.db", "desktop.ini")


def is_picture(name: str) -> bool:
    """Whether the extension is one that pictures have."""
    return posixpath.splitext(name.lower())[1] in PICTURE_SUFFIXES


def is_metadata(name: str) -> bool:
    """Whether this is a label file of the ImageFolder convention."""
    return posixpath.basename(name.lower()) in METADATA_NAMES


def _sort_in(listing: Listing, entry: Entry, source: "FolderSource | ZipSource") -> None:
    from nijigen.images.decode import looks_like_picture

    if is_metadata(entry.name):
        listing.metadata.append(entry)
    elif is_picture(entry.name):
        listing.pictures.append(entry)
    else:
        try:
            nameless = "." not in PurePosixPath(entry.name).name and entry.size > HEAD_BYTES
            picture = nameless and looks_like_picture(source.read(entry, HEAD_BYTES))
            named = PurePosixPath(entry.name).name == LICENCE_FILE
            ours = named and source.read(entry, HEAD_BYTES).startswith(LICENCE_START)  # pictures say it themselves
        except (OSError, ValueError):
            picture = ours = False
        if picture:
            listing.pictures.append(entry)
        else:
            listing.ignored += not ours


def _sorted(listing: Listing) -> Listing:
    listing.pictures.sort(key=lambda entry: entry.name)
    listing.metadata.sort(key=lambda entry: entry.name)
    listing.refused.sort(key=lambda row: str(row["file"]))
    return listing
