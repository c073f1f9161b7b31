"""Many drawings on all cores, in order, the same whatever the number of workers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nijigen.cores import usable_cores
from nijigen.crew import in_order
from nijigen.errors import NijigenError
from nijigen.illustrator.character import Character, compose
from nijigen.illustrator.render import check_size
from nijigen.illustrator.schema import SCHEMA
from nijigen.remaining import remaining
from nijigen.schema import Labels
from nijigen.seeds import SEED_LIMIT, seed_number

CHUNK = 8  # drawings a task
WORTH_WORKERS = 48  # starting a worker costs about as much as drawing this many


@dataclass(frozen=True)
class Task:
    """A few drawings in a row: the unit that is sent to a worker."""

    start: int
    stop: int
    seed: int
    size: int
    transparent: bool
    attributes: Labels
    avoid: Mapping[str, Any]


def draw_task(task: Task) -> list[tuple[int, Character, bytes]]:
    """Index, character and PNG bytes of each drawing of a task."""
    characters = [
        compose(item_seed(task.seed, index), task.attributes, task.avoid) for index in range(task.start, task.stop)
    ]
    return [
        (task.start + place, character, character.png(task.size, task.transparent))
        for place, character in enumerate(characters)
    ]


def item_seed(seed: int, index: int) -> int:
    """The seed of one drawing of a batch: seeds count up, so that each drawing can be made again alone."""
    return (seed + index) % SEED_LIMIT


def draw_many(
    count: int,
    seed: int | str = 0,
    size: int = 64,
    channels: int = 3,
    attributes: Mapping[str, Any] | None = None,
    workers: int | None = None,
    avoid: Mapping[str, Any] | None = None,
) -> Iterator[tuple[int, Character, bytes]]:
    """Draw ``count`` characters; yields ``(index, character, picture)`` in order.

    A picture is the renderer's PNG (RGBA; opaque for ``channels=3``, without background for ``channels=4``);
    :func:`nijigen.illustrator.render.pixels` decodes it. ``attributes`` fixes some attributes for all; chance leaves
    out the values in ``avoid``. ``workers`` is the number of processes, by default one a core; the result does not
    depend on it.

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
    unwanted = dict(avoid or {})
    remaining(SCHEMA, unwanted, asked)  # a mistake is told before the first worker starts
    first = seed_number(seed)
    small = workers is None and count * (size / 64) ** 1.4 < WORTH_WORKERS
    cores = 1 if small else workers if workers is not None else usable_cores()
    tasks = (
        Task(start, min(start + CHUNK, count), first, size, channels == 4, asked, unwanted)
        for start in range(0, count, CHUNK)
    )
    return _one_by_one(in_order(draw_task, tasks, max(1, min(cores, -(-count // CHUNK)))))


def _one_by_one(done: Iterator[list[tuple[int, Character, bytes]]]) -> Iterator[tuple[int, Character, bytes]]:
    for drawn in done:
        yield from drawn
