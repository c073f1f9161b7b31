"""Rows of a forward are dealt to clients, not to wishes."""

from typing import Any

import pytest

pytest.importorskip("torch")

from nijigen.engine.look import Look
from nijigen.serve.work import BATCH, FIRST, Wish, deal

MODEL: Any = object()


def wish(left: int, begun: bool = False) -> Wish:
    return Wish(MODEL, Look(), iter(()), left, begun)


def test_clients_are_dealt_the_same_however_much_they_ask_for() -> None:
    greedy, second, modest = wish(64), wish(64), wish(3)
    shares = deal([("greedy", greedy), ("modest", modest), ("greedy", second)], BATCH)
    assert shares == {greedy: 13, modest: 3}
    assert (greedy.left, modest.left, second.left) == (51, 0, 64)


def test_a_short_wish_is_followed_by_the_clients_next() -> None:
    first, second, other = wish(1), wish(9), wish(9)
    shares = deal([("a", first), ("b", other), ("a", second)], 8)
    assert shares == {first: 1, second: 3, other: 4}


def test_who_waits_alone_sees_something_soon() -> None:
    one = wish(40)
    assert deal([("a", one)], BATCH) == {one: FIRST}
    assert deal([("a", one)], BATCH) == {one: BATCH}


def test_nothing_left_is_dealt_nothing() -> None:
    assert deal([("a", wish(0))], BATCH) == {}
    assert deal([], BATCH) == {}


def test_only_the_like_goes_together() -> None:
    assert wish(1).goes_with(wish(2))
    assert not wish(1).goes_with(Wish(MODEL, Look(0.5), iter(()), 1))
    other: Any = object()
    assert not wish(1).goes_with(Wish(other, Look(), iter(()), 1))
