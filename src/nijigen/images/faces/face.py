"""A face that was found, and what to do where several finds are one face."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

Box = tuple[float, float, float, float]
Point = tuple[float, float]

OVERLAP = 0.3  # of the area that two boxes cover together
INSIDE = 0.7  # of the smaller box


@dataclass(frozen=True, slots=True)
class Face:
    """Where a face is in a picture.

    Attributes:
        box: ``x0, y0, x1, y1`` in pixels of the picture; it may reach beyond the picture's edge.
        score: 0 to 1; comparable among the finds of one detector only.
        eyes: their middles, the left one in the picture first; None where they were not found.
        tilt: degrees by which the head leans clockwise, where there are no eyes to tell it; None: it cannot be told.
    """

    box: Box
    score: float
    eyes: tuple[Point, Point] | None = None
    tilt: float | None = None

    @property
    def side(self) -> float:
        """Of the square with the area of the box, in pixels."""
        return math.sqrt(area(self.box))

    @property
    def angle(self) -> float | None:
        """Degrees by which the head leans clockwise, by the line of its eyes if there is one."""
        if self.eyes is None:
            return self.tilt
        (x0, y0), (x1, y1) = self.eyes
        return math.degrees(math.atan2(y1 - y0, x1 - x0)) if x1 > x0 else self.tilt


def area(box: Box) -> float:
    """Of a box; 0 where it is turned inside out."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def same(one: Box, other: Box) -> bool:
    """Whether two boxes are so much of one that they mean one face."""
    corners = (max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3]))
    common = area(corners)
    return common > OVERLAP * (area(one) + area(other) - common) or common > INSIDE * min(area(one), area(other))


def merge(faces: Iterable[Face]) -> list[Face]:
    """One face for all finds of it, the one with the highest score; left to right, then top to bottom."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda one: (-one.score, one.box)):
        if not any(same(face.box, other.box) for other in kept):
            kept.append(face)
    return sorted(kept, key=lambda one: one.box)


def moved(box: Box, by: float) -> Box:
    """``box`` further right and down by ``by`` pixels."""
    return (box[0] + by, box[1] + by, box[2] + by, box[3] + by)
