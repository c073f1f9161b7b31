"""Retouching: a few convolutions over the finished picture, which see across what was made apart.

Where one feature stands for 2×2 pixels, each of the four has its own weights, and lines that run over them come out
dotted. Convolutions at the picture's own resolution treat all pixels alike; they are given the picture and a few
unfolded features, and say what to add. They begin by adding nothing.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.nn.equalized import EqualizedConv2d

HINTS = 8  # channels of what the features tell of each pixel
GAIN = math.sqrt(2)  # of leaky ReLU


class Retouch(nn.Module):
    """Picture and features → picture.

    Args:
        channels: of the picture.
        features: channels of the finest features.
        width: of the convolutions.
        unfold: pixels a side that one feature stands for.
    """

    def __init__(self, channels: int, features: int, width: int, unfold: int) -> None:
        super().__init__()
        self.unfold = unfold
        self.hint = EqualizedConv2d(features, HINTS * unfold * unfold, 1)
        self.first = EqualizedConv2d(channels + HINTS, width, 3, gain=GAIN)
        self.second = EqualizedConv2d(width, width, 3, gain=GAIN)
        self.last = EqualizedConv2d(width, channels, 3)
        nn.init.zeros_(self.last.weight)

    def forward(self, picture: Tensor, features: Tensor) -> Tensor:
        """``[N, channels, R, R]`` and ``[N, features, R / unfold, R / unfold]`` → ``[N, channels, R, R]``."""
        hints = functional.pixel_shuffle(self.hint(features), self.unfold)
        x = functional.leaky_relu(self.first(torch.cat([picture, hints], dim=1)), 0.2)
        x = functional.leaky_relu(self.second(x), 0.2)
        added: Tensor = self.last(x)
        return picture + added
