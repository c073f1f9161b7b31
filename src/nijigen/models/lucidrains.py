"""StyleGAN2 as lucidrains' stylegan2-pytorch has it: for what is imported from there, and to be trained further.

It differs from the paper's (1912.04958) in what decides pictures, so that its weights fit no other family: features are
doubled bilinearly before the convolution, colours bilinearly and then blurred; there is one row of the latent for each
resolution; activations have no gain; noise is uniform in [0, 1], one image for all layers, with a strength and an
offset for each channel; noise z is brought to length 1. Written from its published parameter names and shapes
(``docs/interop.md``). The discriminator is StyleGAN2's.
"""

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional

from nijigen.models.contract import LATENT, Entrance, Generator, Networks, Part, Shape
from nijigen.models.contract import embedding as embedding_part
from nijigen.models.registry import Family, register
from nijigen.models.stylegan2 import MEAN_LATENT_RATE, StyleGAN2Discriminator, widths
from nijigen.models.stylegan2_blocks import activate
from nijigen.models.stylegan2_options import StyleGAN2Options, check_shape
from nijigen.nn.attention import SelfAttention
from nijigen.nn.equalized import EqualizedConv2d, EqualizedLinear
from nijigen.nn.growing import block_name
from nijigen.nn.modulated import ModulatedConv2d, ModulatedToImage
from nijigen.nn.noise import NoiseInjection
from nijigen.nn.norm import PixelNorm
from nijigen.nn.resample import blur


class LucidrainsOptions(BaseModel):
    """The ``[network]`` table of a recipe of this family."""

    model_config = ConfigDict(extra="forbid")

    latent: int = Field(512, ge=1, le=4096, description="width of the noise z, of the latent w and of the mapping")
    embedding: int = Field(512, ge=1, le=4096, description="width of the label's embedding beside z")
    mapping_layers: int = Field(8, ge=1, le=16, description="dense layers from z to w")
    label_layers: int = Field(8, ge=1, le=16, description="dense layers of the discriminator from label to direction")
    mapping_rate: float = Field(0.1, gt=0, le=1, description="learning rate of the mapping, in parts of the rest's")
    capacity: int = Field(16, ge=1, le=1024, description="half the features of the full resolution")
    max_width: int = Field(512, ge=1, le=4096, description="features at most")
    straight: bool = Field(False, description="colours beside an alpha that they are not multiplied by yet")
    minibatch_group: int = Field(4, ge=1, le=256, description="pictures whose deviation the discriminator is shown")
    attention: tuple[int, ...] = Field((), description="resolutions with self-attention, in both networks")


class UniformNoise(NoiseInjection):
    """Noise uniform in [0, 1], of which all layers see the upper left corner, turned over, and an offset a channel."""

    def __init__(self, resolution: int, whole: int, layer: int, channels: int) -> None:
        self.whole = whole
        super().__init__(resolution, layer, channels)
        self.offset = nn.Parameter(torch.zeros(channels))

    def redraw(self, seed: int) -> None:
        """Replace the fixed map by the corner of the image of ``seed``."""
        self.seed = seed
        random = torch.Generator().manual_seed(seed)
        image = torch.rand(self.whole, self.whole, generator=random, device="cpu", dtype=torch.float32)
        self.fixed.copy_(image[: self.resolution, : self.resolution].T)

    def forward(self, x: Tensor, gain: float = 1.0) -> Tensor:
        """``[N, C, R, R]`` → the same shape; in training each layer has its own noise."""
        strength, offset = (self.strength * gain)[:, None, None], (self.offset * gain)[:, None, None]
        if self.training:
            side = (x.shape[0], 1, self.resolution, self.resolution)
            return x + offset + torch.rand(side, device=x.device, dtype=x.dtype) * strength
        return x + offset if self.scale == 0 else x + offset + self.fixed * (strength * self.scale)


class Layer(nn.Module):
    """Modulated 3×3 convolution, noise, leaky ReLU without a gain."""

    def __init__(self, inputs: int, outputs: int, style: int, side: int, whole: int, number: int) -> None:
        super().__init__()
        self.conv = ModulatedConv2d(inputs, outputs, 3, style)
        self.noise = UniformNoise(side, whole, number, outputs)

    def forward(self, x: Tensor, latent: Tensor) -> Tensor:
        """``[N, inputs, R, R]`` and ``[N, style]`` → ``[N, outputs, R, R]``."""
        return activate(self.noise(self.conv(x, latent)))


class Block(nn.Module):
    """One resolution: doubles the features unless it is the first, two layers, colours."""

    def __init__(
        self, inputs: int, outputs: int, channels: int, style: int, side: int, whole: int, number: int
    ) -> None:
        super().__init__()
        self.doubles = number > 0
        self.attention: SelfAttention | None = None
        self.first = Layer(inputs, outputs, style, side, whole, 2 * number)
        self.second = Layer(outputs, outputs, style, side, whole, 2 * number + 1)
        self.to_image = ModulatedToImage(outputs, channels, style)

    def forward(self, x: Tensor, image: Tensor | None, latent: Tensor) -> tuple[Tensor, Tensor]:
        """Features and colours from below, and a row of the latent → both at this resolution."""
        x = self.first(_doubled(x) if self.doubles else x, latent)
        x = self.second(x if self.attention is None else self.attention(x), latent)
        made: Tensor = self.to_image(x, latent)
        if image is None:
            return x, made
        # Reflected around the edge: the pixel at the edge is not met twice.
        return x, made + blur(functional.pad(_doubled(image), (1, 1, 1, 1), mode="reflect"), padding=0)


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class LucidrainsGenerator(Generator):
    """z (and the label's embedding) → w → a row for each resolution → sum of the colours of all resolutions.

    Attributes:
        latent_mean: running mean of the latents seen in training, ``[latent]``, for truncation.
    """

    latent_mean: Tensor

    def __init__(self, shape: Shape, options: LucidrainsOptions) -> None:
        super().__init__()
        self.shape, self.z_dim, self.straight = shape, options.latent, options.straight
        width, extra = options.latent, options.embedding if shape.label_width else 0
        features = widths(shape.resolution, 2 * options.capacity * shape.resolution, options.max_width)
        self.layers = len(features)
        self.embed = EqualizedLinear(shape.label_width, extra) if extra else None
        self.norm = PixelNorm()
        self.mapping = nn.ModuleList(
            EqualizedLinear(width if number else width + extra, width, rate=options.mapping_rate)
            for number in range(options.mapping_layers)
        )
        self.register_buffer("latent_mean", torch.zeros(width))
        self.constant = nn.Parameter(torch.randn(1, features[4], 4, 4))
        self.conv = EqualizedConv2d(features[4], features[4], 3)
        self.blocks = nn.ModuleDict(
            {
                block_name(side): Block(
                    *(features[max(side // 2, 4)], count, shape.channels, width, side, shape.resolution, number)
                )
                for number, (side, count) in enumerate(features.items())
            }
        )
        for side in options.attention:
            block = self.blocks[block_name(side)]
            assert isinstance(block, Block)
            block.attention = SelfAttention(features[side])

    def map(self, z: Tensor, labels: Tensor) -> Tensor:
        """``[N, z_dim]`` and ``[N, label_width]`` → ``[N, layers, latent]``, the same row for every resolution."""
        w = functional.normalize(z, dim=1)
        if self.embed is not None:
            w = torch.cat([w, self.norm(self.embed(labels))], dim=1)
        for layer in self.mapping:
            w = activate(layer(w))
        if self.training:
            self.latent_mean.lerp_(w.detach().mean(dim=0), MEAN_LATENT_RATE)
        return w[:, None].repeat(1, self.layers, 1)

    def synthesize(self, latent: Tensor) -> Tensor:
        """``[N, layers, latent]`` → ``[N, C, R, R]``, a sum without bounds that learns to stay in [-1, 1]."""
        x, image = self.conv(self.constant).repeat(latent.shape[0], 1, 1, 1), None
        for block, row in zip(self.blocks.values(), latent.unbind(dim=1), strict=True):
            x, image = block(x, image, row)
        if not isinstance(image, Tensor):
            raise TypeError("this generator has no resolution")
        if not self.straight:
            return image
        alpha = image[:, -1:].clamp(-1, 1)
        colours = (image[:, :-1].clamp(-1, 1) + 1) * (alpha + 1) / 2 - 1
        return torch.cat([colours, alpha], dim=1)

    def entrances(self) -> list[Entrance]:
        """The styles of both layers and of the colours of each resolution."""
        return [
            Entrance(number, module.scaled_weight())
            for number, block in enumerate(self.blocks.values())
            for module in block.modules()
            if isinstance(module, EqualizedLinear)
        ]

    def parts(self) -> list[Part]:
        """The label's embedding and the mapping, then the constant and each resolution."""
        latent = [Part(LATENT, self.mapping), Part(LATENT, self.latent_mean)]
        found = [Part(4, self.constant), Part(4, self.conv)]
        found += [Part(int(name[1:]), block) for name, block in self.blocks.items()]
        return [*embedding_part(self.embed), *latent, *found]


def build(shape: Shape, options: LucidrainsOptions) -> Networks:
    """The two networks, with fresh weights from torch's global random state."""
    judge = StyleGAN2Discriminator(shape, _judge(shape, options))
    return {"generator": LucidrainsGenerator(shape, options), "discriminator": judge}


def _judge(shape: Shape, options: LucidrainsOptions) -> StyleGAN2Options:
    return StyleGAN2Options(
        channel_base=min(2 * options.capacity * shape.resolution, 262_144),
        max_width=options.max_width,
        label_layers=options.label_layers,
        minibatch_group=options.minibatch_group,
        attention=options.attention,
    )


def _check(shape: Shape, options: LucidrainsOptions) -> None:
    check_shape(shape, _judge(shape, options))


register(Family("lucidrains", LucidrainsOptions, build, check=_check, layered=True))
