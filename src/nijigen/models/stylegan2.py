"""StyleGAN2 (Karras et al. 2020, 1912.04958), and the same networks with adaptive augmentation (2006.06676).

Unconditional networks have exactly the published number of parameters (``tests/models/test_stylegan2.py``). Labels
enter as in the published conditional networks: in the generator an embedding beside the noise, in the discriminator a
mapping network of the label that the features are projected on (Miyato & Koyama 2018, 1802.05637).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.models.contract import LATENT, Discriminator, Entrance, Generator, Networks, Part, Shape
from nijigen.models.registry import Family, register
from nijigen.models.stylegan2_blocks import (
    BiasedConv,
    FirstBlock,
    Judge,
    Mapping,
    ResidualBlock,
    SynthesisBlock,
    SynthesisLayer,
)
from nijigen.models.stylegan2_options import StyleGAN2Options, check_shape
from nijigen.nn.equalized import EqualizedLinear
from nijigen.nn.growing import SMALLEST, block_name, resolutions
from nijigen.nn.modulated import ModulatedToImage
from nijigen.nn.palette import Palette, PaletteToImage
from nijigen.nn.places import Places
from nijigen.nn.retouch import Retouch

MEAN_LATENT_RATE = 0.002  # how fast the tracked mean follows, in parts of a batch


def widths(resolution: int, base: int, largest: int) -> dict[int, int]:
    """Features by resolution: {4: 512, 8: 512, …} for 16384 and 512."""
    return {side: max(min(base // side, largest), 1) for side in resolutions(4, resolution)}


class StyleGAN2Generator(Generator):
    """Mapping network → one latent a layer → sum of the pictures of all resolutions (skip generator).

    With ``palette`` the sum says how much of each of a few colours a pixel has, and the colours follow the latent; with
    ``unfold`` the finest features are at a half or a quarter of the resolution and stand for 2×2 or 4×4 pixels; with
    ``places`` layers know where in the picture they are. With ``skip`` folded what smaller pictures say of colours is
    added before features unfold, alike for all their pixels; with none the finest features alone make the picture. With
    ``retouch`` convolutions go over the finished picture.

    ``layers`` rows of the latent, from coarse to fine, two a resolution: one for features of 4 px, two for those of
    each doubling, and one for the last colours; other colours share the row of the features that come next.

    Attributes:
        latent_mean: running mean of the latents seen in training, ``[latent_width]``, for truncation.
    """

    latent_mean: Tensor

    def __init__(self, shape: Shape, options: StyleGAN2Options) -> None:
        super().__init__()
        self.shape, self.z_dim, self.decided = shape, options.latent, options.choices
        width = options.latent_width
        finest = shape.resolution // options.unfold
        features = widths(finest, options.channel_base, options.max_width)
        planes = options.palette or shape.channels  # what blocks add up: how much of each colour, or the colours
        shown = dict.fromkeys(features, 0 if options.skip == "none" else planes)
        mixes = bool(options.palette) and options.skip != "full"  # the last shares of colours are made at the end
        shown[finest] = 0 if mixes else planes
        self.layers = 2 * len(features)
        self.mapping = Mapping(
            options.latent,
            shape.label_width,
            options.embedding,
            width,
            options.mapping_layers,
            options.mapping_rate,
            options.choices,
            options.fifths,
            options.heard,
        )
        self.register_buffer("latent_mean", torch.zeros(width))
        self.first = FirstBlock(features[4], shown[4], width)
        self.blocks = nn.ModuleDict(
            {
                block_name(side): SynthesisBlock(
                    features[side // 2],
                    count,
                    shown[side],
                    side,
                    2 * number - 1,
                    width,
                    side in options.attention,
                    options.unfold if side == finest else 1,
                )
                for number, (side, count) in enumerate(features.items())
                if number
            }
        )
        self.palette = None if mixes or not options.palette else Palette(width, options.palette, shape.channels)
        last = (features[finest], options.palette, shape.channels, width, options.unfold)
        self.to_image = PaletteToImage(*last) if mixes else None
        over = (shape.channels, features[finest], options.retouch, options.unfold)
        self.retouch = Retouch(*over) if options.retouch else None
        for layer in [module for module in self.modules() if isinstance(module, SynthesisLayer)]:
            layer.noise = layer.noise if options.noise else None
            layer.places = Places(layer.outputs, layer.resolution) if options.places else None
            layer.clamp = options.clamp
            if options.demodulation == "plain":
                layer.conv.floor *= layer.conv.scale**2
            if layer.noise is not None and options.noise_maps == "kept":
                layer.noise.keep()
        for colours in [module for module in self.modules() if isinstance(module, ModulatedToImage)]:
            colours.clamp = options.clamp

    def map(self, z: Tensor, labels: Tensor) -> Tensor:
        """``[N, z_dim]`` and ``[N, label_width]`` → ``[N, layers, latent_width]``, the same row for every layer."""
        latent: Tensor = self.mapping(z, labels)
        if self.training:
            self.latent_mean.lerp_(latent.detach().mean(dim=0), MEAN_LATENT_RATE)
        return latent[:, None].repeat(1, self.layers, 1)

    def entrances(self) -> list[Entrance]:
        """The styles of each layer and of its colours, and what the latent adds to the colours of a palette."""
        found = _entrances(0, [self.first.conv, self.first.to_image])
        for number, block in enumerate(self.blocks.values()):
            assert isinstance(block, SynthesisBlock)
            found += _entrances(2 * number + 1, [block.up, block.conv, block.to_image])
        return found + _entrances(self.layers - 1, [self.palette or self.to_image])

    def parts(self) -> list[Part]:
        """The mapping, a block for each resolution; what makes pixels of the finest features is the picture's."""
        sides = resolutions(SMALLEST, self.shape.resolution)
        found = [Part(side, block) for side, block in zip(sides, [self.first, *self.blocks.values()], strict=False)]
        shown = [*self.blocks.values()][-1].to_image
        lasts = (shown, self.palette, self.to_image, self.retouch)
        end = [Part(self.shape.resolution, last) for last in lasts if last is not None]
        return [Part(LATENT, self.mapping), Part(LATENT, self.latent_mean), *found, *end]

    def synthesize(self, latent: Tensor) -> Tensor:
        """``[N, layers, latent_width]`` → ``[N, C, R, R]``, a sum without bounds that learns to stay in [-1, 1]."""
        rows = latent.unbind(dim=1)
        x, image = self.first(rows[:2])
        for number, block in enumerate(self.blocks.values()):
            x, image = block(x, image, rows[2 * number + 1 : 2 * number + 4])
        if self.to_image is not None:
            image = self.to_image(x, rows[-1], image)
        elif self.palette is not None:
            image = self.palette(image, rows[-1])
        picture = as_picture(image)
        return picture if self.retouch is None else self.retouch(picture, x)


def _entrances(row: int, parts: Sequence[nn.Module | None]) -> list[Entrance]:
    """The dense layers that turn a latent into styles or colours, where each part takes the next row."""
    return [
        Entrance(number, module.scaled_weight())
        for number, part in enumerate(parts, row)
        for module in (part.modules() if part is not None else ())
        if isinstance(module, EqualizedLinear)
    ]


def as_picture(image: Tensor | None) -> Tensor:
    """What the last block showed: it always shows something, unless a palette does."""
    if image is None:
        raise TypeError("no block of this generator makes a picture")
    return image


class StyleGAN2Discriminator(Discriminator):
    """Pictures → residual blocks down to 4×4 → logit."""

    def __init__(self, shape: Shape, options: StyleGAN2Options) -> None:
        super().__init__()
        self.shape = shape
        base, self.fold = options.discriminator_base or options.channel_base, options.unfold
        finest = shape.resolution // self.fold
        features = widths(finest, base, options.discriminator_max_width or options.max_width)
        self.from_image = BiasedConv(shape.channels * self.fold**2, features[finest], 1)
        self.blocks = nn.ModuleDict(
            {
                block_name(side): ResidualBlock(count, features[side // 2], side in options.attention)
                for side, count in reversed(features.items())
                if side > 4
            }
        )
        self.judge = Judge(
            features[4], shape.label_width, options.minibatch_group, options.label_layers, options.mapping_rate
        )

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """``[N, C, R, R]`` and ``[N, label_width]`` → logits ``[N]``."""
        x = self.from_image(images if self.fold == 1 else functional.pixel_unshuffle(images, self.fold))
        for block in self.blocks.values():
            x = block(x)
        logits: Tensor = self.judge(x, labels)
        return logits

    def stages(self) -> list[nn.Module]:
        """Colours to features, one block a resolution, the judge."""
        return [self.from_image, *self.blocks.values(), self.judge]


def build(shape: Shape, options: StyleGAN2Options) -> Networks:
    """The two networks, with fresh weights from torch's global random state."""
    return {"generator": StyleGAN2Generator(shape, options), "discriminator": StyleGAN2Discriminator(shape, options)}


WIDTHS = ("channel_base", "max_width", "latent_width", "retouch", "discriminator_base", "discriminator_max_width")
HEARING = ("fifths", "heard")  # changes no shape
for name in ("stylegan2", "stylegan2-ada"):
    register(Family(name, StyleGAN2Options, build, check=check_shape, layered=True, widths=WIDTHS + HEARING))
