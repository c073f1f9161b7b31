"""What pens leave on paper: thin strokes, and lines of writing."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

INK = 24  # grey levels that ink differs from the paper by
STEP = 40  # grey levels between neighbours that count as the side of a stroke of writing


def paper(histogram: Array) -> tuple[int, float]:
    """The commonest grey level and the share of pixels within 16 levels of it, from a histogram ``[256]``."""
    below = np.zeros(256 + 33, np.int64)
    np.cumsum(histogram, out=below[17:273])
    below[273:] = below[272]
    wide = below[33:] - below[:256]
    level = int(wide.argmax())
    return level, float(wide[level] / max(1, below[272]))


def solid(luma: Array, level: int) -> float:
    """Of all that is darker than the paper, the share that is in patches of 3 × 3 pixels or more (0: only strokes).

    Args:
        luma: uint8 ``[H, W]``, at most about 128 px a side, so that a stroke is one or two pixels wide.
        level: the grey level of the paper.
    """
    ink = luma < level - INK
    total = int(ink.sum())
    if not total or min(luma.shape) < 3:
        return 0.0
    rows = ink[:-2] & ink[1:-1] & ink[2:]
    core = rows[:, :-2] & rows[:, 1:-1] & rows[:, 2:]
    back = np.zeros_like(ink)
    for down in range(3):
        for across in range(3):
            back[down : down + core.shape[0], across : across + core.shape[1]] |= core
    return int(back.sum()) / total


def lines_of_text(luma: Array) -> int:
    """How many lines of writing the picture seems to hold, lying or standing; 0 for hardly any drawing.

    A line of writing has many narrow strokes next to one another, and the next line comes after a blank strip; both
    must hold across the picture. Hair has the strokes, but not the strips.

    Args:
        luma: uint8 ``[H, W]``, at most about 256 px a side.
    """
    return max(_lines(luma), _lines(luma.T))


def _lines(luma: Array) -> int:
    height, width = luma.shape
    if min(height, width) < 16:
        return 0
    values = luma.astype(np.int16)
    change = values[:, 1:] - values[:, :-1]
    # The sides of strokes: up and down again within a few pixels, counted per row of pixels.
    rises, falls = np.count_nonzero(change > STEP, axis=1), np.count_nonzero(change < -STEP, axis=1)
    strokes = np.minimum(rises, falls)
    needed = max(6, width // 16)
    busy = strokes >= needed
    if not busy.any():
        return 0
    blank = strokes <= needed // 4
    found, inside = 0, False
    for is_busy, is_blank in zip(busy.tolist(), blank.tolist(), strict=True):
        if is_busy and not inside:
            found, inside = found + 1, True
        elif is_blank:
            inside = False
    return found
