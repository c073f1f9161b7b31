"""What the phases of a run cost, measured one by one: seldom phases need no long run to be counted right."""

import time
from dataclasses import dataclass

import torch

from nijigen.training import average
from nijigen.training.loop import Trainer
from nijigen.training.schedule import Moment, half_life, moment, stages


@dataclass(frozen=True)
class Pace:
    """Seconds of one batch at a moment of a run.

    Attributes:
        phases: seconds of one turn of each phase.
        turns: how many turns each phase has in a batch, on average.
        rest: seconds of what comes with every batch: the average.
    """

    moment: Moment
    phases: dict[str, float]
    turns: dict[str, float]
    rest: float

    @property
    def seconds(self) -> float:
        """Seconds of a batch, on average."""
        return self.rest + sum(self.phases[name] * self.turns[name] for name in self.phases)

    @property
    def images_per_second(self) -> float:
        """Real images a second."""
        return self.moment.batch / self.seconds


def measure(trainer: Trainer, at: Moment | None = None, warm_ups: int = 1) -> Pace:
    """Time a turn of each phase of a trainer at a moment (by default its own); the trainer's state is changed by it."""
    now = moment(trainer.recipe, trainer.state.images) if at is None else at
    trainer.prepare(now)
    phases = {}
    due = [phase for phase in trainer.phases if phase.turns(now)]
    for phase in due:
        for _ in range(warm_ups):
            trainer.run(phase, now)
        started = _clock(trainer.device)
        trainer.run(phase, now)
        phases[phase.name] = _clock(trainer.device) - started
    started = _clock(trainer.device)
    state = trainer.state
    share = average.decay(half_life(trainer.recipe, now.images + now.batch), now.batch)
    average.update(state.average, state.networks[state.averaged], share)
    rest = _clock(trainer.device) - started
    return Pace(now, phases, {phase.name: phase.turns(now) for phase in due}, rest)


def stretches(trainer: Trainer) -> list[tuple[Moment, int]]:
    """What is left of a run: a moment in the middle of each stage, and the images it still stands for.

    A stage in which a phase begins counts as two.
    """
    recipe, seen = trainer.recipe, trainer.state.images
    starts = sorted({stage.start for stage in stages(recipe)} | {phase.begins for phase in trainer.phases})
    ends = [*starts[1:], max(recipe.images, starts[-1])]
    found = []
    for start, end in zip(starts, ends, strict=True):
        first, last = max(start, seen), min(end, recipe.images)
        if first < last:
            found.append((moment(recipe, (first + last) // 2), last - first))
    return found


def _clock(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
    return time.perf_counter()
