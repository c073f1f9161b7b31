"""The order of a streamed data set: every place is known without reading what came before."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nijigen.data.streaming.order import StreamedOrder, WindowKey
from nijigen.errors import NijigenError

COUNTS = st.lists(st.integers(0, 9), min_size=1, max_size=20).filter(any)


def places(order: StreamedOrder, start: int, count: int) -> list[tuple[int, int, int]]:
    """(epoch, window, place) of each position."""
    return [
        (piece.key.epoch, piece.key.index, piece.start + i)
        for piece in order.pieces(start, count)
        for i in range(piece.count)
    ]


@given(COUNTS, st.integers(0, 2**63 - 1), st.integers(1, 8), st.integers(0, 3))
def test_an_epoch_has_every_shard_in_one_window(counts: list[int], seed: int, readers: int, epoch: int) -> None:
    order = StreamedOrder(counts, seed, readers)
    windows = [order.shards(WindowKey(epoch, index)) for index in range(order.windows)]
    assert Counter(shard for window in windows for shard in window) == Counter(i for i, n in enumerate(counts) if n)
    assert max(map(len, windows)) <= readers
    assert max(map(len, windows)) - min(map(len, windows)) <= 1
    for index, window in enumerate(windows):
        assert order.size(WindowKey(epoch, index)) == sum(counts[shard] for shard in window)
        [piece] = order.pieces(order.first(WindowKey(epoch, index)), 1)
        assert (piece.key, piece.start) == (WindowKey(epoch, index), 0)


@given(COUNTS, st.integers(0, 99), st.integers(1, 8), st.integers(0, 200), st.integers(1, 60))
def test_places_go_on_where_they_were_cut(counts: list[int], seed: int, readers: int, start: int, count: int) -> None:
    order, fresh = StreamedOrder(counts, seed, readers), StreamedOrder(counts, seed, readers)
    whole = places(order, 0, start + count)
    assert places(fresh, start, count) == whole[start:]
    assert len(whole) == start + count
    assert sorted(set(whole)) == whole  # in order, none twice
    for epoch, index, place in whole:
        assert place < order.size(WindowKey(epoch, index))
    assert [place[0] for place in whole] == [position // sum(counts) for position in range(start + count)]


def test_epochs_and_seeds_differ_and_repeat() -> None:
    def shards(seed: int, epoch: int) -> list[list[int]]:
        order = StreamedOrder([5] * 12, seed, 4)
        return [order.shards(WindowKey(epoch, index)) for index in range(3)]

    assert shards(0, 0) == shards(0, 0)
    assert shards(0, 0) != shards(0, 1)
    assert shards(0, 0) != shards(1, 0)


def test_the_order_never_changes() -> None:
    order = StreamedOrder([3, 4, 5, 6, 7, 8], 7, 2)  # runs of before must go on with the same pictures
    assert [order.shards(WindowKey(0, index)) for index in range(3)] == [[0, 3], [4, 2], [5, 1]]


def test_the_last_window_is_followed_by_the_next_epoch() -> None:
    order = StreamedOrder([1, 1, 1], 0, 2)
    assert order.following(WindowKey(0, 0)) == WindowKey(0, 1)
    assert order.following(WindowKey(0, 1)) == WindowKey(1, 0)


@pytest.mark.parametrize(("counts", "readers"), [([], 1), ([0, 0], 1), ([3], 0)])
def test_nothing_to_order_is_said(counts: list[int], readers: int) -> None:
    with pytest.raises(NijigenError, match="at least one"):
        StreamedOrder(counts, 0, readers)
