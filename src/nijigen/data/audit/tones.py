"""Light and colour: how much of it, how far from grey, and whether a rim of one colour lies around it."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

Array = np.ndarray[Any, Any]

BORDER = 12  # levels of 255 within which the rim of a picture counts as one colour, and beyond which as content
STRAY = 0.02  # share of the rim that may have other colours
# From RGB of 255 levels to luma (ITU-R BT.601), and what red and blue have beyond it, 0 to 1.
OFF_GREY = np.array([[0.299, 0.587, 0.114], [0.701, -0.587, -0.114], [-0.299, -0.587, 0.886]], np.float32) / 255

MOMENTS = np.array([np.ones(256), np.arange(256), np.arange(256) ** 2], np.int64)


def brightness_below(histogram: Array, shares: Sequence[float]) -> list[float]:
    """The luma (0 to 1) below which each share of the pixels of a histogram ``[256]`` lies."""
    below = np.cumsum(histogram)
    return [float(level) / 255 for level in np.searchsorted(below, np.multiply(shares, below[-1]))]


def spread(histogram: Array) -> float:
    """The standard deviation of the levels of a histogram ``[256]``, 0 to 127.5."""
    count, total, squares = (int(moment) for moment in MOMENTS @ histogram)
    return math.sqrt(count * squares - total * total) / count  # whole numbers, so nothing is rounded away


def entropy(histogram: Array) -> float:
    """Bits, 0 to 5, of a histogram ``[256]`` in 32 classes."""
    shares = histogram.reshape(32, 8).sum(axis=1) / histogram.sum()
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum()) + 0.0


def off_grey(pixels: Array) -> tuple[Array, Array, float]:
    """Of RGB ``uint8 [H, W, 3]``, for every pixel: squared distance from grey, and from one tint; and the mean.

    In a picture of a single tint (grey, sepia, printed in one ink) the colour of a pixel follows from its luma along a
    straight line; the second distance is that from the best such line. The last number is the root mean square
    distance from grey. All are 0 to about 1.
    """
    luma, red, blue = OFF_GREY @ pixels.reshape(-1, 3).T.astype(np.float32)
    count = len(luma)
    energy_red, energy_blue = float(red @ red), float(blue @ blue)
    grey = red * red
    grey += blue * blue
    luma -= np.float32(luma.mean())
    energy = max(float(luma @ luma), 1e-6)
    rest = np.zeros_like(luma)
    for part in (red, blue):
        slope, middle = np.float32(float(luma @ part) / energy), np.float32(part.mean())
        part -= middle
        part -= luma * slope
        part *= part
        rest += part
    return grey, rest, math.sqrt((energy_red + energy_blue) / count)


def beyond(squares: Array, share: float) -> float:
    """The root of what this share of the values is not above."""
    place = int(share * (len(squares) - 1))
    return math.sqrt(float(np.partition(squares, place)[place]))


def rim_content(image: Image.Image, luma: Array) -> float:
    """The longer side of what is drawn, as a share of the whole; 1 where the rim has more than one colour.

    Args:
        image: RGB, N pixels a side.
        luma: of the same, ``uint8 [N, N]``.
    """
    side = len(luma)
    if side < 8:
        return 1.0
    light = np.sort(np.concatenate([luma[0], luma[-1], luma[:, 0], luma[:, -1]]))
    stray = int(STRAY * len(light))
    if int(light[-1 - stray]) - int(light[stray]) > 2 * BORDER + 2:  # cheap, and true of most: not one colour
        return 1.0
    pixels = np.asarray(image)
    rim = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]).astype(np.int16)
    colour = np.median(rim, axis=0)
    if (np.abs(rim - colour).max(axis=1) > BORDER).mean() > STRAY:
        return 1.0
    drawn = np.abs(pixels - colour).max(axis=2) > BORDER
    extents = [np.nonzero(drawn.any(axis=axis))[0] for axis in (0, 1)]
    if not len(extents[0]):
        return 0.0
    return max(int(found[-1] - found[0]) + 1 for found in extents) / side
