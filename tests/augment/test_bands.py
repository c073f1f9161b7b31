"""Filters by cosines on mirrored pictures."""

import math

import pytest
import torch

from nijigen.augment.bands import analysis, half_band, synthesis

DOUBLE, CPU = torch.float64, torch.device("cpu")


def test_analysis_and_synthesis_are_each_other_s_inverse() -> None:
    for size in (4, 16, 32):
        both = synthesis(size, size, DOUBLE, CPU) @ analysis(size, DOUBLE, CPU)
        torch.testing.assert_close(both, torch.eye(size, dtype=DOUBLE))


def test_a_symmetric_filter_multiplies_each_cosine() -> None:
    """The kernel (1, 2, 1)/4 has the response (1 + cos)/2; at the borders the picture is mirrored."""
    size = 16
    signal = torch.randn(size, dtype=DOUBLE, generator=torch.Generator().manual_seed(1))
    mirrored = torch.cat([signal[:1], signal, signal[-1:]])
    expected = (mirrored[:-2] + 2 * mirrored[1:-1] + mirrored[2:]) / 4
    response = (1 + torch.cos(torch.arange(size, dtype=DOUBLE) * math.pi / size)) / 2
    made = synthesis(size, size, DOUBLE, CPU) @ (response * (analysis(size, DOUBLE, CPU) @ signal))
    torch.testing.assert_close(made, expected)


def test_twice_as_many_points_lie_between() -> None:
    """A cosine is drawn exactly at any number of points."""
    size, wave = 16, 3
    small = torch.cos(math.pi * wave * (torch.arange(size, dtype=DOUBLE) + 0.5) / size)
    large = torch.cos(math.pi * wave * (torch.arange(2 * size, dtype=DOUBLE) + 0.5) / (2 * size))
    torch.testing.assert_close(synthesis(size, 2 * size, DOUBLE, CPU) @ (analysis(size, DOUBLE, CPU) @ small), large)


def test_the_response_is_that_of_daubechies_filter() -> None:
    """Order 2 has a closed form: (1 + √3, 3 + √3, 3 − √3, 1 − √3)/(4 √2)."""
    root = math.sqrt(3)
    taps = torch.tensor([1 + root, 3 + root, 3 - root, 1 - root], dtype=DOUBLE) / (4 * math.sqrt(2))
    angle = torch.linspace(0, math.pi, 50, dtype=DOUBLE)
    waves = torch.exp(-1j * angle[:, None] * torch.arange(4))
    torch.testing.assert_close((waves @ taps.to(waves.dtype)).abs().square() / 2, half_band(angle, 2))


@pytest.mark.parametrize("order", [2, 6])
def test_low_and_high_add_up_and_the_ends_are_flat(order: int) -> None:
    angle = torch.linspace(0, math.pi, 50, dtype=DOUBLE)
    torch.testing.assert_close(half_band(angle, order) + half_band(math.pi - angle, order), torch.ones_like(angle))
    assert half_band(torch.tensor([0.0]), order) == 1
    assert (half_band(angle, order).diff() <= 1e-12).all()
    near = torch.tensor([0.1], dtype=DOUBLE)
    assert 1 - half_band(near, order) < math.comb(2 * order, order) * 0.05 ** (2 * order)
