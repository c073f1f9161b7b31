import struct
import tracemalloc

import pytest
from hypothesis import example as case
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.data.layouts.records import (
    BYTES,
    FLOATS,
    INTS,
    build_example,
    frame,
    masked_crc,
    parse_example,
    walk,
)
from nijigen.errors import NijigenError

BYTE_LISTS = st.lists(st.binary(max_size=40), min_size=1, max_size=4)
FLOAT_LISTS = st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=5)
INT_LISTS = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=5)
FEATURES = st.dictionaries(st.text(max_size=12), BYTE_LISTS | FLOAT_LISTS | INT_LISTS, max_size=6)


def kind_of(values):
    return BYTES if isinstance(values[0], bytes) else FLOATS if isinstance(values[0], float) else INTS


def plain(features):
    found = {name: feature.values(100) for name, feature in features.items()}
    return {n: [bytes(v) if isinstance(v, memoryview) else v for v in values] for n, values in found.items()}


def test_checksums_are_those_of_rfc_3720(made):
    def mask(crc):
        return ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32

    for data, crc in ((bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43), (bytes(range(32)), 0x46DD794E)):
        assert made.crc32c(data) == crc
        assert masked_crc(data) == mask(crc)


def test_an_example_that_was_written_by_hand():
    """One feature ``a`` = int64 [3, -1], as the protocol buffer encoding of the published messages spells it."""
    ints = b"\x0a\x0b\x03" + b"\xff" * 9 + b"\x01"  # Int64List: field 1, packed, 11 bytes
    feature = b"\x1a" + bytes([len(ints)]) + ints
    entry = b"\x0a\x01a\x12" + bytes([len(feature)]) + feature
    features = b"\x0a" + bytes([len(entry)]) + entry
    message = b"\x0a" + bytes([len(features)]) + features
    assert plain(parse_example(memoryview(message))) == {"a": [3, -1]}
    assert build_example({"a": (INTS, [3, -1])}) == message


@settings(max_examples=60)
@given(FEATURES, st.booleans())
def test_what_others_write_is_read(made, features, packed):
    assert plain(parse_example(memoryview(made.example(features, packed)))) == features


@settings(max_examples=60)
@given(FEATURES)
def test_what_is_written_is_what_others_write(made, features):
    ours = build_example({name: (kind_of(values), values) for name, values in features.items()})
    assert ours == made.example(dict(sorted(features.items())))


@settings(max_examples=200)
@given(st.binary(max_size=200))
@case(b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f")  # a length of 2**63
def test_random_bytes_are_an_example_or_a_value_error(data):
    try:
        for feature in parse_example(memoryview(data)).values():
            feature.values(10)
    except ValueError:
        pass


@settings(max_examples=200)
@given(FEATURES.filter(bool), st.data())
def test_a_damaged_example_is_an_example_or_a_value_error(made, features, data):
    raw = bytearray(made.example(features))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        for feature in parse_example(memoryview(bytes(raw))).values():
            feature.only()
    except ValueError:
        pass


def test_a_million_values_are_not_taken_apart_to_see_that_there_is_more_than_one(made):
    raw = made.part(1, made.part(1, made.part(1, b"a") + made.part(2, made.part(3, made.part(1, b"\x01" * 10**6)))))
    feature = parse_example(memoryview(raw))["a"]
    tracemalloc.start()
    try:
        assert feature.only() is None
        assert feature.values(3) == [1, 1, 1]
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


@settings(max_examples=40)
@given(st.lists(st.binary(max_size=60), max_size=5))
def test_records_are_found_and_written(made, rows):
    raw = b"".join(made.record(row) for row in rows)
    assert b"".join(frame(row) for row in rows) == raw
    found = list(walk(memoryview(raw), "x"))
    assert [raw[row.offset : row.offset + row.length] for row in found] == rows
    assert [row.number for row in found] == list(range(len(rows)))
    assert all(row.whole for row in found)


def test_a_file_that_ends_within_a_record(made):
    raw = made.record(b"one") + made.record(b"another")
    for cut in range(len(made.record(b"one")) + 1, len(raw)):
        first, second = walk(memoryview(raw[:cut]), "x")
        assert (first.whole, second.whole) == (True, False)


def test_a_length_that_is_absurd_but_checked_reads_nothing(made):
    length = struct.pack("<Q", 2**60)
    masked = made.record(length)[12 + 8 :]  # the checksum that goes with these eight bytes
    (found,) = walk(memoryview(length + masked + b"data"), "x")
    assert (found.whole, found.length) == (False, 2**60)


def test_a_wrong_length_names_the_record(made):
    raw = bytearray(made.record(b"one") + made.record(b"two") + made.record(b"three"))
    raw[len(made.record(b"one"))] ^= 1
    with pytest.raises(NijigenError, match=r"faces\.tfrecord: record 1 is broken \(the length has a wrong checksum\)"):
        list(walk(memoryview(bytes(raw)), "faces.tfrecord"))
    with pytest.raises(NijigenError, match=r"faces\.tfrecord: is no TFRecord file"):
        list(walk(memoryview(b"something else than records"), "faces.tfrecord"))
