"""Choices: numbers of the noise that decide between several things, shown as the part of their range they lie in.

A drawing has its clip on the left or on the right, and its tie is a bow, a band or a puff: chance decided it by a
number, in steps. A few dense layers bend slowly from one side of a step to the other, and what lies between a left clip
and a right one is two halves. So the range of such a number is cut into equal parts, each as likely, and the layers are
told which part it is in: then a choice is a sum of parts. Twenty-four do for most choices, and fifths for the others.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

PARTS = 24  # divided without rest by two, three, four, six, eight and twelve things
FIFTHS = 5
EDGE = 0.1 / PARTS  # of the range, at each side of a border: so far two parts are both there a little


class Choices(nn.Module):
    """Noise → what parts of ranges add to a layer; before training nothing.

    Args:
        numbers: which numbers of the noise.
        width: of the layer.
        count: parts of each.
    """

    numbers: Tensor
    middles: Tensor

    def __init__(self, numbers: Sequence[int], width: int, count: int = PARTS) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(width, count * len(numbers)))
        self.register_buffer("numbers", torch.tensor(list(numbers)), persistent=False)
        self.register_buffer("middles", torch.arange(count) + 0.5, persistent=False)
        self.count, self.edge, self.scale = count, EDGE * count, count**-0.5

    def forward(self, z: Tensor) -> Tensor:
        """Normal noise ``[N, z_dim]`` → ``[N, width]``."""
        found: Tensor = nn.functional.linear(self.parts(z).flatten(1), self.weight * self.scale)
        return found

    def parts(self, z: Tensor) -> Tensor:
        """How much each number lies in each part of its range, ``[N, numbers, count]``; of a number they add up to 1.

        One part has all of it but near a border, where two have shares that add up.
        """
        place = torch.special.ndtr(z[:, self.numbers]) * self.count
        # The ends have no neighbour to share with.
        place = place.clamp(self.edge, self.count - self.edge)[:, :, None]
        shares: Tensor = (0.5 + self.edge - (place - self.middles).abs()) / (2 * self.edge)
        return shares.clamp(0, 1)
