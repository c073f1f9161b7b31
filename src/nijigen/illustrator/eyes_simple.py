"""The plainer eyes: big round whites of Western cartoons, and the lineless beads of picture books."""

from nijigen.illustrator.curves import CORNER, Knot, Path, oval, sliver, sparkle
from nijigen.illustrator.expressions import CLOSED
from nijigen.illustrator.eyes import Eye, draw_shut, join
from nijigen.illustrator.palette import blend
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.styles import INK
from nijigen.illustrator.subject import Subject


def round_eyes_of(subject: Subject) -> list[Eye]:
    """Round whites that almost meet above the nose."""
    radius = subject.traits.spread("eye_width", 22.5, 25.5) * subject.amount("eye_size")
    tall = radius * subject.traits.spread("eye_height", 1.02, 1.14) * (1.0 if subject.girl else 0.94)
    return _pair(subject, 29.5 + subject.traits.spread("eye_gap", -1.0, 2.0), 149.0, radius, tall)


def bead_eyes_of(subject: Subject) -> list[Eye]:
    """Ovals without whites, far apart and low."""
    radius = subject.traits.spread("eye_width", 14.0, 15.8) * subject.amount("eye_size")
    tall = radius * subject.traits.spread("eye_height", 1.3, 1.48) * (1.0 if subject.girl else 0.9)
    return _pair(subject, 39.0 + subject.traits.spread("eye_gap", -1.5, 2.5), 156.0, radius, tall)


def _pair(subject: Subject, apart: float, y: float, half_width: float, half_height: float) -> list[Eye]:
    first = subject.traits.side("wink_side")
    kinds = subject.expression.eyes
    return [
        Eye(128 + side * apart, y, side, half_width, half_height, 0.0, kinds[0] if side == first else kinds[1])
        for side in (-1, 1)
    ]


def draw_round_eyes(scene: Scene, subject: Subject) -> None:
    """Whites, small irises with dot pupils, and a bold lid."""
    line, width = INK, subject.line(1.8)
    eyes = round_eyes_of(subject)
    opened = [eye for eye in eyes if eye.kind not in CLOSED]
    shut = [eye for eye in eyes if eye.kind in CLOSED]
    if opened:
        scene.path(join([oval(eye.x, eye.y, eye.half_width, eye.half_height) for eye in opened]), "#ffffff", line, width)
        wide = opened[0].kind == "wide"
        iris = opened[0].half_width * (0.52 if wide else 0.68)
        dx, dy = subject.expression.gaze
        centres = [(eye.x - eye.side * 5.0 + dx * 2, eye.y + 2 + dy * 1.4) for eye in opened]
        scene.path(join([oval(x, y, iris) for x, y in centres]), subject.eye.base)
        if subject.word("expression") == "cat":
            pupil = [oval(x, y, iris * 0.26, iris * 0.72) for x, y in centres]
        else:
            pupil = [oval(x, y, iris * 0.58) for x, y in centres]
        scene.path(join(pupil), line)
        if subject.word("expression") == "excited":
            glints = [sparkle(x + iris * 0.3, y - iris * 0.3, iris * 0.72) for x, y in centres]
        else:
            glints = [oval(x + iris * 0.34, y - iris * 0.38, iris * 0.32) for x, y in centres]
        scene.path(join(glints), "#ffffff")
        _round_lids(scene, subject, opened, line, width)
    if shut:
        for eye in shut:
            ring = Eye(eye.x, eye.y + 4, eye.side, eye.half_width * 0.84, eye.half_height * 0.8, 0.0, eye.kind)
            draw_shut(scene, subject, [ring], line, 5.0)


def _round_lids(scene: Scene, subject: Subject, eyes: list[Eye], line: str, width: float) -> None:
    lid = subject.expression.lid
    if lid is not None:
        tone = blend(subject.skin.base, subject.skin.shade, 0.35)
        for eye in eyes:
            with scene.clip(oval(eye.x, eye.y, eye.half_width, eye.half_height)):
                edge: list[Knot] = [(-1.1, lid.inner, CORNER), (1.1, lid.outer, CORNER), (1.1, -1.2, CORNER), (-1.1, -1.2, CORNER)]
                scene.path(eye.shape(edge), tone, line, width)
            scene.path(oval(eye.x, eye.y, eye.half_width, eye.half_height), None, line, width)
    if subject.girl:
        lashes: list[Path] = []
        for eye in eyes:
            for u, v, reach in ((0.5, -0.86, 1.38), (0.78, -0.62, 1.42), (0.94, -0.32, 1.4)):
                lashes.append(sliver(eye.at(u, v), eye.at(u * 1.18, v * 1.08), eye.at(u * reach, v * reach), 4.2))
        scene.path(join(lashes), line, line, 1.6)


def draw_bead_eyes(scene: Scene, subject: Subject) -> None:
    """Soft ovals that glow from below."""
    colour = subject.eye
    eyes = bead_eyes_of(subject)
    opened = [eye for eye in eyes if eye.kind not in CLOSED]
    shut = [eye for eye in eyes if eye.kind in CLOSED]
    soft_line = blend(colour.line, "#4a2f3a", 0.5)
    if opened:
        one = opened[0]
        grow = 1.16 if one.kind == "wide" else 1.0
        rx, ry = one.half_width * grow, one.half_height * grow
        dx, dy = subject.expression.gaze
        centres = [(eye.x + dx * 0.8, eye.y + dy * 0.5) for eye in opened]
        if one.kind == "wide":
            scene.path(join([oval(x, y, rx * 1.2, ry * 1.14) for x, y in centres]), "#ffffff")
            rx, ry = rx * 0.82, ry * 0.82
        fill = scene.linear(
            (0, one.y - ry), (0, one.y + ry), [(0, colour.shade), (0.4, colour.base), (0.72, colour.base), (1, colour.light)]
        )
        scene.path(join([oval(x, y, rx, ry) for x, y in centres]), fill)
        scene.path(join([oval(x, y - ry * 0.08, rx * 0.5, ry * 0.5) for x, y in centres]), colour.line, opacity=0.8)
        if subject.word("expression") == "excited":
            glints = [sparkle(x + rx * 0.3, y - ry * 0.34, rx * 0.66) for x, y in centres]
        else:
            glints = [oval(x + rx * 0.34, y - ry * 0.42, rx * 0.3, ry * 0.24) for x, y in centres]
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
            top: list[Knot] = [(-1.02, -0.5, CORNER), (0.0, -1.2), (1.12, -0.5), (1.2, -0.3, CORNER), (0.9, -0.66), (0.0, -1.0)]
            arcs.append(eye.shape(top))
        else:
            cover: list[Knot] = [(-1.3, lid.inner, CORNER), (1.3, lid.outer, CORNER), (1.3, -1.3, CORNER), (-1.3, -1.3, CORNER)]
            scene.path(eye.shape(cover), blend(subject.skin.base, subject.skin.shade, 0.18))
            arcs.append(sliver(eye.at(-1.3, lid.inner), eye.at(0, (lid.inner + lid.outer) / 2 - 0.12), eye.at(1.35, lid.outer), 4.4))
        if subject.girl:
            arcs.append(sliver(eye.at(0.8, -0.62), eye.at(1.2, -0.72), eye.at(1.62, -1.0), 3.6))
            arcs.append(sliver(eye.at(0.95, -0.3), eye.at(1.3, -0.34), eye.at(1.75, -0.5), 3.2))
    scene.path(join(arcs), line)
