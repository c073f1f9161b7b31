"""Glossy anime eyes and the tall eyes of the nineties: layered irises, heavy upper lashes, many lights.

Matching parts of both eyes are painted as one shape, which halves the cost of a face.
"""

from dataclasses import dataclass

from nijigen.illustrator.curves import CORNER, Knot, Path, join, mix, outline, oval, sliver, sparkle
from nijigen.illustrator.expressions import CLOSED
from nijigen.illustrator.palette import blend
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.skin import skin_fill
from nijigen.illustrator.subject import Subject


@dataclass(frozen=True)
class Eye:
    """Where one eye sits. ``side`` is -1 (left in the picture) or 1; ``u`` grows outwards, ``v`` downwards."""

    x: float
    y: float
    side: int
    half_width: float
    half_height: float
    slant: float
    kind: str

    def at(self, u: float, v: float) -> tuple[float, float]:
        """A point given in half widths and half heights."""
        return self.x + self.side * u * self.half_width, self.y + v * self.half_height + self.slant * u

    def shape(self, knots: list[Knot], closed: bool = True) -> Path:
        """An outline through points given in half widths and half heights."""
        placed: list[Knot] = []
        for knot in knots:
            x, y = self.at(knot[0], knot[1])
            placed.append((x, y, CORNER) if len(knot) == 3 else (x, y))
        return outline(placed, closed)


def eyes_of(subject: Subject) -> list[Eye]:
    """Both eyes of a person, as expression, gender and traits shape them."""
    traits = subject.traits
    size = subject.eye_size
    tall = subject.style.eye == "tall"
    half_width = (18.6 if tall else 21.5) * traits.spread("eye_width", 0.94, 1.05)
    half_height = (31.0 if tall else 26.5) * traits.spread("eye_height", 0.94, 1.06)
    if not subject.girl:
        half_width, half_height = half_width * 0.94, half_height * 0.83
    # tareme (drooping, gentle) to tsurime (rising, sharp)
    slant = traits.spread("eye_slant", -4.4, 4.0) - (0 if subject.girl else 0.8)
    apart = 40.0 + traits.spread("eye_gap", -1.2, 1.6)
    first = traits.side("wink_side")
    kinds = subject.expression.eyes
    return [
        Eye(
            128 + side * apart,
            152.0,
            side,
            half_width * size,
            half_height * size,
            slant,
            kinds[0] if side == first else kinds[1],
        )
        for side in (-1, 1)
    ]


def draw_eyes(scene: Scene, subject: Subject) -> None:
    """Eyes with lashes (the brows lie over the hair and are drawn later)."""
    eyes = eyes_of(subject)
    lash = lash_colour(subject)
    opened = [eye for eye in eyes if eye.kind not in CLOSED]
    shut = [eye for eye in eyes if eye.kind in CLOSED]
    if opened:
        _balls(scene, subject, opened)
        _lids(scene, subject, opened, lash)
    if shut:
        draw_shut(scene, subject, shut, lash)


def lash_colour(subject: Subject) -> str:
    """Nearly black, warmed by the hair."""
    lash = blend("#2b1a2b", subject.hair.line, 0.3)
    return on_dark_skin(lash) if subject.traits.calm and subject.dark_skin else lash


def on_dark_skin(line: str) -> str:
    """A line that is seen on dark skin at 128 px."""
    return blend(line, "#12080e", 0.5)


def _balls(scene: Scene, subject: Subject, eyes: list[Eye]) -> None:
    colour, traits = subject.eye, subject.traits
    one = eyes[0]
    y, high = one.y, one.half_height
    white = scene.linear((0, y - high), (0, y + high), [(0, "#bdb6d8"), (0.42, "#fbfaff"), (1, "#ffffff")])
    scene.path(join([eye.shape(_WHITE) for eye in eyes]), white)

    wide = one.kind == "wide"
    rx = one.half_width * (0.72 if wide else traits.spread("iris_size", 0.77, 0.87))
    ry = high * (0.78 if wide else 0.93)
    dx, dy = subject.expression.gaze
    centres = [(eye.x + dx - eye.side * 1.4, eye.y + dy + 0.8) for eye in eyes]

    def irises(u: float, v: float, a: float, b: float) -> Path:
        return join([oval(x + u * rx, cy + v * ry, a * rx, b * ry) for x, cy in centres])

    scene.path(irises(0, 0, 1, 1), colour.line)
    fill = scene.linear(
        (0, y - ry), (0, y + ry), [(0.05, colour.shade), (0.42, colour.base), (0.7, colour.base), (1, colour.light)]
    )
    scene.path(irises(0, 0.02, 0.9, 0.93), fill)
    scene.path(irises(0, 0.5, 0.66, 0.4), colour.light, opacity=0.75)
    if subject.word("expression") == "cat":
        scene.path(irises(0, 0.05, 0.27, 0.62), colour.line)
    else:
        scene.path(irises(0, 0.02, 0.42, 0.47), colour.line, opacity=0.92)
    if subject.fine:
        scene.path(irises(0, 0.14, 0.26, 0.26), colour.shade, opacity=0.8)
        arcs = [
            sliver((x - rx * 0.6, cy + ry * 0.5), (x, cy + ry * 1.02), (x + rx * 0.6, cy + ry * 0.5), rx * 0.16)
            for x, cy in centres
        ]
        scene.path(join(arcs), "#ffffff", opacity=0.55)
    _lights(scene, subject, centres, rx, ry, traits.side("light_side"))


def _lights(
    scene: Scene, subject: Subject, centres: list[tuple[float, float]], rx: float, ry: float, side: int
) -> None:
    """White glints; the same side in both eyes, as one lamp makes them."""
    kind = subject.traits.pick("glint", ("round", "round", "pair", "long"))
    glints: list[Path] = []
    for x, y in centres:
        if subject.word("expression") == "excited":
            glints.append(sparkle(x + side * 0.25 * rx, y - 0.3 * ry, rx * 0.62))
            glints.append(sparkle(x - side * 0.42 * rx, y + 0.36 * ry, rx * 0.34))
        elif subject.word("expression") == "sleepy":  # what the lid leaves free
            glints.append(oval(x + side * 0.36 * rx, y + 0.14 * ry, 0.32 * rx, 0.2 * ry))
            glints.append(oval(x - side * 0.34 * rx, y + 0.5 * ry, 0.18 * rx, 0.13 * ry))
        elif subject.word("expression") == "sad":
            glints += [
                oval(x + side * 0.3 * rx, y - 0.2 * ry, 0.33 * rx, 0.26 * ry),
                oval(x - side * 0.3 * rx, y + 0.45 * ry, 0.26 * rx, 0.18 * ry),
            ]
        elif subject.style.eye == "tall":
            glints += [
                oval(x + side * 0.32 * rx, y - 0.42 * ry, 0.36 * rx, 0.27 * ry),
                oval(x - side * 0.3 * rx, y + 0.38 * ry, 0.27 * rx, 0.2 * ry),
            ]
            glints.append(oval(x + side * 0.42 * rx, y + 0.1 * ry, 0.11 * rx, 0.08 * ry))
        else:
            glints.append(oval(x + side * 0.34 * rx, y - 0.36 * ry, 0.34 * rx, (0.36 if kind == "long" else 0.28) * ry))
            glints.append(oval(x - side * 0.4 * rx, y + 0.42 * ry, 0.17 * rx, 0.13 * ry))
            if kind == "pair":
                glints.append(oval(x + side * 0.02 * rx, y - 0.58 * ry, 0.13 * rx, 0.1 * ry))
    scene.path(join(glints), "#ffffff")


def _lids(scene: Scene, subject: Subject, eyes: list[Eye], lash: str) -> None:
    lid = subject.expression.lid
    girl, tall = subject.girl, subject.style.eye == "tall"
    if lid is None:
        arcs = [eye.shape(_LASH_GIRL if girl else _LASH_BOY) for eye in eyes]
        crease = [(-0.62, -1.2), (0.05, -1.38), (0.72, -1.16)]
    else:
        inner, outer = lid.inner, lid.outer
        middle = mix(inner, outer, 0.5) - 0.26
        cover: list[Knot] = [
            (-1.12, inner, CORNER), (0.0, middle), (1.16, outer, CORNER), (0.9, -0.86), (0, -1.08), (-0.9, -0.78),
        ]  # fmt: skip
        scene.path(join([eye.shape(cover) for eye in eyes]), skin_fill(scene, subject))
        thick = 0.24 if girl else 0.2
        flick: list[Knot] = [(1.42, outer - 0.1, CORNER)] if girl else []
        lash_line: list[Knot] = [(-1.14, inner + 0.05, CORNER), (-0.1, middle - 0.02), (1.1, outer - 0.06), *flick]
        lash_line += [(1.04, outer + thick, CORNER), (0.0, middle + thick), (-0.8, inner + thick * 0.8)]
        arcs = [eye.shape(lash_line) for eye in eyes]
        crease = [(-0.7, inner - 0.32), (0.05, middle - 0.36), (0.8, outer - 0.34)]
    extra: list[Path] = []
    if girl and lid is None:
        spikes = 3 if tall else subject.traits.pick("lashes", (1, 2, 2))
        for index in range(spikes):
            v = -0.3 - 0.26 * index
            u = 1.02 - 0.1 * index
            extra.append(
                sliver(eyes[0].at(u - 0.1, v + 0.08), eyes[0].at(u + 0.2, v), eyes[0].at(u + 0.42, v - 0.26), 3.4)
            )
            extra += [
                sliver(eye.at(u - 0.1, v + 0.08), eye.at(u + 0.2, v), eye.at(u + 0.42, v - 0.26), 3.4)
                for eye in eyes[1:]
            ]
    scene.path(join(arcs + extra), lash)
    lower = [sliver(eye.at(-0.35, 0.97), eye.at(0.5, 1.04), eye.at(0.98, 0.42), 2.6 if girl else 3.0) for eye in eyes]
    if tall and girl:
        lower += [sliver(eye.at(0.6, 0.8), eye.at(0.75, 0.95), eye.at(0.85, 1.15), 2.4) for eye in eyes]
    scene.path(join(lower), lash, opacity=0.75)
    if subject.fine:
        folds = [
            sliver(eye.at(*crease[0]), eye.at(crease[1][0], crease[1][1] - 0.1), eye.at(*crease[2]), 1.8)
            for eye in eyes
        ]
        scene.path(join(folds), subject.skin.line, opacity=0.75)


def draw_shut(scene: Scene, subject: Subject, eyes: list[Eye], lash: str, weight: float = 5.4) -> None:
    """Closed eyes: arcs for joy and rest, arrows for laughing hard."""
    strokes: list[Path] = []
    for eye in eyes:
        if eye.kind == "squeeze":
            arrow = Path().move(*eye.at(0.72, -0.46)).line(*eye.at(-0.62, 0.02)).line(*eye.at(0.72, 0.46))
            scene.path(arrow, None, lash, weight)
            continue
        up = -1 if eye.kind == "up" else 1
        knots: list[Knot] = [(-0.98, 0.26 * -up, CORNER), (0.0, 0.46 * up), (1.0, 0.22 * -up, CORNER)]
        under: list[Knot] = [(0.0, (0.46 * up) + (0.26 if up < 0 else -0.26))]
        thick = eye.shape([*knots, *under])
        strokes.append(thick)
        if subject.girl:
            strokes.append(sliver(eye.at(0.8, 0.1 * -up), eye.at(1.1, 0.1 * -up), eye.at(1.4, -0.2), 4.0))
            strokes.append(sliver(eye.at(0.62, -0.08), eye.at(0.95, -0.22), eye.at(1.18, -0.46), 3.4))
    if strokes:
        if subject.word("skin_tone") == "dark":  # dark lashes need a light to lie on
            scene.path(join(strokes), None, subject.skin.light, 4.4, 0.35)
        scene.path(join(strokes), lash, lash, 1.4)


_WHITE: list[Knot] = [
    (-0.98, 0.12), (-0.8, -0.62), (0.0, -1.0), (0.78, -0.72), (1.0, -0.1), (0.82, 0.6), (0.08, 0.97), (-0.72, 0.74),
]  # fmt: skip
_LASH_GIRL: list[Knot] = [
    (-1.1, -0.02, CORNER), (-0.86, -0.78), (0.0, -1.22), (0.8, -1.0), (1.12, -0.5), (1.42, -0.36, CORNER),
    (1.1, 0.06), (0.98, 0.12, CORNER), (0.86, -0.36), (0.56, -0.74), (0.0, -0.9), (-0.7, -0.64),
]  # fmt: skip
_LASH_BOY: list[Knot] = [
    (-1.08, -0.22, CORNER), (-0.78, -0.86), (0.0, -1.16), (0.8, -1.0), (1.22, -0.34, CORNER),
    (0.94, -0.3), (0.56, -0.74), (0.0, -0.9), (-0.7, -0.66),
]  # fmt: skip
