"""Wasserstein GANs: DCGAN's networks, whose discriminator is a critic with a logit on an open scale.

``wgan`` bounds the critic by clipping its weights and keeps batch normalisation in it (Arjovsky et al. 2017,
1701.07875, §4). ``wgan-gp`` penalises the slope for each picture by itself, which batch normalisation would make
meaningless: its critic has none, or layer normalisation (Gulrajani et al. 2017, 1704.00028, §4). The recipe says what
bounds the critic, and how many steps it takes for one of the generator.
"""

from typing import Literal

from pydantic import Field

from nijigen.models.dcgan import DCGANOptions, build, check_shape
from nijigen.models.registry import Family, register


class WGANGPOptions(DCGANOptions):
    """The ``[network]`` table of a WGAN-GP recipe: DCGAN's, with a critic that sees pictures one by one."""

    discriminator_norm: Literal["batch", "layer", "none"] = Field("none", description="layer: each picture by itself")
    bias: bool = Field(True, description="biases in convolutions that no normalisation follows, but for the logit's")


register(Family("wgan", DCGANOptions, build, check=check_shape))
register(Family("wgan-gp", WGANGPOptions, build, check=check_shape))
