"""Held-out pictures: a function of count, amount and seed, that leaves small data sets whole."""

import pytest

from nijigen.data.held_out import held_out_rows
from nijigen.errors import NijigenError


def test_rows_are_distinct_ascending_and_decided_by_the_seed() -> None:
    rows = held_out_rows(5_000, 0.02, seed=3).tolist()
    assert len(rows) == 100
    assert rows == sorted(set(rows))
    assert rows[0] >= 0
    assert rows[-1] < 5_000
    assert rows == held_out_rows(5_000, 0.02, seed=3).tolist()
    assert rows != held_out_rows(5_000, 0.02, seed=4).tolist()


def test_rows_are_spread_over_the_whole_data_set() -> None:
    rows = held_out_rows(20_000, 400, seed=0).double()
    assert abs(rows.mean() - 10_000) < 4 * 20_000 / 12**0.5 / 20  # four standard errors of a uniform mean


@pytest.mark.parametrize(
    ("count", "amount", "kept"),
    [
        (20_000, 0.0, 0),
        (1_599, 0.02, 0),
        (1_600, 0.02, 32),
        (1_000_000, 0.02, 512),
        (100, 5, 5),
        (10_000, 2_000, 2_000),
        (100, 50, 50),
    ],
)
def test_how_many(count: int, amount: float, kept: int) -> None:
    assert len(held_out_rows(count, amount, seed=0)) == kept


@pytest.mark.parametrize(("count", "amount"), [(100, 51), (1, 1), (100, 0.8)])
def test_too_many_are_refused(count: int, amount: float) -> None:
    with pytest.raises(NijigenError, match=r"pictures\.held_out=.* leaves less than half of .*use \d+ or fewer"):
        held_out_rows(count, amount, seed=0)
