"""In which order a streamed data set is seen: a pure function of (seed, epoch, position), with no state to keep.

Each epoch has its own permutation of the shards. As many consecutive ones as there are readers make a *window*, the
shuffle buffer: its shards are open at once and its pictures come in an order of their own. So the picture at any
position is known without reading what came before, and a run that goes on there reads only the shards of that window.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nijigen.errors import NijigenError
from nijigen.seeds import derive

Array = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True, order=True)
class WindowKey:
    """Which window: the ``index``-th of an epoch."""

    epoch: int
    index: int


@dataclass(frozen=True, slots=True)
class Piece:
    """``count`` consecutive places of a window, from ``start``."""

    key: WindowKey
    start: int
    count: int


class StreamedOrder:
    """Windows of shards, epoch after epoch.

    Args:
        counts: pictures in each shard; shards without any are passed over.
        seed: same seed, same order, on every machine and version (raw Philox output, stably sorted).
        readers: how many shards a window has at most. Windows of an epoch differ by one shard at most.

    Raises:
        NijigenError: no pictures, or fewer than one reader.
    """

    def __init__(self, counts: Sequence[int], seed: int, readers: int) -> None:
        if readers < 1:
            raise NijigenError(f"streaming needs at least one reader, not {readers}")
        self.counts = np.asarray(counts, np.int64)
        self.count = int(self.counts.sum())
        if self.count < 1:
            raise NijigenError("a streamed data set needs at least one picture")
        self.seed = seed
        self.readers = readers
        self._shards: Array = np.flatnonzero(self.counts).astype(np.int64)
        self.windows = -(-len(self._shards) // readers)
        self._bounds = np.arange(self.windows + 1) * len(self._shards) // self.windows
        self._cached: dict[int, tuple[Array, Array]] = {}

    def shards(self, key: WindowKey) -> list[int]:
        """The numbers of the shards of a window."""
        order, _ = self._epoch(key.epoch)
        return [int(shard) for shard in order[self._bounds[key.index] : self._bounds[key.index + 1]]]

    def size(self, key: WindowKey) -> int:
        """How many pictures a window has."""
        _, ends = self._epoch(key.epoch)
        return int(ends[key.index] - (ends[key.index - 1] if key.index else 0))

    def first(self, key: WindowKey) -> int:
        """The position of a window's first picture."""
        _, ends = self._epoch(key.epoch)
        return key.epoch * self.count + (int(ends[key.index - 1]) if key.index else 0)

    def pieces(self, start: int, count: int) -> list[Piece]:
        """Where the ``count`` pictures after ``start`` seen ones lie; crosses the ends of windows and epochs."""
        found = []
        while count > 0:
            epoch, place = divmod(start, self.count)
            _, ends = self._epoch(epoch)
            index = int(np.searchsorted(ends, place, side="right"))
            here = min(count, int(ends[index]) - place)
            first = place - (int(ends[index - 1]) if index else 0)
            found.append(Piece(WindowKey(epoch, index), first, here))
            start += here
            count -= here
        return found

    def following(self, key: WindowKey) -> WindowKey:
        """The window after one."""
        return WindowKey(key.epoch, key.index + 1) if key.index + 1 < self.windows else WindowKey(key.epoch + 1, 0)

    def _epoch(self, epoch: int) -> tuple[Array, Array]:
        """The shards of an epoch in order, and where each of its windows ends."""
        found = self._cached.get(epoch)
        if found is None:
            order = self._shards[permutation(len(self._shards), "shards", self.seed, epoch)]
            ends = np.cumsum(self.counts[order])[self._bounds[1:] - 1]
            found = (order, ends)
            # A batch lies in two epochs at most. A new table rather than a changed one: threads may be reading.
            self._cached = {**{key: value for key, value in self._cached.items() if key == epoch - 1}, epoch: found}
        return found


def permutation(count: int, *purpose: int | str) -> Array:
    """An order of ``count`` things that depends on the purpose alone, int64 ``[count]``."""
    random = np.random.Philox(key=derive(*purpose))
    return np.argsort(random.random_raw(count), kind="stable").astype(np.int64)
