"""Fringes and the locks beside the face."""

from nijigen.illustrator.curves import AXIS, CORNER, Knot, Path, Point, outline, sliver
from nijigen.illustrator.palette import blend
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.strands import (
    Fringe,
    bar_shine,
    cap,
    crown_lines,
    extend_edge,
    fringe_edge,
    shine,
    slit_lines,
    tip_shades,
    zigzag_shine,
)
from nijigen.illustrator.subject import Subject

FRINGES = {
    "blunt": Fringe(
        (128, 22),
        ((213, 126), (199, 136), (186, 111), (178, 121), (161, 112), (150, 121), (132, 111), (121, 121),
         (104, 112), (94, 121), (76, 111), (58, 136), (43, 126)),
        plump=0.9,
    ),
    "choppy": Fringe(
        (132, 28),
        ((213, 126), (199, 148), (184, 100), (170, 124), (158, 92), (138, 125), (126, 86), (104, 121),
         (92, 94), (78, 125), (70, 104), (56, 146), (43, 126)),
    ),
    "swept": Fringe(
        (92, 36),
        ((213, 124), (203, 150), (190, 112), (186, 129), (166, 96), (158, 125), (134, 86), (124, 119),
         (102, 74), (74, 122), (66, 104), (54, 146), (43, 126)),
        lean=0.25,
    ),
    "curtain": Fringe(
        (128, 40),
        ((213, 126), (201, 158), (188, 116), (180, 134), (128, 68), (76, 134), (68, 116), (55, 158), (43, 126)),
        plump=0.7,
    ),
    "parted": Fringe(
        (156, 36),
        ((213, 126), (202, 152), (190, 112), (182, 126), (156, 66), (128, 126), (116, 96), (98, 126),
         (86, 100), (70, 130), (64, 108), (53, 150), (43, 126)),
        lean=-0.15,
    ),
    "spiky": Fringe(
        (128, 24),
        ((214, 118), (203, 142), (190, 96), (176, 128), (162, 84), (144, 122), (130, 80), (108, 126),
         (98, 84), (76, 122), (66, 96), (52, 142), (42, 118)),
        plump=0.2, lean=0.1,
    ),
    "wispy": Fringe(
        (128, 26),
        ((213, 126), (200, 152), (186, 98), (172, 112), (160, 88), (150, 116), (142, 88), (132, 120),
         (124, 86), (110, 114), (98, 90), (84, 112), (70, 98), (56, 152), (43, 126)),
        plump=0.25,
    ),
    "nose_lock": Fringe(
        (122, 26),
        ((213, 126), (200, 150), (182, 94), (164, 114), (150, 84), (128, 138), (110, 82), (90, 116),
         (74, 94), (56, 150), (43, 126)),
    ),
    "fluffy": Fringe(
        (128, 20),
        ((213, 122), (202, 138), (186, 104), (170, 120), (152, 98), (132, 118), (114, 98), (92, 120),
         (74, 104), (54, 138), (43, 122)),
        plump=1.35,
    ),
}  # fmt: skip

# which fringes go with which style; the trait "fringe" chooses among them
FITTING = {
    "short": ("choppy", "swept", "fluffy", "parted", "nose_lock", "wispy"),
    "bob": ("blunt", "choppy", "swept", "wispy", "parted", "fluffy"),
    "spiky": ("spiky", "choppy", "nose_lock"),
    "swept": ("wispy",),
    "undercut": ("swept", "parted"),
    "curly": ("fluffy", "curtain", "choppy"),
    "wavy": ("curtain", "parted", "swept", "wispy"),
    "long": ("choppy", "swept", "curtain", "parted", "nose_lock", "wispy"),
    "hime": ("blunt",),
    "twintails": ("choppy", "blunt", "nose_lock", "parted", "wispy"),
    "ponytail": ("swept", "parted", "choppy", "curtain", "nose_lock"),
    "side_ponytail": ("swept", "parted", "wispy", "choppy"),
    "buns": ("choppy", "wispy", "blunt", "curtain", "fluffy"),
    "braids": ("blunt", "curtain", "wispy", "parted", "choppy"),
}


OPEN_CROWN = frozenset({"spiky", "curly"})


def fringe_of(subject: Subject) -> Fringe:
    """The fringe of this person: a kind, its length, small shifts of every lock, sometimes mirrored."""
    traits = subject.traits
    name = traits.pick("fringe", FITTING[subject.word("hair_style")])
    kind = FRINGES[name]
    length = subject.amount("fringe_length")
    mirror = traits.flag("fringe_mirror")
    knots = []
    last = len(kind.knots) - 1
    for index, (x, y) in enumerate(kind.knots):
        if 0 < index < last:
            x += traits.spread(f"fringe/x{index}", -3.0, 3.0)
            y += traits.spread(f"fringe/y{index}", -3.5, 3.5) * (0.4 if name == "blunt" else 1.0)
            y = 72 + (y - 72) * (length if index % 2 else 0.5 + 0.5 * length)
        if abs(x - AXIS) < 64:
            y = min(y, 139.0 if abs(x - AXIS) < 14 else 131.0)  # the eyes stay free
        knots.append((2 * AXIS - x, y) if mirror else (x, y))
    if mirror:
        knots.reverse()
    whorl = (2 * AXIS - kind.whorl[0], kind.whorl[1]) if mirror else kind.whorl
    return Fringe(whorl, tuple(knots), kind.plump, -kind.lean if mirror else kind.lean)


def hair_fill(scene: Scene, subject: Subject, top: float = 24, bottom: float = 150) -> str:
    """Light on the crown, the hair's own colour below."""
    hair = subject.hair
    if not subject.style.soft:
        return hair.base
    if subject.style.name == "pastel":
        return scene.linear(
            (0, top),
            (0, bottom),
            [(0, blend(hair.base, hair.light, 0.4)), (0.45, hair.base), (1, blend(hair.base, hair.shade, 0.9))],
        )
    # some people's hair darkens towards the tips, some people's is bleached there
    tips = subject.traits.pick(
        "hair_fade", (blend(hair.base, hair.shade, 0.4), blend(hair.base, hair.light, 0.5), hair.base)
    )
    return scene.linear((0, top), (0, bottom), [(0, blend(hair.base, hair.light, 0.4)), (0.5, hair.base), (1, tips)])


def fringe_shadow(fringe: Fringe) -> Path:
    """What the fringe casts on the forehead."""
    knots = tuple((x, y + 8) for x, y in fringe.knots)
    low = Fringe((fringe.whorl[0], fringe.whorl[1] + 8), knots, fringe.plump, fringe.lean)
    path = Path().move(knots[-1][0], 40).line(knots[0][0], 40).line(*knots[0])
    return extend_edge(path, low.knots, low.whorl, low.plump, low.lean).close()


def draw_side_locks(scene: Scene, subject: Subject) -> None:
    """Locks that frame the face, under the fringe."""
    style, traits = subject.word("hair_style"), subject.traits
    kinds = _SIDES.get(style, ("short",))
    kind = traits.pick("side_lock", kinds)
    if kind == "none":
        return
    hair = subject.hair
    drop = traits.spread("side_drop", -5.0, 7.0)
    lock = outline([(knot[0], knot[1] + (drop if knot[1] > 160 else 0), *knot[2:]) for knot in _SIDE_SHAPES[kind]])
    fill = hair_fill(scene, subject, 60, 215)
    scene.both(lock, fill, subject.ink(hair.line), subject.line(2.5))
    if kind != "short":
        strand = sliver((58, 118), (50, 150), (55, 178 + drop), 2.6)
        scene.both(strand, hair.shade, opacity=0.8)


def draw_fringe(scene: Scene, subject: Subject, fringe: Fringe) -> None:
    """The front of the hair with its strands and its light."""
    hair, style = subject.hair, subject.style
    line = subject.ink(hair.line)
    front = cap(subject, fringe)
    if subject.word("hair_style") in OPEN_CROWN:
        # the crown melts into the tufts behind it: only the fringe has an edge
        scene.path(front, hair_fill(scene, subject, 4, 150))
        scene.path(fringe_edge(fringe), None, line, subject.line(2.7))
    else:
        scene.path(front, hair_fill(scene, subject), line, subject.line(2.7))
    if style.soft or subject.fine:
        scene.path(tip_shades(fringe, 7.5 if style.soft else 5.0), hair.shade, opacity=0.55)
    if subject.dark_skin and subject.word("hair_color") in ("black", "brown"):  # else hair and face melt together
        rim = fringe_edge(fringe).mapped(lambda x, y: (x, y - 2.6))
        scene.path(rim, None, hair.light, 2.0, 0.55)
    if style.name == "cartoon":
        scene.path(slit_lines(fringe, 3.0, 0.2), line)
        draw_shine(scene, subject, fringe.whorl)
        return
    scene.path(
        slit_lines(fringe, 2.4 if style.line else 3.4, 0.45),
        hair.shade if not style.line else blend(hair.shade, line, 0.55),
    )
    if subject.fine:
        scene.path(crown_lines(subject, fringe.whorl), hair.shade, opacity=0.8)
    draw_shine(scene, subject, fringe.whorl)


def draw_shine(scene: Scene, subject: Subject, whorl: Point) -> None:
    """The light on the crown, each art style's own."""
    hair, kind = subject.hair, subject.style.shine
    if kind == "bar":
        scene.path(bar_shine(subject), hair.light, opacity=0.8)
    elif kind == "ring":
        scene.path(shine(subject, whorl), hair.light, opacity=0.8)
    elif kind == "zigzag":
        block = outline([(196, 58, CORNER), (212, 90), (213, 126, CORNER), (200, 142), (184, 114), (192, 88)])
        # on open crowns it has no edge to follow, which calm drawings leave out
        if not (subject.traits.calm and subject.word("hair_style") in OPEN_CROWN):
            scene.path(block if subject.traits.side("light_side") < 0 else block.mirrored(), hair.shade, opacity=0.6)
        scene.path(zigzag_shine(subject), blend(hair.light, "#ffffff", 0.2), opacity=0.85)
    else:
        glow = scene.radial((108, 62), 62, [(0, hair.light, 0.85), (1, hair.light, 0)])
        scene.ellipse(112, 64, 56, 26, glow)


def draw_ahoge(scene: Scene, subject: Subject) -> None:
    """A strand that stands up."""
    if not subject.traits.flag("ahoge", 0.34):
        return
    hair = subject.hair
    lift = subject.traits.spread("ahoge_lift", -3.0, 5.0)
    reach = subject.traits.spread("ahoge_reach", 0.0, 14.0)
    strand = outline(
        [
            (119, 34, CORNER),
            (117, 16 - lift),
            (132, 3 - lift),
            (158 + reach, 10 - lift, CORNER),
            (138, 13 - lift),
            (130, 24),
            (131, 36, CORNER),
        ]
    )
    if subject.traits.flag("ahoge_kind", 0.4):
        strand += outline([
            (125, 34, CORNER), (117, 22), (102, 17 - lift), (92, 20 - lift, CORNER), (99, 10 - lift), (116, 12),
            (130, 34, CORNER),
        ])  # fmt: skip
    if subject.traits.flag("ahoge_side"):
        strand = strand.mirrored()
    scene.path(strand, hair_fill(scene, subject, 2, 60), subject.ink(hair.line), subject.line(2.3))


_SIDE_SHAPES: dict[str, list[Knot]] = {
    "long": [(46, 104), (39, 138), (41, 172), (48, 196), (58, 212, CORNER), (62, 188), (67, 160), (70, 118)],
    "wave": [(46, 104), (38, 136), (46, 164), (40, 188), (52, 210, CORNER), (58, 188), (62, 164), (70, 118)],
    "medium": [(46, 104), (40, 134), (42, 160), (52, 184, CORNER), (60, 160), (68, 118)],
    "short": [(46, 104), (42, 130), (46, 148), (55, 166, CORNER), (60, 146), (68, 116)],
    "hime": [(44, 104), (38, 140), (38, 186, CORNER), (52, 190), (69, 187, CORNER), (68, 150), (70, 116)],
    "two": [
        (46, 104),
        (39, 136),
        (42, 168),
        (50, 190, CORNER),
        (55, 172, CORNER),
        (62, 200, CORNER),
        (66, 164),
        (70, 118),
    ],
}

_SIDES = {
    "short": ("short", "medium"),
    "bob": ("medium", "long", "two"),
    "spiky": ("short", "medium"),
    "swept": ("short",),
    "undercut": ("none",),
    "curly": ("none",),
    "wavy": ("wave", "long"),
    "long": ("long", "two", "wave"),
    "hime": ("hime",),
    "twintails": ("long", "medium", "two", "wave"),
    "ponytail": ("medium", "two", "short"),
    "side_ponytail": ("medium", "two", "short"),
    "buns": ("medium", "two", "long", "wave"),
    "braids": ("medium", "short"),
}
