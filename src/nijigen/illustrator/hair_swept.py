"""Hair combed to one side: the swept front, and the undercut with its shaved temple."""

from nijigen.illustrator.curves import Path, Point, join, outline, sliver
from nijigen.illustrator.hair_front import draw_shine, hair_fill
from nijigen.illustrator.palette import blend
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.subject import Subject

WHORL: Point = (170.0, 40.0)


def swept_front(subject: Subject) -> Path:
    """Hair parted at one side that falls in soft locks across the forehead to the other."""
    full = subject.traits.spread("quiff_reach", -2.0, 5.0)
    high = subject.traits.spread("quiff_height", -3.0, 5.0)
    near, far = _hang(subject, 7, 181, 128, 136), _hang(subject, 9, 203, 162, 176)
    shape = (
        Path()
        .move(41, 132)
        .curve((28 - full, 82), (56 - full, 17 - high), (122, 17 - high))
        .curve((146, 17 - high), (160, 22), (170, 31))
        .curve((202, 35), (226, 84), (214, 130))
        .curve((213, 144), (209, 154), far)
        .curve((197, 146), (195, 130), (192, 112))
        .curve((191, 120), (187, near[1] - 4), near)
        .curve((184, 108), (184, 84), (173, 58))
    )
    return _turned(subject, _locks(subject, shape, (150, 84), 1.0))


def undercut_front(subject: Subject) -> Path:
    """A long top that falls over to one side, cut short along its parting."""
    full = subject.traits.spread("quiff_reach", 0.0, 6.0)
    high = subject.traits.spread("quiff_height", -1.0, 7.0)
    shape = (
        Path()
        .move(39, 132)
        .curve((24 - full, 80), (50 - full, 13 - high), (118, 12 - high))
        .curve((150, 11 - high), (186, 20), (198, 50))
        .curve((201, 58), (200, 68), (196, 76))
        .curve((192, 66), (186, 62), (178, 64))
    )
    return _turned(subject, _locks(subject, shape, (166, 92), 1.1))


def _hang(subject: Subject, index: int, x: float, y: float, lowest: float) -> Point:
    """Where a lock ends; the eyes stay free."""
    x += subject.traits.spread(f"fringe/x{index}", -3.5, 3.5)
    y += subject.traits.spread(f"fringe/y{index}", -3.0, 3.0)
    return x, min(lowest, 84 + (y - 84) * subject.amount("fringe_length"))


def _locks(subject: Subject, path: Path, root: Point, long: float) -> Path:
    """Close a front along three locks, from the parting to the temple where it began."""
    start = path.parts[0][1][0]
    one, two = _hang(subject, 1, 122, 118, 130), _hang(subject, 3, 84, 129, 134)
    three = _hang(subject, 5, 50, 124 + 36 * long, 178)
    return (
        path.curve((root[0] + 16, root[1] - 2), (root[0], one[1] - 6), one)
        .curve((one[0] + 10, one[1] - 8), (134, 100), (134, 90))
        .curve((124, 112), (two[0] + 26, two[1] - 2), two)
        .curve((two[0] + 10, two[1] - 8), (96, 112), (95, 100))
        .curve((90, 124), (three[0] + 22, three[1] - 10), three)
        .curve((46, three[1] - 8), (start[0] + 1, 144), start)
        .close()
    )


def _turned(subject: Subject, shape: Path) -> Path:
    return shape.mirrored() if subject.traits.flag("fringe_mirror") else shape


def draw_swept(scene: Scene, subject: Subject) -> None:
    """The side-swept front with its strands and its light."""
    _paint(scene, subject, swept_front(subject), [sliver((176, 48), (198, 72), (193, 112), 3.0)])


def draw_undercut(scene: Scene, subject: Subject) -> None:
    """The long top over shaved sides."""
    stubble = outline([
        (128, 40), (72, 52), (47, 96), (46, 130), (53, 150), (60, 132), (72, 104), (128, 76), (172, 84), (187, 106),
        (193, 132), (201, 152), (209, 132), (210, 96), (186, 50),
    ])  # fmt: skip
    # calm drawings have hair there, cut short: skin that shows through it looks like a patch in a small picture
    hair, skin = subject.hair.shade, subject.skin.shade
    tone = hair if subject.traits.calm else blend(skin, hair, 0.62)
    scene.path(stubble, tone, subject.ink(subject.hair.line), subject.line(2.2))
    _paint(scene, subject, undercut_front(subject), [sliver((188, 50), (150, 30), (96, 40), 3.0)])


def _paint(scene: Scene, subject: Subject, front: Path, strands: list[Path]) -> None:
    hair, line = subject.hair, subject.ink(subject.hair.line)
    flow = join([
        sliver((165, 42), (108, 40), (64, 118), 3.4),
        sliver((168, 48), (126, 58), (95, 102), 3.0),
        sliver((171, 54), (158, 78), (134, 94), 3.0),
        *strands,
    ])  # fmt: skip
    tips = join([
        sliver((112, 122), (132, 112), (133, 94), 6.0),
        sliver((74, 132), (94, 120), (95, 104), 6.0),
        sliver((44, 150), (58, 138), (64, 112), 6.0),
    ])  # fmt: skip
    scene.path(front, hair_fill(scene, subject, 14, 150), line, subject.line(2.7))
    if subject.style.soft:
        scene.path(_turned(subject, tips), hair.shade, opacity=0.5)
    scene.path(_turned(subject, flow), hair.shade if not subject.style.line else blend(hair.shade, line, 0.35))
    draw_shine(scene, subject, (256 - WHORL[0], WHORL[1]) if subject.traits.flag("fringe_mirror") else WHORL)
