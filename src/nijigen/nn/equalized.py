"""Equalised learning rate: weights are kept at unit size and scaled when they are used.

So every weight has the same dynamic range and Adam moves all of them at the same relative speed (Karras et al. 2018,
"Progressive growing of GANs", 1710.10196, §4.1). A ``rate`` below 1 slows a layer: its parameters are kept ``1/rate``
times larger and used ``rate`` times smaller, as the mapping networks of StyleGAN are (1812.04948, §C).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


class EqualizedLinear(nn.Module):
    """``[..., inputs]`` → ``[..., outputs]``, He-scaled at run time.

    Args:
        inputs: width of the input.
        outputs: width of the output.
        bias: whether there is one.
        bias_init: the value the bias has, as used, before training.
        rate: learning rate of this layer in parts of the optimiser's.
        gain: what the variance of the output is the square of, for inputs of variance one.
    """

    def __init__(
        self, inputs: int, outputs: int, bias: bool = True, bias_init: float = 0.0, rate: float = 1.0, gain: float = 1.0
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), bias_init / rate)) if bias else None
        self.scale = gain * rate / math.sqrt(inputs)
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """``[..., inputs]`` → ``[..., outputs]``."""
        bias = self.bias if self.bias is None or self.rate == 1 else self.bias * self.rate
        return functional.linear(x, self.scaled_weight(), bias)

    def scaled_weight(self) -> Tensor:
        """The weights as they are used: ``[outputs, inputs]``."""
        return self.weight * self.scale


class EqualizedConv2d(nn.Module):
    """``[N, inputs, H, W]`` → ``[N, outputs, H', W']``, He-scaled at run time.

    Args:
        inputs: channels of the input.
        outputs: channels of the output.
        kernel: side of the square kernel in pixels.
        stride: step in pixels.
        padding: zeros at each side in pixels; None: what keeps the size at stride 1 and an odd kernel.
        bias: whether there is one (it starts at 0).
        gain: what the variance of the output is the square of, for inputs of variance one.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int = 1,
        padding: int | None = None,
        bias: bool = True,
        gain: float = 1.0,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.stride, self.padding = stride, kernel // 2 if padding is None else padding
        self.scale = gain / math.sqrt(inputs * kernel * kernel)

    def scaled_weight(self) -> Tensor:
        """The weights as they are used: ``[outputs, inputs, kernel, kernel]``."""
        return self.weight * self.scale

    def forward(self, x: Tensor) -> Tensor:
        """``[N, inputs, H, W]`` → ``[N, outputs, H', W']``."""
        return functional.conv2d(x, self.scaled_weight(), self.bias, self.stride, self.padding)
