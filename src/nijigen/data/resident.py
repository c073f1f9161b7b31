"""A data set decoded once into one uint8 tensor; batches are gathered, flipped and cropped there.

resident = Dataset.open("datasets/faces").load()
images, labels = resident.batch(sampler.indices(0, 64), flip=True, crop=2, generator=torch.Generator())
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import torch

from nijigen.cores import usable_cores
from nijigen.data.shards import Sample
from nijigen.data.stored import decode_into
from nijigen.errors import NijigenError
from nijigen.schema import AttributeSchema

if TYPE_CHECKING:
    from nijigen.data.dataset import Dataset

CHUNK = 256
MEMORY_SHARE = 0.8  # of what is free; the rest is for the networks
DEVICE_SHARE = 0.5


class Resident:
    """All pictures and labels of a data set in memory.

    Attributes:
        images: uint8 ``[N, C, H, W]``, 0 to 255; with four channels the colours are premultiplied by alpha.
        labels: float32 ``[N, schema.width]``; a block of zeros where an attribute is unknown.
        device: where batches go. Pictures lie there too when they fit, else in RAM.
    """

    def __init__(
        self, images: torch.Tensor, labels: torch.Tensor, schema: AttributeSchema, device: torch.device | None = None
    ) -> None:
        self.images = images
        self.labels = labels
        self.schema = schema
        self.device = images.device if device is None else device

    def __len__(self) -> int:
        return len(self.images)

    def batch(
        self, indices: torch.Tensor, flip: bool = False, crop: int = 0, generator: torch.Generator | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Images float32 ``[B, C, H, W]`` in [-1, 1] and labels float32 ``[B, width]`` on ``device``.

        With four channels the colours are premultiplied and scaled like alpha, so full transparency is -1 in all four.

        Args:
            indices: int64 ``[B]``.
            flip: mirror half of the pictures left to right, each by its own coin. Labels stay.
            crop: move each picture by up to so many pixels in both directions; the rim is filled by reflection.
            generator: a CPU generator for both; the global one when None.
        """
        size = self.images.shape[-1]
        if not 0 <= crop < size:
            raise NijigenError(f"crop {crop} is out of range for pictures of {size} px: use 0 to {size - 1}")
        count, home = len(indices), self.images.device
        rows = indices.to(home)
        images = self.images.index_select(0, rows)
        labels = self.labels.index_select(0, rows)
        if flip:
            coins = torch.rand(count, generator=generator).to(home) < 0.5
            images = torch.where(coins[:, None, None, None], images.flip(-1), images)
        if crop:
            offsets = torch.randint(0, 2 * crop + 1, (2, count), generator=generator).to(home)
            images = _shifted(images, crop, offsets)
        values = images.to(self.device).to(torch.float32).div_(127.5).sub_(1)
        return values, labels.to(self.device)


def _shifted(images: torch.Tensor, crop: int, offsets: torch.Tensor) -> torch.Tensor:
    """Pad by reflection, then take a window a picture: one gather over a view of all windows."""
    size = images.shape[-1]
    wide = torch.cat([images[..., 1 : crop + 1].flip(-1), images, images[..., -crop - 1 : -1].flip(-1)], -1)
    wide = torch.cat([wide[..., 1 : crop + 1, :].flip(-2), wide, wide[..., -crop - 1 : -1, :].flip(-2)], -2)
    windows = wide.unfold(2, size, 1).unfold(3, size, 1)  # [B, C, 2c + 1, 2c + 1, H, W], a view
    return windows[torch.arange(len(images), device=images.device), :, offsets[0], offsets[1]]


def load(dataset: "Dataset", device: str | torch.device = "cpu") -> Resident:
    """Decode ``dataset`` into memory; see :meth:`nijigen.data.dataset.Dataset.load`."""
    target = torch.device(device)
    shape = (dataset.count, dataset.channels, dataset.resolution, dataset.resolution)
    needed = dataset.count * (dataset.channels * dataset.resolution**2 + 4 * dataset.schema.width)
    free = psutil.virtual_memory().available
    if needed > MEMORY_SHARE * free:
        raise NijigenError(
            f"{dataset.path} needs {needed / 1e9:.1f} GB decoded and {free / 1e9:.1f} GB of memory are free:"
            " stream it (--set pictures.stream=always), or prepare it with a smaller --size or a --limit"
        )
    images = np.empty(shape, np.uint8)
    labels = np.zeros((dataset.count, dataset.schema.width), np.float32)
    vectors: dict[tuple[Any, ...], np.ndarray[Any, Any]] = {}
    start = 0
    threads = usable_cores()
    with ThreadPoolExecutor(threads) as pool:  # the PNG and JPEG codecs work outside of Python's lock
        for samples in _chunks(dataset.samples()):
            jobs = [(samples[k::threads], images[start + k : start + len(samples) : threads]) for k in range(threads)]
            done = pool.map(lambda job: _decode_all(job[0], job[1], dataset), jobs)
            for offset, sample in enumerate(samples):
                key = tuple(sample.labels.items())
                if key not in vectors:
                    vectors[key] = dataset.schema.encode(sample.labels)
                labels[start + offset] = vectors[key]
            list(done)
            start += len(samples)
    if start != dataset.count:
        raise NijigenError(f"{dataset.path} holds {start} pictures, not {dataset.count}: prepare it again")
    held, vector = torch.from_numpy(images), torch.from_numpy(labels)
    if target.type == "cuda" and needed < DEVICE_SHARE * torch.cuda.mem_get_info(target)[0]:
        held, vector = held.to(target), vector.to(target)
    return Resident(held, vector, dataset.schema, target)


def _chunks(samples: Iterator[Sample]) -> Iterator[list[Sample]]:
    while chunk := list(islice(samples, CHUNK)):
        yield chunk


def _decode_all(samples: list[Sample], rows: "np.ndarray[Any, Any]", dataset: "Dataset") -> None:
    for sample, row in zip(samples, rows, strict=True):
        decode_into(sample.data, row, f"{dataset.path}: picture {sample.key}")
