"""p adapted, p on a schedule."""

import math

import pytest
import torch

from nijigen.augment import TARGET, adapted_strength, scheduled_strength, sign_mean
from nijigen.errors import NijigenError


def test_the_mean_sign() -> None:
    logits = torch.tensor([3.0, 0.1, -0.2, 5.0], requires_grad=True)
    assert sign_mean(logits) == 0.5
    assert not sign_mean(logits).requires_grad


def test_p_goes_up_while_the_discriminator_overfits_and_down_while_it_does_not() -> None:
    assert TARGET == 0.6
    assert adapted_strength(0.5, 0.9, 5_000) == pytest.approx(0.51)
    assert adapted_strength(0.5, 0.1, 5_000) == pytest.approx(0.49)
    assert adapted_strength(0.5, 0.6, 5_000) == 0.5
    assert adapted_strength(0.5, 0.1, 5_000, target=0.0, speed=100_000) == pytest.approx(0.55)


def test_from_nothing_to_one_in_the_speed_and_no_further() -> None:
    p, images = 0.0, 0
    while p < 1:
        p = adapted_strength(p, 1.0, 256)
        images += 256
    assert 500_000 <= images < 500_000 + 2 * 256
    assert adapted_strength(p, 1.0, 256) == 1.0
    assert adapted_strength(0.0001, -1.0, 256) == 0.0


def test_it_settles_where_overfitting_meets_the_target() -> None:
    p = 0.0
    for _ in range(4000):
        p = adapted_strength(p, 0.95 - 0.7 * p, 256)  # the stronger the augmentation the less it overfits
    assert p == pytest.approx(0.5, abs=0.002)


def test_a_mean_that_is_no_number_changes_nothing() -> None:
    assert adapted_strength(0.3, math.nan, 256) == 0.3


def test_the_schedule_rises_from_nothing_to_p_and_stays() -> None:
    values = [scheduled_strength(0.3, images, 1000) for images in range(0, 1500, 50)]
    assert values[0] == 0
    assert values == sorted(values)
    assert scheduled_strength(0.3, 500, 1000) == pytest.approx(0.15)
    assert scheduled_strength(0.3, 250, 1000) == pytest.approx(0.3 * (1 - math.sqrt(0.5)) / 2)
    assert all(value == 0.3 for value in values[20:])
    assert scheduled_strength(0.3, 0, 0) == 0.3


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
def test_strengths_out_of_range_are_refused(p: float) -> None:
    with pytest.raises(NijigenError, match="between 0 and 1"):
        adapted_strength(p, 0.5, 256)
    with pytest.raises(NijigenError, match="between 0 and 1"):
        scheduled_strength(p, 0, 100)
    with pytest.raises(NijigenError, match="above 0"):
        adapted_strength(0.5, 0.5, 256, speed=0)
