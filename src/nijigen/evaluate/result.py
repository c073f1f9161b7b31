"""What an evaluation found: for files, for programs and for people."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from torch import Tensor

from nijigen.files import write_json
from nijigen.images.png import write_png
from nijigen.images.sheet import make_sheet

DIGITS = 12  # of a digest, shown to people
SHOWN_SIZE = 96  # pixels a side, on a sheet for people


@dataclass
class Evaluation:
    """What was measured, and how.

    Attributes:
        facts: model, data set, extractor with digest and resizer, labeler, samples, reference, truncation, seed,
            machine: all that a number means nothing without.
        metrics: by name, plain numbers; those that do not apply to the model are not there.
        remarks: what to know before believing a number, in words.
        shown: samples, uint8 ``[n, 3, R, R]``.
        pairs: samples and their nearest training pictures by features and by pixels, in turn; None if not looked for.
    """

    facts: dict[str, Any]
    metrics: dict[str, Any]
    remarks: list[str]
    shown: Tensor
    pairs: Tensor | None
    seconds: float = field(default=0.0)

    def as_dict(self) -> dict[str, Any]:
        """For JSON; a number that is none is null there."""
        whole = {**self.facts, "metrics": self.metrics, "remarks": self.remarks, "seconds": self.seconds}
        return {key: _plain(value) for key, value in whole.items()}

    def lines(self) -> list[str]:
        """For people: how it was measured, then a line a metric, then the table of attributes, then remarks."""
        return [*_heading(self.facts), *_rows(self.metrics, self.facts), *_attributes(self.metrics), *self.remarks]

    def write(self, folder: Path, shown: bool = True) -> list[Path]:
        """Write ``evaluation.json``, and where there are any ``sheet.png`` and ``pairs.png``; returns the paths."""
        paths = [write_json(folder / "evaluation.json", self.as_dict())]
        if shown:
            paths.append(write_png(folder / "sheet.png", sheet_of(self.shown)))
        if self.pairs is not None:
            paths.append(write_png(folder / "pairs.png", sheet_of(self.pairs, 6)))
        return paths


def sheet_of(pictures: Tensor, columns: int | None = None) -> Image.Image:
    """Pictures uint8 ``[n, 3, R, R]`` in a grid, small ones enlarged."""
    return make_sheet([picture.permute(1, 2, 0).numpy() for picture in pictures], columns, least=SHOWN_SIZE)


def frechet_of(metrics: dict[str, Any], facts: dict[str, Any]) -> tuple[str, float] | None:
    """The Fréchet distance and what it may be called; None where it was not measured."""
    if "fid" in metrics:
        return "FID", metrics["fid"]
    if "frechet_distance" in metrics:
        return f"Fréchet distance ({facts['extractor']['name']})", metrics["frechet_distance"]
    return None


def _heading(facts: dict[str, Any]) -> list[str]:
    model, data, extractor, reference = (facts[key] for key in ("model", "dataset", "extractor", "reference"))
    truncation = "none" if facts["truncation"] is None else f"{facts['truncation']:g}"
    return [
        f"{model['name']} ({model['digest'][:DIGITS]}): {facts['samples']:,} samples, seed {facts['seed']}, "
        f"truncation {truncation}",
        f"against {reference['count']:,} of {data['count']:,} pictures of {data['name']}, "
        f"reference {reference['digest'][:DIGITS]}",
        f"features: {extractor['name']} ({extractor['digest'][:DIGITS]}), {extractor['features']:,} of them; "
        f"resizing: {extractor['resizer']}",
    ]


def _rows(metrics: dict[str, Any], facts: dict[str, Any]) -> list[str]:
    rows: list[tuple[str, str]] = []
    if (frechet := frechet_of(metrics, facts)) is not None:
        rows.append((frechet[0], f"{frechet[1]:.4g}"))
    if kernel := metrics.get("kernel_distance"):
        rows.append(("kernel distance", f"{kernel['value']:.4g} ± {kernel['standard_error']:.2g}"))
    if sliced := metrics.get("sliced_wasserstein"):
        each = ", ".join(f"{value:.1f} at {side}" for side, value in sliced.items() if side != "mean")
        rows.append(("sliced Wasserstein", f"{sliced['mean']:.1f} ({each})"))
    if "precision" in metrics:
        rows.append(("precision, recall", f"{metrics['precision']:.3f}, {metrics['recall']:.3f}"))
        rows.append(("density, coverage", f"{metrics['density']:.3f}, {metrics['coverage']:.3f}"))
    if path := metrics.get("path_length"):
        rows.append(("path length", f"{path['relative']:.3g} of real variety ({path['value']:.4g})"))
    if diversity := metrics.get("diversity"):
        least = diversity.get("narrowest")
        where = f"; least within {least['attribute']}={least['value']}: {least['share']:.2f}" if least else ""
        rows.append(("diversity of the real", f"{diversity['all']:.2f}{where}"))
    if copies := metrics.get("memorisation"):
        for space in ("features", "pixels"):
            found = copies[space]
            near = f"{found['nearer_than_99_percent_of_unseen']:.1%} nearer than 99 % of unseen pictures"
            rows.append((f"nearest by {space}", f"{found['ratio']:.2f} of an unseen picture's distance; {near}"))
    width = max((len(name) for name, _ in rows), default=0)
    return [f"  {name:{width}}  {value}" for name, value in rows]


def _attributes(metrics: dict[str, Any]) -> list[str]:
    if "attributes" not in metrics:
        return []
    found = metrics["attributes"]
    width = max(len(name) for name in (*found["each"], "attribute"))
    lines = [f"  {'attribute':{width}}   right  chance    real  often drawn for another"]
    for name, row in found["each"].items():
        mixed = ", ".join(f"{pair['read']} for {pair['wanted']} {pair['count']}" for pair in row["confusions"])
        lines.append(f"  {name:{width}}  {row['right']:6.1%}  {row['chance']:6.1%}  {_share(row['real'])}  {mixed}")
    return [*lines, f"  {'mean':{width}}  {found['mean']:6.1%}          {_share(found['real_mean'])}"]


def _share(value: float | None) -> str:
    return "     –" if value is None else f"{value:6.1%}"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
