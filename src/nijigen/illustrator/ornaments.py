"""Small things that several rooms tie on: bows, hair ties, buttons."""

from nijigen.illustrator.curves import CORNER, join, outline, sliver
from nijigen.illustrator.palette import Ramp, blend, distance
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.subject import Subject


def accent(subject: Subject, stream: str = "tie_colour") -> Ramp:
    """A bright colour for ornaments, one that stands out from the hair."""
    colours = ("#ff6f91", "#ffd24d", "#6fa8ff", "#8be0b4", "#ff9e57", "#c08cf5", "#f2474f", "#fff7fb")
    return subject.ramp(subject.traits.first(stream, colours, lambda one: distance(one, subject.hair.base) > 170))


def draw_bow(
    scene: Scene, subject: Subject, x: float, y: float, size: float, colour: Ramp, tails: bool = False
) -> None:
    """A plump ribbon bow, about 56 units wide at size 1."""
    line, width = colour.line, subject.line(2.3)
    s = size
    if tails:
        tail = outline([
            (x + 2 * s, y, CORNER), (x + 18 * s, y + 16 * s), (x + 22 * s, y + 30 * s, CORNER),
            (x + 13 * s, y + 26 * s), (x + 8 * s, y + 32 * s, CORNER), (x + 4 * s, y + 14 * s),
        ])  # fmt: skip
        scene.path(tail + tail.mirrored(x), colour.shade, line, width)
    wing = outline([
        (x + 3 * s, y - 3 * s, CORNER), (x + 14 * s, y - 15 * s), (x + 28 * s, y - 15 * s), (x + 30 * s, y),
        (x + 27 * s, y + 13 * s), (x + 13 * s, y + 12 * s), (x + 3 * s, y + 4 * s, CORNER),
    ])  # fmt: skip
    scene.path(wing + wing.mirrored(x), colour.base, line, width)
    fold = sliver((x + 6 * s, y), (x + 13 * s, y - 3 * s), (x + 19 * s, y - 6 * s), 3.2 * s)
    low = sliver((x + 6 * s, y + 2 * s), (x + 12 * s, y + 5 * s), (x + 17 * s, y + 5 * s), 2.6 * s)
    folds = join([fold, low])
    scene.path(
        folds + folds.mirrored(x), colour.shade if not subject.style.line else blend(colour.shade, colour.line, 0.5)
    )
    scene.ellipse(x, y, 6.5 * s, 7.5 * s, colour.light, line, width)


def draw_tie(scene: Scene, subject: Subject, x: float, y: float, kind: str, size: float) -> None:
    """What holds a tail of hair: a bow, a band or a pompon."""
    colour = accent(subject)
    if subject.traits.calm:  # what is bright, small, and elsewhere each time, is a stain at 128 px
        kind, colour = "band", subject.ramp(subject.hair.shade)
    if kind == "bow":
        draw_bow(scene, subject, x, y, size, colour)
    elif kind == "band":
        scene.ellipse(x, y, 12 * size, 14 * size, colour.base, colour.line, subject.line(2.3))
        scene.ellipse(x - 3 * size, y - 4 * size, 4 * size, 4 * size, colour.light)
    else:
        for dx in (-8, 8):
            scene.ellipse(x + dx * size, y, 11 * size, 11 * size, colour.base, colour.line, subject.line(2.3))
            scene.ellipse(x + (dx - 3) * size, y - 4 * size, 3.6 * size, 3.6 * size, colour.light)
