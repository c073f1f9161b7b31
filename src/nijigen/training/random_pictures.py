"""Pictures of random pixels in the place of a data set: the time of a step does not depend on what is in them."""

import torch

from nijigen.data import Resident
from nijigen.schema import Attribute, AttributeSchema
from nijigen.training.recipe import Recipe

PICTURES = 256


class RandomPictures:
    """What a stream needs of a data set, with random pixels and labels."""

    def __init__(self, recipe: Recipe, label_width: int = 0) -> None:
        words = tuple(f"word {index}" for index in range(label_width))
        self.schema = AttributeSchema([Attribute("word", words)] if words else [])
        size = (PICTURES, recipe.channels, recipe.resolution, recipe.resolution)
        self._images = torch.randint(0, 256, size, dtype=torch.uint8)
        self._labels = torch.eye(label_width)[torch.arange(PICTURES) % max(1, label_width)] if words else None

    def load(self, device: str | torch.device = "cpu") -> Resident:
        """The pictures and labels, as a data set gives them."""
        labels = torch.zeros(PICTURES, 0) if self._labels is None else self._labels
        return Resident(self._images, labels, self.schema, torch.device(device))
