"""Accessories on the head. Each sits on something: a contact shadow, a band, a brim."""

from collections.abc import Callable

from nijigen.illustrator.curves import CORNER, Path, join, outline, oval, petals, sliver, star
from nijigen.illustrator.ornaments import accent, draw_bow
from nijigen.illustrator.palette import blend
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.subject import Subject

GOLD = "#ffcf45"


def draw_accessory(scene: Scene, subject: Subject) -> None:
    """Everything that is worn over the hair."""
    draw = _ACCESSORIES.get(subject.word("accessory"))
    if draw is not None:
        draw(scene, subject)


def _ribbon(scene: Scene, subject: Subject) -> None:
    side = subject.traits.pick("accessory_side", (-1, 1, 0))
    colour = accent(subject, "accessory_colour")
    draw_bow(scene, subject, 128 + side * 50, 44 if side else 30, 1.5, colour, tails=True)


def _cat_ears(scene: Scene, subject: Subject) -> None:
    hair = subject.hair
    lean = subject.traits.spread("ear_lean", -4, 6)
    ear = outline([
        (54, 76), (44 - lean, 44), (48 - lean, 3, CORNER), (80, 18), (106, 42), (98, 52), (80, 58), (64, 72),
    ])  # fmt: skip
    inner = outline([
        (64, 66, CORNER), (54 - lean * 0.6, 42), (56 - lean * 0.6, 20, CORNER), (76, 30), (92, 42, CORNER),
        (76, 52),
    ])  # fmt: skip
    fur = scene.linear((0, 4), (0, 70), [(0, blend(hair.base, hair.light, 0.3)), (1, hair.base)])
    scene.both(ear, fur, subject.ink(hair.line), subject.line(2.7))
    scene.both(inner, blend("#ffb0c4", hair.base, 0.12))
    tuft = [sliver((66, 68), (66, 52), (62, 42), 6), sliver((78, 58), (76, 46), (72, 38), 5)]
    scene.both(join(tuft), hair.light, opacity=0.95)


def _flower(scene: Scene, subject: Subject) -> None:
    side = subject.traits.side("accessory_side")
    colour = accent(subject, "accessory_colour")
    x, y = 128 + side * 60, 78
    if subject.traits.calm:  # five plain petals: leaf and second petals are one pixel wide at 128 px
        scene.path(petals(x, y, 31, 5, 10), colour.base, colour.line, subject.line(2.3))
        scene.ellipse(x, y, 10, 10, "#fff6d8", subject.ink("#b0701f"), subject.line(1.8))
        return
    leaf = outline([
        (x + side * 10, y + 12, CORNER), (x + side * 26, y + 12), (x + side * 34, y + 26, CORNER),
        (x + side * 18, y + 26),
    ])  # fmt: skip
    scene.path(leaf, "#7fcf7a", subject.ink("#2f6b45"), subject.line(2))
    count = subject.traits.pick("petals", (5, 6, 5))
    scene.path(petals(x, y, 27, count, 10), colour.base, colour.line, subject.line(2.3))
    scene.path(petals(x, y, 15, count, 10), colour.light, opacity=0.8)
    scene.ellipse(x, y, 7, 7, "#ffd84f", subject.ink("#b0701f"), subject.line(1.8))


def _headphones(scene: Scene, subject: Subject) -> None:
    colour = accent(subject, "accessory_colour")
    band = outline([
        (36, 140, CORNER), (34, 84), (62, 34), (128, 14), (194, 34), (222, 84), (220, 140, CORNER), (212, 92),
        (186, 46), (128, 27), (70, 46), (44, 92),
    ])  # fmt: skip
    scene.path(band, colour.base, colour.line, subject.line(2.4))
    cup = outline([(48, 118), (30, 116), (20, 132), (20, 158), (32, 174), (50, 170), (56, 146)])
    scene.both(cup, colour.base, colour.line, subject.line(2.7))
    pad = outline([(50, 122), (44, 128), (43, 160), (51, 168), (57, 146)])
    scene.both(pad, colour.shade, colour.line, subject.line(2.0))
    scene.both(oval(33, 145, 6, 13), colour.light, opacity=0.95)


def _beret(scene: Scene, subject: Subject) -> None:
    colour = accent(subject, "accessory_colour")
    shape = outline([
        (46, 80, CORNER), (30, 66), (36, 34), (80, 10), (144, 6), (200, 24), (226, 56), (214, 78, CORNER),
        (172, 62), (128, 57), (84, 63),
    ])  # fmt: skip
    shade = outline([
        (46, 80, CORNER), (84, 63), (128, 57), (172, 62), (214, 78, CORNER), (172, 72), (128, 68), (86, 73),
    ])  # fmt: skip
    stalk = outline([(128, 10), (127, 0), (135, -3), (138, 9)])
    light = outline([(60, 40), (92, 22), (124, 18), (96, 34), (68, 52)])
    parts = [stalk, shape, shade, light]
    if subject.traits.side("accessory_side") < 0:
        parts = [part.mirrored() for part in parts]
    line, width = colour.line, subject.line(2.7)
    scene.path(parts[0], colour.shade, line, width)
    scene.path(parts[1], colour.base, line, width)
    scene.path(parts[2], colour.shade, line, width * 0.7)
    scene.path(parts[3], colour.light, opacity=0.65)


def _star_clip(scene: Scene, subject: Subject) -> None:
    side = subject.traits.side("accessory_side")
    gold = subject.ramp(subject.traits.pick("clip_colour", ("#ffd84a", "#ffe98a", "#ff8fb4", "#7fd4ff")))
    if subject.word("hair_color") in ("blonde", "orange"):
        gold = subject.ramp("#6fc3ff")
    elif subject.word("hair_color") in ("pink", "aqua", "blue"):
        gold = subject.ramp("#ffd84a")
    big, small = (
        star(128 + side * 54, 92, 20, inner=0.52, lean=side * 12),
        star(128 + side * 76, 116, 11, inner=0.52, lean=-side * 10),
    )
    if subject.traits.calm:  # one star that can be seen at 128 px
        big, small = star(128 + side * 56, 94, 25, inner=0.54, lean=side * 12), Path()
    scene.path(small + big, gold.base, gold.line, subject.line(2.6) or 1.2)
    scene.path(oval(128 + side * 54 - 4, 86, 4, 3), "#ffffff", opacity=0.9)


def _crown(scene: Scene, subject: Subject) -> None:
    x = 128 + subject.traits.pick("crown_place", (0, 0, -34, 34))
    y = 42 if x == 128 else 48
    gold = subject.ramp(GOLD if subject.word("hair_color") != "blonde" else "#ffb52e")
    body = outline([
        (x - 34, y, CORNER), (x - 42, y - 34, CORNER), (x - 20, y - 17, CORNER), (x, y - 44, CORNER),
        (x + 20, y - 17, CORNER), (x + 42, y - 34, CORNER), (x + 34, y, CORNER), (x, y + 6),
    ])  # fmt: skip
    tilt = (x - 128) * 0.5
    with scene.group(f"rotate({tilt:g} {x:g} {y:g})"):
        scene.path(
            body,
            scene.linear((0, y - 40), (0, y + 6), [(0, gold.light), (1, gold.base)])
            if subject.style.soft
            else gold.base,
            gold.line,
            subject.line(2.7),
        )
        scene.path(
            outline([(x - 33, y - 8), (x, y - 2), (x + 33, y - 8)], closed=False),
            None,
            gold.line,
            max(subject.line(2.0), 1.4),
        )
        gems = [oval(x - 42, y - 35, 4.5), oval(x, y - 45, 5), oval(x + 42, y - 35, 4.5)]
        scene.path(join(gems), "#ff6f91", gold.line, subject.line(1.8))
        scene.path(oval(x, y - 17, 6, 7.5), "#6fc3ff", gold.line, subject.line(1.8))


def _witch_hat(scene: Scene, subject: Subject) -> None:
    colour = subject.ramp(subject.traits.pick("hat_colour", ("#4b3a78", "#33335c", "#7a3f7f", "#2f4a63")))
    band = accent(subject, "accessory_colour")
    bent = 20 + subject.traits.spread("hat_bend", 0, 20)
    cone = outline([
        (58, 66, CORNER), (84, 34), (110, 6), (146 + bent * 0.6, -13), (150 + bent * 1.6, 2, CORNER), (166, 12),
        (178, 36), (198, 66, CORNER),
    ])  # fmt: skip
    brim = outline([(4, 84, CORNER), (50, 62), (128, 52), (206, 62), (252, 84, CORNER), (206, 92), (128, 80), (50, 92)])
    ribbon = outline([(62, 60, CORNER), (72, 47), (128, 38), (184, 47), (194, 60, CORNER), (128, 52)])
    light = sliver((98, 40), (110, 16), (134, 2), 8)
    parts = [cone, ribbon, brim, light]
    if subject.traits.side("accessory_side") < 0:
        parts = [part.mirrored() for part in parts]
    line, width = colour.line, subject.line(2.8)
    scene.path(parts[0], colour.base, line, width)
    scene.path(parts[3], colour.light, opacity=0.5)
    scene.path(parts[1], band.base, band.line, width * 0.8)
    scene.path(
        parts[2],
        scene.linear((0, 52), (0, 92), [(0, colour.light), (0.5, colour.base), (1, colour.shade)])
        if subject.style.soft
        else colour.base,
        line,
        width,
    )
    scene.path(star(128, 48, 10, lean=8), GOLD, subject.ink("#a8701f"), subject.line(2.0))


def draw_steady_halo(scene: Scene, subject: Subject) -> None:
    """The halo of calm busts, in units of the picture."""
    if subject.steady and subject.word("accessory") == "halo":
        _ring(scene, subject, 20.0, oval(128, 20, 54, 15), oval(128, 20, 36, 6))


def _halo(scene: Scene, subject: Subject) -> None:
    if subject.steady:
        return
    y = 15 + subject.traits.spread("halo_height", -3, 2)
    outer, inner = oval(128, y, 54, 13.5), oval(128, y, 41, 7)
    if subject.traits.calm:  # where a thin ring leans, it comes apart
        outer, inner = oval(128, y, 56, 15), oval(128, y, 37, 5.5)
    _ring(scene, subject, y, outer, inner)


def _ring(scene: Scene, subject: Subject, y: float, outer: Path, inner: Path) -> None:
    hole = Path(reversed_path(inner))
    scene.path(outer + hole, "#ffe169", subject.ink("#c98a1f"), max(subject.line(2.4), 1.2))
    scene.path(sliver((84, y - 4), (110, y - 13), (140, y - 11), 3.5), "#fffbe0")


def reversed_path(path: Path) -> list[tuple[str, tuple[tuple[float, float], ...]]]:
    """A closed curve run backwards, so that it cuts a hole."""
    points = [path.parts[0][1][0]]
    for command, places in path.parts[1:]:
        if command == "C":
            points += places
    points.reverse()
    parts: list[tuple[str, tuple[tuple[float, float], ...]]] = [("M", (points[0],))]
    parts += [("C", (points[i], points[i + 1], points[i + 2])) for i in range(1, len(points), 3)]
    return [*parts, ("Z", ())]


_ACCESSORIES: dict[str, Callable[[Scene, Subject], None]] = {
    "ribbon": _ribbon,
    "cat_ears": _cat_ears,
    "flower": _flower,
    "headphones": _headphones,
    "beret": _beret,
    "star_clip": _star_clip,
    "crown": _crown,
    "witch_hat": _witch_hat,
    "halo": _halo,
}
