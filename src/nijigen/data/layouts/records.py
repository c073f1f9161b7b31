"""TFRecord files and ``tf.train.Example`` messages, read and written without TensorFlow.

A TFRecord file is records one after another, each of four parts, little-endian (TensorFlow guide, "TFRecord and
tf.train.Example"; tensorflow/core/lib/io/record_writer.h)::

    uint64 length · uint32 masked CRC of the 8 bytes of length · bytes data[length] · uint32 masked CRC of data

with CRC-32C and ``mask(c) = ((c >> 15 | c << 17) + 0xa282ead8) mod 2**32``. An Example is a protocol buffer
(tensorflow/core/example/feature.proto): ``Example.features = 1``, ``Features.feature = 1`` is a map (``key = 1``,
``value = 2``), and a ``Feature`` is one of ``bytes_list = 1``, ``float_list = 2``, ``int64_list = 3``, each with
``value = 1`` repeated.
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from nijigen.errors import NijigenError

LENGTH, CHECK = struct.Struct("<Q"), struct.Struct("<I")
HEAD = LENGTH.size + CHECK.size
MASK = 0xA282EAD8
MOST_FEATURES = 4096
VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5
BYTES, FLOATS, INTS = 1, 2, 3

Buffer = memoryview
Values = Sequence[bytes] | Sequence[float] | Sequence[int]


@dataclass(frozen=True, slots=True)
class Record:
    """Where the data of a record lies in its file; ``whole`` is False when the file ends before the record does."""

    number: int
    offset: int
    length: int
    whole: bool


def masked_crc(data: bytes) -> int:
    """The checksum that TFRecord files keep of ``data``."""
    crc = _crc32c()(data)
    return ((crc >> 15 | crc << 17) + MASK) & 0xFFFFFFFF


@cache
def _crc32c() -> Callable[[bytes], int]:
    try:
        import google_crc32c
    except ImportError:
        raise NijigenError('TFRecord files need google-crc32c: pip install "nijigen[formats]"') from None
    value: Callable[[bytes], int] = google_crc32c.value
    return value


def walk(data: Buffer, name: str) -> Iterator[Record]:
    """All records of a file, by their lengths alone; a length is believed only when its checksum is right.

    Raises:
        NijigenError: a length has a wrong checksum, so that no later record can be found.
    """
    place, number, end = 0, 0, len(data)
    while place < end:
        if end - place < HEAD:
            yield Record(number, place, 0, False)
            return
        head = bytes(data[place : place + HEAD])
        if masked_crc(head[: LENGTH.size]) != CHECK.unpack_from(head, LENGTH.size)[0]:
            what = "is no TFRecord file" if number == 0 else f"record {number} is broken"
            raise NijigenError(f"{name}: {what} (the length has a wrong checksum): download or write it again")
        length: int = LENGTH.unpack_from(head)[0]
        whole = length <= end - place - HEAD - CHECK.size
        yield Record(number, place + HEAD, length, whole)
        if not whole:
            return
        place += HEAD + length + CHECK.size
        number += 1


def frame(data: bytes) -> bytes:
    """``data`` as one record of a TFRecord file."""
    length = LENGTH.pack(len(data))
    return length + CHECK.pack(masked_crc(length)) + data + CHECK.pack(masked_crc(data))


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of an Example, taken apart only when asked; ``kind`` is 1 bytes, 2 floats, 3 integers or 0 none."""

    kind: int
    body: Buffer

    def values(self, most: int) -> list[Any]:
        """The first ``most`` values: memoryviews, floats or integers.

        Raises:
            ValueError: the message is broken.
        """
        found: list[Any] = []
        for number, wire, value in fields(self.body):
            if number != 1 or len(found) >= most:
                continue
            if self.kind == BYTES:
                if wire != DELIMITED:
                    raise ValueError("a bytes feature without bytes")
                found.append(value)
            elif self.kind == FLOATS:
                found += _floats(wire, value, most - len(found))
            elif self.kind == INTS:
                found += _ints(wire, value, most - len(found))
        return found

    def only(self) -> Any:
        """The value where there is exactly one, else None."""
        values = self.values(2)
        return values[0] if len(values) == 1 else None


def parse_example(data: Buffer) -> dict[str, Feature]:
    """The features of an Example by name; a name that occurs twice has the last one, as in every protocol buffer.

    Raises:
        ValueError: the message is broken or has more than 4,096 features.
    """
    found: dict[str, Feature] = {}
    for features in _messages(data, 1):
        for entry in _messages(features, 1):
            name, feature = "", Feature(0, memoryview(b""))
            for number, wire, value in fields(entry):
                if number == 1 and wire == DELIMITED:
                    name = bytes(value).decode("utf-8")  # a UnicodeDecodeError is a ValueError
                elif number == 2 and wire == DELIMITED:
                    feature = _feature(value)
            found[name] = feature
            if len(found) > MOST_FEATURES:
                raise ValueError(f"more than {MOST_FEATURES:,} features")
    return found


def _messages(data: Buffer, wanted: int) -> Iterator[Buffer]:
    return (value for number, wire, value in fields(data) if number == wanted and wire == DELIMITED)


def _feature(data: Buffer) -> Feature:
    feature = Feature(0, memoryview(b""))
    for number, wire, body in fields(data):
        if number in (BYTES, FLOATS, INTS) and wire == DELIMITED:
            feature = Feature(number, body)
    return feature


def fields(data: Buffer) -> Iterator[tuple[int, int, Any]]:
    """Fields of a message: number, wire type, and an integer or (delimited and fixed ones) a view of the bytes.

    Raises:
        ValueError: the message ends within a field, or has a wire type that is no longer used.
    """
    place, end = 0, len(data)
    while place < end:
        tag, place = _varint(data, place)
        wire = tag & 7
        if wire == VARINT:
            value, place = _varint(data, place)
            yield tag >> 3, wire, value
            continue
        if wire == DELIMITED:
            size, place = _varint(data, place)
        elif wire in (FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
        else:
            raise ValueError(f"a field of wire type {wire}")
        if size > end - place:
            raise ValueError("the message ends within a field")
        yield tag >> 3, wire, data[place : place + size]
        place += size


def _varint(data: Buffer, place: int) -> tuple[int, int]:
    if place < len(data) and data[place] < 0x80:  # nearly all are one byte long
        return data[place], place + 1
    value = 0
    for shift in range(0, 70, 7):  # ten bytes at most
        if place >= len(data):
            raise ValueError("the message ends within a number")
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, place
    raise ValueError("a number of more than ten bytes")


def _floats(wire: int, value: Any, most: int) -> list[float]:
    if wire not in (DELIMITED, FIXED32) or len(value) % 4:
        raise ValueError("a float feature of broken floats")
    count = min(len(value) // 4, most)
    return list(struct.unpack_from(f"<{count}f", value))


def _ints(wire: int, value: Any, most: int) -> list[int]:
    if wire == VARINT:
        return [_signed(value)]
    if wire != DELIMITED:
        raise ValueError("an integer feature of broken integers")
    found: list[int] = []
    place = 0
    while place < len(value) and len(found) < most:
        number, place = _varint(value, place)
        found.append(_signed(number))
    return found


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def build_example(features: Mapping[str, tuple[int, Values]]) -> bytes:
    """An Example of ``name → (kind, values)``, names sorted, so that equal features give equal bytes."""
    entries = b""
    for name in sorted(features):
        kind, values = features[name]
        if kind == BYTES:
            body = b"".join(_delimited(1, bytes(value)) for value in values)  # type: ignore[arg-type]
        elif kind == FLOATS:
            body = _delimited(1, struct.pack(f"<{len(values)}f", *values))
        else:
            body = _delimited(1, b"".join(_pack_varint(int(value) % 2**64) for value in values))
        entries += _delimited(1, _delimited(1, name.encode()) + _delimited(2, _delimited(kind, body)))
    return _delimited(1, entries)


def _delimited(number: int, data: bytes) -> bytes:
    return _pack_varint(number << 3 | DELIMITED) + _pack_varint(len(data)) + data


def _pack_varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
