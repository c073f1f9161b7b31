"""Colours below what cannot be seen: spread from what can, so that no edge takes in a colour that nobody chose.

Programs leave black, or anything, where a picture is transparent. A network that looks at such pixels draws a dark seam
along every edge.
"""

from itertools import product
from typing import Any

import numpy as np

from nijigen.images.sheet import Pixels

# A network looks 7 pixels far at most, doubling twice 7 + 3½ of the first picture; what is seen grows by one pixel.
REACH = 13
AROUND = [(down, right) for down, right in product((-1, 0, 1), repeat=2) if (down, right) != (0, 0)]


def bleed(pixels: Pixels, reach: int = REACH) -> Pixels:
    """The picture with its colours spread ``reach`` pixels into what is fully transparent, and black beyond.

    Each pixel takes the mean of the neighbours that have a colour already, weighted by how well those are seen. Alpha
    and every pixel with alpha above 0 stay as they are.

    Args:
        pixels: ``[H, W, 4]``, straight alpha.
    """
    padded = np.pad(pixels, ((1, 1), (1, 1), (0, 0)))
    colours, seen = padded[..., :3], padded[..., 3].astype(np.float32)
    colours[seen == 0] = 0
    inside = np.zeros(seen.shape, bool)
    inside[1:-1, 1:-1] = True
    for _ in range(reach):
        rows, columns = np.nonzero(_beside(seen > 0) & (seen == 0) & inside)
        if not len(rows):
            break
        total: Any = np.zeros((len(rows), 3), np.float32)
        weight: Any = np.zeros((len(rows), 1), np.float32)
        for down, right in AROUND:
            share = seen[rows + down, columns + right, None]
            total += share * colours[rows + down, columns + right]
            weight += share
        colours[rows, columns] = np.rint(total / weight)
        seen[rows, columns] = weight[:, 0] / len(AROUND)
    spread: Pixels = padded[1:-1, 1:-1].copy()
    return spread


def _beside(marked: Any) -> Any:
    """Marked pixels and all that touch one."""
    for axis in (0, 1):
        marked = marked | np.roll(marked, 1, axis) | np.roll(marked, -1, axis)
    return marked
