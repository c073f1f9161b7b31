"""The head under the hair: ears, face, cheeks, nose and brows."""

from contextlib import AbstractContextManager, nullcontext

from nijigen.illustrator.curves import CORNER, Knot, Path, join, outline, oval, sliver
from nijigen.illustrator.eyes import draw_eyes
from nijigen.illustrator.eyes_simple import draw_bead_eyes, draw_round_eyes
from nijigen.illustrator.mouths import draw_mouth
from nijigen.illustrator.palette import blend
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.skin import skin_fill
from nijigen.illustrator.styles import INK
from nijigen.illustrator.subject import Subject


def face_path(subject: Subject) -> Path:
    """The outline of the face; the chin is at about y = 206."""
    traits, style = subject.traits, subject.style.name
    cheek = traits.spread("cheek", -2.0, 2.5)
    point = traits.spread("chin", -1.0, 1.0)
    boy = 0.0 if subject.girl else 1.0
    if style == "cartoon":
        right: list[Knot] = [
            (128, 54), (177, 68), (200, 110), (204 + cheek, 150), (193 + 2 * boy, 180),
            (163 + 3 * boy + 2 * point, 201), (128, 208),
        ]  # fmt: skip
    elif style == "pastel":
        right = [
            (128, 54), (178, 68), (200, 112), (202 + cheek, 148), (191 + boy, 177), (162 + 3 * boy, 198 + point),
            (128, 206),
        ]  # fmt: skip
    elif style == "retro":
        right = [
            (128, 54), (174, 68), (196, 112), (196 + cheek, 149), (186 + 3 * boy, 175), (160 + 4 * boy, 197),
            (140, 207 + point), (128, 209),
        ]  # fmt: skip
    else:
        right = [
            (128, 54), (176, 68), (198, 112), (200 + cheek, 148), (190 + 2 * boy, 173),
            (163 + 4 * boy + 2 * point, 195), (141, 204.5), (128, 206 + boy),
        ]  # fmt: skip
    left: list[Knot] = [(256 - knot[0], knot[1]) for knot in reversed(right[1:-1])]
    return outline(right + left)


def draw_ears(scene: Scene, subject: Subject) -> None:
    """Ears, behind the face; hair may cover them."""
    skin, y = subject.skin, 146.0 if subject.style.name == "cartoon" else 150.0
    ear = outline([(62, y - 14), (48, y - 18), (43, y - 4), (49, y + 12), (62, y + 16)])
    scene.both(ear, skin.base, subject.skin_edge, subject.skin_line(2.6))
    inner = outline([(57, y - 8), (50, y - 9), (49, y - 2), (54, y + 6), (58, y + 2)])
    scene.both(inner, skin.shade, opacity=0.8)


def draw_face(scene: Scene, subject: Subject, shadow: Path | None) -> None:
    """The face with everything on it; ``shadow`` is what the fringe casts."""
    skin = subject.skin
    face = face_path(subject)
    scene.path(face, skin_fill(scene, subject), subject.skin_edge, subject.skin_line(2.7))
    if shadow is not None and subject.style.hard_shade:
        with scene.clip(face):
            depth = 0.55 if subject.dark_skin else 1.0
            scene.path(shadow, skin.shade, opacity=subject.style.hard_shade * depth)
    if subject.style.name == "retro":  # the hard side shadow of old cels
        side = outline([
            (194, 106, CORNER), (194, 150), (183, 176), (157, 198), (133, 211, CORNER), (158, 190), (174, 168),
            (182, 140),
        ])  # fmt: skip
        scene.path(side if subject.traits.side("light_side") < 0 else side.mirrored(), skin.shade, opacity=0.4)
    with on_skin(scene, subject):
        _cheeks(scene, subject)
        if subject.traits.calm and "flush" in subject.expression.marks:
            _glow(scene, subject)
    _spots(scene, subject)
    _nose(scene, subject)
    draw_mouth(scene, subject)
    {"round": draw_round_eyes, "bead": draw_bead_eyes}.get(subject.style.eye, draw_eyes)(scene, subject)


def on_skin(scene: Scene, subject: Subject) -> AbstractContextManager[None]:
    """What is painted inside stays on the skin, in calm drawings: a small network cannot tell blush from a stain."""
    return scene.clip(face_path(subject)) if subject.traits.calm else nullcontext()


def _cheeks(scene: Scene, subject: Subject) -> None:
    amount = max(0.0, min(1.3, subject.amount("blush") + subject.expression.blush))
    style, tone = subject.style.name, subject.blush
    apart, y = {"anime": (53, 180), "cartoon": (56, 181), "pastel": (53, 180), "retro": (51, 179)}[style]
    if amount <= 0.02:
        return
    if style == "cartoon":
        scene.both(oval(128 - apart, y, 13, 8.5), tone, opacity=min(0.6, 0.45 * amount))
        return
    wide = 21 if style == "pastel" else 18
    strength = min(0.88, (0.5 if style == "pastel" else 0.66) * amount)
    for x in (128 - apart, 128 + apart):
        glow = scene.radial((x, y), wide, [(0, tone, strength), (0.5, tone, strength * 0.55), (1, tone, 0)])
        scene.ellipse(x, y, wide, wide * 0.72, glow)
    if style in ("anime", "retro") and amount > 0.5 and subject.traits.flag("blush_lines", 0.7):
        strokes = [sliver((x - 3, y + 3), (x, y), (x + 3, y - 4), 2.2) for x in (128 - apart - 5, 128 - apart + 3)]
        scene.both(join(strokes), tone, opacity=0.9)


def _glow(scene: Scene, subject: Subject) -> None:
    """Cheeks of the shy that glow up to the eyes, but not over them, and a band between them, in calm drawings."""
    red = subject.blush
    scene.ellipse(128, 181, 64, 15, scene.linear((0, 168), (0, 194), [(0, red, 0), (0.5, red, 0.55), (1, red, 0)]))
    for x in (78, 178):
        fill = scene.radial((x, 178), 36, [(0, red, 1.0), (0.5, red, 0.6), (1, red, 0)])
        scene.ellipse(x, 178, 36, 24, fill)


def _spots(scene: Scene, subject: Subject) -> None:
    """Freckles or a beauty mark: small things that make a face one's own."""
    kind = subject.traits.pick("spots", ("none", "none", "none", "none", "freckles", "mole", "glow"))
    colour = subject.skin.line
    if kind == "freckles":
        dots = [oval(x, y, 1.5) for x, y in ((72, 176), (79, 180), (86, 176), (79, 172))]
        scene.both(join(dots), blend(colour, subject.skin.base, 0.25))
    elif kind == "mole":
        side = subject.traits.side("mole_side")
        x, y = subject.traits.pick("mole_place", ((34.0, 183.0), (20.0, 192.0)))
        scene.ellipse(128 + side * x, y, 1.9, None, colour)


def _nose(scene: Scene, subject: Subject) -> None:
    skin, style = subject.skin, subject.style.name
    side = subject.traits.side("nose_side")
    if style == "cartoon":
        wide = subject.traits.spread("nose", 2.6, 4.2)
        button = outline([(128 - wide, 172.5), (128, 175.5), (128 + wide, 172.5)], closed=False)
        scene.path(button, None, blend(skin.line, skin.shade, 0.2), 3.0)
    elif style == "retro":
        scene.path(sliver((128 + side * 1, 163), (128 + side * 6, 171), (128 - side * 1, 173.5), 2.6), skin.line)
        if subject.fine:
            scene.path(
                sliver((128 + side * 5, 166), (128 + side * 8, 171), (128 + side * 3, 174), 5), skin.shade, opacity=0.8
            )
    elif style == "pastel":
        scene.ellipse(128, 168, 3.4, 2.4, blend(skin.shade, subject.blush, 0.5), opacity=0.9)
    else:
        scene.path(
            sliver((125 + side, 170.6), (128 + side, 173.8), (131.5 + side, 170.6), 2.7),
            blend(skin.line, skin.shade, 0.25),
        )
        if subject.fine:
            scene.ellipse(128 - side * 0.5, 167.2, 1.7, 1.2, skin.light, opacity=0.9)


def draw_brows(scene: Scene, subject: Subject, opacity: float) -> None:
    """Brows are drawn on the skin, and again over the fringe (figure.py), so that a mood can be read."""
    expression, style = subject.expression, subject.style.name
    traits = subject.traits
    raised, inner, outer = expression.brow
    apart = {"anime": 40, "cartoon": 36, "pastel": 38, "retro": 38}[style]
    height = {"anime": 117.0, "cartoon": 121.0, "pastel": 130.0, "retro": 114.0}[style]
    if not subject.girl and style in ("anime", "retro"):
        height += 3
    height += (1 - subject.eye_size) * 18
    if subject.traits.calm and subject.word("accessory") == "glasses":
        height -= 5  # clear of the frames
    weight = {"anime": 3.8, "cartoon": 5.4, "pastel": 4.4, "retro": 3.6}[style]
    weight *= traits.spread("brow_weight", 0.85, 1.15) * (1.0 if subject.girl else 1.45)
    arch = traits.spread("brow_arch", 1.5, 5.0) * (1.0 if subject.girl else 0.6)
    long = traits.spread("brow_length", 13.5, 16.5) * (0.86 if style == "cartoon" else 1.0)
    cocked = -traits.side("wink_side")
    strokes = []
    for side in (-1, 1):
        lift = raised + (expression.lift if side == cocked else 0)
        x, y = 128 + side * apart, height - lift
        start, end = (x - side * long, y - inner + 2), (x + side * long, y - outer + 2.5)
        middle = (x + side * 2, y - (inner + outer) / 2 - arch - 2)
        strokes.append(sliver(start, middle, end, weight))
    scene.path(join(strokes), brow_colour(subject), opacity=opacity)


def brow_colour(subject: Subject) -> str:
    """Darker than the hair, and never lost on dark skin."""
    if subject.style.name == "cartoon":
        return blend(subject.hair.line, INK, 0.6)
    if subject.word("skin_tone") == "dark":
        return blend(subject.hair.line, "#1c0d12", 0.75)
    return blend(subject.hair.line, "#3a2030", 0.2)
