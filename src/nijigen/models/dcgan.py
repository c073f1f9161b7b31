"""DCGAN: transposed convolutions up, strided convolutions down (Radford et al. 2015, 1511.06434).

At 64 px with 64 filters the unconditional networks are the paper's: 3,576,704 and 2,765,568 trainable parameters.
Conditional ones add an embedding of the label beside ``z``, optionally batch normalisation that follows the label, and
in the discriminator the projection of Miyato & Koyama 2018 (1802.05637). Spectral normalisation: Miyato et al. 2018
(1802.05957).
"""

from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from nijigen.errors import NijigenError
from nijigen.models.contract import Discriminator, Generator, Networks, Shape
from nijigen.models.registry import Family, register
from nijigen.nn.norm import ConditionalBatchNorm

MAX_MULTIPLE = 8  # the paper's widest layer has eight times the filters of its narrowest


class DCGANOptions(BaseModel):
    """The ``[network]`` table of a DCGAN recipe."""

    model_config = ConfigDict(extra="forbid")

    latent: int = Field(100, ge=1, le=4096, description="width of the noise z")
    width: int = Field(
        64, ge=4, le=1024, description="generator filters at full resolution; deeper layers have up to 8 times as many"
    )
    discriminator_width: int = Field(64, ge=4, le=1024, description="the same for the discriminator")
    embedding: int = Field(64, ge=1, le=4096, description="width of the label's embedding beside z (conditional only)")
    generator_norm: Literal["batch", "conditional"] = Field("batch", description="conditional: follows the label")
    discriminator_norm: Literal["batch", "none"] = "batch"
    spectral: bool = Field(False, description="spectral normalisation in the discriminator")


def stage_widths(resolution: int, width: int) -> list[int]:
    """Filters from 4 px up to half the resolution, e.g. 64 px, 64 filters → [512, 256, 128, 64]."""
    stages = resolution.bit_length() - 3
    return [width * min(2**stage, MAX_MULTIPLE) for stage in reversed(range(stages))]


def _draw_weights(module: nn.Module) -> None:
    """Weights from N(0, 0.02), batch-norm scales from N(1, 0.02) (§4 of the paper and its published code)."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d) and module.affine:
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


class DCGANGenerator(Generator):
    """z (and the label's embedding) → 4×4 → … → pictures, by 4×4 transposed convolutions, batch norm, ReLU, tanh."""

    def __init__(self, shape: Shape, options: DCGANOptions) -> None:
        super().__init__()
        self.shape, self.z_dim = shape, options.latent
        self.embedding = options.embedding if shape.label_width else 0
        self.embed = nn.Linear(shape.label_width, self.embedding) if self.embedding else None
        widths = stage_widths(shape.resolution, options.width)
        conditional = options.generator_norm == "conditional" and self.embedding > 0
        inputs = [self.z_dim + self.embedding, *widths]
        self.convs = nn.ModuleList(
            nn.ConvTranspose2d(inputs[i], width, 4, 2 if i else 1, 1 if i else 0, bias=False)
            for i, width in enumerate(widths)
        )
        self.norms = nn.ModuleList(
            ConditionalBatchNorm(width, self.embedding) if conditional else nn.BatchNorm2d(width) for width in widths
        )
        self.to_image = nn.ConvTranspose2d(widths[-1], shape.channels, 4, 2, 1, bias=False)
        self.apply(_draw_weights)

    def map(self, z: Tensor, labels: Tensor) -> Tensor:
        """``[N, z_dim]`` and ``[N, label_width]`` → ``[N, z_dim + embedding]``: the noise and, beside it, the label."""
        return z if self.embed is None else torch.cat([z, self.embed(labels)], dim=1)

    def synthesize(self, latent: Tensor) -> Tensor:
        """``[N, z_dim + embedding]`` → ``[N, C, R, R]`` in [-1, 1]."""
        condition = latent[:, self.z_dim :]
        x = latent[:, :, None, None]  # [N, latent, 1, 1]
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = conv(x)
            x = norm(x, condition) if isinstance(norm, ConditionalBatchNorm) else norm(x)
            x = torch.relu(x)
        return torch.tanh(self.to_image(x))


class DCGANDiscriminator(Discriminator):
    """Pictures → strided 4×4 convolutions, LeakyReLU 0.2, batch norm except first and last → logit."""

    def __init__(self, shape: Shape, options: DCGANOptions) -> None:
        super().__init__()
        self.shape = shape
        widths = stage_widths(shape.resolution, options.discriminator_width)[::-1]
        inputs = [shape.channels, *widths]
        self.convs = nn.ModuleList(nn.Conv2d(inputs[i], width, 4, 2, 1, bias=False) for i, width in enumerate(widths))
        self.norms = nn.ModuleList(
            nn.BatchNorm2d(width) if i and options.discriminator_norm == "batch" else nn.Identity()
            for i, width in enumerate(widths)
        )
        self.to_logit = nn.Conv2d(widths[-1], 1, 4, 1, 0, bias=False)
        self.project = nn.Linear(shape.label_width, widths[-1], bias=False) if shape.label_width else None
        self.apply(_draw_weights)
        if options.spectral:
            for conv in (*self.convs, self.to_logit):
                spectral_norm(conv)
            if self.project is not None:
                spectral_norm(self.project)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """``[N, C, R, R]`` in [-1, 1] and ``[N, label_width]`` → logits ``[N]``."""
        x = images
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = nn.functional.leaky_relu(norm(conv(x)), 0.2)
        logits: Tensor = self.to_logit(x).flatten()
        if self.project is not None:
            logits = logits + (self.project(labels) * x.mean(dim=(2, 3))).sum(dim=1)
        return logits


def check_shape(shape: Shape, options: DCGANOptions) -> None:
    """Raises NijigenError where no stack of doublings from 4 px reaches the resolution."""
    if shape.resolution < 8 or shape.resolution & (shape.resolution - 1):
        raise NijigenError(
            f"dcgan needs a resolution of 8, 16, 32, 64, 128 … not {shape.resolution}: set resolution=64"
        )


def build(shape: Shape, options: DCGANOptions) -> Networks:
    """The two networks, with fresh weights from torch's global random state."""
    return {"generator": DCGANGenerator(shape, options), "discriminator": DCGANDiscriminator(shape, options)}


register(Family("dcgan", DCGANOptions, build, check=check_shape))
