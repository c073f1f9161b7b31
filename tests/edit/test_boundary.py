"""Boundaries: a known one is found, and what is kept is left out exactly."""

import pytest
import torch
from torch import Tensor

from nijigen.edit.boundary import basis, held_out_accuracy, part, without


def points(count: int = 2_000, dim: int = 24, seed: int = 0) -> Tensor:
    return torch.randn(count, dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 3 + 5


def test_a_known_boundary_is_found() -> None:
    cloud = points()
    normal = torch.randn(24, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    normal /= normal.norm()
    positive = (cloud - 5) @ normal > 3.0  # about one in six: a rare side counts as much
    found, offset = part(cloud, positive)
    assert float(found.norm()) == pytest.approx(1)
    assert float(found @ normal) > 0.97
    right = (cloud @ found + offset > 0) == positive
    assert right[positive].double().mean() > 0.95
    assert right[~positive].double().mean() > 0.85
    assert held_out_accuracy(cloud, positive) > 0.9


def test_it_is_the_minimum_of_what_it_says() -> None:
    """By a general method, slowly, the same normal comes out."""
    from nijigen.edit.boundary import STIFFNESS

    cloud = points(300, 6, seed=2)
    positive = (cloud[:, 0] + points(300, 1, seed=3)[:, 0]) > 12
    spread = (cloud - cloud.mean(0)).square().mean().sqrt()
    x, y = (cloud - cloud.mean(0)) / spread, torch.where(positive, 1.0, -1.0).double()
    weight = torch.where(positive, 0.5 / positive.sum(), 0.5 / (~positive).sum()).double()
    w = torch.zeros(7, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([w], max_iter=500, tolerance_grad=1e-12, tolerance_change=1e-15)

    def closure() -> Tensor:
        optimiser.zero_grad()
        slack = (1 - y * (x @ w[:6] + w[6])).clamp_min(0)
        loss = (weight * slack.square()).sum() + STIFFNESS * w[:6].square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    for _ in range(5):
        optimiser.step(closure)
    reference = w.detach()[:6]
    normal, offset = part(cloud, positive)
    assert torch.allclose(normal, reference / reference.norm(), atol=1e-6)
    expected = (x @ reference + w.detach()[6]) * spread / reference.norm()
    assert torch.allclose(cloud @ normal + offset, expected, atol=1e-5)


def test_chance_is_told_as_chance() -> None:
    positive = torch.rand(2_000, generator=torch.Generator().manual_seed(4)) < 0.3
    assert held_out_accuracy(points(), positive) == pytest.approx(0.5, abs=0.08)


def test_what_is_kept_is_left_out_exactly() -> None:
    normals = points(5, 24, seed=5)
    normals = torch.cat([normals, normals.sum(dim=0, keepdim=True)])  # one follows from the others
    kept = basis(normals)
    assert kept.shape == (5, 24)
    vector = points(1, 24, seed=6)[0]
    left = without(vector, kept)
    assert (normals @ left).abs().max() < 1e-11
    assert torch.allclose(without(left, kept), left, atol=1e-12)
    assert without(normals.sum(dim=0), kept).norm() < 1e-11
