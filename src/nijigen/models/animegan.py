"""AnimeGAN, second version: a light translator of photos (Chen, Liu & Chen, ISICA 2019, 10.1007/978-981-15-5577-0_18).

Version two, published by its authors as code, made the network lighter and put layer normalisation, which sees a
picture as a whole, in the place of instance normalisation, which left a grain. Two halvings, four inverted residual
blocks (1801.04381: wide inside, depthwise convolution there), two bilinear doublings.
"""

from pydantic import Field
from torch import Tensor, nn, tanh
from torch.nn import functional

from nijigen.models.cartoongan import reflected
from nijigen.models.contract import Networks, Shape
from nijigen.models.patches import CartoonPatches
from nijigen.models.registry import Family, register
from nijigen.models.translator import Translator
from nijigen.models.translator_options import TranslatorOptions, check_translator
from nijigen.nn.attention import SelfAttention
from nijigen.nn.spatial_norm import LayerNorm

SLOPE = 0.2  # of leaky activations below 0
EXPANSION = 2  # of the channels inside of an inverted residual block


class AnimeGANOptions(TranslatorOptions):
    """The ``[network]`` table of an AnimeGAN recipe."""

    width: int = Field(32, ge=4, le=256, description="channels at full size; eight times as many at a quarter of it")
    blocks: int = Field(4, ge=1, le=32, description="inverted residual blocks at a quarter of the size")


class Stage(nn.Module):
    """A convolution over mirrored borders, layer normalisation, leaky activation.

    Args:
        size: of the kernel, odd.
        stride: 2 halves the sides.
        groups: of channels; as many as there are: a depthwise convolution.
    """

    def __init__(self, before: int, after: int, size: int = 3, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.border = size // 2
        self.conv = nn.Conv2d(before, after, size, stride, groups=groups, bias=False)
        self.norm = LayerNorm(after)

    def forward(self, x: Tensor) -> Tensor:
        """``[N, before, H, W]`` → ``[N, after, H/stride, W/stride]``."""
        wide = reflected(x, self.border) if self.border else x
        return functional.leaky_relu_(self.norm(self.conv(wide)), SLOPE)


class InvertedBlock(nn.Module):
    """Wider, a depthwise convolution there, narrower again; the sum where the width stays (1801.04381, §3.3)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        inner = round(before * EXPANSION)
        self.widen, self.depthwise = Stage(before, inner, 1), Stage(inner, inner, 3, groups=inner)
        self.narrow, self.norm = nn.Conv2d(inner, after, 1, bias=False), LayerNorm(after)
        self.residual = before == after

    def forward(self, x: Tensor) -> Tensor:
        """``[N, before, H, W]`` → ``[N, after, H, W]``."""
        made: Tensor = self.norm(self.narrow(self.depthwise(self.widen(x))))
        return x + made if self.residual else made


class AnimeGenerator(Translator):
    """Photo → drawing; any size whose sides are multiples of 4 and 8 px at least."""

    multiple = 4
    least = 8

    def __init__(self, shape: Shape, options: AnimeGANOptions) -> None:
        super().__init__()
        self.shape = shape
        width, side = options.width, shape.resolution
        # 7×7 at both ends, 3×3 at full, half and quarter size, a pixel of the smaller one for each bilinear doubling.
        self.reach = 3 + 1 + 2 + 2 + 4 + 4 * (2 + options.blocks) + 4 + 4 + 2 + 2 + 3

        def attending(width: int, side: int, where: tuple[int, ...]) -> nn.Module:
            return SelfAttention(width) if side in where else nn.Identity()

        inner = [InvertedBlock(4 * width if not number else 8 * width, 8 * width) for number in range(options.blocks)]
        self.enter = Stage(shape.channels, width, 7)
        self.to_half = nn.Sequential(
            Stage(width, 2 * width, 3, 2),
            Stage(2 * width, 2 * width),
            attending(2 * width, side // 2, options.encoder_attention),
        )
        self.to_quarter = nn.Sequential(
            Stage(2 * width, 4 * width, 3, 2),
            Stage(4 * width, 4 * width),
            attending(4 * width, side // 4, options.encoder_attention),
        )
        self.blocks = nn.Sequential(Stage(4 * width, 4 * width), *inner, Stage(8 * width, 4 * width))
        self.from_quarter = nn.Sequential(
            Stage(4 * width, 4 * width),
            Stage(4 * width, 4 * width),
            attending(4 * width, side // 2, options.decoder_attention),
        )
        self.from_half = nn.Sequential(
            Stage(4 * width, 2 * width),
            Stage(2 * width, 2 * width),
            attending(2 * width, side, options.decoder_attention),
            Stage(2 * width, width, 7),
        )
        self.leave = nn.Conv2d(width, shape.channels, 1, bias=False)

    def translate(self, images: Tensor) -> Tensor:
        """See :class:`Translator`."""
        x = self.blocks(self.to_quarter(self.to_half(self.enter(images))))
        x = self.from_half(doubled(self.from_quarter(doubled(x))))
        return tanh(self.leave(x))


def doubled(x: Tensor) -> Tensor:
    """Twice as high and wide, bilinearly: no grain of a transposed convolution."""
    return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def build(shape: Shape, options: AnimeGANOptions) -> Networks:
    """The two networks, with fresh weights from torch's global random state."""
    discriminator = CartoonPatches(shape, options.discriminator_width, "layer", spectral=True)
    return {"generator": AnimeGenerator(shape, options), "discriminator": discriminator}


register(
    Family("animegan", AnimeGANOptions, build, check=check_translator, kind="translator", game="one way", bounded=True)
)
