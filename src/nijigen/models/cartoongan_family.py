"""CartoonGAN as a family that can be trained (Chen, Lai & Liu, CVPR 2018): the generator, patches, their options.

The generator is that of ``cartoongan.py``, at any width and depth; self-attention (1805.08318) may stand behind a
halving or a doubling. ``training/translation.py`` says how the two are trained.
"""

from pydantic import BaseModel, ConfigDict, Field

from nijigen.errors import NijigenError
from nijigen.models.cartoongan import CartoonGenerator
from nijigen.models.contract import Networks, Shape
from nijigen.models.patches import CartoonPatches
from nijigen.models.registry import Family, register
from nijigen.nn.attention import check_attention

EPS = 1e-5  # larger than in the published network: where a channel is even, a gradient must not grow without bounds
LEAST = 16  # px


class CartoonGANOptions(BaseModel):
    """The ``[network]`` table of a CartoonGAN recipe."""

    model_config = ConfigDict(extra="forbid")

    width: int = Field(64, ge=4, le=256, description="channels at full size; doubled at each of the two halvings")
    blocks: int = Field(8, ge=1, le=32, description="residual blocks at a quarter of the size")
    discriminator_width: int = Field(32, ge=4, le=256, description="channels of the discriminator's first layer")
    encoder_attention: tuple[int, ...] = Field((), description="resolutions with self-attention on the way down")
    decoder_attention: tuple[int, ...] = Field((), description="resolutions with self-attention on the way up")


def check_translator(shape: Shape, encoder: tuple[int, ...], decoder: tuple[int, ...]) -> None:
    """See that a network of two halvings and two doublings can work at a size.

    Raises:
        NijigenError: sides are no multiple of 4 or too small, there is no colour, or attention has no such features.
    """
    resolution = shape.resolution
    if shape.channels != 3:
        raise NijigenError(f"translators work on photos, and those have no transparency: set channels=3, not "
                           f"{shape.channels}")  # fmt: skip
    if resolution < LEAST or resolution % 4:
        raise NijigenError(f"translators halve twice: resolution={resolution} must be a multiple of 4 from {LEAST} on")
    check_attention(encoder, (resolution // 4, resolution // 2), "encoder_attention")
    check_attention(decoder, (resolution // 2, resolution), "decoder_attention")


def check_shape(shape: Shape, options: CartoonGANOptions) -> None:
    """See :func:`check_translator`."""
    check_translator(shape, options.encoder_attention, options.decoder_attention)


def build(shape: Shape, options: CartoonGANOptions) -> Networks:
    """The two networks, with fresh weights from torch's global random state."""
    generator = CartoonGenerator(
        shape,
        [options.width << step for step in range(3)],
        options.blocks,
        EPS,
        options.encoder_attention,
        options.decoder_attention,
    )
    return {"generator": generator, "discriminator": CartoonPatches(shape, options.discriminator_width)}


register(Family("cartoongan", CartoonGANOptions, build, check=check_shape, kind="translator", game="one way"))
