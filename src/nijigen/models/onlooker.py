"""A discriminator that looks with the eyes of the bundled labeler and only learns to judge.

Few pictures are too few to learn to see from. Where a model has no discriminator beside it whose first stages could be
frozen (FreezeD, 2002.10964), the stages of a network that reads attributes of drawings take their place, as pretrained
features do in Projected GANs (Sauer et al. 2021, 2111.01007); small heads on them are learned. Heads on the first two
stages judge patches, those on the last two the whole picture (relaxed realism: 2104.06820, §3.2).
"""

from typing import Literal

import torch
from torch import Tensor, nn

from nijigen.features.labeler_network import SIZE, WIDTHS, Labeler, to_size
from nijigen.models.contract import Discriminator, Shape
from nijigen.models.stylegan2_blocks import BiasedConv
from nijigen.nn.equalized import EqualizedConv2d, EqualizedLinear
from nijigen.nn.minibatch_std import MinibatchStd
from nijigen.schema import AttributeSchema

Part = Literal["all", "whole", "patches"]
HEAD = 64  # channels of a head
GROUP = 4  # pictures whose deviation the last head is shown
SEEN = 2  # stages whose places see a patch: 7 and 27 of 64 px a side


class Heads(nn.Module):
    """What is learned: two heads over patches and two over the whole picture."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.ModuleList(_Places(width) for width in WIDTHS[:SEEN])
        self.middle = _Places(WIDTHS[2])
        self.deviation = MinibatchStd(GROUP)
        self.conv = BiasedConv(WIDTHS[3] + 1, HEAD, 3)
        self.linear = EqualizedLinear(HEAD * (SIZE // 16) ** 2, 1)

    def forward(self, seen: list[Tensor], part: Part) -> Tensor:
        """What each stage sees ``[N, channels, H, W]`` → logits ``[N]``."""
        near = [head(values) for head, values in zip(self.patches, seen[:SEEN], strict=True)]
        if part == "patches":
            return torch.stack(near).mean(dim=0)
        end: Tensor = self.linear(self.conv(self.deviation(seen[3])).flatten(1)).squeeze(1)
        far = [self.middle(seen[2]), end]
        return torch.stack(far if part == "whole" else [*near, *far]).mean(dim=0)


class Onlooker(Discriminator):
    """Pictures of any size → logits, by the labeler's stages and heads of its own; it is told no labels.

    What is see-through is laid on grounds of random colours in training, on white else. Pictures larger than the
    labeler's own size are seen twice: as they are for patches, shrunken as a whole.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.eyes = Labeler(AttributeSchema()).stages
        self.heads = Heads()

    def open_eyes(self, labeler: Labeler) -> None:
        """Take over what a labeler has learned to see."""
        self.eyes.load_state_dict(labeler.stages.state_dict())

    def forward(self, images: Tensor, labels: Tensor, part: Part = "all") -> Tensor:
        """``[N, C, r, r]`` → logits ``[N]``; of patches, of the whole picture, or of all; labels count for nothing."""
        logits: Tensor = self.heads(self.look(self._on_ground(images), part), part)
        return logits

    def look(self, values: Tensor, part: Part) -> list[Tensor]:
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
