"""The plainer eyes: big round whites of Western cartoons, and the lineless beads of picture books."""

from nijigen.illustrator.curves import CORNER, Knot, Path, join, oval, sliver, sparkle
from nijigen.illustrator.expressions import CLOSED
from nijigen.illustrator.eyes import Eye, draw_shut
from nijigen.illustrator.palette import blend
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.skin import skin_fill
from nijigen.illustrator.styles import INK
from nijigen.illustrator.subject import Subject


def round_eyes_of(subject: Subject) -> list[Eye]:
    """Round whites that almost meet above the nose."""
    radius = subject.traits.spread("eye_width", 22.0, 25.0) * subject.amount("eye_size")
    tall = radius * subject.traits.spread("eye_height", 1.08, 1.22) * (1.0 if subject.girl else 0.94)
    return _pair(subject, 32.0 + subject.traits.spread("eye_gap", -1.5, 2.5), 150.0, radius, tall)


def bead_eyes_of(subject: Subject) -> list[Eye]:
    """Ovals without whites, far apart and low."""
    radius = subject.traits.spread("eye_width", 15.6, 17.6) * subject.amount("eye_size")
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
    """Whites, small irises with dot pupils, and a bold lid."""
    line, width = INK, subject.line(1.8)
    rim = blend(subject.skin.line, INK, 0.35)
    eyes = round_eyes_of(subject)
    opened = [eye for eye in eyes if eye.kind not in CLOSED]
    shut = [eye for eye in eyes if eye.kind in CLOSED]
    if opened:
        scene.path(join([oval(eye.x, eye.y, eye.half_width, eye.half_height) for eye in opened]), "#ffffff", rim, 2.2)
        wide = opened[0].kind == "wide"
        iris = opened[0].half_width * (0.58 if wide else 0.8)
        # reaching up under the lid: an iris with white all around it stares
        tall = opened[0].half_height * (0.58 if wide else 0.9)
        dx, dy = subject.expression.gaze
        centres = [
            (eye.x - eye.side * 2.6 + dx * 1.1, eye.y - (0 if wide else 0.06 * eye.half_height) + dy * 0.7)
            for eye in opened
        ]
        scene.path(join([oval(x, y, iris, tall) for x, y in centres]), subject.eye.base)
        scene.path(
            join([oval(x, y + tall * 0.52, iris * 0.62, tall * 0.36) for x, y in centres]),
            subject.eye.light,
            opacity=0.8,
        )
        pupil = [oval(x, y, iris * 0.56, tall * 0.56) for x, y in centres]
        scene.path(join(pupil), line)
        side = subject.traits.side("light_side")
        if subject.word("expression") == "excited":
            glints = [sparkle(x + side * iris * 0.26, y - tall * 0.28, iris * 0.72) for x, y in centres]
        else:
            glints = [oval(x + side * iris * 0.32, y - tall * 0.36, iris * 0.34, tall * 0.3) for x, y in centres]
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
                edge: list[Knot] = [
                    (-1.1, lid.inner, CORNER), (1.1, lid.outer, CORNER), (1.1, -1.2, CORNER), (-1.1, -1.2, CORNER),
                ]  # fmt: skip
                scene.path(eye.shape(edge), tone, line, width)
            scene.path(
                oval(eye.x, eye.y, eye.half_width, eye.half_height), None, blend(subject.skin.line, line, 0.35), 2.2
            )
    else:
        crowns: list[Knot] = [
            (-0.94, -0.42, CORNER), (-0.5, -0.96), (0.0, -1.12), (0.5, -0.96), (1.04, -0.36, CORNER), (0.5, -0.8),
            (0.0, -0.95), (-0.5, -0.82),
        ]  # fmt: skip
        scene.path(join([eye.shape(crowns) for eye in eyes]), line, line, 1.6)
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
    soft_line = blend(subject.hair.line, "#4a2f3a", 0.6)
    if opened:
        one = opened[0]
        grow = 1.16 if one.kind == "wide" else 1.0
        rx, ry = one.half_width * grow, one.half_height * grow
        dx, dy = subject.expression.gaze
        centres = [(eye.x + dx * 0.8, eye.y + dy * 0.5) for eye in opened]
        # a rim of white sets the eye off from any skin
        rim = 1.26 if one.kind == "wide" else 1.13
        scene.path(
            join([oval(x, y + ry * 0.04, rx * rim, ry * (rim - 0.04)) for x, y in centres]), "#ffffff", opacity=0.92
        )
        if one.kind == "wide":
            rx, ry = rx * 0.84, ry * 0.84
        fill = scene.linear(
            (0, one.y - ry),
            (0, one.y + ry),
            [(0.05, colour.shade), (0.45, colour.base), (0.7, colour.base), (1, colour.light)],
        )
        scene.path(join([oval(x, y, rx, ry) for x, y in centres]), fill)
        scene.path(join([oval(x, y + ry * 0.56, rx * 0.62, ry * 0.34) for x, y in centres]), colour.light, opacity=0.7)
        scene.path(join([oval(x, y - ry * 0.04, rx * 0.44, ry * 0.46) for x, y in centres]), colour.line, opacity=0.85)
        if subject.word("expression") == "excited":
            glints = [sparkle(x + rx * 0.3, y - ry * 0.34, rx * 0.66) for x, y in centres]
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
            cover: list[Knot] = [
                (-1.3, lid.inner, CORNER), (1.3, lid.outer, CORNER), (0.96, -0.9), (0.0, -1.22), (-0.96, -0.9),
            ]  # fmt: skip
            scene.path(eye.shape(cover), skin_fill(scene, subject))
            arcs.append(
                sliver(
                    eye.at(-1.3, lid.inner), eye.at(0, (lid.inner + lid.outer) / 2 - 0.12), eye.at(1.35, lid.outer), 4.4
                )
            )
        if subject.girl:
            arcs.append(sliver(eye.at(0.8, -0.62), eye.at(1.2, -0.72), eye.at(1.62, -1.0), 3.6))
            arcs.append(sliver(eye.at(0.95, -0.3), eye.at(1.3, -0.34), eye.at(1.75, -0.5), 3.2))
    scene.path(join(arcs), line)
