"""A palette: every pixel is a mixture of a few colours that its picture chose.

Drawings are flat: large parts of one colour, and edges between them. A network that gives each pixel a colour has to
say the colour of the hair at every place of it; one that gives it a share of each colour says once what the colours
are, and places are the same for all colours of hair. As the softmax saturates, edges become sharp.
"""

import math

import torch
from torch import Tensor, nn

from nijigen.nn.equalized import EqualizedLinear
from nijigen.nn.resample import upsample2

SPREAD = 0.7  # standard deviation of the colours before training: about that of colours in drawings
FOLLOWS = 0.5  # of what the latent adds to them


class Palette(nn.Module):
    """Shares and latent → picture.

    Args:
        style_width: width of the latent that the colours follow.
        count: how many colours.
        channels: of a colour.
    """

    def __init__(self, style_width: int, count: int, channels: int) -> None:
        super().__init__()
        self.colours = nn.Parameter(torch.randn(count, channels) * SPREAD)
        self.to_colours = EqualizedLinear(style_width, count * channels, bias=False, gain=FOLLOWS)

    def forward(self, shares: Tensor, latent: Tensor) -> Tensor:
        """Logits ``[N, count, H, W]`` and latents ``[N, style_width]`` → ``[N, channels, H, W]``."""
        mixed = torch.bmm(self.colours_of(latent).transpose(1, 2), shares.softmax(dim=1).flatten(2))
        return mixed.reshape(shares.shape[0], -1, *shares.shape[2:])

    def colours_of(self, latent: Tensor) -> Tensor:
        """Latents ``[N, style_width]`` → colours ``[N, count, channels]``."""
        moved: Tensor = self.to_colours(latent)
        return self.colours + moved.reshape(-1, *self.colours.shape)


class PaletteToImage(nn.Module):
    """Features → picture: a modulated 1×1 convolution says of each pixel how much of which colour it has.

    Colours lie innermost in memory all the way: for a CPU softmax and product are half the price of those of planes.

    Args:
        inputs: channels of the features.
        count: colours of the palette.
        channels: of a colour.
        style_width: width of the latent.
        unfold: pixels a side that one feature stands for.
    """

    def __init__(self, inputs: int, count: int, channels: int, style_width: int, unfold: int) -> None:
        super().__init__()
        self.palette = Palette(style_width, count, channels)
        self.to_style = EqualizedLinear(style_width, inputs, bias_init=1.0)
        self.weight = nn.Parameter(torch.randn(unfold * unfold * count, inputs))
        self.bias = nn.Parameter(torch.zeros(unfold * unfold * count))
        self.scale, self.unfold = 1 / math.sqrt(inputs), unfold

    def forward(self, x: Tensor, latent: Tensor, below: Tensor | None = None) -> Tensor:
        """Features and latents → picture.

        Args:
            x: ``[N, inputs, H, W]``.
            latent: ``[N, style_width]``.
            below: logits ``[N, count, H/2, W/2]`` of smaller features, which count for all pixels of a place alike.

        Returns:
            ``[N, channels, unfold·H, unfold·W]``.
        """
        count, _, high, wide = x.shape
        weight = (self.to_style(latent) * self.scale)[:, None] * self.weight  # [N, unfold² · colours, inputs]
        places = x.permute(0, 2, 3, 1).flatten(1, 2)  # [N, HW, inputs]
        colours = self.palette.colours_of(latent)
        side, kinds = self.unfold, colours.shape[1]
        shares = torch.baddbmm(self.bias, places, weight.transpose(1, 2)).reshape(
            count, high * wide, side * side, kinds
        )
        if below is not None:
            shares = shares + upsample2(below).permute(0, 2, 3, 1).reshape(count, high * wide, 1, kinds)
        shares = shares.flatten(1, 2)
        pixels = torch.bmm(shares.softmax(dim=2), colours).reshape(count, high, wide, side, side, -1)
        return pixels.permute(0, 5, 1, 3, 2, 4).reshape(count, -1, high * side, wide * side)
