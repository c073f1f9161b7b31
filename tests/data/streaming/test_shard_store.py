"""Where shards lie: folders and addresses; what fails is tried again, then said."""

import json
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import fsspec
import pytest

from nijigen.data.streaming.shard_store import ShardError, ShardStore, is_address
from nijigen.errors import NijigenError

NO_PAUSES = (0.0, 0.0, 0.0)


@pytest.fixture
def memory() -> Any:
    """fsspec's file system in memory, empty again afterwards."""
    system = fsspec.filesystem("memory")
    yield system
    system.store.clear()
    system.pseudo_dirs[:] = [""]


def upload(memory: Any, folder: Path, to: str) -> None:
    for path in folder.iterdir():
        memory.pipe_file(f"{to}/{path.name}", path.read_bytes())


@pytest.mark.parametrize("kind", ["folder", "text", "file://", "memory://"])
def test_a_data_set_is_read_from_anywhere(kind: str, shards: Any, memory: Any) -> None:
    made = shards.make([3, 4])
    folder: Path = shards.folder / "data"
    upload(memory, folder, "/bucket/faces")
    places = {"folder": folder, "text": str(folder), "file://": folder.as_uri(), "memory://": "memory://bucket/faces/"}
    store = ShardStore(places[kind])
    assert store.description() == made
    for row in made["shards"]:
        assert store.read(row) == (folder / row["file"]).read_bytes()
    assert store.tries == 3
    assert is_address(places[kind]) == kind.endswith("://")


def test_a_failing_read_is_tried_again(shards: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    [row] = shards.make([2])["shards"]
    store, waited = ShardStore(shards.folder / "data", pauses=(0.01, 0.02, 0.04)), []
    real, failures = ShardStore._read, iter([OSError("reset"), b"half", TimeoutError()])

    def flaky(self: ShardStore, file: str, limit: int) -> bytes:
        waited.append(time.monotonic())
        failure = next(failures, None)
        if isinstance(failure, Exception):
            raise failure
        return failure if failure is not None else real(self, file, limit)

    monkeypatch.setattr(ShardStore, "_read", flaky)
    assert len(store.read(row)) == row["bytes"]
    assert store.tries == 4
    gaps = [after - before for before, after in pairwise(waited)]
    assert [gap >= pause for gap, pause in zip(gaps, (0.01, 0.02, 0.04), strict=True)] == [True] * 3


def test_what_keeps_failing_is_given_up_with_the_reason(shards: Any) -> None:
    one, two, three, four = shards.make([2, 2, 2, 2])["shards"]
    folder: Path = shards.folder / "data"
    (folder / one["file"]).unlink()
    with open(folder / two["file"], "r+b") as file:
        file.truncate(700)
    with open(folder / three["file"], "ab") as file:
        file.write(b"more")
    data = bytearray((folder / four["file"]).read_bytes())
    data[600] ^= 1
    (folder / four["file"]).write_bytes(data)
    for row, reason in (
        (one, "it is not there"),
        (two, f"it has 700 bytes, not {two['bytes']:,}"),
        (three, f"it has more than {three['bytes']:,} bytes"),
        (four, r"not those that were written \(SHA-256\)"),
    ):
        store = ShardStore(folder, NO_PAUSES)
        with pytest.raises(ShardError, match=reason):
            store.read(row)
        assert store.tries == 4


def test_no_more_of_a_file_is_read_than_it_should_have(shards: Any, memory: Any) -> None:
    [row] = shards.make([2])["shards"]
    memory.pipe_file("/bucket/" + row["file"], b"x" * (row["bytes"] + 10**6))
    asked: list[int] = []
    store = ShardStore("memory://bucket", NO_PAUSES)
    cat = store._system.cat_file

    def counted(path: str, start: int | None = None, end: int | None = None) -> bytes:
        found: bytes = cat(path, start=start, end=end)
        asked.append(len(found))
        return found

    store._system.cat_file = counted
    try:
        with pytest.raises(ShardError, match="more than"):
            store.read(row)
    finally:
        del store._system.cat_file
    assert set(asked) == {row["bytes"] + 1}


def test_stopping_ends_the_waiting(shards: Any) -> None:
    [row] = shards.make([2])["shards"]
    (shards.folder / "data" / row["file"]).unlink()
    store = ShardStore(shards.folder / "data", pauses=(60.0, 60.0, 60.0))
    threading.Timer(0.05, store.close).start()
    started = time.monotonic()
    with pytest.raises(ShardError, match="stopped"):
        store.read(row)
    assert time.monotonic() - started < 10
    assert store.closed


def test_no_data_set_is_one_line(tmp_path: Path, memory: Any) -> None:
    with pytest.raises(NijigenError, match=r"no data set at memory://nowhere: dataset\.json .* not there"):
        ShardStore("memory://nowhere", NO_PAUSES).description()
    (tmp_path / "dataset.json").write_text('{"format": "other"}')
    with pytest.raises(NijigenError, match="is not of nijigen"):
        ShardStore(tmp_path).description()
    (tmp_path / "dataset.json").write_text("{")
    with pytest.raises(NijigenError, match=r"dataset\.json is broken"):
        ShardStore(tmp_path).description()


@pytest.mark.parametrize(
    "change",
    [
        {"version": 99},
        {"count": 0},
        {"count": 10**400},
        {"resolution": 10**6},
        {"shards": [{"file": "../x", "count": 1, "bytes": 1}]},
        {"shards": [{"file": "x.tar", "count": -1, "bytes": 1}]},
        {"shards": [{"file": "x.tar"}]},
        {"shards": 3},
    ],
)
def test_a_description_that_cannot_be_is_refused(change: dict[str, Any], shards: Any) -> None:
    info = shards.make([2]) | change
    (shards.folder / "data" / "dataset.json").write_text(json.dumps(info))
    with pytest.raises(NijigenError, match=r"dataset\.json (is broken|has format version)"):
        ShardStore(shards.folder / "data").description()


def test_wrong_addresses_are_one_line() -> None:
    with pytest.raises(NijigenError, match=r"sesame://open is no place to read a data set from: .*sesame"):
        ShardStore("sesame://open")
    with pytest.raises(NijigenError, match="an address that is none"):
        ShardStore("https://[broken/faces")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def url_to_fs(address: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.core.url_to_fs", url_to_fs)
    with pytest.raises(NijigenError, match=r"s3://bucket/faces: s3:// needs a package .*: Install s3fs"):
        ShardStore("s3://bucket/faces")


def test_secrets_of_an_address_are_not_shown() -> None:
    from nijigen.data.streaming.shard_store import _readable

    shown = _readable("https://user:secret@host.example/faces/?signature=secret#secret")
    assert shown == "https://host.example/faces"
