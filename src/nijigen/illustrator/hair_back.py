"""What hangs behind the head: one function for each hair style that has something there."""

from collections.abc import Callable

from nijigen.illustrator.curves import CORNER, Knot, Path, join, outline, oval, sliver
from nijigen.illustrator.hair_crowns import draw_curls, draw_spikes
from nijigen.illustrator.hair_front import hair_fill
from nijigen.illustrator.ornaments import draw_tie
from nijigen.illustrator.palette import blend
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.subject import Subject

HATS = frozenset({"beret", "witch_hat"})


def draw_back(scene: Scene, subject: Subject) -> None:
    """Hair behind the neck and shoulders."""
    style = subject.word("hair_style")
    extra = _BEHIND.get(style)
    if extra is not None:
        extra(scene, subject)
    shape = _SILHOUETTES.get(style)
    if shape is not None:
        _mass(scene, subject, shape(subject))


def draw_tails(scene: Scene, subject: Subject) -> None:
    """Tails and braids that fall in front of the shoulders, and what holds them."""
    draw = _BEFORE.get(subject.word("hair_style"))
    if draw is not None:
        draw(scene, subject)


def under_hat(subject: Subject) -> bool:
    """Whether a hat presses the crown flat."""
    return subject.word("accessory") in HATS


def _mass(scene: Scene, subject: Subject, shape: Path) -> None:
    """A body of hair: in shadow near the neck, in its own colour outside."""
    hair = subject.hair
    if subject.style.soft:
        fill = scene.radial(
            (128, 168), 108, [(0, hair.shade), (0.5, blend(hair.shade, hair.base, 0.3)), (1, hair.base)]
        )
    else:
        fill = blend(hair.base, hair.shade, 0.75)
    scene.path(shape, fill, subject.ink(hair.line), subject.line(2.7))


def _symmetric(left: list[Knot], middle: list[Knot] | None = None) -> Path:
    """An outline from its left half, read from the crown down."""
    right: list[Knot] = [(256 - knot[0], *knot[1:]) for knot in reversed(left)]
    return outline([(128, 34), *left, *(middle or []), *right])


def _short(subject: Subject) -> Path:
    del subject
    return _symmetric([(76, 46), (48, 92), (43, 140), (50, 166, CORNER), (60, 172), (68, 190, CORNER), (84, 184)])


def _spikes_or_short(scene: Scene, subject: Subject) -> None:
    if under_hat(subject):
        _mass(scene, subject, _short(subject))
    else:
        draw_spikes(scene, subject)


def _bob(subject: Subject) -> Path:
    low = subject.traits.spread("hair_length", -6, 10)
    puff = subject.traits.spread("hair_puff", -3, 5)
    return _symmetric([
        (76, 46), (46, 96), (31 - puff, 156), (36 - puff, 194 + low), (58, 206 + low), (78, 200 + low, CORNER),
        (96, 196),
    ])  # fmt: skip


def _long(subject: Subject) -> Path:
    low = subject.traits.spread("hair_length", -30, 8)
    puff = subject.traits.spread("hair_puff", -5, 9)
    kind = subject.traits.pick("long_ends", ("points", "flick", "tucked"))
    start: list[Knot] = [(76, 46), (46, 98), (33 - puff, 166)]
    if kind == "points":
        ends: list[Knot] = [
            (24 - puff, 222), (24 - puff, 266 + low, CORNER), (40, 254 + low), (46, 274 + low, CORNER),
            (64, 258 + low), (74, 276 + low, CORNER), (96, 258 + low),
        ]  # fmt: skip
    elif kind == "flick":
        ends = [
            (34 - puff, 210), (28 - puff, 236 + low), (8 - puff, 248 + low, CORNER), (32, 262 + low),
            (22, 276 + low, CORNER), (56, 270 + low), (58, 282 + low, CORNER), (96, 262 + low),
        ]  # fmt: skip
    else:
        ends = [(24 - puff, 214), (30 - puff, 250 + low), (50, 268 + low), (70, 262 + low, CORNER), (96, 262 + low)]
    return _symmetric([*start, *ends])


def _hime(subject: Subject) -> Path:
    low = subject.traits.spread("hair_length", -14, 12)
    return _symmetric([(76, 46), (46, 98), (35, 160), (32, 230), (31, 268 + low, CORNER), (100, 268 + low, CORNER)])


def _wavy(subject: Subject) -> Path:
    puff = subject.traits.spread("hair_puff", -3, 5)
    low = subject.traits.spread("hair_length", -10, 8)
    return _symmetric(
        [(76, 46), (46, 92), (38, 122), (22 - puff, 150), (34, 176), (14 - puff, 202), (30, 226),
         (24 - puff, 248 + low, CORNER), (46, 238 + low), (58, 256 + low, CORNER), (76, 240 + low),
         (94, 250 + low, CORNER)]
    )  # fmt: skip


def _nape(subject: Subject) -> Path:
    del subject
    return _symmetric([(76, 46), (50, 92), (44, 140), (52, 168), (70, 182), (96, 184)])


def _buns(scene: Scene, subject: Subject) -> None:
    hair = subject.hair
    x, y = (36, 84) if under_hat(subject) else (56, 38)
    size = subject.traits.spread("bun_size", 25, 31)
    scene.both(
        oval(x, y, size, size * 0.95),
        hair_fill(scene, subject, y - size, y + size),
        subject.ink(hair.line),
        subject.line(2.7),
    )
    swirls = [
        sliver((x - 14, y - 2), (x, y - 20), (x + 15, y - 4), 3.2),
        sliver((x - 10, y + 8), (x - 2, y - 8), (x + 8, y + 4), 3.0),
    ]
    scene.both(join(swirls), blend(hair.shade, hair.line, 0.35))


def _tail_shape(subject: Subject) -> Path:
    low = subject.traits.spread("hair_length", -14, 16)
    kind = subject.traits.pick("tail_kind", ("smooth", "wave", "flick"))
    if kind == "smooth":
        return outline([
            (54, 80), (20, 78), (2, 112), (0, 160), (10, 198 + low), (4, 226 + low, CORNER), (24, 214 + low),
            (28, 232 + low, CORNER), (44, 190), (46, 146), (58, 104),
        ])  # fmt: skip
    if kind == "wave":
        return outline([
            (54, 80), (18, 74), (4, 108), (14, 142), (0, 172), (14, 204 + low), (6, 232 + low, CORNER),
            (34, 216 + low), (32, 180), (46, 150), (42, 122), (58, 104),
        ])  # fmt: skip
    return outline([
        (54, 80), (24, 66), (2, 96), (2, 150), (-6, 182 + low, CORNER), (14, 178 + low), (8, 210 + low, CORNER),
        (30, 198 + low), (34, 218 + low, CORNER), (48, 174), (48, 136), (58, 104),
    ])  # fmt: skip


def _twintails(scene: Scene, subject: Subject) -> None:
    hair = subject.hair
    scene.both(_tail_shape(subject), hair_fill(scene, subject, 70, 240), subject.ink(hair.line), subject.line(2.7))
    strands = [sliver((44, 88), (14, 112), (20, 186), 4.0), sliver((50, 92), (32, 120), (34, 176), 3.0)]
    scene.both(join(strands), hair.shade)
    scene.both(sliver((32, 84), (10, 104), (10, 140), 6.0), hair.light, opacity=0.7)


def _twintail_ties(scene: Scene, subject: Subject) -> None:
    kind = subject.traits.pick("tie", ("bow", "band", "bow", "puff"))
    for side in (-1, 1):
        draw_tie(scene, subject, 128 + side * 76, 88, kind, 0.82)


def _ponytail(scene: Scene, subject: Subject) -> None:
    hair = subject.hair
    side = subject.traits.side("tail_side")
    low = subject.traits.spread("hair_length", -14, 16)
    tail = outline([
        (160, 34), (186, 4), (224, 6), (246, 44), (246, 100), (236, 142), (246, 178 + low, CORNER),
        (222, 168 + low), (214, 192 + low, CORNER), (204, 150), (206, 104), (190, 66),
    ])  # fmt: skip
    lines = [sliver((178, 34), (226, 30), (226, 124), 4.0), sliver((182, 44), (212, 60), (214, 132), 3.2)]
    light = sliver((196, 16), (232, 26), (236, 72), 6.5)
    if side < 0:
        tail, lines, light = tail.mirrored(), [line.mirrored() for line in lines], light.mirrored()
    scene.path(tail, hair_fill(scene, subject, 0, 200), subject.ink(hair.line), subject.line(2.7))
    scene.path(join(lines), hair.shade)
    scene.path(light, hair.light, opacity=0.75)


def _ponytail_tie(scene: Scene, subject: Subject) -> None:
    if under_hat(subject):
        return
    side = subject.traits.side("tail_side")
    draw_tie(scene, subject, 128 + side * 46, 34, subject.traits.pick("tie", ("bow", "band", "bow", "puff")), 0.8)


def _side_ponytail(scene: Scene, subject: Subject) -> None:
    hair = subject.hair
    side = subject.traits.side("tail_side")
    low = subject.traits.spread("hair_length", -14, 12)
    tail = outline([
        (196, 168), (226, 166), (244, 190), (240, 222), (246, 250 + low, CORNER), (226, 244 + low),
        (214, 262 + low, CORNER), (202, 232), (198, 204),
    ])  # fmt: skip
    lines = [sliver((212, 176), (234, 196), (224, 238), 4.0)]
    light = sliver((222, 176), (238, 190), (234, 214), 6.0)
    root = outline([(206, 110), (222, 140), (220, 172), (198, 182), (184, 160)])
    if side < 0:
        tail, lines, light, root = (
            tail.mirrored(),
            [line.mirrored() for line in lines],
            light.mirrored(),
            root.mirrored(),
        )
    line, width = subject.ink(hair.line), subject.line(2.7)
    scene.path(root, hair_fill(scene, subject, 90, 200), line, width)
    scene.path(tail, hair_fill(scene, subject, 160, 270), line, width)
    scene.path(join(lines), hair.shade)
    scene.path(light, hair.light, opacity=0.75)
    draw_tie(scene, subject, 128 + side * 82, 176, subject.traits.pick("tie", ("band", "bow", "puff", "band")), 0.82)


def _braids(scene: Scene, subject: Subject) -> None:
    hair = subject.hair
    line, width = subject.ink(hair.line), subject.line(2.5)
    low = subject.traits.spread("hair_length", -6, 8)
    fill = hair_fill(scene, subject, 160, 262)
    for x, y, r in ((50, 178, 15.0), (43, 200, 15.5), (39, 222, 14.5), (38, 242 + low, 12.5)):
        knot = outline([
            (x - r, y - 8), (x, y - 12), (x + r, y - 8), (x + r * 0.8, y + 6), (x, y + 14), (x - r * 0.8, y + 6),
        ])  # fmt: skip
        scene.both(knot, fill, line, width)
        scene.both(
            sliver((x - r * 0.7, y - 6), (x + 1, y + 2), (x + 1, y + 11), 2.8), blend(hair.shade, hair.line, 0.3)
        )
    tip = outline([(31, 254 + low), (45, 254 + low), (46, 270 + low), (38, 282 + low, CORNER), (30, 270 + low)])
    scene.both(tip, fill, line, width)
    for side in (-1, 1):
        draw_tie(scene, subject, 128 + side * 90, 254 + low, subject.traits.pick("tie", ("bow", "band", "puff")), 0.6)


_SILHOUETTES: dict[str, Callable[[Subject], Path]] = {
    "short": _short,
    "bob": _bob,
    "swept": _short,
    "long": _long,
    "hime": _hime,
    "wavy": _wavy,
    "twintails": _nape,
    "ponytail": _nape,
    "side_ponytail": _nape,
    "buns": _nape,
    "braids": _nape,
}
_BEHIND: dict[str, Callable[[Scene, Subject], None]] = {
    "curly": draw_curls,
    "spiky": _spikes_or_short,
    "buns": _buns,
    "twintails": _twintails,
    "ponytail": _ponytail,
}
_BEFORE: dict[str, Callable[[Scene, Subject], None]] = {
    "twintails": _twintail_ties,
    "ponytail": _ponytail_tie,
    "side_ponytail": _side_ponytail,
    "braids": _braids,
}
