"""A quick metric while a run trains: how far samples of the averaged generator are from real pictures.

It costs what its number of samples costs, at fixed numbers of images seen, never by the clock; it has noise of its own
and changes nothing, so a run with it has the same weights as without. The best value so far is part of the
checkpoints, and the model that had it lies in the run's ``best``.
"""

import math

import torch
from torch import Tensor, nn

from nijigen.data import Dataset
from nijigen.errors import NijigenError
from nijigen.evaluate.frechet import frechet_distance
from nijigen.evaluate.kernel import kernel_distance
from nijigen.evaluate.moments import Moments
from nijigen.evaluate.reading import chosen_places, real_pictures
from nijigen.evaluate.sampling import Subject
from nijigen.features.extractor import open_extractor
from nijigen.models.contract import Generator
from nijigen.seeds import derive
from nijigen.training.phases import Memory
from nijigen.training.recipe import Recipe

LEAST = 8  # real pictures
DIGITS = 9  # of a logged value


class QuickMetric:
    """The metric that a recipe names, with the real pictures it compares with already looked at.

    Samples have the labels of those pictures, one each, and the same noise every time: from one moment to the next
    nothing changes but the generator.

    Attributes:
        name: as in ``metrics.jsonl``: ``quick.kernel`` or ``quick.frechet``.

    Args:
        label_width: of the networks; 0 where they see no labels.
        chunk: pictures made at once.

    Raises:
        NijigenError: no such extractor, or fewer pictures than it needs.
    """

    def __init__(self, dataset: Dataset, recipe: Recipe, label_width: int, device: torch.device, chunk: int) -> None:
        wanted = recipe.metrics
        self.name = f"quick.{wanted.quick}"
        self._recipe, self._device, self._chunk = recipe, device, chunk
        try:
            self._extractor = open_extractor(wanted.features)
        except NijigenError as error:
            raise NijigenError(f"metrics.features={wanted.features}: {error}; or --set metrics.quick=none") from None
        if dataset.count < LEAST:
            raise NijigenError(f"metrics.quick={wanted.quick} needs {LEAST} pictures, {dataset.store.name} has fewer")
        rows, labels = [], []
        for pictures, found in real_pictures(dataset, chosen_places(dataset.count, wanted.samples)):
            rows.append(self._extractor(pictures))
            labels.append(found[:, :label_width])
        # Data sets may be sorted by class; the subsets of a kernel distance want rows in random order.
        random = torch.Generator().manual_seed(derive(recipe.seed, "quick order"))
        order = torch.randperm(sum(map(len, rows)), generator=random)
        self._rows, self._labels = torch.cat(rows)[order], torch.cat(labels)[order]
        self._real = Moments.of(self._rows)

    def measure(self, network: nn.Module) -> float:
        """The distance of a generator's samples, to nine digits; lower is better."""
        if not isinstance(network, Generator):
            raise TypeError(f"samples are made by a Generator, not by a {type(network).__name__}")
        subject = Subject(network, self._device, derive(self._recipe.seed, "quick"))
        made = torch.cat(
            [
                self._extractor(subject.pictures(start, labels))
                for start, labels in zip(self._starts(), torch.split(self._labels, self._chunk), strict=True)
            ]
        )
        return float(f"{self._distance(made):.{DIGITS}g}")

    def is_best(self, value: float, memory: Memory) -> bool:
        """Whether a value is the lowest so far, by what the run remembers; if so it is remembered."""
        key = f"best.{self.name}.{self._extractor.digest[:12]}"
        if not math.isfinite(value) or value >= memory.get(key, math.inf):
            return False
        memory[key] = value
        return True

    def facts(self, value: float) -> dict[str, object]:
        """For the card of the best model: the value, and what it depends on."""
        return {
            self.name: value,
            "samples": len(self._rows),
            "extractor": self._extractor.name,
            "extractor_digest": self._extractor.digest,
        }

    def _starts(self) -> range:
        return range(0, len(self._labels), self._chunk)

    def _distance(self, made: Tensor) -> float:
        if self._recipe.metrics.quick == "frechet":
            return frechet_distance(self._real, Moments.of(made))
        return kernel_distance(self._rows, made).value
