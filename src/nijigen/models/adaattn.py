"""AdaAttN and SANet: a picture painted like another in one pass, by attention (2108.03647; 1812.02342).

At several depths of VGG19 every place of the content looks for places of the style that are like it. SANet takes the
features found there and adds them to the content's; AdaAttN takes their mean and deviation, and gives them to the
content's own features once these are normalised, so that nothing of the content's shapes is lost. A decoder makes a
picture of what comes out, from the deepest layer up.

Where the recipe asks, places of the content first look at each other, and so do those of the style (self-attention),
and the style looks at the content before the content looks at it (attention both ways).
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Literal, NamedTuple

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from nijigen.errors import NijigenError, did_you_mean
from nijigen.features.seeing import in_order, width_of
from nijigen.features.vgg_network import block_of, places
from nijigen.models.contract import Networks, Shape
from nijigen.models.painter import Painter, Seen
from nijigen.models.painting_decoder import Decoder
from nijigen.models.registry import Family, register
from nijigen.nn.attended import CrossAttention, Looked, as_places, found, found_statistics, joined, moments, thinned

LEAST = 16  # px


class AdaAttNOptions(BaseModel):
    """The ``[network]`` table of an AdaAttN recipe."""

    model_config = ConfigDict(extra="forbid")

    layers: tuple[str, ...] = Field(
        ("conv2_1", "conv3_1"), min_length=1, description="of VGG19, where styles are found"
    )
    transfer: Literal["statistics", "features"] = Field(
        "statistics", description="statistics: mean and deviation of what is found (AdaAttN); features: itself (SANet)"
    )
    self_attention: bool = Field(False, description="places of each picture look at each other first")
    both_ways: bool = Field(False, description="the style looks at the content before the content looks at it")
    attention_width: int = Field(64, ge=4, le=1024, description="channels of queries and keys")
    width: int = Field(
        64, ge=4, le=256, description="decoder channels at full size; doubled at each halving, to 8 times"
    )
    keys: int = Field(4096, ge=16, le=65536, description="places of a style looked at, at most: a grid of them")


class Studied(NamedTuple):
    """What one depth keeps of a content and a style.

    Attributes:
        mean, deviation: of the content's joined features, ``[N, J, 1, 1]``.
        itself: what the content finds in itself, where it looks there.
        style: what it finds in the style.
    """

    mean: Tensor
    deviation: Tensor
    itself: Looked | None
    style: Looked


class Depth(nn.Module):
    """The attention at one layer of VGG19.

    Args:
        channels: of the layer; joint: of all layers up to it, by which places are compared.
    """

    def __init__(self, channels: int, joint: int, options: AdaAttNOptions) -> None:
        super().__init__()
        inner = options.attention_width
        self.statistics, self.most = options.transfer == "statistics", options.keys
        self.itself = CrossAttention(joint, inner) if options.self_attention else None
        self.back = CrossAttention(joint, inner) if options.both_ways else None
        self.query, self.key = (nn.Conv2d(joint, inner, 1, bias=False) for _ in range(2))
        self.value = nn.Conv2d(channels, channels, 1)
        self.output = None if self.statistics else nn.Conv2d(channels, channels, 1)
        # At first a place finds what is like it, as plain products of features say, and takes it as it is: random
        # projections keep products (Johnson and Lindenstrauss), and these also keep what is divided by √d.
        nn.init.normal_(self.query.weight, 0, (inner * joint) ** -0.25)
        with torch.no_grad():
            self.key.weight.copy_(self.query.weight)
        for conv in (self.value, self.output):
            if conv is not None and conv.bias is not None:
                nn.init.dirac_(conv.weight)
                nn.init.zeros_(conv.bias)

    def study(self, content: Tensor, style: Tensor, style_own: Tensor) -> Studied:
        """See :class:`Studied`; ``[N, J, H, W]``, ``[N, J, h, w]`` and ``[N, C, h, w]``."""
        mean, deviation = moments(content)
        style_mean, style_deviation = moments(style)
        normal = thinned((content - mean) / deviation, self.most)
        style = thinned((style - style_mean) / style_deviation, self.most)
        itself = None if self.itself is None else self.itself.look(normal)
        if self.itself is not None and itself is not None:
            normal, style = self.itself(normal, itself), self.itself(style, self.itself.look(style))
        if self.back is not None:
            style = self.back(style, self.back.look(normal))
        values = as_places(self.value(thinned(style_own, self.most)))
        return Studied(mean, deviation, itself, Looked(as_places(self.key(style)), values))

    def forward(self, content: Tensor, own: Tensor, studied: Sequence[Studied], shares: Sequence[float]) -> Tensor:
        """The content's features ``[N, C, H, W]`` in the style's.

        Args:
            content: the joined ones ``[N, J, H, W]``, whose last are ``own``.
        """
        normal = (content - studied[0].mean) / studied[0].deviation
        asking = normal
        if self.itself is not None and studied[0].itself is not None:
            asking = self.itself(normal, studied[0].itself)
        query = as_places(self.query(asking))
        mixed = torch.zeros_like(own)
        for one, share in zip(studied, shares, strict=True):
            if self.output is None:
                mean, deviation = (_laid_out(x, own) for x in found_statistics(query, *one.style))
                mixed = mixed + share * (deviation * normal[:, -own.shape[1] :] + mean)
            else:
                mixed = mixed + share * (own + self.output(_laid_out(found(query, one.style), own)))
        return mixed


class AdaAttN(Painter):
    """See the module; contents of any size whose sides are multiples of :attr:`multiple`."""

    def __init__(self, shape: Shape, options: AdaAttNOptions) -> None:
        super().__init__()
        self.shape, self.layers = shape, tuple(options.layers)
        self.multiple = 1 << block_of(self.layers[-1])
        self.reach = _reach(self.layers[-1])
        widths = [width_of(name) for name in self.layers]
        self.depths = nn.ModuleDict(
            {
                name: Depth(channels, joint, options)
                for name, channels, joint in zip(self.layers, widths, accumulate(widths), strict=True)
            }
        )
        self.decoder = Decoder(self.layers, options.width)

    def study(self, content: Seen, style: Seen) -> dict[str, Studied]:
        """See :class:`Painter`."""
        return {
            name: depth.study(joint_of(content, self.layers, name), joint_of(style, self.layers, name), style[name])
            for name, depth in self._named()
        }

    def paint(self, content: Seen, studies: Sequence[dict[str, Studied]], shares: Sequence[float] = (1.0,)) -> Tensor:
        """See :class:`Painter`."""
        painted = {
            name: depth(joint_of(content, self.layers, name), content[name], [study[name] for study in studies], shares)
            for name, depth in self._named()
        }
        made: Tensor = self.decoder(painted)
        return made

    def _named(self) -> list[tuple[str, Depth]]:
        return [(name, depth) for name, depth in self.depths.items() if isinstance(depth, Depth)]


def joint_of(seen: Seen, layers: Sequence[str], name: str) -> Tensor:
    """All of some layers up to one, at its size; the last channels are its own."""
    size = (seen[name].shape[-2], seen[name].shape[-1])
    return joined([seen[other] for other in layers[: list(layers).index(name) + 1]], size)


def _laid_out(found_there: Tensor, like: Tensor) -> Tensor:
    """``[N, HW, C]`` → ``[N, C, H, W]``."""
    return found_there.transpose(1, 2).reshape(like.shape)


def _reach(deepest: str) -> int:
    """A pixel of its size for each 3×3 convolution of VGG19 and of the decoder, and for each halving and doubling."""
    order = list(places())
    down = sum(1 << block_of(name) for name in order[: order.index(deepest) + 1])
    up = sum(3 << block for block in range(block_of(deepest) + 1))
    return down + up + (2 << block_of(deepest)) + 1


def check_shape(shape: Shape, options: AdaAttNOptions) -> None:
    """See that a painter can work at a size.

    Raises:
        NijigenError: there is no colour, layers are none of VGG19's or in another order, or sides cannot be halved.
    """
    if shape.channels != 3:
        raise NijigenError(f"painters work on pictures without transparency: set channels=3, not {shape.channels}")
    known = places()
    for name in options.layers:
        if name not in known:
            near = did_you_mean(name, known)
            raise NijigenError(f"network.layers={name!r} is no layer of VGG19{near}: use some of {', '.join(known)}")
    if list(options.layers) != in_order(options.layers):
        right = ", ".join(in_order(options.layers))
        raise NijigenError(f"network.layers go from the picture's side on, each once: use {right}")
    multiple = 1 << block_of(options.layers[-1])
    if shape.resolution < max(LEAST, 4 * multiple) or shape.resolution % multiple:
        raise NijigenError(
            f"{options.layers[-1]} is of pictures halved {block_of(options.layers[-1])} times: "
            f"resolution={shape.resolution} must be a multiple of {multiple} from {max(LEAST, 4 * multiple)} on"
        )


def build(shape: Shape, options: AdaAttNOptions) -> Networks:
    """The painter, with fresh weights from torch's global random state."""
    return {"generator": AdaAttN(shape, options)}


register(
    Family(
        "adaattn", AdaAttNOptions, build, check=check_shape, networks=("generator",), kind="painter", game="painting"
    )
)
