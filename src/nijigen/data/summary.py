"""What ``prepare`` did, for people and for ``--json``."""

import difflib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nijigen.data.rights import UNKNOWN
from nijigen.vocabulary import vocabulary


@dataclass(frozen=True)
class Summary:
    """The outcome of one preparation.

    ``labels`` holds, for each attribute, pictures a value (continuous: ``labelled``, ``lowest``, ``highest``);
    ``resumed_at`` is the number of source entries that an interrupted run had finished before; ``reused`` says that the
    data set was there already, made with the same arguments. ``licence`` and ``provenance`` are what was said of the
    whole; those named in ``summed`` nobody said, and they are what the pictures say.
    """

    out: str
    source: str
    kept: int
    dropped: dict[str, int]
    ignored: int
    resolution: int
    channels: int
    labelled: int
    labels: dict[str, dict[str, Any]]
    label_rows: int
    rows_without_picture: int
    ignored_columns: list[str]
    licence: str
    provenance: str
    digest: str
    remarks: list[str] = field(default_factory=list)
    resumed_at: int = 0
    reused: bool = False
    summed: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, out: Path, info: Mapping[str, Any], resumed_at: int = 0, reused: bool = False) -> "Summary":
        """The summary that a ``dataset.json`` tells."""
        found = info["labels"]
        given = info.get("arguments", {})
        rights = {key: info.get(key, UNKNOWN) for key in ("licence", "provenance")}
        return cls(
            out=str(out),
            source=info["source"],
            kept=info["count"],
            dropped=dict(info["dropped"]),
            ignored=info["ignored_files"],
            resolution=info["resolution"],
            channels=info["channels"],
            labelled=found["labelled"],
            labels=found["counts"],
            label_rows=found["rows"],
            rows_without_picture=found["rows_without_picture"],
            ignored_columns=found["ignored_columns"],
            **rights,
            summed=[key for key, text in rights.items() if text != UNKNOWN and given.get(key, text) == UNKNOWN],
            remarks=list(found.get("remarks", [])),
            digest=info["digest"],
            resumed_at=resumed_at,
            reused=reused,
        )

    def as_dict(self) -> dict[str, Any]:
        """A plain object for JSON."""
        return asdict(self)

    def lines(self) -> list[str]:
        """A few lines for a person."""
        kind = "RGBA" if self.channels == 4 else "RGB"
        how = "was there already" if self.reused else "prepared"
        found = [
            f"{self.out}: {self.kept:,} pictures of {self.source}, {self.resolution}x{self.resolution} {kind}, {how}"
        ]
        if self.resumed_at:
            found.append(f"went on after {self.resumed_at:,} files of an interrupted run")
        if self.dropped:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.dropped.items())
            found.append(f"dropped: {reasons} (each one in dropped.jsonl; look at report.html)")
        if self.ignored:
            found.append(f"ignored: {self.ignored:,} files that are no pictures")
        if self.labels:
            found.append(f"labelled: {self.labelled:,} of {self.kept:,} pictures")
            found += [f"  {name}: {_counts(values)}{_misspelt(name)}" for name, values in self.labels.items()]
        if self.rows_without_picture:
            found.append(
                f"{self.rows_without_picture:,} of {self.label_rows:,} label rows name no picture of the source"
            )
        if self.ignored_columns:
            found.append(
                f"columns that are no attributes (too many values, or set aside): {', '.join(self.ignored_columns)}"
            )
        found += self.remarks
        if self.licence == UNKNOWN:
            found.append("licence: unknown (say it with --licence; it travels into every model trained on this)")
        elif "licence" in self.summed:
            found.append(f"licence: {self.licence} (what the pictures say; a model says it, too)")
        if self.provenance == UNKNOWN:
            found.append("from: unknown (say it with --source: an address, a name; a model says it, too)")
        elif "provenance" in self.summed:
            found.append(f"from: {self.provenance} (what the pictures say; a model says it, too)")
        return found


def _misspelt(name: str) -> str:
    """A hint where an attribute of our own is nearly one that everyone knows."""
    near = [] if name in vocabulary() else difflib.get_close_matches(name, list(vocabulary()), n=1, cutoff=0.85)
    return f" (a new attribute; if {near[0]} is meant, rename the column)" if near else ""


def _counts(values: Mapping[str, Any]) -> str:
    if "lowest" in values:
        return f"{values['labelled']:,} pictures, {values['lowest']:g} to {values['highest']:g}"
    ordered = sorted(values.items(), key=lambda pair: -pair[1])
    shown = ", ".join(f"{value} {count:,}" for value, count in ordered[:12])
    return shown + (f" and {len(ordered) - 12} more" if len(ordered) > 12 else "")
