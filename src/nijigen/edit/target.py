"""The picture that a projection looks for, and how near another one is to it.

A transparent model and a transparent picture are compared as they are: premultiplied colours and alpha. A picture with
a ground of its own asks for nothing behind the figure, so the model's picture is laid on a ground of one colour and
colours alone are compared: that of the picture's upper edge if most of it is of one colour, else white. A model without
transparency is compared on white.
"""

import math
from functools import cached_property

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from nijigen.data.stored import premultiply
from nijigen.edit.source import numbers_digest
from nijigen.edit.written import as_written
from nijigen.features.judging import laid_on, sight, sights_apart
from nijigen.images.resize import on_white
from nijigen.images.sheet import Pixels
from nijigen.objectives.likeness import pyramid_distance

SQUARES = 0.5  # of the distance of pixels: a square pulls where much is wrong, an absolute difference to the end
SEEN = 0.1  # weight of what the labeler sees beside the distance of pixels, which is as large at first
EVEN, NEAR = 0.7, 24  # so much of the upper edge is within so many levels of one colour: a ground, not hair
SAME = 100.0  # dB that stand for not a level of difference


class Target:
    """A picture to be found again in the latent space of a model.

    Args:
        picture: RGB or RGBA, of the model's size.
        channels: of the model's pictures, 3 or 4.

    Attributes:
        wanted: ``[1, C, R, R]`` in [-1, 1]; four channels are premultiplied RGBA.
        ground: ``[1, 3, 1, 1]`` in [0, 1]: the colour that a transparent picture is laid on to be compared, or to be
            looked at by the labeler.
    """

    def __init__(self, picture: Image.Image, channels: int, device: torch.device | str = "cpu") -> None:
        transparent = channels == 4 and picture.mode == "RGBA"
        pixels = np.asarray(picture if transparent else on_white(picture))
        self.wanted = tensor_of(pixels).to(device)
        colour = (255.0, 255.0, 255.0) if transparent else ground_of(pixels)
        self.ground = (torch.tensor(colour) / 255).reshape(1, 3, 1, 1).to(device)

    @property
    def digest(self) -> str:
        """SHA-256 of what is compared, as 64 hexadecimal digits."""
        return numbers_digest(self.wanted)

    def shown(self, made: Tensor) -> Tensor:
        """The model's pictures ``[N, 3 or 4, R, R]`` as they are compared, ``[N, C, R, R]``."""
        if made.shape[-1] < self.wanted.shape[-1]:  # a network that has not grown up yet
            made = functional.interpolate(made, size=self.wanted.shape[-2:])
        made = as_written(made)
        return made if made.shape[1] == self.wanted.shape[1] else laid_on(made, self.ground)

    def distance(self, made: Tensor) -> Tensor:
        """How far the model's pictures ``[N, 3 or 4, R, R]`` are from it, ``[N]``: pixels of all scales, and sight."""
        shown = self.shown(made)
        apart = pyramid_distance(shown, self.wanted.expand_as(shown), squares=SQUARES)
        return apart + SEEN * sights_apart(sight(shown, self.ground), self._sight)

    def likeness(self, pixels: Pixels) -> float:
        """Peak signal-to-noise ratio in dB, over all channels compared, of pixels ``[R, R, C]`` as a PNG has them."""
        shown = self.shown(tensor_of(pixels).to(self.wanted.device))
        error = float(((shown - self.wanted) / 2).double().square().mean())
        return min(SAME, -10 * math.log10(error)) if error > 0 else SAME

    @cached_property
    def _sight(self) -> list[Tensor]:
        with torch.no_grad():
            return sight(self.wanted, self.ground)


def tensor_of(pixels: Pixels) -> Tensor:
    """Pixels uint8 ``[H, W, 3|4]`` with straight alpha → ``[1, C, H, W]`` in [-1, 1], premultiplied."""
    levels = premultiply(pixels) if pixels.shape[2] == 4 else pixels
    return torch.from_numpy(levels.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1


def ground_of(pixels: Pixels) -> tuple[float, float, float]:
    """The colour behind the figure, 0 to 255: that of most of the upper edge (shoulders reach the lower one), or white.

    In a face that was cut out the edge is hair: laid on its colour, hair could as well be left out.
    """
    half = (len(pixels) + 1) // 2
    edge = np.concatenate([pixels[0], pixels[:half, 0], pixels[:half, -1]])[:, :3]
    middle = np.median(edge, axis=0)
    if (np.abs(edge - middle).max(axis=1) <= NEAR).mean() < EVEN:
        return 255.0, 255.0, 255.0
    red, green, blue = middle.tolist()
    return red, green, blue
