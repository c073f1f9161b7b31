"""Tar shards in the WebDataset layout: ``KEY.png`` or ``KEY.jpg``, then ``KEY.json``; no trace of a machine."""

import hashlib
import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from nijigen.errors import NijigenError
from nijigen.schema import Labels

BLOCK = 512
END = b"\0" * (2 * BLOCK)
SHARD_COUNT = 1000  # pictures a shard holds at most; an interrupted run loses at most one shard's work
SHARD_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture as it is stored: encoded bytes, labels and the name it had in its source.

    ``notes`` are other facts of it alone, in words: ``licence``, ``source``, and in an attic ``reason``.
    """

    key: str
    suffix: str
    data: bytes
    labels: Labels
    file: str
    notes: dict[str, str] = field(default_factory=dict)


class ShardWriter:
    """Writes one shard; :meth:`close` returns its row for ``dataset.json`` once the bytes are on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.bytes = 0
        self._hash = hashlib.sha256()
        self._file = open(path, "wb")  # noqa: SIM115 - lives as long as the writer

    @property
    def full(self) -> bool:
        """Whether the next picture belongs in the next shard."""
        return self.count >= SHARD_COUNT or self.bytes >= SHARD_BYTES

    def add(self, sample: Sample) -> None:
        """Append a picture and its labels."""
        record = json.dumps({"labels": sample.labels, "file": sample.file, **sample.notes}, ensure_ascii=False)
        self._write(_member(f"{sample.key}.{sample.suffix}", sample.data))
        self._write(_member(f"{sample.key}.json", record.encode("utf-8", "backslashreplace")))
        self.count += 1

    def close(self) -> dict[str, Any]:
        """Finish the archive and sync it."""
        self._write(END)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return {"file": self.path.name, "count": self.count, "bytes": self.bytes, "sha256": self._hash.hexdigest()}

    def abandon(self) -> None:
        """Close without finishing; the file is removed by whoever starts again."""
        self._file.close()

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)
        self.bytes += len(data)


def read_shard(path: Path) -> Iterator[Sample]:
    """All samples of a shard, in order.

    Raises:
        NijigenError: the shard is truncated or broken.
    """
    picture: tuple[str, str, bytes] | None = None
    for name, data in _members(path):
        key, _, suffix = name.rpartition(".")
        if suffix != "json":
            if picture is not None:
                raise NijigenError(f"shard {path} is broken: {picture[0]} has no labels; prepare the data set again")
            picture = (key, suffix, data)
            continue
        if picture is None or picture[0] != key:
            raise NijigenError(f"shard {path} is broken: {name} belongs to no picture; prepare the data set again")
        try:
            record = json.loads(data)
            notes = {name: str(value) for name, value in record.items() if name not in ("labels", "file")}
            yield Sample(key, picture[1], picture[2], record["labels"], record["file"], notes)
        except (ValueError, KeyError, TypeError) as error:
            raise NijigenError(f"shard {path} is broken: {name} ({error}); prepare the data set again") from None
        picture = None


def rewrite_labels(path: Path, labels: dict[str, Labels]) -> dict[str, Any]:
    """Put other labels on some pictures of a finished shard, atomically; doing it twice changes nothing more."""
    beside = path.with_suffix(".part")
    writer = ShardWriter(beside)
    for sample in read_shard(path):
        new = labels.get(sample.key, sample.labels)
        writer.add(replace(sample, labels=new))
    row = writer.close()
    os.replace(beside, path)
    return row | {"file": path.name}


def _member(name: str, data: bytes) -> bytes:
    """A member as ``tarfile`` makes it in the USTAR format, ten times as fast; tests compare the bytes."""
    end = b"\0" * (-len(data) % BLOCK)
    if len(name) >= 100 or not name.isascii():
        info = tarfile.TarInfo(name)
        info.size = len(data)
        return info.tobuf(tarfile.USTAR_FORMAT) + data + end
    header = bytearray(_blank())
    header[: len(name)] = name.encode("ascii")
    header[124:135] = b"%011o" % len(data)
    header[148:155] = b"%06o\0" % sum(header)
    return bytes(header) + data + end


@cache
def _blank() -> bytes:
    """The header of a member without name, size and checksum (spaces, as they count when it is made).

    mtime, uid, gid 0 and mode 0644: nothing of this machine.
    """
    header = bytearray(tarfile.TarInfo("").tobuf(tarfile.USTAR_FORMAT))
    header[148:156] = b" " * 8
    return bytes(header)


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents. Shards hold plain ustar headers only, so this is several times faster than ``tarfile``."""
    try:
        with open(path, "rb") as file:
            while (header := file.read(BLOCK)) and header.strip(b"\0"):
                name, size = _header(header)
                padded = size + -size % BLOCK
                data = file.read(padded)
                if len(data) != padded:
                    raise NijigenError(f"shard {path} is truncated; copy or prepare the data set again")
                yield name, data[:size]
    except tarfile.HeaderError as error:
        raise NijigenError(f"shard {path} is broken ({error}); copy or prepare the data set again") from None
    except OSError as error:
        raise NijigenError(f"cannot read shard {path}: {error.strerror or error}") from None


def _header(header: bytes) -> tuple[str, int]:
    """Name and size of a member, by our own way for our own headers, which are most."""
    plain = header[257:265] == b"ustar\x0000" and header[345:] == bytes(BLOCK - 345) and header[156:157] == b"0"
    size, told = header[124:135], header[148:154]
    if not (plain and size.isdigit() and told.isdigit() and len(header) == BLOCK):
        info = tarfile.TarInfo.frombuf(header, "utf-8", "strict")
        return info.name, max(0, info.size)
    if sum(header) - sum(header[148:156]) + 8 * 32 != int(told, 8):
        raise tarfile.HeaderError("bad checksum")
    return header[:100].rstrip(b"\0").decode("utf-8"), int(size, 8)
