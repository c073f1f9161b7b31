"""A run is opened: everything it needs is built, and its newest whole checkpoint taken up if there is one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from nijigen.data import Dataset
from nijigen.errors import NijigenError
from nijigen.files import remove_unfinished, write_text
from nijigen.machine import place
from nijigen.models.ancestry import ancestors_of
from nijigen.models.contract import Networks
from nijigen.models.onlooker import Onlooker
from nijigen.store import remember
from nijigen.training import metrics
from nijigen.training.adapting import find_source
from nijigen.training.checkpoint import load_newest
from nijigen.training.examination import examine, read_case
from nijigen.training.fitting import check_dataset, check_folder
from nijigen.training.freezing import check_freezing, warn_of_fresh
from nijigen.training.kind import Opening
from nijigen.training.kinds import kind_of
from nijigen.training.loop import Trainer
from nijigen.training.networks import fresh_networks
from nijigen.training.probe import PROBE_FILE
from nijigen.training.recipe import Recipe, to_toml
from nijigen.training.resuming import as_begun, check_resume
from nijigen.training.run import Run
from nijigen.training.schedule import moment, stages
from nijigen.training.sources import Sources
from nijigen.training.state import TrainingState, Window
from nijigen.training.transfer import Origin, take_over


def open_run(
    folder: Path,
    given: Dataset | Sources,
    recipe: Recipe,
    device: torch.device,
    warn: Callable[[str], None],
    say: Callable[[str], None] = lambda text: None,
    origin: Origin | None = None,
) -> Run:
    """Build everything a run needs, and take up its newest whole checkpoint if there is one.

    Args:
        given: what it learns from; a data set alone is that of the images.
        origin: a model to begin from; what fits is taken, and ``say`` says what.

    Raises:
        NijigenError: data set, recipe and checkpoint do not go together; the field is named.
    """
    origin = find_source(recipe, origin, folder)
    sources, kind = Sources.of(given), kind_of(recipe)
    for dataset in sources.sets.values():
        check_dataset(dataset, recipe)
    check_folder(folder)
    for part in (folder, *(folder / name for name in ("checkpoints", "model", "best", "samples"))):
        remove_unfinished(part)
    found, remarks = load_newest(folder / "checkpoints")
    for remark in remarks:
        warn(remark)
    if found is None and remarks:
        raise NijigenError(f"{folder} has checkpoints, but none is whole: to begin again, remove {folder}")
    recipe = kind.settle(recipe, found)
    if found is not None:
        recipe = as_begun(found, recipe, warn)
        check_resume(found, sources, recipe, device, folder, warn, origin)
    opening = Opening(folder, sources, recipe, device, warn, found, origin)
    streams, order = kind.open_streams(opening)
    stream = next(iter(streams.values()))
    networks = fresh_networks(recipe, stream.blocks)
    check_freezing(networks, recipe.freeze_d)
    begun: dict[str, Any] | None = None
    fresh: dict[str, list[str]] = {}
    if found is not None:
        begun = found.facts.get("origin")
    elif origin is not None:
        begun = {
            "name": origin.card.get("name"),
            "digest": origin.digest,
            **ancestors_of(origin.card, origin.digest),
        }
        remember(origin.path)
        schema = stream.schema if stream.label_width else type(stream.schema)()
        for taken in take_over(_of_family(networks), origin, recipe, schema):
            say(taken.sentence())
            fresh[taken.network] = taken.fresh
    if found is None:
        for name, network in networks.items():
            if not isinstance(network, Onlooker):  # whose eyes come with nijigen
                warn_of_fresh(network, recipe.freeze_d, fresh.get(name), warn)
    state = TrainingState({name: place(network, device) for name, network in networks.items()}, recipe)
    if found is not None:
        state.load_tensors(found.tensors)
        state.images = found.images
        state.window = Window(**found.facts["window"])
        state.memory = dict(found.facts.get("memory", {}))
    images = state.images
    # A window that was not emptied at the checkpoint: a line of that moment is the last one of a run that ended there.
    metrics.truncate(folder / metrics.METRICS_FILE, images - 1 if state.window.counts else images)
    for name in (metrics.TIMING_FILE, PROBE_FILE):
        metrics.truncate(folder / name, images)
    _remove_later_sheets(folder / "samples", images)
    trainer = Trainer(recipe, state, kind.phases(opening, streams, state.networks), streams, device)
    if found is None:
        trainer.prepare(moment(recipe, images))  # so that also the first sheet is of the resolution worked at
    # As many as the last and largest pictures are trained at once, so that sheets take no more memory than training.
    chunk = min(recipe.micro_batch or recipe.batch, *(stage.batch for stage in stages(recipe)))
    sheet, quick = kind.sheet(trainer, chunk), kind.quick(opening, streams, chunk)
    write_text(folder / "recipe.toml", to_toml(recipe))
    told = examine(read_case(folder, recipe)).findings if recipe.probe.every else ()
    known = frozenset(finding.illness for finding in told)
    return Run(folder, sources, trainer, kind, sheet, images, begun, order, quick, say, known)


def _of_family(networks: Networks) -> Networks:
    """The networks that may take over weights of a model; a judge that sees as the labeler does has its own eyes."""
    return {name: network for name, network in networks.items() if not isinstance(network, Onlooker)}


def _remove_later_sheets(folder: Path, images: int) -> None:
    for sheet in folder.glob("*.png"):
        if sheet.stem.isdecimal() and int(sheet.stem) > images:
            sheet.unlink()
