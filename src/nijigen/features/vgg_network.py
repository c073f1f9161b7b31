"""VGG19 for style transfer and perceptual losses: what its convolutions see (1409.1556, table 1, E).

Sixteen convolutions of 3×3 in five blocks, each followed by ReLU, with a pooling between blocks; the layers that only
name what is in a picture are left out. ``conv3_4`` is the fourth convolution of the third block, after its ReLU.
"""

from collections.abc import Collection, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

BLOCKS = (2, 2, 4, 4, 4)  # convolutions of each block
WIDTHS = (64, 128, 256, 512, 512)  # channels of each block

# What is taken from red, green and blue in 0…1, and by what the rest is multiplied, in the order of the channels that
# the first layer reads. Caffe's network was trained on blue, green, red in 0…255, torchvision's on scaled red, green,
# blue.
CAFFE_MEAN = tuple(level / 255 for level in (123.68, 116.779, 103.939))
EXPECTS = {
    "caffe": (CAFFE_MEAN, (255.0, 255.0, 255.0), (2, 1, 0)),
    "torchvision": ((0.485, 0.456, 0.406), (1 / 0.229, 1 / 0.224, 1 / 0.225), (0, 1, 2)),
}
POOLINGS = ("average", "max")


def places() -> dict[str, int]:
    """Every convolution and its number among the layers as published: ``conv1_1`` is ``features.0``."""
    numbers, number = {}, 0
    for block, count in enumerate(BLOCKS, 1):
        for index in range(1, count + 1):
            numbers[f"conv{block}_{index}"] = number
            number += 2  # a ReLU follows
        number += 1  # a pooling follows
    return numbers


def block_of(layer: str) -> int:
    """0 for ``conv1_…``, 4 for ``conv5_…``: how often the picture was halved before."""
    return int(layer[4]) - 1


class Vgg(nn.Module):
    """VGG19 up to some convolution.

    Args:
        channels: of each convolution that there is, from ``conv1_1`` on.
        pooling: ``average``, as the paper on style advises (1508.06576, methods), or ``max``, as it was trained.
        expects: ``caffe`` or ``torchvision``: what the first layer reads, see :data:`EXPECTS`.

    Attributes:
        layers: names of the convolutions, in order.
    """

    means: Tensor
    scales: Tensor

    def __init__(self, channels: Sequence[int], pooling: str = "average", expects: str = "caffe") -> None:
        super().__init__()
        self.layers = tuple(places())[: len(channels)]
        self.widths = dict(zip(self.layers, channels, strict=True))
        befores = (3, *channels)
        self.features = nn.ModuleDict(
            {
                str(places()[name]): nn.Conv2d(before, after, 3, padding=1)
                for name, before, after in zip(self.layers, befores, channels, strict=False)
            }
        )
        self.pooling = pooling
        means, scales, self.order = EXPECTS[expects]
        self.register_buffer("means", torch.tensor(means)[:, None, None], persistent=False)
        self.register_buffer("scales", torch.tensor(scales)[:, None, None], persistent=False)

    def forward(self, pictures: Tensor, wanted: Collection[str]) -> dict[str, Tensor]:
        """What the wanted layers see, after their ReLU; layers behind the last of them are not run.

        Args:
            pictures: ``[N, 3, H, W]``, red, green, blue in 0…1, any H and W from 1 px on.

        Returns:
            Name → ``[N, C, ⌈H / 2ᵇ⌉, ⌈W / 2ᵇ⌉]``, b poolings before it.
        """
        values = ((pictures - self.means) * self.scales)[:, self.order]
        seen: dict[str, Tensor] = {}
        for name, number in places().items():
            if len(seen) == len(set(wanted)):
                break
            if name.endswith("_1") and number:
                values = halved(values, self.pooling)
            values = functional.relu(self.features[str(number)](values))
            if name in wanted:
                seen[name] = values
        return seen


def halved(values: Tensor, pooling: str = "average") -> Tensor:
    """Half as high and wide; an odd row or column at the end counts by itself, as in Caffe, so nothing becomes 0 px."""
    pool = functional.avg_pool2d if pooling == "average" else functional.max_pool2d
    made: Tensor = pool(values, 2, 2, ceil_mode=True)
    return made
