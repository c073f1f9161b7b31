"""CartoonGAN as a family that can be trained (Chen, Lai & Liu, CVPR 2018): the generator, patches, their options.

The generator is that of ``cartoongan.py``, at any width and depth; self-attention (1805.08318) may stand behind a
halving or a doubling. ``training/translation.py`` says how the two are trained.
"""

from nijigen.models.cartoongan import CartoonGenerator
from nijigen.models.contract import Networks, Shape
from nijigen.models.patches import CartoonPatches
from nijigen.models.registry import Family, register
from nijigen.models.translator_options import TranslatorOptions, check_translator

EPS = 1e-5  # larger than in the published network: where a channel is even, a gradient must not grow without bounds


class CartoonGANOptions(TranslatorOptions):
    """The ``[network]`` table of a CartoonGAN recipe."""


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


register(Family("cartoongan", CartoonGANOptions, build, check=check_translator, kind="translator", game="one way"))
