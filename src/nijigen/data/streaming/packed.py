"""One shard in memory as it was stored: where each encoded picture lies in its bytes, and the label rows.

Streaming keeps shards like this rather than decoded: PNG and JPEG are several times smaller than their pixels, so the
same memory holds a larger shuffle buffer.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from nijigen.schema import AttributeSchema, SchemaError

BLOCK = 512
NAME, SIZE, KIND, PREFIX = slice(0, 100), slice(124, 136), slice(156, 157), slice(345, 500)
REGULAR = (b"0", b"\0")

Array = np.ndarray[Any, np.dtype[Any]]


class PackedShard:
    """A shard's bytes and what is in them.

    Attributes:
        data: the tar archive.
        starts, sizes: int64 ``[N]``: where the encoded pictures lie.
        labels: float32 ``[N, schema.width]``, a block of zeros where an attribute is unknown.

    Raises:
        ValueError: the bytes are no shard; the message says where.
    """

    def __init__(self, data: bytes, labels: "LabelReader") -> None:
        self.data = data
        starts, sizes, rows = [], [], []
        picture: tuple[bytes, int, int] | None = None
        at = 0
        while at < len(data) and data[at]:
            header = data[at : at + BLOCK]
            name, size = _member(header, at)
            start, at = at + BLOCK, at + BLOCK + size + -size % BLOCK
            if start + size > len(data):
                raise ValueError(f"it ends inside of {_text(name)}")
            key, _, suffix = name.rpartition(b".")
            if suffix != b"json":
                if picture is not None:
                    raise ValueError(f"{_text(picture[0])} has no labels")
                picture = key, start, size
                continue
            if picture is None or picture[0] != key:
                raise ValueError(f"{_text(name)} belongs to no picture")
            starts.append(picture[1])
            sizes.append(picture[2])
            rows.append((name, data[start : start + size]))
            picture = None
        if picture is not None:
            raise ValueError(f"{_text(picture[0])} has no labels")
        self.starts, self.sizes = np.array(starts, np.int64), np.array(sizes, np.int64)
        self.labels = labels.rows(rows)

    def __len__(self) -> int:
        return len(self.starts)

    def encoded(self, index: int) -> bytes:
        """The bytes of a picture: a PNG or JPEG file."""
        start = int(self.starts[index])
        return self.data[start : start + int(self.sizes[index])]


class LabelReader:
    """Label records as they lie in shards → label vectors; twenty times as fast as ``schema.encode``.

    Shards hold canonical words, which need no folding and no synonyms: one look into a table each. What is not in the
    table takes the long way, and fails there with the nearest word named.
    """

    def __init__(self, schema: AttributeSchema) -> None:
        self.schema = schema
        self._columns: dict[tuple[str, Any], int] = {}
        self._ranges: dict[str, tuple[int, float, float]] = {}
        for attribute in schema.attributes:
            start = schema.block(attribute.name).start
            if attribute.range is not None:
                self._ranges[attribute.name] = (start, *attribute.range)
            self._columns |= {(attribute.name, value): start + i for i, value in enumerate(attribute.values)}

    def rows(self, records: "list[tuple[bytes, bytes]]") -> Array:
        """float32 ``[N, width]`` for (name, JSON) of each picture, the same as ``schema.encode`` gives.

        Raises:
            ValueError: a record is broken, or its labels do not fit the schema.
        """
        found = np.zeros((len(records), self.schema.width), np.float32)
        if not self.schema.width:
            return found
        places: list[tuple[int, int]] = []
        values: list[float] = []
        for index, (name, record) in enumerate(records):
            try:
                labels = json.loads(record)["labels"]
                for column, value in self._entries(labels):
                    places.append((index, column))
                    values.append(value)
            # What a record that is no label record can raise; a number of 400 digits is an ArithmeticError.
            except (
                ValueError,
                KeyError,
                TypeError,
                AttributeError,
                ArithmeticError,
                RecursionError,
                SchemaError,
            ) as error:
                raise ValueError(f"{_text(name)} ({type(error).__name__}: {error})") from None
        if places:
            found[tuple(np.array(places).T)] = values
        return found

    def _entries(self, labels: Mapping[str, Any]) -> "list[tuple[int, float]]":
        entries: list[tuple[int, float]] = []
        for name, value in labels.items():
            if isinstance(value, str) and (column := self._columns.get((name, value))) is not None:
                entries.append((column, 1.0))
                continue
            start, low, high = self._ranges.get(name, (0, 1.0, 0.0))
            if isinstance(value, float) and low <= value <= high:
                share = (value - low) / (high - low)
                entries += [(start, 1 - share), (start + 1, share)]
            else:
                vector = self.schema.encode(labels)
                return [(int(column), float(vector[column])) for column in vector.nonzero()[0]]
        return entries


def _member(header: bytes, at: int) -> tuple[bytes, int]:
    """Name and size of the member whose header this is. Its checksum is not asked: SHA-256 has spoken for the file."""
    if len(header) < BLOCK:
        raise ValueError("it ends inside of a header")
    if header[KIND] not in REGULAR:
        raise ValueError(f"it holds something that is no file, at byte {at:,}")
    try:
        size = int(header[SIZE].rstrip(b"\0 ") or b"x", 8)
    except ValueError:
        raise ValueError(f"a header without a length, at byte {at:,}") from None
    if size < 0:
        raise ValueError(f"a header with a negative length, at byte {at:,}")
    name = header[NAME].partition(b"\0")[0]
    prefix = header[PREFIX].partition(b"\0")[0]
    return (prefix + b"/" + name if prefix else name), size


def _text(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")
