"""What a data set looks like: the facts behind ``inspect`` and ``report.html``."""

import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nijigen.data.dataset import DROPPED_FILE, Dataset
from nijigen.data.restore import attic
from nijigen.data.shards import Sample
from nijigen.schema import AttributeSchema, Labels

SHOWN = 48  # thumbnails of what is kept, and at most of each reason
LOOKED_AT = 1_000  # pictures whose colours are counted, spread evenly
EXPECTED = 5.0  # pictures that a combination should have, were its attributes independent, to be called missing
LOPSIDED = 10.0  # the commonest value this many times as common as the rarest


@dataclass
class Findings:
    """Facts for people.

    Attributes:
        sizes: (width, height) of the pictures in their source → how many.
        colours: name → histogram of 16 bins over 0 to 1: ``brightness`` and ``saturation``, of the mean of a picture.
        counts: attribute → value → pictures (continuous: ``labelled``, ``lowest``, ``highest``).
        lopsided: attributes whose commonest value is ten times as common as the rarest: (name, commonest, rarest).
        missing: combinations of two values that no picture has and several should: (first, second, expected).
        kept, dropped: thumbnails as PNG or JPEG bytes with their names; dropped ones by reason.
        reasons: reason → (how many, names of a few).
        licences, sources: of pictures that say their own.
    """

    name: str
    count: int
    resolution: int
    channels: int
    facts: dict[str, str]
    counts: dict[str, dict[str, Any]]
    labelled: int
    sizes: Counter[str] = field(default_factory=Counter)
    colours: dict[str, list[int]] = field(default_factory=dict)
    lopsided: list[tuple[str, str, str]] = field(default_factory=list)
    missing: list[tuple[str, str, float]] = field(default_factory=list)
    kept: list[Sample] = field(default_factory=list)
    dropped: dict[str, list[Sample]] = field(default_factory=dict)
    reasons: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    licences: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)


def find_out(dataset: Dataset) -> Findings:
    """Look through a prepared data set once, and at its attic.

    Raises:
        NijigenError: a shard is broken.
    """
    info = dataset.info
    facts = {key: str(info.get(key, "unknown")) for key in ("source", "provenance", "licence", "digest")}
    if used := info.get("filter"):
        facts["filter"] = f"{used['file']}, from {used['least']:g} on (sha256 {used['sha256'][:12]}…)"
    found = Findings(
        info["source"],  # and not the folder: the same data set has the same report wherever it lies
        dataset.count,
        dataset.resolution,
        dataset.channels,
        facts,
        info["labels"]["counts"],
        info["labels"]["labelled"],
    )
    brightness, saturation = np.zeros(16, int), np.zeros(16, int)
    labels: list[Labels] = []
    for place, sample in enumerate(dataset.samples()):
        labels.append(sample.labels)
        if "size" in sample.notes:
            found.sizes[sample.notes["size"]] += 1
        for note, counter in (("licence", found.licences), ("source", found.sources)):
            if note in sample.notes:
                counter[sample.notes[note]] += 1
        if chosen(place, dataset.count, LOOKED_AT):
            light, strong = _colour(sample.data)
            brightness[min(15, int(16 * light))] += 1
            saturation[min(15, int(16 * strong))] += 1
        if chosen(place, dataset.count, SHOWN):
            found.kept.append(sample)
    found.colours = {"brightness": brightness.tolist(), "saturation": saturation.tolist()}
    found.lopsided = lopsided(found.counts)
    found.missing = missing_pairs(labels, dataset.schema)
    _look_at_drops(dataset, found)
    return found


def chosen(place: int, count: int, most: int) -> bool:
    """Whether a picture is one of ``most`` spread evenly over ``count``."""
    return count <= most or place * most // count != (place - 1) * most // count


def lopsided(counts: dict[str, dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Attributes whose commonest value is ten times as common as the rarest."""
    found = []
    for name, values in counts.items():
        if "lowest" in values or len(values) < 2:
            continue
        ordered = sorted(values.items(), key=lambda pair: pair[1])
        if ordered[-1][1] > LOPSIDED * ordered[0][1]:
            rare, common = ordered[0], ordered[-1]
            found.append((name, f"{common[0]} {common[1]:,}", f"{rare[0]} {rare[1]:,}"))
    return found


def missing_pairs(labels: Iterable[Labels], schema: AttributeSchema) -> list[tuple[str, str, float]]:
    """Combinations of two values that no picture has, though independent attributes would give five or more."""
    words = [attribute for attribute in schema.attributes if not attribute.continuous]
    single: Counter[tuple[str, Any]] = Counter()
    pairs: Counter[tuple[tuple[str, Any], tuple[str, Any]]] = Counter()
    known: Counter[tuple[str, str]] = Counter()
    order = {attribute.name: place for place, attribute in enumerate(words)}
    for row in labels:
        items = sorted(((n, v) for n, v in row.items() if n in order), key=lambda item: order[item[0]])
        single.update(items)
        for first, second in combinations(items, 2):
            pairs[first, second] += 1
            known[first[0], second[0]] += 1
    found = []
    for one, other in combinations(words, 2):
        together = known[one.name, other.name]
        total = {a.name: sum(single[a.name, v] for v in a.values) or 1 for a in (one, other)}
        for value in one.values:
            for other_value in other.values:
                left: tuple[str, Any] = (one.name, value)
                right: tuple[str, Any] = (other.name, other_value)
                expected = together * single[left] / total[one.name] * single[right] / total[other.name]
                if expected >= EXPECTED and not pairs[left, right]:
                    found.append((f"{one.name}={value}", f"{other.name}={other_value}", expected))
    return sorted(found, key=lambda row: -row[2])


def drops(dataset: Dataset) -> Iterator[dict[str, Any]]:
    """The rows of ``dropped.jsonl`` that are not taken back."""
    file: Path = dataset.path / DROPPED_FILE
    if file.is_file():
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            if not row.get("taken_back"):
                yield row


def _look_at_drops(dataset: Dataset, found: Findings) -> None:
    gone: dict[str, str] = {}
    for row in drops(dataset):
        count, names = found.reasons.get(row["reason"], (0, []))
        found.reasons[row["reason"]] = (count + 1, names if len(names) >= SHOWN else [*names, row["file"]])
        gone[row["file"]] = row["reason"]
    seen: Counter[str] = Counter()
    for sample in attic(dataset.path, dataset.info):
        reason = sample.notes.get("reason", "")
        if gone.get(sample.file) != reason:  # taken back
            continue
        if chosen(seen[reason], found.reasons[reason][0], SHOWN):
            found.dropped.setdefault(reason, []).append(sample)
        seen[reason] += 1


def _colour(data: bytes) -> tuple[float, float]:
    """Mean brightness and saturation of a picture, both 0 to 1."""
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
        pixels = np.asarray(image.convert("RGB").resize((16, 16), Image.Resampling.BOX), dtype=np.float64) / 255
    high, low = pixels.max(axis=2), pixels.min(axis=2)
    return float(pixels.mean()), float(((high - low) / np.maximum(high, 1e-6)).mean())
