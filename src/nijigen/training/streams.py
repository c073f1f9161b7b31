"""Streams: where phases get their batches. The same (seed, images seen, phase) always gives the same batch."""

import torch

from nijigen.data import Dataset, Resident, Sampler, balance_weights
from nijigen.machine import memory_format
from nijigen.seeds import derive
from nijigen.training.phases import Batch, Phase, Turn
from nijigen.training.recipe import Recipe


class Stream:
    """One data set as the phases see it: pictures and labels by position, on the device.

    Attributes:
        resident: the decoded pictures and their labels.
        label_width: 0 where the recipe or the data set has no labels.
    """

    def __init__(self, dataset: Dataset, recipe: Recipe, device: torch.device) -> None:
        self.resident: Resident = dataset.load(device=str(device))
        self.label_width = 0 if recipe.labels == "none" else dataset.schema.width
        self.labels = self.resident.labels[:, : self.label_width].to(device)
        self._recipe, self._device = recipe, device
        weights = None
        if recipe.pictures.balance:
            weights = balance_weights(self.resident.labels, dataset.schema, list(recipe.pictures.balance))
        self._weights = weights
        self._samplers: dict[str, Sampler] = {}

    def draw(self, phase: Phase, needs_pictures: bool, images: int, count: int) -> Batch:
        """``count`` samples for a phase, at ``images`` real images seen."""
        sampler = self._samplers.get(phase.name)
        if sampler is None:
            seed = derive(self._recipe.seed, "order", phase.name)
            sampler = self._samplers[phase.name] = Sampler(len(self.labels), seed, self._weights)
        indices = sampler.indices(images, count)
        if not needs_pictures:
            return Batch(None, self.labels[indices.to(self._device)])
        pictures = self._recipe.pictures
        random = torch.Generator().manual_seed(derive(self._recipe.seed, "pictures", phase.name, images))
        batch, labels = self.resident.batch(indices, flip=pictures.flip, crop=pictures.crop, generator=random)
        return Batch(batch.contiguous(memory_format=memory_format(self._device)), labels[:, : self.label_width])


def take_turn(phase: Phase, streams: dict[str, Stream], recipe: Recipe, images: int, part: int, device: str) -> Turn:
    """The turn of a phase in the batch at ``images``: part number ``part`` of the micro-batches it is made of."""
    random = torch.Generator(device).manual_seed(derive(recipe.seed, "turn", phase.name, images, part))
    size = recipe.micro_batch or recipe.batch
    batches = {
        name: streams[name].draw(phase, needs_pictures, images + part * size, size)
        for name, needs_pictures in phase.streams.items()
    }
    return Turn(batches, random)
