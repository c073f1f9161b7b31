"""What ``convert`` did, for people and for ``--json``."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class ConvertSummary:
    """The outcome of one conversion.

    Attributes:
        layout, to: names of the layouts; ``folder`` and ``zip`` are plain pictures.
        written: pictures in ``out``; ``kept`` of them byte for byte, the others as PNG.
        skipped: a row for each picture that was left out, with ``file`` and ``reason``, as in ``dropped.jsonl``.
        licence, provenance: what the pictures have in common, or a summary; each keeps its own where the layout can.
        labelled: pictures with a label; ``attributes`` names what there is.
    """

    source: str
    out: str
    layout: str
    to: str
    written: int = 0
    kept: int = 0
    labelled: int = 0
    attributes: tuple[str, ...] = ()
    licence: str = "unknown"
    provenance: str = "unknown"
    ignored: int = 0
    skipped: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """A plain object for JSON."""
        return asdict(self)

    def lines(self) -> list[str]:
        """A few lines for a person."""
        found = [f"{self.out}: {self.written:,} pictures of {self.source} ({self.layout} → {self.to})"]
        if self.written != self.kept:
            found.append(f"encoded anew as PNG, without loss: {self.written - self.kept:,}")
        if self.skipped:
            reasons = Counter(row["reason"] for row in self.skipped)
            first = self.skipped[0]
            what = ", ".join(f"{count:,} {reason}" for reason, count in sorted(reasons.items()))
            found.append(f"skipped: {what} (first: {first['file']}{detail(first)})")
        if self.ignored:
            found.append(f"ignored: {self.ignored:,} files that are no pictures")
        if self.attributes:
            found.append(f"labelled: {self.labelled:,} pictures, by {', '.join(self.attributes)}")
        found.append(f"licence: {self.licence}")
        found.append(f"from: {self.provenance}")
        return found + self.notes


def detail(row: dict[str, Any]) -> str:
    """Why a picture was skipped, where more is known than the reason; begins with a colon."""
    return f": {row['detail']}" if row.get("detail") else ""
