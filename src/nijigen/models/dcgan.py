"""DCGAN: transposed convolutions up, strided convolutions down (Radford et al. 2015, 1511.06434).

At 64 px with 64 filters the unconditional networks are the paper's: 3,576,704 and 2,765,568 trainable parameters.
Conditional ones add an embedding of the label beside ``z``, optionally batch normalisation that follows the label, and
in the discriminator the projection of Miyato & Koyama 2018 (1802.05637). Spectral normalisation: Miyato et al. 2018
(1802.05957). Self-attention: SAGAN (1805.08318). The networks of Wasserstein GANs are these too (``wgan.py``).

Options lead from the paper's networks to those of popular tutorials: ``start=8, kernel=5, activation="leaky",
discriminator_norm="none", bias=true, dropout=0.3`` is a dense layer to 8×8, then 5×5 transposed convolutions.
"""

from collections import OrderedDict
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from nijigen.errors import NijigenError
from nijigen.models.contract import Discriminator, Entrance, Generator, Networks, Part, Shape, embedding
from nijigen.models.registry import Family, register
from nijigen.nn.attention import SelfAttention, check_attention
from nijigen.nn.fused import UpsampleConv2d
from nijigen.nn.norm import ConditionalBatchNorm
from nijigen.nn.unfolding import FirstConvTranspose2d


class DCGANOptions(BaseModel):
    """The ``[network]`` table of a DCGAN recipe."""

    model_config = ConfigDict(extra="forbid")

    latent: int = Field(100, ge=1, le=4096, description="width of the noise z")
    width: int = Field(64, ge=4, le=1024, description="generator filters just below full resolution; deeper: doubled")
    discriminator_width: int = Field(64, ge=4, le=1024, description="the same for the discriminator")
    widest: int = Field(8, ge=1, le=64, description="the deepest layers have at most this many times the width")
    embedding: int = Field(64, ge=1, le=4096, description="width of the label's embedding beside z (conditional only)")
    start: Literal[4, 8] = Field(4, description="resolution of the generator's first and discriminator's last features")
    kernel: Literal[4, 5] = Field(4, description="of convolutions that change the resolution; of others 3 instead of 4")
    upsample: Literal["transposed", "nearest", "bilinear"] = Field(
        "transposed", description="by transposed convolutions, or by resampling before plain ones"
    )
    downsample: Literal["stride", "pool"] = Field(
        "stride", description="by strided convolutions, or by average pooling"
    )
    activation: Literal["relu", "leaky"] = Field("relu", description="the generator's; the discriminator's is leaky")
    slope: float = Field(0.2, ge=0, le=1, description="of leaky activations below 0")
    bias: bool = Field(False, description="biases in convolutions that no normalisation follows, but for the logit's")
    dropout: float = Field(0.0, ge=0, lt=1, description="share of the discriminator's features dropped in training")
    generator_norm: Literal["batch", "conditional"] = Field("batch", description="conditional: follows the label")
    discriminator_norm: Literal["batch", "layer", "none"] = Field("batch", description="layer: each picture by itself")
    spectral: bool = Field(False, description="spectral normalisation in the discriminator")
    attention: tuple[int, ...] = Field((), description="resolutions with self-attention, in both networks")


def stage_widths(resolution: int, width: int, start: int = 4, widest: int = 8) -> dict[int, int]:
    """Filters at each resolution below the picture's: 64 px, 64 filters → {4: 512, 8: 256, 16: 128, 32: 64}."""
    doublings = resolution.bit_length() - start.bit_length()
    return {start << step: width * min(1 << (doublings - 1 - step), widest) for step in range(doublings)}


def _draw_weights(module: nn.Module) -> None:
    """Weights from N(0, 0.02), norm scales from N(1, 0.02), no biases (§4 of the paper and its published code)."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d | nn.GroupNorm) and module.affine:
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
    elif isinstance(module, SelfAttention):  # after the convolutions inside it
        module.draw_weights()


def _doubling(inputs: int, outputs: int, options: DCGANOptions, bias: bool) -> nn.Module:
    """``[N, inputs, H, W]`` → ``[N, outputs, 2H, 2W]``."""
    size = options.kernel
    if options.upsample == "transposed":
        # An odd kernel leaves the size open by one pixel: output_padding takes the larger one.
        return nn.ConvTranspose2d(inputs, outputs, size, 2, (size - 1) // 2, output_padding=size % 2, bias=bias)
    same = size - 1 + size % 2
    if options.upsample == "nearest":
        return UpsampleConv2d(inputs, outputs, same, bias)
    conv = nn.Conv2d(inputs, outputs, same, padding=same // 2, bias=bias)
    return nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), conv)


def _halving(inputs: int, outputs: int, options: DCGANOptions, norm: nn.Module, attention: nn.Module) -> nn.Sequential:
    """``[N, inputs, H, W]`` → ``[N, outputs, H/2, W/2]``: convolution, norm, activation, dropout, pool, attention."""
    size, bias = options.kernel, options.bias and isinstance(norm, nn.Identity)
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    if options.downsample == "stride":
        parts["conv"] = nn.Conv2d(inputs, outputs, size, 2, (size - 1) // 2, bias=bias)
    else:
        same = size - 1 + size % 2
        parts["conv"] = nn.Conv2d(inputs, outputs, same, padding=same // 2, bias=bias)
    parts |= {"norm": norm, "activation": nn.LeakyReLU(options.slope)}
    if options.dropout:
        parts["dropout"] = nn.Dropout(options.dropout)
    if options.downsample == "pool":
        parts["pool"] = nn.AvgPool2d(2)
    parts["attention"] = attention
    return nn.Sequential(parts)


class _UpBlock(nn.Module):
    """Convolution up, norm, activation, attention."""

    def __init__(self, conv: nn.Module, norm: nn.Module, activation: nn.Module, attention: nn.Module) -> None:
        super().__init__()
        self.conv, self.norm, self.activation, self.attention = conv, norm, activation, attention

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        x = self.conv(x)
        x = self.norm(x, condition) if isinstance(self.norm, ConditionalBatchNorm) else self.norm(x)
        attended: Tensor = self.attention(self.activation(x))
        return attended


class DCGANGenerator(Generator):
    """z (and the label's embedding) → 4×4 → … → pictures: transposed convolutions, batch norm, ReLU, tanh."""

    def __init__(self, shape: Shape, options: DCGANOptions) -> None:
        super().__init__()
        self.shape, self.z_dim = shape, options.latent
        self.embedding = options.embedding if shape.label_width else 0
        self.embed = nn.Linear(shape.label_width, self.embedding) if self.embedding else None
        conditional = options.generator_norm == "conditional" and self.embedding > 0
        blocks: dict[str, nn.Module] = {}
        inputs = self.z_dim + self.embedding
        for place, width in stage_widths(shape.resolution, options.width, options.start, options.widest).items():
            if blocks:
                conv = _doubling(inputs, width, options, bias=False)
            else:  # from 1×1: the same as a dense layer to start × start features
                conv = FirstConvTranspose2d(inputs, width, options.start)
            norm = ConditionalBatchNorm(width, self.embedding) if conditional else nn.BatchNorm2d(width)
            activation = nn.ReLU() if options.activation == "relu" else nn.LeakyReLU(options.slope)
            attention = SelfAttention(width) if place in options.attention else nn.Identity()
            blocks[f"b{place}"] = _UpBlock(conv, norm, activation, attention)
            inputs = width
        self.blocks = nn.ModuleDict(blocks)
        self.to_image = _doubling(inputs, shape.channels, options, options.bias)
        self.apply(_draw_weights)

    def map(self, z: Tensor, labels: Tensor) -> Tensor:
        """``[N, z_dim]`` and ``[N, label_width]`` → ``[N, z_dim + embedding]``: the noise and, beside it, the label."""
        return z if self.embed is None else torch.cat([z, self.embed(labels)], dim=1)

    def entrances(self) -> list[Entrance]:
        """The first transposed convolution: every place of every feature is an output."""
        first = next(module for module in self.modules() if isinstance(module, FirstConvTranspose2d))
        return [Entrance(0, first.weight[: self.z_dim].flatten(1).T)]  # from [z_dim + embedding, C, k, k]

    def parts(self) -> list[Part]:
        """The label's embedding, a block for each doubling, and the last one, which makes the picture."""
        start = self.shape.resolution >> len(self.blocks)
        found = [Part(start << step, block) for step, block in enumerate(self.blocks.values())]
        return [*embedding(self.embed), *found, Part(self.shape.resolution, self.to_image)]

    def synthesize(self, latent: Tensor) -> Tensor:
        """``[N, z_dim + embedding]`` → ``[N, C, R, R]`` in [-1, 1]."""
        condition = latent[:, self.z_dim :]
        x = latent[:, :, None, None]  # [N, latent, 1, 1]
        for block in self.blocks.values():
            x = block(x, condition)
        return torch.tanh(self.to_image(x))


class DCGANDiscriminator(Discriminator):
    """Pictures → strided convolutions, LeakyReLU 0.2, norm except first and last → logit."""

    def __init__(self, shape: Shape, options: DCGANOptions) -> None:
        super().__init__()
        self.shape = shape
        blocks: dict[str, nn.Module] = {}
        inputs = shape.channels
        widths = stage_widths(shape.resolution, options.discriminator_width, options.start, options.widest)
        for place, width in reversed(widths.items()):
            norm: nn.Module = nn.Identity()
            if blocks and options.discriminator_norm != "none":  # one group is layer normalisation of features
                norm = nn.BatchNorm2d(width) if options.discriminator_norm == "batch" else nn.GroupNorm(1, width)
            attention = SelfAttention(width) if place in options.attention else nn.Identity()
            blocks[f"b{2 * place}"] = _halving(inputs, width, options, norm, attention)
            inputs = width
        self.blocks = nn.ModuleDict(blocks)
        self.to_logit = nn.Conv2d(inputs, 1, options.start, bias=False)
        self.project = nn.Linear(shape.label_width, inputs, bias=False) if shape.label_width else None
        self.apply(_draw_weights)
        if options.spectral:
            for layer in [m for m in self.modules() if isinstance(m, nn.Conv2d | nn.Linear)]:
                spectral_norm(layer)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """``[N, C, R, R]`` in [-1, 1] and ``[N, label_width]`` → logits ``[N]``."""
        x = images
        for block in self.blocks.values():
            x = block(x)
        logits: Tensor = self.to_logit(x).flatten()
        if self.project is not None:
            logits = logits + (self.project(labels) * x.mean(dim=(2, 3))).sum(dim=1)
        return logits

    def stages(self) -> list[nn.Module]:
        """Its blocks from full resolution down, then the logit with the label's projection."""
        head = [self.to_logit] if self.project is None else [self.to_logit, self.project]
        return [*self.blocks.values(), nn.ModuleList(head)]


def check_shape(shape: Shape, options: DCGANOptions) -> None:
    """Raises NijigenError where no stack of doublings reaches the resolution, or attention has no such features."""
    start, resolution = options.start, shape.resolution
    if resolution < 2 * start or resolution & (resolution - 1):
        sizes = ", ".join(str(start << step) for step in range(1, 6))
        raise NijigenError(f"these networks double from {start} px: {sizes} … not {resolution}: set resolution=64")
    check_attention(options.attention, stage_widths(resolution, options.width, start))


def build(shape: Shape, options: DCGANOptions) -> Networks:
    """The two networks, with fresh weights from torch's global random state."""
    return {"generator": DCGANGenerator(shape, options), "discriminator": DCGANDiscriminator(shape, options)}


register(Family("dcgan", DCGANOptions, build, check=check_shape))
