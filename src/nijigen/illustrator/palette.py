"""Colours: hand-mixed ramps for hair, skin and eyes, colour schemes for clothes, tints for backgrounds.

Shadows lean towards violet and lights towards yellow, as painters do; lines are a dark tint of what they enclose.
"""

from dataclasses import dataclass
from functools import cache


def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of ``#rrggbb``, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@cache
def blend(a: str, b: str, share: float) -> str:
    """The colour ``share`` of the way from ``a`` to ``b``."""
    mixed = (round(p + (q - p) * share) for p, q in zip(channels(a), channels(b), strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


@cache
def distance(a: str, b: str) -> float:
    """How far two colours are apart, roughly as the eye sees it (0 to about 765, weighted RGB)."""
    (r1, g1, b1), (r2, g2, b2) = channels(a), channels(b)
    return 0.9 * abs(r1 - r2) + 1.3 * abs(g1 - g2) + 0.8 * abs(b1 - b2)


def deeper(colour: str, share: float) -> str:
    """Towards a dark violet: a shadow, never black."""
    return blend(colour, "#3a1f5c", share)


@dataclass(frozen=True)
class Ramp:
    """One material: its light, its own colour, its shadow and its line."""

    light: str
    base: str
    shade: str
    line: str


HAIR = {
    "black": Ramp("#74739c", "#43425c", "#2c2b42", "#1b192b"),
    "brown": Ramp("#c9946b", "#95634a", "#704537", "#472629"),
    "blonde": Ramp("#fff3bd", "#fbd97a", "#efb455", "#a2622f"),
    "orange": Ramp("#ffcb88", "#f9994a", "#e0722f", "#8e3b1f"),
    "red": Ramp("#ff8d7d", "#dc4648", "#b12c45", "#6a1831"),
    "pink": Ramp("#ffd9e4", "#ffa3c4", "#f07dac", "#a03a6e"),
    "purple": Ramp("#d6b8fb", "#a47ae0", "#7d57c3", "#482d80"),
    "blue": Ramp("#9ec3ff", "#5485ec", "#3b62c8", "#243a86"),
    "aqua": Ramp("#c6f8fa", "#7adeef", "#4cb9dc", "#22709c"),
    "green": Ramp("#b3edb0", "#66c47f", "#3c9d70", "#1c5f50"),
    "silver": Ramp("#f7f9ff", "#d0d7ea", "#a6adcf", "#5f648f"),
}

SKIN = {
    "porcelain": Ramp("#fffaf6", "#fff0e7", "#f9cfc8", "#b0655f"),
    "light": Ramp("#ffeede", "#ffdbc0", "#f3ae92", "#a35343"),
    "tan": Ramp("#fbd0a6", "#ecb488", "#d28a62", "#84432f"),
    "brown": Ramp("#e0aa80", "#c68a60", "#a06445", "#582b22"),
    "dark": Ramp("#bb8264", "#955f46", "#714033", "#33171a"),
}

BLUSH = {
    "porcelain": "#ff7f93",
    "light": "#ff7480",
    "tan": "#f4605f",
    "brown": "#ea5c55",
    "dark": "#e05a5a",
}

EYE = {
    "blue": Ramp("#9adcff", "#3d86f2", "#1d3f9f", "#14224f"),
    "green": Ramp("#b4f58c", "#34b25e", "#136048", "#0e3229"),
    "amber": Ramp("#ffec8a", "#f2a41c", "#9a5210", "#4a2210"),
    "brown": Ramp("#e0a878", "#91502f", "#4d2419", "#2a1210"),
    "violet": Ramp("#dcb2ff", "#8a56e8", "#43228f", "#23124a"),
    "red": Ramp("#ffa28a", "#e2303f", "#820f30", "#420818"),
    "pink": Ramp("#ffd2e6", "#fb74b6", "#a82f78", "#571540"),
    "teal": Ramp("#a2fae6", "#1cb9bd", "#0b6078", "#08303f"),
}


@dataclass(frozen=True)
class Scheme:
    """Three colours that go together on one person's clothes."""

    main: str
    second: str
    accent: str


SCHEMES = (
    Scheme("#ff8fa8", "#fff6f2", "#ffd45e"),
    Scheme("#6d8ff2", "#f6f8ff", "#ff7d92"),
    Scheme("#ffd062", "#fffaf0", "#f0705f"),
    Scheme("#63c9a8", "#f4fff9", "#ff9d6c"),
    Scheme("#a486e6", "#fbf7ff", "#ffd45e"),
    Scheme("#46507c", "#f4f5fb", "#e8505f"),
    Scheme("#f2f0f6", "#7b8fd6", "#ff8fa8"),
    Scheme("#ff9b62", "#fff7ee", "#5f8fe0"),
    Scheme("#c8455c", "#fff3ee", "#f5c55c"),
    Scheme("#5fb8e6", "#f5fcff", "#ffb84d"),
    Scheme("#7c5a52", "#fdf3e4", "#e98a5b"),
    Scheme("#3f8f7f", "#fdf6e6", "#f4b84e"),
)

# backdrop colours, each with the stronger colour of its patterns
TINTS = {
    "#ffd9e5": "#ff9fbe",
    "#d5e9ff": "#94c4ff",
    "#fff0c4": "#ffd06a",
    "#d8f5e1": "#8edbb0",
    "#e8dcfc": "#bb9df2",
    "#ffe2cd": "#ffb48a",
    "#cdf2f2": "#80d5dc",
    "#f9dcf4": "#e8a0e0",
    "#f2f6cc": "#cbe07c",
    "#dfe2f8": "#a3abea",
}
