"""Shards in memory: the same pictures and labels as read the slow way, and every break is said."""

import contextlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nijigen.data.shards import read_shard
from nijigen.data.streaming.packed import LabelReader, PackedShard
from nijigen.schema import Attribute, AttributeSchema

SCHEMA = AttributeSchema([Attribute("hair_color", ("black", "pink")), Attribute("tilt", range=(-10.0, 10.0))])


def tar(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as file:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def record(labels: Any) -> bytes:
    return json.dumps({"labels": labels, "file": "x.png"}).encode()


def row(labels: Any, schema: AttributeSchema = SCHEMA) -> Any:
    return LabelReader(schema).rows([(b"1.json", record(labels))])[0]


def test_a_shard_holds_what_reading_it_member_by_member_gives(shards: Any) -> None:
    info = shards.make([9], picture=lambda index, channels: shards.picture(index) + b"\0" * (index * 97))
    path: Path = shards.folder / "data" / info["shards"][0]["file"]
    packed = PackedShard(path.read_bytes(), LabelReader(shards.schema))
    samples = list(read_shard(path))
    assert len(packed) == len(samples) == 9
    assert [packed.encoded(i) for i in range(9)] == [sample.data for sample in samples]
    assert np.array_equal(packed.labels, [shards.schema.encode(sample.labels) for sample in samples])


@given(
    st.fixed_dictionaries(
        {}, optional={"hair_color": st.sampled_from(["black", "pink", "粉色"]), "tilt": st.floats(-10, 10)}
    )
)
def test_label_rows_are_those_of_the_schema_to_the_bit(labels: dict[str, Any]) -> None:
    assert np.array_equal(row(labels), SCHEMA.encode(labels))


def test_other_ways_to_say_a_label_are_understood() -> None:
    for labels in ({"tilt": 3}, {"tilt": "3"}, {"髪色": "Pink"}, {"hair_color": None}, {"hair_color": "unknown"}):
        assert np.array_equal(row(labels), SCHEMA.encode(labels))


def test_without_labels_rows_are_empty() -> None:
    data = tar(("1.png", b"p"), ("1.json", b"{}"))
    assert PackedShard(data, LabelReader(AttributeSchema())).labels.shape == (1, 0)


@pytest.mark.parametrize(
    "labels",
    [
        {"hair_color": "plaid"},
        {"tilt": 10.5},
        {"tilt": float("nan")},
        {"tilt": 10**400},
        {"hair_color": "pink", "发色": "black"},
        {"wings": "two"},
        ["pink"],
        3,
    ],
)
def test_labels_that_do_not_fit_are_said_with_the_record(labels: Any) -> None:
    with pytest.raises(ValueError, match=r"1\.json"):
        row(labels)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"{}", b"\xff", b"[" * 100_000])
def test_records_that_are_none_are_said(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"1\.json"):
        LabelReader(SCHEMA).rows([(b"1.json", text)])


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([("1.png", b"a"), ("2.png", b"b"), ("2.json", b"{}")], r"1 has no labels"),
        ([("1.png", b"a")], r"1 has no labels"),
        ([("1.json", b"{}")], r"1\.json belongs to no picture"),
        ([("1.png", b"a"), ("2.json", b"{}")], r"2\.json belongs to no picture"),
    ],
)
def test_pictures_and_records_must_pair(members: list[tuple[str, bytes]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PackedShard(tar(*members), LabelReader(SCHEMA))


def test_broken_archives_are_said() -> None:
    whole = tar(("1.png", b"a" * 600), ("1.json", record({})))

    def broken(data: bytes, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            PackedShard(data, LabelReader(SCHEMA))

    broken(whole[:900], "ends inside of 1.png")
    broken(whole[:100], "ends inside of a header")
    broken(whole[:124] + b"7" * 11 + whole[135:], "ends inside")  # a length of eight gigabytes allocates nothing
    broken(whole[:124] + b"-0000000001\0" + whole[136:], "negative length")
    broken(whole[:124] + b"\x80" + b"\xff" * 11 + whole[136:], "without a length")
    broken(whole[:124] + b"\0" * 12 + whole[136:], "without a length")
    broken(whole[:156] + b"2" + whole[157:], "no file, at byte 0")  # a link


@given(st.binary(max_size=2000), st.integers(0, 1024))
def test_any_bytes_give_a_shard_or_a_value_error(noise: bytes, at: int) -> None:
    whole = tar(("1.png", b"a" * 10), ("1.json", record({"tilt": 1.0})))
    for data in (noise, whole[:at] + noise + whole[at:]):
        with contextlib.suppress(ValueError):
            packed = PackedShard(data, LabelReader(SCHEMA))
            assert all(packed.encoded(i) in data for i in range(len(packed)))
