"""Costs are counted: operations against hand counts, second derivatives and groups included; memory alive at once."""

import pytest
import torch
from torch import nn

from nijigen.training.cost import Meter, count_cost, count_run
from nijigen.training.recipe import load_recipe


def operations(layer: nn.Module, x: torch.Tensor, slopes: bool = False) -> int:
    meter = Meter()
    with meter:
        y = layer(x).square().sum()  # squared: a linear layer's slope has no second derivative
        if slopes:
            (y_slope,) = torch.autograd.grad(y, x, create_graph=True)
            y = y_slope.square().sum()
        y.backward()  # type: ignore[no-untyped-call]
    return meter.operations


@pytest.mark.parametrize(
    ("layer", "one"),
    [
        (nn.Conv2d(8, 16, 3, padding=1), 2 * 2 * 256 * 8 * 16 * 9),
        (nn.Conv2d(8, 16, 4, 2, 1), 2 * 2 * 64 * 8 * 16 * 16),
        (nn.Conv2d(8, 16, 3, padding=1, groups=4), 2 * 2 * 256 * 2 * 16 * 9),
        (nn.ConvTranspose2d(8, 16, 4, 2, 1), 2 * 2 * 256 * 8 * 16 * 16),
    ],
)
def test_a_convolution_and_its_two_gradients(layer: nn.Module, one: int) -> None:
    x = torch.randn(2, 8, 16, 16, requires_grad=True)
    assert operations(layer, x) == 3 * one
    assert operations(layer, x.detach()) == 2 * one  # no gradient of the input
    # Forward, slope; then back through the slope (two products) and through the forward pass (two).
    assert operations(layer, x, slopes=True) == pytest.approx(6 * one, abs=one)


def test_a_product() -> None:
    assert operations(nn.Linear(6, 10), torch.randn(4, 6, requires_grad=True)) == 3 * 2 * 4 * 6 * 10


def test_memory_is_what_is_alive() -> None:
    meter = Meter()
    with meter:
        kept = torch.zeros(1000)
        torch.zeros(3000)
        torch.zeros(2000)
    assert meter.peak == 4 * 4000
    assert meter.alive == 4 * 1000
    del kept
    assert meter.alive == 0


def test_lazy_penalties_cost_their_share() -> None:
    tiny = ["network.width=4", "network.discriminator_width=4", "network.spectral=false"]
    plain = count_cost(load_recipe("dcgan-laptop-32", tiny))
    lazy = count_cost(load_recipe("dcgan-laptop-32", [*tiny, "penalty.r1=1", "penalty.every=4"]))
    assert set(lazy.phases) == {"discriminator", "smoothness", "generator"}
    assert lazy.operations == pytest.approx(plain.operations + lazy.phases["smoothness"] / 4)
    assert count_cost(load_recipe("dcgan-laptop-32", [*tiny, "batch=32"])).operations == pytest.approx(plain.operations)


@pytest.mark.slow
def test_a_growing_run_costs_each_resolution_its_own() -> None:
    recipe = load_recipe("pggan-laptop-32", ["network.max_width=8", "images=26000", "growth.start=16"])
    # 16 px for 4,000 images; then 32 px, faded in over 4,000.
    small, large = (count_cost(recipe, images=at).operations for at in (2000, 15000))
    assert small < large / 2
    assert count_run(recipe) == pytest.approx(4000 * small + 22000 * large, rel=0.02)
    plain = load_recipe("dcgan-laptop-32", ["network.width=4", "network.discriminator_width=4"])
    assert count_run(plain) == pytest.approx(plain.images * count_cost(plain).operations)


@pytest.mark.slow
def test_counting_computes_nothing_and_draws_nothing() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    cost = count_cost(load_recipe("stylegan2-1024"))
    assert torch.equal(before, torch.get_rng_state())
    assert 1e12 < cost.operations < 1e13
    assert 1e9 < cost.memory < 1e12
