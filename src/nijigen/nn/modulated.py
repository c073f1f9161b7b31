"""Modulated convolution: the weights of a convolution follow a style (StyleGAN2, 1912.04958, §2.2 and equations 1-3).

The paper scales the weights of every picture by its style. The same comes out of *scaling the input, one plain
convolution for the whole batch, scaling the output*, because the scales belong to channels: it needs no grouped
convolution, is fast on every device and exports to ONNX with a free batch size.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.nn.equalized import EqualizedLinear
from nijigen.nn.resample import lowpass

FLOOR = 1e-8


class ModulatedConv2d(nn.Module):
    """Convolution whose input channels are scaled by a style and whose output channels are brought to unit variance.

    Args:
        inputs: channels of the input.
        outputs: channels of the output.
        kernel: side of the square kernel in pixels, odd.
        style_width: width of the latent that the style is computed from.
        doubling: double the resolution, by a transposed convolution of step 2 and the low-pass filter [1, 3, 3, 1].

    Attributes:
        floor: what is added to the squared norm of the weights before its root is taken.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, style_width: int, doubling: bool = False) -> None:
        super().__init__()
        self.to_style = EqualizedLinear(style_width, inputs, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.scale = 1 / math.sqrt(inputs * kernel * kernel)
        self.doubling, self.padding, self.floor = doubling, kernel // 2, FLOOR

    def forward(self, x: Tensor, latent: Tensor, gain: float = 1.0) -> Tensor:
        """Features ``[N, inputs, H, W]`` and latent ``[N, style_width]`` → ``[N, outputs, H, W]``, or twice the size.

        The output is multiplied by ``gain``, and may be changed in place: no derivative needs it.
        """
        style = self.to_style(latent)  # [N, inputs]
        x = x * style[:, :, None, None]
        if self.doubling:
            # The filter has unit gain, but three of four pixels it meets are zeros: hence 4.
            weight = (self.weight * (self.scale * 4)).transpose(0, 1)
            x = lowpass(functional.conv_transpose2d(x, weight, stride=2), padding=1)
        else:
            x = functional.conv2d(x, self.weight * self.scale, padding=self.padding)
        return x * (self.demodulation(style) * gain)[:, :, None, None]

    def demodulation(self, style: Tensor) -> Tensor:
        """Styles ``[N, inputs]`` → one over the norm of the weights of each output channel, ``[N, outputs]``."""
        energy = self.weight.square().sum(dim=(2, 3)) * self.scale**2  # [outputs, inputs]
        return (functional.linear(style.square(), energy) + self.floor).rsqrt()


class ModulatedToImage(nn.Module):
    """Features → colours: a 1×1 convolution modulated by a style, without demodulation (1912.04958, §2.2).

    Here the weights of each picture are made, for they are few and the features many: it reads the features once.

    Attributes:
        clamp: the largest colour on either side of 0; 0: there is none.
    """

    def __init__(self, inputs: int, channels: int, style_width: int) -> None:
        super().__init__()
        self.to_style = EqualizedLinear(style_width, inputs, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(channels, inputs))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.scale, self.clamp = 1 / math.sqrt(inputs), 0.0

    def forward(self, x: Tensor, latent: Tensor) -> Tensor:
        """Features ``[N, inputs, H, W]`` and latent ``[N, style_width]`` → ``[N, channels, H, W]``."""
        style = self.to_style(latent) * self.scale
        colours = mix_channels(x, style[:, None] * self.weight, self.bias)
        return colours.clamp(-self.clamp, self.clamp) if self.clamp else colours


def mix_channels(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """A 1×1 convolution with own weights for every picture.

    Features ``[N, C, H, W]``, weights ``[N, K, C]`` and bias ``[K]`` → ``[N, K, H, W]``.
    """
    if torch.is_grad_enabled() and not torch.compiler.is_compiling():
        mixed: Tensor = _Mixed.apply(x, weight, bias)  # type: ignore[no-untyped-call]
    else:
        mixed = torch.baddbmm(bias[:, None], weight, x.flatten(2))
    return mixed.reshape(x.shape[0], weight.shape[1], *x.shape[2:])


class _Mixed(torch.autograd.Function):
    """The products of :func:`mix_channels`, with the gradient in the layout of ``x``.

    Left to itself, a product of matrices gives the gradient of channels_last features back channels first, and every
    sum of the two pays for it: twice the price of this, both directions together (``benchmarks/resample.py``).
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return torch.baddbmm(bias[:, None], weight, x.flatten(2))  # [N, K, HW]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        if x.is_contiguous(memory_format=torch.channels_last):
            by_x = torch.bmm(gradient.transpose(1, 2), weight).transpose(1, 2)  # [N, C, HW], C innermost in memory
        else:
            by_x = torch.bmm(weight.transpose(1, 2), gradient)
        by_weight = torch.bmm(gradient, x.flatten(2).transpose(1, 2))
        return by_x.reshape(x.shape), by_weight, gradient.sum(dim=(0, 2))
