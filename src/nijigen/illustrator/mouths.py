"""Mouths: one small drawing for each kind of expression, in a place and scale that the art style sets."""

from nijigen.illustrator.curves import CORNER, Knot, Path, outline, polygon
from nijigen.illustrator.palette import blend
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.styles import INK
from nijigen.illustrator.subject import Subject

INSIDE = "#b5353f"
DEEP = "#6e1a33"
TONGUE = "#ff8f97"
TEETH = "#ffffff"


class Mouth:
    """Draws around a centre; all numbers below are units of a standard mouth."""

    def __init__(self, scene: Scene, subject: Subject) -> None:
        self.scene, self.subject = scene, subject
        style = subject.style.name
        self.x, self.y = 128.0, {"anime": 186.0, "cartoon": 187.0, "pastel": 184.0, "retro": 189.0}[style]
        self.scale = {"anime": 1.0, "cartoon": 1.15, "pastel": 0.92, "retro": 0.96}[style]
        self.scale *= subject.traits.spread("mouth_scale", 0.92, 1.1)
        self.line = (
            blend(subject.skin.line, INK, 0.5)
            if style == "cartoon"
            else blend(subject.skin.line, "#6a1530", 0.1 if subject.dark_skin else 0.45)
        )
        self.weight = {"anime": 3.2, "cartoon": 3.6, "pastel": 3.2, "retro": 3.2}[style]
        self.flip = subject.traits.side("mouth_side")

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A point of the standard mouth on the face."""
        return self.x + x * self.scale * self.flip, self.y + y * self.scale

    def stroke(self, knots: list[Knot]) -> None:
        """An open line."""
        self.scene.path(self.shape(knots, closed=False), None, self.line, self.weight)

    def shape(self, knots: list[Knot], closed: bool = True) -> Path:
        placed: list[Knot] = []
        for knot in knots:
            x, y = self.place(knot[0], knot[1])
            placed.append((x, y, CORNER) if len(knot) == 3 else (x, y))
        return outline(placed, closed)

    def cavity(
        self, knots: list[Knot], tongue: Knot | None = None, teeth: float = 0.0, lower_teeth: float = 0.0
    ) -> None:
        """An open mouth with tongue and teeth."""
        shape = self.shape(knots)
        top = min(knot[1] for knot in knots)
        bottom = max(knot[1] for knot in knots)
        wide = max(knot[0] for knot in knots)
        fill = self.scene.linear(self.place(0, top), self.place(0, bottom), [(0, DEEP), (1, INSIDE)])
        self.scene.path(shape, fill)
        with self.scene.clip(shape):
            if tongue is not None:
                x, y = self.place(tongue[0], tongue[1])
                self.scene.ellipse(x, y, wide * 0.66 * self.scale, 6.5 * self.scale, TONGUE)
            if teeth:
                self.scene.path(self.shape([
                    (-wide, top - 3), (wide, top - 3), (wide, top + teeth * 0.6), (0, top + teeth),
                    (-wide, top + teeth * 0.6),
                ]), TEETH)  # fmt: skip
            if lower_teeth:
                corners = [
                    self.place(x, y)
                    for x, y in (
                        (-wide, bottom - lower_teeth),
                        (wide, bottom - lower_teeth),
                        (wide, bottom + 3),
                        (-wide, bottom + 3),
                    )
                ]
                self.scene.path(polygon(corners), TEETH)
        self.scene.path(shape, None, self.line, self.weight * 0.82)

    def fang(self, x: float, y: float, size: float = 5.0) -> None:
        """A little canine under the upper lip."""
        corners = [self.place(x - size * 0.5, y), self.place(x + size * 0.5, y), self.place(x, y + size)]
        self.scene.path(polygon(corners), TEETH, self.line, self.weight * 0.35)


def draw_mouth(scene: Scene, subject: Subject) -> None:
    """The mouth of the expression."""
    mouth = Mouth(scene, subject)
    variant = subject.traits.unit("mouth_variant")
    fang = subject.traits.flag("fang", 0.22)
    _MOUTHS[subject.expression.mouth](mouth, variant, fang)


def _flat(mouth: Mouth, variant: float, fang: bool) -> None:
    del fang
    bow = 0.3 if variant < 0.5 else 1.6
    mouth.stroke([(-7, -0.5), (0, bow), (7, -0.5)])


def _smile(mouth: Mouth, variant: float, fang: bool) -> None:
    wide = 17.5 + 3 * variant
    mouth.stroke([(-wide, -6), (-wide * 0.58, 3.4), (0, 7), (wide * 0.58, 3.4), (wide, -6)])
    if fang:
        mouth.fang(wide * 0.5, 3.4)


def _open(mouth: Mouth, variant: float, fang: bool) -> None:
    if variant < 0.4:  # a round D
        mouth.cavity([(-15, -6, CORNER), (0, -3.5), (15, -6, CORNER), (11, 8), (0, 13.5), (-11, 8)], (0, 12), 4)
    elif variant < 0.75:  # a triangle with soft corners
        mouth.cavity([(-13, -6, CORNER), (0, -4), (13, -6, CORNER), (7, 9), (0, 14), (-7, 9)], (0, 12.5), 0)
    else:  # broad
        mouth.cavity([(-18, -6, CORNER), (0, -2.5), (18, -6, CORNER), (11, 7), (0, 10.5), (-11, 7)], (0, 10), 4.5)
    if fang:
        mouth.fang(8, -4.5)


def _roar(mouth: Mouth, variant: float, fang: bool) -> None:
    del fang
    wide = 18 + 4 * variant
    mouth.cavity([
        (-wide, -10, CORNER), (0, -8), (wide, -10, CORNER), (wide * 0.8, 8), (0, 17), (-wide * 0.8, 8),
    ], (0, 14), 6)  # fmt: skip


def _tongue(mouth: Mouth, variant: float, fang: bool) -> None:
    del fang
    if variant < 0.55:
        mouth.stroke([(-14, -4), (-7, 2), (0, 3.6), (7, 2), (14, -4)])
        lick = mouth.shape([(1, 3.4, CORNER), (11, -0.4, CORNER), (13.5, 6), (9.5, 11.5), (3.5, 9.5)])
        mouth.scene.path(lick, TONGUE, mouth.line, mouth.weight * 0.7)
    else:
        mouth.cavity([(-14, -6, CORNER), (0, -3), (16, -8, CORNER), (11, 8), (0, 12), (-9, 6)], (3, 11), 3.5)


def _round(mouth: Mouth, variant: float, fang: bool) -> None:
    del fang
    wide = 6.5 + 2 * variant
    mouth.cavity([(0, -9), (wide, -1), (wide * 0.9, 6), (0, 11), (-wide * 0.9, 6), (-wide, -1)], (0, 10))


def _frown(mouth: Mouth, variant: float, fang: bool) -> None:
    del fang
    if variant < 0.5:
        mouth.stroke([(-9, 4), (-4.5, -0.6), (0, -2), (4.5, -0.6), (9, 4)])
    else:  # a trembling lip
        mouth.stroke([(-10, 3.4), (-6.4, -1.4), (-2.6, 0.9), (0.8, -1.8), (4.2, 0.7), (7, -0.6), (10, 3.4)])


def _shout(mouth: Mouth, variant: float, fang: bool) -> None:
    """A comic scolding: a little tent of a mouth, or a sulky bow, with a tooth showing (not in calm drawings)."""
    del fang
    if variant < 0.6:
        mouth.cavity([(-11, 8.5, CORNER), (-7.5, -2.5), (0, -6), (7.5, -2.5), (11, 8.5, CORNER), (0, 6.5)], (0, 9))
        if not mouth.subject.traits.calm:  # a tooth is less than a pixel of 128
            mouth.fang(4.4, -4.2, 5.4)
    else:
        mouth.stroke([(-12, 4.5), (-7.5, -1.4), (0, -3.6), (7.5, -1.4), (12, 4.5)])
        mouth.fang(4.6, -2.8, 5.6)


def _drool(mouth: Mouth, variant: float, fang: bool) -> None:
    del fang
    wide = 5.0 + variant
    mouth.cavity([(0, -3.2), (wide, 0.2), (wide * 0.8, 4.4), (0, 5.6), (-wide * 0.8, 4.4), (-wide, 0.2)], (0, 6))
    if mouth.subject.traits.calm:  # the drop is a stain at 128 px
        return
    drop = mouth.shape([(wide - 0.6, 2.2, CORNER), (wide + 3.4, 9.4), (wide + 1, 12.6), (wide - 1.6, 9.4)])
    mouth.scene.path(drop, "#cdefff", "#6fb7e6", 1.6)


def _cat(mouth: Mouth, variant: float, fang: bool) -> None:
    wide = 14 + 2 * variant
    if variant > 0.35:
        mouth.cavity([(-6, 1.5, CORNER), (0, -1.5, CORNER), (6, 1.5, CORNER), (3.5, 10.5), (-3.5, 10.5)], (0, 8))
    mouth.stroke([
        (-wide, -3), (-wide * 0.6, 4), (-wide * 0.24, 2.6), (0, -4, CORNER), (wide * 0.24, 2.6), (wide * 0.6, 4),
        (wide, -3),
    ])  # fmt: skip
    if fang:
        mouth.fang(wide * 0.5, 3.2)


def _wavy(mouth: Mouth, variant: float, fang: bool) -> None:
    del fang
    if mouth.subject.traits.calm:  # one wave, which a small picture can show
        mouth.stroke([(-12, 1.5), (-6, -3.2), (0, 0), (6, 3.2), (12, -1.5)])
        return
    high = 2.6 + variant
    mouth.stroke([(-13, 0), (-8.5, -high), (-3.5, high * 0.8), (1.5, -high), (6.5, high * 0.8), (12, -high * 0.6)])


def _pout(mouth: Mouth, variant: float, fang: bool) -> None:
    del fang
    if mouth.subject.style.name == "cartoon":  # puckered lips
        lips = mouth.shape([(-6, 0), (-2.5, -4.5), (0, -3), (2.5, -4.5), (6, 0), (3, 5), (-3, 5)])
        mouth.scene.path(lips, blend(mouth.subject.blush, TONGUE, 0.4), mouth.line, mouth.weight * 0.75)
    elif variant < 0.5:  # the lips of a kiss, seen as a 3
        lips = mouth.shape([
            (-4, -7, CORNER), (3.6, -5.5), (3.2, -1), (-1.5, 0.6, CORNER), (3.8, 2.2), (3.6, 7), (-4, 8.5, CORNER),
        ], closed=False)  # fmt: skip
        mouth.scene.path(lips, None, mouth.line, mouth.weight)
    else:
        mouth.stroke([(-8, 5), (-4.5, -1), (0, -2.6), (4.5, -1), (8, 5)])
        mouth.stroke([(-3.2, 8.4), (0, 9.4), (3.2, 8.4)])


def _smirk(mouth: Mouth, variant: float, fang: bool) -> None:
    rise = 6 + 3 * variant
    if variant > 0.55:
        mouth.cavity([(-9, 3, CORNER), (4, 1), (16, -rise, CORNER), (10, 6), (0, 7)], None, 3.4)
        return
    mouth.stroke([(-12, 2.6), (-2, 4), (8, 0.6), (15, -rise), (17, -rise - 1.6)])
    if fang:
        mouth.fang(8, 1.2)


_MOUTHS = {
    "flat": _flat,
    "smile": _smile,
    "open": _open,
    "roar": _roar,
    "tongue": _tongue,
    "round": _round,
    "frown": _frown,
    "shout": _shout,
    "drool": _drool,
    "cat": _cat,
    "wavy": _wavy,
    "pout": _pout,
    "smirk": _smirk,
}
