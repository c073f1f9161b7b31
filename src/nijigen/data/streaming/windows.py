"""Windows of a streamed data set: the shards of the shuffle buffer in memory, read ahead of use by many readers.

A shard that cannot be read is left out, and its places are taken by other pictures of its window, so that every place
keeps its meaning and an epoch its length.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nijigen.data.sampler import Sampler, balance_weights
from nijigen.data.streaming.order import Array, StreamedOrder, WindowKey, permutation
from nijigen.data.streaming.packed import LabelReader, PackedShard
from nijigen.data.streaming.shard_store import ShardError, ShardStore
from nijigen.errors import NijigenError
from nijigen.schema import AttributeSchema
from nijigen.seeds import derive

MOST_READERS = 16
DECODED_SHARE = 8  # one part in so many of the buffer is for decoded pictures
MOST_FAILED = 16  # shards in a row that cannot be read, after which a run stops: then it is the place that fails

Weigh = Callable[[Tensor], Tensor]


class Window:
    """Some shards, and which of their pictures has which place.

    Attributes:
        labels: float32 ``[N, width]`` by place.
        weights: float32 ``[N]``: how much each counts in the losses.
        nbytes: memory it holds.
    """

    def __init__(
        self,
        key: WindowKey,
        shards: Sequence[PackedShard],
        places: "tuple[Array, Array]",
        seed: int,
        schema: AttributeSchema,
        balance: Sequence[str],
        weigh: Weigh | None,
    ) -> None:
        self.key = key
        self._shards, (self._shard, self._index) = list(shards), places
        self._seed = seed
        self._samplers: dict[str, Sampler] = {}
        labels = np.zeros((len(self._shard), schema.width), np.float32)
        for number, shard in enumerate(self._shards):
            mine = self._shard == number
            labels[mine] = shard.labels[self._index[mine]]
            shard.labels = shard.labels[:0].copy()  # they are all in one table now
        self.labels = torch.from_numpy(labels)
        self.weights = torch.ones(len(labels)) if weigh is None else weigh(self.labels).float()
        self._balance = balance_weights(self.labels, schema, balance) if balance else None
        held = sum(len(shard.data) + shard.starts.nbytes + shard.sizes.nbytes for shard in self._shards)
        self.nbytes = held + labels.nbytes + self.weights.nbytes + self._shard.nbytes + self._index.nbytes

    def __len__(self) -> int:
        return len(self._shard)

    def order(self, purpose: str, start: int, count: int) -> Tensor:
        """Places int64 ``[count]`` in the order of a purpose, from its ``start``-th on: each once, or by the balance.

        Under a balance a window has as many draws as pictures, and rare values come more often in it.
        """
        sampler = self._samplers.get(purpose)
        if sampler is None:
            seed = derive("window", self._seed, self.key.epoch, self.key.index, purpose)
            sampler = self._samplers[purpose] = Sampler(len(self), seed, self._balance)
        return sampler.indices(start, count)

    def encoded(self, place: int) -> bytes:
        """The picture at a place, as it is stored."""
        shard: PackedShard = self._shards[int(self._shard[place])]
        return shard.encoded(int(self._index[place]))


class WindowReader:
    """Reads windows in the background, several shards at once.

    Attributes:
        skipped: a row for each shard that was left out: ``epoch``, ``position`` (of the first picture of its window),
            ``shard`` (its file), ``pictures`` and ``reason``.

    Args:
        skipped: rows of before: what was left out then is left out again, without a try, so that a run that goes on
            sees the pictures that an unbroken one would.
    """

    def __init__(
        self,
        store: ShardStore,
        rows: Sequence[Mapping[str, Any]],
        schema: AttributeSchema,
        order: StreamedOrder,
        balance: Sequence[str] = (),
        weigh: Weigh | None = None,
        skipped: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        self._store, self._rows, self._schema, self._order = store, rows, schema, order
        self._balance, self._weigh = tuple(balance), weigh
        self._labels = LabelReader(schema)
        self.skipped: list[dict[str, Any]] = [dict(row) for row in skipped]
        self._known = {(row["epoch"], row["shard"]): row["reason"] for row in self.skipped}
        self._lock = threading.Lock()
        self._held: dict[WindowKey, Future[Window]] = {}
        self._loader = ThreadPoolExecutor(1, "window")
        self._readers = ThreadPoolExecutor(min(order.readers, 8), "shard")

    def begin(self, key: WindowKey) -> None:
        """Start to read a window, unless that has happened."""
        if key not in self._held:
            self._held[key] = self._loader.submit(self._load, key)

    def get(self, key: WindowKey) -> Window:
        """A window, waited for if need be.

        Raises:
            NijigenError: neither it nor its neighbours could be read.
        """
        self.begin(key)
        try:
            return self._held[key].result()
        except BaseException:
            self._held.pop(key, None)
            raise

    def ready(self, key: WindowKey) -> bool:
        """Whether a window can be had at once."""
        future = self._held.get(key)
        return future is not None and future.done() and future.exception() is None

    def keep(self, keys: Iterable[WindowKey]) -> None:
        """Let go of all other windows."""
        kept = set(keys)
        for key in [key for key in self._held if key not in kept]:
            self._held.pop(key).cancel()

    @property
    def nbytes(self) -> int:
        """Memory of the windows held, those under way counted as if they were there."""
        total = 0
        for key, future in list(self._held.items()):
            done = future.done() and not future.cancelled() and future.exception() is None
            total += future.result().nbytes if done else sum(self._rows[s]["bytes"] for s in self._order.shards(key))
        return total

    def close(self) -> None:
        """Stop reading."""
        self._store.close()
        self._loader.shutdown(wait=False, cancel_futures=True)
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._held.clear()

    def _load(self, key: WindowKey) -> Window:
        numbers = self._order.shards(key)
        found = self._read(key)
        shards = [shard for shard in found if shard is not None]
        if not shards:
            shards = self._neighbours(key)
        places = self._places(key, [self._rows[number]["count"] for number in numbers], found, shards)
        return Window(key, shards, places, self._order.seed, self._schema, self._balance, self._weigh)

    def _places(
        self, key: WindowKey, counts: list[int], found: "list[PackedShard | None]", shards: list[PackedShard]
    ) -> tuple[Array, Array]:
        """For each place: the number of its shard and the picture in it. Gaps are filled evenly from what was read."""
        numbers, indices, at = [], [], 0
        for count, shard in zip(counts, found, strict=True):
            numbers.append(np.full(count, -1 if shard is None else at, np.int64))
            indices.append(np.arange(count, dtype=np.int64))
            at += shard is not None
        shard_of, index_of = np.concatenate(numbers), np.concatenate(indices)
        gaps = np.flatnonzero(shard_of < 0)
        if len(gaps):
            pool_shard = np.repeat(np.arange(len(shards)), [len(shard) for shard in shards])
            pool_index = np.concatenate([np.arange(len(shard)) for shard in shards])
            chosen = permutation(len(pool_shard), "fill", self._order.seed, key.epoch, key.index)
            chosen = np.resize(chosen, len(gaps))  # repeated where there are more gaps than pictures
            shard_of[gaps], index_of[gaps] = pool_shard[chosen], pool_index[chosen]
        return shard_of, index_of

    def _neighbours(self, key: WindowKey) -> list[PackedShard]:
        """Shards of the next window that has any, for one that has none."""
        failed = len(self._order.shards(key))
        for further in range(1, self._order.windows):
            if failed >= MOST_FAILED:
                break
            neighbour = WindowKey(key.epoch, (key.index + further) % self._order.windows)
            found = self._read(neighbour)
            if shards := [shard for shard in found if shard is not None]:
                return shards
            failed += len(found)
        why = self.skipped[-1]["reason"] if self.skipped else "reading was stopped"
        raise NijigenError(f"{self._store.name}: none of {failed} shards in a row could be read (the last: {why})")

    def _read(self, key: WindowKey) -> "list[PackedShard | None]":
        """The shards of a window; None for each that cannot be had, with a row that says so."""
        rows = [self._rows[number] for number in self._order.shards(key)]
        found: list[PackedShard | None] = []
        # Many wait for disk and network, one looks into what they bring: that takes Python's lock, as training does.
        for row, read in zip(rows, [self._readers.submit(self._bytes, key.epoch, row) for row in rows], strict=True):
            try:
                shard = PackedShard(read.result(), self._labels)
                if len(shard) != row["count"]:
                    raise ValueError(f"it holds {len(shard):,} pictures, not {row['count']:,}")
                found.append(shard)
            except (ShardError, ValueError) as error:
                self._note(key, row, str(error))
                found.append(None)
        return found

    def _bytes(self, epoch: int, row: Mapping[str, Any]) -> bytes:
        if (known := self._known.get((epoch, row["file"]))) is not None:
            raise ShardError(known)
        return self._store.read(row)

    def _note(self, key: WindowKey, row: Mapping[str, Any], reason: str) -> None:
        name = (key.epoch, row["file"])
        if name in self._known or self._store.closed:
            return
        found = {"epoch": key.epoch, "position": self._order.first(key), "shard": row["file"]}
        with self._lock:
            self._known[name] = reason
            self.skipped.append({**found, "pictures": row["count"], "reason": reason})


def readers_for(rows: Sequence[Mapping[str, Any]], width: int, buffer: int) -> int:
    """How many shards a window has: as many as fit twice (the window in use and the next), at most 16.

    A function of the data set and the recipe alone, never of the machine: the order of the pictures depends on it.

    Args:
        rows: the shards of ``dataset.json``.
        width: columns of the labels.
        buffer: bytes for both windows, and for an eighth of it decoded pictures.

    Raises:
        NijigenError: not even one shard fits.
    """
    # A label row and a weight of 4 bytes a column, and where the picture lies: 32 bytes.
    largest = max(int(row["bytes"] + row["count"] * (4 * width + 36)) for row in rows)
    readers = (buffer - buffer // DECODED_SHARE) // (2 * max(1, largest))
    if readers < 1:
        needed = -(-2 * largest * DECODED_SHARE // (DECODED_SHARE - 1) // 2**20) + 1
        raise NijigenError(
            f"a buffer of {buffer // 2**20:,} MiB is too small to stream shards of up to {largest / 2**20:,.0f} MiB:"
            f" set pictures.buffer={needed} or more"
        )
    return min(MOST_READERS, readers)
