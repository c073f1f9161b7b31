"""The kernel distance against its definition, written out."""

import math

import pytest
import torch

from nijigen.evaluate.kernel import kernel_distance, unbiased_mmd


def normal(count: int, width: int, seed: int, shift: float = 0.0) -> torch.Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed)) + shift


def by_hand(one: torch.Tensor, other: torch.Tensor) -> float:
    """The unbiased estimate of Gretton et al. 2012, equation 3, pair by pair."""

    def k(a: torch.Tensor, b: torch.Tensor) -> float:
        return (float(a.double() @ b.double()) / len(a) + 1) ** 3

    n, m = len(one), len(other)
    xx = sum(k(one[i], one[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    yy = sum(k(other[i], other[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    xy = sum(k(a, b) for a in one for b in other) / (n * m)
    return xx + yy - 2 * xy


def test_it_is_the_double_loop() -> None:
    one, other = normal(13, 6, 0), normal(9, 6, 1, shift=0.3)
    assert unbiased_mmd(one, other) == pytest.approx(by_hand(one, other), rel=1e-12)


def test_subsets_are_disjoint_and_averaged() -> None:
    one, other = normal(45, 4, 2), normal(41, 4, 3)
    found = kernel_distance(one, other, subset=4)
    values = torch.tensor([by_hand(one[i : i + 4], other[i : i + 4]) for i in range(0, 40, 4)], dtype=torch.float64)
    assert (found.subsets, found.subset_size) == (10, 4)
    assert found.value == pytest.approx(float(values.mean()), rel=1e-9)
    assert found.standard_error == pytest.approx(float(values.std()) / math.sqrt(10), rel=1e-9)


def test_it_is_unbiased_and_its_error_is_right() -> None:
    """Many pairs of sets from one distribution: the mean is 0 within its error, and errors are as large as said."""
    found = [kernel_distance(normal(200, 3, 2 * i), normal(200, 3, 2 * i + 1)) for i in range(200)]
    values = torch.tensor([one.value for one in found], dtype=torch.float64)
    said = torch.tensor([one.standard_error for one in found], dtype=torch.float64).square().mean().sqrt()
    assert abs(float(values.mean())) < 4 * float(values.std()) / math.sqrt(200)
    assert float(said) == pytest.approx(float(values.std()), rel=0.25)


def test_a_biased_estimate_would_not_be_zero() -> None:
    """What the test above would see if the diagonals were left in."""
    one, other = normal(20, 3, 0), normal(20, 3, 1)
    with_diagonals = (one.double() @ one.double().T / 3 + 1).pow(3).mean()
    assert abs(float(with_diagonals)) > abs(unbiased_mmd(one, other))


def test_shift_noise_and_a_dropped_mode_raise_it() -> None:
    random = torch.Generator().manual_seed(4)
    modes = torch.randint(4, (2000,), generator=random)
    real = torch.eye(4, 8)[modes] * 3 + torch.randn(2000, 8, generator=random)
    same = kernel_distance(real[:1000], real[1000:])
    assert abs(same.value) < 4 * same.standard_error
    for changed in (real[1000:] + 1, real[1000:] * 1.5, real[1000:][modes[1000:] < 2]):
        distance = kernel_distance(real[:1000], changed)
        assert distance.value > 4 * distance.standard_error


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="width 3 and 4"):
        kernel_distance(normal(9, 3, 0), normal(9, 4, 0))
    with pytest.raises(ValueError, match="four rows"):
        kernel_distance(normal(3, 3, 0), normal(9, 3, 0))
