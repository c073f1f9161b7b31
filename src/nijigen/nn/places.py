"""Places: what a layer knows of where in the picture it is.

A convolution does the same everywhere. Where all pictures are aligned, faces and avatars, the same channel may as well
mean the eyes at one place and the collar at another: a gain and an offset for each channel at each place cost hardly
any arithmetic and give a narrow network that freedom. (Weights of their own at each place are as old as "DeepFace",
Taigman et al. 2014, §2.2; these are their cheapest form.)
"""

import torch
from torch import Tensor, nn


class Places(nn.Module):
    """A learned gain and offset for each channel at each place; before training neither does anything.

    Args:
        channels: of the features.
        resolution: side of the features in pixels.
    """

    def __init__(self, channels: int, resolution: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.zeros(channels, resolution, resolution))
        self.offset = nn.Parameter(torch.zeros(channels, resolution, resolution))

    def forward(self, x: Tensor) -> Tensor:
        """``[N, channels, resolution, resolution]`` → the same shape."""
        return torch.addcmul(self.offset, x, 1 + self.gain)
