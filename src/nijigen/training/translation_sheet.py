"""The sample sheet of a translator: the same photos at every moment of a run, and below each what is made of it."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from nijigen.images.convert import to_pixels
from nijigen.images.png import write_png
from nijigen.images.sheet import Pixels, make_sheet
from nijigen.training.recipe import Recipe
from nijigen.training.samples import layout
from nijigen.training.schedule import moment
from nijigen.training.streams import Stream


class TranslationSheet:
    """Rows of photos and rows of their translations in turns.

    Photos are those kept out of training; where none are, ones that were trained on.

    Args:
        chunk: pictures translated at once.
    """

    def __init__(self, photos: Stream, recipe: Recipe, chunk: int) -> None:
        rows, self._columns = layout(recipe.resolution)
        self._pairs = max(1, rows // 2)
        count = self._pairs * self._columns
        now = moment(recipe, recipe.images)
        held_out = len(photos.held_out) > 0
        shown = torch.cat([batch.pictures().cpu() for batch in photos.look(count, count, now, held_out)])
        self._photos, self._resolution, self._chunk = shown[:count], recipe.resolution, chunk

    @torch.no_grad()
    def pictures(self, network: nn.Module, device: torch.device) -> Pixels:
        """Photos and translations in the order of the sheet, uint8 ``[N, R, R, 3]``."""
        photos = to_pixels(self._photos, self._resolution)
        made = np.concatenate(
            [to_pixels(network(part.to(device)), self._resolution) for part in torch.split(self._photos, self._chunk)]
        )
        pairs = zip(np.array_split(photos, self._pairs), np.array_split(made, self._pairs), strict=True)
        return np.concatenate([row for pair in pairs for row in pair])

    def write(self, path: Path, network: nn.Module, device: torch.device) -> Path:
        """Write the sheet as a PNG."""
        return write_png(path, make_sheet(list(self.pictures(network, device)), self._columns))
