"""``nijigen bench``: how fast a recipe trains here, where the time goes, and how much of the machine that is."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from nijigen.errors import NijigenError
from nijigen.machine import choose_device, describe, place, prepare_machine
from nijigen.progress import track
from nijigen.training.cost import count_cost
from nijigen.training.forecast import memory_in_use
from nijigen.training.kinds import kind_of
from nijigen.training.loop import Trainer
from nijigen.training.networks import fresh_networks
from nijigen.training.peak import matrix_peak
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.schedule import moment
from nijigen.training.state import TrainingState
from nijigen.training.timing import Pace, measure

MOST_LABELS = 4096


@dataclass(frozen=True)
class Bench:
    """A recipe measured on this machine, at its full resolution.

    Attributes:
        milliseconds: of one turn of each phase.
        turns: how many turns each phase has in a batch.
        memory: bytes: resident memory of this process, or what torch allocated on the GPU at most.
        operations: floating point operations of products and convolutions for each real image.
        peak: floating point operations a second of a large matrix product here, in the same precision.
        share: of the peak that the training reaches.
    """

    recipe: str
    family: str
    resolution: int
    batch: int
    images_per_second: float
    milliseconds: dict[str, float]
    turns: dict[str, float]
    memory: int
    operations: float
    peak: float
    share: float
    machine: dict[str, str | int]

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For people."""
        speed = f"{self.images_per_second:,.1f} images/s" + f" · {self.memory / 1e9:.1f} GB of memory"
        whole = sum(self.milliseconds[name] * self.turns[name] for name in self.turns)
        lines = [f"{self.recipe}: {self.family}, {self.resolution} px, batch {self.batch}: {speed}"]
        for name, spent in self.milliseconds.items():
            turns = self.turns[name]
            often = "each batch" if turns == 1 else f"1 in {1 / turns:.0f} batches"
            lines.append(f"  {name:14} {spent:9.1f} ms  {often:16} {spent * turns / whole:4.0%} of the time")
        lines.append(
            f"  {self.operations / 1e9:.2f} GFLOP an image; {self.peak / 1e9:,.0f} GFLOP/s is the measured matrix peak "
            f"here, of which this reaches {self.share:.0%}"
        )
        facts = " · ".join(f"{key} {value}" for key, value in self.machine.items())
        return [*lines, f"  {facts}"]


def bench(
    recipe: str | Path | Recipe,
    overrides: tuple[str, ...] = (),
    *,
    labels: int = 23,
    device: str = "auto",
    threads: int | None = None,
    seconds: float = 10.0,
    quiet: bool = False,
) -> Bench:
    """Measure a recipe on random pictures: no data set is needed.

    Args:
        labels: width of made-up labels; 0 measures the unconditional networks.
        seconds: for about so long; at least one turn of each phase after a warm-up.

    Raises:
        NijigenError: an unknown recipe, key, device or thread count, or a number out of range.
    """
    if not 0 <= labels <= MOST_LABELS:
        raise NijigenError(f"--labels {labels} is out of range: use 0 to {MOST_LABELS}")
    if not 0 <= seconds < math.inf:
        raise NijigenError(f"--seconds {seconds:g}: use a number from 0 up")
    loaded = load_recipe(recipe, overrides)
    chosen = choose_device(device)
    prepare_machine(threads, chosen)
    peak = matrix_peak(chosen)
    trainer = _trainer(loaded, labels, chosen)
    now = moment(loaded, loaded.images)
    first = measure(trainer, at=now)
    repeats = max(1, min(50, int(seconds / max(1e-3, sum(first.phases.values())))))
    with track(repeats, "bench", unit="rounds", quiet=quiet) as bar:
        rounds = [_advanced(bar.advance, trainer, first) for _ in range(repeats)]
    best = min(rounds, key=lambda pace: pace.seconds)
    cost = count_cost(loaded, labels)
    speed = best.images_per_second
    return Bench(
        recipe=loaded.name,
        family=loaded.family,
        resolution=loaded.resolution,
        batch=now.batch,
        images_per_second=speed,
        milliseconds={name: spent * 1000 for name, spent in best.phases.items()},
        turns=best.turns,
        memory=memory_in_use(chosen),
        operations=cost.operations,
        peak=peak,
        share=cost.operations * speed / peak,
        machine=describe(chosen),
    )


def _advanced(advance: Callable[[], None], trainer: Trainer, first: Pace) -> Pace:
    pace = measure(trainer, at=first.moment, warm_ups=0)
    advance()
    return pace


def _trainer(recipe: Recipe, label_width: int, device: torch.device) -> Trainer:
    """A trainer on random pictures and labels."""
    kind = kind_of(recipe)
    streams = kind.random_streams(recipe, label_width, device)
    first = next(iter(streams.values()))
    networks = fresh_networks(recipe, first.blocks)
    state = TrainingState({name: place(network, device) for name, network in networks.items()}, recipe)
    return Trainer(recipe, state, kind.trial_phases(recipe, state.networks, first.label_width), streams, device)
