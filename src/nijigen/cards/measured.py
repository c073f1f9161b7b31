"""Metrics as a model's card keeps them → rows for people and the ``model-index`` of the Hub."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nijigen.cards.text import code, plain, table, unlabelled

# Where evaluation.json has a number → what it is called and which way is better.
KNOWN: dict[tuple[str, ...], tuple[str, str]] = {
    ("fid",): ("FID", "lower"),
    ("frechet_distance",): ("Fréchet distance", "lower"),
    ("kernel_distance", "value"): ("kernel distance", "lower"),
    ("kernel_distance",): ("kernel distance", "lower"),
    ("quick.frechet",): ("Fréchet distance", "lower"),
    ("quick.kernel",): ("kernel distance", "lower"),
    ("sliced_wasserstein", "mean"): ("sliced Wasserstein distance, of pixels", "lower"),
    ("precision",): ("precision", "higher"),
    ("recall",): ("recall", "higher"),
    ("density",): ("density", "higher"),
    ("coverage",): ("coverage", "higher"),
    ("attributes", "mean"): ("attributes read as asked for, mean share", "higher"),
}
OF_PIXELS = ("sliced_wasserstein",)


@dataclass(frozen=True)
class Measured:
    """What a card says of how good a model is.

    Attributes:
        rows: (key, name, value, which way is better).
        extractor: what looked at the pictures; "" where the card does not say.
        samples: how many the model made; 0 where it does not say.
        against: the data set, and how many of its pictures.
    """

    rows: list[tuple[str, str, float, str]]
    extractor: str = ""
    samples: int = 0
    against: str = ""
    pictures: int = 0

    def text(self) -> str:
        """For people; every number with what it depends on."""
        if not self.rows:
            return "Nobody has measured it yet: `nijigen evaluate` does, against the data set it learned from.\n"
        shown = [(plain(name), f"{value:.4g}", better) for _, name, value, better in self.rows]
        looked = (
            f"Features: {code(self.extractor)}. " if self.extractor else "Its card does not say by which features. "
        )
        made = f"{self.samples:,} samples" if self.samples else "a number of samples that its card does not say"
        pictures = f" (reference: {self.pictures:,} pictures)" if self.pictures else ""
        against = f" against {plain(self.against)}{pictures}" if self.against else ""
        caution = "Numbers of other features, sample counts or references are not comparable with these."
        return table(("metric", "value", "better"), shown) + f"\n{looked}Measured on {made}{against}. {caution}\n"

    def index(self, model: str, task: str, dataset: str) -> list[dict[str, Any]]:
        """``model-index``, as the Hub reads it."""
        if not self.rows:
            return []
        name = unlabelled(self.against or dataset) or "unnamed"
        depends = f" ({self.extractor or 'unnamed'} features, {self.samples or 'unnamed number of'} samples)"
        metrics = [
            {"type": key, "value": value, "name": title + ("" if key.startswith(OF_PIXELS) else depends)}
            for key, title, value, _ in self.rows
        ]
        found = {"task": {"type": task}, "dataset": {"type": name, "name": name}, "metrics": metrics}
        return [{"name": model, "results": [found]}]


def measured(card: Mapping[str, Any]) -> Measured:
    """What a card has under ``metrics``: an ``evaluation.json``, or the quick metric of a run's best model."""
    facts = card.get("metrics")
    if not isinstance(facts, Mapping):
        return Measured([])
    inner = facts.get("metrics", facts)
    rows = []
    for path, (name, better) in KNOWN.items():
        value: Any = inner
        for part in path:
            value = value.get(part) if isinstance(value, Mapping) else None
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            rows.append((".".join(path).removeprefix("quick.").removesuffix(".value"), name, float(value), better))
    extractor = facts.get("extractor")
    if isinstance(extractor, Mapping):
        extractor = extractor.get("name")
    reference = facts.get("reference")
    return Measured(
        rows,
        extractor if isinstance(extractor, str) else "",
        _count(facts.get("samples")),
        str(_of(facts, "dataset").get("name") or ""),
        _count(reference.get("count")) if isinstance(reference, Mapping) else 0,
    )


def _of(facts: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = facts.get(key)
    return found if isinstance(found, Mapping) else {}


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
