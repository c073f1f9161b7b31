"""Quality or diversity? The same samples at many truncations, and the curve of precision and recall they make.

Truncation draws latents toward their mean: pictures become safer and more alike (1812.04948, appendix B). The curve
says what each step of safety costs in variety (1904.06991, §4.1).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nijigen.errors import NijigenError
from nijigen.evaluate.chart import Point, draw_curve
from nijigen.evaluate.evaluation import Judge
from nijigen.evaluate.result import Evaluation, frechet_of
from nijigen.files import write_json
from nijigen.images.png import write_png

TRUNCATIONS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
MEASURED = ("frechet", "kernel", "coverage", "attributes")


@dataclass
class Sweep:
    """Evaluations of one model at rising truncations."""

    evaluations: list[Evaluation]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"truncation_sweep": [found.as_dict() for found in self.evaluations]}

    def lines(self) -> list[str]:
        """A table, a row a truncation."""
        first = self.evaluations[0]
        named = frechet_of(first.metrics, first.facts)
        heading = f"{first.facts['model']['name']}: {first.facts['samples']:,} samples at each truncation, seed "
        heading += f"{first.facts['seed']}; features: {first.facts['extractor']['name']} "
        heading += f"({first.facts['extractor']['digest'][:12]}); reference {first.facts['reference']['digest'][:12]}"
        width = len(named[0]) + 2 if named else 0
        columns = f"{named[0]:>{width}}" if named else ""
        lines = [heading, f"truncation  precision  recall  density  coverage{columns}"]
        for found in self.evaluations:
            m = found.metrics
            shares = f"{m['precision']:9.3f}  {m['recall']:6.3f}  {m['density']:7.3f}  {m['coverage']:8.3f}"
            distance = frechet_of(m, found.facts)
            end = f"{distance[1]:{width}.4g}" if distance else ""
            lines.append(f"{found.facts['truncation']:10g}  {shares}{end}")
        return [*lines, *first.remarks]

    def write(self, folder: Path) -> list[Path]:
        """Write ``sweep.json`` and ``curve.png``; returns the paths."""
        points = [
            Point(found.metrics["recall"], found.metrics["precision"], f"{found.facts['truncation']:g}")
            for found in self.evaluations
        ]
        title = f"{self.evaluations[0].facts['model']['name']}: quality against diversity by truncation"
        curve = draw_curve(points, title, "recall (diversity)", "precision (quality)")
        return [write_json(folder / "sweep.json", self.as_dict()), write_png(folder / "curve.png", curve)]


def sweep_truncation(judge: Judge, model: str | Path, truncation: float | None = None) -> Sweep:
    """Judge one model at many truncations, with the same seeds and labels.

    Raises:
        NijigenError: a truncation is given too, precision and recall are not among the metrics, or the model knows no
            truncation.
    """
    if truncation is not None:
        raise NijigenError("--truncation and --truncation-sweep contradict each other: use one of them")
    if "coverage" not in judge.metrics:
        raise NijigenError("--truncation-sweep draws precision and recall: have coverage among the --metrics")
    return Sweep([judge.judge(model, value, only=MEASURED) for value in TRUNCATIONS])
