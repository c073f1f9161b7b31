"""The sample sheet of a painter: at every moment of a run the same contents, styles, and what is painted of them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from nijigen.features.seeing import Seer
from nijigen.images.convert import to_pixels
from nijigen.images.png import write_png
from nijigen.images.sheet import Pixels, make_sheet
from nijigen.models.painter import Painter
from nijigen.training.recipe import Recipe
from nijigen.training.samples import layout
from nijigen.training.schedule import Moment, moment
from nijigen.training.sources import DRAWINGS, PHOTOS
from nijigen.training.streams import Stream


class PaintingSheet:
    """Rows of contents, of styles and of contents painted like the styles above them, in turns.

    Contents and styles are those kept out of training; where none are, ones that were trained on.

    Args:
        chunk: pictures painted at once.
    """

    def __init__(self, streams: Mapping[str, Stream], recipe: Recipe, seer: Seer, chunk: int) -> None:
        rows, self._columns = layout(recipe.resolution)
        self._groups = max(1, rows // 3)
        self._seer, self._resolution, self._chunk = seer, recipe.resolution, chunk
        count, now = self._groups * self._columns, moment(recipe, recipe.images)
        self._contents, self._styles = (_shown(streams[name], count, now) for name in (PHOTOS, DRAWINGS))

    @torch.no_grad()
    def pictures(self, network: nn.Module, device: torch.device) -> Pixels:
        """All pictures in the order of the sheet, uint8 ``[N, R, R, 3]``."""
        if not isinstance(network, Painter):
            raise TypeError(f"a {type(network).__name__} does not paint")
        made = []
        for content, style in zip(*(torch.split(x, self._chunk) for x in (self._contents, self._styles)), strict=True):
            seen = [self._seer.see(part.to(device), network.layers) for part in (content, style)]
            made.append(to_pixels(network(*seen).clamp(-1, 1), self._resolution))
        shown = [to_pixels(part, self._resolution) for part in (self._contents, self._styles)]
        rows = zip(*(np.array_split(part, self._groups) for part in (*shown, np.concatenate(made))), strict=True)
        return np.concatenate([part for row in rows for part in row])

    def write(self, path: Path, network: nn.Module, device: torch.device) -> Path:
        """Write the sheet as a PNG."""
        return write_png(path, make_sheet(list(self.pictures(network, device)), self._columns))


def _shown(stream: Stream, count: int, now: Moment) -> Tensor:
    held_out = len(stream.held_out) > 0
    pictures = torch.cat([batch.pictures().cpu() for batch in stream.look(count, count, now, held_out)])
    return pictures[:count]
