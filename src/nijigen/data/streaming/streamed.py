"""A data set larger than memory: batches by position, decoded ahead of use, in bounded memory.

    store = ShardStore("s3://bucket/faces")
    with Streamed(store, store.description(), seed=0) as streamed:
        drawn = streamed.draw(start=0, count=64)          # the first 64 pictures of the order
        print(drawn.images.shape, drawn.labels.shape)     # uint8 [64, C, H, W], float32 [64, width]

What is at a position is a function of (data set, seed, buffer) and of the shards that could not be read, never of how
fast a thread was; so training goes on from the number of images seen alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nijigen.cores import usable_cores
from nijigen.data.stored import decode_into
from nijigen.data.streaming.order import Piece, StreamedOrder, WindowKey
from nijigen.data.streaming.shard_store import ShardStore
from nijigen.data.streaming.windows import DECODED_SHARE, Weigh, Window, WindowReader, readers_for
from nijigen.schema import AttributeSchema

BUFFER = 2**30
CHUNK, CHUNK_BYTES = 64, 2**22  # pictures a thread decodes at a time
AHEAD = 512  # pictures decoded ahead of use at least, where the buffer allows it
PICTURES = "pictures"  # the order that all who need pictures share, so that each is decoded once
LABEL_ROWS = 2**16

ChunkKey = tuple[WindowKey, int]


@dataclass(frozen=True)
class Drawn:
    """Samples of a streamed data set.

    Attributes:
        images: uint8 ``[N, C, H, W]``, colours premultiplied by alpha; None where only labels were asked for.
        labels: float32 ``[N, width]``.
        weights: float32 ``[N]``.
    """

    images: Tensor | None
    labels: Tensor
    weights: Tensor

    def pictures(self) -> Tensor:
        """The pictures, where they were asked for."""
        if self.images is None:
            raise ValueError("only labels were drawn")
        return self.images


class Streamed:
    """The pictures of a data set by their position in an endless shuffled order.

    Attributes:
        schema: what the label columns are.
        shape: ``(C, H, W)`` of the pictures.
        labels: float32 ``[M, width]``: of the first window, for what wants to see some labels of the data set.
        readers: shards a window has: they are open at once and shuffled together.
        peak: the most bytes it ever held.

    Args:
        store: where the shards lie.
        info: ``dataset.json``.
        seed: same seed, same order.
        buffer: bytes for encoded pictures (two windows) and decoded ones (an eighth of it, or what two batches need).
        batch: the largest number of pictures asked for at a time.
        threads: that decode; None takes half of the cores, and at least one.
        balance: attributes whose values are to be seen equally often; each window is balanced for itself.
        weigh: label rows of a window → weights of its pictures.
        skipped: rows of :attr:`skipped` of a run that goes on.
        on_skip: told of each shard that was skipped, from the thread that draws.

    Raises:
        NijigenError: the buffer is too small for a shard, or nothing can be read.
    """

    def __init__(
        self,
        store: ShardStore,
        info: Mapping[str, Any],
        seed: int,
        *,
        buffer: int = BUFFER,
        batch: int = 64,
        threads: int | None = None,
        balance: Sequence[str] = (),
        weigh: Weigh | None = None,
        skipped: Iterable[Mapping[str, Any]] = (),
        on_skip: Callable[[dict[str, Any]], None] = lambda row: None,
    ) -> None:
        self.schema = AttributeSchema.from_json(info["schema"])
        self.shape = (int(info["channels"]), int(info["resolution"]), int(info["resolution"]))
        rows = info["shards"]
        picture = self.shape[0] * self.shape[1] * self.shape[2]
        self.readers = readers_for(rows, self.schema.width, buffer)
        self._chunk = max(1, min(CHUNK, CHUNK_BYTES // picture))
        self._ahead = max(batch, min(AHEAD, buffer // DECODED_SHARE // picture - batch))
        order = StreamedOrder([row["count"] for row in rows], seed, self.readers)
        self._order, self._store = order, store
        self._windows = WindowReader(store, rows, self.schema, order, balance, weigh, skipped)
        self._told, self._on_skip = len(self._windows.skipped), on_skip
        threads = max(1, usable_cores() // 2) if threads is None else threads
        self._decoders = ThreadPoolExecutor(threads, "decode")
        self._chunks: dict[ChunkKey, Future[Tensor]] = {}
        self._batch, self._since, self._moving = batch, -1, False
        self.peak = 0
        try:
            self.labels = self._windows.get(WindowKey(0, 0)).labels[:LABEL_ROWS].clone()
        except BaseException:
            self.close()
            raise

    def __len__(self) -> int:
        return self._order.count

    def __enter__(self) -> "Streamed":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def skipped(self) -> list[dict[str, Any]]:
        """A row for each shard that was left out; see :class:`WindowReader`."""
        return list(self._windows.skipped)

    @property
    def nbytes(self) -> int:
        """What is held now: encoded windows and decoded pictures, those under way included."""
        return self._windows.nbytes + len(self._chunks) * self._chunk * self.shape[0] * self.shape[1] * self.shape[2]

    def draw(self, start: int, count: int, since: int | None = None) -> Drawn:
        """``count`` samples from position ``start`` on, with their pictures.

        Args:
            since: the lowest position that will be asked for again; what is before it is let go of.

        Raises:
            NijigenError: a picture is broken, or no shard can be read any more.
        """
        windows, pieces = self._open(start, count, since)
        self._decode_ahead(start if since is None else min(since, start), start + count)
        images = torch.cat([self._pictures(windows[piece.key], piece) for piece in pieces])
        self.peak = max(self.peak, self.nbytes)
        return Drawn(images, *_rows(windows, pieces, PICTURES))

    def draw_labels(self, purpose: str, start: int, count: int, since: int | None = None) -> Drawn:
        """The same without pictures, and in an order of its own inside of each window: one for each ``purpose``."""
        windows, pieces = self._open(start, count, since)
        return Drawn(None, *_rows(windows, pieces, purpose))

    def _open(self, start: int, count: int, since: int | None) -> "tuple[dict[WindowKey, Window], list[Piece]]":
        """The windows of some positions, and the next one begun."""
        since = start if since is None else min(since, start)
        if since != self._since:  # a single look somewhere is not followed by the next batch; training is
            self._moving = since - self._batch <= self._since < since
            self._since = since
        needed = {piece.key for piece in self._order.pieces(since, start + count - since)}
        if self._moving and len(needed) == 1:  # never more than two, unless the batch itself lies in more
            needed.add(self._order.following(next(iter(needed))))
        self._windows.keep(needed)
        for key in sorted(needed):
            self._windows.begin(key)
        pieces = self._order.pieces(start, count)
        windows = {piece.key: self._windows.get(piece.key) for piece in pieces}
        self._report()
        return windows, pieces

    def close(self) -> None:
        """Stop the threads; what is under way is not waited for."""
        self._windows.close()
        self._decoders.shutdown(wait=False, cancel_futures=True)
        self._chunks.clear()

    def _report(self) -> None:
        rows = self._windows.skipped
        while self._told < len(rows):
            self._told += 1
            self._on_skip(dict(rows[self._told - 1]))

    def _decode_ahead(self, since: int, end: int) -> None:
        """Begin to decode what is needed now and next, and let go of what is behind."""
        wanted: list[ChunkKey] = []
        for piece in self._order.pieces(since, end + self._ahead - since):
            if self._windows.ready(piece.key):
                chunks = range(piece.start // self._chunk, (piece.start + piece.count - 1) // self._chunk + 1)
                wanted += [(piece.key, chunk) for chunk in chunks]
        for key in self._chunks.keys() - set(wanted):
            self._chunks.pop(key).cancel()
        for key in wanted:
            self._begin(key)

    def _begin(self, key: ChunkKey) -> "Future[Tensor]":
        if key not in self._chunks:
            window = self._windows.get(key[0])
            first = key[1] * self._chunk
            places = window.order(PICTURES, first, min(self._chunk, len(window) - first)).tolist()
            self._chunks[key] = self._decoders.submit(self._decode, window, places)
        return self._chunks[key]

    def _pictures(self, window: Window, piece: Piece) -> Tensor:
        """The pictures of a piece, from the chunks it lies in."""
        parts = []
        start, end = piece.start, piece.start + piece.count
        for chunk in range(start // self._chunk, (end - 1) // self._chunk + 1):
            base = chunk * self._chunk
            parts.append(self._begin((window.key, chunk)).result()[max(0, start - base) : end - base])
        return torch.cat(parts)

    def _decode(self, window: Window, places: list[int]) -> Tensor:
        pixels = np.empty((len(places), *self.shape), np.uint8)
        for place, row in zip(places, pixels, strict=True):
            decode_into(window.encoded(place), row, f"{self._store.name}: a picture")
        return torch.from_numpy(pixels)


def _rows(windows: "dict[WindowKey, Window]", pieces: list[Piece], purpose: str) -> tuple[Tensor, Tensor]:
    """Labels and weights of some pieces in the order of a purpose."""
    places = [(windows[piece.key], windows[piece.key].order(purpose, piece.start, piece.count)) for piece in pieces]
    labels = torch.cat([window.labels[rows] for window, rows in places])
    return labels, torch.cat([window.weights[rows] for window, rows in places])
