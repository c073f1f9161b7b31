"""Losses of translators against their formulas, written out in float64."""

import math

import pytest
import torch
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.objectives.adversarial import OBJECTIVES
from nijigen.objectives.translation import (
    colour_difference,
    content_difference,
    greyscale,
    squared_variation,
    style_difference,
    yuv,
)


def some(*size: int, seed: int = 1) -> Tensor:
    return torch.rand(*size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2 - 1


def test_content_is_in_proportion_to_what_is_seen() -> None:
    made, wanted = some(2, 3, 4, 5), some(2, 3, 4, 5, seed=2)
    pairs = list(zip(made.flatten().tolist(), wanted.flatten().tolist(), strict=True))
    expected = sum(abs(a - b) for a, b in pairs) / sum(abs(b) for _, b in pairs)
    assert content_difference(made, wanted).item() == pytest.approx(expected, rel=1e-7)
    # As much for a file of VGG19 whose layers see everything a thousand times as large.
    assert content_difference(1000 * made, 1000 * wanted).item() == pytest.approx(expected, rel=1e-7)
    assert content_difference(wanted, wanted) == 0


def test_style_compares_grams() -> None:
    made, wanted = some(2, 3, 4, 5), some(2, 3, 6, 2, seed=2)
    difference = scale = 0.0
    for n in range(2):
        for i in range(3):
            for j in range(3):
                one = sum((made[n, i, y, x] * made[n, j, y, x]).item() for y in range(4) for x in range(5)) / 20
                other = sum((wanted[n, i, y, x] * wanted[n, j, y, x]).item() for y in range(6) for x in range(2)) / 12
                difference, scale = difference + abs(one - other), scale + abs(other)
    assert style_difference(made, wanted).item() == pytest.approx(difference / scale, rel=1e-6)
    shuffled = made.flatten(2)[..., torch.randperm(20)].view_as(made)
    assert style_difference(shuffled, made).item() == pytest.approx(0, abs=1e-6)  # where things are does not count


def test_colours_against_the_standard() -> None:
    """ITU-R BT.601 by its definition: U = 0.436 (B − Y) / (1 − 0.114), V = 0.615 (R − Y) / (1 − 0.299)."""
    pictures = some(2, 3, 4, 5)
    red, green, blue = ((pictures + 1) / 2).unbind(1)
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    u, v = 0.436 * (blue - y) / 0.886, 0.615 * (red - y) / 0.701
    assert torch.allclose(yuv(pictures), torch.stack([y, u, v], dim=1), atol=1e-6)
    grey = torch.full((1, 3, 2, 2), 0.2, dtype=torch.float64)
    assert torch.allclose(yuv(grey)[0, :, 0, 0], torch.tensor([0.6, 0.0, 0.0], dtype=torch.float64), atol=1e-6)


def test_colour_difference_against_its_formula() -> None:
    made, photos = some(2, 3, 4, 5), some(2, 3, 4, 5, seed=2)
    one, other = yuv(made), yuv(photos)
    expected = 0.0
    for channel in range(3):
        apart = (one[:, channel] - other[:, channel]).abs().flatten().tolist()
        loss = [a if channel == 0 else (a * a / 2 if a < 1 else a - 0.5) for a in apart]
        expected += sum(loss) / len(loss)
    assert colour_difference(made, photos).item() == pytest.approx(expected, rel=1e-9)


def test_variation_is_that_of_neighbours() -> None:
    pictures = some(2, 3, 4, 5)
    right = [(pictures[n, c, y, x + 1] - pictures[n, c, y, x]).item() ** 2
             for n in range(2) for c in range(3) for y in range(4) for x in range(4)]  # fmt: skip
    below = [(pictures[n, c, y + 1, x] - pictures[n, c, y, x]).item() ** 2
             for n in range(2) for c in range(3) for y in range(3) for x in range(5)]  # fmt: skip
    expected = sum(right) / len(right) / 2 + sum(below) / len(below) / 2
    assert squared_variation(pictures).item() == pytest.approx(expected, rel=1e-12)


def test_grey_pictures_have_one_brightness() -> None:
    pictures = some(2, 3, 4, 5)
    grey = greyscale(pictures)
    assert torch.equal(grey[:, 0], grey[:, 1])
    assert torch.equal(grey[:, 0], grey[:, 2])
    assert torch.allclose(grey[:, 0], 2 * yuv(pictures)[:, 0] - 1, atol=1e-12)


@pytest.mark.parametrize("loss", [content_difference, style_difference, colour_difference])
def test_gradients_reach_translations_and_no_photo(loss: object) -> None:
    assert callable(loss)
    made, photo = some(1, 3, 4, 4).requires_grad_(), some(1, 3, 4, 4, seed=2)
    loss(made, photo).backward()
    assert made.grad is not None
    assert torch.isfinite(made.grad).all()
    assert made.grad.any()


def test_negatives_are_refused_as_made_pictures_are() -> None:
    logits, drawn = some(6), some(6, seed=2)
    for objective in OBJECTIVES.values():
        if objective.dismiss is None:
            with pytest.raises(NijigenError, match="has no negatives: use minimax"):
                objective.negative(logits)
            continue
        # What both share is what is said of drawings; two sets of negatives differ by their own part alone.
        difference = objective.discriminator(drawn, logits) - objective.discriminator(drawn, logits.flip(0))
        assert torch.allclose(objective.negative(logits) - objective.negative(logits.flip(0)), difference)
    assert OBJECTIVES["non-saturating"].negative(torch.zeros(1)).item() == pytest.approx(math.log(2))
