"""What can be chosen of a StyleGAN2, and which choices go together."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from nijigen.errors import NijigenError
from nijigen.models.contract import Shape
from nijigen.nn.attention import check_attention
from nijigen.nn.growing import resolutions


class StyleGAN2Options(BaseModel):
    """The ``[network]`` table of a StyleGAN2 recipe."""

    model_config = ConfigDict(extra="forbid")

    latent: int = Field(512, ge=1, le=4096, description="width of the noise z")
    latent_width: int = Field(512, ge=1, le=4096, description="width of the latent w and of the mapping network")
    embedding: int = Field(512, ge=1, le=4096, description="width of the label's embedding beside z")
    mapping_layers: int = Field(2, ge=1, le=16, description="dense layers from z to w")
    label_layers: int = Field(8, ge=1, le=16, description="dense layers of the discriminator from label to direction")
    mapping_rate: float = Field(0.01, gt=0, le=1, description="learning rate of both mappings, in parts of the rest's")
    channel_base: int = Field(16384, ge=4, le=262144, description="features at r px: this divided by r …")
    max_width: int = Field(512, ge=1, le=4096, description="… and at most this")
    discriminator_base: int = Field(0, ge=0, le=262144, description="the discriminator's; 0: as the generator's")
    discriminator_max_width: int = Field(0, ge=0, le=4096, description="the discriminator's; 0: as the generator's")
    noise: bool = Field(True, description="per-pixel noise; false where pictures have no texture, as flat drawings")
    noise_maps: Literal["drawn", "kept"] = Field("drawn", description="its maps: from a seed, or kept with the weights")
    clamp: float = Field(0.0, ge=0, le=65504, description="largest feature and colour on either side of 0; 0: any")
    demodulation: Literal["scaled", "plain"] = Field(
        "scaled", description="weights whose norm 1e-8 is added to: as they are used, or as they are kept"
    )
    palette: int = Field(0, ge=0, le=256, description="pixels mix so many colours of their picture; 0: any colour")
    unfold: Literal[1, 2, 4] = Field(1, description="pixels a side that one of the finest features stands for")
    skip: Literal["full", "folded", "none"] = Field(
        "full", description="pictures of all resolutions are added; folded: before pixels unfold; none: only the finest"
    )
    places: bool = Field(False, description="a gain and an offset for each place, where all pictures are aligned")
    retouch: int = Field(0, ge=0, le=512, description="features of convolutions over the finished picture; 0: none")
    choices: tuple[int, ...] = Field((), description="numbers of the noise that decide in steps, a side or a kind")
    fifths: bool = Field(False, description="choices are shown in fifths too, for those between five things")
    heard: tuple[int, ...] = Field((), description="numbers of the noise that anything follows; none: all of them")
    minibatch_group: int = Field(4, ge=1, le=256, description="pictures whose deviation the discriminator is shown")
    attention: tuple[int, ...] = Field((), description="resolutions with self-attention, in both networks")


def check_shape(shape: Shape, options: StyleGAN2Options) -> None:
    """Raises NijigenError where no stack of doublings from 4 px reaches the resolution, or attention has no place."""
    if shape.resolution < 8 or shape.resolution & (shape.resolution - 1):
        raise NijigenError(
            f"stylegan2 needs a resolution of 8, 16, 32, 64, 128 … not {shape.resolution}: set resolution=64"
        )
    if shape.resolution < 8 * options.unfold:
        raise NijigenError(
            f"network.unfold={options.unfold} needs a resolution of {8 * options.unfold} or more, not"
            f" {shape.resolution}: set network.unfold=1"
        )
    if options.skip == "folded" and not options.palette:
        raise NijigenError("network.skip=folded adds shares of a palette: set network.palette=32, or network.skip=full")
    for key, numbers in (("choices", options.choices), ("heard", options.heard)):
        if any(not 0 <= number < options.latent for number in numbers):
            raise NijigenError(f"network.{key} names numbers of the noise: use 0 to {options.latent - 1}")
        if len(set(numbers)) < len(numbers):
            raise NijigenError(f"network.{key} names a number twice: give each once")
    check_attention(options.attention, resolutions(8, shape.resolution // options.unfold))
