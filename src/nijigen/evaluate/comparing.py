"""The verb ``compare``: several models judged alike, in one table and on one sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from nijigen.errors import NijigenError
from nijigen.evaluate.evaluation import Judge
from nijigen.evaluate.result import Evaluation, frechet_of, sheet_of
from nijigen.files import write_json
from nijigen.images.png import write_png

COLUMNS = 10  # pictures of each model on the sheet


@dataclass
class Comparison:
    """Evaluations of several models by one judge, in the order asked for."""

    evaluations: list[Evaluation]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"evaluations": [found.as_dict() for found in self.evaluations]}

    def lines(self) -> list[str]:
        """One table, a column a model; the best of a row is marked where better is a matter of more or less."""
        facts = self.evaluations[0].facts
        names = [found.facts["model"]["name"] for found in self.evaluations]
        rows = [(label, better, values) for label, better, values in self._rows() if any(v is not None for v in values)]
        widths = [max(9, len(name)) for name in names]
        wide = max(len(label) for label, _, _ in rows) if rows else 0
        lines = [
            f"{facts['samples']:,} samples of each, seed {facts['seed']}, against {facts['reference']['count']:,} "
            f"pictures of {facts['dataset']['name']} (reference {facts['reference']['digest'][:12]})",
            f"features: {facts['extractor']['name']} ({facts['extractor']['digest'][:12]}); "
            f"resizing: {facts['extractor']['resizer']}; * is the best of a row",
            "  ".join([" " * wide, *(f"{name:>{width}} " for name, width in zip(names, widths, strict=True))]),
        ]
        for label, better, values in rows:
            known = [value for value in values if value is not None]
            best = None if better is None or len(known) < 2 else better(known)
            cells = [
                f"{_number(value):>{width}}{'*' if best is not None and value == best else ' '}"
                for value, width in zip(values, widths, strict=True)
            ]
            lines.append("  ".join([f"{label:{wide}}", *cells]).rstrip())
        remarks = (
            f"{name}: {remark}" for name, found in zip(names, self.evaluations, strict=True) for remark in found.remarks
        )
        return [*lines, *remarks]

    def write(self, folder: Path) -> list[Path]:
        """Write ``comparison.json`` and ``sheet.png``, a row of samples for each model; returns the paths."""
        shown = torch.cat([found.shown[:COLUMNS] for found in self.evaluations])
        columns = len(shown) // len(self.evaluations)
        return [
            write_json(folder / "comparison.json", self.as_dict()),
            write_png(folder / "sheet.png", sheet_of(shown, columns)),
        ]

    def _rows(self) -> list[tuple[str, Any, list[float | None]]]:
        first = self.evaluations[0]
        frechet = frechet_of(first.metrics, first.facts)
        rows: list[tuple[str, Any, list[float | None]]] = []

        def add(label: str, better: Any, *keys: str) -> None:
            rows.append((label, better, [_at(found.metrics, keys) for found in self.evaluations]))

        if frechet is not None:
            add(frechet[0], min, "fid" if "fid" in first.metrics else "frechet_distance")
        add("kernel distance", min, "kernel_distance", "value")
        add("  its standard error", None, "kernel_distance", "standard_error")
        add("sliced Wasserstein", min, "sliced_wasserstein", "mean")
        for name in ("precision", "recall", "density", "coverage"):
            add(name, max, name)
        add("path length, relative", min, "path_length", "relative")
        add("attributes right, mean", max, "attributes", "mean")
        for name in self._attribute_names():
            add(f"  {name}", max, "attributes", "each", name, "right")
        add("diversity of the real", None, "diversity", "all")
        add("  least within a word", max, "diversity", "narrowest", "share")
        add("nearest by features", None, "memorisation", "features", "ratio")
        add("nearest by pixels", None, "memorisation", "pixels", "ratio")
        return rows

    def _attribute_names(self) -> list[str]:
        each = (found.metrics.get("attributes", {}).get("each", {}) for found in self.evaluations)
        return list(dict.fromkeys(name for rows in each for name in rows))


def compare_models(
    models: Sequence[str | Path], dataset: str | Path, *, truncation: float | None = None, **options: Any
) -> Comparison:
    """Judge models by the pictures of one data set; ``options`` are those of :class:`nijigen.evaluate.Judge`.

    Every model is asked for the same labels with the same seeds; noise is the same where models have it as wide.

    Raises:
        NijigenError: fewer than two models, or bad input.
    """
    if len(models) < 2:
        raise NijigenError("compare needs two models or more, and then a data set: nijigen compare MODEL MODEL DATASET")
    judge = Judge(dataset, **options)
    return Comparison([judge.judge(model, truncation) for model in models])


def _at(metrics: dict[str, Any], keys: tuple[str, ...]) -> float | None:
    value: Any = metrics
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return float(value) if isinstance(value, int | float) else None


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
