"""The smallest circle around a mask, and discs."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.images.circle import disc, enclosing_circle


@settings(max_examples=80)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=20))
def test_the_circle_holds_all_and_cannot_be_smaller(points: list[tuple[int, int]]) -> None:
    mask = np.zeros((31, 31), bool)
    for x, y in points:
        mask[y, x] = True
    cx, cy, radius = enclosing_circle(mask)
    corners = np.array([(x + dx, y + dy) for x, y in points for dx in (0, 1) for dy in (0, 1)], float)
    away = np.hypot(corners[:, 0] - cx, corners[:, 1] - cy)
    assert away.max() <= radius + 1e-6
    # The corners on the circle leave no half of it free: else it could move and shrink.
    touching = corners[away > radius - 1e-6] - (cx, cy)
    angles = np.sort(np.arctan2(touching[:, 1], touching[:, 0]))
    gaps = np.diff(np.append(angles, angles[0] + 2 * math.pi))
    assert gaps.max() <= math.pi + 1e-4


def test_a_square_and_nothing() -> None:
    mask = np.zeros((9, 9), bool)
    mask[2:6, 1:5] = True
    assert enclosing_circle(mask) == pytest.approx((3, 4, math.hypot(2, 2)))
    with pytest.raises(ValueError, match="empty"):
        enclosing_circle(np.zeros((3, 3), bool))


@pytest.mark.parametrize("side", [16, 33, 128])
def test_a_disc_fills_the_circle_and_nothing_beyond(side: int) -> None:
    away = np.arange(side) + 0.5 - side / 2
    distance = np.hypot(away[:, None], away[None, :])
    cover = disc(side)
    assert (cover[distance <= side / 2 - 0.5] == 1).all()
    assert (cover[distance >= side / 2 + 0.5] == 0).all()
    assert cover.sum() == pytest.approx(math.pi * (side / 2) ** 2, rel=0.01)
