"""What a translated photo must keep of the photo and take from drawings: pure functions.

===========  ==============================================================  =======================================
name         what it returns                                                 source
===========  ==============================================================  =======================================
content      mean |a − b| of what a layer sees, in mean |b|                  CartoonGAN (CVPR 2018), eq. 5
style        mean |a − b| of two Grams, in mean |b|                          AnimeGAN (ISICA 2019), eq. 4
colour       |ΔY| + Huber(ΔU) + Huber(ΔV), means                             AnimeGAN (ISICA 2019), eq. 5
variation    ½ mean squared slope to the right + the same downwards          AnimeGAN v2; 1412.0035, §2.2, β = 2
===========  ==============================================================  =======================================

The papers weigh plain differences of what their own file of VGG19 sees, and those differ by orders of magnitude between
layers, and between files whose inputs run to 1 or to 255. Here they are in proportion to what is seen, so that a weight
means the same with any file and layer.
"""

import torch
from torch import Tensor
from torch.nn.functional import huber_loss

from nijigen.objectives.style import gram

TINY = 1e-8
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601: how bright red, green and blue look
LARGEST = (0.436, 0.615)  # U and V are as large for pure blue and pure red


def content_difference(made: Tensor, wanted: Tensor) -> Tensor:
    """How differently a layer sees two batches of pictures ``[N, C, H, W]``, a scalar: 0 the same, about 1 unrelated.

    Args:
        wanted: what is seen in the photos; it gets no gradient.
    """
    wanted = wanted.detach()
    return (made - wanted).abs().mean() / (wanted.abs().mean() + TINY)


def style_difference(made: Tensor, wanted: Tensor) -> Tensor:
    """How different the Grams of what a layer sees are, ``[N, C, H, W]`` each, of any sizes; a scalar.

    Args:
        wanted: what is seen in drawings, picture by picture beside ``made``; it gets no gradient.
    """
    drawn = gram(wanted.detach())
    return (gram(made) - drawn).abs().mean() / (drawn.abs().mean() + TINY)


def yuv(pictures: Tensor) -> Tensor:
    """Red, green, blue ``[N, 3, H, W]`` in [-1, 1] → Y in [0, 1], U in ±0.436 and V in ±0.615 (ITU-R BT.601)."""
    red, green, blue = ((pictures + 1) / 2).unbind(1)
    y = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
    u, v = LARGEST[0] / (1 - LUMA[2]) * (blue - y), LARGEST[1] / (1 - LUMA[0]) * (red - y)
    return torch.stack([y, u, v], dim=1)


def colour_difference(made: Tensor, photos: Tensor) -> Tensor:
    """How far colours are from those of the photos, ``[N, 3, H, W]`` in [-1, 1] both; a scalar.

    Brightness by its absolute difference, the two colours by Huber's loss, which forgives a large one: a drawing may
    paint a face paler, and not another one.
    """
    one, other = yuv(made), yuv(photos)
    brightness = (one[:, 0] - other[:, 0]).abs().mean()
    return brightness + huber_loss(one[:, 1], other[:, 1]) + huber_loss(one[:, 2], other[:, 2])


def squared_variation(pictures: Tensor) -> Tensor:
    """½ the mean squared difference to the next pixel on the right, and ½ that to the one below; a scalar.

    Args:
        pictures: ``[N, C, H, W]``, two pixels or more each way.
    """
    right = pictures[..., 1:] - pictures[..., :-1]
    below = pictures[..., 1:, :] - pictures[..., :-1, :]
    return (right.square().mean() + below.square().mean()) / 2


def greyscale(pictures: Tensor) -> Tensor:
    """Pictures ``[N, 3, H, W]`` in any range without their colours: brightness in all three channels."""
    weights = torch.tensor(LUMA, dtype=pictures.dtype, device=pictures.device)[:, None, None]
    return (pictures * weights).sum(dim=1, keepdim=True).expand_as(pictures)
