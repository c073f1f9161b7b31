"""A palette: every pixel is a mixture of a few colours that its picture chose.

Drawings are flat: large parts of one colour, and edges between them. A network that gives each pixel a colour has to
say the colour of the hair at every place of it; one that gives it a share of each colour says once what the colours
are, and places are the same for all colours of hair. As the softmax saturates, edges become sharp.
"""

import torch
from torch import Tensor, nn

from nijigen.nn.equalized import EqualizedLinear

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
        colours = self.colours + self.to_colours(latent).reshape(-1, *self.colours.shape)  # [N, count, channels]
        mixed = torch.bmm(colours.transpose(1, 2), shares.softmax(dim=1).flatten(2))
        return mixed.reshape(len(shares), -1, *shares.shape[2:])
