"""Pictures whose edges are blurred: what is left of a drawing without its clear lines (CartoonGAN, CVPR 2018, §3.2.1).

Edges are found (Canny 1986, 10.1109/TPAMI.1986.4767851), made broader, and blurred there; everything else stays as it
is. Numbers are those of the paper's followers at 256 px; smaller pictures have thinner lines, and edges are made less
broad.
"""

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

WEAK, STRONG = 100.0, 200.0  # |slope| down and across together, of Sobel's filters on 0…255
FIRST_BLUR = 1.0  # pixels, standard deviation: Canny's own, against noise
BLUR, REACH = 1.1, 2  # of the smoothing: standard deviation, and how far its kernel reaches, 5 × 5
FULL = 128  # px of a side for each pixel by which edges are broader: 3 × 3 up to 191 px, 5 × 5 from there
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
QUARTER = np.pi / 4


def smooth_edges(pixels: Array) -> Array:
    """Pictures uint8 ``[N, H, W, 3]`` → the same with blurred edges, uint8; a function of each picture alone."""
    values = pixels.astype(np.float32)
    near = broadened(find_edges(values @ LUMA), max(1, round(pixels.shape[1] / FULL)))
    blurred = np.stack([_blurred(values[..., channel], BLUR, REACH) for channel in range(3)], axis=-1)
    made: Array = np.where(near[..., None], np.rint(blurred), values).astype(np.uint8)
    return made


def find_edges(grey: Array) -> Array:
    """Canny's edges of pictures ``[N, H, W]`` in 0…255: bool, one pixel thin.

    Places where the slope is steepest across the edge; strong ones, and weak ones that are connected with them.
    """
    calm = _blurred(grey, FIRST_BLUR, REACH)
    across, down = _sobel(calm)
    slope = np.abs(across) + np.abs(down)
    thin = (slope >= WEAK) & _is_ridge(slope, across, down)
    found = thin & (slope >= STRONG)
    while True:
        more = thin & broadened(found, 1)
        if (more == found).all():
            return found
        found = more


def broadened(mask: Array, by: int) -> Array:
    """A bool mask ``[N, H, W]``, true also where it is within ``by`` pixels in both directions."""
    wide = mask
    for axis in (1, 2):
        grown = wide.copy()
        for step in range(1, by + 1):
            ahead, behind = [slice(None)] * 3, [slice(None)] * 3
            ahead[axis], behind[axis] = slice(step, None), slice(None, -step)
            grown[tuple(ahead)] |= wide[tuple(behind)]
            grown[tuple(behind)] |= wide[tuple(ahead)]
        wide = grown
    return wide


def _blurred(grey: Array, deviation: float, reach: int) -> Array:
    """A Gaussian of a standard deviation, cut off at ``reach`` pixels; borders are mirrored."""
    places = np.arange(-reach, reach + 1)
    weights = np.exp(-(places**2) / (2 * deviation**2))
    weights = (weights / weights.sum()).astype(np.float32)
    for axis in (1, 2):
        wide = np.pad(grey, [(reach, reach) if place == axis else (0, 0) for place in range(3)], mode="reflect")
        size = grey.shape[axis]
        parts = (weight * np.take(wide, np.arange(start, start + size), axis) for start, weight in enumerate(weights))
        grey = sum(parts, start=np.zeros_like(grey))
    return grey


def _sobel(grey: Array) -> tuple[Array, Array]:
    """Slopes to the right and downwards, by Sobel's filters (1, 2, 1 across and -1, 0, 1 along)."""
    wide = np.pad(grey, ((0, 0), (1, 1), (1, 1)), mode="edge")
    rows = wide[:, :-2] + 2 * wide[:, 1:-1] + wide[:, 2:]
    columns = wide[..., :-2] + 2 * wide[..., 1:-1] + wide[..., 2:]
    return rows[..., 2:] - rows[..., :-2], columns[:, 2:] - columns[:, :-2]


def _is_ridge(slope: Array, across: Array, down: Array) -> Array:
    """Where the slope is no less than at both neighbours in its direction, of four; of two that are equal, one."""
    wide = np.pad(slope, ((0, 0), (1, 1), (1, 1)))
    height, width = slope.shape[1:]
    octant = np.rint(np.arctan2(down, across) / QUARTER).astype(np.int8) % 4
    ridge = np.zeros(slope.shape, bool)
    for direction, (dy, dx) in enumerate(((0, 1), (1, 1), (1, 0), (1, -1))):
        ahead = wide[:, 1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
        behind = wide[:, 1 - dy : 1 - dy + height, 1 - dx : 1 - dx + width]
        ridge |= (octant == direction) & (slope >= ahead) & (slope > behind)
    return ridge
