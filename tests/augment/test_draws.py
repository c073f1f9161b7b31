"""What is drawn has the papers' distributions, at p = 1 and at p = 1/2."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from nijigen.augment.diffaugment import draw_policy
from nijigen.augment.draws import (
    BAND_POWER,
    draw_bands,
    draw_blit,
    draw_colour,
    draw_cutout,
    draw_geometry,
    draw_noise,
)

COUNT, LN2 = 40_000, math.log(2)
Shares = Callable[[Tensor], Tensor]


def seeded(seed: int = 11) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(sigma: float) -> Shares:
    return lambda x: torch.special.ndtr(x / sigma)


def log_normal(sigma: float) -> Shares:
    return lambda x: torch.special.ndtr(x.log() / sigma)


def half_normal(sigma: float) -> Shares:
    return lambda x: 2 * torch.special.ndtr(x / sigma) - 1


def uniform(low: float, high: float) -> Shares:
    return lambda x: ((x - low) / (high - low)).clamp(0, 1)


def assert_follows(values: Tensor, share_below: Shares) -> None:
    """Kolmogorov–Smirnov: a right draw fails one time in a thousand, and the seeds are fixed."""
    values = values.double().sort().values
    count = len(values)
    expected, steps = share_below(values), torch.arange(count + 1) / count
    distance = torch.maximum((expected - steps[:-1]).abs().max(), (expected - steps[1:]).abs().max())
    assert distance < 1.95 / math.sqrt(count)


def assert_share(happened: Tensor, share: float) -> None:
    """As often as it should, within four standard deviations."""
    bound = 4 * math.sqrt(share * (1 - share) / happened.numel())
    assert abs(happened.double().mean().item() - share) <= bound


def assert_independent(one: Tensor, other: Tensor) -> None:
    """No correlation beyond four standard deviations."""
    pair = torch.stack([one.double(), other.double()])
    assert abs(torch.corrcoef(pair)[0, 1].item()) < 4 / math.sqrt(one.numel())


def test_the_check_of_distributions_can_fail() -> None:
    values = torch.randn(COUNT, generator=seeded())
    assert_follows(values, normal(1.0))
    for wrong in (normal(1.05), uniform(-1, 1), lambda x: normal(1.0)(x - 0.03)):
        with pytest.raises(AssertionError):
            assert_follows(values, wrong)


def drawn(p: float) -> dict[str, Tensor]:
    """Every continuous parameter of ADA, by name."""
    random = seeded()
    blit, geometry = draw_blit(p, COUNT, random), draw_geometry(p, COUNT, random)
    colour, noise = draw_colour(p, COUNT, random), draw_noise(p, COUNT, random)
    return {
        "whole shift x": blit.shift[:, 0],
        "whole shift y": blit.shift[:, 1],
        "scale": geometry.scale,
        "before": geometry.before,
        "stretch": geometry.stretch,
        "after": geometry.after,
        "shift x": geometry.shift[:, 0],
        "shift y": geometry.shift[:, 1],
        "brightness": colour.brightness,
        "contrast": colour.contrast,
        "hue": colour.hue,
        "saturation": colour.saturation,
        "noise": noise,
    }


TABLE: list[tuple[str, float, Shares]] = [
    ("whole shift x", 0.0, uniform(-0.125, 0.125)),
    ("whole shift y", 0.0, uniform(-0.125, 0.125)),
    ("scale", 1.0, log_normal(0.2 * LN2)),
    ("before", 0.0, uniform(-math.pi, math.pi)),
    ("stretch", 1.0, log_normal(0.2 * LN2)),
    ("after", 0.0, uniform(-math.pi, math.pi)),
    ("shift x", 0.0, normal(0.125)),
    ("shift y", 0.0, normal(0.125)),
    ("brightness", 0.0, normal(0.2)),
    ("contrast", 1.0, log_normal(0.5 * LN2)),
    ("hue", 0.0, uniform(-math.pi, math.pi)),
    ("saturation", 1.0, log_normal(LN2)),
    ("noise", 0.0, half_normal(0.1)),
]


@pytest.mark.parametrize("p", [1.0, 0.5])
@pytest.mark.parametrize(("name", "neutral", "share_below"), TABLE, ids=[row[0] for row in TABLE])
def test_each_parameter_is_drawn_as_the_paper_says(name: str, neutral: float, share_below: Shares, p: float) -> None:
    values = drawn(p)[name]
    happened = values != neutral
    assert_share(happened, 1 - math.sqrt(1 - p) if name in ("before", "after") else p)
    assert_follows(values[happened], share_below)


@pytest.mark.parametrize("p", [1.0, 0.5])
def test_flips_and_turns(p: float) -> None:
    blit, colour = draw_blit(p, COUNT, seeded()), draw_colour(p, COUNT, seeded())
    assert_share(blit.flip, p / 2)
    assert_share(colour.flip, p / 2)
    assert blit.turns.min() == 0
    assert blit.turns.max() == 3
    for turns in (1, 2, 3):
        assert_share(blit.turns == turns, p / 4)


def test_a_picture_is_rotated_with_probability_p() -> None:
    for p in (0.2, 0.5, 0.8):
        geometry = draw_geometry(p, COUNT, seeded())
        assert_share((geometry.before != 0) | (geometry.after != 0), p)


@pytest.mark.parametrize("p", [0.3, 0.8])
def test_transforms_are_drawn_independently(p: float) -> None:
    values = {name: value for name, value in drawn(p).items() if name not in ("whole shift y", "shift y")}
    names = sorted(values)
    neutral = {name: value for name, value, _ in TABLE}
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            assert_independent(values[one] != neutral[one], values[other] != neutral[other])
    blit, geometry = draw_blit(1.0, COUNT, seeded()), draw_geometry(1.0, COUNT, seeded())
    assert_independent(*blit.shift.T)
    assert_independent(*geometry.shift.T)


def test_both_axes_are_shifted_together_or_not_at_all() -> None:
    for shift in (draw_blit(0.5, COUNT, seeded()).shift, draw_geometry(0.5, COUNT, seeded()).shift):
        assert torch.equal(shift[:, 0] == 0, shift[:, 1] == 0)


def test_one_band_at_a_time_is_scaled_and_the_expected_power_is_kept() -> None:
    """With one band drawn (p small), its gain is log-normal after the division is undone."""
    power = torch.tensor(BAND_POWER, dtype=torch.float64)
    assert power.sum() == pytest.approx(1)
    gains = draw_bands(0.02, COUNT, seeded()).double()
    touched = (gains != 1).any(dim=1)
    assert_share(touched, 1 - 0.98**4)
    alone = gains[touched]
    assert_close_power(alone, power)
    for band in range(4):
        others = [other for other in range(4) if other != band]
        # Where a single band was drawn, the other three share one gain: the division alone.
        single = (alone[:, others] - alone[:, others[:1]]).abs().max(dim=1).values < 1e-6
        assert_follows(alone[single, band] / alone[single, others[0]], log_normal(LN2))


def assert_close_power(gains: Tensor, power: Tensor) -> None:
    single = (gains.square() * power).sum(dim=1)
    share = ((single - 1).abs() < 1e-5).double().mean()
    assert share > 0.95  # all but those few with two bands drawn


def test_four_bands_are_drawn_at_full_strength() -> None:
    """log(gain of one band / gain of another) is normal with σ = √2 ln 2, whatever the divisions."""
    gains = draw_bands(1.0, COUNT, seeded()).double()
    for one, other in [(0, 1), (1, 2), (2, 3), (3, 0)]:
        assert_follows((gains[:, one] / gains[:, other]).log(), normal(math.sqrt(2) * LN2))
    half = draw_bands(0.5, COUNT, seeded()).double()
    assert_share((half == 1).all(dim=1), 0.5**4)
    assert torch.equal(draw_bands(0.0, 5, seeded()), torch.ones(5, 4))


@pytest.mark.parametrize("p", [1.0, 0.5])
def test_squares_are_cut_anywhere(p: float) -> None:
    cutout = draw_cutout(p, COUNT, seeded())
    assert_share(cutout.active, p)
    for axis in (0, 1):
        assert_follows(cutout.centre[cutout.active, axis], uniform(0, 1))
    assert_independent(*cutout.centre.T)


@pytest.mark.parametrize("p", [1.0, 0.5])
def test_the_policy_of_diffaugment(p: float) -> None:
    policy = draw_policy(p, COUNT, 32, seeded())
    active = policy.active
    assert_share(active, p)
    assert_follows(policy.brightness[active], uniform(-0.5, 0.5))
    assert_follows(policy.saturation[active], uniform(0, 2))
    assert_follows(policy.contrast[active], uniform(0.5, 1.5))
    for axis in (0, 1):
        for pixels in range(-4, 5):  # an eighth of 32
            assert_share(policy.shift[active, axis] == pixels, 1 / 9)
        assert_follows(policy.centre[active, axis], uniform(0, 1))
    still = ~active
    assert (policy.brightness[still] == 0).all()
    assert (policy.saturation[still] == 1).all()
    assert (policy.contrast[still] == 1).all()
    assert (policy.shift[still] == 0).all()


@pytest.mark.parametrize(
    "draw", [draw_blit, draw_geometry, draw_colour, draw_bands, draw_noise, draw_cutout], ids=lambda d: d.__name__
)
def test_the_strength_does_not_change_how_much_is_drawn(draw: Callable[..., Any]) -> None:
    after = []
    for p in (0.0, 0.4, 1.0):
        random = seeded()
        draw(p, 7, random)
        after.append(torch.rand((), generator=random))
    assert after[0] == after[1] == after[2]


def test_more_strength_means_the_same_draws_more_often() -> None:
    """What happens at p happens in the same way at a higher p, so runs of one seed stay comparable."""
    weak, strong = draw_colour(0.3, COUNT, seeded()), draw_colour(0.6, COUNT, seeded())
    happened = weak.hue != 0
    assert torch.equal(weak.hue[happened], strong.hue[happened])
