"""All moves of a picture in one affine map.

Coordinates: the picture's middle is the origin and its borders are −1 and 1; x points right and y down. A map sends the
place of a point before to the place after: ``after = linear @ before + shift``.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from nijigen.augment.draws import Blit, Geometry


class Affine(NamedTuple):
    """One map a picture."""

    linear: Tensor  # [N, 2, 2]
    shift: Tensor  # [N, 2]

    def inverse(self) -> "Affine":
        """The way back; every map made here has one."""
        a, b, c, d = self.linear.flatten(1).unbind(1)
        back = torch.stack([d, -b, -c, a], dim=1).view(-1, 2, 2) / (a * d - b * c)[:, None, None]
        return Affine(back, -(back @ self.shift[:, :, None])[:, :, 0])


def whole_pixels(shift: Tensor, resolution: int) -> Tensor:
    """Shifts in sides of the picture ``[N, 2]`` → whole pixels, int64."""
    return (shift * resolution).round().long()


def rotation(angle: Tensor) -> Tensor:
    """``[N]`` radians counter-clockwise as seen (y points down) → ``[N, 2, 2]``."""
    cosine, sine = angle.cos(), angle.sin()
    return torch.stack([cosine, sine, -sine, cosine], dim=1).view(-1, 2, 2)


def fuse(blit: Blit, geometry: Geometry, resolution: int) -> Affine:
    """Flip, quarter turns and whole-pixel shift, then scale, rotation, stretch, rotation and shift, as one map."""
    dtype, device = geometry.scale.dtype, geometry.scale.device
    # Sines of whole quarter turns from a table: a quarter of a rounded pi would not be exact.
    sines = torch.tensor([0, 1, 0, -1], dtype=dtype, device=device)
    sine, cosine = sines[blit.turns], sines[(blit.turns + 1) % 4]
    side = 1 - 2 * blit.flip.to(dtype)
    first = torch.stack([cosine * side, sine, -sine * side, cosine], dim=1).view(-1, 2, 2)
    widths = torch.stack([geometry.stretch, 1 / geometry.stretch], dim=1)  # [N, 2]: a diagonal matrix
    then = (rotation(geometry.after) * widths[:, None, :]) @ (rotation(geometry.before) * geometry.scale[:, None, None])
    pixels = whole_pixels(blit.shift, resolution).to(dtype) * (2 / resolution)
    return Affine(then @ first, (then @ pixels[:, :, None])[:, :, 0] + 2 * geometry.shift)
