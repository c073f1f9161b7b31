"""Each metric by its name: what it needs of real and made pictures, and what it says, as plain numbers."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from nijigen.errors import NijigenError, did_you_mean
from nijigen.evaluate.diversity import compare_spreads
from nijigen.evaluate.frechet import frechet_distance
from nijigen.evaluate.gathering import BATCH, HELD, Made
from nijigen.evaluate.kernel import kernel_distance
from nijigen.evaluate.looking import Looker
from nijigen.evaluate.neighbours import cover
from nijigen.evaluate.paths import PathLength, path_ends, path_length
from nijigen.evaluate.references import Reference
from nijigen.evaluate.sampling import Asked, Subject
from nijigen.schema import AttributeSchema
from nijigen.seeds import derive

METRICS = ("frechet", "kernel", "sliced", "coverage", "path", "attributes", "diversity", "memorisation")
PATHS = 500
STANDARD = "inception"  # the extractor of the published FID


def chosen_metrics(names: Sequence[str]) -> tuple[str, ...]:
    """The metrics of these names, in the order of the report; all where none is named.

    Raises:
        NijigenError: a name that no metric has; the nearest is named.
    """
    for name in names:
        if name not in METRICS:
            hint = did_you_mean(name, METRICS)
            raise NijigenError(f"--metrics {name}{hint}: use any of {', '.join(METRICS)}")
    return tuple(name for name in METRICS if not names or name in names)


def frechet_name(extractor: str) -> str:
    """What the Fréchet distance may be called: FID only with the standard Inception."""
    return "fid" if extractor == STANDARD else "frechet_distance"


def measure_frechet(reference: Reference, made: Made, looker: Looker) -> dict[str, Any]:
    """The Fréchet distance by the name it may have, and a remark where it cannot be trusted."""
    return {frechet_name(looker.extractor.name): frechet_distance(reference.moments, made.moments)}


def too_few(reference: Reference, made: Made, looker: Looker) -> str | None:
    """A warning where there are fewer pictures than features."""
    width, least = looker.extractor.width, min(reference.count, made.count)
    if least > width:
        return None
    which = f"{made.count:,} samples" if made.count <= reference.count else f"{reference.count:,} real pictures"
    cure = "raise --samples above that" if made.count <= reference.count else "prepare more pictures"
    return (
        f"{which} are no more than the {width:,} features: the Fréchet distance is too high by an unknown amount;"
        f" go by the kernel distance (--metrics kernel), or {cure}"
    )


def measure_kernel(reference: Reference, made: Made, seed: int) -> dict[str, Any]:
    """The kernel distance of the held rows, both in random order."""
    found = kernel_distance(shuffled(reference.rows, HELD, seed), made.rows)
    return {
        "kernel_distance": {
            "value": found.value,
            "standard_error": found.standard_error,
            "subsets": found.subsets,
            "subset_size": found.subset_size,
        }
    }


def measure_coverage(reference: Reference, made: Made, seed: int) -> dict[str, Any]:
    """Precision, recall, density and coverage, of equally many real and made pictures."""
    count = min(len(reference.rows), len(made.rows))
    found = cover(shuffled(reference.rows, count, seed), made.rows[:count])
    return {
        "precision": found.precision,
        "recall": found.recall,
        "density": found.density,
        "coverage": found.coverage,
        "neighbours_among": count,
    }


def measure_attributes(reference: Reference, made: Made) -> dict[str, Any]:
    """How often the labeler reads what was asked for, with chance and the same of real pictures beside it."""
    if made.tally is None:
        return {}
    real = {} if reference.tally is None else reference.tally.readings()
    found = made.tally.readings()
    rows = {
        name: {**reading.as_dict(), "real": real[name].right if name in real else None}
        for name, reading in found.items()
    }
    if not rows:
        return {}
    mean = sum(reading.right for reading in found.values()) / len(found)
    both = [(real[name].right, reading.right) for name, reading in found.items() if name in real]
    real_mean = sum(right for right, _ in both) / len(both) if both else None
    return {"attributes": {"mean": mean, "real_mean": real_mean, "each": rows}}


def measure_diversity(reference: Reference, made: Made, schema: AttributeSchema) -> dict[str, Any]:
    """The spread of features as a share of the real one, of all pictures and within each word."""
    found = compare_spreads(reference.spreads, made.spreads, schema)
    narrowest = found.narrowest()
    if narrowest is None:
        return {"diversity": found.as_dict()}
    name, value, share = narrowest
    return {"diversity": {**found.as_dict(), "narrowest": {"attribute": name, "value": value, "share": share}}}


def measure_paths(
    subject: Subject, asked: Asked, reference: Reference, looker: Looker, advance: Callable[[int], None]
) -> PathLength:
    """The path length in ``w``, both ends of a path with the labels of one sample."""
    count = min(PATHS, len(asked.rows))
    random = torch.Generator().manual_seed(derive(subject.seed, "paths"))
    opposite = replace(subject, seed=derive(subject.seed, "far ends"))
    starts: list[Tensor] = []
    ends: list[Tensor] = []
    for first in range(0, count, BATCH):
        labels = asked.rows[first : min(first + BATCH, count)]
        one = subject.latents(subject.noise(first, len(labels)), labels)
        other = subject.latents(opposite.noise(first, len(labels)), labels)
        near, far = path_ends(one, other, random)
        starts.append(looker.extractor(subject.shown(near)))
        ends.append(looker.extractor(subject.shown(far)))
        advance(2 * len(labels))
    variance = float(reference.moments.covariance.trace())
    return path_length(torch.cat(starts), torch.cat(ends), variance if variance > 0 else math.nan)


def shuffled(rows: Tensor, count: int, seed: int) -> Tensor:
    """``count`` of the rows in random order: data sets are sorted, and neighbours in them alike."""
    random = torch.Generator().manual_seed(derive(seed, "real order"))
    return rows[torch.randperm(len(rows), generator=random)[:count]]
