"""SAGAN: residual networks with self-attention and spectral normalisation in both (Zhang et al. 2018, 1805.08318).

The generator is that of Miyato & Koyama 2018 (1802.05637): a dense layer to 4×4, then blocks that double, whose batch
normalisation follows the label. The discriminator is theirs too: blocks that halve, the sum over all places, and the
label's projection. Self-attention stands where features are 32 px by default. Hinge loss, Adam with β = (0, 0.9) and
rates of 1e-4 and 4e-4 are the paper's, and the recipe's business. Unconditional networks have plain batch normalisation
and, with 64 features, 12,241,156 and 10,146,562 parameters at 64 px, 32,232,708 and 30,087,938 at 128 px.
"""

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from nijigen.errors import NijigenError
from nijigen.models.contract import Discriminator, Entrance, Generator, Networks, Part, Shape, embedding
from nijigen.models.registry import Family, register
from nijigen.nn.attention import SelfAttention, check_attention
from nijigen.nn.fused import ConvPool2d, UpsampleConv2d
from nijigen.nn.norm import ConditionalBatchNorm

START = 4  # pixels of the generator's first features and the discriminator's last
WIDEST = 16  # the deepest features have at most this many times the width


class SAGANOptions(BaseModel):
    """The ``[network]`` table of a SAGAN recipe."""

    model_config = ConfigDict(extra="forbid")

    latent: int = Field(128, ge=1, le=4096, description="width of the noise z")
    width: int = Field(64, ge=4, le=1024, description="generator features at full resolution; deeper: up to 16 times")
    discriminator_width: int = Field(64, ge=4, le=1024, description="discriminator features at half the resolution")
    embedding: int = Field(128, ge=1, le=4096, description="width of the label's embedding (conditional only)")
    attention: tuple[int, ...] = Field((32,), description="resolutions with self-attention, in both networks")
    generator_spectral: bool = Field(True, description="spectral normalisation in the generator too")


def generator_widths(resolution: int, width: int) -> dict[int, int]:
    """Features at each resolution: 64 px, 64 features → {4: 1024, 8: 512, 16: 256, 32: 128, 64: 64}."""
    doublings = resolution.bit_length() - START.bit_length()
    return {START << step: width * min(1 << (doublings - step), WIDEST) for step in range(doublings + 1)}


def _draw_weights(module: nn.Module) -> None:
    """Glorot-uniform convolutions, biases at 0; where there is spectral normalisation, it sets the scale."""
    if isinstance(module, nn.Conv2d):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, SelfAttention):  # after the layers inside them
        module.draw_weights()


class _UpBlock(nn.Module):
    """Norm, ReLU, doubling convolution, norm, ReLU, convolution; beside it the input, doubled, by a 1×1 convolution."""

    def __init__(self, inputs: int, outputs: int, embedding: int, attention: nn.Module) -> None:
        super().__init__()
        self.norm_in, self.norm_out = _norm(inputs, embedding), _norm(outputs, embedding)
        self.conv_in = UpsampleConv2d(inputs, outputs)
        self.conv_out = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1)
        self.attention = attention

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """``[N, inputs, H, W]`` and ``[N, embedding]`` → ``[N, outputs, 2H, 2W]``."""
        made = self.conv_in(torch.relu(_normed(self.norm_in, x, condition)))
        made = self.conv_out(torch.relu(_normed(self.norm_out, made, condition)))
        # A 1×1 convolution and doubling can change places: first the convolution is a quarter of the work.
        joined: Tensor = self.attention(made + functional.interpolate(self.shortcut(x), scale_factor=2.0))
        return joined


class _DownBlock(nn.Module):
    """(ReLU,) convolution, ReLU, convolution and halving; beside it the input by a 1×1 convolution, halved.

    The first block sees the picture itself: no ReLU before its first convolution, and widening in that one. The last
    one does not halve.
    """

    def __init__(
        self, inputs: int, outputs: int, attention: nn.Module, first: bool = False, last: bool = False
    ) -> None:
        super().__init__()
        inner = outputs if first else inputs
        self.first, self.halving = first, not last
        self.conv_in = nn.Conv2d(inputs, inner, 3, padding=1)
        self.conv_out = nn.Conv2d(inner, outputs, 3, padding=1) if last else ConvPool2d(inner, outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1)
        self.attention = attention

    def forward(self, x: Tensor) -> Tensor:
        """``[N, inputs, H, W]`` → ``[N, outputs, H/2, W/2]``, or of the same size for the last one."""
        made = self.conv_out(torch.relu(self.conv_in(x if self.first else torch.relu(x))))
        beside = functional.avg_pool2d(x, 2) if self.halving else x
        joined: Tensor = self.attention(made + self.shortcut(beside))
        return joined


class SAGANGenerator(Generator):
    """z → 4×4 → residual blocks, whose norms follow the label → norm, ReLU, 3×3 convolution, tanh → pictures."""

    def __init__(self, shape: Shape, options: SAGANOptions) -> None:
        super().__init__()
        self.shape, self.z_dim = shape, options.latent
        embedding = options.embedding if shape.label_width else 0
        self.embed = nn.Linear(shape.label_width, embedding) if embedding else None
        widths = generator_widths(shape.resolution, options.width)
        self.first_width = widths.pop(START)
        self.dense = nn.Linear(self.z_dim, self.first_width * START * START)
        blocks: dict[str, nn.Module] = {}
        inputs = self.first_width
        for place, width in widths.items():
            attention = SelfAttention(width) if place in options.attention else nn.Identity()
            blocks[f"b{place}"] = _UpBlock(inputs, width, embedding, attention)
            inputs = width
        self.blocks = nn.ModuleDict(blocks)
        self.norm = nn.BatchNorm2d(inputs)
        self.to_image = nn.Conv2d(inputs, shape.channels, 3, padding=1)
        self.apply(_draw_weights)
        if options.generator_spectral:  # of all that makes features; what the label does to them stays free
            for layer in [self.dense, *(m for m in self.modules() if isinstance(m, nn.Conv2d))]:
                spectral_norm(layer)

    def map(self, z: Tensor, labels: Tensor) -> Tensor:
        """``[N, z_dim]`` and ``[N, label_width]`` → ``[N, z_dim + embedding]``: the noise and, beside it, the label."""
        return z if self.embed is None else torch.cat([z, self.embed(labels)], dim=1)

    def entrances(self) -> list[Entrance]:
        """The dense layer to the first features."""
        return [Entrance(0, self.dense.weight)]

    def parts(self) -> list[Part]:
        """The label's embedding, the dense layer to 4×4, a block for each doubling; norm and colours at the end."""
        found = [Part(2 * START << step, block) for step, block in enumerate(self.blocks.values())]
        end = [Part(self.shape.resolution, self.norm), Part(self.shape.resolution, self.to_image)]
        return [*embedding(self.embed), Part(START, self.dense), *found, *end]

    def synthesize(self, latent: Tensor) -> Tensor:
        """``[N, z_dim + embedding]`` → ``[N, C, R, R]`` in [-1, 1]."""
        z, condition = latent[:, : self.z_dim], latent[:, self.z_dim :]
        x = self.dense(z).view(-1, self.first_width, START, START)
        for block in self.blocks.values():
            x = block(x, condition)
        return torch.tanh(self.to_image(torch.relu(self.norm(x))))


class SAGANDiscriminator(Discriminator):
    """Pictures → residual blocks down to 4×4, one more there → ReLU, sum over places → logit and label's projection."""

    def __init__(self, shape: Shape, options: SAGANOptions) -> None:
        super().__init__()
        self.shape = shape
        width = options.discriminator_width
        blocks: dict[str, nn.Module] = {}
        inputs, place, outputs = shape.channels, shape.resolution, width
        while place > START:
            name, place = f"b{place}", place // 2
            attention = SelfAttention(outputs) if place in options.attention else nn.Identity()
            blocks[name] = _DownBlock(inputs, outputs, attention, first=not blocks)
            inputs, outputs = outputs, min(2 * outputs, WIDEST * width)
        blocks[f"b{START}"] = _DownBlock(inputs, outputs, nn.Identity(), last=True)
        self.blocks = nn.ModuleDict(blocks)
        self.to_logit = nn.Linear(outputs, 1)
        self.project = nn.Linear(shape.label_width, outputs, bias=False) if shape.label_width else None
        self.apply(_draw_weights)
        for layer in [m for m in self.modules() if isinstance(m, nn.Conv2d | nn.Linear)]:
            spectral_norm(layer)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """``[N, C, R, R]`` in [-1, 1] and ``[N, label_width]`` → logits ``[N]``."""
        x = images
        for block in self.blocks.values():
            x = block(x)
        features = torch.relu(x).sum(dim=(2, 3))  # [N, outputs]
        logits: Tensor = self.to_logit(features).flatten()
        return logits if self.project is None else logits + (self.project(labels) * features).sum(dim=1)

    def stages(self) -> list[nn.Module]:
        """Its blocks from full resolution down, then the logit with the label's projection."""
        head = [self.to_logit] if self.project is None else [self.to_logit, self.project]
        return [*self.blocks.values(), nn.ModuleList(head)]


def _norm(channels: int, embedding: int) -> nn.Module:
    return ConditionalBatchNorm(channels, embedding) if embedding else nn.BatchNorm2d(channels)


def _normed(norm: nn.Module, x: Tensor, condition: Tensor) -> Tensor:
    made: Tensor = norm(x, condition) if isinstance(norm, ConditionalBatchNorm) else norm(x)
    return made


def check_shape(shape: Shape, options: SAGANOptions) -> None:
    """Raises NijigenError where no doublings from 4 px reach the resolution, or attention has no such features."""
    if shape.resolution < 2 * START or shape.resolution & (shape.resolution - 1):
        raise NijigenError(
            f"sagan needs a resolution of 8, 16, 32, 64, 128 … not {shape.resolution}: set resolution=64"
        )
    # Both networks must have them: the generator none at its start, the discriminator none at full resolution.
    check_attention(options.attention, [place for place in generator_widths(shape.resolution // 2, 1) if place > START])


def build(shape: Shape, options: SAGANOptions) -> Networks:
    """The two networks, with fresh weights from torch's global random state."""
    return {"generator": SAGANGenerator(shape, options), "discriminator": SAGANDiscriminator(shape, options)}


register(Family("sagan", SAGANOptions, build, check=check_shape, bounded=True))
