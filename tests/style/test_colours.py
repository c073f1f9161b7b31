"""Colours of the one in strokes of the other: moments are reached, lightness alone changes."""

import numpy as np
import pytest
import torch

from nijigen.style.colours import lightness, matched_lightness, moments, recoloured, with_lightness
from nijigen.style.pictures import Planes


def cloud(seed: int, scale: float, middle: tuple[float, float, float], alpha: bool = False) -> Planes:
    random = torch.Generator().manual_seed(seed)
    noise = torch.randn(1, 3, 24, 24, generator=random)
    noise[:, 1] += 0.5 * noise[:, 0]
    colours = (torch.tensor(middle)[:, None, None] + scale * noise).clamp(0.02, 0.98)
    return Planes(colours, torch.rand(1, 1, 24, 24, generator=random) if alpha else None)


def test_moments_are_those_of_numpy() -> None:
    planes = cloud(0, 0.1, (0.3, 0.5, 0.6))
    mean, spread = moments(planes)
    flat = planes.colours[0].flatten(1).double().numpy()
    assert np.allclose(mean, flat.mean(1))
    assert np.allclose(spread, np.cov(flat, bias=True))
    weighed = cloud(0, 0.1, (0.3, 0.5, 0.6), alpha=True)
    assert weighed.alpha is not None
    weights = weighed.alpha.flatten().double().numpy()
    assert np.allclose(moments(weighed)[1], np.cov(flat, aweights=weights, ddof=0))


def test_the_style_gets_mean_and_covariance_of_the_content() -> None:
    style, content = cloud(1, 0.04, (0.5, 0.4, 0.5)), cloud(2, 0.07, (0.6, 0.5, 0.4), alpha=True)
    made, wanted = moments(recoloured(style, content)), moments(content)
    assert torch.allclose(made[0], wanted[0], atol=1e-4)
    assert torch.allclose(made[1], wanted[1], atol=1e-4)


def test_lightness_gets_mean_and_spread_of_the_contents() -> None:
    style, content = cloud(1, 0.04, (0.5, 0.4, 0.5)), cloud(2, 0.07, (0.6, 0.5, 0.4))
    made = matched_lightness(style, content).colours
    wanted = lightness(content.colours)
    assert float(made.mean()) == pytest.approx(float(wanted.mean()), abs=1e-4)
    assert float(made.std()) == pytest.approx(float(wanted.std()), abs=1e-4)
    assert torch.equal(made[:, 0], made[:, 2])


def test_only_lightness_changes() -> None:
    content, made = cloud(2, 0.05, (0.5, 0.5, 0.4)).colours, torch.full((1, 3, 24, 24), 0.5)
    painted = with_lightness(content, made)
    assert torch.allclose(lightness(painted), lightness(made), atol=1e-6)
    assert torch.allclose(painted - lightness(painted), content - lightness(content), atol=1e-6)


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_one_colour_is_no_mistake(level: float) -> None:
    flat, content = Planes(torch.full((1, 3, 8, 8), level), None), cloud(2, 0.07, (0.6, 0.5, 0.4))
    for change in (recoloured, matched_lightness):
        for made in (change(flat, content), change(content, flat)):
            assert bool(torch.isfinite(made.colours).all())
            assert 0 <= float(made.colours.min()) <= float(made.colours.max()) <= 1
