"""What was read of one thing about a face, and how surely."""

import math
from dataclasses import dataclass

NAMES = ("hair_color", "skin_tone", "glasses", "smile")  # all that is read; see docs/ethics.md for what never is
IS = {"glasses": "are"}  # the verb of a name that is a plural


@dataclass(frozen=True)
class Reading:
    """One thing about a face.

    Attributes:
        name: one of :data:`NAMES`.
        words: what it is; of several neighbouring words, each is possible. Empty: it cannot be told.
        confidence: the probability that it is right, 0 to 1, with constants from the tuning half (docs/avatarize.md
            shows how far that holds); None: nothing was there to be read.
        reason: why it cannot be told.
    """

    name: str
    words: tuple[str, ...] = ()
    confidence: float | None = None
    reason: str = ""

    @property
    def told(self) -> bool:
        """Whether anything is said."""
        return bool(self.words)


def logistic(value: float) -> float:
    """1 / (1 + e^-value), from 0 to 1."""
    return 1 / (1 + math.exp(-min(max(value, -60.0), 60.0)))


def normal_share(value: float) -> float:
    """The share of a normal distribution (mean 0, deviation 1) below ``value``."""
    return 0.5 * (1 + math.erf(value / math.sqrt(2)))


def decided(name: str, words: tuple[str, ...], share: float, sure: tuple[float, float]) -> Reading:
    """Whether something is there: ``words`` with probability ``share``, else ``no``.

    Args:
        sure: from which probability on it is told that it is there, and that it is not. What is rare needs less to be
            told than its absence: most faces without it would else speak against it.
    """
    if share >= sure[0]:
        return Reading(name, words, share)
    if 1 - share >= sure[1]:
        return Reading(name, ("no",), 1 - share)
    return Reading(name, (), max(share, 1 - share), f"unsure whether there {IS.get(name, 'is a')} {name}")
