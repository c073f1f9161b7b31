"""Windows: read by several at once; a shard that fails leaves no gap; memory is known beforehand."""

import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.data.streaming.order import StreamedOrder, WindowKey
from nijigen.data.streaming.shard_store import ShardStore
from nijigen.data.streaming.windows import MOST_READERS, Window, WindowReader, readers_for
from nijigen.errors import NijigenError

FIRST = WindowKey(0, 0)


def reader(shards: Any, info: dict[str, Any], readers: int = 4, seed: int = 0, **options: Any) -> WindowReader:
    order = StreamedOrder([row["count"] for row in info["shards"]], seed, readers)
    store = ShardStore(shards.folder / "data", pauses=(0.0, 0.0, 0.0))
    return WindowReader(store, info["shards"], shards.schema, order, **options)


def pictures(shards: Any, window: Window) -> list[int]:
    """The numbers of the pictures, by place."""
    names = {shards.picture(number): number for number in range(200)}
    return [names[window.encoded(place)] for place in range(len(window))]


def test_a_window_holds_each_picture_of_its_shards_once_with_its_labels(shards: Any) -> None:
    info = shards.make([5, 6, 7, 8])
    window = reader(shards, info).get(FIRST)
    found = pictures(shards, window)
    assert sorted(found) == list(range(26))
    wanted = torch.stack([torch.from_numpy(shards.schema.encode(shards.labels_of(number))) for number in found])
    assert torch.equal(window.labels, wanted)
    assert torch.equal(window.weights, torch.ones(26))
    assert window.nbytes > sum(row["bytes"] for row in info["shards"])


def test_orders_are_of_the_purpose_and_have_each_place_once(shards: Any) -> None:
    info = shards.make([5, 6, 7, 8])
    one, other = reader(shards, info).get(FIRST), reader(shards, info).get(FIRST)
    assert sorted(one.order("a", 0, 26).tolist()) == list(range(26))
    assert torch.equal(one.order("a", 7, 9), other.order("a", 0, 26)[7:16])
    assert not torch.equal(one.order("a", 0, 26), one.order("b", 0, 26))
    assert not torch.equal(one.order("a", 0, 26), reader(shards, info, seed=1).get(FIRST).order("a", 0, 26))


def test_shards_are_read_several_at_once(shards: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    info = shards.make([2] * 4)
    together = threading.Barrier(4, timeout=20)
    real = ShardStore.read

    def read(self: ShardStore, row: Any) -> bytes:
        together.wait()  # breaks where fewer than four come at once
        return real(self, row)

    monkeypatch.setattr(ShardStore, "read", read)
    assert len(reader(shards, info).get(FIRST)) == 8


def test_a_failed_shard_is_filled_from_its_window_and_said(shards: Any) -> None:
    info = shards.make([5, 6, 7, 8])
    (shards.folder / "data" / "shard-00002.tar").unlink()
    windows = reader(shards, info)
    found = Counter(pictures(shards, windows.get(FIRST)))
    good = set(range(11)) | set(range(18, 26))
    assert set(found) == good
    assert found.total() == 26
    assert max(found.values()) == 2  # 7 places among 19 others, evenly
    row = {"epoch": 0, "position": 0, "shard": "shard-00002.tar", "pictures": 7, "reason": "it is not there"}
    assert windows.skipped == [row]
    again = reader(shards, info)
    assert pictures(shards, again.get(FIRST)) == pictures(shards, windows.get(FIRST))


def test_more_gaps_than_pictures_repeat_them_evenly(shards: Any) -> None:
    info = shards.make([3, 20])
    (shards.folder / "data" / "shard-00001.tar").unlink()
    found = Counter(pictures(shards, reader(shards, info).get(FIRST)))
    assert set(found) == {0, 1, 2}
    assert sorted(found.values()) == [7, 8, 8]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda row: row | {"sha256": "0" * 64}, "SHA-256"),
        (lambda row: row | {"count": 8}, "it holds 7 pictures, not 8"),
    ],
)
def test_a_shard_that_is_another_than_described_is_skipped(shards: Any, damage: Any, reason: str) -> None:
    info = shards.make([5, 6, 7])
    info["shards"][2] = damage(info["shards"][2])
    windows = reader(shards, info)
    assert set(pictures(shards, windows.get(FIRST))) == set(range(11))
    assert reason in windows.skipped[0]["reason"]


def test_labels_that_do_not_fit_skip_the_shard(shards: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = shards.labels_of
    monkeypatch.setattr(shards, "labels_of", lambda index: {"hair_color": "plaid"} if index == 7 else labels(index))
    windows = reader(shards, shards.make([5, 6, 7]))
    assert set(pictures(shards, windows.get(FIRST))) == {*range(5), *range(11, 18)}
    assert "has no value 'plaid'" in windows.skipped[0]["reason"]


def test_what_was_skipped_is_skipped_again_without_a_try(shards: Any) -> None:
    info = shards.make([5, 6, 7, 8])
    path: Path = shards.folder / "data" / "shard-00002.tar"
    path.rename(path.with_suffix(".away"))
    before = reader(shards, info)
    seen = pictures(shards, before.get(FIRST))
    path.with_suffix(".away").rename(path)
    after = reader(shards, info, skipped=before.skipped)
    assert pictures(shards, after.get(FIRST)) == seen
    assert after.skipped == before.skipped
    assert sorted(pictures(shards, after.get(WindowKey(1, 0)))) == list(range(26))  # the next epoch tries it anew


def test_a_window_of_which_nothing_is_left_takes_from_its_neighbours(shards: Any) -> None:
    info = shards.make([5] * 4)
    windows = reader(shards, info, readers=1)
    gone = info["shards"][windows._order.shards(FIRST)[0]]["file"]
    (shards.folder / "data" / gone).unlink()
    neighbour = windows._order.shards(WindowKey(0, 1))[0]
    assert sorted(pictures(shards, windows.get(FIRST))) == list(range(5 * neighbour, 5 * neighbour + 5))
    assert [row["shard"] for row in windows.skipped] == [gone]


def test_where_nothing_can_be_read_it_stops(shards: Any) -> None:
    info = shards.make([1] * 36)
    for row in info["shards"]:
        (shards.folder / "data" / row["file"]).unlink()
    with pytest.raises(NijigenError, match=r"none of 18 shards in a row could be read \(the last: it is not there\)"):
        reader(shards, info, readers=6).get(FIRST)


def test_balance_shows_rare_values_as_often_in_each_window(shards: Any) -> None:
    info = shards.make([60] * 4)
    window = reader(shards, info, balance=["hair_color"]).get(FIRST)
    hair = window.labels[:, :3]
    natural, drawn = hair.sum(0), hair[window.order("pictures", 0, len(window))].sum(0)
    assert natural.min() < 0.3 * natural.max()
    assert drawn.min() > 0.9 * drawn.max()
    assert len(window.order("pictures", 0, len(window))) == 240


def test_weights_come_from_the_window(shards: Any) -> None:
    info = shards.make([5, 6])
    window = reader(shards, info, weigh=lambda rows: rows[:, 0] * 2 + 1).get(FIRST)
    assert torch.equal(window.weights, window.labels[:, 0] * 2 + 1)


def test_what_is_let_go_of_is_not_counted(shards: Any) -> None:
    info = shards.make([5] * 8)
    windows = reader(shards, info)
    one, other = windows.get(FIRST), windows.get(WindowKey(0, 1))
    assert windows.nbytes == one.nbytes + other.nbytes
    windows.keep([WindowKey(0, 1)])
    assert windows.nbytes == other.nbytes
    assert windows.ready(WindowKey(0, 1))
    assert not windows.ready(FIRST)


def test_closing_does_not_wait_for_pauses(shards: Any) -> None:
    info = shards.make([5] * 4)
    for row in info["shards"]:
        (shards.folder / "data" / row["file"]).unlink()
    order = StreamedOrder([5] * 4, 0, 4)
    windows = WindowReader(ShardStore(shards.folder / "data", (60.0,)), info["shards"], shards.schema, order)
    started = time.monotonic()
    windows.begin(FIRST)
    time.sleep(0.05)
    windows.close()
    windows._loader.shutdown(wait=True)
    assert time.monotonic() - started < 10
    assert windows.skipped == []  # that it was stopped is nothing the shards can be blamed for


def test_readers_follow_from_the_data_set_and_the_buffer_alone() -> None:
    rows = [{"bytes": 10**6, "count": 100}, {"bytes": 4 * 10**6, "count": 400}]
    each = 4 * 10**6 + 400 * (4 * 25 + 36)
    for readers in (1, 4, 9):
        buffer = -(-2 * readers * each * 8 // 7)
        assert readers_for(rows, 25, buffer + 8) == readers
        assert readers_for(rows, 25, buffer + 8) * 2 * each <= buffer
    assert readers_for(rows, 25, 10**12) == MOST_READERS
    with pytest.raises(NijigenError, match=r"buffer of 8 MiB is too small .* set pictures\.buffer=10 or more"):
        readers_for(rows, 25, 2 * each * 8 // 7 - 8)
    assert readers_for(rows, 25, 10 * 2**20) == 1  # what the line says is enough
