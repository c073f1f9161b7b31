"""Many drawings on all cores, in order, the same whatever the number of workers.

Each worker is a plain child process (``python -m nijigen.illustrator.worker``) that is told its share once and answers
with a stream of pictures. Unlike a multiprocessing pool this never imports the caller's script again, so it works from
notebooks and from scripts without a main guard, and a child ends by itself when its parent goes away.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, Any, Literal, overload

from nijigen.cores import usable_cores
from nijigen.errors import NijigenError
from nijigen.illustrator.character import Character, compose
from nijigen.illustrator.render import check_size, pixels
from nijigen.illustrator.schema import SCHEMA
from nijigen.seeds import SEED_LIMIT, seed_number

if TYPE_CHECKING:
    import numpy as np

    Picture = bytes | np.ndarray[Any, np.dtype[np.uint8]]

CHUNK = 8
AHEAD = 64  # pictures a worker may be ahead of the reader: bounds memory, hides unequal speed
WORTH_WORKERS = 48  # starting a worker costs about as much as drawing this many
SIZE_BYTES = 4


@dataclass(frozen=True)
class Share:
    """What one worker draws: every ``workers``-th chunk of the indices below ``count``, from chunk ``first``."""

    count: int
    seed: int
    size: int
    transparent: bool
    attributes: Mapping[str, Any]
    first: int
    workers: int

    def indices(self) -> Iterator[int]:
        """The indices of this share, ascending."""
        for start in range(self.first * CHUNK, self.count, self.workers * CHUNK):
            yield from range(start, min(start + CHUNK, self.count))

    def draw(self, index: int) -> tuple[Character, bytes]:
        """The character of an index, and its PNG bytes."""
        character = compose(item_seed(self.seed, index), self.attributes)
        return character, character.png(self.size, self.transparent)


def item_seed(seed: int, index: int) -> int:
    """The seed of one drawing of a batch: seeds count up, so that each drawing can be made again alone."""
    return (seed + index) % SEED_LIMIT


@overload
def draw_many(
    count: int,
    seed: int | str = 0,
    size: int = 64,
    channels: int = 3,
    attributes: Mapping[str, Any] | None = None,
    workers: int | None = None,
    as_pixels: Literal[False] = False,
) -> Iterator[tuple[int, Character, bytes]]: ...


@overload
def draw_many(
    count: int,
    seed: int | str = 0,
    size: int = 64,
    channels: int = 3,
    attributes: Mapping[str, Any] | None = None,
    workers: int | None = None,
    *,
    as_pixels: Literal[True],
) -> Iterator[tuple[int, Character, "np.ndarray[Any, np.dtype[np.uint8]]"]]: ...


def draw_many(
    count: int,
    seed: int | str = 0,
    size: int = 64,
    channels: int = 3,
    attributes: Mapping[str, Any] | None = None,
    workers: int | None = None,
    as_pixels: bool = False,
) -> Iterator[tuple[int, Character, Any]]:
    """Draw ``count`` characters; yields ``(index, character, picture)`` in order.

    A picture is the renderer's PNG (RGBA; opaque for ``channels=3``, without background for ``channels=4``), or with
    ``as_pixels`` a uint8 array ``[size, size, channels]`` with straight alpha. ``attributes`` fixes some attributes for
    all. ``workers`` is the number of processes, by default one a core; the result does not depend on it.

    Raises:
        SchemaError: a wrong attribute.
        NijigenError: a size, channels or seed out of range, or a worker that died.
    """
    check_size(size)
    if channels not in (3, 4):
        raise NijigenError(f"channels={channels}: use 3 (RGB) or 4 (RGBA)")
    if count < 0:
        raise NijigenError(f"count={count}: use 0 or more")
    asked = SCHEMA.normalize(attributes or {})
    cores = workers if workers is not None else usable_cores()
    small = workers is None and count * (size / 64) ** 1.4 < WORTH_WORKERS
    cores = 1 if small else max(1, min(cores, -(-count // CHUNK)))
    shares = [Share(count, seed_number(seed), size, channels == 4, asked, first, cores) for first in range(cores)]
    return _finish(shares, channels if as_pixels else 0)


def _finish(shares: list[Share], channels: int) -> Iterator[tuple[int, Character, "Picture"]]:
    drawn = _alone(shares[0]) if len(shares) == 1 else _together(shares)
    for index, character, data in drawn:
        yield index, character, pixels(data, channels) if channels else data


def _alone(share: Share) -> Iterator[tuple[int, Character, bytes]]:
    for index in share.indices():
        yield index, *share.draw(index)


def _together(shares: list[Share]) -> Iterator[tuple[int, Character, bytes]]:
    children: list[_Child] = []
    try:
        children += [_Child(share) for share in shares]
        for index in range(shares[0].count):
            character, data = children[index // CHUNK % len(children)].take()
            yield index, character, data
    finally:
        for child in children:
            child.stop()


def write_drawing(stream: IO[bytes], character: Character, data: bytes) -> None:
    """One drawing on a worker's pipe: the sizes of two parts, the character as JSON, the PNG."""
    head = json.dumps([character.seed, character.attributes]).encode()
    stream.write(b"".join([len(head).to_bytes(SIZE_BYTES, "big"), len(data).to_bytes(SIZE_BYTES, "big"), head, data]))
    stream.flush()


def read_drawing(stream: IO[bytes]) -> tuple[Character, bytes] | None:
    """What :func:`write_drawing` wrote; None at the end of the stream."""
    sizes = stream.read(2 * SIZE_BYTES)
    head = stream.read(int.from_bytes(sizes[:SIZE_BYTES], "big"))
    size = int.from_bytes(sizes[SIZE_BYTES:], "big")
    data = stream.read(size)
    if not size or len(data) < size:
        return None
    seed, attributes = json.loads(head)
    return Character(seed, attributes), data


class _Child:
    """One worker process and the thread that reads it."""

    def __init__(self, share: Share) -> None:
        paths = os.pathsep.join(path for path in sys.path if path)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nijigen.illustrator.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": paths},
        )
        self.queue: queue.Queue[tuple[Character, bytes] | None] = queue.Queue(AHEAD)
        self.stopped = threading.Event()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asdict(share)).encode() + b"\n")
        self.process.stdin.flush()  # stays open: its end tells the worker that the parent is gone
        self.thread = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self.thread.start()

    def _read(self, stream: IO[bytes]) -> None:
        while not self.stopped.is_set():
            drawn = read_drawing(stream)
            while not self.stopped.is_set():
                try:
                    self.queue.put(drawn, timeout=0.2)
                    break
                except queue.Full:
                    continue
            if drawn is None:
                return

    def take(self) -> tuple[Character, bytes]:
        drawn = self.queue.get()
        if drawn is None:
            raise NijigenError(f"a drawing worker ended early (exit code {self.process.wait()}): draw with workers=1")
        return drawn

    def stop(self) -> None:
        self.stopped.set()
        self.process.kill()
        self.process.wait()
        self.thread.join()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
