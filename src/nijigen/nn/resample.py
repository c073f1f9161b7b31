"""Resampling without aliases: halving and doubling pictures with a short low-pass filter.

Doubling and halving use the taps [1, 3, 3, 1] in both directions, as StyleGAN2 does (1912.04958, §B); ``blur`` keeps
the size and uses StyleGAN's [1, 2, 1] (1812.04948, §C). Outside the picture there are zeros. All are linear, so that
the gradient of each is again a resampling and can be differentiated as often as needed.
"""

from torch import Tensor
from torch.nn import functional


def upsample2(x: Tensor) -> Tensor:
    """``[N, C, H, W]`` → ``[N, C, 2H, 2W]``: zeros between pixels, then [1, 3, 3, 1]/4 along both axes.

    Written as bilinear interpolation, which has the same weights everywhere but at the border; the zeros around make
    the border equal too.
    """
    padded = functional.pad(x, (1, 1, 1, 1))
    return functional.interpolate(padded, scale_factor=2.0, mode="bilinear")[:, :, 2:-2, 2:-2]


def downsample2(x: Tensor) -> Tensor:
    """``[N, C, H, W]`` → ``[N, C, H/2, W/2]``: [1, 3, 3, 1]/8 along both axes at every second pixel; H and W even."""
    x = functional.pad(x, (1, 1, 1, 1))
    rows = (x[:, :, :-2:2] + x[:, :, 3::2]) * 0.125 + (x[:, :, 1:-1:2] + x[:, :, 2::2]) * 0.375
    return (rows[..., :-2:2] + rows[..., 3::2]) * 0.125 + (rows[..., 1:-1:2] + rows[..., 2::2]) * 0.375


def blur(x: Tensor) -> Tensor:
    """``[N, C, H, W]`` → the same shape: [1, 2, 1]/4 along both axes."""
    x = functional.pad(x, (1, 1, 1, 1))
    rows = (x[:, :, :-2] + x[:, :, 2:]) * 0.25 + x[:, :, 1:-1] * 0.5
    return (rows[..., :-2] + rows[..., 2:]) * 0.25 + rows[..., 1:-1] * 0.5
