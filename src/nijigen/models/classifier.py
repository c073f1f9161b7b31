"""The auxiliary classifier: reads the label vector off a picture, beside any family's discriminator."""

import math
from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from nijigen.models.contract import Shape

PLACES = 4  # across: words of a picture are told by where they stand as well (a mouth, a thing on the head)
DROPOUT = 0.2
SLOPE = 0.2


class Classifier(nn.Module):
    """Convolutions that halve the picture down to 4 × 4 places, and one linear layer to all label columns.

    A network of its own and not a head of the discriminator, so that it fits every family, reads what it has learned
    from real pictures alone and is not bound as a critic is (ControlGAN: Lee & Seok 2019, 1708.00598). Without
    normalisation: batch statistics of made pictures must not reach it.

    Args:
        shape: of the model; smaller pictures, of a model that grows, are enlarged to it.
        blocks: columns of each attribute in the label vector, in order.
        width: channels of the first layer; doubled at each halving, up to four times as many.
    """

    def __init__(self, shape: Shape, blocks: Sequence[int], width: int) -> None:
        super().__init__()
        self.shape, self.blocks = shape, tuple(blocks)
        layers: list[nn.Module] = []
        inputs, size, outputs = shape.channels, shape.resolution, width
        while size > PLACES:
            layers += [nn.Conv2d(inputs, outputs, 4, stride=2, padding=1), nn.LeakyReLU(SLOPE, inplace=True)]
            inputs, size, outputs = outputs, size // 2, min(2 * outputs, 4 * width)
        self.body = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(DROPOUT), nn.Linear(inputs * size**2, sum(self.blocks)))
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, SLOPE)
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]  # these convolutions have one
            elif isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=1 / math.sqrt(layer.in_features))
                nn.init.zeros_(layer.bias)

    def forward(self, images: Tensor) -> Tensor:
        """Pictures ``[N, C, r, r]`` with r up to the resolution → logits ``[N, label_width]``, to be read by block."""
        if images.shape[-1] != self.shape.resolution:
            images = functional.interpolate(images, size=self.shape.resolution)
        logits: Tensor = self.head(self.body(images))
        return logits
