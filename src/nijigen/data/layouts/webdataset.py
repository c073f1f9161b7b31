"""WebDataset tar files as a source: ``KEY.png`` beside ``KEY.json``, ``KEY.cls`` and ``KEY.txt``.

A file ``*.tar`` or a folder of them. What belongs together shares its name up to the first dot. Labels come from the
``labels`` object of ``KEY.json`` (as our own shards have it), else from its words and numbers, else from ``KEY.cls``,
which becomes ``class``; a ``KEY.txt`` with commas is a list of tags. Nothing is unpacked; pictures are read from their
place in the tar.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nijigen.data.archive import is_safe
from nijigen.data.facts import Facts
from nijigen.data.layouts.features import NO_LABELS
from nijigen.data.layouts.tar import TarMember, members, read_range
from nijigen.data.layouts.words import labels_of, shown, text, word
from nijigen.data.rights import own
from nijigen.data.sources import PICTURE_SUFFIXES, Entry, Listing, is_junk, is_metadata, is_picture, refuse_mixed
from nijigen.errors import NijigenError
from nijigen.vocabulary import fold

SUFFIXES = (".tar", ".tar.gz", ".tgz")
MOST_NOTES = 2**20
TEXTS = ("json", "cls", "txt")
# What img2dataset and others note of a file; it says nothing about what the picture shows.
NOT_LABELS = NO_LABELS | {"file", "licence", "license", "status", "error_message", "exif", "original_width",
                          "original_height", "similarity", "punsafe", "pwatermark", "phash"}  # fmt: skip


def detect(path: Path) -> bool:
    """Whether this is a tar file by its name, or a folder of them without pictures beside."""
    try:
        if path.is_file():
            return path.name.lower().endswith(SUFFIXES)
        names = [row.name for row in path.iterdir() if not is_junk(row.name)] if path.is_dir() else []
    except (OSError, ValueError):
        return False
    shards = any(name.lower().endswith(SUFFIXES) for name in names)
    return shards and not any(is_picture(name) or is_metadata(name) for name in names)


@dataclass
class _Group:
    """Members of one key."""

    pictures: list[tuple[str, TarMember]] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class WebDatasetSource:
    """All pictures of a tar file, or of the tar files in a folder (not below it)."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.resolve().name

    def listing(self) -> Listing:
        """Every picture. Links, devices, names that lead out and a truncated end are refused; the rest is used.

        Raises:
            NijigenError: a tar file is broken or packed, or plain pictures lie below.
        """
        listing = Listing()
        taken: set[str] = set()
        shards = _shards(self.path)
        refuse_mixed(self.path, shards)
        for file in shards:
            for key, group in _groups(file, listing).items():
                _add(file, key, group, listing, taken)
        listing.pictures.sort(key=lambda entry: entry.name)
        return listing

    def read(self, entry: Entry, limit: int) -> bytes:
        file, offset, size = entry.where
        return read_range(file, offset, min(size, limit))


def _shards(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(row for row in path.iterdir() if row.name.lower().endswith(SUFFIXES) and not is_junk(row.name))


def _groups(file: Path, listing: Listing) -> dict[str, _Group]:
    groups: dict[str, _Group] = {}
    for member in members(file):
        name = member.name.removeprefix("./")
        if member.kind == "folder" or any(is_junk(part) for part in name.split("/") if part not in (".", "..", "")):
            continue
        if not member.whole:
            _refuse(listing, name, "corrupt", f"{shown(file.name)} ends within it (a truncated copy?)")
        elif member.kind != "file":
            _refuse(listing, name, "unsafe_path", f"a {'link' if member.kind == 'link' else 'device or sparse file'}")
        elif not is_safe(name):
            _refuse(listing, name, "unsafe_path", "the name leads out of the archive")
        else:
            folder, _, base = name.rpartition("/")
            stem, _, suffix = base.partition(".")
            group = groups.setdefault(f"{folder}/{stem}" if folder else stem, _Group())
            _sort_in(file, member, suffix.lower(), group, listing)
    return groups


def _sort_in(file: Path, member: TarMember, suffix: str, group: _Group, listing: Listing) -> None:
    if f".{suffix.rpartition('.')[2]}" in PICTURE_SUFFIXES:
        group.pictures.append((suffix, member))
    elif suffix in TEXTS and member.size <= MOST_NOTES:
        try:
            data = read_range(file, member.offset, member.size)
            words = data.decode("utf-8-sig")
            group.notes[suffix] = json.loads(words) if suffix == "json" else words.strip()
        except (ValueError, RecursionError) as error:  # the picture is used without these labels
            _refuse(listing, member.name, "corrupt", f"no readable labels ({type(error).__name__}: {error})")
        except OSError as error:
            raise NijigenError(f"cannot read {file}: {error.strerror or error}") from None
    else:
        listing.ignored += 1


def _add(file: Path, key: str, group: _Group, listing: Listing, taken: set[str]) -> None:
    """``000.png`` is the picture of its key; ``000.mask.png`` beside it is something else, alone it is a picture."""
    plain = [member for suffix, member in group.pictures if "." not in suffix][:1]
    pictures = plain or [member for _, member in group.pictures]
    listing.ignored += len(group.pictures) - len(pictures)
    facts = _facts(group.notes)
    for member in pictures:
        name = _free(member.name.removeprefix("./"), shown(file.name).partition(".")[0], taken)
        listing.pictures.append(Entry(name, member.size, (str(file), member.offset, member.size)))
        if facts != Facts():
            listing.facts[name] = facts
    if not pictures:
        listing.ignored += len(group.notes)


def _free(name: str, shard: str, taken: set[str]) -> str:
    """A name of its own: shards often count from 0 each, so a later one's comes below the name of the shard."""
    if name in taken:
        name = f"{shard}/{name}"
    while name in taken:
        folder, slash, base = name.rpartition("/")
        name = f"{folder}{slash}+{base}"
    taken.add(name)
    return name


def _facts(notes: dict[str, Any]) -> Facts:
    found = notes.get("json")
    row = found if isinstance(found, dict) else {}
    given = row.get("labels")
    if isinstance(given, dict):
        labels = labels_of(given)
    else:
        labels = {name: value for name, value in labels_of(row).items() if fold(name) not in NOT_LABELS}
        if isinstance(word(given), str):  # {"labels": "cat"}
            labels["class"] = labels.pop("labels")
        if "cls" in notes and (value := word(notes["cls"])) is not None:
            labels.setdefault("class", value)
    parts = notes.get("txt", "").split(",")
    tags = tuple(tag for part in parts if isinstance(tag := word(part), str)) if len(parts) > 1 else ()
    licence = own(text(row.get("licence")) or text(row.get("license")))
    return Facts(labels=labels, tags=tags, licence=licence, source=own(text(row.get("source"))))


def _refuse(listing: Listing, name: str, reason: str, detail: str) -> None:
    listing.refused.append({"file": name, "reason": reason, "detail": detail})
