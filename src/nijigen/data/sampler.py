"""In which order pictures are seen: a pure function of (seed, epoch), so training resumes from a single number."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from nijigen.errors import NijigenError
from nijigen.schema import AttributeSchema
from nijigen.seeds import derive

BINS = 8
ROUNDS = 50
MOST_REPEATS = 20.0

Array = np.ndarray[Any, np.dtype[Any]]


class Sampler:
    """Indices of pictures, epoch after epoch.

    Without weights every picture comes once an epoch. With ``weights`` an epoch has as many draws as there are
    pictures, and picture ``i`` comes ``floor`` or ``ceil`` of ``count * weights[i] / sum(weights)`` times in it
    (systematic resampling). The order holds no state: any position can be asked for at any time.

    Args:
        count: pictures in the data set.
        seed: same seed, same order, on every machine and version (raw Philox output, stably sorted).
        weights: ``[count]``, not negative; see :func:`balance_weights`.

    Raises:
        NijigenError: no pictures, or weights that do not fit.
    """

    def __init__(self, count: int, seed: int, weights: "Sequence[float] | Array | torch.Tensor | None" = None) -> None:
        if count < 1:
            raise NijigenError("a sampler needs at least one picture")
        self.count = count
        self.seed = seed
        self._reach: Array | None = None
        self._last = count - 1
        self._cached: tuple[int, Array] | None = None
        if weights is not None:
            given = np.asarray(weights, dtype=np.float64)
            if given.shape != (count,) or not np.isfinite(given).all() or (given < 0).any() or not given.sum() > 0:
                raise NijigenError(f"sampler weights must be {count} numbers, none negative and not all zero")
            self._last = int(np.flatnonzero(given)[-1])
            self._reach = np.cumsum(given) / given.sum() * count

    def indices(self, start: int, n: int) -> torch.Tensor:
        """The ``n`` picture indices after ``start`` pictures were seen, int64 ``[n]``; crosses the ends of epochs."""
        parts = []
        while n > 0:
            epoch, place = divmod(start, self.count)
            part = self._epoch(epoch)[place : place + n]
            parts.append(part)
            start += len(part)
            n -= len(part)
        return torch.from_numpy(np.concatenate(parts) if parts else np.empty(0, np.int64))

    def _epoch(self, epoch: int) -> Array:
        if self._cached is None or self._cached[0] != epoch:
            random = np.random.Philox(key=derive("sampler", self.seed, epoch))
            order = np.argsort(random.random_raw(self.count), kind="stable").astype(np.int64)
            if self._reach is not None:
                offset = random.random_raw() / 2**64
                drawn = np.searchsorted(self._reach, np.arange(self.count) + offset, side="right")
                order = np.minimum(drawn, self._last)[order]
            self._cached = (epoch, order)
        return self._cached[1]


def balance_weights(
    labels: "torch.Tensor | Array", schema: AttributeSchema, attributes: Sequence[str], limit: float = MOST_REPEATS
) -> Array:
    """Weights under which every value of each attribute is drawn equally often; float64 ``[N]`` with mean 1.

    Several attributes are balanced at once by iterative proportional fitting (Deming and Stephan 1940). Pictures that
    do not say a value keep their natural share; a continuous attribute is balanced over eight equal parts of its range.

    Args:
        labels: ``[N, schema.width]``, as :class:`nijigen.data.resident.Resident` holds them.
        attributes: names, in any language of the schema.
        limit: no picture weighs more than this many times the mean, so that a single rare one is not learned by heart.

    Raises:
        SchemaError: an attribute that the schema does not have.
    """
    rows = np.asarray(torch.as_tensor(labels).cpu(), dtype=np.float64)
    if not len(rows):
        return np.ones(0)
    groups = [_groups(rows[:, schema.block(name)], schema[name].continuous) for name in attributes]
    weights: Array = np.ones(len(rows))
    for _ in range(ROUNDS if groups else 0):
        for group in groups:
            known = group >= 0
            sizes = np.bincount(group[known], minlength=1)
            totals = np.bincount(group[known], weights[known], minlength=1)
            share = known.sum() / max(1, np.count_nonzero(sizes))
            factors = np.divide(share, totals, out=np.ones_like(totals), where=totals > 0)
            weights[known] *= factors[group[known]]
        weights = np.minimum(weights / weights.mean(), limit)
    for _ in range(ROUNDS):  # what the limit takes away goes to the others, which may bring them to the limit
        weights = np.minimum(weights / weights.mean(), limit)
    balanced: Array = weights / weights.mean()
    return balanced


def _groups(block: Array, continuous: bool) -> Array:
    """The group of every row, -1 where the attribute is unknown."""
    known = block.any(axis=1)
    place = np.minimum((block[:, 1] * BINS).astype(np.int64), BINS - 1) if continuous else block.argmax(axis=1)
    return np.where(known, place, -1)
