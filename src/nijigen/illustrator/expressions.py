"""Expressions as data: what eyes, brows, mouth and cheeks do, and which marks float beside the head."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Lid:
    """Where the upper lid lies, in half eye heights from the middle (-1 is open), at the inner and outer corner."""

    inner: float
    outer: float


@dataclass(frozen=True)
class Expression:
    """One expression.

    Attributes:
        eyes: kind of each eye, (the winking one, the other): ``open``, ``wide``, ``up`` and ``down`` (closed
            arcs), ``squeeze``.
        lid: upper lid when it hangs over the iris.
        brow: raise, and extra raise of the inner and the outer end, in units (up is positive).
        mouth: name of a mouth in ``mouths.py``.
        gaze: shift of the irises, in units.
        marks: names of marks in ``marks.py``.
        blush: added to the ``blush`` attribute.
        lift: cocks one brow by so much.
    """

    eyes: tuple[str, str] = ("open", "open")
    lid: Lid | None = None
    brow: tuple[float, float, float] = (0.0, 0.0, 0.0)
    mouth: str = "flat"
    gaze: tuple[float, float] = (0.0, 0.0)
    marks: tuple[str, ...] = ()
    blush: float = 0.0
    lift: float = 0.0


EXPRESSIONS = {
    "neutral": Expression(mouth="flat", brow=(-1, 0, 0), blush=-0.25),
    "smile": Expression(mouth="smile", brow=(5, 0, -1), blush=0.4),
    "excited": Expression(mouth="open", brow=(4, 1, 0), marks=("glints",), blush=0.25),
    "happy": Expression(("up", "up"), mouth="open", brow=(3, 0, -1), blush=0.3),
    "laugh": Expression(("squeeze", "squeeze"), mouth="roar", brow=(1, -3, 2), marks=("joy",), blush=0.2),
    "wink": Expression(("up", "open"), mouth="tongue", brow=(2, 0, 0), marks=("wink_star",), blush=0.15, lift=3),
    "surprised": Expression(("wide", "wide"), mouth="round", brow=(8, 1, 0), marks=("startle",), blush=-0.2),
    "sad": Expression(lid=Lid(-1.05, -0.7), mouth="frown", brow=(2, 6, -4), gaze=(0, 2), marks=("tears",)),
    "angry": Expression(lid=Lid(-0.58, -0.96), mouth="shout", brow=(0, -6, 3), marks=("huff", "vein"), blush=0.2),
    "sleepy": Expression(("down", "down"), mouth="drool", brow=(5, 2, -3), marks=("zzz",), blush=0.25),
    "cat": Expression(mouth="cat", brow=(2, 0, 0), marks=("whiskers",), blush=0.2),
    "shy": Expression(
        lid=Lid(-0.92, -0.7), mouth="wavy", brow=(3, 5, -3), gaze=(4, 4), marks=("flush", "sweat"), blush=0.5,
    ),
    "pout": Expression(mouth="pout", brow=(0, -4, 2), gaze=(-3, -1), marks=("puff",), blush=0.15),
    "smug": Expression(lid=Lid(-0.34, -0.44), mouth="smirk", brow=(0, -3, 2), gaze=(4, -1), lift=6),
}  # fmt: skip

CLOSED = frozenset({"up", "down", "squeeze"})


def can_blink(expression: Expression) -> bool:
    """Whether both eyes are open."""
    return not CLOSED.intersection(expression.eyes)


def blinking(expression: Expression) -> Expression:
    """The same with both eyes closed for a moment: brows, mouth and cheeks stay."""
    return replace(expression, eyes=("down", "down"), lid=None)
