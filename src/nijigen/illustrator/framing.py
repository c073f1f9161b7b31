"""Where the figure and its head go, so that no hat and no tail of hair leaves the picture."""

from nijigen.illustrator.curves import number, turn
from nijigen.illustrator.subject import Subject

# the head is drawn with its chin here, and stands on the neck there
DRAWN_CHIN, CHIN = 206.0, 198.5
HEAD = 0.95
FEET = 368.0
FULL_SCALE = 0.665
LOWEST, EDGE = 252.0, 3.0
SHIFT = 14.0  # how far a bust may sink before it is made smaller

# what sticks out most, in units of the head, on either side: (x, y)
HEAD_REACH = ((128.0, 14.0), (30.0, 120.0))
REACH = {
    "witch_hat": ((72.0, -14.0), (128.0, -8.0), (2.0, 84.0)),
    "cat_ears": ((48.0, 0.0),),
    "beret": ((128.0, -4.0), (34.0, 30.0)),
    "crown": ((128.0, -6.0),),
    "halo": ((74.0, 2.0), (128.0, 0.0)),
    "headphones": ((18.0, 140.0), (128.0, 12.0)),
    "ribbon": ((60.0, 14.0),),
    "twintails": ((0.0, 110.0), (4.0, 170.0), (6.0, 226.0)),
    "ponytail": ((6.0, 44.0), (28.0, 2.0), (6.0, 104.0)),
    "buns": ((40.0, 8.0), (24.0, 30.0)),
    "spiky": ((20.0, 64.0), (60.0, 12.0), (128.0, -4.0), (14.0, 110.0)),
    "curly": ((6.0, 130.0), (60.0, 22.0)),
    "long": ((14.0, 240.0),),
    "wavy": ((14.0, 200.0),),
}

# what the above cuts, when a head leans or is long; calm drawings, which have a version of their own, show it whole
CALM_REACH = {"spiky": ((150.0, -10.0),), "curly": ((104.0, 1.0),)}


def head_place(subject: Subject) -> str:
    """The transform of the head: tilted about the neck, scaled from the chin."""
    size = HEAD * subject.amount("head_size")
    wide = size * subject.amount("face_width")
    tilt = number(subject.amount("tilt"))
    move = f"translate({number(128 - 128 * wide)} {number(CHIN - DRAWN_CHIN * size)})"
    return f"rotate({tilt} 128 {number(CHIN)}) {move} scale({round(wide, 4):g} {round(size, 4):g})"


def figure_place(subject: Subject) -> str:
    """The transform of the whole person: whoever would not fit steps back, with feet or shoulders at the lower edge."""
    top, side = _extent(subject)
    if subject.full:
        scale = min(FULL_SCALE, (LOWEST - EDGE) / (FEET - top))
        return f"translate({number(128 - 128 * scale)} {number(LOWEST - FEET * scale)}) scale({number(scale)})"
    sink = max(0.0, min(EDGE - top, SHIFT))
    scale = min(1.0, (128 - EDGE) / side, (LOWEST - EDGE) / (LOWEST - top - sink))
    across, down = 128 - 128 * scale, LOWEST - LOWEST * scale + sink * scale
    return f"translate({number(across)} {number(down)}) scale({number(scale)})"


def _extent(subject: Subject) -> tuple[float, float]:
    """The highest point of a person before it is placed, and how far it reaches from the middle."""
    size = HEAD * subject.amount("head_size")
    wide = size * subject.amount("face_width")
    sine, minus_cosine = turn(round(subject.amount("tilt"), 3))
    points = [*HEAD_REACH, *REACH.get(subject.word("accessory"), ()), *REACH.get(subject.word("hair_style"), ())]
    if subject.traits.calm:
        points += CALM_REACH.get(subject.word("hair_style"), ())
    if subject.steady and subject.word("accessory") == "halo":  # room for it above all hair
        points += [(x, y - 24) for x, y in points if x > 90]
    turned = [
        (dx * wide * -minus_cosine - (y - DRAWN_CHIN) * size * sine,
         CHIN + dx * wide * sine + (y - DRAWN_CHIN) * size * -minus_cosine)
        for x, y in points
        for dx in (x - 128, 128 - x)
    ]  # fmt: skip
    return min(y for _, y in turned), max(abs(x) for x, _ in turned)
