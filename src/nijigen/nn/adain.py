"""Adaptive instance normalisation: a style decides mean and deviation of every feature map."""

import torch
from torch import Tensor, nn

from nijigen.nn.equalized import EqualizedLinear


class AdaIN(nn.Module):
    """Normalises each feature map of each picture by itself, then scales and shifts it as a style says.

    ``(x - mean) / sqrt(variance + 1e-8) · (1 + scale) + shift``; scale and shift come from the style by an equalised
    dense layer without activation whose biases start at 0. Sources: Huang & Belongie 2017 (1703.06868); StyleGAN
    (1812.04948), §2, eq. 1.

    Args:
        channels: C.
        style: width of the style vector.
    """

    def __init__(self, channels: int, style: int) -> None:
        super().__init__()
        self.affine = EqualizedLinear(style, 2 * channels)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """``[N, C, H, W]`` and ``[N, style]`` → ``[N, C, H, W]``."""
        scale, shift = self.affine(style)[:, :, None, None].chunk(2, dim=1)  # [N, C, 1, 1] each
        centred = x - x.mean(dim=(2, 3), keepdim=True)
        deviation = (centred.square().mean(dim=(2, 3), keepdim=True) + 1e-8).rsqrt()
        return torch.addcmul(shift, centred, deviation * (1 + scale))
