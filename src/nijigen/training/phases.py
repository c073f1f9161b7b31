"""Phases: the units of training. The loop walks them in order and knows nothing of GANs.

A phase says which networks it updates, which streams it draws from, how often it has its turn (in real images seen),
and what it minimises. Randomness inside a phase comes from the turn alone, a pure function of (seed, phase, images
seen), so that nothing about it has to be stored for an exact resume.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from nijigen.models.contract import Generator, Networks
from nijigen.objectives.adversarial import OBJECTIVES
from nijigen.training.recipe import Recipe


@dataclass(frozen=True)
class Batch:
    """Pictures ``[N, C, R, R]`` in [-1, 1] (None where a phase needs only labels) and labels ``[N, label_width]``."""

    images: Tensor | None
    labels: Tensor

    def pictures(self) -> Tensor:
        """The pictures of a stream that has them."""
        if self.images is None:
            raise ValueError("this phase draws labels only")
        return self.images


@dataclass(frozen=True)
class Turn:
    """What a phase gets to work with: a batch of each of its streams and a random generator of its own."""

    batches: dict[str, Batch]
    random: torch.Generator

    def noise(self, generator: Generator, like: Tensor) -> Tensor:
        """Normal noise ``[N, z_dim]`` for as many pictures as ``like`` has rows."""
        return torch.randn(like.shape[0], generator.z_dim, generator=self.random, device=like.device)


@dataclass(frozen=True)
class Phase:
    """One unit of training.

    Attributes:
        name: as metrics and messages say it.
        updates: names of the networks whose weights it changes.
        streams: stream → whether it needs the pictures (True) or the labels alone (False).
        interval: real images between two turns.
        loss: (networks, turn) → (scalar to minimise, other scalars to log).
    """

    name: str
    updates: tuple[str, ...]
    streams: dict[str, bool]
    interval: int
    loss: Callable[[Networks, Turn], tuple[Tensor, dict[str, Tensor]]]

    def due(self, images: int, batch: int) -> bool:
        """Whether the phase has its turn in the batch that starts at ``images`` real images seen."""
        return images // self.interval < (images + batch) // self.interval


def adversarial_phases(recipe: Recipe) -> list[Phase]:
    """A discriminator and a generator that play the recipe's objective against each other."""
    objective = OBJECTIVES[recipe.objective]

    def discriminator_loss(networks: Networks, turn: Turn) -> tuple[Tensor, dict[str, Tensor]]:
        generator, batch = _generator(networks), turn.batches["images"]
        with torch.no_grad():
            fake = generator(turn.noise(generator, batch.labels), batch.labels)
        # Real and made pictures go through in two batches: batch statistics of a mixture would give the game away.
        real_logits = networks["discriminator"](batch.pictures(), batch.labels)
        fake_logits = networks["discriminator"](fake, batch.labels)
        loss = objective.discriminator(real_logits, fake_logits)
        return loss, {"real": real_logits.mean(), "fake": fake_logits.mean()}

    def generator_loss(networks: Networks, turn: Turn) -> tuple[Tensor, dict[str, Tensor]]:
        generator, batch = _generator(networks), turn.batches["images"]
        fake = generator(turn.noise(generator, batch.labels), batch.labels)
        return objective.generator(networks["discriminator"](fake, batch.labels)), {}

    return [
        Phase("discriminator", ("discriminator",), {"images": True}, recipe.batch, discriminator_loss),
        Phase(
            "generator", ("generator",), {"images": False}, recipe.batch * recipe.discriminator_steps, generator_loss
        ),
    ]


def _generator(networks: Networks) -> Generator:
    generator = networks["generator"]
    if not isinstance(generator, Generator):
        raise TypeError(f"the network called generator is a {type(generator).__name__}, not a Generator")
    return generator
