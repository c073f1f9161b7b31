"""Outfits: each has its own collar, so that it can be told in a bust of 64 pixels."""

from collections.abc import Callable

from nijigen.illustrator.body import Tailor
from nijigen.illustrator.curves import CORNER, Knot, Path, heart, join, outline, oval, polygon, sliver, star
from nijigen.illustrator.ornaments import draw_bow
from nijigen.illustrator.palette import Ramp, blend, channels
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.subject import Subject


def draw_outfit(scene: Scene, subject: Subject) -> None:
    """Body and clothes."""
    tailor = Tailor(scene, subject)
    scheme = subject.scheme
    colours = subject.ramp(scheme.main), subject.ramp(scheme.second), subject.ramp(scheme.accent)
    _OUTFITS[subject.word("outfit")](tailor, *colours)


def draw_hood(scene: Scene, subject: Subject) -> None:
    """The part of a hoodie that lies behind the neck."""
    if subject.word("outfit") != "hoodie":
        return
    colour = subject.ramp(subject.scheme.main)
    hood = outline([(70, 222), (64, 200), (84, 180), (128, 172), (172, 180), (192, 200), (186, 222)])
    scene.path(hood, colour.shade, colour.line, subject.line(2.6))


def _dark(colour: Ramp) -> bool:
    return sum(channels(colour.base)) < 390


def _pair(shape: Path) -> Path:
    return shape + shape.mirrored()


def _bottom(tailor: Tailor, colour: Ramp, length: float = 0.0) -> None:
    if tailor.subject.girl:
        tailor.skirt(colour, length)
    else:
        tailor.trousers(colour, 330)


def _sailor(tailor: Tailor, main: Ramp, second: Ramp, accent: Ramp) -> None:
    subject, scene = tailor.subject, tailor.scene
    navy = subject.traits.flag("sailor_white", 0.7)
    cloth, collar = (second, main) if navy else (main, second)
    stripe = "#ffffff" if collar is main else main.base
    tailor.legs(second, tailor.subject.ramp("#4a3540"))
    _bottom(tailor, collar)
    tailor.neck()
    tailor.torso(cloth, 10)
    tailor.sleeves(cloth)
    throat = polygon([(113, 206), (143, 206), (128, 234)])
    scene.path(throat, subject.skin.base)
    flap = outline([
        (112, 203, CORNER), (92, 210), (70, 222), (74, 246, CORNER), (102, 246), (128, 244, CORNER), (122, 228),
    ])  # fmt: skip
    scene.both(flap, tailor.fill(collar), collar.line, tailor.width)
    band: list[Knot] = [(79, 224), (81, 239, CORNER), (104, 239), (117, 235)]
    scene.both(outline(band, closed=False), None, stripe, 3.2)
    draw_bow(scene, subject, 128, 244, 0.9 if subject.girl else 0.7, accent, tails=True)


def _hoodie(tailor: Tailor, main: Ramp, second: Ramp, accent: Ramp) -> None:
    del accent
    scene, subject = tailor.scene, tailor.subject
    tailor.legs(second, second)
    tailor.trousers(subject.ramp("#56628f"), 344 if not subject.girl else 326)
    tailor.neck()
    tailor.torso(main)
    tailor.sleeves(main)
    inner = outline([(98, 212), (112, 222), (128, 228), (144, 222), (158, 212), (150, 202), (106, 202)])
    scene.path(inner, main.shade, main.line, tailor.width)
    scene.path(outline([(115, 196), (116, 208), (128, 216), (140, 208), (141, 196)]), subject.skin.shade)
    rim = outline([
        (106, 196), (84, 204), (80, 220), (104, 240), (128, 248), (152, 240), (176, 220), (172, 204), (150, 196),
        (154, 210), (142, 226), (128, 232), (114, 226), (102, 210),
    ])  # fmt: skip
    scene.path(rim, tailor.fill(main), main.line, tailor.width)
    cords = [
        outline([(114, 238), (112, 250), (114, 264)], closed=False),
        outline([(142, 238), (144, 250), (142, 260)], closed=False),
    ]
    scene.path(join(cords), None, second.base if _dark(main) else "#ffffff", 4.4)
    if tailor.full:
        pocket = outline([(104, 270, CORNER), (152, 270, CORNER), (160, 292, CORNER), (96, 292, CORNER)])
        scene.path(pocket, main.shade, main.line, tailor.width * 0.8)


def _blazer(tailor: Tailor, main: Ramp, second: Ramp, accent: Ramp) -> None:
    scene, subject = tailor.scene, tailor.subject
    dark = subject.ramp(blend(main.base, "#2a2348", 0.42))
    shirt = subject.ramp("#fdfcff")
    tailor.legs(dark if subject.girl else None, subject.ramp("#50393c"))
    if subject.girl:
        tailor.skirt(accent)
    else:
        tailor.trousers(subject.ramp("#5c607c"))
    tailor.neck()
    tailor.torso(dark)
    tailor.sleeves(dark)
    front = outline([(110, 206, CORNER), (146, 206, CORNER), (150, 226), (128, 272, CORNER), (106, 226)])
    scene.path(front, shirt.base, shirt.line, tailor.width * 0.7)
    if subject.girl and subject.traits.flag("blazer_bow", 0.7):
        draw_bow(scene, subject, 128, 228, 0.72, accent)
    else:
        knot = outline([
            (121, 219, CORNER), (135, 219, CORNER), (132, 229, CORNER), (138, 256), (128, 268, CORNER), (118, 256),
            (124, 229, CORNER),
        ])  # fmt: skip
        scene.path(knot, accent.base, accent.line, tailor.width)
        scene.path(polygon([(122, 240), (134, 234), (135, 240), (121, 247)]), accent.light)
    lapel = outline([
        (108, 204, CORNER), (96, 212), (84, 232, CORNER), (96, 238, CORNER), (92, 246, CORNER), (126, 276, CORNER),
        (108, 232),
    ])  # fmt: skip
    scene.both(lapel, tailor.fill(dark), dark.line, tailor.width)
    collar = outline([(113, 202, CORNER), (104, 212), (112, 226, CORNER), (127, 218, CORNER)])
    scene.both(collar, shirt.base, shirt.line, tailor.width * 0.8)


def _kimono(tailor: Tailor, main: Ramp, second: Ramp, accent: Ramp) -> None:
    scene, subject = tailor.scene, tailor.subject
    if tailor.full:
        tailor.legs(subject.ramp("#ffffff"), subject.ramp("#8a5a44"))
        robe = outline([(86, 286, CORNER), (82, 350, CORNER), (128, 356), (174, 350, CORNER), (170, 286, CORNER)])
        tailor.one(robe, main)
        scene.path(Path().move(136, 300).line(146, 353), None, main.line, tailor.width)
    tailor.neck()
    tailor.torso(main)
    tailor.sleeves(main, "wide")
    flowers = []
    for index, (x, y) in enumerate(((74, 246), (184, 240), (96, 262), (168, 262), (62, 270), (196, 270))):
        lean = index * 23
        radius = 9 if index % 2 else 7
        flowers.append(star(x, y, radius, 5, 0.62, lean))
    scene.path(join(flowers), accent.base if not _dark(main) else second.base, opacity=0.95)
    scene.path(polygon([(112, 204), (144, 204), (128, 236)]), subject.skin.base)
    scene.path(polygon([(113, 203), (143, 203), (140, 211), (116, 211)]), subject.skin.shade, opacity=0.8)
    over = [outline([(148, 198, CORNER), (162, 204, CORNER), (112, 268, CORNER), (96, 264, CORNER)])]
    under = outline([(108, 198, CORNER), (94, 204, CORNER), (120, 250, CORNER), (130, 232, CORNER)])
    scene.path(under, second.base, second.line, tailor.width)
    scene.path(over[0], second.base, second.line, tailor.width)
    scene.path(polygon([(147, 206), (152, 209), (106, 264), (100, 264)]), accent.base, opacity=0.85)
    if tailor.full:
        obi = outline([(83, 266, CORNER), (173, 266, CORNER), (172, 294, CORNER), (84, 294, CORNER)])
        tailor.one(obi, accent)
        scene.path(outline([(84, 280), (172, 280)], closed=False), None, second.base, 4)


def _dress(tailor: Tailor, main: Ramp, second: Ramp, accent: Ramp) -> None:
    scene, subject = tailor.scene, tailor.subject
    tailor.legs(second, main)
    if tailor.full:
        tailor.skirt(main, 10, 10)
    tailor.neck()
    tailor.chest()
    tailor.sleeves(main, "puff")
    bodice = outline([
        (92, 226, CORNER), (110, 232), (128, 228, CORNER), (146, 232), (164, 226, CORNER), (168, 256),
        (172, 290, CORNER), (84, 290, CORNER), (88, 256),
    ])  # fmt: skip
    tailor.one(bodice, main)
    frill: list[Knot] = [(84, 222)]
    for index in range(7):
        x = 92 + index * 12
        frill += [(x, 240 - abs(index - 3) * 1.5), (x + 6, 232 - abs(index - 3) * 1.5, CORNER)]
    frill += [(172, 222), (146, 226), (128, 222), (110, 226)]
    scene.path(outline(frill), second.base, second.line, tailor.width * 0.8)
    draw_bow(scene, subject, 128, 238, 0.62, accent, tails=True)
    choker = outline([(113, 203), (128, 208), (143, 203), (143, 208), (128, 213), (113, 208)])
    scene.path(choker, accent.base, accent.line, tailor.width * 0.6)


def _t_shirt(tailor: Tailor, main: Ramp, second: Ramp, accent: Ramp) -> None:
    scene, subject = tailor.scene, tailor.subject
    tailor.legs(None, accent)
    if subject.girl:
        tailor.skirt(subject.ramp("#6f83c8"))
    else:
        tailor.trousers(subject.ramp("#5f79b8"), 326)
    tailor.neck()
    tailor.torso(main)
    tailor.sleeves(main, "short")
    scene.path(outline([(108, 205), (116, 216), (128, 220), (140, 216), (148, 205)], closed=True), subject.skin.base)
    scene.path(outline([
        (107, 205), (115, 217), (128, 222), (141, 217), (149, 205),
    ], closed=False), None, second.base, 5)  # fmt: skip
    prints: dict[str, Path] = {
        "star": star(128, 246, 13),
        "heart": heart(128, 245, 12),
        "moon": outline([(134, 233, CORNER), (119, 240), (121, 254), (138, 256, CORNER), (129, 247)]),
        "stripes": polygon([(81, 236), (175, 236), (176, 244), (80, 244)])
        + polygon([(80, 252), (176, 252), (177, 260), (79, 260)]),
    }
    name = subject.traits.pick("print", ("star", "heart", "moon", "stripes"))
    scene.path(prints[name], accent.base if name != "stripes" else second.base, opacity=0.95)


def _overalls(tailor: Tailor, main: Ramp, second: Ramp, accent: Ramp) -> None:
    scene, subject = tailor.scene, tailor.subject
    denim = subject.ramp(subject.traits.pick("denim", ("#5a7fc4", "#4d6aa8", "#7a9bd6", "#b5835a", "#d9788f")))
    tailor.legs(second, accent)
    tailor.trousers(denim, 342 if not subject.girl else 328)
    tailor.neck()
    tailor.torso(second)
    tailor.sleeves(second, "short" if subject.traits.flag("rolled") else "long")
    stripes = [outline([(84, y), (128, y + 4), (172, y)], closed=False) for y in (224, 236, 248)]
    scene.path(join(stripes), None, main.base, 4.6)
    collar = outline([(110, 206), (117, 216), (128, 219), (139, 216), (146, 206)], closed=False)
    scene.path(outline([(110, 205), (128, 218), (146, 205)]), subject.skin.base)
    scene.path(collar, None, second.line, tailor.width)
    strap = polygon([(94, 212), (108, 208), (116, 246), (102, 248)])
    scene.both(strap, denim.base, denim.line, tailor.width)
    bib = outline([(98, 240, CORNER), (158, 240, CORNER), (164, 262), (172, 296, CORNER), (84, 296, CORNER), (92, 262)])
    tailor.one(bib, denim)
    scene.both(oval(109, 245, 5.6), "#ffe17a", denim.line, 1.8)
    if tailor.full:
        scene.path(polygon([
            (114, 258), (142, 258), (140, 276), (128, 282), (116, 276),
        ]), denim.shade, denim.line, tailor.width * 0.7)  # fmt: skip


def _sweater(tailor: Tailor, main: Ramp, second: Ramp, accent: Ramp) -> None:
    scene, subject = tailor.scene, tailor.subject
    tailor.legs(accent, subject.ramp("#6a4a44"))
    _bottom(tailor, subject.ramp("#5b5470"))
    tailor.neck()
    tailor.torso(main)
    tailor.sleeves(main)
    knots: list[Knot] = [(82 + index * 11.5, 240 + (8 if index % 2 else 0), CORNER) for index in range(9)]
    scene.path(outline(knots, closed=False), None, second.base if _dark(main) else accent.base, 5)
    if tailor.full:
        scene.path(outline([(x, y + 26) for x, y, _ in knots], closed=False), None, second.base, 4)  # type: ignore[misc]
    roll = outline([(104, 196), (102, 214), (114, 222), (128, 224), (142, 222), (154, 214), (152, 196), (128, 202)])
    scene.path(roll, main.light, main.line, tailor.width)
    ribs = [sliver((x, 204), (x, 210), (x + (x - 128) * 0.04, 218), 2.4) for x in (112, 120, 128, 136, 144)]
    scene.path(join(ribs), main.shade)


_OUTFITS: dict[str, Callable[[Tailor, Ramp, Ramp, Ramp], None]] = {
    "sailor": _sailor,
    "hoodie": _hoodie,
    "blazer": _blazer,
    "kimono": _kimono,
    "dress": _dress,
    "t_shirt": _t_shirt,
    "overalls": _overalls,
    "sweater": _sweater,
}
