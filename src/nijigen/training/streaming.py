"""A stream whose data set stays on disk or far away: the same contract as :class:`Stream`, in bounded memory.

The order differs from that of a resident data set, and is as repeatable: a batch is a function of (seed, images seen,
phase). All phases that need pictures see the same ones at a moment, so that each is decoded once an epoch; those that
need only labels draw them in an order of their own, inside of the window that is open.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import psutil
import torch
from torch import Tensor

from nijigen.data.dataset import Dataset
from nijigen.data.resident import MEMORY_SHARE, Resident
from nijigen.data.streaming.shard_store import ShardStore
from nijigen.data.streaming.streamed import BUFFER, Streamed
from nijigen.errors import NijigenError
from nijigen.machine import memory_format
from nijigen.objectives.softening import class_weights
from nijigen.schema import AttributeSchema
from nijigen.seeds import derive
from nijigen.training.adapting import WordedStream
from nijigen.training.growing import at_growth
from nijigen.training.lesson import chances_of
from nijigen.training.metrics import append_line, read_lines, truncate
from nijigen.training.phases import Batch, Phase
from nijigen.training.recipe import Recipe
from nijigen.training.schedule import Moment, stages
from nijigen.training.streams import Stream
from nijigen.training.transfer import Origin

SKIPPED_FILE = "skipped.jsonl"

Order = Literal["resident", "streamed"]


class StreamedStream(Stream):
    """One data set as the phases see it, streamed. Close it at the end: it has threads.

    Attributes:
        labels: ``[M, label_width]`` of the first window's pictures, on the device: a sample, not the whole data set.
        streamed: where the pictures come from.

    Args:
        store: where the shards lie.
        info: ``dataset.json``.
        folder: of the run: shards that are skipped are noted in its ``skipped.jsonl``, and those noted there are
            skipped again, so that a run that goes on is exact.
        warn: told of each skipped shard in a line.
        buffer: bytes for pictures; the order depends on it.
        threads: that decode; see :class:`Streamed`.

    Raises:
        NijigenError: the buffer is too small for a shard, or nothing can be read.
    """

    def __init__(
        self,
        store: ShardStore,
        info: Mapping[str, Any],
        recipe: Recipe,
        device: torch.device,
        folder: Path | None = None,
        warn: Callable[[str], None] = lambda text: None,
        buffer: int = BUFFER,
        threads: int | None = None,
    ) -> None:
        schema = AttributeSchema.from_json(info["schema"])
        self._recipe, self.device, self.schema = recipe, device, schema
        self.label_width = 0 if recipe.labels == "none" else schema.width
        self.blocks = [attribute.width for attribute in schema.attributes] if self.label_width else []
        self._folder, self._warn, self._name = folder, warn, store.name
        # Of the labels as they are in the data set, also where the networks do not get to see them.
        blocks = [schema.block(name) for name in recipe.softening.class_weights]
        self.held_out = torch.empty(0, dtype=torch.int64)
        if recipe.pictures.held_out:
            warn("no pictures are held out: that needs the data set in memory, and this one is streamed")
        self.streamed = Streamed(
            store,
            info,
            derive(recipe.seed, "order", "streamed"),
            buffer=buffer,
            batch=max(stage.batch for stage in stages(recipe)),
            threads=threads,
            balance=recipe.pictures.balance,
            weigh=(lambda rows: class_weights(rows, blocks)(rows)) if blocks else None,
            skipped=_noted(folder),
            on_skip=self._note,
        )
        self.labels = self.streamed.labels[:, : self.label_width].to(device)

    def draw(self, phase: Phase, needs_pictures: bool, moment: Moment, start: int, count: int) -> Batch:
        """``count`` samples for a phase, from position ``start`` in the order of its pictures."""
        if not needs_pictures:
            drawn = self.streamed.draw_labels(phase.name, start, count, since=moment.images)
            return Batch(None, self._seen(drawn.labels, phase, moment, start), drawn.weights.to(self.device))
        drawn = self.streamed.draw(start, count, since=moment.images)
        pictures, found = self._recipe.pictures, drawn.pictures()
        random = torch.Generator().manual_seed(derive(self._recipe.seed, "pictures", phase.name, start))
        batch = Resident(found, drawn.labels, self.schema, self.device)
        images, _ = batch.batch(torch.arange(count), flip=pictures.flip, crop=pictures.crop, generator=random)
        images = at_growth(images, moment.resolution, moment.fade)
        images = images.contiguous(memory_format=memory_format(self.device))
        return Batch(images, self._seen(drawn.labels, phase, moment, start), drawn.weights.to(self.device))

    def look(self, count: int, size: int, moment: Moment, held_out: bool = False) -> Iterator[Batch]:
        """The pictures of the moment's batch alone: others would have to be read for it. None are held out."""
        if held_out:
            return
        for start in range(moment.images, moment.images + min(count, moment.batch), size):
            drawn = self.streamed.draw(start, size, since=moment.images)
            found = Resident(drawn.pictures(), drawn.labels, self.schema, self.device)
            images, labels = found.batch(torch.arange(size))
            images = at_growth(images, moment.resolution, moment.fade)
            images = images.contiguous(memory_format=memory_format(self.device))
            yield Batch(images, labels[:, : self.label_width], torch.ones(size, device=self.device))

    def close(self) -> None:
        """Stop reading ahead."""
        self.streamed.close()

    def _seen(self, labels: Tensor, phase: Phase, moment: Moment, start: int) -> Tensor:
        return self._known(labels[:, : self.label_width].to(self.device), phase, moment, start)

    def _note(self, row: dict[str, Any]) -> None:
        if self._folder is not None:
            append_line(self._folder / SKIPPED_FILE, row)
        places = f"its {row['pictures']:,} places in epoch {row['epoch'] + 1} go to others of its window"
        self._warn(f"{self._name}: {row['shard']} is skipped ({row['reason']}); {places}")


def open_stream(
    dataset: Dataset,
    recipe: Recipe,
    device: torch.device,
    folder: Path,
    warn: Callable[[str], None],
    recorded: Order | None,
    origin: Origin | None = None,
) -> tuple[Stream, Order]:
    """The stream of a run's data set, and which kind it is (see :func:`choose_order`).

    Args:
        origin: a model to begin from; where it is adapted with a judge that is told no labels, words are its own.

    Raises:
        NijigenError: it does not fit in memory or is not whole, the buffer is too small for it, or nothing can be read.
    """
    if origin is not None and recipe.adapt.judge == "labeler":
        dataset.check_whole()
        return WordedStream(dataset, recipe, device, origin.schema, origin.label_rows), "resident"
    order = choose_order(recipe.pictures.stream, dataset.info, recorded, dataset.remote)
    if order == "resident":
        dataset.check_whole()
        return Stream(dataset, recipe, device, chances_of(dataset, recipe) if recipe.lesson.weight else None), order
    if recipe.lesson.weight:
        raise NijigenError("a lesson needs the whole data set in memory: set pictures.stream=never, or lesson.weight=0")
    buffer = recipe.pictures.buffer * 2**20
    return StreamedStream(dataset.store, dataset.info, recipe, device, folder, warn, buffer), order


def choose_order(setting: str, info: Mapping[str, Any], recorded: Order | None, remote: bool = False) -> Order:
    """Whether a data set is decoded into memory as a whole or streamed.

    Args:
        setting: ``always``, ``never``, or ``auto``: streamed where it is far away or would not fit.
        info: ``dataset.json``.
        recorded: what a run that goes on was begun with. It wins over ``auto``: the two orders differ, and how much
            memory is free must not decide what a run that goes on sees.
        remote: the data set is not a folder of this machine.
    """
    if setting != "auto":
        return "streamed" if setting == "always" else "resident"
    if recorded is not None:
        return recorded
    width = AttributeSchema.from_json(info["schema"]).width
    needed = info["count"] * (info["channels"] * info["resolution"] ** 2 + 4 * width)
    return "streamed" if remote or needed > MEMORY_SHARE * psutil.virtual_memory().available else "resident"


def skipped_sentence(rows: list[dict[str, Any]], images: int) -> str | None:
    """One line about the rows of ``skipped.jsonl`` for reports and cards; None where there are none.

    Args:
        images: real images seen. What was found out while reading ahead is not told yet: how far ahead that was
            depends on the clock, and a model must not.
    """
    seen = [row for row in rows if row["position"] < images]
    if not seen:
        return None
    shards, pictures = len({row["shard"] for row in seen}), sum(row["pictures"] for row in seen)
    reasons = "; ".join(sorted({str(row["reason"]) for row in seen}))
    return f"{shards:,} shard{'' if shards == 1 else 's'} skipped, {pictures:,} pictures in all epochs ({reasons})"


def _noted(folder: Path | None) -> list[dict[str, Any]]:
    """The rows of a run's ``skipped.jsonl``; what a crash left half-written is cleared away."""
    if folder is None:
        return []
    truncate(folder / SKIPPED_FILE, 0)  # its rows carry no number of images: all whole ones stay
    needed = {"epoch": int, "position": int, "shard": str, "pictures": int, "reason": str}
    rows = read_lines(folder / SKIPPED_FILE)
    return [row for row in rows if all(isinstance(row.get(key), kind) for key, kind in needed.items())]
