"""A prepared data set on disk: ``dataset.json``, tar shards and ``dropped.jsonl``.

from nijigen.data import Dataset
dataset = Dataset.open("datasets/faces")
for sample in dataset.samples():
    print(sample.key, sample.labels, sample.file)
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nijigen.data.archive import is_safe
from nijigen.data.shards import Sample, read_shard
from nijigen.errors import NijigenError
from nijigen.schema import AttributeSchema

if TYPE_CHECKING:
    import torch

    from nijigen.data.resident import Resident

FORMAT, FORMAT_VERSION = "nijigen-dataset", 1
MOST_PICTURES, MOST_PIXELS = 10**10, 2048
DATASET_FILE, DROPPED_FILE = "dataset.json", "dropped.jsonl"


class Dataset:
    """A data set that was opened and found complete. Make one with :meth:`open`."""

    def __init__(self, path: Path, info: dict[str, Any]) -> None:
        self.path = path
        self.info = info
        self.schema = AttributeSchema.from_json(info["schema"])
        self.resolution: int = info["resolution"]
        self.channels: int = info["channels"]
        self.count: int = info["count"]
        self.digest: str = info["digest"]

    @classmethod
    def open(cls, path: str | Path) -> "Dataset":
        """The data set in folder ``path``. Shards are checked to be there at full length, not read.

        Raises:
            NijigenError: no data set, one of a newer version, or a shard is missing or truncated.
        """
        path = Path(path)
        info = read_info(path)
        for shard in info["shards"]:
            file = path / shard["file"]
            if not file.is_file():
                raise NijigenError(f"{path} is incomplete: {shard['file']} is missing; copy or prepare it again")
            if file.stat().st_size != shard["bytes"]:
                raise NijigenError(
                    f"{path} is damaged: {shard['file']} has {file.stat().st_size:,} bytes, not {shard['bytes']:,};"
                    " copy or prepare it again"
                )
        return cls(path, info)

    def __len__(self) -> int:
        return self.count

    def __repr__(self) -> str:
        return f"Dataset({self.path}: {self.count} pictures, {self.resolution} px, {self.channels} channels)"

    def samples(self) -> Iterator[Sample]:
        """All pictures in order, streamed: encoded bytes, labels, and the name in the source.

        Raises:
            NijigenError: a shard is broken or holds another number of pictures than ``dataset.json`` says.
        """
        for shard in self.info["shards"]:
            count = 0
            for sample in read_shard(self.path / shard["file"]):
                count += 1
                yield sample
            if count != shard["count"]:
                raise NijigenError(f"shard {self.path / shard['file']} holds {count} pictures, not {shard['count']}")

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
    try:
        info = json.loads(file.read_bytes())
        if info["format"] != FORMAT:
            raise NijigenError(f"{file} is not of nijigen (its format is {info['format']!r})")
        if info["version"] > FORMAT_VERSION:
            raise NijigenError(f"{file} has format version {info['version']}, newer than this nijigen: update nijigen")
        for key in ("count", "resolution", "channels", "schema", "digest", "labels", "dropped"):
            info[key]
        for key, most in (("count", MOST_PICTURES), ("resolution", MOST_PIXELS), ("channels", 4)):
            if type(info[key]) is not int or not 0 < info[key] <= most:
                raise ValueError(f"{key} is {info[key]!r}")
        for shard in info["shards"]:
            if not is_safe(shard["file"]) or min(shard["count"], shard["bytes"]) < 0:
                raise ValueError(f"shard {shard['file']}")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NijigenError(f"{file} is broken ({type(error).__name__}: {error}): prepare the data set again") from None
    found: dict[str, Any] = info
    return found


def content_digest(info: dict[str, Any], shards: list[dict[str, Any]]) -> str:
    """SHA-256 over what training sees: schema, resolution, channels and the bytes of every shard."""
    seen = [info["schema"], info["resolution"], info["channels"], [shard["sha256"] for shard in shards]]
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()
