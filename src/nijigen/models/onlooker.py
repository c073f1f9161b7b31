"""A discriminator that looks with the eyes of the bundled labeler and only learns to judge.

Few pictures are too few to learn to see from. Where a model has no discriminator beside it whose first stages could be
frozen (FreezeD, 2002.10964), the stages of a network that reads attributes of drawings take their place, as pretrained
features do in Projected GANs (Sauer et al. 2021, 2111.01007); small heads on them are learned. Heads on the first two
stages judge patches, those on the last two the whole picture (relaxed realism: 2104.06820, §3.2). Eyes that do not
learn overlook what they were never shown, stripes a pixel wide and haze where nothing is, and a generator soon finds
that out: so one more head looks at the pixels themselves, in patches small enough to learn from few pictures.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.features.labeler_network import SIZE, WIDTHS, Labeler, to_size
from nijigen.models.contract import Discriminator, Shape
from nijigen.models.stylegan2_blocks import BiasedConv
from nijigen.nn.equalized import EqualizedConv2d, EqualizedLinear
from nijigen.nn.minibatch_std import MinibatchStd
from nijigen.schema import AttributeSchema

Extent = Literal["all", "whole", "patches"]
HEAD = 64  # channels of a head
FINE = (32, 48)  # channels of the one that looks at pixels, nine a side
LEAST = 8  # px that it needs: those of growing models are smaller at first
GROUP = 4  # pictures whose deviation the last head is shown
SEEN = 2  # stages whose places see a patch: 7 and 27 of 64 px a side


class Heads(nn.Module):
    """What is learned: a head over pixels, two over patches and two over the whole picture."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pixels = nn.Sequential(
            BiasedConv(channels, FINE[0], 3),
            BiasedConv(FINE[0], FINE[0], 3, stride=2),
            BiasedConv(FINE[0], FINE[1], 3, stride=2),
            EqualizedConv2d(FINE[1], 1, 1),
        )
        self.patches = nn.ModuleList(_Places(width) for width in WIDTHS[:SEEN])
        self.middle = _Places(WIDTHS[2])
        self.deviation = MinibatchStd(GROUP)
        self.conv = BiasedConv(WIDTHS[3] + 1, HEAD, 3)
        self.linear = EqualizedLinear(HEAD * (SIZE // 16) ** 2, 1)

    def forward(self, images: Tensor, seen: list[Tensor], part: Extent) -> Tensor:
        """Pictures ``[N, C, r, r]`` and what each stage sees ``[N, channels, H, W]`` → logits ``[N]``."""
        said: list[Tensor] = []
        if part != "whole":
            large = images if images.shape[-1] >= LEAST else functional.interpolate(images, size=LEAST)
            said += [self.pixels(large).mean(dim=(1, 2, 3))]
            said += [head(values) for head, values in zip(self.patches, seen[:SEEN], strict=True)]
        if part != "patches":
            end = self.linear(self.conv(self.deviation(seen[3])).flatten(1)).squeeze(1)
            said += [self.middle(seen[2]), end]
        return torch.stack(said).sum(dim=0)  # as the logarithms of odds of witnesses who do not know each other


class Onlooker(Discriminator):
    """Pictures of any size → logits, by the labeler's stages and heads of its own; it is told no labels.

    What is see-through is laid on grounds of random colours in training, on white else. Pictures larger than the
    labeler's own size are seen twice: as they are for patches, shrunken as a whole.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.eyes = Labeler(AttributeSchema()).stages
        self.heads = Heads(shape.channels)

    def open_eyes(self, labeler: Labeler) -> None:
        """Take over what a labeler has learned to see."""
        self.eyes.load_state_dict(labeler.stages.state_dict())

    def forward(self, images: Tensor, labels: Tensor, part: Extent = "all") -> Tensor:
        """``[N, C, r, r]`` → logits ``[N]``; of patches, of the whole picture, or of all; labels count for nothing."""
        logits: Tensor = self.heads(images, self.look(self._on_ground(images), part), part)
        return logits

    def look(self, values: Tensor, part: Extent) -> list[Tensor]:
        """Pictures ``[N, 3, r, r]`` in [-1, 1] → what each stage sees of them."""
        large = values.shape[-1] > SIZE
        seen = self._through(values, SEEN) if large and part != "whole" else []
        if part == "patches" and large:
            return seen
        small = self._through(to_size(values, SIZE), SEEN if part == "patches" else len(self.eyes))
        return [*(seen or small[:SEEN]), *small[SEEN:]]

    def stages(self) -> list[nn.Module]:
        """The labeler's stages, then the heads."""
        return [*self.eyes, self.heads]

    def _through(self, values: Tensor, count: int) -> list[Tensor]:
        seen = []
        for stage in list(self.eyes)[:count]:
            values = stage(values)
            seen.append(values)
        return seen

    def _on_ground(self, images: Tensor) -> Tensor:
        if images.shape[1] == 3:
            return images
        size = (len(images), 3, 1, 1)
        ground = torch.rand(size, device=images.device) if self.training else images.new_ones(size)
        return images[:, :3] + (1 - images[:, 3:]) * ground


class _Places(nn.Module):
    """Features → a judgement of each place, and their mean ``[N]``."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.conv = BiasedConv(inputs, HEAD, 1)
        self.judge = EqualizedConv2d(HEAD, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        judged: Tensor = self.judge(self.conv(x))
        return judged.mean(dim=(1, 2, 3))
