"""The averaged generator follows its closed form, ramp included."""

import pytest
import torch
from torch import nn

from nijigen.training import average


def test_share_halves_over_a_half_life() -> None:
    assert average.decay(1000, 1000) == pytest.approx(0.5)
    assert average.decay(1000, 500) ** 2 == pytest.approx(0.5)
    assert average.decay(0, 8) == 0.0


def test_closed_form() -> None:
    """After n updates the average is Σ (1 − s) sⁿ⁻ᵏ wₖ + sⁿ w₀."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).double()
    kept = average.averaged_copy(network)
    weights = [network[0].weight.detach().clone()]
    means = [network[1].running_mean.clone()]  # type: ignore[union-attr]
    share, steps = 0.7, 6
    for step in range(steps):
        with torch.no_grad():
            network[0].weight.copy_(torch.randn(4, 3, dtype=torch.double))
            network[1].running_mean.copy_(torch.full((4,), float(step), dtype=torch.double))  # type: ignore[union-attr]
            network[1].num_batches_tracked += 1  # type: ignore[operator]
        weights.append(network[0].weight.detach().clone())
        means.append(network[1].running_mean.clone())  # type: ignore[union-attr]
        average.update(kept, network, share)
    for values, found in ((weights, kept[0].weight), (means, kept[1].running_mean)):  # type: ignore[index]
        expected = share**steps * values[0]
        for step in range(1, steps + 1):
            expected = expected + (1 - share) * share ** (steps - step) * values[step]
        assert torch.allclose(found, expected, atol=1e-12)
    assert kept[1].num_batches_tracked == steps  # type: ignore[index]  # counters are copied, not averaged


def test_the_copy_is_no_part_of_training() -> None:
    network = nn.BatchNorm1d(2).train()
    kept = average.averaged_copy(network)
    assert not kept.training
    assert not any(p.requires_grad for p in kept.parameters())
    network.weight.data.fill_(9)
    assert kept.weight.tolist() == [1, 1]
    average.update(kept, network, 0.0)
    assert kept.weight.tolist() == [9, 9]
