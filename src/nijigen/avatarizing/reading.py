"""What was read of one thing about a face, and how surely."""

import math
from dataclasses import dataclass

NAMES = ("hair_color", "skin_tone", "glasses", "smile")  # all that is read; see docs/ethics.md for what never is


@dataclass(frozen=True)
class Reading:
    """One thing about a face.

    Attributes:
        name: one of :data:`NAMES`.
        words: what it is; of several neighbouring words, each is possible. Empty: it cannot be told.
        confidence: 0 to 1, how often such readings were right in the tuning half (docs/avatarize.md); None: nothing
            was there to be read.
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


def decided(name: str, yes: str, no: str, share: float, sure: float) -> Reading:
    """A question with two answers, of which ``yes`` is right with probability ``share``; told from ``sure`` on."""
    word, confidence = (yes, share) if share >= 0.5 else (no, 1 - share)
    if confidence < sure:
        return Reading(name, (), confidence, f"unsure whether {yes} or {no}")
    return Reading(name, (word,), confidence)
