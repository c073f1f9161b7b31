"""A face with some of what is around it, cut out as a square."""

import math

import numpy as np
from PIL import Image

from nijigen.images.faces.face import Face
from nijigen.images.resize import WHITE, Shape

MARGIN = 0.25
LEVEL = 5.0  # degrees: a lean is told little better than that, and every turn costs some sharpness


def crop_face(
    image: Image.Image, face: Face, margin: float = MARGIN, shape: Shape = "crop", upright: bool = True
) -> Image.Image:
    """The square around a face, at the size that it has in the picture; mode and alpha are kept.

    Where the square would be larger than the picture, the picture shows little but the face already: then it is the
    largest square of the picture, as near to the face as it can be, not turned. A square picture comes back unchanged.

    Args:
        image: RGB or RGBA.
        margin: what is added at each side, as a share of the side of the face's box. Boxes of the anime cascade leave
            the crown of the hair out; a quarter takes it in.
        shape: what lies beyond the picture's edge: ``crop`` repeats the edge, ``pad`` leaves it white, or transparent
            with an alpha channel. Nothing is ever stretched.
        upright: turn a face that is known to lean by five degrees or more.
    """
    side = max(1, round(face.side * (1 + 2 * margin)))
    # A box may reach out of the picture; its middle, at the least, is to be a pixel of it.
    x = min(max((face.box[0] + face.box[2]) / 2, 0.5), image.width - 0.5)
    y = min(max((face.box[1] + face.box[3]) / 2, 0.5), image.height - 0.5)
    if side > min(image.size):
        return _nearest_square(image, x, y)
    angle = (face.angle if upright else None) or 0.0
    if abs(angle) < LEVEL:
        return _window(image, round(x - side / 2), round(y - side / 2), side, shape)
    lean = math.radians(angle)
    wide = math.ceil(side * (abs(math.cos(lean)) + abs(math.sin(lean)))) + 4  # four for the filter's reach
    left, top = round(x - wide / 2), round(y - wide / 2)
    window = _window(image, left, top, wide, shape)
    return _turn(window, x - left, y - top, lean, side)


def _nearest_square(image: Image.Image, x: float, y: float) -> Image.Image:
    side = min(image.size)
    if image.size == (side, side):
        return image
    left, top = (min(max(round(at - side / 2), 0), most - side) for at, most in ((x, image.width), (y, image.height)))
    return image.crop((left, top, left + side, top + side))


def _window(image: Image.Image, left: int, top: int, side: int, shape: Shape) -> Image.Image:
    """The square from (left, top), which may lie partly outside."""
    right, bottom = left + side, top + side
    inside = (max(left, 0), max(top, 0), min(right, image.width), min(bottom, image.height))
    part = image.crop(inside)
    if part.size == (side, side):
        return part
    if shape == "pad":
        ground = Image.new(image.mode, (side, side), WHITE if image.mode == "RGB" else (0, 0, 0, 0))
        ground.paste(part, (inside[0] - left, inside[1] - top))
        return ground
    beyond = ((inside[1] - top, bottom - inside[3]), (inside[0] - left, right - inside[2]), (0, 0))
    return Image.fromarray(np.pad(np.asarray(part), beyond, mode="edge"))


def _turn(window: Image.Image, x: float, y: float, lean: float, side: int) -> Image.Image:
    """The square of ``side`` pixels around (x, y) that leans clockwise by ``lean`` radians, put upright."""
    cos, sin = math.cos(lean), math.sin(lean)
    half = side / 2
    # Where a pixel of the result comes from: x' = x + cos·(u − half) − sin·(v − half), y' likewise.
    matrix = (cos, -sin, x - half * (cos - sin), sin, cos, y - half * (sin + cos))
    # Of RGBA, Pillow multiplies the colours by alpha before it mixes them.
    return window.transform((side, side), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC)
