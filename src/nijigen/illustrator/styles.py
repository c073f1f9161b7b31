"""The four art styles as numbers: what differs in line, shading and construction."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """How a style draws.

    Attributes:
        line: factor on every line width (0 is lineless).
        ink: share of near-black in every line; the rest is the tint of what it encloses.
        soft: fills blend from light to shadow instead of lying flat.
        hard_shade: strength of the cast shadows' edges (0 to 1).
        eye: construction of the eye (``glossy``, ``tall``, ``round``, ``bead``).
        shine: kind of light on the hair (``ring``, ``zigzag``, ``bar``, ``glow``).
        fade: share of white in clothes and backgrounds.
    """

    name: str
    line: float
    ink: float
    soft: bool
    hard_shade: float
    eye: str
    shine: str
    fade: float = 0.0


INK = "#231a2e"

STYLES = {
    "anime": Style("anime", line=1.0, ink=0.0, soft=True, hard_shade=0.8, eye="glossy", shine="ring"),
    "cartoon": Style("cartoon", line=1.45, ink=0.62, soft=False, hard_shade=0.55, eye="round", shine="bar"),
    "pastel": Style("pastel", line=0.0, ink=0.0, soft=True, hard_shade=0.45, eye="bead", shine="glow", fade=0.03),
    "retro": Style("retro", line=0.95, ink=0.5, soft=False, hard_shade=1.0, eye="tall", shine="zigzag"),
}
