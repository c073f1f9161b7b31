"""``nijigen inspect``: what is in a data set, prepared or not, in words and as a page to look at."""

import json
import tempfile
from pathlib import Path
from typing import Any

from nijigen.data.dataset import DATASET_FILE, FORMAT, Dataset
from nijigen.data.findings import Findings, find_out
from nijigen.data.preparation import prepare
from nijigen.data.report import REPORT_FILE, write_report

SIZE, LIMIT = 64, 2_000


def inspect(
    target: str | Path, out: str | Path | None = None, limit: int = LIMIT, quiet: bool = False, **options: Any
) -> tuple[Findings, Path]:
    """Look through a data set of ours, or through any source of pictures that ``prepare`` takes.

    A source is prepared at 64 px in a temporary folder, up to ``limit`` pictures spread evenly over it; nothing is
    written beside it.

    Args:
        out: the page; by default ``report.html`` in a data set of ours, or ``NAME.report.html`` here.
        options: of :func:`prepare`, for a source.

    Raises:
        NijigenError: nothing that can be read, or no picture in it.
    """
    path = Path(target)
    if _is_ours(path):
        found = find_out(Dataset.open(path))
        return found, write_report(Path(out) if out else path / REPORT_FILE, found)
    with tempfile.TemporaryDirectory(prefix="nijigen-") as folder:
        place = Path(folder) / "looked-at"
        prepare(target, place, **{"size": SIZE, "limit": limit, "quiet": quiet, **options})
        found = find_out(Dataset.open(place))
    name = path.resolve().name or "pictures"
    return found, write_report(Path(out) if out else Path(f"{name}.{REPORT_FILE}"), found)


def lines(found: Findings) -> list[str]:
    """A few lines for a person at a terminal."""
    said = [f"{found.name}: {found.count:,} pictures, {found.labelled:,} labelled"]
    if found.sizes:
        common = ", ".join(f"{size} ({count:,})" for size, count in found.sizes.most_common(4))
        said.append(f"  sizes: {common}" + (f" and {len(found.sizes) - 4:,} others" if len(found.sizes) > 4 else ""))
    if found.reasons:
        ordered = sorted(found.reasons.items(), key=lambda item: -item[1][0])
        said.append("  left out: " + ", ".join(f"{count:,} {reason}" for reason, (count, _) in ordered))
    said += [f"  {name} is uneven: {common}, but {rare}" for name, common, rare in found.lopsided]
    if found.missing:
        first, second, expected = found.missing[0]
        said.append(
            f"  {len(found.missing):,} combinations are missing: {first} with {second} (about {expected:.0f} expected)"
        )
    return said


def as_dict(found: Findings) -> dict[str, Any]:
    """Plain data for ``--json``."""
    return {
        "name": found.name,
        "count": found.count,
        "resolution": found.resolution,
        "channels": found.channels,
        **found.facts,
        "labelled": found.labelled,
        "labels": found.counts,
        "dropped": {reason: count for reason, (count, _) in found.reasons.items()},
        "sizes": dict(found.sizes.most_common()),
        "colours": found.colours,
        "uneven": [list(row) for row in found.lopsided],
        "missing": [list(row) for row in found.missing],
    }


def _is_ours(path: Path) -> bool:
    """Whether this is a data set of ours, whole or broken; NVIDIA's folders have a file of that name too."""
    try:
        info = json.loads((path / DATASET_FILE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(info, dict) and info.get("format") == FORMAT
