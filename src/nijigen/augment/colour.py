"""All changes of a picture's colours in one matrix.

Colours lie in [-1, 1] with mid-grey at 0. A change is a matrix ``[N, 3, 4]``, a linear part and beside it a shift:
``colour → matrix[:, :, :3] @ colour + matrix[:, :, 3]``.
"""

import math

import torch
from torch import Tensor

from nijigen.augment.draws import Colour


def fuse(colour: Colour) -> Tensor:
    """Brightness, contrast, luma flip, hue and saturation as one matrix ``[N, 3, 4]`` (2006.06676, B.2).

    All of them act on the part along the grey axis and on the part across it separately: the first is shifted by the
    brightness and turned round by the flip, the second rotated and stretched, and both are multiplied by the contrast.
    """
    dtype, device = colour.contrast.dtype, colour.contrast.device
    grey = torch.full((3, 3), 1 / 3, dtype=dtype, device=device)  # onto the grey axis
    # Rotation by a quarter turn across the axis: the cross product with (1, 1, 1)/√3.
    quarter = torch.tensor([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], dtype=dtype, device=device) / math.sqrt(3)
    sign = 1 - 2 * colour.flip.to(dtype)
    along, across = (colour.saturation * colour.hue.cos()), colour.saturation * colour.hue.sin()
    # Written so that neutral parameters give the identity to the last bit.
    linear = _each(along) * torch.eye(3, dtype=dtype, device=device)
    linear = linear + _each(sign - along) * grey + _each(across) * quarter
    shift = (colour.contrast * sign * colour.brightness)[:, None, None].expand(-1, 3, 1)
    return torch.cat([_each(colour.contrast) * linear, shift], dim=2)


def recolour(images: Tensor, matrix: Tensor) -> Tensor:
    """Change the colours of ``[N, 3 or 4, H, W]`` by ``[N, 3, 4]``; the result is contiguous.

    Four channels are premultiplied RGBA: the straight colour is changed and the alpha stays, without a division. In
    terms of ``alpha * colour`` the change is ``linear @ (alpha * colour) + shift * alpha``: where nothing is, nothing
    comes to be.
    """
    linear, shift = matrix[:, :, :3], matrix[:, :, 3:]
    if images.shape[1] == 4:
        # A stored value u in [-1, 1] means alpha * (colour + 1) - 1 and a stored alpha means 2 alpha - 1. Put in:
        lift = linear.sum(dim=2, keepdim=True) - 1
        bottom = torch.tensor([[[0.0, 0, 0, 1]]], dtype=matrix.dtype, device=matrix.device)
        linear = torch.cat([linear, (shift - lift) / 2], dim=2)
        linear = torch.cat([linear, bottom.expand(linear.shape[0], 1, 4)], dim=1)
        shift = torch.cat([(shift + lift) / 2, torch.zeros_like(shift[:, :1])], dim=1)
    pixels = images.flatten(2)
    return torch.baddbmm(shift.to(images.dtype), linear.to(images.dtype), pixels).view(images.shape)


def _each(numbers: Tensor) -> Tensor:
    return numbers[:, None, None]
