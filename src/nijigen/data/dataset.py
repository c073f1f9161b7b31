"""A prepared data set on disk: ``dataset.json``, tar shards and ``dropped.jsonl``.

from nijigen.data import Dataset
dataset = Dataset.open("datasets/faces")
for sample in dataset.samples():
    print(sample.key, sample.labels, sample.file)
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nijigen.data.description import DATASET_FILE as DATASET_FILE
from nijigen.data.description import FORMAT as FORMAT
from nijigen.data.description import FORMAT_VERSION as FORMAT_VERSION
from nijigen.data.description import parse_description
from nijigen.data.shards import Sample, read_shard
from nijigen.data.streaming.shard_store import ShardError, ShardStore, is_address
from nijigen.errors import NijigenError
from nijigen.files import printable
from nijigen.schema import AttributeSchema

if TYPE_CHECKING:
    import torch

    from nijigen.data.resident import Resident

DROPPED_FILE = "dropped.jsonl"
CARD_FACTS = ("digest", "count", "source", "provenance", "licence")


class Dataset:
    """A data set that was opened and found complete. Make one with :meth:`open`.

    Attributes:
        path: its folder; of one at an address nothing but the name of it.
        store: where its shards lie.
    """

    def __init__(self, path: Path, info: dict[str, Any], store: ShardStore | None = None) -> None:
        self.path = path
        self.store = ShardStore(path) if store is None else store
        self.info = info
        self.schema = AttributeSchema.from_json(info["schema"])
        self.resolution: int = info["resolution"]
        self.channels: int = info["channels"]
        self.count: int = info["count"]
        self.digest: str = info["digest"]

    @classmethod
    def open(cls, path: str | Path, whole: bool = True) -> "Dataset":
        """The data set in folder ``path``. Shards are checked to be there at full length, not read.

        Args:
            path: a folder, or an address that fsspec knows (``s3://bucket/faces``), of which only ``dataset.json`` is
                read: shards that fail are skipped when they are streamed.
            whole: of a folder, check the shards now; else :meth:`check_whole` is the caller's to call, or to leave out.

        Raises:
            NijigenError: no data set, one of a newer version, or a shard is missing or truncated.
        """
        if is_address(path):
            store = ShardStore(path)
            return cls(Path(store.name), store.description(), store)
        path = Path(path)
        found = cls(path, read_info(path))
        if whole:
            found.check_whole()
        return found

    def check_whole(self) -> None:
        """Check that all shards of a folder are there at full length; what lies at an address is not asked.

        Raises:
            NijigenError: a shard is missing or truncated.
        """
        for shard in [] if self.remote else self.info["shards"]:
            file = self.path / shard["file"]
            if not file.is_file():
                raise NijigenError(f"{self.path} is incomplete: {shard['file']} is missing; copy or prepare it again")
            if file.stat().st_size != shard["bytes"]:
                raise NijigenError(
                    f"{self.path} is damaged: {shard['file']} has {file.stat().st_size:,} bytes, "
                    f"not {shard['bytes']:,}; copy or prepare it again"
                )

    def __len__(self) -> int:
        return self.count

    def __repr__(self) -> str:
        return f"Dataset({self.store.name}: {self.count} pictures, {self.resolution} px, {self.channels} channels)"

    @property
    def remote(self) -> bool:
        """Whether it lies at an address rather than in a folder."""
        return is_address(self.store.name)

    @property
    def name(self) -> str:
        """The last part of where it lies."""
        return printable((self.path if self.remote else self.path.resolve()).name)

    @property
    def card(self) -> dict[str, Any]:
        """What every card of a model that learned from it says: its name and digest, whose pictures, from where.

        ``source`` is the folder or file that ``prepare`` read, ``provenance`` what was said by ``--source``.
        """
        return {"name": self.name, **{key: self.info.get(key) for key in CARD_FACTS}}

    def samples(self) -> Iterator[Sample]:
        """All pictures in order, streamed: encoded bytes, labels, and the name in the source.

        Raises:
            NijigenError: a shard is broken or holds another number of pictures than ``dataset.json`` says.
        """
        for shard in self.info["shards"]:
            count = 0
            with self._local(shard) as path:
                for sample in read_shard(path):
                    count += 1
                    yield sample
            if count != shard["count"]:
                raise NijigenError(f"shard {self.path / shard['file']} holds {count} pictures, not {shard['count']}")

    @contextmanager
    def _local(self, shard: dict[str, Any]) -> Iterator[Path]:
        """A shard as a file of this machine, for as long as it is read."""
        if not self.remote:
            yield self.path / shard["file"]
            return
        try:
            data = self.store.read(shard)
        except ShardError as error:
            raise NijigenError(f"cannot read shard {shard['file']} of {self.store.name}: {error}") from None
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "shard.tar")
            path.write_bytes(data)
            yield path

    def load(self, device: "str | torch.device" = "cpu") -> "Resident":
        """Decode everything once into memory (see :class:`nijigen.data.resident.Resident`).

        Raises:
            NijigenError: it does not fit in memory, or a picture is broken.
        """
        from nijigen.data.resident import load

        return load(self, device)


def read_info(path: Path) -> dict[str, Any]:
    """``dataset.json`` of a folder, checked.

    Raises:
        NijigenError: no data set, or one of a newer version.
    """
    file = path / DATASET_FILE
    if not path.exists():
        raise NijigenError(f"data set {path} does not exist: make it with `nijigen prepare SOURCE {path}`")
    if not file.is_file():
        unfinished = path.name.endswith(".partial")
        hint = "run the same `nijigen prepare` again to finish it" if unfinished else "make one with `nijigen prepare`"
        raise NijigenError(f"{path} is no data set (it has no {DATASET_FILE}): {hint}")
    return parse_description(file.read_bytes(), str(file))


def content_digest(info: dict[str, Any], shards: list[dict[str, Any]]) -> str:
    """SHA-256 over what training sees: schema, resolution, channels and the bytes of every shard."""
    seen = [info["schema"], info["resolution"], info["channels"], [shard["sha256"] for shard in shards]]
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()
