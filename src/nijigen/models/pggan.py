"""PGGAN: networks that grow while they learn, from 4×4 pixels up (Karras et al. 2018, 1710.10196).

Two 3×3 convolutions a resolution, equalised learning rate, pixel normalisation in the generator, minibatch deviation
in the discriminator. With the defaults and three channels at 1024 px the networks are the paper's table 2 with every
resolution's way in and out: 23,079,115 and 23,087,249 parameters. Growing is the recipe's business; without it the
networks work at full resolution from the start. Conditional ones have an embedding of the label beside ``z`` and the
label's projection in the discriminator.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from nijigen.models.contract import LATENT, Entrance, Generator, Networks, Part, Shape, embedding
from nijigen.models.progressive import (
    GAIN,
    ProgressiveDiscriminator,
    ProgressiveOptions,
    activate,
    attention_at,
    check_shape,
    widths,
)
from nijigen.models.registry import Family, register
from nijigen.nn.equalized import EqualizedConv2d, EqualizedLinear
from nijigen.nn.fused import upsample_conv
from nijigen.nn.growing import SMALLEST, Growing, blend, block_name, resolutions
from nijigen.nn.norm import PixelNorm


class PGGANOptions(ProgressiveOptions):
    """The ``[network]`` table of a PGGAN recipe."""


class _FirstBlock(nn.Module):
    """Dense layer to 4×4 places, convolution; leaky rectifier and pixel norm after each."""

    def __init__(self, inputs: int, channels: int, attention: nn.Module) -> None:
        super().__init__()
        # The table's 4×4 convolution over the latent as a single pixel: its fan-in counts sixteen places, of which
        # fifteen are padding, hence a quarter of the gain. One bias a channel.
        self.dense = EqualizedLinear(inputs, channels * SMALLEST * SMALLEST, bias=False, gain=GAIN / SMALLEST)
        self.bias = nn.Parameter(torch.zeros(channels))
        self.conv = EqualizedConv2d(channels, channels, 3, gain=GAIN)
        self.attention, self.norm = attention, PixelNorm()

    def forward(self, latent: Tensor) -> Tensor:
        """``[N, inputs]`` → ``[N, channels, 4, 4]``."""
        x = self.dense(latent).view(-1, self.bias.shape[0], SMALLEST, SMALLEST) + self.bias[:, None, None]
        x = self.norm(activate(x))
        made: Tensor = self.attention(self.norm(activate(self.conv(x))))
        return made


class _UpBlock(nn.Module):
    """Nearest doubling, two convolutions, leaky rectifier and pixel norm after each; attention."""

    def __init__(self, inputs: int, outputs: int, attention: nn.Module) -> None:
        super().__init__()
        self.conv_in = EqualizedConv2d(inputs, outputs, 3, gain=GAIN)
        self.conv_out = EqualizedConv2d(outputs, outputs, 3, gain=GAIN)
        self.attention, self.norm = attention, PixelNorm()

    def forward(self, x: Tensor) -> Tensor:
        """``[N, inputs, H, W]`` → ``[N, outputs, 2H, 2W]``."""
        x = upsample_conv(x, self.conv_in.scaled_weight(), self.conv_in.bias)
        x = self.norm(activate(x))
        made: Tensor = self.attention(self.norm(activate(self.conv_out(x))))
        return made


class PGGANGenerator(Growing, Generator):
    """z of length one a feature (and the label's embedding) → 4×4 → blocks that double → pictures, without tanh."""

    def __init__(self, shape: Shape, options: PGGANOptions) -> None:
        super().__init__()
        self.shape, self.z_dim = shape, options.latent
        embedding = options.embedding if shape.label_width else 0
        self.embed = EqualizedLinear(shape.label_width, embedding, bias=False) if embedding else None
        self.norm = PixelNorm()
        features = widths(shape.resolution, options.channel_base, options.max_width)
        blocks: dict[str, nn.Module] = {}
        for size in features:
            attention = attention_at(size, features[size], options)
            if size == SMALLEST:
                blocks[block_name(size)] = _FirstBlock(self.z_dim + embedding, features[size], attention)
            else:
                blocks[block_name(size)] = _UpBlock(features[size // 2], features[size], attention)
        self.blocks = nn.ModuleDict(blocks)
        self.to_image = nn.ModuleDict(
            {block_name(size): EqualizedConv2d(features[size], shape.channels, 1) for size in features}
        )
        self.start_grown(shape.resolution)

    def map(self, z: Tensor, labels: Tensor) -> Tensor:
        """``[N, z_dim]`` and ``[N, label_width]`` → ``[N, z_dim + embedding]``: noise and label, each normalised.

        Without its own normalisation a label with few known attributes would be faint beside the noise. An unknown
        label is a zero block of the embedding too.
        """
        z = self.norm(z)
        return z if self.embed is None else torch.cat([z, self.norm(self.embed(labels))], dim=1)

    def entrances(self) -> list[Entrance]:
        """The dense layer to the first features."""
        dense = self.blocks[block_name(SMALLEST)].dense
        assert isinstance(dense, EqualizedLinear)
        return [Entrance(0, dense.scaled_weight()[:, : self.z_dim])]

    def parts(self) -> list[Part]:
        """The label's embedding, then block and colours of each resolution."""
        found = [
            Part(size, ways[block_name(size)])
            for size in resolutions(SMALLEST, self.shape.resolution)
            for ways in (self.blocks, self.to_image)
        ]
        return [*embedding(self.embed), Part(LATENT, self.growth_state), *found]

    def synthesize(self, latent: Tensor) -> Tensor:
        """``[N, z_dim + embedding]`` → ``[N, C, r, r]``, r the working resolution, around [-1, 1]."""
        resolution, fade = self.growth
        x = latent
        coarse: Tensor | None = None
        for size in resolutions(SMALLEST, resolution):
            if size == resolution and size > SMALLEST and fade < 1:
                coarse = functional.interpolate(self.to_image[block_name(size // 2)](x), scale_factor=2.0)
            x = self.blocks[block_name(size)](x)
        images: Tensor = self.to_image[block_name(resolution)](x)
        return images if coarse is None else blend(coarse, images, fade)


def build(shape: Shape, options: PGGANOptions) -> Networks:
    """The two networks, with fresh weights from torch's global random state."""
    discriminator = ProgressiveDiscriminator(shape, options, blurred=False)
    return {"generator": PGGANGenerator(shape, options), "discriminator": discriminator}


register(Family("pggan", PGGANOptions, build, check=check_shape, growing=True))
