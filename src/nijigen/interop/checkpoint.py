"""Opens a checkpoint of another project: a pickle, or a file of ``torch.save`` of either kind, mapped and not read.

``torch.save`` writes a zip archive with a pickle ``data.pkl`` and a record ``data/KEY`` for each storage (since PyTorch
1.6), or, before that, pickles one after the other: a magic number, a protocol, facts about the machine, the object, the
keys of its storages; then for each key its length and its numbers. A storage is referred to in the object by
``("storage", class, key, device, count)``. In pickles of modules a storage is the bytes of such an older file.
"""

import hashlib
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from nijigen.errors import NijigenError
from nijigen.files import printable
from nijigen.interop.archive import LOCAL, Archive
from nijigen.interop.inert import Call, Name, Reference, RefusedError, Value
from nijigen.interop.machine import Machine
from nijigen.interop.opcodes import read_pickle
from nijigen.interop.tensors import Storage, storage_type
from nijigen.progress import track

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001  # of older files of torch.save
LOADS = Name("torch.storage", "_load_from_bytes")
MOST_BYTES = 16 * 2**30  # the largest networks of this kind have 0.5 GB, with their optimisers 2
CHUNK = 2**24
HDF5, SAFE = b"\x89HDF", b'{"'


class Checkpoint:
    """A file as it was opened.

    Attributes:
        value: what its pickle says, as plain data.
        names: all functions and classes that it names.
        kind: ``pickle``, ``torch zip`` or ``torch legacy``.
    """

    def __init__(self, data: memoryview) -> None:
        self._archive: Archive | None = None
        self._stored: dict[str, Storage] = {}
        if data[:4] == LOCAL:
            self.kind = "torch zip"
            self._archive = _archive(data)
            self.value, machine = read_pickle(self._archive.read("data.pkl"))
            self.names = list(machine.names)
            return
        if data[:4] == HDF5 or data[8:10] == SAFE:
            raise RefusedError("it is no pickle and no file of torch.save")
        self.value, machine = read_pickle(data)
        self.names, self.kind = list(machine.names), "pickle"
        if self.value == MAGIC:
            self.kind = "torch legacy"
            self.value, self.names, self._stored = _read_legacy(data, machine.at)

    def find(self, held: Value) -> Storage:
        """The numbers that a tensor's record holds or refers to.

        Raises:
            RefusedError: there are none, or they are not as many as the file says.
        """
        if isinstance(held, Call):
            return _nested(held)
        kind, key, count = _referred(held)
        if self._archive is not None:
            storage = Storage(self._archive.read(f"data/{key}"), kind)
        elif key in self._stored:
            storage = self._stored[key]
        else:
            raise RefusedError(f"it has no storage {key[:80]}")
        if storage.numbers < count or storage.type != kind:
            raise RefusedError(f"its storage {key[:80]} has {storage.numbers:,} numbers, and should have {count:,}")
        return storage


@contextmanager
def open_checkpoint(path: Path) -> Iterator[Checkpoint]:
    """A checkpoint by its path; whatever is wrong with it, also while it is used, is one line.

    Raises:
        NijigenError: no such file, damaged, not of this kind, or beyond a limit.
    """
    shown = printable(str(path))
    try:
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            if not size:
                raise RefusedError("it is empty")
            if size > MOST_BYTES:
                raise RefusedError(f"it has {size:,} bytes, more than any checkpoint of such a network")
            # Views of the map keep it alive, so it is never closed here: that is left to their end.
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        yield Checkpoint(data)
    except RefusedError as error:
        raise NijigenError(f"{shown} cannot be imported: {error}") from None
    except IsADirectoryError:
        raise NijigenError(f"{shown} is a folder: give the file of the checkpoint in it") from None
    except OSError as error:
        raise NijigenError(f"cannot read {shown}: {error.strerror or error}") from None


def digest_of(path: Path, quiet: bool) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits, with a progress bar in megabytes."""
    digest, megabytes = hashlib.sha256(), max(1, path.stat().st_size >> 20)
    with open(path, "rb") as file, track(megabytes, "reading", "MB", quiet) as progress:
        while part := file.read(CHUNK):
            digest.update(part)
            progress.advance(len(part) >> 20)
    return digest.hexdigest()


def _archive(data: memoryview) -> Archive:
    archive = Archive(data)
    if "constants.pkl" in archive.records or any(name.startswith("code/") for name in archive.records):
        raise RefusedError("it is a TorchScript program: give the checkpoint that it was made of")
    if "data.pkl" not in archive.records:
        raise RefusedError("it is a zip archive, but not one of torch.save: it has no data.pkl")
    if "byteorder" in archive.records and bytes(archive.read("byteorder")[:8]) != b"little":
        raise RefusedError("its numbers have their bytes the other way round (big-endian)")
    return archive


def _read_legacy(data: memoryview, at: int) -> tuple[Value, list[Name], dict[str, Storage]]:
    """The object after the magic number, the names it met, and the storages behind it."""
    protocol, machine = read_pickle(data, at)
    facts, machine = read_pickle(data, machine.at)
    if protocol != PROTOCOL or not isinstance(facts, dict) or facts.get("little_endian") is not True:
        raise RefusedError("it is a file of torch.save of a kind that is not known")
    value, met = read_pickle(data, machine.at)
    keys, machine = read_pickle(data, met.at)
    kinds = {key: (kind, count) for kind, key, count in map(_referred, met.references)}
    if not isinstance(keys, list) or not all(isinstance(key, str) and key in kinds for key in keys):
        raise RefusedError("it is damaged: its list of storages is none")
    return value, list(met.names), _storages(machine, keys, kinds)


def _storages(machine: Machine, keys: list[str], kinds: dict[str, tuple[torch.dtype, int]]) -> dict[str, Storage]:
    found = {}
    for key in keys:
        kind, count = kinds[key]
        if (said := machine.number("<q")) != count:
            raise RefusedError(f"its storage {key[:80]} has {said:,} numbers, and should have {count:,}")
        found[key] = Storage(machine.take(count * kind.itemsize), kind)
    return found


def _nested(held: Call) -> Storage:
    """The storage that is an older file of torch.save in itself."""
    if held.what != LOADS or len(held.arguments) != 1 or not isinstance(held.arguments[0], memoryview):
        raise RefusedError(f"a tensor in it would be made by {str(held.what)[:80]}, which is not done")
    data = held.arguments[0]
    magic, machine = read_pickle(data)
    if magic != MAGIC:
        raise RefusedError("a storage in it is no file of torch.save")
    value, _, stored = _read_legacy(data, machine.at)
    _, key, _ = _referred(value)
    if key not in stored:
        raise RefusedError("a storage in it is not there")
    return stored[key]


def _referred(value: Value) -> tuple[torch.dtype, str, int]:
    """Type, key and count of a storage that is referred to."""
    said = value.to if isinstance(value, Reference) else None
    if not isinstance(said, tuple) or len(said) not in (5, 6) or said[0] != "storage" or said[5:] not in ((), (None,)):
        raise RefusedError("it refers to something outside that is no storage of numbers")
    kind, key, count = storage_type(said[1]), said[2], said[4]
    if not isinstance(key, str) or type(count) is not int or count < 0:
        raise RefusedError("it refers to a storage by what is no key")
    return kind, key, count
