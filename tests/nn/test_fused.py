"""Fused convolutions give the numbers of the two steps they stand for, and their derivatives."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.nn import fused
from nijigen.nn.fused import ConvPool2d, UpsampleConv2d, conv_pool, upsample_conv


def _some(kernel: int, size: int) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(2)
    x = torch.randn(2, 3, size, size + 2, dtype=torch.double)
    return x, torch.randn(4, 3, kernel, kernel, dtype=torch.double), torch.randn(4, dtype=torch.double)


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("size", [4, 8, 16])
def test_they_are_the_two_steps(kernel: int, size: int) -> None:
    x, weight, bias = _some(kernel, size)
    repeated = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    torch.testing.assert_close(
        upsample_conv(x, weight, bias), functional.conv2d(repeated, weight, bias, padding=kernel // 2)
    )
    made = functional.conv2d(x, weight, bias, padding=kernel // 2)
    means = (made[:, :, ::2, ::2] + made[:, :, 1::2, ::2] + made[:, :, ::2, 1::2] + made[:, :, 1::2, 1::2]) / 4
    torch.testing.assert_close(conv_pool(x, weight, bias), means)


@pytest.mark.parametrize("function", [upsample_conv, conv_pool])
def test_they_can_be_differentiated_twice(function: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fused, "WORTHWHILE", 1)  # the fused way, at a size that finite differences can take
    assert callable(function)
    torch.manual_seed(2)
    x = torch.randn(1, 2, 4, 4, dtype=torch.double, requires_grad=True)
    weight = torch.randn(2, 2, 3, 3, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(function, (x, weight))
    assert torch.autograd.gradgradcheck(function, (x, weight))


def test_large_pictures_take_the_fused_way() -> None:
    """What makes it worth having: about half the arithmetic, counted."""
    from torch.utils.flop_counter import FlopCounterMode

    counts = []
    modules: list[nn.Module] = [
        UpsampleConv2d(4, 4),
        nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(4, 4, 3, padding=1)),
        ConvPool2d(4, 4),
        nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.AvgPool2d(2)),
    ]
    for module in modules:
        with FlopCounterMode(display=False) as counter:
            module(torch.randn(1, 4, 32, 32))
        counts.append(counter.get_total_flops())
    assert counts[0] < 0.5 * counts[1]
    assert counts[2] < 0.5 * counts[3]


@pytest.mark.parametrize("kind", [UpsampleConv2d, ConvPool2d])
def test_modules_have_the_weights_of_a_plain_convolution(kind: type[nn.Conv2d]) -> None:
    module, plain = kind(3, 5, 3), nn.Conv2d(3, 5, 3, padding=1)
    module.load_state_dict(plain.state_dict())
    x = torch.randn(1, 3, 16, 16)
    expected = upsample_conv if kind is UpsampleConv2d else conv_pool
    assert torch.equal(module(x), expected(x, plain.weight, plain.bias))
    assert kind(3, 5, bias=False).bias is None
