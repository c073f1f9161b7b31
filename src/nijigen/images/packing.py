"""Rectangles into one sheet: where each goes, so that none overlaps another and little is left empty.

The rule is "maximal rectangles, best short side": what is still free is kept as rectangles that may overlap each other,
and each new one goes where it leaves the narrowest rest (J. Jylänki, A Thousand Ways to Pack the Bin, 2010, §5).
"""

import math
from collections.abc import Iterator, Sequence

from nijigen.errors import NijigenError

LARGEST = 8192  # pixels a side; old graphics chips stop at 4,096
Size = tuple[int, int]
Place = tuple[int, int]
_Free = tuple[int, int, int, int]  # x, y, width, height


def pack(sizes: Sequence[Size], padding: int = 2, power_of_two: bool = True) -> tuple[Size, list[Place]]:
    """The smallest sheet that is found for ``sizes`` (width, height), and the upper left corner of each in it.

    Args:
        padding: empty pixels between two of them and along the sheet's edge.
        power_of_two: sides of the sheet are powers of two, one at most twice the other; else as small as can be.

    Raises:
        NijigenError: they do not fit on 8,192 × 8,192 pixels.
    """
    order = sorted(range(len(sizes)), key=lambda index: (-max(sizes[index]), -min(sizes[index]), index))
    padded = [(sizes[index][0] + padding, sizes[index][1] + padding) for index in order]
    best: tuple[Size, list[Place]] | None = None
    for width, height in _powers(padded, padding) if power_of_two else _widths(padded, padding):
        places = _fill(padded, width - padding, height - padding)
        if places is None:
            continue
        used = (width, height) if power_of_two else _used(padded, places, padding)
        if best is None or _cost(used) < _cost(best[0]):
            best = used, places
        if power_of_two:  # they come in the order of their area
            break
    if best is None:
        raise NijigenError(
            f"{len(sizes)} frames of up to {max(map(max, sizes))} px do not fit on a sheet of {LARGEST:,} px: use"
            " fewer or smaller ones (--size)"
        )
    back: list[Place] = [(0, 0)] * len(sizes)
    for index, (x, y) in zip(order, best[1], strict=True):
        back[index] = (x + padding, y + padding)
    return best[0], back


def _cost(sheet: Size) -> tuple[int, int]:
    """Its area; of equal ones the squarest."""
    return sheet[0] * sheet[1], max(sheet)


def _powers(padded: Sequence[Size], padding: int) -> Iterator[Size]:
    """Sheets with sides that are powers of two, by area; of equal ones the square, then the wide."""
    area = sum(width * height for width, height in padded)
    sides = [2**power for power in range(LARGEST.bit_length())]
    sheets = [(one, other) for one in sides for other in sides if one <= 2 * other and other <= 2 * one]
    for width, height in sorted(sheets, key=lambda sheet: (sheet[0] * sheet[1], -sheet[0])):
        if (width - padding) * (height - padding) >= area:
            yield width, height


def _widths(padded: Sequence[Size], padding: int) -> Iterator[Size]:
    """Sheets of one to all of the widest in a row, as high as they may be."""
    widest = max(width for width, _ in padded)
    square = math.isqrt(sum(width * height for width, height in padded))
    for columns in range(1, len(padded) + 1):
        width = columns * widest + padding
        shapely = square // 2 <= width <= 2 * square
        if width <= LARGEST and (shapely or columns in (1, len(padded))):  # the ends: there is always one to choose
            yield width, LARGEST


def _used(padded: Sequence[Size], places: Sequence[Place], padding: int) -> Size:
    right = max(x + width for (x, _), (width, _) in zip(places, padded, strict=True))
    bottom = max(y + height for (_, y), (_, height) in zip(places, padded, strict=True))
    return right + padding, bottom + padding


def _fill(sizes: Sequence[Size], width: int, height: int) -> list[Place] | None:
    """Where each goes on ``width`` × ``height`` pixels; None: they do not fit."""
    free: list[_Free] = [(0, 0, width, height)]
    places: list[Place] = []
    for wide, high in sizes:
        fits = [space for space in free if space[2] >= wide and space[3] >= high]
        if not fits:
            return None
        x, y, *_ = min(fits, key=lambda s: (min(s[2] - wide, s[3] - high), max(s[2] - wide, s[3] - high), s[1], s[0]))
        places.append((x, y))
        free = _without([part for space in free for part in _cut(space, (x, y, wide, high))])
    return places


def _cut(space: _Free, taken: _Free) -> list[_Free]:
    """What of a free rectangle is left beside one that is taken: up to four, which may overlap."""
    x, y, wide, high = space
    left, top, right, bottom = taken[0], taken[1], taken[0] + taken[2], taken[1] + taken[3]
    if left >= x + wide or right <= x or top >= y + high or bottom <= y:
        return [space]
    parts = [
        (x, y, left - x, high),
        (right, y, x + wide - right, high),
        (x, y, wide, top - y),
        (x, bottom, wide, y + high - bottom),
    ]
    return [part for part in parts if part[2] > 0 and part[3] > 0]


def _without(spaces: list[_Free]) -> list[_Free]:
    """Free rectangles without those that lie in another one."""
    unique = sorted(set(spaces), key=lambda space: -space[2] * space[3])
    kept: list[_Free] = []
    for space in unique:
        if not any(_inside(space, other) for other in kept):
            kept.append(space)
    return kept


def _inside(one: _Free, other: _Free) -> bool:
    return (
        one[0] >= other[0]
        and one[1] >= other[1]
        and one[0] + one[2] <= other[0] + other[2]
        and one[1] + one[3] <= other[1] + other[3]
    )
