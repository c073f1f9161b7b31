"""Paths: the few curve helpers that every drawing is made of.

All drawings live in a square of 256 units whose vertical axis of symmetry is ``AXIS``. A path is made of cubic
curves only, so that it can be mirrored and moved without parsing text. Only ``+ - * /`` and ``sqrt`` touch the
coordinates (``turn`` rounds its sine and cosine), so the written numbers are the same on every machine.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cache

AXIS = 128.0
CORNER = True

Point = tuple[float, float]
Knot = tuple[float, float] | tuple[float, float, bool]


def number(value: float) -> str:
    """A coordinate as text: at most two decimals and no trailing zeros."""
    return f"{round(value, 2):g}"


@cache
def turn(degrees: float) -> Point:
    """Unit vector at an angle, clockwise from straight up; rounded, because libm differs between machines."""
    angle = math.radians(degrees)
    return round(math.sin(angle), 6), -round(math.cos(angle), 6)


def mix(a: float, b: float, share: float) -> float:
    """The number ``share`` of the way from ``a`` to ``b``."""
    return a + (b - a) * share


def between(a: Point, b: Point, share: float) -> Point:
    """The point ``share`` of the way from ``a`` to ``b``."""
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def toward(a: Point, b: Point) -> Point:
    """Unit vector from ``a`` to ``b``."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.sqrt(dx * dx + dy * dy) or 1.0
    return dx / length, dy / length


class Path:
    """A list of sub-paths: ``M``, ``L``, ``C`` and ``Z`` commands with their points."""

    __slots__ = ("parts",)

    def __init__(self, parts: Iterable[tuple[str, tuple[Point, ...]]] = ()) -> None:
        self.parts = list(parts)

    def move(self, x: float, y: float) -> "Path":
        self.parts.append(("M", ((x, y),)))
        return self

    def line(self, x: float, y: float) -> "Path":
        self.parts.append(("L", ((x, y),)))
        return self

    def curve(self, first: Point, second: Point, end: Point) -> "Path":
        self.parts.append(("C", (first, second, end)))
        return self

    def bend(self, control: Point, end: Point) -> "Path":
        """A quadratic curve, written as the cubic that equals it."""
        start = self.parts[-1][1][-1]
        return self.curve(between(start, control, 2 / 3), between(end, control, 2 / 3), end)

    def close(self) -> "Path":
        self.parts.append(("Z", ()))
        return self

    def __add__(self, other: "Path") -> "Path":
        return Path([*self.parts, *other.parts])

    def mapped(self, change: Callable[[float, float], Point]) -> "Path":
        """The path with every point changed."""
        return Path((command, tuple(change(x, y) for x, y in points)) for command, points in self.parts)

    def mirrored(self, axis: float = AXIS) -> "Path":
        """The reflection in a vertical line."""
        return self.mapped(lambda x, y: (2 * axis - x, y))

    def moved(self, dx: float, dy: float) -> "Path":
        """The path shifted."""
        return self.mapped(lambda x, y: (x + dx, y + dy))

    def text(self) -> str:
        """The ``d`` attribute of an SVG path."""
        # one format for both numbers of a point: this line is most of the cost of a drawing
        return "".join([command + " ".join([f"{x:.2f} {y:.2f}" for x, y in points]) for command, points in self.parts])


def outline(knots: Sequence[Knot], closed: bool = True) -> Path:
    """A smooth curve through points; a point written ``(x, y, CORNER)`` is a sharp corner (a Catmull-Rom spline)."""
    count = len(knots)
    points = [(knot[0], knot[1]) for knot in knots]
    sharp = [len(knot) == 3 for knot in knots]

    def tangent(index: int) -> Point:
        if sharp[index] or (not closed and index in (0, count - 1)):
            return 0.0, 0.0
        before, after = points[index - 1], points[(index + 1) % count]
        return (after[0] - before[0]) / 6, (after[1] - before[1]) / 6

    path = Path().move(*points[0])
    for index in range(count if closed else count - 1):
        following = (index + 1) % count
        start, end = points[index], points[following]
        leave, arrive = tangent(index), tangent(following)
        first = (start[0] + leave[0], start[1] + leave[1])
        second = (end[0] - arrive[0], end[1] - arrive[1])
        path.curve(first, second, end)
    return path.close() if closed else path


def polygon(points: Sequence[Point]) -> Path:
    """Straight edges."""
    path = Path().move(*points[0])
    for x, y in points[1:]:
        path.line(x, y)
    return path.close()


def sliver(start: Point, control: Point, end: Point, width: float) -> Path:
    """A brush stroke: a curve that is ``width`` thick in the middle and pointed at both ends."""
    dx, dy = toward(start, end)
    nx, ny = -dy * width / 1.5, dx * width / 1.5
    over, under = (control[0] + nx, control[1] + ny), (control[0] - nx, control[1] - ny)
    return Path().move(*start).bend(over, end).bend(under, start).close()


def oval(x: float, y: float, rx: float, ry: float | None = None) -> Path:
    """An ellipse as a path (where it has to be mirrored, moved or joined)."""
    ry = rx if ry is None else ry
    kx, ky = rx * 0.5523, ry * 0.5523
    return (
        Path()
        .move(x - rx, y)
        .curve((x - rx, y - ky), (x - kx, y - ry), (x, y - ry))
        .curve((x + kx, y - ry), (x + rx, y - ky), (x + rx, y))
        .curve((x + rx, y + ky), (x + kx, y + ry), (x, y + ry))
        .curve((x - kx, y + ry), (x - rx, y + ky), (x - rx, y))
        .close()
    )


def join(paths: Iterable[Path]) -> Path:
    """Several paths as one: one shape to paint instead of many."""
    return Path(part for path in paths for part in path.parts)


def star(x: float, y: float, radius: float, points: int = 5, inner: float = 0.5, lean: float = 0.0) -> Path:
    """A star; ``lean`` turns it, in degrees."""
    step = 180 / points
    corners = []
    for index in range(2 * points):
        dx, dy = turn(round(lean + index * step, 3))
        reach = radius if index % 2 == 0 else radius * inner
        corners.append((x + dx * reach, y + dy * reach))
    return polygon(corners)


def sparkle(x: float, y: float, radius: float) -> Path:
    """A four-pointed glint with hollow sides."""
    near = radius * 0.12
    return (
        Path()
        .move(x, y - radius)
        .bend((x + near, y - near), (x + radius * 0.72, y))
        .bend((x + near, y + near), (x, y + radius))
        .bend((x - near, y + near), (x - radius * 0.72, y))
        .bend((x - near, y - near), (x, y - radius))
        .close()
    )


def heart(x: float, y: float, radius: float) -> Path:
    """A plump heart of about ``2 * radius`` width."""
    r = radius
    return (
        Path()
        .move(x, y + r)
        .curve((x - 0.5 * r, y + 0.62 * r), (x - 1.12 * r, y + 0.2 * r), (x - 1.05 * r, y - 0.35 * r))
        .curve((x - 0.98 * r, y - 0.95 * r), (x - 0.2 * r, y - 1.05 * r), (x, y - 0.4 * r))
        .curve((x + 0.2 * r, y - 1.05 * r), (x + 0.98 * r, y - 0.95 * r), (x + 1.05 * r, y - 0.35 * r))
        .curve((x + 1.12 * r, y + 0.2 * r), (x + 0.5 * r, y + 0.62 * r), (x, y + r))
        .close()
    )


def petals(x: float, y: float, radius: float, count: int = 5, lean: float = 0.0, notch: float = 0.0) -> Path:
    """A flower of round petals; ``notch`` cuts their tips like those of a cherry blossom."""
    path = Path()
    half = 180 / count
    for index in range(count):
        ahead = turn(round(lean + index * 2 * half, 3))
        left = turn(round(lean + index * 2 * half - half * 0.92, 3))
        right = turn(round(lean + index * 2 * half + half * 0.92, 3))
        tip = (x + ahead[0] * radius * (1 - notch), y + ahead[1] * radius * (1 - notch))
        swell = 1.25
        path.move(x, y)
        path.curve(
            (x + left[0] * radius * 0.8, y + left[1] * radius * 0.8),
            (x + (left[0] + ahead[0]) * radius * swell / 2, y + (left[1] + ahead[1]) * radius * swell / 2),
            tip,
        )
        path.curve(
            (x + (right[0] + ahead[0]) * radius * swell / 2, y + (right[1] + ahead[1]) * radius * swell / 2),
            (x + right[0] * radius * 0.8, y + right[1] * radius * 0.8),
            (x, y),
        )
        path.close()
    return path
