"""The complete state of a training: what must be kept so that an interrupted run ends as an unbroken one would."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from nijigen.errors import NijigenError
from nijigen.models.contract import Networks
from nijigen.models.registry import BACK, find_family
from nijigen.objectives.lazy import lazy_adam
from nijigen.training import schedule
from nijigen.training.average import averaged_copy
from nijigen.training.muon import MuonAdam
from nijigen.training.networks import CLASSIFIER
from nijigen.training.phases import Memory
from nijigen.training.recipe import Recipe
from nijigen.training.schedule import Moment
from nijigen.training.tables import Adam


@dataclass
class Window:
    """Sums of what was logged since the last line of ``metrics.jsonl``; kept in checkpoints, so no line is lost."""

    sums: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, values: dict[str, float]) -> None:
        """Add one turn's scalars."""
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
            self.counts[name] = self.counts.get(name, 0) + 1

    def means(self) -> dict[str, float]:
        """The mean of each scalar, to nine digits."""
        return {name: float(f"{total / self.counts[name]:.9g}") for name, total in self.sums.items()}


class TrainingState:
    """Networks, average, optimisers, counters, and what the phases remember.

    Random states and schedules are no part of it: they are functions of (seed, purpose, ``images``).

    Attributes:
        averaged: the name of the network that ``average`` is the average of.
        images: real images seen.
        memory: the numbers that phases carry from turn to turn (the augmentation's strength, say).
        window: metrics gathered since the last line written.
    """

    def __init__(self, networks: Networks, recipe: Recipe) -> None:
        self.networks = networks
        self.averaged = find_family(recipe.family).averaged
        self.average = averaged_copy(networks[self.averaged])
        self.optimizers = {name: _adam(network, recipe, name) for name, network in networks.items()}
        self.images = 0
        self.memory: Memory = {}
        self.window = Window()

    def tensors(self) -> dict[str, Tensor]:
        """Every tensor of the state by a dotted name: ``network.NAME.…``, ``average.…``, ``optimizer.NAME.I.KEY``."""
        found = {f"average.{key}": value for key, value in self.average.state_dict().items()}
        for name, network in self.networks.items():
            found |= {f"network.{name}.{key}": value for key, value in network.state_dict().items()}
        for name, optimizer in self.optimizers.items():
            for index, values in optimizer.state_dict()["state"].items():
                found |= {f"optimizer.{name}.{index}.{key}": value for key, value in values.items()}
        return found

    def load_tensors(self, tensors: dict[str, Tensor]) -> None:
        """Take over the tensors that :meth:`tensors` gave.

        Raises:
            NijigenError: a tensor is missing, left over or of another shape.
        """
        try:
            self.average.load_state_dict(_below(tensors, "average."))
            for name, network in self.networks.items():
                network.load_state_dict(_below(tensors, f"network.{name}."))
        except RuntimeError as error:
            raise NijigenError(f"the checkpoint does not fit the networks: {' '.join(str(error).split())}") from None
        for name, optimizer in self.optimizers.items():
            parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
            states: dict[int, dict[str, Any]] = {}
            for key, value in _below(tensors, f"optimizer.{name}.").items():
                number, _, slot = key.partition(".")
                index = int(number)
                states.setdefault(index, {})[slot] = _laid_out_like(parameters[index], value)
            optimizer.load_state_dict({**optimizer.state_dict(), "state": states})

    def set_rates(self, recipe: Recipe, now: Moment) -> None:
        """Learning rates and betas for the batch that comes."""
        for name, optimizer in self.optimizers.items():
            rate, beta1, beta2 = adam_settings(recipe, name, now)
            for group in optimizer.param_groups:
                group["lr"], group["betas"] = rate, (beta1, beta2)


def adam_settings(recipe: Recipe, network: str, now: Moment) -> tuple[float, float, float]:
    """Rate, beta1 and beta2 of a network's optimiser at a moment, corrected where a penalty takes steps of its own."""
    settings = settings_of(recipe, network)
    if network == CLASSIFIER:  # schedules are of the game, and it plays none
        return settings.rate, settings.beta1, settings.beta2
    plain = (settings.rate * now.rate, settings.beta1, schedule.beta2(recipe, settings.beta2, now))
    penalty = recipe.penalty
    if network == "discriminator" and penalty.every > 1 and (penalty.r1 or penalty.r2 or penalty.gradient):
        return lazy_adam(*plain, penalty.every)
    if network == "generator" and penalty.path_length:
        return lazy_adam(*plain, penalty.path_every)
    return plain


def settings_of(recipe: Recipe, network: str) -> Adam:
    """What a recipe says of a network's optimiser."""
    found: Adam = getattr(recipe.optimizer, network.removesuffix(BACK))
    return found


def _adam(network: torch.nn.Module, recipe: Recipe, name: str) -> torch.optim.Adam:
    rate, beta1, beta2 = adam_settings(recipe, name, schedule.moment(recipe, 0))
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    size = settings_of(recipe, name).muon
    if size:
        return MuonAdam(parameters, rate, (beta1, beta2), size)
    return torch.optim.Adam(parameters, rate, (beta1, beta2), fused=True)


def _laid_out_like(parameter: Tensor, value: Tensor) -> Tensor:
    """The moments of a weight in the memory layout of the weight.

    The fused optimiser walks weight, gradient and moments side by side in memory and does not look at their strides;
    files hold plain row-major tensors, so channels-last weights would meet the moments of others.
    """
    return torch.empty_like(parameter).copy_(value) if value.shape == parameter.shape else value


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
