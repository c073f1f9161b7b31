"""What translators of two halvings and two doublings have in common: options, and at which sizes they work."""

from pydantic import BaseModel, ConfigDict, Field

from nijigen.errors import NijigenError
from nijigen.models.contract import Shape
from nijigen.nn.attention import check_attention

LEAST = 16  # px


class TranslatorOptions(BaseModel):
    """The ``[network]`` table of such a family's recipe; a family says otherwise where its network differs."""

    model_config = ConfigDict(extra="forbid")

    width: int = Field(64, ge=4, le=256, description="channels at full size; doubled at each of the two halvings")
    blocks: int = Field(8, ge=1, le=32, description="residual blocks at a quarter of the size")
    discriminator_width: int = Field(32, ge=4, le=256, description="channels of the discriminator's first layer")
    encoder_attention: tuple[int, ...] = Field((), description="resolutions with self-attention on the way down")
    decoder_attention: tuple[int, ...] = Field((), description="resolutions with self-attention on the way up")


def check_translator(shape: Shape, options: TranslatorOptions) -> None:
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
    check_attention(options.encoder_attention, (resolution // 4, resolution // 2), "encoder_attention")
    check_attention(options.decoder_attention, (resolution // 2, resolution), "decoder_attention")
