"""The one loop: it walks the recipe's phases and counts the real images seen. It knows nothing of GANs."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import torch

from nijigen.seeds import derive
from nijigen.training import average
from nijigen.training.compiling import Compiler
from nijigen.training.freezing import freeze
from nijigen.training.growing import tell
from nijigen.training.guards import check_finite
from nijigen.training.phases import Phase
from nijigen.training.recipe import Recipe
from nijigen.training.schedule import Moment, half_life, moment
from nijigen.training.state import TrainingState
from nijigen.training.streams import Stream, take_turn


@dataclass
class Trainer:
    """A state, the phases that change it and the streams that feed them.

    Attributes:
        seconds: time spent in each phase since the start; only ever reported, never acted on.
    """

    recipe: Recipe
    state: TrainingState
    phases: list[Phase]
    streams: dict[str, Stream]
    device: torch.device

    def __post_init__(self) -> None:
        self.seconds = {phase.name: 0.0 for phase in self.phases}
        self.compiler = Compiler(self.state.networks, self.recipe.compile)

    @property
    def finished(self) -> bool:
        """Whether the recipe's number of images has been seen."""
        return self.state.images >= self.recipe.images

    def step(self) -> None:
        """One batch of real images: every phase that is due, then the average.

        Raises:
            DivergedError: a loss or gradient is not finite; the weights are still those from before the phase.
        """
        state, recipe = self.state, self.recipe
        now = moment(recipe, state.images)
        self.prepare(now)
        for phase in self.phases:
            if phase.due(now):
                started = time.perf_counter()
                state.window.add(self.run(phase, now))
                self.seconds[phase.name] += time.perf_counter() - started
        if recipe.growth.start:
            state.window.add({"resolution": now.resolution - (1 - now.fade) * now.resolution / 2})
        state.images += now.batch
        share = average.decay(half_life(recipe, state.images), now.batch)
        average.update(state.average, state.networks[state.averaged], share)

    def prepare(self, now: Moment) -> None:
        """Rates, resolution and whatever else the schedule asks for at a moment."""
        self.state.set_rates(self.recipe, now)
        for network in (*self.state.networks.values(), self.state.average):
            tell(network, now)

    def run(self, phase: Phase, now: Moment) -> dict[str, float]:
        """One turn of a phase: losses, gradients, a step of its optimisers. Returns what to log."""
        state, recipe = self.state, self.recipe
        for name, network in state.networks.items():
            network.train().requires_grad_(name in phase.updates)
            freeze(network, recipe.freeze_d)
        optimizers = [state.optimizers[name] for name in phase.updates]
        values = self.compiler.call(lambda: self._gather(phase, now), phase.second_order, now)
        parameters = [p for name in phase.updates for p in state.networks[name].parameters()]
        values[f"gradient.{phase.name}"] = gradient_norm(parameters)
        names = list(values)
        plain = dict(zip(names, torch.stack([values[name].float() for name in names]).tolist(), strict=True))
        check_finite(phase.name, state.images, plain)
        for optimizer in optimizers:
            optimizer.step()
        if phase.finish is not None:
            phase.finish(state.networks)
        if phase.remember is not None:
            phase.remember(plain, state.memory, now)
        return plain

    def _gather(self, phase: Phase, now: Moment) -> dict[str, torch.Tensor]:
        """Gradients of one turn, a micro-batch at a time; returns the mean of what the parts log."""
        state = self.state
        # Anything that draws from torch's global state (dropout, say) gets a draw that is repeatable too.
        torch.manual_seed(derive(self.recipe.seed, "global", phase.name, state.images))
        for name in phase.updates:
            state.optimizers[name].zero_grad(set_to_none=True)
        batch = max(2, now.batch // phase.shrink)
        size = min(batch, self.recipe.micro_batch or batch)
        parts = batch // size
        values: dict[str, torch.Tensor] = {}
        for part in range(parts):
            turn = take_turn(phase, self.streams, self.recipe, now, part, size, state.memory)
            loss, others = phase.loss(state.networks, turn)
            (loss / parts).backward()  # type: ignore[no-untyped-call]  # torch does not annotate it
            for name, value in {f"loss.{phase.name}": loss, **others}.items():
                values[name] = values.get(name, torch.zeros((), device=self.device)) + value.detach() / parts
        return values


def gradient_norm(parameters: Iterable[torch.nn.Parameter]) -> torch.Tensor:
    """The Euclidean norm over all gradients."""
    norm: torch.Tensor = torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
    return norm
