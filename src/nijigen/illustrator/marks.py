"""Marks of mood around the face: tears, a throbbing vein, sparkles, z z z."""

from collections.abc import Iterable
from contextlib import nullcontext

from nijigen.illustrator.curves import AXIS, CORNER, Knot, Path, join, outline, oval, sliver, sparkle, star
from nijigen.illustrator.face import on_skin
from nijigen.illustrator.palette import blend
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.subject import Subject

WATER, WATER_LINE = "#bfeaff", "#5aaee8"


def draw_face_marks(scene: Scene, subject: Subject) -> None:
    """Marks that lie on the skin, under the hair; tears and full cheeks reach over its edge."""
    for name in subject.expression.marks:
        if name in _ON_FACE:
            with nullcontext() if name in _OVER_THE_EDGE else on_skin(scene, subject):
                _ON_FACE[name](scene, subject)


def draw_floating_marks(scene: Scene, subject: Subject) -> None:
    """Marks that float over everything and go with the head."""
    for name in () if subject.steady else subject.expression.marks:
        if name in (_STEADY if subject.traits.calm else _FLOATING):
            _FLOATING[name](scene, subject)


def draw_steady_marks(scene: Scene, subject: Subject) -> None:
    """The same of calm busts, in units of the picture."""
    for name in subject.expression.marks if subject.steady else ():
        if name in _STEADY:
            _STEADY[name](scene)


def _drop(x: float, y: float, size: float, lean: float = 0.0) -> Path:
    return outline([
        (x + lean, y - size * 1.5, CORNER), (x + size * 0.85, y + size * 0.2), (x, y + size),
        (x - size * 0.85, y + size * 0.2),
    ])  # fmt: skip


def _tears(scene: Scene, subject: Subject) -> None:
    apart = {"cartoon": 36, "pastel": 41}.get(subject.style.name, 43)
    top = {"cartoon": 170, "pastel": 172}.get(subject.style.name, 171)
    stream: list[Knot] = [
        (128 - apart - 4, top), (128 - apart - 8, top + 10), (128 - apart - 9.5, top + 18),
        (128 - apart - 2, top + 25), (128 - apart + 5.5, top + 18), (128 - apart + 4, top + 10),
        (128 - apart + 3, top),
    ]  # fmt: skip
    scene.both(outline(stream), WATER, WATER_LINE, 1.8, 0.92)
    scene.both(oval(128 - apart - 4, top + 17, 2.4, 3.8), "#ffffff")


def _joy(scene: Scene, subject: Subject) -> None:
    y = 146 if subject.style.name == "cartoon" else 150
    scene.both(_drop(60, y + 12, 6.5, 5), WATER, WATER_LINE, 1.8)


def _whiskers(scene: Scene, subject: Subject) -> None:
    x = 92 if subject.traits.calm else 82  # most of them would be beside the face, where calm drawings have nothing
    lines = [sliver((x, 181 + d), (x - 8, 180 + 1.3 * d), (x - 17, 178 + 2 * d), 3.2) for d in (0, 6)]
    scene.both(join(lines), subject.skin.line, opacity=0.85)


def _flush(scene: Scene, subject: Subject) -> None:
    if subject.traits.calm:  # below the eyes, with the cheeks (face.py): over them it is a stain at 128 px
        return
    faint = 0.6 if subject.style.name == "pastel" else 1.0  # its cheeks are rosy already
    for x, y, radius, deep in ((128, 172, 26, 0.36), (80, 179, 25, 0.75), (176, 179, 25, 0.75)):
        strength = deep * faint
        glow = scene.radial(
            (x, y), radius, [(0, subject.blush, strength), (0.5, subject.blush, strength * 0.6), (1, subject.blush, 0)]
        )
        scene.ellipse(x, y, radius, radius * 0.62, glow)
    lines = [sliver((x - 3, 183), (x, 178), (x + 4, 172), 2.8) for x in (72, 80, 88, 167, 175, 183)]
    scene.path(join(lines), blend(subject.blush, "#ff8f8f" if subject.dark_skin else subject.skin.line, 0.25))


def _puff(scene: Scene, subject: Subject) -> None:
    left = 78 if subject.traits.calm else 74
    if subject.traits.calm:  # skin under what reaches over the edge, whose line shows on the outer side alone
        scene.both(oval(left - 1, 184, 16, 14), subject.skin.base, subject.skin_edge, subject.skin_line(2.7))
        scene.both(oval(left + 4, 183, 15, 15), subject.skin.base)
    for x in (left, 256 - left):
        glow = scene.radial(
            (x, 184), 18, [(0, subject.blush, 0.85), (0.7, subject.blush, 0.5), (1, subject.blush, 0.3)]
        )
        scene.ellipse(x, 184, 17, 14, glow)
    scene.both(oval(left - 5, 179, 4.2, 3), "#ffffff", opacity=0.75)


def _huff(scene: Scene, subject: Subject) -> None:
    """Cheeks full of air: an arc around each, outside of what a calm face has."""
    if subject.traits.calm:
        return
    arc = sliver((79, 196), (70, 192), (69, 183), 3.0)
    scene.both(arc, subject.skin.line, opacity=0.75)


def _sweat(scene: Scene, subject: Subject) -> None:
    x = AXIS + subject.traits.side("mark_side") * 66
    scene.path(_drop(x, 132, 8.5), WATER, WATER_LINE, 2)


def _glints(scene: Scene, subject: Subject) -> None:
    side = subject.traits.side("mark_side")
    glints = [sparkle(AXIS + side * 92, 92, 17), sparkle(AXIS - side * 94, 150, 14), sparkle(AXIS + side * 104, 124, 8)]
    scene.path(join(glints), "#fff6b8", "#f0a63c", 2.2)


def _wink_star(scene: Scene, subject: Subject) -> None:
    side = subject.traits.side("wink_side")
    scene.path(star(AXIS + side * 84, 134, 14, lean=side * 14), "#ffe066", "#e08a2c", 2.4)


def _startle(scene: Scene, subject: Subject) -> None:
    side = subject.traits.side("mark_side")
    _exclamation(scene, AXIS + side * 94, 58.0, side * 16)


def _exclamation(scene: Scene, x: float, y: float, lean: float) -> None:
    bolt = outline([(x - 8, y - 26), (x + 8, y - 26), (x + 3.5, y + 8), (x - 3.5, y + 8)]) + oval(x, y + 19, 5.6)
    with scene.group(f"rotate({lean:g} {x:g} {y:g})"):
        scene.path(bolt, "#ff5a5f", "#ffffff", 3.2)


def _steady_vein(scene: Scene) -> None:
    _throb(scene, 69.0, 75.0, 1.4)


def _steady_sweat(scene: Scene) -> None:
    drop = _drop(191, 132, 14)
    scene.path(drop, "#ffffff", "#ffffff", 7)
    scene.path(drop, "#9fdcff", "#2f7fd6", 2.5)


def _steady_startle(scene: Scene) -> None:
    _exclamation(scene, 28, 46, -14)  # beside most hats


def _steady_zzz(scene: Scene) -> None:
    _letters_z(scene, ((44, 84, 11), (30, 46, 16)), 5.4)


def _steady_wink_star(scene: Scene) -> None:
    glint = star(215, 134, 15, lean=14)
    scene.path(glint, "#ffffff", "#ffffff", 6)
    scene.path(glint, "#ffe066", "#e08a2c", 2.4)


def _vein(scene: Scene, subject: Subject) -> None:
    _throb(scene, AXIS + subject.traits.side("mark_side") * 62, 76.0, 1.3 if subject.traits.calm else 1.0)


def _throb(scene: Scene, x: float, y: float, size: float) -> None:
    arms = []
    for sx, sy in ((-size, -size), (size, -size), (size, size), (-size, size)):
        arms.append(
            outline([(x + sx * 4, y + sy * 15), (x + sx * 5.5, y + sy * 5.5), (x + sx * 15, y + sy * 4)], closed=False)
        )
    scene.path(join(arms), None, "#ffffff", 9 * size)
    scene.path(join(arms), None, "#e5383f", 5.4 * size)


def _zzz(scene: Scene, subject: Subject) -> None:
    side = subject.traits.side("mark_side")
    _letters_z(scene, [(AXIS + side * x, y, size) for x, y, size in ((80, 94, 8), (91, 70, 10.5), (98, 40, 13))], 4.6)


def _letters_z(scene: Scene, places: Iterable[tuple[float, float, float]], weight: float) -> None:
    strokes = [
        Path()
        .move(x - size * 0.8, y - size * 0.8)
        .line(x + size * 0.8, y - size * 0.8)
        .line(x - size * 0.8, y + size * 0.8)
        .line(x + size * 0.8, y + size * 0.8)
        for x, y, size in places
    ]
    scene.path(join(strokes), None, "#ffffff", weight + 3.9)
    scene.path(join(strokes), None, "#5a6fd6", weight)


_ON_FACE = {"tears": _tears, "whiskers": _whiskers, "flush": _flush, "puff": _puff, "huff": _huff}
_OVER_THE_EDGE = {"tears", "puff"}  # of the face
_FLOATING = {
    "joy": _joy,
    "sweat": _sweat,
    "glints": _glints,
    "wink_star": _wink_star,
    "startle": _startle,
    "vein": _vein,
    "zzz": _zzz,
}
# without these a mood is a pixel or two of 64
_STEADY = {
    "vein": _steady_vein,
    "sweat": _steady_sweat,
    "startle": _steady_startle,
    "zzz": _steady_zzz,
    "wink_star": _steady_wink_star,
}
