"""Equalised layers: unit weights, scaled when used, slowed by their rate."""

import pytest
import torch
from torch.nn import functional

from nijigen.nn.equalized import EqualizedConv2d, EqualizedLinear


def test_linear_is_the_formula() -> None:
    torch.manual_seed(0)
    layer = EqualizedLinear(9, 5, bias_init=2.0, rate=0.01, gain=3.0)
    x = torch.randn(4, 9)
    expected = x @ (layer.weight * (3.0 * 0.01 / 9**0.5)).T + 2.0
    assert torch.allclose(layer(x), expected, atol=1e-6)


def test_conv_is_the_formula() -> None:
    layer = EqualizedConv2d(4, 6, 3, stride=2, gain=2.0)
    torch.nn.init.normal_(layer.bias)  # type: ignore[arg-type]
    x = torch.randn(2, 4, 8, 8)
    expected = functional.conv2d(x, layer.weight * (2.0 / (4 * 9) ** 0.5), layer.bias, 2, 1)
    assert torch.allclose(layer(x), expected, atol=1e-6)


@pytest.mark.parametrize(("kernel", "padding", "side"), [(1, None, 8), (3, None, 8), (4, 0, 5), (3, 0, 6)])
def test_padding_keeps_the_size_unless_told(kernel: int, padding: int | None, side: int) -> None:
    assert EqualizedConv2d(1, 1, kernel, padding=padding)(torch.zeros(1, 1, 8, 8)).shape[2:] == (side, side)


@pytest.mark.parametrize("rate", [1.0, 0.01])
def test_the_output_has_unit_variance_at_any_rate(rate: float) -> None:
    torch.manual_seed(1)
    made = EqualizedLinear(256, 256, rate=rate)(torch.randn(256, 256))
    assert made.std().item() == pytest.approx(1, abs=0.05)
    made = EqualizedConv2d(64, 64, 3)(torch.randn(4, 64, 16, 16))
    assert made.std().item() == pytest.approx(1, abs=0.1)


def test_a_rate_slows_what_the_layer_does() -> None:
    """A step of Adam moves every parameter by the learning rate: the output moves by ``rate`` times as much."""
    moved = []
    for rate in (1.0, 0.01):
        torch.manual_seed(2)
        layer, x = EqualizedLinear(32, 1, rate=rate), torch.ones(1, 32)
        before = layer(x).item()
        optimizer = torch.optim.Adam(layer.parameters(), lr=1e-3)
        layer(x).sum().backward()
        optimizer.step()
        moved.append(before - layer(x).item())
    assert moved[1] == pytest.approx(moved[0] * 0.01, rel=0.02)


def test_gradients_are_those_of_finite_differences() -> None:
    linear, conv = EqualizedLinear(3, 2, rate=0.1).double(), EqualizedConv2d(2, 2, 3).double()
    for layer, x in [(linear, torch.randn(2, 3)), (conv, torch.randn(1, 2, 4, 4))]:
        inputs = x.double().requires_grad_()
        assert torch.autograd.gradcheck(layer, inputs)
        assert torch.autograd.gradgradcheck(lambda x, layer=layer: layer(x).square(), inputs)
