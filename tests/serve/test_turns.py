"""Turns are fair: nobody waits for more than one work of each other client."""

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nijigen.serve.turns import BusyError, Turns


def all_of(turns: Turns[int]) -> list[tuple[str, int]]:
    order = []
    while (turn := turns.next()) is not None:
        order.append(turn)
        assert turns.remove(*turn)
    return order


def test_one_who_asks_for_much_does_not_keep_the_others_waiting() -> None:
    turns: Turns[int] = Turns(100, 100)
    for number in range(5):
        turns.add("greedy", number)
    turns.add("modest", 100)
    assert all_of(turns) == [("greedy", 0), ("modest", 100), *(("greedy", number) for number in range(1, 5))]


@given(st.lists(st.sampled_from("abcd"), max_size=40))
def test_everybody_is_served_once_and_in_turn(clients: list[str]) -> None:
    turns: Turns[int] = Turns(100, 100)
    for number, client in enumerate(clients):
        turns.add(client, number)
    order = all_of(turns)
    assert sorted(number for _, number in order) == list(range(len(clients)))
    assert len(turns) == 0
    for client in set(clients):  # its own in the order that it asked
        own = [number for one, number in order if one == client]
        assert own == sorted(own)
        places = [place for place, (one, _) in enumerate(order) if one == client]
        for before, after in itertools.pairwise(places):  # nobody twice in between
            between = Counter(one for one, _ in order[before + 1 : after])
            assert max(between.values(), default=0) <= 1


def test_it_is_bounded_for_each_and_for_all() -> None:
    turns: Turns[int] = Turns(3, 2)
    turns.add("a", 1)
    turns.add("a", 2)
    with pytest.raises(BusyError, match="your requests") as each:
        turns.add("a", 3)
    assert not each.value.everybody
    turns.add("b", 4)
    with pytest.raises(BusyError, match="too many") as everybody:
        turns.add("c", 5)
    assert everybody.value.everybody
    assert everybody.value.after > 0
    turns.add("a", 6, again=True)  # the next part of what was let in
    assert len(turns) == 4


def test_what_was_given_up_has_no_turn() -> None:
    turns: Turns[int] = Turns(9, 9)
    turns.add("a", 1)
    turns.add("a", 2)
    assert turns.remove("a", 1)
    assert not turns.remove("a", 1)
    assert not turns.remove("b", 1)
    assert all_of(turns) == [("a", 2)]


def test_what_waits_is_listed_as_turns_go() -> None:
    turns: Turns[int] = Turns(9, 9)
    for client, number in (("a", 1), ("a", 2), ("b", 3), ("a", 4)):
        turns.add(client, number)
    assert list(turns.each(lambda number: number != 2)) == [("a", 1), ("b", 3), ("a", 4)]
