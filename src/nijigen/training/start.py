"""The verb ``train``: from a data set and a recipe to a run."""

import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from nijigen.data import Dataset
from nijigen.errors import NijigenError
from nijigen.files import locked
from nijigen.machine import choose_device, prepare_machine
from nijigen.progress import track
from nijigen.store import find_model, remember
from nijigen.training.consistency import idle
from nijigen.training.fitting import check_sources
from nijigen.training.forecast import forecast
from nijigen.training.guards import listen_for_stop
from nijigen.training.inheriting import recipe_from
from nijigen.training.opening import open_run
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.run import advance
from nijigen.training.schedule import moment, stages
from nijigen.training.sources import DRAWINGS, IMAGES, PHOTOS, Sources
from nijigen.training.transfer import read_origin


@dataclass(frozen=True)
class Trained:
    """How a training ended.

    Attributes:
        model: the folder of the averaged generator.
        stopped_by: the signal that stopped it early, or None where it is complete.
    """

    run: Path
    model: Path
    images: int
    stopped_by: str | None


def train(
    dataset: str | Path | None = None,
    recipe: str | Path | Recipe | None = None,
    out: str | Path | None = None,
    overrides: Sequence[str] = (),
    *,
    images: int | None = None,
    epochs: float | None = None,
    seed: int | None = None,
    device: str = "auto",
    threads: int | None = None,
    quiet: bool = False,
    start: str | Path | None = None,
    photos: str | Path | None = None,
    drawings: str | Path | None = None,
) -> Trained:
    """Train a recipe on a data set, or on two; into a folder that already holds the run, it goes on where it stopped.

    Args:
        dataset: a folder written by ``prepare``, or an address of one that fsspec knows (``s3://bucket/faces``).
        photos: instead of ``dataset``, for a recipe that translates or paints: a folder of what is to be redrawn, and
        drawings: one of what it is to look like.
        recipe: the name of a recipe, a TOML file, or a recipe; by default the model's that it starts from, or dcgan-64.
        out: the run's folder; by default ``runs/RECIPE-DATASET``, or ``runs/RECIPE-PHOTOS-DRAWINGS``.
        overrides: ``key=value`` changes to the recipe.
        images: length of the run in real images seen; ``epochs`` says the same in rounds through the data set.
        device: auto, cpu, cuda or mps.
        threads: CPU threads; None uses all cores.
        quiet: no words and no progress bar.
        start: a model to begin from, of another data set, schema or resolution if need be (``--from``): its family and
            network, what fits of its weights, the rest named. A run that has a checkpoint goes on from that.

    Raises:
        NijigenError: bad input, or data set, recipe and run that do not go together.
        DivergedError: a loss or gradient stopped being finite; the last checkpoint is kept.
    """

    def warn(text: str) -> None:
        print(text, file=sys.stderr, flush=True)  # also where nothing else is said

    given = {IMAGES: dataset, PHOTOS: photos, DRAWINGS: drawings}
    # Not whole: a streamed one does without shards that fail.
    sources = Sources({name: Dataset.open(path, whole=False) for name, path in given.items() if path is not None})
    if epochs is not None and not sources.sets:
        raise NijigenError("--epochs counts rounds through a data set, and none is given")
    if epochs is not None:
        if images is not None:
            raise NijigenError("--images and --epochs say the same thing twice: use one of them")
        if not 0 < epochs < math.inf:
            raise NijigenError(f"--epochs {epochs:g}: use a number above 0")
        images = max(1, round(epochs * sources.count))
    origin = None if start is None else read_origin(find_model(start))
    if origin is None:
        loaded = load_recipe(recipe or "dcgan-64", overrides, images=images, seed=seed)
    else:
        labelled = any(opened.schema.width > 0 for opened in sources.sets.values())
        loaded = recipe_from(origin, recipe, overrides, warn, labelled, images=images, seed=seed)
    check_sources(sources, loaded, started=origin is not None)
    chosen = choose_device(device)
    count = prepare_machine(threads, chosen)
    folder = Path(out) if out is not None else Path("runs") / f"{loaded.name}-{sources.name}"

    def say(text: str) -> None:
        if not quiet:
            print(text, flush=True)

    with locked(folder), _memory_in_words(), ExitStack() as stack:
        run = stack.enter_context(closing(open_run(folder, sources, loaded, chosen, warn, say, origin)))
        trainer = run.trainer
        if trainer.finished:
            say(f"{folder} is complete at {trainer.state.images:,} images: raise --images to go on")
        else:
            sizes = " · ".join(f"{name} {_parameters(net):,}" for name, net in trainer.state.networks.items())
            width = run.stream.label_width
            labels = f"{width} label columns" if width else "no labels"
            say(f"{loaded.name}: {loaded.family}, {loaded.resolution} px, {sizes} parameters, {labels}")
            cores = "1 thread" if count == 1 else f"{count} threads"
            streamed = ", streamed" if run.order == "streamed" else ""
            several = len(sources.sets) > 1
            for name, opened in sources.sets.items():
                as_what = f"{name}: " if several else ""
                where = "" if several and name != DRAWINGS else f"; on {chosen} with {cores}"
                say(f"{as_what}{opened.store.name}: {opened.count:,} pictures{streamed}{where}")
            for line in idle(loaded):
                warn(line)
            if (reached := moment(loaded, loaded.images - 1).resolution) < loaded.resolution:
                full = f"{loaded.resolution} px begin at {stages(loaded)[-1].start:,}"
                warn(
                    f"{loaded.images:,} images end at {reached} px, and {full}: raise --images, or lower growth.stable"
                )
            if run.started_at:
                say(f"going on from {run.started_at:,} images")
            if not quiet:
                expected = forecast(trainer)
                say(f"until {loaded.images:,} images: {expected.sentence()}")
                if advice := expected.advice():
                    say(advice)
                if loaded.compile:
                    say("compile=true: the first steps compile the networks, a minute or more that comes on top")
        with listen_for_stop() as request, track(loaded.images, "train", quiet=quiet, done=run.started_at) as bar:
            advance(run, lambda: request.signal is not None, bar.advance)
    remember(run.model_folder)
    if request.signal is not None and not trainer.finished:
        say(f"stopped by {request.signal} at {trainer.state.images:,} images; everything is saved: run the same again")
        return Trained(folder, run.model_folder, trainer.state.images, request.signal)
    say(f"model: {run.model_folder}  ·  report: {folder / 'report.html'}")
    return Trained(folder, run.model_folder, trainer.state.images, None)


@contextmanager
def _memory_in_words() -> Iterator[None]:
    """Out of memory, as one line that says what helps."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        reason = " ".join(str(error).split())[:120]
        raise NijigenError(f"out of memory ({reason}): set a smaller micro_batch, batch or network.width") from None
    except RuntimeError as error:
        if "can't allocate memory" not in str(error):
            raise
        raise NijigenError("out of memory: set a smaller micro_batch, batch or network.width") from None


def _parameters(network: object) -> int:
    return sum(p.numel() for p in getattr(network, "parameters", list)())
