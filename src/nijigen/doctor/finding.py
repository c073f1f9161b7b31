"""What rules say, and what becomes of it: signs of illnesses, and findings with how sure they are."""

from dataclasses import dataclass, field
from typing import Any

ILLNESSES = (
    "divergence",
    "collapse",
    "collapse_within",
    "overfitting",
    "too_strong",
    "too_weak",
    "leak",
    "labels_ignored",
    "plateau",
)


@dataclass(frozen=True)
class Curve:
    """A number to show as evidence.

    Attributes:
        name: the key of the rows.
        metric: of ``metrics.jsonl``; else of ``probes.jsonl``.
        limit: where it begins to be a sign, drawn as a line; None where there is no such place.
    """

    name: str
    metric: bool = False
    limit: float | None = None


@dataclass(frozen=True)
class Sign:
    """What a rule found.

    Attributes:
        strength: 0 where it begins to be a sign, 1 where nobody would doubt it, below 0 where there is none.
        numbers: what was seen, for the words.
        curves: the evidence.
        seen: which of the words of the illness fit, where there are several.
    """

    strength: float
    numbers: dict[str, float | str] = field(default_factory=dict)
    curves: tuple[Curve, ...] = ()
    seen: str = "seen"


@dataclass(frozen=True)
class Unknown:
    """What a rule cannot know, and why: a key of the words."""

    why: str


Verdict = Sign | Unknown


@dataclass(frozen=True)
class Change:
    """What to change in the recipe: ``--set`` words that are valid together for it, and what that costs (a key)."""

    words: tuple[str, ...]
    cost: str


@dataclass(frozen=True)
class Finding:
    """An illness that was found.

    Attributes:
        sure: 0 to 1.
        changes: the likeliest to help first.
    """

    illness: str
    sure: float
    sign: Sign
    changes: tuple[Change, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "illness": self.illness,
            "sure": round(self.sure, 3),
            "seen": self.sign.numbers,
            "changes": [{"set": list(change.words), "cost": change.cost} for change in self.changes],
            "evidence": [curve.name for curve in self.sign.curves],
        }


@dataclass(frozen=True)
class Diagnosis:
    """All that was found out about a run.

    Attributes:
        findings: the surest first.
        unknown: illness → why it cannot be told.
        sure: illness → how sure, also of what is no finding.
    """

    images: int
    findings: tuple[Finding, ...]
    unknown: dict[str, str]
    sure: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "images": self.images,
            "findings": [finding.as_dict() for finding in self.findings],
            "unknown": self.unknown,
            "sure": {illness: round(value, 3) for illness, value in self.sure.items()},
        }
