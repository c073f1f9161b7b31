"""What detectors look at: a picture in grey, at a bounded size, and patches of it."""

import math
from typing import Any

import numpy as np
from PIL import Image

from nijigen.images.faces.face import Box
from nijigen.images.faces.opencv import opencv
from nijigen.images.resize import on_white

Grey = np.ndarray[Any, np.dtype[np.uint8]]  # [H, W]
Affine = np.ndarray[Any, np.dtype[np.float64]]  # [2, 3]


def to_grey(image: Image.Image) -> Grey:
    """uint8 ``[H, W]`` of a picture; see-through parts lie on white."""
    grey: Grey = np.asarray(on_white(image).convert("L"))
    return grey


def shrink(grey: Grey, longest: int) -> tuple[Grey, float]:
    """``grey`` with its longer side at most ``longest`` pixels, and the factor by which it is smaller (1 or less)."""
    height, width = grey.shape
    scale = longest / max(height, width)
    if scale >= 1:
        return grey, 1.0
    cv2 = opencv()
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    smaller: Grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return smaller, scale


def border(grey: Grey, pixels: int) -> Grey:
    """``grey`` with its edge repeated outwards."""
    cv2 = opencv()
    wider: Grey = cv2.copyMakeBorder(grey, pixels, pixels, pixels, pixels, cv2.BORDER_REPLICATE)
    return wider


def patch(grey: Grey, box: Box, size: int) -> Grey:
    """The square around the middle of ``box`` with its longer side, at ``size × size`` pixels; edges are repeated."""
    cv2 = opencv()
    side = max(1, round(max(box[2] - box[0], box[3] - box[1])))
    left, top = round((box[0] + box[2] - side) / 2), round((box[1] + box[3] - side) / 2)
    height, width = grey.shape
    # The part that is there; at least a pixel, so that there is an edge to repeat.
    x0, y0 = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
    x1, y1 = max(min(left + side, width), x0 + 1), max(min(top + side, height), y0 + 1)
    whole = cv2.copyMakeBorder(
        grey[y0:y1, x0:x1], y0 - top if top < y0 else 0, max(0, top + side - y1),
        x0 - left if left < x0 else 0, max(0, left + side - x1), cv2.BORDER_REPLICATE,
    )  # fmt: skip
    scaled: Grey = cv2.resize(whole, (size, size), interpolation=cv2.INTER_AREA if size < side else cv2.INTER_LINEAR)
    return scaled


def turned(grey: Grey, degrees: float, size: int) -> Grey:
    """The middle ``size × size`` pixels of a square, turned anticlockwise."""
    return _turn(grey, degrees, size, size)[0]


def turned_whole(grey: Grey, degrees: float) -> tuple[Grey, Affine]:
    """All of a picture, turned anticlockwise, and the matrix ``[2, 3]`` that leads from there back to the picture."""
    height, width = grey.shape
    lean = math.radians(abs(degrees))
    across = math.ceil(width * math.cos(lean) + height * math.sin(lean))
    down = math.ceil(height * math.cos(lean) + width * math.sin(lean))
    result, matrix = _turn(grey, degrees, across, down)
    back: Affine = opencv().invertAffineTransform(matrix)
    return result, back


def _turn(grey: Grey, degrees: float, across: int, down: int) -> tuple[Grey, Affine]:
    cv2 = opencv()
    height, width = grey.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    matrix[:, 2] += ((across - width) / 2, (down - height) / 2)
    how = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_REPLICATE}
    result: Grey = cv2.warpAffine(grey, matrix, (across, down), **how)
    return result, matrix
