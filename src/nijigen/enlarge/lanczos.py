"""Enlarging without a network: Lanczos, with edges of transparent pictures as clean as a network's."""

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from nijigen.enlarge.alpha import bleed


def enlarge_plainly(image: Image.Image, scale: int) -> Image.Image:
    """The picture ``scale`` times as wide and high, by Lanczos.

    Colours are spread below what is transparent before they are mixed; alpha stays within the range of the 3×3 pixels
    that it comes from, so that no faint ring appears beside an edge.

    Args:
        image: RGB or RGBA.
    """
    size = image.width * scale, image.height * scale
    if image.mode != "RGBA":
        return image.resize(size, Image.Resampling.LANCZOS)
    colours = Image.fromarray(bleed(np.array(image))[..., :3].copy()).resize(size, Image.Resampling.LANCZOS)
    alpha = image.getchannel("A")
    most, least = (
        alpha.filter(bound).resize(size, Image.Resampling.NEAREST)
        for bound in (ImageFilter.MaxFilter(3), ImageFilter.MinFilter(3))
    )
    smooth = alpha.resize(size, Image.Resampling.LANCZOS)
    alpha = ImageChops.lighter(ImageChops.darker(smooth, most), least)
    seen = alpha.point(lambda level: 255 if level else 0)
    made = Image.composite(colours, Image.new("RGB", size), seen)
    made.putalpha(alpha)
    return made
