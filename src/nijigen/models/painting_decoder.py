"""The decoder of a painter: what layers of VGG19 are to see → a picture (AdaAttN, 2108.03647, §3.1; SANet, §3.1)."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.features.seeing import width_of
from nijigen.features.vgg_network import block_of
from nijigen.models.painter import Seen


class Decoder(nn.Module):
    """Features of several layers → a picture; borders repeated, nearest doublings, no normalisation: styles are in it.

    Args:
        layers: of VGG19, in order.
        width: channels at full size.
    """

    def __init__(self, layers: Sequence[str], width: int) -> None:
        super().__init__()
        self.layers = tuple(layers)
        widths = [width * min(1 << block, 8) for block in range(block_of(layers[-1]) + 1)]
        self.blocks = range(len(widths) - 1, -1, -1)  # of VGG19, how often pictures are halved there
        self.join = nn.ModuleDict({name: _conv(width_of(name), widths[block_of(name)]) for name in layers})
        self.stages = nn.ModuleList(_conv(each, each) for each in widths)
        self.narrow = nn.ModuleList(_conv(deep, each) for each, deep in pairwise(widths))
        self.leave = _conv(width, 3)

    def forward(self, painted: Seen) -> Tensor:
        """Layer → ``[N, C, H / 2ᵇ, W / 2ᵇ]``, to ``[N, 3, H, W]``."""

        def entering(block: int) -> list[Tensor]:
            return [self.join[name](painted[name]) for name in self.layers if block_of(name) == block]

        made = torch.stack(entering(self.blocks[0])).sum(dim=0)
        for block in self.blocks:
            if block != self.blocks[0]:
                made = functional.interpolate(functional.relu(self.narrow[block](made)), scale_factor=2.0)
                for values in entering(block):
                    made = made + values
            made = functional.relu(self.stages[block](functional.relu(made)))
        picture: Tensor = self.leave(made)
        return picture


def _conv(before: int, after: int) -> nn.Conv2d:
    return nn.Conv2d(before, after, 3, padding=1, padding_mode="replicate")
