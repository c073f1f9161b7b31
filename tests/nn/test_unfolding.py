"""The first layer is a transposed convolution, whatever way its weights lie in memory."""

import pytest
import torch
from torch.nn import functional

from nijigen.nn.unfolding import FirstConvTranspose2d


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_equals_the_convolution(layout: torch.memory_format) -> None:
    torch.manual_seed(0)
    layer = FirstConvTranspose2d(7, 5, 4).double().to(memory_format=layout)
    x = torch.randn(3, 7, 1, 1, dtype=torch.float64)
    made = layer(x)
    assert made.shape == (3, 5, 4, 4)
    assert made.is_contiguous(memory_format=torch.channels_last)
    assert torch.allclose(made, functional.conv_transpose2d(x, layer.weight), rtol=1e-12)


def test_twice_differentiable() -> None:
    torch.manual_seed(0)
    layer = FirstConvTranspose2d(3, 2, 4).double()
    x = torch.randn(2, 3, 1, 1, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(layer, x)
    assert torch.autograd.gradgradcheck(layer, x)
    weight = layer.weight.detach().requires_grad_()
    assert torch.autograd.gradcheck(lambda w: torch.func.functional_call(layer, {"weight": w}, (x,)), weight)


def test_gradients_lie_as_the_weights_do() -> None:
    """The fused optimiser walks both side by side."""
    layer = FirstConvTranspose2d(7, 5, 4).to(memory_format=torch.channels_last)
    layer(torch.randn(3, 7, 1, 1)).square().sum().backward()
    assert layer.weight.grad.stride() == layer.weight.stride()
