"""A style that pictures are drawn to while the game goes on (``[style]`` of a recipe): a phase of its own.

The Grams of what VGG19 sees in made pictures are to be those of a picture, or of a set of pictures in the mean
(1508.06576; as a loss of a network that learns: 1603.08155, §3.1). The game goes on holding what is drawn, the style
pulls at how. What is see-through is laid on a ground of any colour, which does not count: nothing is gained by growing.
"""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.features.vgg import find_vgg, read_vgg
from nijigen.features.vgg_network import BLOCKS, WIDTHS, Vgg, block_of, halved, places
from nijigen.machine import place
from nijigen.nn.resample import upsample2
from nijigen.objectives.style import gram, relative_style
from nijigen.objectives.translation import greyscale
from nijigen.training.game import Game
from nijigen.training.phases import Logged, Phase, Turn
from nijigen.training.recipe import Recipe
from nijigen.training.style_pictures import open_pictures

LAYERS = ("conv1_1", "conv2_1", "conv3_1")  # those of 1508.06576 that the network that is free has
PHASE = "style"
FEWER = 2  # half a batch: the path length has as many, and VGG19 costs more than small generators
FAINT = 1e-4  # what a hidden place counts at least: a picture of nothing has a Gram too
UNSEEN = 0.5  # what see-through style pictures are laid on


@dataclass(frozen=True)
class Style:
    """What pictures are to look like.

    Attributes:
        network: VGG19, frozen.
        wanted: the mean Gram ``[1, C, C]`` of the style pictures, by layer.
        side: pixels a side at which pictures are looked at.
        grey: only how light pictures are counts.
    """

    network: Vgg
    wanted: dict[str, Tensor]
    side: int
    grey: bool = False

    def distance(self, pictures: Tensor, ground: Tensor) -> Tensor:
        """How far made pictures are from the style, each by itself, in the mean; 0 is the style, 1 an empty picture.

        Args:
            pictures: ``[N, 3 or 4, R, R]`` in [-1, 1]; of four channels, premultiplied RGBA, of which alpha gets no
                slope.
            ground: ``[N, 3, 1, 1]`` in [0, 1].
        """
        colours, alpha = (pictures[:, :3] + 1) / 2, None
        if pictures.shape[1] == 4:
            alpha = ((pictures[:, 3:].detach() + 1) / 2).clamp(0, 1)
            colours = colours + (1 - alpha) * ground
        while colours.shape[-1] < self.side:
            colours = doubled(colours)
            alpha = None if alpha is None else doubled(alpha)
        grams = grams_of(self.network, tuple(self.wanted), colours, alpha, self.grey)
        return torch.stack([relative_style(grams[name], wanted) for name, wanted in self.wanted.items()]).mean()


def grams_of(
    network: Vgg, layers: tuple[str, ...], colours: Tensor, alpha: Tensor | None, grey: bool
) -> dict[str, Tensor]:
    """The Gram ``[N, C, C]`` of each layer for colours ``[N, 3, H, W]`` in 0…1, hidden places left out."""
    seen, grams = network(greyscale(colours) if grey else colours, layers), {}
    guide, block = alpha, 0
    for name in sorted(layers, key=network.layers.index):
        while guide is not None and block < block_of(name):
            guide, block = halved(guide), block + 1
        grams[name] = gram(seen[name], None if guide is None else guide.clamp_min(FAINT))
    return grams


def doubled(pictures: Tensor) -> Tensor:
    """``[N, C, H, W]`` → ``[N, C, 2H, 2W]``; beyond the edge a picture goes on as it ends."""
    wide = torch.cat([pictures[..., :1], pictures, pictures[..., -1:]], dim=-1)
    whole = torch.cat([wide[..., :1, :], wide, wide[..., -1:, :]], dim=-2)
    return upsample2(whole)[..., 2:-2, 2:-2]


def open_style(recipe: Recipe, device: torch.device) -> Style | None:
    """The style of a recipe: its pictures looked at once; None where it has none.

    Raises:
        NijigenError: a picture cannot be used, the network is not here, or has not the layers.
    """
    if not recipe.style.weight:
        return None
    network = place(read_vgg(find_vgg(flag=None)), device)
    layers = recipe.style.layers or LAYERS
    for name in layers:
        if name not in network.layers:
            raise NijigenError(f"style.layers: the VGG19 that is here ends at {network.layers[-1]}, before {name}")
    side = recipe.resolution * recipe.style.enlarge
    total: dict[str, Tensor] = {}
    pictures = open_pictures(recipe.style.pictures)
    with torch.no_grad():
        for image in pictures:
            colours, alpha = _planes(image, side, device)
            for name, found in grams_of(network, layers, colours, alpha, recipe.style.grey).items():
                total[name] = total.get(name, torch.zeros_like(found)) + found / len(pictures)
    return Style(network, total, side, recipe.style.grey)


def stand_in_style(recipe: Recipe, device: torch.device) -> Style | None:
    """A style of nothing, seen by a network of random weights: it costs as much, and nothing has to be found."""
    if not recipe.style.weight:
        return None
    widths = [width for width, count in zip(WIDTHS, BLOCKS, strict=True) for _ in range(count)]
    layers = recipe.style.layers or LAYERS
    deepest = 1 + max(list(places()).index(name) for name in layers)
    with device:  # tensors without contents cannot be moved
        network = Vgg(widths[:deepest]).eval().requires_grad_(False)
    wanted = {name: torch.zeros(1, network.widths[name], network.widths[name], device=device) for name in layers}
    return Style(network, wanted, recipe.resolution * recipe.style.enlarge, recipe.style.grey)


def style_phase(game: Game, style: Style) -> Phase:
    """The phase that pulls made pictures to a style, weighted up by how seldom it comes."""
    recipe = game.recipe
    often = recipe.discriminator_steps * recipe.style.every

    def loss(networks: dict[str, torch.nn.Module], turn: Turn) -> tuple[Tensor, Logged]:
        pictures = game.make(networks, turn, turn.batches["images"])
        distance = style.distance(pictures, turn.uniform(len(pictures), 3, 1, 1))
        return recipe.style.weight * recipe.style.every * distance, {"style": distance}

    begins = max(recipe.adapt.first, recipe.lesson.alone)
    return Phase(PHASE, ("generator",), {"images": False}, often, loss, shrink=FEWER, begins=begins)


def _planes(image: Image.Image, side: int, device: torch.device) -> tuple[Tensor, Tensor | None]:
    """Colours ``[1, 3, H, W]`` and alpha ``[1, 1, H, W]`` (None: opaque) in 0…1; the longer side has ``side`` px."""
    factor = side / max(image.size)
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    if image.mode == "RGBA":
        premultiplied = np.array(image.convert("RGBa").resize(size, Image.Resampling.LANCZOS))
        values = torch.from_numpy(premultiplied).permute(2, 0, 1)[None].float().div_(255).to(device)
        return values[:, :3] + (1 - values[:, 3:]) * UNSEEN, values[:, 3:]
    small = np.array(image.resize(size, Image.Resampling.LANCZOS))
    return torch.from_numpy(small).permute(2, 0, 1)[None].float().div_(255).to(device), None
