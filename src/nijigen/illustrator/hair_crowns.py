"""Styles that change the crown itself: spikes, curls and the quiff."""

from nijigen.illustrator.curves import CORNER, Knot, Path, Point, between, join, outline, oval, sliver, turn
from nijigen.illustrator.hair_front import hair_fill
from nijigen.illustrator.palette import blend
from nijigen.illustrator.scene import Scene
from nijigen.illustrator.strands import extend_edge
from nijigen.illustrator.subject import Subject

CENTRE: Point = (128.0, 112.0)

# spikes clockwise from the left cheek: direction of the tip in degrees, its distance from the centre
SPIKES = (
    (-108, 104),
    (-84, 118),
    (-60, 121),
    (-36, 122),
    (-12, 116),
    (14, 124),
    (38, 119),
    (62, 122),
    (86, 116),
    (108, 104),
)


def draw_spikes(scene: Scene, subject: Subject) -> None:
    """Big tufts that stand away from the head, blown a little to one side."""
    hair, traits = subject.hair, subject.traits
    side = traits.side("spike_side")
    reach = 1 + traits.spread("spike_reach", -0.04, 0.07)
    knots: list[Point] = [(48.0, 150.0)]
    spikes = SPIKES if side > 0 else tuple((-degrees, far) for degrees, far in reversed(SPIKES))
    for index, (degrees, distance) in enumerate(spikes):
        far = distance + traits.spread(f"spike/{index}", -6.0, 6.0)
        dx, dy = turn(degrees + 7 * side)
        knots.append((CENTRE[0] + dx * far * reach, CENTRE[1] + dy * far * reach))
        if index < len(spikes) - 1:
            dx, dy = turn(round((degrees + spikes[index + 1][0]) / 2, 2))
            knots.append((CENTRE[0] + dx * 89, CENTRE[1] + dy * 84))
    knots.append((208.0, 150.0))
    path = Path().move(*knots[0])
    path = extend_edge(path, tuple(knots), CENTRE, 0.45, 0.0, drop=0.0)
    nape: list[Knot] = [
        (208, 150), (204, 170), (192, 190, CORNER), (182, 180), (128, 184), (74, 180), (64, 190, CORNER),
        (52, 170), (48, 150),
    ]  # fmt: skip
    path.parts += outline(nape, closed=False).parts[1:]
    fill = hair_fill(scene, subject, 4, 150)
    scene.path(path.close(), fill, subject.ink(hair.line), subject.line(2.7))
    strands = [sliver(slit, between(slit, CENTRE, 0.16), between(slit, CENTRE, 0.3), 3.6) for slit in knots[2:-1:2]]
    scene.path(join(strands), hair.shade if not subject.style.line else blend(hair.shade, subject.ink(hair.line), 0.5))


def draw_curls(scene: Scene, subject: Subject) -> None:
    """A cloud of ringlets around the head."""
    hair, traits = subject.hair, subject.traits
    grow = traits.spread("hair_volume", -2.0, 4.0)
    rings = _ring_places(subject, grow)
    cloud = join([oval(x, y, r) for x, y, r in rings] + [outline([
        (128, 22), (60, 60), (44, 130), (66, 186), (190, 186), (212, 130), (196, 60),
    ])])  # fmt: skip
    width = subject.line(2.7)
    if width:
        scene.path(cloud, None, subject.ink(hair.line), width * 2)
    scene.path(cloud, hair_fill(scene, subject, 10, 214))
    swirls = []
    for index, (x, y, r) in enumerate(rings):
        spin = 1 if index % 2 else -1
        swirls.append(
            sliver(
                (x - spin * r * 0.55, y + r * 0.25),
                (x - spin * r * 0.1, y - r * 1.0),
                (x + spin * r * 0.5, y + r * 0.05),
                3.4,
            )
        )
    scene.path(join(swirls), hair.shade if not subject.style.line else blend(hair.shade, hair.line, 0.35))
    glints = [
        sliver((x - r * 0.5, y - r * 0.3), (x - r * 0.2, y - r * 0.85), (x + r * 0.25, y - r * 0.62), 4.6)
        for x, y, r in rings[::2]
    ]
    scene.path(join(glints), hair.light, opacity=0.85)


def _ring_places(subject: Subject, grow: float) -> list[tuple[float, float, float]]:
    left = [(104, 30, 24), (72, 46, 25), (48, 74, 24), (34, 106, 24), (31, 140, 24), (38, 170, 23), (56, 192, 19)]
    rings = []
    for index, (x, y, r) in enumerate(left):
        rings.append((float(x), float(y), r + grow * 0.6 + subject.traits.spread(f"curl/{index}", -2.0, 2.5)))
        rings.append((256.0 - x, float(y), r + grow * 0.6 + subject.traits.spread(f"curl/r{index}", -2.0, 2.5)))
    return rings


def draw_quiff(scene: Scene, subject: Subject) -> None:
    """Hair combed up from the forehead and over to one side."""
    hair, traits = subject.hair, subject.traits
    high = traits.spread("quiff_height", -4.0, 8.0)
    reach = traits.spread("quiff_reach", -6.0, 8.0)
    shape = outline(
        [(55, 142, CORNER), (43, 112), (42, 72), (70, 30), (116, 8 - high), (164, 0 - high), (204, 4 - high),
         (236 + reach, 24, CORNER), (218, 36), (238 + reach, 58, CORNER), (219, 66), (216, 100), (203, 150, CORNER),
         (196, 122), (187, 106), (170, 112, CORNER), (160, 98), (140, 106, CORNER), (124, 92), (98, 92),
         (84, 104, CORNER), (74, 98), (62, 118)]
    )  # fmt: skip
    strands = [
        sliver((84, 84), (84, 46), (132, 20 - high), 5.0),
        sliver((108, 82), (112, 50), (164, 22 - high), 4.4),
        sliver((138, 84), (150, 58), (200, 32), 5.0),
        sliver((166, 90), (182, 66), (218, 54), 4.0),
        sliver((66, 98), (58, 66), (82, 38), 4.0),
    ]
    light = [
        sliver((78, 62), (88, 34), (124, 18 - high), 7.5),
        sliver((110, 56), (124, 36), (160, 20 - high), 7.0),
        sliver((150, 56), (168, 40), (192, 30), 6.0),
    ]
    shade = sliver((74, 98), (120, 80), (192, 108), 9.0)
    if traits.flag("fringe_mirror"):
        shape, shade = shape.mirrored(), shade.mirrored()
        strands, light = [one.mirrored() for one in strands], [one.mirrored() for one in light]
    line = subject.ink(hair.line)
    scene.path(shape, hair_fill(scene, subject, 0, 140), line, subject.line(2.7))
    scene.path(shade, hair.shade, opacity=0.7)
    scene.path(join(strands), hair.shade if not subject.style.line else blend(hair.shade, line, 0.4))
    scene.path(join(light), hair.light, opacity=0.7)


def draw_undercut(scene: Scene, subject: Subject) -> None:
    """Shaved sides, and a long top that falls over to one side."""
    hair, traits = subject.hair, subject.traits
    high = traits.spread("quiff_height", -3.0, 5.0)
    low = 1 + (subject.amount("fringe_length") - 1) * 0.5
    stubble = outline([
        (128, 40), (72, 52), (47, 96), (46, 130), (53, 152, CORNER), (61, 130), (72, 96), (128, 84), (184, 96),
        (195, 130), (203, 152, CORNER), (210, 130), (209, 96), (184, 52),
    ])  # fmt: skip
    top = outline(
        [(92, 88, CORNER), (70, 66), (82, 32), (124, 13 - high), (176, 20 - high), (214, 56), (226, 100),
         (224, 132 * low), (214, 156 * low, CORNER), (206, 130), (196, 118), (188, 138 * low, CORNER), (178, 112),
         (164, 100), (152, 124 * low, CORNER), (138, 98), (120, 84), (108, 92, CORNER)]
    )  # fmt: skip
    strands = [
        sliver((92, 60), (134, 46), (174, 100), 4.6),
        sliver((98, 44), (160, 36), (198, 108), 4.6),
        sliver((120, 32), (186, 40), (212, 108), 4.0),
    ]
    light = [sliver((104, 58), (136, 50), (164, 74), 8.0), sliver((134, 40), (166, 44), (190, 74), 8.0)]
    if traits.flag("fringe_mirror"):
        top = top.mirrored()
        strands, light = [one.mirrored() for one in strands], [one.mirrored() for one in light]
    line = subject.ink(hair.line)
    scene.path(stubble, blend(subject.skin.shade, hair.shade, 0.62), line, subject.line(2.2))
    scene.path(top, hair_fill(scene, subject, 10, 150), line, subject.line(2.7))
    scene.path(join(strands), hair.shade if not subject.style.line else blend(hair.shade, line, 0.4))
    scene.path(join(light), hair.light, opacity=0.75)
