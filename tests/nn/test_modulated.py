"""Modulated convolution is the paper's formula, in values and in both derivatives."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from nijigen.nn.modulated import ModulatedConv2d, ModulatedToImage


def direct(layer: ModulatedConv2d, x: Tensor, latent: Tensor) -> Tensor:
    """Equations 1 to 3 of the paper: own weights for every picture. Doubling: spread, convolve, filter, by loops."""
    outputs, inputs, kernel, _ = layer.weight.shape
    style = latent @ (layer.to_style.weight / math.sqrt(latent.shape[1])).T + layer.to_style.bias
    made = []
    for picture, scales in zip(x, style, strict=True):
        weight = layer.weight / math.sqrt(inputs * kernel**2) * scales[None, :, None, None]
        weight = weight / (weight.square().sum(dim=(1, 2, 3), keepdim=True) + 1e-8).sqrt()
        if not layer.doubling:
            made.append(functional.conv2d(picture[None], weight, padding=kernel // 2)[0])
            continue
        height, width = picture.shape[1:]
        wide = x.new_zeros(outputs, 2 * height + kernel - 2, 2 * width + kernel - 2)
        for i in range(kernel):
            for j in range(kernel):
                spread = torch.zeros_like(wide)
                spread[:, i : i + 2 * height : 2, j : j + 2 * width : 2] = torch.einsum(
                    "oi,ihw->ohw", weight[:, :, i, j], picture
                )
                wide = wide + spread
        taps = x.new_tensor([0.25, 0.75, 0.75, 0.25])
        filters = torch.outer(taps, taps).expand(outputs, 1, 4, 4)
        made.append(functional.conv2d(wide[None], filters, padding=1, groups=outputs)[0])
    return torch.stack(made)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize(("kernel", "doubling"), [(3, False), (1, False), (3, True)])
def test_values_and_gradients_are_those_of_the_direct_formula(
    kernel: int, doubling: bool, layout: torch.memory_format
) -> None:
    torch.manual_seed(0)
    layer = ModulatedConv2d(5, 7, kernel, 6, doubling).double().to(memory_format=layout)
    x = torch.randn(3, 5, 4, 6, dtype=torch.double).to(memory_format=layout).requires_grad_()
    latent = torch.randn(3, 6, dtype=torch.double, requires_grad=True)
    made, expected = layer(x, latent), direct(layer, x, latent)
    assert made.shape == (3, 7, 8, 12) if doubling else (3, 7, 4, 6)
    assert torch.allclose(made, expected, atol=1e-12)
    inputs = [x, latent, *layer.parameters()]
    weights = torch.randn_like(made)
    for fast, slow in zip(
        torch.autograd.grad((made * weights).sum(), inputs, create_graph=True),
        torch.autograd.grad((expected * weights).sum(), inputs, create_graph=True),
        strict=True,
    ):
        assert torch.allclose(fast, slow, atol=1e-10)


@pytest.mark.parametrize("doubling", [False, True])
def test_the_second_derivative_is_that_of_the_direct_formula(doubling: bool) -> None:
    """As the path length takes it: the gradient by the latent, differentiated by the weights."""
    torch.manual_seed(1)
    layer = ModulatedConv2d(3, 4, 3, 5, doubling).double()
    x, latent = torch.randn(2, 3, 4, 4).double(), torch.randn(2, 5, dtype=torch.double, requires_grad=True)
    seconds = []
    for made in (layer(x, latent), direct(layer, x, latent)):
        (slope,) = torch.autograd.grad(made.square().sum(), latent, create_graph=True)
        seconds.append(torch.autograd.grad(slope.square().sum(), list(layer.parameters())))
    for fast, slow in zip(*seconds, strict=True):
        assert torch.allclose(fast, slow, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("doubling", [False, True])
def test_gradients_are_those_of_finite_differences(doubling: bool) -> None:
    layer = ModulatedConv2d(2, 2, 3, 3, doubling).double()
    x = torch.randn(2, 2, 3, 3, dtype=torch.double, requires_grad=True)
    latent = torch.randn(2, 3, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(layer, (x, latent))
    assert torch.autograd.gradgradcheck(layer, (x, latent))


def test_the_gain_is_a_factor() -> None:
    layer = ModulatedConv2d(3, 4, 3, 5)
    x, latent = torch.randn(2, 3, 4, 4), torch.randn(2, 5)
    assert torch.allclose(layer(x, latent, 3.0), layer(x, latent) * 3, atol=1e-5)


def test_the_output_has_unit_variance_whatever_the_style() -> None:
    torch.manual_seed(2)
    layer, x = ModulatedConv2d(64, 64, 3, 8), torch.randn(4, 64, 32, 32)
    for strength in (0.1, 1.0, 30.0):
        made = layer(x, torch.randn(4, 8) * strength)[:, :, 1:-1, 1:-1]
        assert made.std().item() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_colours_are_the_direct_formula(layout: torch.memory_format) -> None:
    layer = ModulatedToImage(6, 3, 5).double()
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(2, 6, 4, 8, dtype=torch.double).to(memory_format=layout).requires_grad_()
    latent = torch.randn(2, 5, dtype=torch.double, requires_grad=True)
    style = latent @ (layer.to_style.weight / math.sqrt(5)).T + layer.to_style.bias
    expected = torch.einsum("ni,ci,nihw->nchw", style, layer.weight / math.sqrt(6), x) + layer.bias[:, None, None]
    assert torch.allclose(layer(x, latent), expected, atol=1e-12)
    small = x.detach()[:1, :, :2, :2].requires_grad_()
    assert torch.autograd.gradcheck(layer, (small, latent[:1]))
    assert torch.autograd.gradgradcheck(layer, (small, latent[:1]))


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_gradients_of_colours_have_the_layout_of_the_features(layout: torch.memory_format) -> None:
    x = torch.randn(2, 6, 4, 8).to(memory_format=layout).requires_grad_()
    (slope,) = torch.autograd.grad(ModulatedToImage(6, 3, 5)(x, torch.randn(2, 5)).square().sum(), x)
    assert slope.is_contiguous(memory_format=layout)


def test_colours_can_be_clamped() -> None:
    layer = ModulatedToImage(6, 3, 5)
    x, latent = torch.randn(2, 6, 4, 8), torch.randn(2, 5)
    free = layer(x, latent)
    layer.clamp = 0.25
    assert torch.equal(layer(x, latent), free.clamp(-0.25, 0.25))
    assert free.abs().max() > 0.25
