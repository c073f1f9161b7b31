"""CartoonGAN's generator: a photo becomes a frame of a film (Chen, Lai & Liu, CVPR 2018, §3.1 and figure 2).

Seven-pixel convolution, two halvings, eight residual blocks, two doublings, seven-pixel convolution; instance
normalisation after each stage. This is the layout of the published weights, which differs from the figure in small
ways: a second convolution follows every halving and every doubling, and the end is a hyperbolic tangent.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.models.contract import Shape
from nijigen.models.translator import Translator
from nijigen.nn.attention import SelfAttention
from nijigen.nn.spatial_norm import InstanceNorm

PUBLISHED_SHAPE = Shape(resolution=256, channels=3, label_width=0)
WIDTHS = (64, 128, 256)
BLOCKS = 8
EPS = 1e-9  # of the published network's instance normalisation


class CartoonGenerator(Translator):
    """Photo → cartoon; any size whose sides are multiples of 4 (with the published widths) and 8 px at least.

    Args:
        shape: see :class:`Translator`.
        widths: channels at full size, half of it, a quarter of it and so on.
        blocks: residual blocks at the smallest size.
        eps: of the instance normalisation.
        encoder_attention: sides of features, for pictures of the shape's size, behind which self-attention stands on
            the way down: half of it, a quarter, …; what such a network makes of a tile depends on all of the tile.
        decoder_attention: the same on the way up: the size itself, half of it, ….
    """

    def __init__(
        self,
        shape: Shape = PUBLISHED_SHAPE,
        widths: Sequence[int] = WIDTHS,
        blocks: int = BLOCKS,
        eps: float = EPS,
        encoder_attention: Sequence[int] = (),
        decoder_attention: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.shape = shape
        self.multiple = 2 ** (len(widths) - 1)
        self.least = 2 * self.multiple  # or nothing could be reflected at the smallest size
        self.reach = _reach(len(widths) - 1, blocks)
        self.enter = Enter(shape.channels, widths[0], eps)
        down, up = pairwise(widths), pairwise(reversed(widths))
        sides = [shape.resolution >> step for step in range(len(widths))]
        self.down = nn.Sequential(
            *(
                _attending(Down(before, after, eps), after, side in encoder_attention)
                for (before, after), side in zip(down, sides[1:], strict=True)
            )
        )
        self.blocks = nn.Sequential(*(Block(widths[-1], eps) for _ in range(blocks)))
        self.up = nn.Sequential(
            *(
                _attending(Up(before, after, eps), after, side in decoder_attention)
                for (before, after), side in zip(up, sides[-2::-1], strict=True)
            )
        )
        self.leave = nn.Conv2d(widths[0], shape.channels, 7)

    def translate(self, images: Tensor) -> Tensor:
        """See :class:`Translator`."""
        values = self.up(self.blocks(self.down(self.enter(images))))
        return torch.tanh(self.leave(reflected(values, 3)))


def _attending(stage: nn.Module, width: int, wanted: bool) -> nn.Module:
    """A stage, and self-attention behind it where it is wanted."""
    return nn.Sequential(stage, SelfAttention(width)) if wanted else stage


class Enter(nn.Module):
    """The first stage, at full size: ``[N, 3, H, W]`` → ``[N, width, H, W]``."""

    def __init__(self, channels: int, width: int, eps: float) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, width, 7)
        self.norm = InstanceNorm(width, eps)

    def forward(self, images: Tensor) -> Tensor:
        """See the class."""
        return functional.relu_(self.norm(self.conv(reflected(images, 3))))


class Down(nn.Module):
    """Half as high and wide: ``[N, before, H, W]`` → ``[N, after, H/2, W/2]``."""

    def __init__(self, before: int, after: int, eps: float) -> None:
        super().__init__()
        self.halve = nn.Conv2d(before, after, 3, stride=2, padding=1)
        self.conv = nn.Conv2d(after, after, 3, padding=1)
        self.norm = InstanceNorm(after, eps)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return functional.relu_(self.norm(self.conv(self.halve(x))))


class Block(nn.Module):
    """A residual block: two convolutions, each normalised; nothing comes after the sum."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(width, width, 3), nn.Conv2d(width, width, 3)
        self.first_norm, self.second_norm = InstanceNorm(width, eps), InstanceNorm(width, eps)

    def forward(self, x: Tensor) -> Tensor:
        """``[N, width, H, W]`` → the same shape."""
        inner = functional.relu_(self.first_norm(self.first(reflected(x, 1))))
        made: Tensor = x + self.second_norm(self.second(reflected(inner, 1)))
        return made


class Up(nn.Module):
    """Twice as high and wide: ``[N, before, H, W]`` → ``[N, after, 2H, 2W]``."""

    def __init__(self, before: int, after: int, eps: float) -> None:
        super().__init__()
        self.enlarge = nn.ConvTranspose2d(before, after, 3, stride=2, padding=1, output_padding=1)
        self.conv = nn.Conv2d(after, after, 3, padding=1)
        self.norm = InstanceNorm(after, eps)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return functional.relu_(self.norm(self.conv(self.enlarge(x))))


def reflected(x: Tensor, width: int) -> Tensor:
    """``x`` with ``width`` more rows and columns at every side, mirrored at the outermost ones."""
    return functional.pad(x, (width, width, width, width), mode="reflect")


def _reach(halvings: int, blocks: int) -> int:
    """How far the network looks: each 3×3 convolution one pixel of its own size, both 7×7 ones three of full size.

    The convolution that halves looks one pixel of the larger size far. The one that doubles makes the odd rows from
    their two neighbours: less than one pixel of the smaller size.
    """
    scale, far = 1, 3
    for _ in range(halvings):
        far += scale  # the convolution that halves
        scale *= 2
        far += scale  # the one after it
    far += 2 * blocks * scale
    for _ in range(halvings):
        far += scale  # the convolution that doubles
        scale //= 2
        far += scale
    return far + 3
