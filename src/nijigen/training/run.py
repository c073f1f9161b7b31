"""A run: the folder a training writes, and how it is begun, gone on with and ended.

``recipe.toml`` (complete), ``metrics.jsonl``, ``probes.jsonl``, ``timing.jsonl``, ``samples/``, ``checkpoints/``,
``model/`` (the averaged generator so far), ``best/`` (the best one by the recipe's quick metric) and ``report.html``.
Models have a ``README.md`` for whoever gets them.
Training into a folder that has checkpoints goes on from the newest whole one.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nijigen.cards.model import SAMPLES_FILE, model_readme
from nijigen.cards.readme import README_FILE, keep_card, names_in
from nijigen.doctor import page
from nijigen.files import printable, write_bytes
from nijigen.machine import describe
from nijigen.models.contract import Shape
from nijigen.models.onlooker import Onlooker
from nijigen.models.package import make_card, save_model
from nijigen.training import metrics
from nijigen.training.checkpoint import save_checkpoint
from nijigen.training.examination import examine, read_case
from nijigen.training.guards import DivergedError
from nijigen.training.kind import Kind, Order, QuickLook, Sheet
from nijigen.training.loop import Trainer
from nijigen.training.probe import PROBE_FILE
from nijigen.training.report import write_report
from nijigen.training.schedule import moment
from nijigen.training.sources import Sources
from nijigen.training.state import Window
from nijigen.training.streaming import StreamedStream, skipped_sentence
from nijigen.training.streams import Stream


@dataclass
class Run:
    """A run in the making: where it is and what it trains."""

    folder: Path
    sources: Sources
    trainer: Trainer
    kind: Kind
    sheet: Sheet
    started_at: int  # real images seen when this process took over
    origin: dict[str, Any] | None = None  # name, digest and ancestors of the model it began from
    order: Order = "resident"  # how its pictures come, which must not change on the way
    quick: QuickLook | None = None
    say: Callable[[str], None] = lambda text: None
    told: frozenset[str] = frozenset()  # illnesses, and cards that are somebody's own, that were said already

    @property
    def model_folder(self) -> Path:
        """Where the averaged generator lies."""
        return self.folder / "model"

    @property
    def stream(self) -> Stream:
        """The stream whose pictures are counted."""
        return next(iter(self.trainer.streams.values()))

    def samples(self) -> None:
        """Write the sample sheet of this moment."""
        path = self.folder / "samples" / f"{self.trainer.state.images:09d}.png"
        self.sheet.write(path, self.trainer.state.average, self.trainer.device)

    def metrics(self, seconds: float) -> None:
        """Write a line of metrics, and one of timing, and begin a new window."""
        state = self.trainer.state
        metrics.append_line(self.folder / metrics.METRICS_FILE, {"images": state.images, **state.window.means()})
        timing = {"images": state.images, "since": self.started_at, "seconds": round(seconds, 3)}
        timing |= {f"seconds.{name}": round(value, 3) for name, value in self.trainer.seconds.items()}
        metrics.append_line(self.folder / metrics.TIMING_FILE, timing)
        state.window = Window()

    def last_metrics(self) -> None:
        """Write what was gathered since the last line as a line of its own, where the run ends between two.

        The window goes on: a run that is taken up again drops this line, and writes those of an unbroken one.
        """
        state = self.trainer.state
        if state.window.counts:
            metrics.append_line(self.folder / metrics.METRICS_FILE, {"images": state.images, **state.window.means()})

    def probe(self) -> None:
        """Write a row of ``probes.jsonl``, and say what the doctor sees for the first time."""
        metrics.append_line(self.folder / PROBE_FILE, self.kind.probe(self.trainer))
        case = read_case(self.folder, self.trainer.recipe)
        for finding in examine(case).findings:
            if finding.illness not in self.told:
                self.say(page.line(finding, case.images))
                self.told |= {finding.illness}

    def judge(self) -> None:
        """Measure by the quick metric, and keep the model where it is the best so far."""
        if self.quick is None:
            return
        state = self.trainer.state
        value = self.quick.measure(state.average)
        state.window.add({self.quick.name: value})
        if self.quick.is_best(value, state.memory):
            self.save_model(self.folder / "best", metrics=self.quick.facts(value))

    def checkpoint(self) -> None:
        """Write a checkpoint, the model so far and the report."""
        trainer, recipe = self.trainer, self.trainer.recipe
        facts = {
            "recipe": recipe.model_dump(mode="json"),
            "dataset": self.sources.digest,
            "machine": describe(trainer.device),
            "window": {"sums": trainer.state.window.sums, "counts": trainer.state.window.counts},
            "memory": trainer.state.memory,
            "origin": self.origin,
            "order": self.order,
            **self.kind.remembered(),
        }
        folder = self.folder / "checkpoints"
        save_checkpoint(folder, trainer.state.images, trainer.state.tensors(), facts, recipe.output.keep)
        self.publish()

    def publish(self) -> None:
        """Write the model so far and the report."""
        self.save_model()
        write_report(self.folder, self.trainer.recipe, self.sources.told(self._skipped()), self.kind.caption)

    def close(self) -> None:
        """Stop whatever reads ahead."""
        for stream in self.trainer.streams.values():
            if isinstance(stream, StreamedStream):
                stream.close()

    def _skipped(self) -> str | None:
        """What could not be read of the data set, as a sentence."""
        stream = self.stream
        if not isinstance(stream, StreamedStream):
            return None
        return skipped_sentence(stream.streamed.skipped, self.trainer.state.images)

    def save_model(self, folder: Path | None = None, **more: Any) -> str:
        """Write the averaged generator as a model, with the discriminator, samples and a card; returns its digest.

        Args:
            folder: by default that of the newest model.
            more: for the card.
        """
        trainer, recipe = self.trainer, self.trainer.recipe
        stream = self.stream
        card = make_card(
            Shape(recipe.resolution, recipe.channels, stream.label_width),
            recipe.family,
            recipe.network,
            stream.schema if stream.label_width else type(stream.schema)(),
            name=printable(self.folder.resolve().name),
            recipe=recipe.model_dump(mode="json"),
            images_seen=trainer.state.images,
            licence=self.sources.licence,
            **self.kind.facts(self.sources, trainer.streams, self._skipped()),
            **({"origin": self.origin} if self.origin else {}),
            **more,
        )
        discriminator = trainer.state.networks.get("discriminator")
        if isinstance(discriminator, Onlooker):
            discriminator = None  # no model begins from a judge that is not its family's
        place = folder or self.model_folder
        digest = save_model(place, trainer.state.average, card, stream.labels.cpu(), discriminator)
        self._show(place, {**card, "digest": digest})
        return digest

    def _show(self, place: Path, card: dict[str, Any]) -> None:
        """Samples and ``README.md`` beside a model, unless a person's README lies there."""
        sheet = self.folder / "samples" / f"{self.trainer.state.images:09d}.png"
        if sheet.is_file():
            write_bytes(place / SAMPLES_FILE, sheet.read_bytes())
        else:
            self.sheet.write(place / SAMPLES_FILE, self.trainer.state.average, self.trainer.device)
        path = place / README_FILE
        if not keep_card(place, model_readme(card, names_in(place))) and str(path) not in self.told:
            self.say(f"{path} is somebody's own: it stays as it is")
            self.told |= {str(path)}


def advance(run: Run, stop: Callable[[], bool], on_step: Callable[[int], None]) -> None:
    """Train until the recipe's images are seen or ``stop`` says so; ends with a checkpoint either way.

    The clock decides only when an extra checkpoint is written, which touches neither weights nor random state.
    """
    trainer, output, probing = run.trainer, run.trainer.recipe.output, run.trainer.recipe.probe.every
    judged, alone = trainer.recipe.metrics.every, trainer.recipe.lesson.alone  # players that do not play are not probed
    started = saved = time.monotonic()
    saved_at = run.started_at
    if trainer.state.images == 0 and not list((run.folder / "samples").glob("*.png")):
        run.samples()
    while not trainer.finished and not stop():
        before = trainer.state.images
        try:
            trainer.step()
        except DivergedError as error:
            # Of the batch that was not finished: going on from a checkpoint before it takes the row back.
            reached = before + moment(trainer.recipe, before).batch
            metrics.append_line(run.folder / PROBE_FILE, {"images": reached, "diverged": str(error)})
            raise
        now = trainer.state.images
        on_step(now - before)
        if before // judged < now // judged:
            run.judge()
        if before // output.metrics_every < now // output.metrics_every:
            run.metrics(time.monotonic() - started)
        if probing and before >= alone and before // probing < now // probing:
            run.probe()
        if trainer.finished or before // output.samples_every < now // output.samples_every:
            run.samples()
        due = before // output.checkpoint_every < now // output.checkpoint_every
        if due or time.monotonic() - saved > output.checkpoint_minutes * 60:
            run.checkpoint()
            saved, saved_at = time.monotonic(), now
    run.last_metrics()
    if trainer.state.images > saved_at:
        run.checkpoint()
    else:
        run.publish()  # the process before this one may have been killed between its last checkpoint and its model
