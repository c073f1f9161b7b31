"""The labeler: a small network that says what attributes a picture shows, and how sure it is.

One pass gives both the logits and, from the layer under them, the features that distances between sets of pictures are
measured in. It is plain and small, because it is to run on any machine beside the generator that it judges: ten
convolutions down to 4 × 4 places, one dense layer, and a linear head for each attribute.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.schema import Attribute, AttributeSchema

SIZE = 64  # pixels a side that the network sees
WIDTHS = (32, 64, 128, 256)  # channels at 32, 16, 8 and 4 places a side
FEATURES = 256
RESIZER = f"bicubic, antialiased (torch), to {SIZE} px"


class Seen(NamedTuple):
    """What the labeler sees in pictures.

    Attributes:
        features: float32 ``[N, width]``.
        logits: for each attribute ``[N, values]``, before calibration.
        places: float32 ``[N, channels]``, means over places at three depths: texture rather than meaning.
    """

    features: Tensor
    logits: dict[str, Tensor]
    places: Tensor


class Labeler(nn.Module):
    """Reads the categorical attributes of a schema.

    Attributes:
        schema: what it can read.
        size: pixels a side that it sees; pictures of other sizes are resized.
        width: features a picture.
        temperatures: float32 ``[attributes]``; logits are divided by them (1706.04599, "On Calibration of Modern Neural
            Networks", §4.2).
    """

    temperatures: Tensor
    middle: Tensor
    spread: Tensor
    usual: Tensor

    def __init__(self, schema: AttributeSchema, hidden: tuple[Attribute, ...] = ()) -> None:
        """
        Args:
            hidden: continuous attributes that are learned beside, so that features know of shapes too; their heads are
                not kept in the file.
        """
        super().__init__()
        self.schema = AttributeSchema(attribute for attribute in schema.attributes if not attribute.continuous)
        self.hidden = hidden
        self.size, self.width = SIZE, FEATURES
        first, second, third, last = WIDTHS
        self.stages = nn.ModuleList(
            [
                nn.Sequential(_Layer(3, first, 2), _Layer(first, first)),
                nn.Sequential(_Layer(first, second, 2), _Residual(second)),
                nn.Sequential(_Layer(second, third, 2), _Residual(third)),
                _Layer(third, last, 2),
            ]
        )
        self.dense = nn.Linear(last * (SIZE // 16) ** 2, FEATURES, bias=False)
        self.norm = nn.BatchNorm1d(FEATURES)
        self.dropout = nn.Dropout(0.1)
        # A list, since a dictionary of modules refuses names like "type".
        attributes = (*self.schema.attributes, *hidden)
        self.heads = nn.ModuleList(nn.Linear(FEATURES, attribute.width) for attribute in attributes)
        self.register_buffer("temperatures", torch.ones(len(self.schema.attributes)))
        depths = sum(WIDTHS[1:])
        # See features/familiar.py: mean of ``places``, what makes their spread even, and the usual distance.
        self.register_buffer("middle", torch.zeros(depths))
        self.register_buffer("spread", torch.eye(depths))
        self.register_buffer("usual", torch.ones(()))

    def forward(self, pictures: Tensor) -> Seen:
        """Pictures uint8 ``[N, 3, H, W]``, RGB, any H and W → what is seen. Rows do not reach each other."""
        return self.look(self.shrink(pictures))

    def shrink(self, pictures: Tensor) -> Tensor:
        """Pictures uint8 ``[N, 3, H, W]`` → float32 ``[N, 3, size, size]`` in [-1, 1]."""
        return to_size(pictures.to(torch.float32).div_(127.5).sub_(1), self.size)

    def look(self, values: Tensor) -> Seen:
        """Values as :meth:`shrink` gives them → what is seen."""
        *stages, features = self.depths(values)
        names = (*self.schema.names, *(attribute.name for attribute in self.hidden))
        logits = {name: head(features) for name, head in zip(names, self.heads, strict=True)}
        return Seen(features, logits, torch.cat([seen.mean(dim=(2, 3)) for seen in stages[1:]], 1))

    def depths(self, values: Tensor) -> list[Tensor]:
        """Values as :meth:`shrink` gives them → what each stage sees ``[N, channels, H, W]``, and the features."""
        values, found = values.contiguous(memory_format=torch.channels_last), []
        for stage in self.stages:
            values = stage(values)
            found.append(values)
        return [*found, torch.relu(self.norm(self.dense(self.dropout(values.flatten(1)))))]

    @torch.no_grad()
    def probabilities(self, pictures: Tensor) -> dict[str, Tensor]:
        """Pictures uint8 ``[N, 3, H, W]`` → calibrated probabilities of each attribute's values, ``[N, values]``."""
        return self.calibrated(self(pictures).logits)

    def calibrated(self, logits: dict[str, Tensor]) -> dict[str, Tensor]:
        """Logits → probabilities, by each head's temperature; attributes learned beside are left out."""
        pairs = zip(self.schema.names, self.temperatures.tolist(), strict=True)
        return {name: functional.softmax(logits[name] / temperature, dim=1) for name, temperature in pairs}

    def strangeness(self, places: Tensor) -> Tensor:
        """How far pictures are from those it learned from, ``[N]``: up to 1 is usual, 2 is twice as far.

        Args:
            places: float32 ``[N, channels]``, of :class:`Seen`.
        """
        return ((places - self.middle) @ self.spread.T).square().mean(dim=1).sqrt() / self.usual

    def forget_hidden(self) -> None:
        """Drop the heads that were only learned beside."""
        self.hidden = ()
        self.heads = self.heads[: len(self.schema.attributes)]


def to_size(values: Tensor, size: int) -> Tensor:
    """Pictures float32 ``[N, 3, H, W]`` in [-1, 1] → ``[N, 3, size, size]``, by the resizer that ``RESIZER`` names."""
    if values.shape[-2:] == (size, size):
        return values
    return functional.interpolate(values, (size, size), mode="bicubic", antialias=True).clamp_(-1, 1)


class _Layer(nn.Sequential):
    """3 × 3 convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        convolution = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        super().__init__(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


class _Residual(nn.Module):
    """x + two convolutions, then ReLU (1512.03385, §3.2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _Layer(channels, channels)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, values: Tensor) -> Tensor:
        return torch.relu(values + self.norm(self.second(self.first(values))))
