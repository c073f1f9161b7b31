"""Styles that change the crown itself: tufts and curls."""

from collections.abc import Sequence

from nijigen.illustrator.curves import CORNER, Knot, Path, Point, between, join, outline, oval, sliver, turn
from nijigen.illustrator.hair_front import hair_fill
from nijigen.illustrator.palette import blend
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.subject import Subject

CENTRE: Point = (128.0, 112.0)

# tufts clockwise from the left cheek: where a tuft begins and ends on the head, and its tip, in degrees; its reach
TUFTS = (
    (-124, -98, -124, 104),
    (-98, -70, -103, 113),
    (-70, -43, -75, 117),
    (-43, -14, -46, 114),
    (-14, 14, 10, 120),
    (14, 44, 48, 118),
    (44, 72, 74, 118),
    (72, 98, 101, 111),
    (98, 124, 122, 104),
)
TOP = TUFTS[4]
SCALP = 88.0


def draw_spikes(scene: Scene, subject: Subject) -> None:
    """Tufts that grow from a whorl and flow to both sides, like flames."""
    hair, traits = subject.hair, subject.traits
    mirror = traits.side("spike_side") < 0
    reach = 1 + traits.spread("spike_reach", -0.03, 0.05)
    path = Path().move(*_polar(TUFTS[0][0], SCALP))
    strands = []
    for index, (start, end, tip, far) in enumerate(_tufts(subject)):
        lean = traits.spread(f"spike/{index}", -5.0, 5.0)
        point = _polar(tip + lean, far * reach)
        root, stop = _polar(start, SCALP), _polar(end, SCALP - 2)
        onward = tip > (start + end) / 2
        # the outer side of a tuft bulges, its inner side is hollow
        full, hollow = (start, end) if onward else (end, start)
        bulge = _polar(full + (tip - full) * 0.42, far * 0.99)
        dent = _polar(hollow + (tip - hollow) * 0.3, SCALP + (far - SCALP) * 0.34)
        path.bend(bulge if onward else dent, point).bend(dent if onward else bulge, stop)
        away = traits.spread(f"spike/{index}", 0.16, 0.3)
        middle = _polar((start + end + tip) / 3, SCALP * 0.98)
        strands.append(
            sliver(point if index % 2 else root, middle, between(stop if onward else root, CENTRE, away), 3.4)
        )
    nape: list[Knot] = [
        (*_polar(TUFTS[-1][1], SCALP - 2),), (192, 186, CORNER), (180, 178), (128, 184), (76, 178), (64, 186, CORNER),
        (*_polar(TUFTS[0][0], SCALP),),
    ]  # fmt: skip
    path.parts += outline(nape, closed=False).parts[1:]
    path.close()
    lines = join(strands)
    if mirror:
        path, lines = path.mirrored(), lines.mirrored()
    scene.path(path, hair_fill(scene, subject, 4, 150), subject.ink(hair.line), subject.line(2.7))
    scene.path(lines, hair.shade, opacity=0.9)


def _tufts(subject: Subject) -> Sequence[tuple[int, int, int, int]]:
    """All of them; under the crown of calm drawings the highest is short, as it would stand beside its point."""
    if subject.traits.calm and subject.word("accessory") == "crown":
        return [(*tuft[:3], 92) if tuft == TOP else tuft for tuft in TUFTS]
    return TUFTS


def _polar(degrees: float, far: float) -> Point:
    dx, dy = turn(round(degrees, 2))
    return CENTRE[0] + dx * far, CENTRE[1] + dy * far


def draw_curls(scene: Scene, subject: Subject) -> None:
    """A cloud of ringlets around the head."""
    hair, traits = subject.hair, subject.traits
    grow = traits.spread("hair_volume", -2.0, 4.0)
    rings = _ring_places(subject, grow)
    cloud = join([oval(x, y, r) for x, y, r in rings] + [outline([
        (128, 22), (60, 60), (44, 130), (66, 186), (190, 186), (212, 130), (196, 60),
    ])])  # fmt: skip
    width = subject.line(2.7)
    if width:
        scene.path(cloud, None, subject.ink(hair.line), width * 2)
    scene.path(cloud, hair_fill(scene, subject, 10, 214))
    swirls = []
    for x, y, r in rings[2:]:
        spin = 1 if x > 128 else -1  # every ringlet rolls inwards
        swirls.append(
            sliver(
                (x - spin * r * 0.5, y + r * 0.5),
                (x + spin * r * 0.75, y + r * 0.75),
                (x + spin * r * 0.45, y - r * 0.35),
                3.2,
            )
        )
    scene.path(join(swirls), hair.shade if not subject.style.line else blend(hair.shade, hair.line, 0.25))
    glints = [
        sliver((x - r * 0.5, y - r * 0.3), (x - r * 0.2, y - r * 0.85), (x + r * 0.3, y - r * 0.62), 3.6)
        for x, y, r in rings[2::2]
    ]
    scene.path(join(glints), hair.light, opacity=0.6)


def _ring_places(subject: Subject, grow: float) -> list[tuple[float, float, float]]:
    left = [(104, 30, 24), (72, 46, 25), (48, 74, 24), (34, 106, 24), (31, 140, 24), (38, 170, 23), (56, 192, 19)]
    rings = []
    for index, (x, y, r) in enumerate(left):
        rings.append((float(x), float(y), r + grow * 0.6 + subject.traits.spread(f"curl/{index}", -2.0, 2.5)))
        rings.append((256.0 - x, float(y), r + grow * 0.6 + subject.traits.spread(f"curl/r{index}", -2.0, 2.5)))
    return rings
