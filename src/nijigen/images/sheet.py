"""Contact sheets: many pictures in one, in a grid."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

Pixels = np.ndarray[Any, np.dtype[np.uint8]]

MARGIN = 2  # pixels between pictures
WHITE = 255
WIDEST = 4


def make_sheet(pictures: Sequence[Pixels], columns: int | None = None, least: int = 0) -> Image.Image:
    """A grid of pictures ``[H, W, 3|4]`` on white (transparent where they have alpha), row by row.

    Args:
        columns: None makes a grid without holes, at most four times as wide as high, or else a square.
        least: smaller pictures are enlarged by a whole factor to at least this many pixels a side, smoothly, so that
            a person can see them.

    Raises:
        ValueError: there are no pictures, or their shapes differ.
    """
    if not pictures:
        raise ValueError("a sheet needs at least one picture")
    height, width, channels = pictures[0].shape
    if any(picture.shape != (height, width, channels) for picture in pictures):
        raise ValueError("the pictures of a sheet must have one shape")
    factor = max(1, -(-least // min(height, width)))
    if factor > 1:
        height, width = height * factor, width * factor
        pictures = [np.asarray(Image.fromarray(p).resize((width, height), Image.Resampling.BICUBIC)) for p in pictures]
    columns = min(columns or _whole_rows(len(pictures)), len(pictures))
    rows = math.ceil(len(pictures) / columns)
    canvas = np.full(
        (rows * (height + MARGIN) - MARGIN, columns * (width + MARGIN) - MARGIN, channels), WHITE, np.uint8
    )
    if channels == 4:
        canvas[...] = 0
    for index, picture in enumerate(pictures):
        top, left = index // columns * (height + MARGIN), index % columns * (width + MARGIN)
        canvas[top : top + height, left : left + width] = picture
    return Image.fromarray(canvas)


def _whole_rows(count: int) -> int:
    """Columns of a grid without a hole where one is not too wide for its height, else of a square one."""
    square = math.ceil(math.sqrt(count))
    whole = (columns for columns in range(square, count + 1) if count % columns == 0)
    return next((columns for columns in whole if columns <= WIDEST * count // columns), square)
