"""The residual block of R3GAN: its formula, its start, its derivatives."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.nn.grouped import GAIN, GroupedBlock, draw_scaled, group_count


@pytest.mark.parametrize(
    ("channels", "width", "count"),
    [(1536, 16, 96), (64, 16, 4), (16, 16, 1), (8, 16, 1), (8, 4, 2), (24, 16, 1), (40, 16, 2), (56, 16, 2), (7, 2, 1)],
)
def test_groups_are_as_wide_as_asked_or_the_next_width_that_divides(channels: int, width: int, count: int) -> None:
    assert group_count(channels, width) == count
    assert channels % count == 0


def drawn(block: GroupedBlock) -> GroupedBlock:
    """All weights of the block at random, in float64."""
    for parameter in block.double().parameters():
        nn.init.normal_(parameter, 0.0, 0.4)
    return block


def test_the_formula_written_out() -> None:
    """Groups are a full convolution whose weight is zero between them."""
    torch.manual_seed(0)
    block = drawn(GroupedBlock(6, expansion=2, group_width=3))
    x = torch.randn(2, 6, 5, 5, dtype=torch.double)
    full = torch.zeros(12, 12, 3, 3, dtype=torch.double)
    for group in range(4):
        rows = slice(3 * group, 3 * group + 3)
        full[rows, rows] = block.mix.weight[rows]

    def leaky(value: Tensor) -> Tensor:
        return torch.where(value > 0, value, 0.2 * value)

    wide = leaky(torch.einsum("oi,nihw->nohw", block.expand.weight[:, :, 0, 0], x) + block.expand.bias[:, None, None])
    wide = leaky(functional.conv2d(wide, full, block.mix.bias, padding=1))
    expected = x + torch.einsum("oi,nihw->nohw", block.project.weight[:, :, 0, 0], wide)
    assert torch.allclose(block(x), expected)


def test_its_link_is_the_same() -> None:
    torch.manual_seed(1)
    block = drawn(GroupedBlock(4, expansion=3, group_width=4))
    x = torch.randn(2, 4, 5, 5, dtype=torch.double)
    with torch.no_grad():
        assert torch.equal(block.link().record(x.clone()), block(x))
    assert sum(p.numel() for p in block.link().parameters()) == sum(p.numel() for p in block.parameters())


def test_gradients_and_second_gradients_are_those_of_finite_differences() -> None:
    torch.manual_seed(2)
    block = drawn(GroupedBlock(2, expansion=2, group_width=2))
    x = torch.randn(2, 2, 3, 3, dtype=torch.double, requires_grad=True)
    weights = [p.detach().clone().requires_grad_() for p in block.parameters()]
    names = [name for name, _ in block.named_parameters()]

    def run(x: Tensor, *weights: Tensor) -> Tensor:
        made: Tensor = torch.func.functional_call(block, dict(zip(names, weights, strict=True)), (x,))
        return made

    assert torch.autograd.gradcheck(run, (x, *weights))
    assert torch.autograd.gradgradcheck(run, (x, *weights))


def test_it_starts_as_nothing_and_its_branch_keeps_the_scale() -> None:
    torch.manual_seed(3)
    block = GroupedBlock(64)
    block.draw_weights(depth=16)
    x = torch.randn(4, 64, 16, 16)
    assert torch.equal(block(x), x)
    with torch.no_grad():
        wide = functional.leaky_relu(block.expand(x), 0.2)
        # With the depth taken out again, a convolution and its LeakyReLU keep the mean square.
        assert (wide * 16**0.25).square().mean().item() == pytest.approx(1, rel=0.05)
    assert block.expand.weight.std().item() == pytest.approx(GAIN * 16**-0.25 / 8, rel=0.05)
    assert block.mix.weight.std().item() == pytest.approx(GAIN * 16**-0.25 / 12, rel=0.05)
    assert not block.expand.bias.any()  # type: ignore[union-attr]
    assert not block.mix.bias.any()  # type: ignore[union-attr]


@pytest.mark.parametrize("layer", [nn.Linear(400, 300), nn.Conv2d(100, 300, 2), nn.Conv2d(400, 400, 10, groups=100)])
def test_weights_keep_the_mean_square(layer: nn.Linear | nn.Conv2d) -> None:
    torch.manual_seed(4)
    draw_scaled(layer, 3.0)
    assert layer.weight.std().item() == pytest.approx(3 / math.sqrt(400), rel=0.02)
