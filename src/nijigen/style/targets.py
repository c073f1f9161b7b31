"""What a painted picture is to have: the content of one, the Grams of others; and how far it is from that.

The distance of each layer is divided by what it would be from nothing, so that layers weigh alike whatever their
numbers are, as with the paper's network, whose weights were scaled to that end (1508.06576, methods); and a weight
means the same with Caffe's network and with torchvision's. The distance to a style is then divided by that of the
content itself: a pattern is many times as far from a drawing as another drawing is, and with one weight for both the
pattern would leave nothing of the content.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nijigen.errors import NijigenError, did_you_mean
from nijigen.features.vgg_network import Vgg
from nijigen.objectives.style import content_distance, gram, style_distance, total_variation
from nijigen.style.masks import both, guide_at
from nijigen.style.pictures import Planes
from nijigen.style.settings import Settings

STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")  # 1508.06576, methods
CONTENT_LAYER = "conv4_2"
WITHOUT_IT = "conv3_2"  # where the network ends before: deeper ones of block 3 cost more and look alike
TINY = 1e-12
NEAR = 0.02  # a content no farther from its style than this, of an empty picture's distance, counts as so far


@dataclass(frozen=True)
class Layers:
    """Which layers say what style and content are."""

    style: tuple[str, ...]
    content: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Both, without repeats."""
        return tuple(dict.fromkeys((*self.style, *self.content)))

    def deepest(self, network: Vgg) -> str:
        """The last that has to be run."""
        return max(self.all, key=network.layers.index)


def choose_layers(network: Vgg, settings: Settings) -> Layers:
    """Those that were asked for, or those of the paper that the network has.

    Raises:
        NijigenError: the network has no such layer; the flag is named.
    """
    for flag, names in (("--style-layers", settings.style_layers), ("--content-layers", settings.content_layers)):
        for name in names:
            if name not in network.layers:
                near, last = did_you_mean(name, network.layers), network.layers[-1]
                raise NijigenError(f"{flag} {name}{near}: this network has conv1_1 to {last}")
    style = settings.style_layers or tuple(name for name in STYLE_LAYERS if name in network.layers)
    known = (name for name in (CONTENT_LAYER, WITHOUT_IT) if name in network.layers)
    return Layers(style, settings.content_layers or (next(known, network.layers[-1]),))


class Target:
    """How far a picture is from what it is to be.

    Args:
        content: at the size to be painted.
        styles: at the size they are looked at, their colours as they are to be.
        masks: ``[1, 1, H, W]`` of the content's size, one for each style; None: everywhere.
    """

    def __init__(
        self,
        network: Vgg,
        layers: Layers,
        content: Planes,
        styles: Sequence[Planes],
        settings: Settings,
        masks: Sequence[Tensor | None] = (),
    ) -> None:
        self.network, self.layers, self.settings = network, layers, settings
        masks = masks or (None,) * len(styles)
        self._shares = settings.shares(len(styles))
        guides: dict[int, dict[str, Tensor | None]] = {}  # styles of one mask have one guide, and one Gram of it
        for mask in masks:
            plane = both(mask, content.alpha)
            guides.setdefault(id(mask), {name: guide_at(plane, name) for name in layers.style})
        self._guides = [guides[id(mask)] for mask in masks]
        with torch.no_grad():
            seen = network(content.colours, layers.all)
            self._content = {name: (seen[name], _from_nothing(seen[name].square())) for name in layers.content}
            self._grams = [self._grams_of(style) for style in styles]
            self._far = [max(NEAR, float(distance)) for distance in self._distances(seen)]
        self._visible = {name: guide_at(content.alpha, name) for name in layers.content}

    def parts(self, picture: Tensor) -> dict[str, Tensor]:
        """``content``, ``style`` and ``tv`` of a picture ``[1, 3, H, W]``, not weighed; each a scalar with a graph.

        ``content`` is 1 of an empty picture, ``style`` of the content itself.
        """
        seen = self.network(picture, self.layers.all)
        content = picture.new_zeros(())
        for name, (wanted, scale) in self._content.items():
            content = content + content_distance(seen[name], wanted, self._visible[name]) / scale
        return {
            "content": content / len(self._content),
            "style": self._style(seen),
            "tv": total_variation(picture),
        }

    def loss(self, parts: dict[str, Tensor]) -> Tensor:
        """The parts, weighed."""
        weights = self.settings
        return (
            weights.content_weight * parts["content"]
            + weights.style_weight * parts["style"]
            + weights.tv_weight * parts["tv"]
        )

    def _style(self, seen: dict[str, Tensor]) -> Tensor:
        distances = self._distances(seen)
        weighed = [share / far * each for share, far, each in zip(self._shares, self._far, distances, strict=True)]
        return torch.stack(weighed).sum()

    def _distances(self, seen: dict[str, Tensor]) -> list[Tensor]:
        """To each style, the mean over layers; 1 is as far as an empty picture."""
        made: dict[tuple[str, int], Tensor] = {}
        distances = []
        for guides, grams in zip(self._guides, self._grams, strict=True):
            rows = []
            for name, (wanted, scale) in grams.items():
                key = name, id(guides)
                if key not in made:
                    made[key] = gram(seen[name], guides[name])
                rows.append(style_distance(made[key], wanted) / scale)
            distances.append(torch.stack(rows).mean())
        return distances

    def _grams_of(self, style: Planes) -> dict[str, tuple[Tensor, Tensor]]:
        seen = self.network(style.colours, self.layers.style)
        grams = {name: gram(values, guide_at(style.alpha, name)) for name, values in seen.items()}
        return {name: (wanted, _from_nothing(wanted.square()) / 2) for name, wanted in grams.items()}


def _from_nothing(squares: Tensor) -> Tensor:
    """Half the mean of squares: the content distance of nothing."""
    return squares.mean() / 2 + TINY
