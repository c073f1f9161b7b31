"""Real pictures and their labels from a data set, in portions: any number of them in little memory."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from nijigen.data import Dataset
from nijigen.data.shards import Sample
from nijigen.data.stored import decode_into
from nijigen.features.showing import on_white

BATCH = 64


def chosen_places(count: int, limit: int) -> Tensor:
    """Which of ``count`` pictures are looked at, int64, at most ``limit``: spread evenly, as data sets are sorted."""
    taken = min(count, limit)
    return torch.arange(taken) * count // taken if taken else torch.zeros(0, dtype=torch.int64)


def real_pictures(dataset: Dataset, places: Tensor, batch: int = BATCH) -> Iterator[tuple[Tensor, Tensor]]:
    """The pictures at ascending ``places``, in portions of ``batch``.

    Yields:
        Pictures uint8 ``[n, 3, R, R]``, see-through ones on white, and their label rows float32 ``[n, width]``.

    Raises:
        NijigenError: a picture or a shard is broken.
    """
    wanted = iter(places.tolist())
    following = next(wanted, None)
    pictures: list[Tensor] = []
    labels: list[Tensor] = []
    if following is None:
        return
    for place, sample in enumerate(dataset.samples()):
        if place != following:
            continue
        pictures.append(_decode(sample, dataset))
        labels.append(torch.from_numpy(dataset.schema.encode(sample.labels)))
        following = next(wanted, None)
        if len(pictures) == batch or following is None:
            yield on_white(torch.stack(pictures)), torch.stack(labels)
            pictures, labels = [], []
        if following is None:
            return


def label_rows(dataset: Dataset) -> Tensor:
    """The labels of all pictures, float32 ``[count, width]``; no picture is decoded."""
    rows = torch.zeros(dataset.count, dataset.schema.width)
    for place, sample in enumerate(dataset.samples()):
        rows[place] = torch.from_numpy(dataset.schema.encode(sample.labels))
    return rows


def _decode(sample: Sample, dataset: Dataset) -> Tensor:
    pixels = np.empty((dataset.channels, dataset.resolution, dataset.resolution), np.uint8)
    decode_into(sample.data, pixels, f"{dataset.path}: picture {sample.key}")
    return torch.from_numpy(pixels)
