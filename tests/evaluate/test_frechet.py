"""The Fréchet distance against scipy's matrix square root and against closed forms."""

import numpy as np
import pytest
import torch

from nijigen.evaluate.frechet import frechet_distance, gaussian_distance
from nijigen.evaluate.moments import Moments


def normal(count: int, width: int, seed: int) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    mixing = torch.randn(width, width, generator=random, dtype=torch.float64) / width**0.5
    shift = torch.randn(width, generator=random, dtype=torch.float64)
    return torch.randn(count, width, generator=random, dtype=torch.float64) @ mixing + shift


@pytest.mark.parametrize("width", [2, 16, 96])
def test_it_is_the_textbook_formula(width: int) -> None:
    linalg = pytest.importorskip("scipy.linalg")
    one, other = Moments.of(normal(4 * width + 50, width, 1)), Moments.of(normal(3 * width + 70, width, 2))
    c1, c2 = one.covariance.numpy(), other.covariance.numpy()
    root = np.real(linalg.sqrtm(c1 @ c2))
    expected = float((one.mean - other.mean).square().sum()) + np.trace(c1) + np.trace(c2) - 2 * np.trace(root)
    assert frechet_distance(one, other) == pytest.approx(expected, rel=1e-6)


def test_closed_form_of_commuting_covariances() -> None:
    """|μ₁ − μ₂|² + Σ (σ₁ − σ₂)² where both covariances have the same axes; one axis of the second is flat."""
    random = torch.Generator().manual_seed(3)
    axes, _ = torch.linalg.qr(torch.randn(12, 12, generator=random, dtype=torch.float64))
    s1 = torch.rand(12, generator=random, dtype=torch.float64) + 0.1
    s2 = torch.rand(12, generator=random, dtype=torch.float64) + 0.1
    s2[4] = 0
    shift = torch.randn(12, generator=random, dtype=torch.float64)
    c1, c2 = (axes @ torch.diag(s.square()) @ axes.T for s in (s1, s2))
    expected = float(shift.square().sum() + (s1 - s2).square().sum())
    found = gaussian_distance(torch.zeros(12), c1, shift, c2)
    assert found == pytest.approx(expected, rel=1e-6)


def test_closed_form_in_two_dimensions() -> None:
    """tr √M = √(tr M + 2 √det M) for a 2 × 2 matrix."""
    c1 = torch.tensor([[2.0, 0.6], [0.6, 1.0]], dtype=torch.float64)
    c2 = torch.tensor([[0.5, -0.3], [-0.3, 3.0]], dtype=torch.float64)
    product = c1 @ c2
    root = torch.sqrt(product.trace() + 2 * torch.sqrt(torch.linalg.det(product)))
    expected = float(c1.trace() + c2.trace() - 2 * root)
    assert gaussian_distance(torch.zeros(2), c1, torch.zeros(2), c2) == pytest.approx(expected, rel=1e-9)


def test_one_dimension_is_the_difference_of_means_and_deviations() -> None:
    c1, c2 = torch.tensor([[4.0]]), torch.tensor([[9.0]])
    assert gaussian_distance(torch.tensor([1.0]), c1, torch.tensor([3.0]), c2) == pytest.approx(4 + 1, rel=1e-12)


def test_identical_sets_are_at_distance_nothing() -> None:
    moments = Moments.of(normal(300, 24, 5))
    assert frechet_distance(moments, moments) == pytest.approx(0, abs=1e-9)


def test_fewer_samples_than_features_are_computed_too() -> None:
    one, other = Moments.of(normal(20, 64, 6)), Moments.of(normal(20, 64, 7))
    there, back = frechet_distance(one, other), frechet_distance(other, one)
    assert there > 0
    assert there == pytest.approx(back, rel=1e-6)
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-9)


def test_noise_and_a_dropped_mode_move_it() -> None:
    random = torch.Generator().manual_seed(8)
    modes = torch.randint(4, (2000,), generator=random)
    real = torch.eye(4, 8)[modes] * 6 + torch.randn(2000, 8, generator=random)
    half = real[modes < 2]
    noisy = real + torch.randn(real.shape, generator=random)
    base = frechet_distance(Moments.of(real[:1000]), Moments.of(real[1000:]))
    assert frechet_distance(Moments.of(real), Moments.of(half)) > 20 * base
    assert frechet_distance(Moments.of(real), Moments.of(noisy)) > 3 * base


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="width 3 and 4"):
        frechet_distance(Moments.of(normal(9, 3, 0)), Moments.of(normal(9, 4, 0)))
    with pytest.raises(ValueError, match="two rows"):
        frechet_distance(Moments.of(normal(1, 3, 0)), Moments.of(normal(9, 3, 0)))


@pytest.mark.slow
def test_two_thousand_features_keep_six_digits() -> None:
    """Independent features with known deviations, whose sample covariance is replaced by the true one."""
    random = torch.Generator().manual_seed(9)
    s1, s2 = (torch.rand(2048, generator=random, dtype=torch.float64) + 0.01 for _ in range(2))
    axes, _ = torch.linalg.qr(torch.randn(2048, 2048, generator=random, dtype=torch.float64))
    c1, c2 = ((axes * s.square()) @ axes.T for s in (s1, s2))
    expected = float((s1 - s2).square().sum())
    assert gaussian_distance(torch.zeros(2048), c1, torch.zeros(2048), c2) == pytest.approx(expected, rel=1e-6)
