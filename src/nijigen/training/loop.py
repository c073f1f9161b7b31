"""The one loop: it walks the recipe's phases and counts the real images seen. It knows nothing of GANs."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import torch

from nijigen.models.contract import Generator
from nijigen.seeds import derive
from nijigen.training import average
from nijigen.training.guards import check_finite
from nijigen.training.phases import Phase
from nijigen.training.recipe import Recipe
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

    @property
    def finished(self) -> bool:
        """Whether the recipe's number of images has been seen."""
        return self.state.images >= self.recipe.images

    def generator(self) -> Generator:
        """The averaged generator."""
        averaged = self.state.average
        if not isinstance(averaged, Generator):
            raise TypeError("the averaged network is no Generator")
        return averaged

    def step(self) -> None:
        """One batch of real images: every phase that is due, then the average.

        Raises:
            DivergedError: a loss or gradient is not finite; the weights are still those from before the phase.
        """
        state, recipe = self.state, self.recipe
        state.set_rates(recipe)
        for phase in self.phases:
            if phase.due(state.images, recipe.batch):
                started = time.perf_counter()
                state.window.add(self._run(phase))
                self.seconds[phase.name] += time.perf_counter() - started
        state.images += recipe.batch
        share = average.decay(recipe.average, state.images, recipe.batch)
        average.update(state.average, state.networks["generator"], share)

    def _run(self, phase: Phase) -> dict[str, float]:
        state, recipe = self.state, self.recipe
        for name, network in state.networks.items():
            network.train().requires_grad_(name in phase.updates)
        # Anything that draws from torch's global state (dropout, say) gets a draw that is repeatable too.
        torch.manual_seed(derive(recipe.seed, "global", phase.name, state.images))
        optimizers = [state.optimizers[name] for name in phase.updates]
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        parts = recipe.batch // recipe.micro_batch if recipe.micro_batch else 1
        values: dict[str, torch.Tensor] = {}
        for part in range(parts):
            turn = take_turn(phase, self.streams, recipe, state.images, part, str(self.device))
            loss, others = phase.loss(state.networks, turn)
            (loss / parts).backward()  # type: ignore[no-untyped-call]  # torch does not annotate it
            for name, value in {f"loss.{phase.name}": loss, **others}.items():
                values[name] = values.get(name, torch.zeros((), device=self.device)) + value.detach() / parts
        parameters = [p for name in phase.updates for p in state.networks[name].parameters()]
        values[f"gradient.{phase.name}"] = gradient_norm(parameters)
        names = list(values)
        plain = dict(zip(names, torch.stack([values[name].float() for name in names]).tolist(), strict=True))
        check_finite(phase.name, state.images, plain)
        for optimizer in optimizers:
            optimizer.step()
        return plain


def gradient_norm(parameters: Iterable[torch.nn.Parameter]) -> torch.Tensor:
    """The Euclidean norm over all gradients."""
    norm: torch.Tensor = torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
    return norm
