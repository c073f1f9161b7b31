"""Are samples copies of training pictures? Their nearest training pictures, against how near unseen pictures come.

A distance means nothing alone: drawings of one style are all near each other. So the distances of samples to their
nearest training picture are set against those of held-out pictures, which cannot be copies; where there are none,
each training picture's distance to its nearest other one takes their place. Ratios near 1 are what a model has that
draws anew; well below 1, it copies.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from nijigen.evaluate.neighbours import squared_distances

PIXELS = 16  # a side: pictures are averaged down to this first, so that a shift by a pixel hides no copy
NEAR = 0.01  # a sample is nearer than usual where only this share of unseen pictures comes as near


@dataclass(frozen=True)
class Memorisation:
    """Distances of samples to their nearest training picture, in one space.

    Attributes:
        ratio: median distance of samples over that of unseen pictures.
        nearer: share of samples nearer than all but ``NEAR`` of the unseen pictures are: 0.01 where nothing is copied.
        copies: samples at less than half the distance of the nearest unseen picture, as a share.
    """

    ratio: float
    nearer: float
    copies: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"ratio": self.ratio, "nearer_than_99_percent_of_unseen": self.nearer, "copies": self.copies}


class Nearest:
    """The nearest of many rows that come in portions, for each of some fixed rows.

    Args:
        rows: ``[N, width]``; or ``[views, N, width]``, of which the nearest counts: a picture and its mirror image.
        own: the place of each row among those that come, ``[N]``, where it is one of them and does not count.

    Attributes:
        distances: to the nearest so far, ``[N]``; infinite before the first portion.
        places: its place among all that came, ``[N]``.
    """

    def __init__(self, rows: Tensor, own: Tensor | None = None) -> None:
        rows = rows[None] if rows.ndim == 2 else rows
        self._views = [view.to(torch.float64) for view in rows]
        self._own = own
        self._seen = 0
        count = rows.shape[1]
        self.squares = torch.full((count,), torch.inf, dtype=torch.float64)
        self.places = torch.full((count,), -1, dtype=torch.int64)

    @property
    def distances(self) -> Tensor:
        """Euclidean, ``[N]``."""
        return self.squares.sqrt()

    def add(self, rows: Tensor) -> None:
        """Look at the next rows ``[M, width]``."""
        rows = rows.to(torch.float64)
        for view in self._views:
            for part, squares, slack in squared_distances(view, rows):
                squares = torch.where(squares <= slack, 0.0, squares)  # rounding noise of equal rows
                if self._own is not None:
                    place = self._own[part] - self._seen
                    here = ((place >= 0) & (place < len(rows))).nonzero().flatten()
                    squares[here, place[here]] = torch.inf
                nearest = squares.min(dim=1)
                better = nearest.values < self.squares[part]
                self.squares[part] = torch.where(better, nearest.values, self.squares[part])
                self.places[part] = torch.where(better, nearest.indices + self._seen, self.places[part])
        self._seen += len(rows)


def judge(samples: Tensor, unseen: Tensor) -> Memorisation:
    """What distances ``[N]`` of samples and ``[M]`` of unseen pictures to their nearest training picture say.

    Unseen pictures that have an exact duplicate among the training pictures were not unseen, and do not count.
    """
    unseen = unseen[unseen > 0] if bool((unseen > 0).any()) else unseen
    usual = unseen.median()
    ratio = float(samples.median() / usual) if usual > 0 else float(samples.median() > 0)
    nearer = (samples < torch.quantile(unseen, NEAR)).double().mean()
    copies = (samples < unseen.min() / 2).double().mean()
    return Memorisation(ratio, float(nearer), float(copies))


def as_pixels(pictures: Tensor) -> Tensor:
    """Pictures uint8 ``[N, 3, R, R]`` → float rows ``[N, 3 · side²]`` in 0…1, whose distances are root mean squares."""
    values = pictures.float() / 255
    if pictures.shape[-1] > PIXELS:
        values = adaptive_avg_pool2d(values, PIXELS)
    rows: Tensor = values.flatten(1) / values[0].numel() ** 0.5
    return rows
