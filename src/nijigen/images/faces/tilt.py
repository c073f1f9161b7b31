"""By how much a face leans: by the line of its eyes, or by the turn at which a cascade knows it best."""

from typing import Any

from nijigen.images.faces.face import Box, Point
from nijigen.images.faces.grey import Grey, patch, turned

PROBE = 128  # side in pixels of the patch that is turned
PROBE_FACE = 60  # and of the face in it
TURNS = (-30, -15, 0, 15, 30)  # degrees
SURE = 3  # finds at the best turn

EYE_PATCH = 160  # side to which a face is brought before its eyes are looked for
EYE_SIZES = (20, 64)  # pixels there
EYE_BAND = (0.15, 0.6)  # of the height of the box
STEEPEST = 0.7  # rise of an eye line: 35 degrees


def grown(box: Box, factor: float) -> Box:
    """``box`` with ``factor`` times its sides, around the same middle."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    across, down = (box[2] - box[0]) * factor / 2, (box[3] - box[1]) * factor / 2
    return (x - across, y - down, x + across, y + down)


def probe(cascade: Any, step: float, grey: Grey, box: Box) -> float | None:
    """Degrees by which the face in ``box`` leans clockwise; None where no turn shows it well.

    The face is turned five ways, and the middle of the turns counts, each weighted by how often the cascade finds the
    face there. That tells a large lean too small, by about a quarter; weighted more steeply, upright faces of some
    styles came out leaning.
    """
    wide = round(PROBE * 1.42)  # so that a turn shows no corner
    whole = patch(grey, grown(box, wide / PROBE_FACE), wide)
    sizes = {"minSize": (PROBE_FACE * 2 // 3,) * 2, "maxSize": (PROBE_FACE * 3 // 2,) * 2}
    counts = []
    for turn in TURNS:
        _, found = cascade.detectMultiScale2(turned(whole, turn, PROBE), step, 1, **sizes)
        counts.append(max((int(count) for count in found), default=0))
    if max(counts) < SURE:
        return None
    return round(sum(count * turn for count, turn in zip(counts, TURNS, strict=True)) / sum(counts), 1)


def eye_line(cascade: Any, grey: Grey, box: Box) -> tuple[Point, Point] | None:
    """The middles of both eyes of the face in ``box``, the left one in the picture first.

    None unless exactly one eye is found in each half of the face, and the line between them is not too steep.
    """
    face = patch(grey, box, EYE_PATCH)
    top, bottom = (round(share * EYE_PATCH) for share in EYE_BAND)
    least, most = EYE_SIZES
    found = cascade.detectMultiScale(face[top:bottom], 1.1, 3, minSize=(least, least), maxSize=(most, most))
    middles = [(float(x) + width / 2, float(y) + top + height / 2) for x, y, width, height in found]
    left = [point for point in middles if point[0] < EYE_PATCH / 2]
    right = [point for point in middles if point[0] >= EYE_PATCH / 2]
    if len(left) != 1 or len(right) != 1:
        return None
    across, rise = right[0][0] - left[0][0], right[0][1] - left[0][1]
    if across < EYE_PATCH / 4 or abs(rise) > STEEPEST * across:
        return None
    scale = max(box[2] - box[0], box[3] - box[1]) / EYE_PATCH
    start = ((box[0] + box[2]) / 2 - scale * EYE_PATCH / 2, (box[1] + box[3]) / 2 - scale * EYE_PATCH / 2)
    one, other = ((start[0] + x * scale, start[1] + y * scale) for x, y in (left[0], right[0]))
    return one, other
