"""The plainer eyes: bold ovals of Western cartoons, and the lineless beads of picture books."""

from nijigen.illustrator.curves import CORNER, Knot, Path, join, oval, sliver, sparkle
from nijigen.illustrator.expressions import CLOSED
from nijigen.illustrator.eyes import Eye, draw_shut, on_dark_skin
from nijigen.illustrator.palette import blend
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.skin import skin_fill
from nijigen.illustrator.styles import INK
from nijigen.illustrator.subject import Subject


def round_eyes_of(subject: Subject) -> list[Eye]:
    """Upright ovals, nearer to each other than in the other styles."""
    radius = subject.traits.spread("eye_width", 17.5, 19.5) * subject.eye_size
    tall = radius * subject.traits.spread("eye_height", 1.18, 1.34) * (1.0 if subject.girl else 0.92)
    return _pair(subject, 36.0 + subject.traits.spread("eye_gap", -1.5, 2.0), 154.0, radius, tall)


def bead_eyes_of(subject: Subject) -> list[Eye]:
    """Ovals without whites, far apart and low."""
    radius = subject.traits.spread("eye_width", 15.6, 17.6) * subject.eye_size
    tall = radius * subject.traits.spread("eye_height", 1.24, 1.4) * (1.0 if subject.girl else 0.9)
    return _pair(subject, 39.0 + subject.traits.spread("eye_gap", -1.5, 2.5), 156.0, radius, tall)


def _pair(subject: Subject, apart: float, y: float, half_width: float, half_height: float) -> list[Eye]:
    first = subject.traits.side("wink_side")
    kinds = subject.expression.eyes
    return [
        Eye(128 + side * apart, y, side, half_width, half_height, 0.0, kinds[0] if side == first else kinds[1])
        for side in (-1, 1)
    ]


def draw_round_eyes(scene: Scene, subject: Subject) -> None:
    """Oval whites, big coloured irises, and one bold upper lid."""
    eyes = round_eyes_of(subject)
    opened = [eye for eye in eyes if eye.kind not in CLOSED]
    shut = [eye for eye in eyes if eye.kind in CLOSED]
    if opened:
        _round_balls(scene, subject, opened)
        _round_lids(scene, subject, opened)
    if shut:
        broad = [Eye(e.x, e.y + 4, e.side, e.half_width, e.half_height * 0.8, 0.0, e.kind) for e in shut]
        draw_shut(scene, subject, broad, INK, 4.8)


def _round_balls(scene: Scene, subject: Subject, eyes: list[Eye]) -> None:
    colour, word = subject.eye, subject.word("expression")
    half_width, half_height = eyes[0].half_width, eyes[0].half_height
    scene.path(join([oval(eye.x, eye.y, half_width, half_height) for eye in eyes]), "#ffffff", _rim(subject), 1.8)
    # reaching up under the lid: an iris with white all around it stares
    share = 0.66 if eyes[0].kind == "wide" else 0.84
    iris, tall = half_width * share, half_height * share
    dx, dy = subject.expression.gaze
    sink = 0.0 if eyes[0].kind == "wide" else 0.07 * half_height
    centres = [(eye.x - eye.side * 1.6 + dx * 0.8, eye.y + sink + dy * 0.6) for eye in eyes]

    def irises(u: float, v: float, a: float, b: float) -> Path:
        return join([oval(x + u * iris, y + v * tall, a * iris, b * tall) for x, y in centres])

    scene.path(irises(0, 0, 1, 1), colour.base, colour.line, 2.2)
    scene.path(irises(0, 0.54, 0.64, 0.34), colour.light, opacity=0.9)
    pupil = (0.26, 0.66) if word == "cat" else (0.5, 0.54)
    scene.path(irises(0, -0.04, *pupil), blend(colour.line, INK, 0.5))
    side = subject.traits.side("light_side")
    if word == "excited":
        glints = join([sparkle(x + side * iris * 0.26, y - tall * 0.28, iris * 0.74) for x, y in centres])
    elif subject.expression.lid is not None:
        glints = irises(side * 0.34, -0.02, 0.32, 0.28)  # below the lid
    else:
        glints = irises(side * 0.34, -0.38, 0.36, 0.32)
    scene.path(glints + irises(-side * 0.36, 0.44, 0.17, 0.14), "#ffffff")


def _rim(subject: Subject) -> str:
    return blend(subject.skin.line, INK, 0.35)


def _round_lids(scene: Scene, subject: Subject, eyes: list[Eye]) -> None:
    lid = subject.expression.lid
    if lid is not None:
        middle = (lid.inner + lid.outer) / 2 - 0.24
        cover: list[Knot] = [
            (-1.12, lid.inner, CORNER), (0.0, middle), (1.12, lid.outer, CORNER), (1.0, -0.7), (0.0, -1.12),
            (-1.0, -0.7),
        ]  # fmt: skip
        scene.path(join([eye.shape(cover) for eye in eyes]), subject.skin.base)
        edge: list[Knot] = [(-1.06, lid.inner), (0.0, middle), (1.1, lid.outer)]
        scene.path(join([eye.shape(edge, closed=False) for eye in eyes]), None, INK, 4.2)
    else:
        crowns: list[Knot] = [
            (-0.98, -0.4, CORNER), (-0.56, -0.94), (0.0, -1.12), (0.56, -0.98), (1.12, -0.34, CORNER), (0.6, -0.74),
            (0.0, -0.93), (-0.56, -0.8),
        ]  # fmt: skip
        scene.path(join([eye.shape(crowns) for eye in eyes]), INK, INK, 1.6)
    if subject.girl:
        drop = 0.0 if lid is None else lid.outer + 0.42
        lashes = [
            sliver(eye.at(u, v + drop), eye.at(u + 0.22, v + drop), eye.at(u + 0.42, v - 0.26 + drop), 3.8)
            for eye in eyes
            for u, v in ((0.78, -0.62), (0.96, -0.36))
        ]
        scene.path(join(lashes), INK, INK, 1.2)


def draw_bead_eyes(scene: Scene, subject: Subject) -> None:
    """Soft ovals that glow from below."""
    colour = subject.eye
    eyes = bead_eyes_of(subject)
    opened = [eye for eye in eyes if eye.kind not in CLOSED]
    shut = [eye for eye in eyes if eye.kind in CLOSED]
    soft_line = blend(subject.hair.line, "#4a2f3a", 0.6)
    if subject.traits.calm and subject.dark_skin:
        soft_line = on_dark_skin(soft_line)
    if opened:
        one = opened[0]
        grow = 1.1 if one.kind == "wide" else 1.0
        rx, ry = one.half_width * grow, one.half_height * grow
        dx, dy = subject.expression.gaze
        centres = [(eye.x + dx * 0.8, eye.y + dy * 0.5) for eye in opened]
        # a rim of white sets the eye off from any skin
        rim = 1.2 if one.kind == "wide" else 1.13
        scene.path(
            join([oval(x, y + ry * 0.04, rx * rim, ry * (rim - 0.04)) for x, y in centres]), "#ffffff", opacity=0.92
        )
        if one.kind == "wide":
            rx, ry = rx * 0.96, ry * 0.96
        fill = scene.linear(
            (0, one.y - ry),
            (0, one.y + ry),
            [(0.05, colour.shade), (0.45, colour.base), (0.7, colour.base), (1, colour.light)],
        )
        scene.path(join([oval(x, y, rx, ry) for x, y in centres]), fill)
        scene.path(join([oval(x, y + ry * 0.56, rx * 0.62, ry * 0.34) for x, y in centres]), colour.light, opacity=0.7)
        pupil = (0.2, 0.62) if subject.word("expression") == "cat" else (0.44, 0.46)
        scene.path(
            join([oval(x, y - ry * 0.04, rx * pupil[0], ry * pupil[1]) for x, y in centres]), colour.line, opacity=0.9
        )
        if subject.word("expression") == "excited":
            glints = [sparkle(x + rx * 0.3, y - ry * 0.34, rx * 0.66) for x, y in centres]
        elif subject.word("expression") == "sleepy":
            glints = [oval(x + rx * 0.36, y + ry * 0.1, rx * 0.32, ry * 0.2) for x, y in centres]
        else:
            glints = [oval(x + rx * 0.34, y - ry * 0.42, rx * 0.34, ry * 0.28) for x, y in centres]
        glints += [oval(x - rx * 0.36, y + ry * 0.46, rx * 0.16, ry * 0.12) for x, y in centres]
        scene.path(join(glints), "#ffffff", opacity=0.95)
        _bead_lids(scene, subject, opened, soft_line)
    if shut:
        broad = [Eye(e.x, e.y, e.side, e.half_width * 1.25, e.half_height * 0.95, 0.0, e.kind) for e in shut]
        draw_shut(scene, subject, broad, soft_line, 4.6)


def _bead_lids(scene: Scene, subject: Subject, eyes: list[Eye], line: str) -> None:
    lid = subject.expression.lid
    arcs: list[Path] = []
    for eye in eyes:
        if lid is None:
            top: list[Knot] = [
                (-1.14, -0.4, CORNER), (-0.7, -0.98), (0.0, -1.26), (0.8, -0.98), (1.34, -0.24, CORNER),
                (0.84, -0.66), (0.0, -1.0), (-0.7, -0.8),
            ]  # fmt: skip
            arcs.append(eye.shape(top))
        else:
            middle = (lid.inner + lid.outer) / 2 - 0.2
            cover: list[Knot] = [
                (-1.3, lid.inner, CORNER), (0.0, middle), (1.3, lid.outer, CORNER), (0.98, -0.9), (0.0, -1.26),
                (-0.98, -0.9),
            ]  # fmt: skip
            scene.path(eye.shape(cover), skin_fill(scene, subject))
            arcs.append(sliver(eye.at(-1.3, lid.inner), eye.at(0, middle - 0.3), eye.at(1.4, lid.outer), 4.6))
        if subject.girl:
            drop = 0.0 if lid is None else max(0.0, lid.outer + 0.5)
            arcs.append(sliver(eye.at(0.8, drop - 0.62), eye.at(1.2, drop - 0.72), eye.at(1.62, drop - 1.0), 3.6))
            arcs.append(sliver(eye.at(0.95, drop - 0.3), eye.at(1.3, drop - 0.34), eye.at(1.75, drop - 0.5), 3.2))
    scene.path(join(arcs), line)
