"""Streamed data sets: every picture once an epoch, any position at any time, in memory that is bounded."""

import io
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nijigen.data import Dataset
from nijigen.data.stored import decode_into
from nijigen.data.streaming.shard_store import ShardStore
from nijigen.data.streaming.streamed import Drawn, Streamed
from nijigen.data.streaming.windows import WindowReader
from nijigen.errors import NijigenError

COUNTS = [7, 5, 9, 6, 8, 7, 5, 9, 6, 8, 3]  # 73 pictures


def shard_memory(info: dict[str, Any], readers: int) -> int:
    """A buffer under which windows have so many shards."""
    largest = max(row["bytes"] + row["count"] * (4 * 5 + 36) for row in info["shards"])
    return -(-2 * readers * largest * 8 // 7) + 8


def stream(shards: Any, info: dict[str, Any], readers: int = 4, seed: int = 0, **options: Any) -> Streamed:
    store = ShardStore(shards.folder / "data", pauses=(0.0, 0.0, 0.0))
    return Streamed(store, info, seed, **{"buffer": shard_memory(info, readers), "threads": 2, "batch": 8, **options})


def same(one: Drawn, other: Drawn) -> bool:
    return all(
        torch.equal(a, b)
        for a, b in ((one.pictures(), other.pictures()), (one.labels, other.labels), (one.weights, other.weights))
    )


@pytest.mark.parametrize(("readers", "batch"), [(1, 8), (4, 8), (4, 5), (16, 16), (2, 30)])
def test_every_picture_comes_once_an_epoch_with_its_labels(shards: Any, readers: int, batch: int) -> None:
    info = shards.make(COUNTS)
    with stream(shards, info, readers, batch=batch) as streamed:
        assert streamed.readers == min(16, readers)
        assert len(streamed) == 73
        drawn = [streamed.draw(start, batch) for start in range(0, 2 * 73 + batch, batch)]
    found = [number for part in drawn for number in shards.numbers(part.pictures())]
    assert sorted(found[:73]) == list(range(73))
    assert sorted(found[73:146]) == list(range(73))
    assert found[:73] != found[73:146]
    labels = torch.cat([part.labels for part in drawn])
    wanted = np.stack([shards.schema.encode(shards.labels_of(number)) for number in found])
    assert np.array_equal(labels.numpy(), wanted)


def test_pictures_are_those_of_the_resident_data_set(shards: Any) -> None:
    noise = np.random.default_rng(0)

    def see_through(index: int, channels: int) -> bytes:
        pixels = noise.integers(0, 256, (shards.size, shards.size, channels), np.uint8)
        pixels[0, 0] = index, 0, 0, 255
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        return buffer.getvalue()

    info = shards.make([6, 7], channels=4, picture=see_through)
    resident = Dataset.open(shards.folder / "data").load()
    with stream(shards, info) as streamed:
        drawn = streamed.draw(0, 13)
    rows = torch.tensor(shards.numbers(drawn.pictures()))
    assert torch.equal(drawn.pictures(), resident.images[rows])
    assert torch.equal(drawn.labels, resident.labels[rows])


def test_going_on_anywhere_gives_what_an_unbroken_run_sees(shards: Any) -> None:
    info = shards.make(COUNTS)
    with stream(shards, info) as streamed:
        unbroken = [streamed.draw(start, 8) for start in range(0, 160, 8)]
        labels = [streamed.draw_labels("generator", start, 8) for start in range(0, 160, 8)]
    for begin in range(0, 160, 8):
        with stream(shards, info, threads=1 + begin % 3) as streamed:
            for start in range(begin, min(begin + 32, 160), 8):
                assert same(streamed.draw(start, 8), unbroken[start // 8])
                assert torch.equal(streamed.draw_labels("generator", start, 8).labels, labels[start // 8].labels)


def test_going_on_reads_only_the_window_it_goes_on_in(shards: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    info = shards.make([10] * 40)
    read: list[str] = []
    real = ShardStore.read

    def noted(self: ShardStore, row: Any) -> bytes:
        read.append(row["file"])
        return real(self, row)

    monkeypatch.setattr(ShardStore, "read", noted)
    with stream(shards, info) as streamed:
        assert len(read) == 4  # the first window, of which some labels are shown
        streamed.draw(399, 1)
        assert len(read) == 8
        streamed.draw(200, 8)  # a look elsewhere
        streamed.draw_labels("generator", 200, 8)
        assert len(read) == 12


def test_parts_and_threads_change_nothing(shards: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    info = shards.make(COUNTS)
    with stream(shards, info, threads=1) as streamed:
        whole = [streamed.draw(start, 8) for start in range(0, 80, 8)]
    delays = np.random.default_rng(1)

    def slow(data: bytes, row: Any, name: str) -> None:
        time.sleep(float(delays.random()) / 300)
        decode_into(data, row, name)

    monkeypatch.setattr("nijigen.data.streaming.streamed.decode_into", slow)
    with stream(shards, info, threads=4, batch=8) as streamed:
        for start in range(0, 80, 8):
            parts = [streamed.draw(start + part, 2, since=start) for part in (0, 2, 4, 6)]
            assert torch.equal(torch.cat([part.pictures() for part in parts]), whole[start // 8].pictures())
            assert same(streamed.draw(start, 8, since=start), whole[start // 8])  # the next phase of the same moment


def test_seeds_give_other_orders(shards: Any) -> None:
    info = shards.make(COUNTS)
    with stream(shards, info) as one, stream(shards, info, seed=1) as other:
        assert shards.numbers(one.draw(0, 30).pictures()) != shards.numbers(other.draw(0, 30).pictures())


def test_labels_alone_have_an_order_of_their_own_in_the_same_window(shards: Any) -> None:
    info = shards.make([10] * 8)
    with stream(shards, info) as streamed:
        pictures, others = streamed.draw(0, 40), streamed.draw_labels("generator", 0, 40)
        assert others.images is None
        with pytest.raises(ValueError, match="only labels"):
            others.pictures()

        def rows(drawn: Drawn) -> Counter[tuple[float, ...]]:
            return Counter(tuple(row) for row in drawn.labels.tolist())

        assert rows(pictures) == rows(others)
        assert not torch.equal(pictures.labels, others.labels)


def test_memory_is_bounded_and_counted(shards: Any) -> None:
    info = shards.make([20] * 60)
    size = 3 * shards.size**2
    buffer = shard_memory(info, 3)
    with stream(shards, info, 3, batch=8) as streamed:
        pictures = 8 + streamed._ahead + 2 * 64
        most = 0
        for start in range(0, 2400, 8):
            streamed.draw(start, 8)
            held = sum(len(shard.data) for f in list(streamed._windows._held.values()) if f.done()
                       for shard in f.result()._shards)  # fmt: skip
            decoded = sum(f.result().nbytes for f in list(streamed._chunks.values()) if f.done())
            assert held + decoded <= streamed.nbytes
            assert len(streamed._windows._held) <= 2
            most = max(most, streamed.nbytes)
        assert most <= streamed.peak <= buffer * 7 // 8 + pictures * size
        whole = sum(row["bytes"] for row in info["shards"])
        assert streamed.peak < whole / 3


def test_the_next_window_is_read_while_this_one_is_used(shards: Any) -> None:
    info = shards.make([16] * 16)
    with stream(shards, info) as streamed:
        streamed.draw(0, 8)
        streamed.draw(8, 8)
        streamed.draw_labels("generator", 8, 8)  # another phase of the moment does not stop it
        deadline = time.monotonic() + 20
        following = streamed._order.pieces(64, 1)[0].key
        while not streamed._windows.ready(following):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_skipped_shard_is_told_once_and_the_epoch_keeps_its_length(shards: Any) -> None:
    info = shards.make(COUNTS)
    (shards.folder / "data" / "shard-00002.tar").unlink()
    told: list[dict[str, Any]] = []
    with stream(shards, info, on_skip=told.append) as streamed:
        found = [n for start in range(0, 73, 8) for n in shards.numbers(streamed.draw(start, 8).pictures())][:73]
        [row] = [row for row in told if row["epoch"] == 0]
        first = row.pop("position")
        assert row == {"epoch": 0, "shard": "shard-00002.tar", "pictures": 9, "reason": "it is not there"}
        [piece] = streamed._order.pieces(first, 1)
        assert piece.start == 0
        assert 2 in streamed._order.shards(piece.key)
        assert [row for row in streamed.skipped if row["epoch"] == 0] == [row | {"position": first}]
        assert set(range(73)) - set(found) == set(range(12, 21))
        skipped = streamed.skipped
        whole = streamed.draw(40, 8)
    with stream(shards, info, skipped=skipped, on_skip=told.append) as streamed:
        assert same(streamed.draw(40, 8), whole)
    assert len([row for row in told if row["epoch"] == 0]) == 1


def test_a_shard_that_fails_once_is_no_failure(shards: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    info = shards.make(COUNTS)
    failed: set[str] = set()
    lock, real = threading.Lock(), ShardStore._read

    def flaky(self: ShardStore, file: str, limit: int) -> bytes:
        with lock:
            first = file not in failed
            failed.add(file)
        if first:
            raise ConnectionResetError("by peer")
        return real(self, file, limit)

    monkeypatch.setattr(ShardStore, "_read", flaky)
    with stream(shards, info) as streamed:
        found = [n for start in range(0, 73, 8) for n in shards.numbers(streamed.draw(start, 8).pictures())][:73]
        assert sorted(found) == list(range(73))
        assert streamed.skipped == []


@pytest.mark.parametrize("broken", [b"no picture", None])
def test_a_broken_picture_of_a_whole_shard_is_one_line(broken: bytes | None, shards: Any) -> None:
    def picture(index: int, channels: int) -> bytes:
        whole: bytes = shards.picture(index)
        if index != 30:
            return whole
        if broken is not None:
            return broken
        buffer = io.BytesIO()
        Image.new("RGB", (9, 8)).save(buffer, "PNG")
        return buffer.getvalue()

    info = shards.make(COUNTS, picture=picture)
    with stream(shards, info) as streamed, pytest.raises(NijigenError, match=r"a picture is broken .*prepare it again"):
        streamed.draw(0, 73)


def test_a_buffer_too_small_for_a_shard_is_said(shards: Any) -> None:
    info = shards.make([500, 2])
    with pytest.raises(NijigenError, match=r"buffer of 0 MiB is too small .* set pictures\.buffer=4 or more"):
        stream(shards, info, buffer=100_000)


def test_a_place_that_cannot_be_read_stops_at_once_and_leaves_no_threads(shards: Any) -> None:
    info = shards.make([4, 4])
    for row in info["shards"]:
        (shards.folder / "data" / row["file"]).unlink()
    with pytest.raises(NijigenError, match="none of 2 shards in a row"):
        stream(shards, info)
    deadline = time.monotonic() + 20
    while any(thread.name.startswith(("window", "shard", "decode")) for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_data_set_in_memory_of_fsspec_streams(shards: Any) -> None:
    import fsspec

    shards.make(COUNTS)
    memory = fsspec.filesystem("memory")
    folder: Path = shards.folder / "data"
    for path in folder.iterdir():
        memory.pipe_file(f"/streams/{path.name}", path.read_bytes())
    store = ShardStore("memory://streams")
    with Streamed(store, store.description(), 0, threads=1) as streamed:
        found = shards.numbers(streamed.draw(0, 73).pictures())
    assert sorted(found) == list(range(73))
    memory.store.clear()


def test_without_labels_rows_are_empty(shards: Any) -> None:
    info = shards.make([5, 6], labelled=False)
    with stream(shards, info) as streamed:
        assert streamed.draw(0, 8).labels.shape == (8, 0)
        assert streamed.labels.shape == (11, 0)


def test_jpegs_are_decoded_as_resident_ones_are(shards: Any) -> None:
    data = shards.picture(5, kind="JPEG")
    row = np.empty((3, shards.size, shards.size), np.uint8)
    decode_into(data, row, "data")
    assert np.array_equal(row, np.asarray(Image.open(io.BytesIO(data))).transpose(2, 0, 1))


def test_readers_hold_no_more_than_they_say(shards: Any) -> None:
    info = shards.make([5] * 8)
    order = stream(shards, info)._order
    windows = WindowReader(ShardStore(shards.folder / "data"), info["shards"], shards.schema, order)
    key = order.pieces(0, 1)[0].key
    windows.begin(key)
    under_way = windows.nbytes
    assert 0 < under_way <= windows.get(key).nbytes
