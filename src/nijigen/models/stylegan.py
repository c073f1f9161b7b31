"""StyleGAN: a latent styles every layer of a growing network (Karras et al. 2019, 1812.04948).

A mapping of eight layers turns ``z`` into ``w``; a learned 4×4 constant passes through convolutions, each followed by
per-pixel noise and adaptive instance normalisation with its own copy of ``w``, so that a latent has layers to address.
Features are blurred after doubling and, in the discriminator, before halving. With the defaults and three channels at
1024 px there are 26,219,627 and 23,087,249 parameters. Conditional networks have an embedding of the label beside
``z`` and the label's projection in the discriminator.
"""

import torch
from pydantic import Field
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
from nijigen.nn.adain import AdaIN
from nijigen.nn.equalized import EqualizedConv2d, EqualizedLinear
from nijigen.nn.fused import upsample_conv
from nijigen.nn.growing import SMALLEST, Growing, blend, block_name, resolutions
from nijigen.nn.noise import NoiseInjection
from nijigen.nn.norm import PixelNorm
from nijigen.nn.resample import blur

KEPT = 0.998  # share of the mean latent that stays after a batch


class StyleGANOptions(ProgressiveOptions):
    """The ``[network]`` table of a StyleGAN recipe."""

    latent_width: int = Field(
        512, ge=1, le=4096, description="width of the mapped latent w and of the mapping's layers"
    )
    mapping_layers: int = Field(8, ge=1, le=32, description="dense layers from z to w")
    mapping_rate: float = Field(
        0.01, gt=0, le=1, description="learning rate of the mapping in parts of the generator's"
    )


class _Finish(nn.Module):
    """What ends a layer: noise, leaky rectifier, style."""

    def __init__(self, channels: int, style: int, resolution: int, number: int) -> None:
        super().__init__()
        self.noise = NoiseInjection(resolution, number, channels)
        self.style = AdaIN(channels, style)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """``[N, C, R, R]`` and ``[N, style]`` → ``[N, C, R, R]``."""
        styled: Tensor = self.style(activate(self.noise(x)), style)
        return styled


class _FirstBlock(nn.Module):
    """The learned constant, finished; convolution, finished; attention."""

    def __init__(self, channels: int, style: int, attention: nn.Module) -> None:
        super().__init__()
        self.constant = nn.Parameter(torch.ones(channels, SMALLEST, SMALLEST))  # ones: §C of the paper
        self.bias = nn.Parameter(torch.zeros(channels))
        self.conv = EqualizedConv2d(channels, channels, 3, gain=GAIN)
        self.finish_in, self.finish_out = (_Finish(channels, style, SMALLEST, number) for number in range(2))
        self.attention = attention

    def forward(self, styles: Tensor) -> Tensor:
        """``[N, 2, style]`` → ``[N, channels, 4, 4]``."""
        x = (self.constant + self.bias[:, None, None]).repeat(styles.shape[0], 1, 1, 1)
        x = self.finish_in(x, styles[:, 0])
        made: Tensor = self.attention(self.finish_out(self.conv(x), styles[:, 1]))
        return made


class _UpBlock(nn.Module):
    """Nearest doubling, convolution, blur, bias, finished; convolution, finished; attention."""

    def __init__(self, inputs: int, outputs: int, style: int, resolution: int, attention: nn.Module) -> None:
        super().__init__()
        self.conv_in = EqualizedConv2d(inputs, outputs, 3, bias=False, gain=GAIN)
        self.bias = nn.Parameter(torch.zeros(outputs))  # beside the convolution: zeros around would blur its edge
        self.conv_out = EqualizedConv2d(outputs, outputs, 3, gain=GAIN)
        self.finish_in, self.finish_out = (_Finish(outputs, style, resolution, number) for number in range(2))
        self.attention = attention

    def forward(self, x: Tensor, styles: Tensor) -> Tensor:
        """``[N, inputs, H, W]`` and ``[N, 2, style]`` → ``[N, outputs, 2H, 2W]``."""
        x = blur(upsample_conv(x, self.conv_in.scaled_weight())) + self.bias[:, None, None]
        x = self.finish_in(x, styles[:, 0])
        made: Tensor = self.attention(self.finish_out(self.conv_out(x), styles[:, 1]))
        return made


class StyleGANGenerator(Growing, Generator):
    """z (and the label's embedding) → w → a style for each of two layers a resolution → pictures, without tanh.

    Attributes:
        latent_mean: ``[latent_width]``, the tracked mean of w; truncation draws latents toward it.
    """

    latent_mean: Tensor

    def __init__(self, shape: Shape, options: StyleGANOptions) -> None:
        super().__init__()
        self.shape, self.z_dim = shape, options.latent
        features = widths(shape.resolution, options.channel_base, options.max_width)
        self.layers = 2 * len(features)
        embedding = options.embedding if shape.label_width else 0
        self.embed = EqualizedLinear(shape.label_width, embedding, bias=False) if embedding else None
        self.norm = PixelNorm()
        style, rate = options.latent_width, options.mapping_rate
        widths_in = [self.z_dim + embedding, *[style] * (options.mapping_layers - 1)]
        self.mapping = nn.ModuleList(EqualizedLinear(width, style, rate=rate, gain=GAIN) for width in widths_in)
        self.register_buffer("latent_mean", torch.zeros(style))
        blocks: dict[str, nn.Module] = {}
        for size in features:
            attention = attention_at(size, features[size], options)
            if size == SMALLEST:
                blocks[block_name(size)] = _FirstBlock(features[size], style, attention)
            else:
                blocks[block_name(size)] = _UpBlock(features[size // 2], features[size], style, size, attention)
        self.blocks = nn.ModuleDict(blocks)
        self.to_image = nn.ModuleDict(
            {block_name(size): EqualizedConv2d(features[size], shape.channels, 1) for size in features}
        )
        self.start_grown(shape.resolution)

    def map(self, z: Tensor, labels: Tensor) -> Tensor:
        """``[N, z_dim]`` and ``[N, label_width]`` → ``[N, layers, latent_width]``, the same w in every row.

        Noise and the label's embedding are normalised each by itself, so that a label with few known attributes is not
        faint beside the noise. In training the mean latent follows.
        """
        w: Tensor = self.norm(z)
        if self.embed is not None:
            w = torch.cat([w, self.norm(self.embed(labels))], dim=1)
        for layer in self.mapping:
            w = activate(layer(w))
        if self.training:
            with torch.no_grad():
                self.latent_mean.lerp_(w.detach().mean(dim=0), 1 - KEPT)
        return w[:, None].expand(-1, self.layers, -1)

    def entrances(self) -> list[Entrance]:
        """The scales and shifts of each layer."""
        finishes = [
            finish for block in self.blocks.values() for finish in block.children() if isinstance(finish, _Finish)
        ]
        return [Entrance(layer, finish.style.affine.scaled_weight()) for layer, finish in enumerate(finishes)]

    def parts(self) -> list[Part]:
        """The label's embedding and the mapping, then block and colours of each resolution."""
        found = [
            Part(size, ways[block_name(size)])
            for size in resolutions(SMALLEST, self.shape.resolution)
            for ways in (self.blocks, self.to_image)
        ]
        first = [Part(LATENT, inside) for inside in (self.mapping, self.latent_mean, self.growth_state)]
        return [*embedding(self.embed), *first, *found]

    def synthesize(self, latent: Tensor) -> Tensor:
        """``[N, layers, latent_width]`` → ``[N, C, r, r]``, r the working resolution, around [-1, 1].

        Below full resolution the last rows of the latent have nothing to style.
        """
        resolution, fade = self.growth
        x: Tensor | None = None
        coarse: Tensor | None = None
        for step, size in enumerate(resolutions(SMALLEST, resolution)):
            styles = latent[:, 2 * step : 2 * step + 2]
            if x is not None and size == resolution and fade < 1:
                coarse = functional.interpolate(self.to_image[block_name(size // 2)](x), scale_factor=2.0)
            block = self.blocks[block_name(size)]
            x = block(styles) if x is None else block(x, styles)
        images: Tensor = self.to_image[block_name(resolution)](x)
        return images if coarse is None else blend(coarse, images, fade)


def build(shape: Shape, options: StyleGANOptions) -> Networks:
    """The two networks, with fresh weights from torch's global random state."""
    discriminator = ProgressiveDiscriminator(shape, options, blurred=True)
    return {"generator": StyleGANGenerator(shape, options), "discriminator": discriminator}


register(Family("stylegan", StyleGANOptions, build, check=check_shape, layered=True, growing=True))
