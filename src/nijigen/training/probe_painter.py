"""Probes of a painter: how far pictures that it never saw are from what they should show and look like."""

import torch

from nijigen.features.seeing import Seer
from nijigen.models.painter import Painter
from nijigen.objectives.painting import statistics_difference, structure_difference
from nijigen.training.kind import Row
from nijigen.training.loop import Trainer
from nijigen.training.painting import judging, looked_at
from nijigen.training.probe import left_as_they_were, moment_of
from nijigen.training.probe_statistics import detail, saturated, shrunk, spread
from nijigen.training.sources import DRAWINGS, PHOTOS

DIGITS = 9


def probe_painter(trainer: Trainer, seer: Seer) -> Row:
    """Measure the averaged painter as it is: a row of ``probes.jsonl``, nine digits a number.

    ``content`` and ``style`` are the losses of that name, over photos and drawings kept out of training;
    ``style.before`` is how far the photos themselves are from the drawings' style. ``change`` is how far what is
    painted is from the photos, a mean difference in the units of [-1, 1]; ``diversity``, ``detail`` and ``saturated``
    as of translators.
    """
    with left_as_they_were(trainer), torch.no_grad():
        found = _measured(trainer, seer)
    row: Row = {"images": trainer.state.images, "resolution": moment_of(trainer).resolution}
    return row | {key: float(f"{value:.{DIGITS}g}") for key, value in found.items()}


def _measured(trainer: Trainer, seer: Seer) -> dict[str, float]:
    painter, layers = trainer.state.average, looked_at(trainer.recipe)
    assert isinstance(painter, Painter)
    sums: dict[str, float] = {}
    photos, made, count = [], [], 0
    for content, style in zip(_shown(trainer, PHOTOS), _shown(trainer, DRAWINGS), strict=False):
        size = min(len(content), len(style))
        content, style = content[:size], style[:size]
        seen, wanted = seer.see(content, layers), seer.see(style, layers)
        painted = painter(seen, wanted).clamp(-1, 1)
        later, deepest = seer.see(painted, layers), painter.layers[-1]
        values = {
            "content": structure_difference(later[deepest], seen[deepest]),
            "style": _style(later, wanted, judging(trainer.recipe)),
            "style.before": _style(seen, wanted, judging(trainer.recipe)),
            "change": (painted - content).abs().mean(),
            "detail": detail(painted) / max(detail(style), 1e-6),
            "saturated": saturated(painted) - saturated(style),
        }
        for name, value in values.items():
            sums[name] = sums.get(name, 0.0) + float(value) * size
        photos.append(shrunk(content))
        made.append(shrunk(painted))
        count += size
    apart = spread(torch.cat(made), torch.cat(photos))
    found = {name: value / count for name, value in sums.items()}
    return found | {name: apart[name] for name in ("diversity", "diversity.nearest")}


def _style(seen: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor], layers: tuple[str, ...]) -> torch.Tensor:
    return torch.stack([statistics_difference(seen[name], wanted[name]) for name in layers]).mean()


def _shown(trainer: Trainer, name: str) -> list[torch.Tensor]:
    now, recipe, stream = moment_of(trainer), trainer.recipe, trainer.streams[name]
    size = min(recipe.micro_batch or now.batch, now.batch)
    return [batch.pictures() for batch in stream.look(recipe.probe.pictures, size, now, len(stream.held_out) > 0)]
