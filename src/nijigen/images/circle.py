"""The smallest circle around what a picture shows, and discs to cut with."""

import math
from typing import Any

import numpy as np

from nijigen.images.subject import Mask

Circle = tuple[float, float, float]  # x, y, radius
Cover = np.ndarray[Any, np.dtype[np.float32]]
Points = np.ndarray[Any, np.dtype[np.float64]]
ENOUGH = 1e-9


def enclosing_circle(mask: Mask) -> Circle:
    """The smallest circle that holds every pixel of a mask, corners included (by its extreme points, one at a time).

    Raises:
        ValueError: the mask is empty.
    """
    points = _corners(mask)
    # Ritter's walk gives a start; each round then adds the farthest point to the few that hold the circle.
    holding = [points[0]]
    circle = (float(points[0][0]), float(points[0][1]), 0.0)
    for _ in range(len(points)):
        away = np.hypot(points[:, 0] - circle[0], points[:, 1] - circle[1])
        farthest = int(away.argmax())
        if away[farthest] <= circle[2] + 1e-7:
            break
        circle, holding = _smallest([*holding, points[farthest]])
    return circle


def disc(side: int) -> Cover:
    """How much of each pixel ``[side, side]`` lies in the circle that a square holds, 0 to 1."""
    away = np.arange(side, dtype=np.float32) + 0.5 - side / 2
    cover = side / 2 - np.hypot(away[:, None], away[None, :])
    # By the pixel's middle: nothing beyond the circle keeps more than half of itself.
    share: Cover = np.clip(cover + 0.5, 0, 1).astype(np.float32)
    return share


def _corners(mask: Mask) -> Points:
    """The outer corners of the first and the last pixel of every row: the circle around them holds the others."""
    rows = np.flatnonzero(mask.any(axis=1))
    if not len(rows):
        raise ValueError("the mask is empty")
    left = mask[rows].argmax(axis=1)
    right = mask.shape[1] - mask[rows][:, ::-1].argmax(axis=1)
    corners = [(x, y + below) for x, y in ((left, rows), (right, rows)) for below in (0, 1)]
    return np.concatenate([np.stack([x, y], axis=1) for x, y in corners]).astype(np.float64)


def _smallest(points: list[Points]) -> tuple[Circle, list[Points]]:
    """The smallest circle around up to four points, and those of them that it goes through."""
    best: tuple[Circle, list[Points]] | None = None
    count = len(points)
    for first in range(count):
        for second in range(first + 1, count):
            pair = [points[first], points[second]]
            trios = [[*pair, points[third]] for third in range(second + 1, count)]
            for held in (pair, *trios):
                circle = _through(held)
                if circle is None or (best is not None and circle[2] >= best[0][2]):
                    continue
                if all(math.hypot(x - circle[0], y - circle[1]) <= circle[2] + 1e-7 for x, y in points):
                    best = circle, held
    assert best is not None  # two points always have one; more on a line have that of its ends
    return best


def _through(points: list[Points]) -> Circle | None:
    """The circle over two points, or through three; None where they lie on a line."""
    (ax, ay), (bx, by) = ((float(x), float(y)) for x, y in points[:2])
    if len(points) == 2:
        return (ax + bx) / 2, (ay + by) / 2, math.hypot(ax - bx, ay - by) / 2
    cx, cy = float(points[2][0]), float(points[2][1])
    twice = 2 * ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax))
    if abs(twice) < ENOUGH:
        return None
    b, c = (bx - ax) ** 2 + (by - ay) ** 2, (cx - ax) ** 2 + (cy - ay) ** 2
    x, y = ((cy - ay) * b - (by - ay) * c) / twice, ((bx - ax) * c - (cx - ax) * b) / twice
    return ax + x, ay + y, math.hypot(x, y)
