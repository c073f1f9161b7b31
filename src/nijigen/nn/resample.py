"""Resampling without aliases: halving and doubling pictures with a short low-pass filter.

The taps are [1, 3, 3, 1], as StyleGAN2 has them (1912.04958, §B); ``blur`` keeps the size and uses StyleGAN's [1, 2, 1]
(1812.04948, §C). Outside the picture there are zeros. All are depthwise convolutions: in channels_last one costs a CPU
core a hundredth (512 channels) to a seventh (16) of the 3×3 convolution beside it, less than shifted sums, means or
products with a banded matrix do (``benchmarks/resample.py``).
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

FOUR_TAPS = (0.125, 0.375, 0.375, 0.125)
DOUBLING_TAPS = (0.25, 0.75, 0.75, 0.25)  # twice as much: half of the pixels they meet are zeros
THREE_TAPS = (0.25, 0.5, 0.25)


def upsample2(x: Tensor) -> Tensor:
    """``[N, C, H, W]`` → ``[N, C, 2H, 2W]``: zeros between pixels, then [1, 3, 3, 1]/4 along both axes."""
    return _filter(x, DOUBLING_TAPS, stride=2, padding=1, spread=True)


def downsample2(x: Tensor) -> Tensor:
    """``[N, C, H, W]`` → ``[N, C, H/2, W/2]``: [1, 3, 3, 1]/8 along both axes at every second pixel; H and W even."""
    return _filter(x, FOUR_TAPS, stride=2, padding=1)


def lowpass(x: Tensor, padding: int) -> Tensor:
    """``[N, C, H, W]`` → ``[N, C, H + 2·padding - 3, W + 2·padding - 3]``: [1, 3, 3, 1]/8 along both axes.

    What stands after a transposed convolution of step 2 (padding 1) and before a convolution of step 2 (padding 2).
    """
    return _filter(x, FOUR_TAPS, stride=1, padding=padding)


def blur(x: Tensor, padding: int = 1) -> Tensor:
    """``[N, C, H, W]`` → ``[N, C, H + 2·padding - 2, W + 2·padding - 2]``: [1, 2, 1]/4 along both axes."""
    return _filter(x, THREE_TAPS, stride=1, padding=padding)


def _filter(x: Tensor, taps: tuple[float, ...], stride: int, padding: int, spread: bool = False) -> Tensor:
    """``taps`` along both axes of ``[N, C, H, W]``; ``spread``: the adjoint, which puts zeros between pixels."""
    if torch.is_grad_enabled() and x.requires_grad and not torch.compiler.is_compiling():
        filtered: Tensor = _Filter.apply(x, taps, stride, padding, spread)  # type: ignore[no-untyped-call]
        return filtered
    return _depthwise(x, taps, stride, padding, spread)


class _Filter(torch.autograd.Function):
    """A filter whose derivative is its adjoint, another filter, as often as one differentiates.

    PyTorch's own second derivative of a depthwise convolution takes the channels one by one: 7 to 30 times slower.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, taps: tuple[float, ...], stride: int, padding: int, spread: bool) -> Tensor:
        ctx.adjoint = (taps, stride, padding, not spread)
        return _depthwise(x, taps, stride, padding, spread)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None, None]:
        return _filter(gradient, *ctx.adjoint), None, None, None, None


def _depthwise(x: Tensor, taps: tuple[float, ...], stride: int, padding: int, spread: bool) -> Tensor:
    line = torch.tensor(taps, dtype=x.dtype, device=x.device)
    channels = x.shape[1]
    weight = torch.outer(line, line).expand(channels, 1, -1, -1).contiguous()  # [C, 1, taps, taps]
    if not spread:
        return functional.conv2d(x, weight, stride=stride, padding=padding, groups=channels)
    if stride == 1:  # the taps are symmetric: the adjoint is the same filter with the rest of the padding
        return functional.conv2d(x, weight, padding=len(taps) - 1 - padding, groups=channels)
    return functional.conv_transpose2d(x, weight, stride=stride, padding=padding, groups=channels)
