"""Probes of a translator: what its discriminator says, and what becomes of photos that it never saw.

The numbers that the doctor reads mean what they mean for avatars (``probe.py``), with drawings as the real pictures and
translations as the made ones. Diversity is in that of the photos: what is drawn of different faces should differ.
"""

import torch
from torch import Tensor

from nijigen.training.kind import Row
from nijigen.training.loop import Trainer
from nijigen.training.phases import Batch
from nijigen.training.probe import left_as_they_were, moment_of
from nijigen.training.probe_statistics import detail, right, saturated, shrunk, spread
from nijigen.training.sources import DRAWINGS, PHOTOS
from nijigen.training.translation import SMOOTHED, said_of, translator_of

DIGITS = 9


def probe_translator(trainer: Trainer) -> Row:
    """Measure the networks of a translation as they are: a row of ``probes.jsonl``, nine digits a number.

    ``d.real``, ``d.held_out`` and ``d.smoothed`` are what is said of drawings, of ones that were kept out of training
    and of edge-smoothed ones, ``d.fake`` of translations; each the mean over patches and pictures. ``change`` is how
    far translations are from their photos, a mean difference in the units of [-1, 1].
    """
    with left_as_they_were(trainer), torch.no_grad():
        found = _measured(trainer)
    row: Row = {"images": trainer.state.images, "resolution": moment_of(trainer).resolution}
    return row | {key: float(f"{value:.{DIGITS}g}") for key, value in found.items()}


def _measured(trainer: Trainer) -> dict[str, float]:
    networks, translated = trainer.state.networks, translator_of(trainer.state.networks)
    photos = _looked_at(trainer, PHOTOS, held_out=len(trainer.streams[PHOTOS].held_out) > 0)
    drawings = _looked_at(trainer, DRAWINGS)
    kept = _looked_at(trainer, DRAWINGS, held_out=True)
    said = {
        "real": [_logits(networks, batch.pictures()) for batch in drawings],
        "held_out": [_logits(networks, batch.pictures()) for batch in kept],
        "fake": [_logits(networks, translated(batch.pictures())) for batch in photos],
    }
    if SMOOTHED in trainer.streams:
        said["smoothed"] = [_logits(networks, batch.pictures()) for batch in _looked_at(trainer, SMOOTHED)]
    logits = {name: torch.cat(parts).cpu().double() for name, parts in said.items() if parts}
    found = {f"d.{name}": float(values.mean()) for name, values in logits.items()}
    found["d.spread"] = float(torch.stack([logits[name].var() for name in ("real", "fake")]).mean().sqrt())
    found["d.right"] = right(logits["real"], logits["fake"])
    if kept:
        found["d.right.held_out"] = right(logits["held_out"], logits["fake"])
    return found | _averaged(trainer, photos, drawings)


def _averaged(trainer: Trainer, photos: list[Batch], drawings: list[Batch]) -> dict[str, float]:
    """What the averaged translator makes of photos."""
    before = [batch.pictures() for batch in photos]
    made = [trainer.state.average(pictures) for pictures in before]
    apart = spread(_small(made), _small(before))
    drawn = [batch.pictures() for batch in drawings]
    return {
        "diversity": apart["diversity"],
        "diversity.nearest": apart["diversity.nearest"],
        "detail": _mean(detail, made) / max(_mean(detail, drawn), 1e-6),
        "saturated": _mean(saturated, made) - _mean(saturated, drawn),
        "change": sum(float((one - other).abs().mean()) for one, other in zip(made, before, strict=True)) / len(made),
    }


def _looked_at(trainer: Trainer, name: str, held_out: bool = False) -> list[Batch]:
    now, recipe = moment_of(trainer), trainer.recipe
    size = min(recipe.micro_batch or now.batch, now.batch)
    return list(trainer.streams[name].look(recipe.probe.pictures, size, now, held_out))


def _logits(networks: dict[str, torch.nn.Module], pictures: Tensor) -> Tensor:
    """One logit a picture ``[N]``: the mean over its patches."""
    return said_of(networks, pictures).view(len(pictures), -1).mean(dim=1)


def _small(pictures: list[Tensor]) -> Tensor:
    return torch.cat([shrunk(part) for part in pictures])


def _mean(measure: object, pictures: list[Tensor]) -> float:
    assert callable(measure)
    return sum(float(measure(part)) for part in pictures) / len(pictures)
