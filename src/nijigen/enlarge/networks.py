"""The two networks of waifu2x that double a drawing: vgg7 and upconv7, for red, green and blue at once.

Both are chains of 3×3 convolutions without padding, so what they make of a pixel depends on a known number of pixels
around it (``context``) and on nothing else. Around a picture its outermost pixels are repeated. Source: the description
of waifu2x (github.com/nagadomi/waifu2x) and of the published weights (github.com/tsurumeso/waifu2x-chainer).
"""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.1  # of LeakyReLU
VGG7_WIDTHS = (32, 32, 64, 64, 128, 128)
UPCONV7_WIDTHS = (16, 32, 64, 128, 256, 256)


class Doubler(nn.Module):
    """A network that doubles pictures: ``[N, 3, H + 2c, W + 2c]`` in 0…1 → ``[N, 3, 2H, 2W]``, not clipped.

    ``context`` (c) is how many pixels beyond a part of a picture it has to see there.
    """

    context: int


class Vgg7(Doubler):
    """Doubles first, by repeating pixels, and mends with seven convolutions; 4 pixels of context.

    Args:
        widths: channels of the first six layers; the published network's by default.
    """

    context = 4  # the seven convolutions reach 7 pixels far in the doubled picture, 3½ in the small one

    def __init__(self, widths: Sequence[int] = VGG7_WIDTHS) -> None:
        super().__init__()
        self.layers = _convolutions([3, *widths])
        self.last = nn.Conv2d(widths[-1], 3, 3)

    def forward(self, pictures: Tensor) -> Tensor:
        """See :class:`Doubler`."""
        values = functional.interpolate(pictures, scale_factor=2, mode="nearest")[..., 1:-1, 1:-1]
        made: Tensor = self.last(_through(self.layers, values))
        return made


class Upconv7(Doubler):
    """Six convolutions at the picture's own size, then one transposed that doubles it; 7 pixels of context.

    Args:
        widths: channels of the first six layers; the published network's by default.
    """

    context = 7  # six for the convolutions, one for the transposed one

    def __init__(self, widths: Sequence[int] = UPCONV7_WIDTHS) -> None:
        super().__init__()
        self.layers = _convolutions([3, *widths])
        self.last = nn.ConvTranspose2d(widths[-1], 3, 4, stride=2, padding=3, bias=False)

    def forward(self, pictures: Tensor) -> Tensor:
        """See :class:`Doubler`."""
        made: Tensor = self.last(_through(self.layers, pictures))
        return made


def _convolutions(widths: Sequence[int]) -> nn.ModuleList:
    return nn.ModuleList(nn.Conv2d(before, after, 3) for before, after in pairwise(widths))


def _through(layers: nn.ModuleList, values: Tensor) -> Tensor:
    for layer in layers:
        values = functional.leaky_relu_(layer(values), SLOPE)
    return values
