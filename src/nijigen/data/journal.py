"""The unfinished data set ``OUT.partial``: finished shards, and a journal that tells where to go on after a kill.

A journal line is written, and synced, after its shard is on disk. It holds everything that was learned up to there
(which pictures were kept, their digests, what was dropped), so the state after replaying the lines equals the state of
a run that was never interrupted, and so do the bytes of the result.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nijigen.data.near import Fingerprint, NearIndex
from nijigen.data.rights import NOTED, UNKNOWN
from nijigen.errors import NijigenError
from nijigen.files import locked, sync_folder, write_json
from nijigen.schema import Labels

ARGUMENTS, JOURNAL, LOCK = "arguments.json", "journal.jsonl", "lock"
# What differs because something else does, and is not told then: the cause is.
FOLLOWS = {
    "min_size": {"size"},
    "source_digest": {"source", "limit", "labels", "tags", "label_map", "ratings", "books", "faces", "seed",
                      "attributes", "illustrator"},
}  # fmt: skip


@dataclass
class Ledger:
    """What is known so far. ``next`` is the first entry of the source that is not accounted for.

    ``attic`` are the shards of pictures that were judged and left out; ``near`` finds near duplicates, where wanted.
    """

    next: int = 0
    files: list[str] = field(default_factory=list)
    labels: list[Labels] = field(default_factory=list)
    shards: list[dict[str, Any]] = field(default_factory=list)
    attic: list[dict[str, Any]] = field(default_factory=list)
    dropped: list[dict[str, Any]] = field(default_factory=list)
    merged: dict[int, Labels] = field(default_factory=dict)
    near: NearIndex | None = None
    _by_bytes: dict[bytes, int] = field(default_factory=dict)
    _by_pixels: dict[bytes, int] = field(default_factory=dict)
    _away: dict[bytes, str] = field(default_factory=dict)
    _news: dict[str, Any] = field(default_factory=lambda: _nothing_new())

    def keep(self, file: str, labels: Labels, file_digest: bytes, pixel_digest: bytes, mark: str = "") -> int:
        """Count a picture in; returns its running number."""
        number = len(self.files)
        self.files.append(file)
        self.labels.append(labels)
        self._by_bytes[file_digest] = self._by_pixels[pixel_digest] = number
        if self.near is not None and mark:
            self.near.add(number, Fingerprint.from_text(mark))
        self._news["kept"].append([file, labels, file_digest.hex(), pixel_digest.hex(), mark])
        return number

    def twin(self, file_digest: bytes, pixel_digest: bytes) -> int | None:
        """The kept picture with the same bytes or the same pixels."""
        number = self._by_bytes.get(file_digest)
        return self._by_pixels.get(pixel_digest) if number is None else number

    def put_away(self, file: str, file_digest: bytes, pixel_digest: bytes) -> None:
        """Remember a picture that was judged and left out: a copy of it is a duplicate, too."""
        self._away[file_digest] = self._away[pixel_digest] = file
        self._news["away"].append([file, file_digest.hex(), pixel_digest.hex()])

    def copy_of(self, file_digest: bytes, pixel_digest: bytes) -> str | None:
        """The picture, judged and left out, with the same bytes or the same pixels."""
        return self._away.get(file_digest) or self._away.get(pixel_digest)

    def double(self, mark: str) -> int | None:
        """The kept picture that is nearly the same."""
        return self.near.find(Fingerprint.from_text(mark)) if self.near is not None and mark else None

    def drop(self, row: dict[str, Any]) -> None:
        """Count a picture out."""
        self.dropped.append(row)
        self._news["dropped"].append(row)

    def merge(self, number: int, labels: Labels) -> None:
        """Give a kept picture, which may lie in a finished shard, other labels."""
        self.labels[number] = self.merged[number] = labels
        self._news["merged"][str(number)] = labels

    def take_news(
        self, following: int, shard: dict[str, Any] | None, attic: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The journal line for everything since the last one."""
        self.next = following
        if shard is not None:
            self.shards.append(shard)
        if attic is not None:
            self.attic.append(attic)
        line = {"next": following, "shard": shard, "attic": attic, **self._news}
        self._news = _nothing_new()
        return line

    def replay(self, line: dict[str, Any]) -> None:
        """Apply a journal line."""
        for file, labels, file_digest, pixel_digest, mark in line["kept"]:
            self.keep(file, labels, bytes.fromhex(file_digest), bytes.fromhex(pixel_digest), mark)
        for file, file_digest, pixel_digest in line["away"]:
            self.put_away(file, bytes.fromhex(file_digest), bytes.fromhex(pixel_digest))
        for row in line["dropped"]:
            self.drop(row)
        for number, labels in line["merged"].items():
            self.merge(int(number), labels)
        self.take_news(line["next"], line["shard"], line["attic"])


def _nothing_new() -> dict[str, Any]:
    return {"kept": [], "away": [], "dropped": [], "merged": {}}


class Workspace:
    """The folder ``OUT.partial`` of one running ``prepare``."""

    def __init__(self, out: Path) -> None:
        self.folder = out.with_name(out.name + ".partial")

    def locked(self) -> AbstractContextManager[None]:
        """Hold the folder for this process (see :func:`nijigen.files.locked`)."""
        return locked(self.folder, LOCK)

    def resume(self, arguments: dict[str, Any], near: NearIndex | None = None) -> Ledger:
        """The state after the last complete shard of an earlier run with the same arguments; a fresh one otherwise.

        Raises:
            NijigenError: the folder holds work of other arguments.
        """
        written = self.folder / ARGUMENTS
        ledger = Ledger(near=near)
        if written.exists():
            check_arguments(self.folder, _arguments(written), arguments, finished=False)
            good = 0
            for line, end in _lines(self.folder / JOURNAL):
                parts = [part for part in (line["shard"], line["attic"]) if part is not None]
                if not all((self.folder / part["file"]).exists() for part in parts):
                    break
                ledger.replay(line)
                good = end
            if (self.folder / JOURNAL).exists():
                os.truncate(self.folder / JOURNAL, good)
        else:
            names = [path.name for path in self.folder.iterdir()]
            strange = [name for name in names if name != LOCK and not name.startswith(f".{ARGUMENTS}")]
            if strange:
                held = f"{self.folder} holds files that are not of prepare ({strange[0]})"
                raise NijigenError(f"{held}: choose another name")
            write_json(written, arguments)
        finished = {part["file"] for part in ledger.shards + ledger.attic} | {ARGUMENTS, JOURNAL, LOCK}
        for path in self.folder.iterdir():
            unfinished = path.name.startswith(("shard-", "attic-")) or path.name.endswith(".part")
            if unfinished and path.name not in finished:
                path.unlink()
        return ledger

    def agree(self, arguments: dict[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
        """The arguments with licence and source as they were said last: now, or when the work was begun."""
        had = _arguments(self.folder / ARGUMENTS)
        agreed = {key: said.get(key) or had.get(key, UNKNOWN) for key in NOTED.values()}
        if had | agreed != had:
            write_json(self.folder / ARGUMENTS, had | agreed)
        return arguments | agreed

    def record(self, line: dict[str, Any]) -> None:
        """Append a line to the journal, durably. Its shard must be synced already."""
        sync_folder(self.folder)
        with open(self.folder / JOURNAL, "ab") as file:
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self.folder)

    def clear(self) -> None:
        """Remove what only the work needed; the data set itself is complete."""
        for name in (JOURNAL, ARGUMENTS, LOCK):
            (self.folder / name).unlink(missing_ok=True)


def check_arguments(place: Path, had: dict[str, Any], wanted: dict[str, Any], finished: bool = True) -> None:
    """Refuse to mix two preparations. Licence and source change no picture, and may be said at any time.

    Args:
        finished: ``place`` is a data set, not the work on one that was interrupted.

    Raises:
        NijigenError: naming what differs.
    """
    keys = (key for key in dict.fromkeys([*had, *wanted]) if key not in NOTED.values())
    changed = [key for key in keys if had.get(key) != wanted.get(key)]
    for key, by in FOLLOWS.items():
        if key in changed and not by.isdisjoint(changed):
            changed.remove(key)
    if changed:
        said = ", ".join(_difference(key, had.get(key), wanted.get(key)) for key in changed)
        what, fix = "made with", "choose another name, or remove it"
        if not finished:
            what, fix = "left unfinished by", f"run it again with those to finish it, or remove {place} to begin anew"
        raise NijigenError(f"{place} was {what} other arguments ({said}): {fix}")


def _difference(key: str, had: object, wanted: object) -> str:
    if key == "source_digest":
        return "the pictures or labels of the source have changed"
    if isinstance(had, dict) and isinstance(wanted, dict):
        keys = [name for name in dict.fromkeys([*had, *wanted]) if had.get(name) != wanted.get(name)]
        return ", ".join(_difference(f"{key} {name}", had.get(name), wanted.get(name)) for name in keys)
    return f"{key} was {_shown(had)}, now {_shown(wanted)}"


def _shown(value: object) -> str:
    """A value as a person reads it: of a filter its name, of a digest its first digits."""
    if isinstance(value, dict):
        return str(value.get("file", json.dumps(value, ensure_ascii=False)))
    return value[:12] if isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) else str(value)


def _arguments(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except ValueError as error:
        raise NijigenError(f"{path} is broken ({error}): remove {path.parent} and run again") from None
    return found


def _lines(path: Path) -> Iterator[tuple[dict[str, Any], int]]:
    """Complete journal lines, each with the offset of its end; a line cut off by a kill ends the journal."""
    if not path.exists():
        return
    end = 0
    with open(path, "rb") as file:
        for raw in file:
            end += len(raw)
            try:
                line = json.loads(raw) if raw.endswith(b"\n") else None
            except ValueError:
                return
            if line is None:
                return
            yield line, end
