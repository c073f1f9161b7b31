"""A face put where every reader expects it: upright, the eyes at two fixed places, with the hair around it."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from PIL import Image

from nijigen.avatarizing.colour import Lab, to_lab
from nijigen.images.faces.face import Face, Point
from nijigen.images.faces.opencv import opencv
from nijigen.images.resize import on_white
from nijigen.images.sheet import Pixels

WIDTH, HEIGHT = 256, 288  # pixels of the view
EYES = ((96.0, 128.0), (160.0, 128.0))  # the middles of the eyes in it, the left one in the picture first
BETWEEN = EYES[1][0] - EYES[0][0]  # pixels from eye to eye: the unit of all lengths
USUAL_EYES = ((0.30, 0.39), (0.68, 0.39))  # shares of the face's box: medians of photographs

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Grey = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True)
class View:
    """A face as readers see it.

    Attributes:
        pixels: RGB uint8 ``[288, 256, 3]``; the edge of the picture is repeated beyond it.
        known: bool ``[288, 256]``: what is in the picture.
    """

    pixels: Pixels
    known: Mask

    @cached_property
    def lab(self) -> Lab:
        """CIELAB, float32 ``[288, 256, 3]``."""
        return to_lab(self.pixels)

    @cached_property
    def grey(self) -> Grey:
        """Lightness for cascades and edges, uint8 ``[288, 256]``."""
        grey: Grey = opencv().cvtColor(self.pixels, opencv().COLOR_RGB2GRAY)
        return grey


def view_of(image: Image.Image, face: Face) -> View:
    """The face of a picture (RGB or RGBA; what is transparent lies on white) in its place."""
    cv2 = opencv()
    pixels = np.asarray(on_white(image))
    eyes = face.eyes or _usual_eyes(face)
    (x0, y0), (x1, y1) = eyes
    between = math.hypot(x1 - x0, y1 - y0)
    scale = BETWEEN / between
    shrunk = min(1.0, scale)
    if shrunk < 1:  # by areas first: a warp alone takes single pixels of a large picture
        size = (max(1, round(pixels.shape[1] * shrunk)), max(1, round(pixels.shape[0] * shrunk)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    cos, sin = (scale / shrunk) * (x1 - x0) / between, (scale / shrunk) * (y1 - y0) / between
    x, y = (x0 + x1) / 2 * shrunk, (y0 + y1) / 2 * shrunk
    middle = ((EYES[0][0] + EYES[1][0]) / 2, EYES[0][1])
    matrix = np.array([[cos, sin, middle[0] - cos * x - sin * y], [-sin, cos, middle[1] + sin * x - cos * y]])
    how = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_REPLICATE}
    warped: Pixels = cv2.warpAffine(pixels, matrix, (WIDTH, HEIGHT), **how)
    inside = np.full(pixels.shape[:2], 255, np.uint8)
    known: Mask = cv2.warpAffine(inside, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_NEAREST) > 0
    return View(warped, known)


def _usual_eyes(face: Face) -> tuple[Point, Point]:
    """Where the eyes of a face are in its box, turned by its lean."""
    x0, y0, x1, y1 = face.box
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    lean = math.radians(face.tilt or 0.0)
    cos, sin = math.cos(lean), math.sin(lean)

    def turned(share: Point) -> Point:
        across, down = x0 + share[0] * (x1 - x0) - middle[0], y0 + share[1] * (y1 - y0) - middle[1]
        return middle[0] + cos * across - sin * down, middle[1] + sin * across + cos * down

    return turned(USUAL_EYES[0]), turned(USUAL_EYES[1])
