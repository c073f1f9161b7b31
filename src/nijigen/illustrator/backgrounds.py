"""Backdrops: bright, quiet, and never the colour of the hair in front of them."""

from collections.abc import Callable

from nijigen.illustrator.curves import Path, heart, join, oval, petals, polygon, star, turn
from nijigen.illustrator.palette import TINTS, blend, distance
from nijigen.illustrator.scene import CANVAS, Scene
from nijigen.illustrator.subject import Subject

PAGE = polygon([(0, 0), (CANVAS, 0), (CANVAS, CANVAS), (0, CANVAS)])

# places for scattered motifs: near the edges, where hair seldom covers them (x, y, scale)
SCATTER = (
    (26, 30, 1.0), (228, 34, 1.1), (18, 96, 0.8), (240, 104, 0.9), (26, 164, 1.05),
    (232, 172, 0.95), (76, 16, 0.7), (182, 14, 0.75), (14, 228, 0.8), (244, 234, 0.85), (128, 12, 0.6),
)  # fmt: skip

CLOUDS = (
    (30, 58, 1.0), (226, 40, 0.9), (14, 150, 0.9), (240, 128, 1.0), (40, 226, 1.2), (222, 216, 1.15), (120, 10, 0.6),
)  # fmt: skip


def draw_background(scene: Scene, subject: Subject) -> None:
    """Fill the page."""
    _BACKGROUNDS[subject.word("background")](scene, subject)


def _plain(scene: Scene, subject: Subject) -> None:
    tint = subject.tint
    scene.path(
        PAGE,
        scene.radial(
            (128, 120), 185, [(0, blend(tint, "#ffffff", 0.55)), (1, _aged(subject, blend(tint, TINTS[tint], 0.3)))]
        ),
    )


def _gradient(scene: Scene, subject: Subject) -> None:
    tint = subject.tint
    second = subject.traits.first("tint_second", list(TINTS), lambda one: distance(one, tint) > 60)
    steep = subject.traits.side("gradient_side") * 90
    scene.path(
        PAGE,
        scene.linear(
            (128 - steep, 0),
            (128 + steep, 256),
            [
                (0, blend(tint, TINTS[tint], 0.75)),
                (0.5, blend(blend(tint, second, 0.5), "#ffffff", 0.35)),
                (1, blend(second, TINTS[second], 0.75)),
            ],
        ),
    )


def _motif_colour(subject: Subject) -> str:
    """White or the page's stronger colour."""
    if subject.traits.flag("motif_light", 0.4):
        return "#ffffff"
    return blend(subject.tint, TINTS[subject.tint], 0.68)


def _page(scene: Scene, subject: Subject) -> None:
    """The ground of a pattern: stronger where the motifs are white."""
    share = 0.3 if subject.traits.flag("motif_light", 0.4) else 0.0
    scene.path(PAGE, _aged(subject, blend(subject.tint, TINTS[subject.tint], share)))


def _aged(subject: Subject, colour: str) -> str:
    """Old paper under the nineties."""
    return blend(colour, "#fff0d4", 0.25) if subject.style.name == "retro" else colour


def _dots(scene: Scene, subject: Subject) -> None:
    _page(scene, subject)
    radius = subject.traits.spread("motif_size", 7.5, 10.5)
    dots = [
        oval(22 + 44 * column + (22 if row % 2 else 0) - 11, 18 + 38 * row, radius)
        for row in range(7)
        for column in range(6)
    ]
    scene.path(join(dots), _motif_colour(subject), opacity=0.85)


def _stripes(scene: Scene, subject: Subject) -> None:
    _page(scene, subject)
    lean = subject.traits.pick("stripe_lean", (80, -80, 0, 80))
    wide = subject.traits.spread("motif_size", 16.0, 21.0)
    start = -abs(lean)
    bands = [polygon([
        (x, 0), (x + wide, 0), (x + wide - lean, 256), (x - lean, 256),
    ]) for x in range(start, 256 + abs(lean), 38)]  # fmt: skip
    scene.path(join(bands), _motif_colour(subject), opacity=0.75)


def _rays(scene: Scene, subject: Subject) -> None:
    _page(scene, subject)
    count = subject.traits.pick("ray_count", (10, 12, 14))
    step = 360 / count
    wedges = []
    for index in range(count):
        a, b = turn(round(index * step, 3)), turn(round((index + 0.5) * step, 3))
        wedges.append(polygon([(128, 140), (128 + a[0] * 230, 140 + a[1] * 230), (128 + b[0] * 230, 140 + b[1] * 230)]))
    scene.path(join(wedges), _motif_colour(subject), opacity=0.8)


def _scattered(scene: Scene, subject: Subject, draw: Callable[[float, float, float, int], Path]) -> None:
    _page(scene, subject)
    colour = _motif_colour(subject)
    shapes = []
    for index, (left, top, scale) in enumerate(SCATTER):
        x = left + subject.traits.spread(f"motif/x{index}", -8, 8)
        y = top + subject.traits.spread(f"motif/y{index}", -8, 8)
        shapes.append(draw(x, y, scale, index))
    scene.path(join(shapes), colour, opacity=0.95)


def _hearts(scene: Scene, subject: Subject) -> None:
    _scattered(scene, subject, lambda x, y, scale, index: heart(x, y, 15.5 * scale))


def _stars(scene: Scene, subject: Subject) -> None:
    _scattered(
        scene, subject, lambda x, y, scale, index: star(x, y, 18 * scale, inner=0.47, lean=(index * 37) % 50 - 25)
    )


def _sakura(scene: Scene, subject: Subject) -> None:
    _page(scene, subject)
    colour = "#ffffff" if subject.traits.flag("motif_light", 0.4) else "#ffb3cd"
    flowers, hearts = [], []
    for index, (left, top, scale) in enumerate(SCATTER):
        x = left + subject.traits.spread(f"motif/x{index}", -8, 8)
        y = top + subject.traits.spread(f"motif/y{index}", -8, 8)
        flowers.append(petals(x, y, 20 * scale, 5, (index * 47) % 72, notch=0.16))
        hearts.append(oval(x, y, 4.2 * scale))
    scene.path(join(flowers), colour)
    scene.path(join(hearts), "#ff7fa8")


def _clouds(scene: Scene, subject: Subject) -> None:
    sky = subject.traits.pick("sky", ("#9fd4ff", "#ffc4d6", "#b9b4f5", "#ffd59e", "#9fe3dc"))
    if distance(sky, subject.hair.base) < 110:
        sky = "#ffe0b0" if subject.word("hair_color") in ("blue", "aqua", "purple", "silver", "green") else "#a8d8ff"
    scene.path(PAGE, scene.linear((0, 0), (0, 256), [(0, sky), (1, blend(sky, "#ffffff", 0.55))]))
    puffs = []
    for index, (left, top, scale) in enumerate(CLOUDS):
        x = left + subject.traits.spread(f"motif/x{index}", -10, 10)
        y = top + subject.traits.spread(f"motif/y{index}", -8, 8)
        puffs += [
            oval(x, y, 20 * scale, 16 * scale),
            oval(x - 20 * scale, y + 7 * scale, 14 * scale, 11 * scale),
            oval(x + 20 * scale, y + 6 * scale, 15 * scale, 12 * scale),
        ]
    scene.path(join(puffs), "#ffffff", opacity=0.95)


_BACKGROUNDS: dict[str, Callable[[Scene, Subject], None]] = {
    "plain": _plain,
    "gradient": _gradient,
    "dots": _dots,
    "stripes": _stripes,
    "rays": _rays,
    "hearts": _hearts,
    "stars": _stars,
    "clouds": _clouds,
    "sakura": _sakura,
}
