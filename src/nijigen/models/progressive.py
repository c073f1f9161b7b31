"""What the growing families share: features by resolution, the discriminator, and what their options can ask for.

Sources: PGGAN (Karras et al. 2018, 1710.10196), table 2 and figure 2; StyleGAN (Karras et al. 2019, 1812.04948), §C,
which blurs before halving; the label's projection (Miyato & Koyama 2018, 1802.05637).
"""

import math

from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional

from nijigen.errors import NijigenError
from nijigen.models.contract import Discriminator, Shape
from nijigen.nn.attention import SelfAttention, check_attention
from nijigen.nn.equalized import EqualizedConv2d, EqualizedLinear
from nijigen.nn.fused import conv_pool
from nijigen.nn.growing import SMALLEST, Growing, blend, block_name, resolutions
from nijigen.nn.minibatch_std import MinibatchStd
from nijigen.nn.resample import blur

SLOPE = 0.2  # of every leaky rectifier
GAIN = math.sqrt(2)  # of every layer that one follows (He et al. 2015, 1502.01852)


class ProgressiveOptions(BaseModel):
    """What the ``[network]`` tables of the growing families have in common."""

    model_config = ConfigDict(extra="forbid")

    latent: int = Field(512, ge=1, le=4096, description="width of the noise z")
    channel_base: int = Field(8192, ge=4, le=131072, description="features at r px: twice this, divided by r …")
    max_width: int = Field(512, ge=1, le=4096, description="… and at most this")
    discriminator_base: int = Field(0, ge=0, le=131072, description="the discriminator's; 0: as the generator's")
    discriminator_max_width: int = Field(0, ge=0, le=4096, description="the discriminator's; 0: as the generator's")
    embedding: int = Field(512, ge=1, le=4096, description="width of the label's embedding beside z")
    minibatch_group: int = Field(4, ge=1, le=1024, description="pictures whose deviation the discriminator is shown")
    attention: tuple[int, ...] = Field((), description="resolutions with self-attention, in both networks")


def widths(resolution: int, base: int, largest: int) -> dict[int, int]:
    """Features by resolution: for base 8192, at most 512, they are 512 up to 32 px, 256 at 64, … 16 at 1024."""
    return {side: min(2 * base // side, largest) for side in resolutions(SMALLEST, resolution)}


def activate(x: Tensor) -> Tensor:
    """Leaky rectifier in place: ``x`` is the fresh output of a layer that does not need it again."""
    return functional.leaky_relu(x, SLOPE, inplace=True)


def check_shape(shape: Shape, options: ProgressiveOptions) -> None:
    """Raises NijigenError where no doublings from 4 px reach the resolution, or options leave nothing there."""
    resolution = shape.resolution
    if resolution < 2 * SMALLEST or resolution & (resolution - 1):
        raise NijigenError(f"growing networks double from 4 px: 8, 16, 32, 64 … not {resolution}: set resolution=64")
    for name in ("channel_base", "discriminator_base"):
        base = getattr(options, name)
        if base and 2 * base < resolution:
            raise NijigenError(
                f"network.{name}={base} leaves no features at {resolution} px: set at least {resolution // 2}"
            )
    check_attention(options.attention, resolutions(SMALLEST, resolution))


def attention_at(resolution: int, channels: int, options: ProgressiveOptions) -> nn.Module:
    """Self-attention where the options ask for it."""
    return SelfAttention(channels) if resolution in options.attention else nn.Identity()


class _DownBlock(nn.Module):
    """Convolution, leaky rectifier, attention; (blur,) convolution with halving, leaky rectifier.

    The mean of 2×2 is taken before the second rectifier, as in the published networks: so both are one step.
    """

    def __init__(self, inputs: int, outputs: int, attention: nn.Module, blurred: bool) -> None:
        super().__init__()
        self.conv_in = EqualizedConv2d(inputs, inputs, 3, gain=GAIN)
        self.attention = attention
        self.conv_out = EqualizedConv2d(inputs, outputs, 3, gain=GAIN)
        self.blurred = blurred

    def forward(self, x: Tensor) -> Tensor:
        """``[N, inputs, 2H, 2W]`` → ``[N, outputs, H, W]``."""
        x = self.attention(activate(self.conv_in(x)))
        if self.blurred:
            x = blur(x)
        x = conv_pool(x, self.conv_out.scaled_weight(), self.conv_out.bias)
        return activate(x)


class _LastBlock(nn.Module):
    """Minibatch deviation, convolution, attention, dense layer over all 4×4 places."""

    def __init__(self, channels: int, group: int, attention: nn.Module) -> None:
        super().__init__()
        self.deviation = MinibatchStd(group)
        self.conv = EqualizedConv2d(channels + 1, channels, 3, gain=GAIN)
        self.attention = attention
        self.dense = EqualizedLinear(channels * SMALLEST * SMALLEST, channels, gain=GAIN)

    def forward(self, x: Tensor) -> Tensor:
        """``[N, channels, 4, 4]`` → ``[N, channels]``."""
        x = self.attention(activate(self.conv(self.deviation(x))))
        return activate(self.dense(x.flatten(1)))


class ProgressiveDiscriminator(Growing, Discriminator):
    """Pictures of the working resolution → features → blocks that halve, down to 4×4 → logit and label's projection.

    Args:
        shape: of the pictures at full resolution.
        options: of the family.
        blurred: whether features are blurred before they are halved (StyleGAN).
    """

    def __init__(self, shape: Shape, options: ProgressiveOptions, blurred: bool) -> None:
        super().__init__()
        self.shape = shape
        base = options.discriminator_base or options.channel_base
        features = widths(shape.resolution, base, options.discriminator_max_width or options.max_width)
        sizes = [*features][::-1]
        self.from_image = nn.ModuleDict(
            {block_name(size): EqualizedConv2d(shape.channels, features[size], 1, gain=GAIN) for size in sizes}
        )
        self.blocks = nn.ModuleDict(
            {
                block_name(size): _DownBlock(
                    features[size], features[size // 2], attention_at(size, features[size], options), blurred
                )
                for size in sizes[:-1]
            }
        )
        last = features[SMALLEST]
        self.blocks[block_name(SMALLEST)] = _LastBlock(
            last, options.minibatch_group, attention_at(SMALLEST, last, options)
        )
        self.to_logit = EqualizedLinear(last, 1)
        self.project: nn.Linear | None = None
        if shape.label_width:
            # Unit weights as in equalised layers, but not divided by the root of the label's width: a row has one entry
            # an attribute, and each is to be heard. Divided, labels were followed late or not at all in short runs.
            self.project = nn.Linear(shape.label_width, last, bias=False)
            nn.init.normal_(self.project.weight)
        self.start_grown(shape.resolution)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """``[N, C, r, r]``, r the working resolution, and ``[N, label_width]`` → logits ``[N]``."""
        resolution, fade = self.growth
        x = self._enter(images, resolution)
        for size in resolutions(SMALLEST, resolution)[::-1]:
            if size == resolution // 2 and fade < 1:
                x = blend(self._enter(functional.avg_pool2d(images, 2), size), x, fade)
            x = self.blocks[block_name(size)](x)
        logits: Tensor = self.to_logit(x).flatten()
        if self.project is not None:
            logits = logits + (self.project(labels) * x).sum(dim=1) / math.sqrt(x.shape[1])
        return logits

    def _enter(self, images: Tensor, resolution: int) -> Tensor:
        """``[N, C, r, r]`` → the features ``[N, channels, r, r]`` that the block of that resolution takes."""
        return activate(self.from_image[block_name(resolution)](images))

    def stages(self) -> list[nn.Module]:
        """For each resolution, from full size down, the way in and the block; then the logit with the projection."""
        stages = [nn.ModuleList([self.from_image[name], block]) for name, block in self.blocks.items()]
        head = [self.to_logit] if self.project is None else [self.to_logit, self.project]
        return [*stages, nn.ModuleList(head)]
