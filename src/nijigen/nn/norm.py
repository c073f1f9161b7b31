"""Normalisation: by the batch and coloured by the label, or of every pixel by itself."""

import torch
from torch import Tensor, nn


class ConditionalBatchNorm(nn.Module):
    """Batch normalisation with a scale and a shift computed from a condition vector.

    Starts as plain batch normalisation (scale 1, shift 0 for every condition). Source: de Vries et al. 2017
    (1707.00683), as used in generators by SAGAN (1805.08318), §3.

    Shapes: images ``[N, C, H, W]``, condition ``[N, D]`` → ``[N, C, H, W]``.
    """

    def __init__(self, channels: int, condition: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.scale = nn.Linear(condition, channels)
        self.shift = nn.Linear(condition, channels)
        nn.init.zeros_(self.scale.weight)
        nn.init.ones_(self.scale.bias)
        nn.init.zeros_(self.shift.weight)
        nn.init.zeros_(self.shift.bias)

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        """Normalise ``images`` and colour them by ``condition``."""
        scale = self.scale(condition)[:, :, None, None]
        shift = self.shift(condition)[:, :, None, None]
        return torch.addcmul(shift, self.norm(images), scale)


class PixelNorm(nn.Module):
    """Brings the features of every pixel, or a vector, to a root mean square of 1.

    Zero stays zero. Source: Karras et al. 2018 (1710.10196), §4.2; StyleGAN uses it on the noise z.
    """

    def forward(self, x: Tensor) -> Tensor:
        """``[N, C, …]`` → the same shape, ``x / sqrt(mean over C of x² + 1e-8)``."""
        return x * (x.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()
