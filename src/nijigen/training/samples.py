"""Sample sheets: the same seeds and labels at every moment of a run, so that progress can be seen."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from nijigen.images.convert import to_pixels
from nijigen.images.png import write_png
from nijigen.images.sheet import Pixels, make_sheet
from nijigen.models.contract import Generator
from nijigen.seeds import derive
from nijigen.training.loop import Trainer

ROWS, COLUMNS = 6, 10
SHEET_SIDE = 2_560  # pixels: above 256 px there are fewer pictures, so that a sheet costs less than the training


def layout(resolution: int) -> tuple[int, int]:
    """Rows and columns of the sheet for pictures of a resolution."""
    return max(3, min(ROWS, SHEET_SIDE * ROWS // COLUMNS // resolution)), max(4, min(COLUMNS, SHEET_SIDE // resolution))


def averaged_generator(trainer: Trainer) -> Generator:
    """The averaged generator of a training that makes avatars."""
    averaged = trainer.state.average
    if not isinstance(averaged, Generator):
        raise TypeError(f"the averaged network is a {type(averaged).__name__}, not a Generator")
    return averaged


class SampleGrid:
    """Rows of labels by columns of noise, fixed for the whole run.

    Each row is one label vector as it occurs in the data set, each column one noise vector: down a column the same
    noise gets other attributes, along a row the same attributes get other noise.
    """

    def __init__(self, labels: Tensor, resolution: int, z_dim: int, seed: int, chunk: int) -> None:
        count, self._columns = layout(resolution)
        random = torch.Generator().manual_seed(derive(seed, "samples"))
        rows = torch.randint(len(labels), (count,), generator=random)
        columns = torch.randn(self._columns, z_dim, generator=random)
        if labels.shape[1]:
            self._labels = labels.cpu()[rows].repeat_interleave(self._columns, dim=0)
            self._noise = columns.repeat(count, 1)
        else:
            self._labels = labels.new_zeros(count * self._columns, 0).cpu()
            self._noise = torch.randn(count * self._columns, z_dim, generator=random)
        self._chunk = chunk

    @torch.no_grad()
    def pictures(self, generator: Generator, device: torch.device) -> Pixels:
        """The grid's pictures, uint8 ``[rows · columns, R, R, C]``; in chunks of the micro-batch: no more memory."""
        made = [
            to_pixels(generator(noise.to(device), labels.to(device)), generator.shape.resolution)
            for noise, labels in zip(
                torch.split(self._noise, self._chunk), torch.split(self._labels, self._chunk), strict=True
            )
        ]
        return np.concatenate(made)

    def write(self, path: Path, network: nn.Module, device: torch.device) -> Path:
        """Write the sheet as a PNG."""
        if not isinstance(network, Generator):
            raise TypeError(f"samples of noise are made by a Generator, not by a {type(network).__name__}")
        return write_png(path, make_sheet(list(self.pictures(network, device)), self._columns))
