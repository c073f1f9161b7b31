"""R3GAN: plain residual networks that a well-behaved loss can train (Huang et al. 2024, 2501.05441).

No mapping network, noise, normalisation, equalised learning rate or minibatch statistics: two residual blocks at each
resolution, and between resolutions bilinear resampling and, where the width changes, a 1×1 convolution. The
relativistic loss, R1 and R2 at every step and the schedules of the paper are the recipe's business. Unconditional
networks have the paper's parameters: 22,429,824 and 22,381,440 at 64 px, 22,910,016 and 22,861,632 at 128 px,
23,057,952 and 23,009,568 at 256 px.

Doubling is bilinear interpolation, the taps [1, 3, 3, 1]/4 with the border's pixels repeated outside; halving is
bilinear too, which is the mean of each 2×2 and needs no border.

Labels: the generator gets a linear embedding beside z. The discriminator multiplies its features with another one
(projection, 1802.05637), divided by the root of its width. That one has a bias, which the paper's does not need: here a
label may be all zeros, all unknown, and the picture is still to be judged.
"""

import math

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional

from nijigen.errors import NijigenError
from nijigen.models.contract import Discriminator, Entrance, Generator, Networks, Part, Shape, embedding
from nijigen.models.registry import Family, register
from nijigen.nn.attention import SelfAttention, check_attention
from nijigen.nn.grouped import GroupedBlock, draw_scaled
from nijigen.nn.piecewise import Convolution, Halving, Link, logits_of

START = 4  # pixels of the generator's first features and the discriminator's last
NARROWEST = 4  # channels: where a small width is halved often
# A label has one number set for each attribute, about one in nine: drawn so much larger, its embedding has unit size.
SPARSE = 3.0


class R3GANOptions(BaseModel):
    """The ``[network]`` table of an R3GAN recipe."""

    model_config = ConfigDict(extra="forbid")

    latent: int = Field(64, ge=1, le=4096, description="width of the noise z")
    width: int = Field(384, ge=4, le=4096, description="generator features at 64 px; half as many at 128 px, and so on")
    max_width: int = Field(768, ge=4, le=4096, description="the same at small resolutions: at most so many")
    discriminator_width: int = Field(384, ge=4, le=4096, description="discriminator features at 64 px")
    discriminator_max_width: int = Field(768, ge=4, le=4096, description="the same at small resolutions: at most")
    blocks: int = Field(2, ge=1, le=16, description="residual blocks at each resolution")
    expansion: int = Field(2, ge=1, le=8, description="how much wider the inside of a block is")
    group_width: int = Field(16, ge=1, le=4096, description="channels of a group of the 3×3 convolutions")
    embedding: int = Field(64, ge=1, le=4096, description="width of the label's embeddings (conditional only)")
    attention: tuple[int, ...] = Field((), description="resolutions with self-attention, in both networks")


def stage_widths(resolution: int, width: int, max_width: int) -> dict[int, int]:
    """Features at each resolution: 128 px, 384 at 64 px, at most 768 → {4: 768, 8: 768, …, 64: 384, 128: 192}."""
    doublings = (resolution // START).bit_length()
    return {START << step: max(min(width * 64 // (START << step), max_width), NARROWEST) for step in range(doublings)}


class _Blocks(nn.Module):
    """The residual blocks of one resolution, and the 1×1 convolution that gives or takes another width there."""

    def __init__(self, width: int, other: int, place: int, options: R3GANOptions, depth: int, first: bool) -> None:
        super().__init__()
        # Resampling and a 1×1 convolution can change places: at the smaller resolution it is a quarter of the work.
        self.resize = (
            nn.Identity()
            if width == other
            else nn.Conv2d(*((other, width) if first else (width, other)), 1, bias=False)
        )
        self.blocks = nn.ModuleList(
            GroupedBlock(width, options.expansion, options.group_width) for _ in range(options.blocks)
        )
        self.attention = SelfAttention(width) if place in options.attention else nn.Identity()
        if isinstance(self.resize, nn.Conv2d):
            draw_scaled(self.resize)
        for block in self.blocks:
            block.draw_weights(depth)  # type: ignore[operator]

    def forward(self, x: Tensor) -> Tensor:
        """``[N, width, H, W]`` → the same shape, by the blocks alone."""
        for block in self.blocks:
            x = block(x)
        attended: Tensor = self.attention(x)
        return attended


class R3GANGenerator(Generator):
    """z (and the label's embedding) → a mixture of learned 4×4 features → residual blocks, doubling → pictures."""

    def __init__(self, shape: Shape, options: R3GANOptions) -> None:
        super().__init__()
        self.shape, self.z_dim = shape, options.latent
        embedding = options.embedding if shape.label_width else 0
        self.embed = nn.Linear(shape.label_width, embedding, bias=False) if embedding else None
        widths = stage_widths(shape.resolution, options.width, options.max_width)
        depth = options.blocks * len(widths)
        before = widths[START]
        self.basis = nn.Parameter(torch.randn(1, before, START, START))
        self.start = nn.Linear(self.z_dim + embedding, before, bias=False)
        self.stages = nn.ModuleDict()
        for place, width in widths.items():
            self.stages[f"b{place}"] = _Blocks(width, before, place, options, depth, first=True)
            before = width
        self.to_image = nn.Conv2d(before, shape.channels, 1, bias=False)
        draw_scaled(self.start)
        draw_scaled(self.to_image)
        if self.embed is not None:
            draw_scaled(self.embed, SPARSE)

    def map(self, z: Tensor, labels: Tensor) -> Tensor:
        """``[N, z_dim]`` and ``[N, label_width]`` → ``[N, z_dim + embedding]``: the noise and, beside it, the label."""
        return z if self.embed is None else torch.cat([z, self.embed(labels)], dim=1)

    def entrances(self) -> list[Entrance]:
        """How much there is of each first feature."""
        return [Entrance(0, self.start.weight[:, : self.z_dim])]

    def parts(self) -> list[Part]:
        """The label's embedding, the features it begins with, a stage for each resolution, and the colours."""
        found = [Part(START << step, stage) for step, stage in enumerate(self.stages.values())]
        first = [Part(START, self.basis), Part(START, self.start)]
        return [*embedding(self.embed), *first, *found, Part(self.shape.resolution, self.to_image)]

    def synthesize(self, latent: Tensor) -> Tensor:
        """``[N, z_dim + embedding]`` → ``[N, C, R, R]``; nothing holds them in [-1, 1] but what they were taught."""
        x = self.basis * self.start(latent)[:, :, None, None]
        for name, stage in self.stages.items():
            x = stage.resize(x)  # type: ignore[operator]
            if name != f"b{START}":
                x = functional.interpolate(x, scale_factor=2.0, mode="bilinear")
            x = stage(x)
        images: Tensor = self.to_image(x)
        return images


class R3GANDiscriminator(Discriminator):
    """Pictures → residual blocks, halving → 4×4 depthwise convolution → linear → logit."""

    def __init__(self, shape: Shape, options: R3GANOptions) -> None:
        super().__init__()
        self.shape = shape
        widths = stage_widths(shape.resolution, options.discriminator_width, options.discriminator_max_width)
        depth = options.blocks * len(widths)
        self.from_image = nn.Conv2d(shape.channels, widths[shape.resolution], 1, bias=False)
        self.parts = nn.ModuleDict()
        for place, width in reversed(widths.items()):
            after = widths.get(place // 2, width)
            self.parts[f"b{place}"] = _Blocks(width, after, place, options, depth, first=False)
        last = widths[START]
        self.gather = nn.Conv2d(last, last, START, groups=last, bias=False)
        self.to_logit = nn.Linear(last, options.embedding if shape.label_width else 1, bias=False)
        self.embed = nn.Linear(shape.label_width, options.embedding) if shape.label_width else None
        for layer in (self.from_image, self.gather, self.to_logit):
            draw_scaled(layer)
        if self.embed is not None:
            draw_scaled(self.embed, SPARSE)
            nn.init.normal_(self.embed.bias)
        self.piecewise = not options.attention

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """``[N, C, R, R]`` and ``[N, label_width]`` → logits ``[N]``."""
        direction = self.direction(labels)
        wants_slope = torch.is_grad_enabled() and images.requires_grad
        if wants_slope and self.piecewise and self.gather.weight.requires_grad and not torch.compiler.is_compiling():
            return logits_of(self._links(), images, direction)
        return (self.features(images) * direction).sum(dim=1)

    def features(self, images: Tensor) -> Tensor:
        """``[N, C, R, R]`` → ``[N, D]``: what the logits are linear in."""
        x = self.from_image(images)
        for name, part in self.parts.items():
            x = part(x)
            if name != f"b{START}":
                x = part.resize(functional.avg_pool2d(x, 2))  # type: ignore[operator]
        gathered: Tensor = self.gather(x).flatten(1)
        return gathered

    def direction(self, labels: Tensor) -> Tensor:
        """Labels ``[N, label_width]`` → ``[N, D]``: what the features are multiplied with."""
        if self.embed is None:
            return self.to_logit.weight.expand(labels.shape[0], -1)
        mixed: Tensor = self.embed(labels) @ self.to_logit.weight
        return mixed / math.sqrt(self.to_logit.out_features)

    def stages(self) -> list[nn.Module]:
        """Full resolution with the way into it, the resolutions below, then the logit with the label's embedding."""
        first, *others = self.parts.values()
        head = [self.gather, self.to_logit] if self.embed is None else [self.gather, self.to_logit, self.embed]
        return [nn.ModuleList([self.from_image, first]), *others, nn.ModuleList(head)]

    def _links(self) -> list[Link]:
        links: list[Link] = [Convolution(self.from_image)]
        for name, part in self.parts.items():
            links += [block.link() for block in part.blocks]  # type: ignore[union-attr]
            if name != f"b{START}":
                links.append(Halving())
            if isinstance(part.resize, nn.Conv2d):
                links.append(Convolution(part.resize))
        return [*links, Convolution(self.gather)]


def check_shape(shape: Shape, options: R3GANOptions) -> None:
    """Raises NijigenError where no doublings from 4 px reach the resolution, or attention has no such features."""
    if shape.resolution < 2 * START or shape.resolution & (shape.resolution - 1):
        raise NijigenError(
            f"r3gan needs a resolution of 8, 16, 32, 64, 128 … not {shape.resolution}: set resolution=64"
        )
    check_attention(options.attention, stage_widths(shape.resolution, 4, 4))


def build(shape: Shape, options: R3GANOptions) -> Networks:
    """The two networks, with fresh weights from torch's global random state."""
    return {"generator": R3GANGenerator(shape, options), "discriminator": R3GANDiscriminator(shape, options)}


register(Family("r3gan", R3GANOptions, build, check=check_shape))
