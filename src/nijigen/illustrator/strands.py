"""How hair flows: locks fan out from a whorl on the crown, meet in slits and end in points."""

from dataclasses import dataclass

from nijigen.illustrator.curves import CORNER, Knot, Path, Point, outline, sliver, toward
from nijigen.illustrator.subject import Subject

SMOOTH_TOP = 25.0


@dataclass(frozen=True)
class Fringe:
    """A fringe, read from the right temple to the left: slits between locks and tips of locks alternate.

    Attributes:
        whorl: where the locks come from.
        knots: slit, tip, slit, ... slit.
        plump: how far the locks bulge (0 is straight).
        lean: sideways pull on the tips.
    """

    whorl: Point
    knots: tuple[Point, ...]
    plump: float = 0.5
    lean: float = 0.0


def flow(whorl: Point, point: Point, lean: float = 0.0, drop: float = 0.35) -> Point:
    """Direction in which hair runs at a point: away from the whorl, and down by its weight."""
    dx, dy = toward(whorl, point)
    return toward((0.0, 0.0), (dx + lean, dy + drop))


def fringe_edge(fringe: Fringe) -> Path:
    """The lower edge of a fringe, as an open path from right to left."""
    path = Path().move(*fringe.knots[0])
    return extend_edge(path, fringe.knots, fringe.whorl, fringe.plump, fringe.lean)


def extend_edge(
    path: Path, knots: tuple[Point, ...], whorl: Point, plump: float, lean: float = 0.0, drop: float = 0.35
) -> Path:
    """Continue a path along locks: from a slit to a tip to a slit, and so on."""
    for index in range(1, len(knots)):
        start, end = knots[index - 1], knots[index]
        length = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
        side = 1.0 if start[0] >= end[0] else -1.0
        to_tip = index % 2 == 1
        slit, tip = (start, end) if to_tip else (end, start)
        run, aim = flow(whorl, slit, 0.0, drop), flow(whorl, tip, lean, drop)
        bulge = plump * length * 0.3 * (side if to_tip else -side)
        near_slit = (slit[0] + run[0] * length * 0.5, slit[1] + run[1] * length * 0.5)
        near_tip = (tip[0] - aim[0] * length * 0.42 + bulge, tip[1] - aim[1] * length * 0.42)
        first, second = (near_slit, near_tip) if to_tip else (near_tip, near_slit)
        path.curve(first, second, end)
    return path


def cap(subject: Subject, fringe: Fringe) -> Path:
    """The front of the hair: over the crown from temple to temple, then back along the fringe."""
    volume = subject.traits.spread("hair_volume", -2.0, 4.0)
    top = SMOOTH_TOP - volume
    (right_x, right_y), (left_x, left_y) = fringe.knots[0], fringe.knots[-1]
    path = Path().move(left_x, left_y)
    path.curve((35 - volume, 78), (64 - volume, top - 2), (128, top))
    path.curve((192 + volume, top - 2), (221 + volume, 78), (right_x, right_y))
    return extend_edge(path, fringe.knots, fringe.whorl, fringe.plump, fringe.lean).close()


def slit_lines(fringe: Fringe, width: float, reach: float = 0.42) -> Path:
    """Strands: from every slit some way up to the whorl."""
    lines = Path()
    for x, y in fringe.knots[2:-2:2]:
        end = (x + (fringe.whorl[0] - x) * reach, y + (fringe.whorl[1] - y) * reach)
        bow = 0.12 * (x - fringe.whorl[0])
        control = ((x + end[0]) / 2 + bow, (y + end[1]) / 2 - abs(bow) * 0.6)
        # a strand is thickest where it leaves the slit
        lines.parts += (
            Path()
            .move(x - width / 2, y + width)
            .bend(control, end)
            .bend((control[0] + width, control[1]), (x + width / 2, y + width))
            .close()
            .parts
        )
    return lines


def tip_shades(fringe: Fringe, width: float) -> Path:
    """Crescents of shadow along one side of every lock."""
    shades = Path()
    for index in range(1, len(fringe.knots) - 1, 2):
        tip, slit = fringe.knots[index], fringe.knots[index + 1]
        run = flow(fringe.whorl, slit)
        root = (slit[0] - run[0] * 10, slit[1] - run[1] * 10)
        middle = ((tip[0] + root[0]) / 2 - 2, (tip[1] + root[1]) / 2)
        shades.parts += sliver(tip, middle, root, width).parts
    return shades


def shine(subject: Subject, whorl: Point) -> Path:
    """The ring of light around the crown, made of glints that follow the flow of the hair."""
    traits = subject.traits
    low = traits.spread("shine_height", 64.0, 71.0)
    gap = traits.pick("shine_gap", (-0.5, -0.2, 0.15, 0.45))
    glints = Path()
    for index in range(17):
        share = -0.8 + 0.1 * index
        if abs(share - gap) < 0.12:
            continue
        x = 128 + share * 92
        y = low + share * share * 26
        run = flow(whorl, (x, y))
        length = (11 - 7 * share * share) * traits.spread(f"shine/{index}", 0.55, 1.5)
        start, end = (x - run[0] * length, y - run[1] * length), (x + run[0] * length, y + run[1] * length)
        glints.parts += sliver(start, (x, y), end, 13.0).parts
    return glints


def crown_lines(subject: Subject, whorl: Point) -> Path:
    """A few strands that leave the whorl."""
    lines = Path()
    for index, share in enumerate((-0.72, -0.36, 0.04, 0.4, 0.74)):
        share += subject.traits.spread(f"crown/{index}", -0.12, 0.12)
        x, y = 128 + share * 70, 33 + share * share * 22
        end = (128 + share * 104, y + 44 - 8 * share * share)
        if abs(x - whorl[0]) < 8:
            continue
        lines.parts += sliver((x, y), (128 + share * 92, y + 16), end, 2.6).parts
    return lines


def zigzag_shine(subject: Subject) -> Path:
    """The band of light of cel animation: smooth above, and below it drips along the locks."""
    low = subject.traits.spread("shine_height", 60.0, 68.0)
    side = subject.traits.side("light_side")
    upper: list[Knot] = [(66, low + 22, CORNER), (92, low + 3), (124, low - 4), (152, low + 1, CORNER)]
    teeth: list[Knot] = []
    for index in range(1, 6):
        x = 150 - index * 14.0
        share = (x - 128) / 70
        deep = (7 + 9 * subject.traits.unit(f"shine/{index}")) if index % 2 else 3.0
        teeth.append(
            (x + 4, low + share * share * 20 + deep, CORNER) if index % 2 else (x, low + share * share * 20 + 3)
        )
    band = outline(upper + teeth)
    dash = sliver((160, low + 3), (174, low + 8), (184, low + 19), 7.0)
    band += dash
    return band if side < 0 else band.mirrored()


def bar_shine(subject: Subject) -> Path:
    """One comma of light: the cartoon shorthand."""
    side = subject.traits.side("light_side")
    comma = outline([(66, 84), (76, 62), (96, 46), (102, 50), (86, 66), (76, 86)])
    return comma if side < 0 else comma.mirrored()
