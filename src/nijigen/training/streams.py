"""Streams: where phases get their batches. The same (seed, images seen, phase) always gives the same batch."""

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor

from nijigen.data import Resident, Sampler, balance_weights
from nijigen.data.held_out import held_out_rows
from nijigen.machine import memory_format
from nijigen.objectives.softening import class_weights
from nijigen.schema import AttributeSchema
from nijigen.seeds import derive
from nijigen.training.growing import at_growth
from nijigen.training.phases import Batch, Memory, Phase, Turn
from nijigen.training.recipe import Recipe
from nijigen.training.schedule import Moment, label_share
from nijigen.training.telling import telling_places


class Source(Protocol):
    """What a stream needs of a data set."""

    @property
    def schema(self) -> AttributeSchema:
        """The attributes of its labels."""

    def load(self, device: str = "cpu") -> Resident:
        """Its pictures and labels, decoded."""


class Stream:
    """One data set as the phases see it: pictures and labels by position, on the device.

    Attributes:
        resident: the decoded pictures and their labels.
        schema: the attributes of the labels.
        label_width: 0 where the recipe or the data set has no labels.
        blocks: columns of each attribute in the labels.
        labels: ``[M, label_width]`` of the pictures that are trained on, on the device.
        held_out: int64 ``[H]``, the pictures of the resident data set that are not.

    Args:
        chances: ``[N, K]``, the part of the noise that belongs to each picture of the data set (``lesson.py``).
        name: of streams of a run with several, which are drawn in orders of their own; those of one name are drawn
            alike: pictures and their twins.
    """

    def __init__(
        self,
        dataset: Source,
        recipe: Recipe,
        device: torch.device,
        chances: Tensor | None = None,
        name: str | None = None,
    ) -> None:
        self._own: tuple[str, ...] = () if name is None else (name,)
        self.resident: Resident = dataset.load(device=str(device))
        self.schema = schema = dataset.schema
        self.label_width = 0 if recipe.labels == "none" else schema.width
        self.blocks = [attribute.width for attribute in schema.attributes] if self.label_width else []
        self._recipe, self.device = recipe, device
        self.held_out = held_out_rows(len(self.resident), recipe.pictures.held_out, recipe.seed)
        self._rows = _others(len(self.resident), self.held_out)
        rows = self.resident.labels[self._rows.to(self.resident.labels.device)]
        self.labels = rows[:, : self.label_width].to(device)
        balance = list(recipe.pictures.balance)
        self._chances = None if chances is None else chances[self._rows].to(device)
        asks = recipe.lesson.weight and recipe.lesson.words  # eight thousand pictures are looked at: not for nothing
        places = telling_places(self.resident, rows, self._rows, schema) if asks else None
        self._places = None if places is None else places.to(device)
        self._order = balance_weights(rows, schema, balance) if balance else None
        self._samplers: dict[str, Sampler] = {}
        # Of the labels as they are in the data set, also where the networks do not get to see them.
        blocks = [schema.block(name) for name in recipe.softening.class_weights]
        self._weights = class_weights(rows, blocks)(rows) if blocks else torch.ones(len(rows))

    def draw(self, phase: Phase, needs_pictures: bool, moment: Moment, start: int, count: int) -> Batch:
        """``count`` samples for a phase, from position ``start`` in the order of its pictures."""
        sampler = self._samplers.get(phase.name)
        if sampler is None:
            seed = derive(self._recipe.seed, "order", *self._own, phase.name)
            sampler = self._samplers[phase.name] = Sampler(len(self._rows), seed, self._order)
        indices = sampler.indices(start, count)
        labels = self._known(self._words(indices, phase, start), phase, moment, start)
        weights = self._weights[indices].to(self.device)
        chances = None if self._chances is None else self._chances[indices.to(self.device)]
        if not needs_pictures:
            return Batch(None, labels, weights, chances)
        pictures = self._recipe.pictures
        random = torch.Generator().manual_seed(derive(self._recipe.seed, "pictures", *self._own, phase.name, start))
        rows = self._rows[indices]
        images, _ = self.resident.batch(rows, flip=pictures.flip, crop=pictures.crop, generator=random)
        images = at_growth(images, moment.resolution, moment.fade)
        images = images.contiguous(memory_format=memory_format(self.device))
        places = None if self._places is None else at_growth(self._places, moment.resolution, 1.0)
        return Batch(images, labels, weights, chances, places)

    def look(self, count: int, size: int, moment: Moment, held_out: bool = False) -> Iterator[Batch]:
        """Pictures to measure by, in batches of ``size``: always the same, as they are, with all their labels.

        Args:
            count: how many, made up to whole batches; where there are fewer they come again.
            held_out: of those kept out of training; none where none are.
        """
        rows = self.held_out if held_out else self._rows
        if not len(rows):
            return
        random = torch.Generator().manual_seed(derive(self._recipe.seed, "look", int(held_out)))
        order = rows[torch.randperm(len(rows), generator=random)]
        for start in range(0, min(count, len(rows)), size):
            images, labels = self.resident.batch(order[(start + torch.arange(size)) % len(order)])
            images = at_growth(images, moment.resolution, moment.fade)
            images = images.contiguous(memory_format=memory_format(self.device))
            yield Batch(images, labels[:, : self.label_width], torch.ones(size, device=self.device))

    def _words(self, indices: Tensor, phase: Phase, start: int) -> Tensor:
        """The labels of some pictures."""
        return self.labels[indices.to(self.device)]

    def _known(self, labels: Tensor, phase: Phase, moment: Moment, start: int) -> Tensor:
        """Some label rows made unknown, so that the networks also learn pictures without them."""
        share = label_share(self._recipe, moment.images)
        if share == 1 or phase.all_labels or not self.label_width:
            return labels
        random = torch.Generator().manual_seed(derive(self._recipe.seed, "unknown", phase.name, start))
        known = torch.rand(len(labels), 1, generator=random) < share
        return labels * known.to(self.device)


def _others(count: int, rows: Tensor) -> Tensor:
    """All of ``count`` rows but some, ascending."""
    kept = torch.ones(count, dtype=torch.bool)
    kept[rows] = False
    return kept.nonzero()[:, 0]


def take_turn(
    phase: Phase, streams: dict[str, Stream], recipe: Recipe, moment: Moment, part: int, size: int, memory: Memory
) -> Turn:
    """The turn of a phase at a moment: part number ``part`` of the micro-batches of ``size`` that it is made of."""
    device = next(iter(streams.values())).device
    random = torch.Generator(device).manual_seed(derive(recipe.seed, "turn", phase.name, moment.images, part))
    batches = {
        name: streams[name].draw(phase, needs_pictures, moment, moment.images + part * size, size)
        for name, needs_pictures in phase.streams.items()
    }
    return Turn(batches, random, moment, memory)
