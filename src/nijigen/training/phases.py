"""Phases: the units of training. The loop walks them in order and knows nothing of GANs.

A phase says which networks it updates, which streams it draws from, how often it has its turn, and what it minimises.
Randomness inside a phase comes from the turn alone, a pure function of (seed, phase, images seen), so that nothing
about it has to be stored for an exact resume; the few numbers that a phase carries from turn to turn are the memory.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from nijigen.models.contract import Generator, Networks
from nijigen.training.schedule import Moment

Memory = dict[str, float]
Logged = dict[str, Tensor]


@dataclass(frozen=True)
class Batch:
    """What a phase gets of a stream.

    Attributes:
        images: pictures ``[N, C, R, R]`` in [-1, 1]; None where a phase needs only labels.
        labels: ``[N, label_width]``.
        weights: ``[N]``, how much each sample counts in the losses.
        chances: ``[N, K]``, the part of the noise that belongs to the pictures; None where none does.
        places: ``[1, 1, R, R]`` of mean 1, how much each place says of words (``telling.py``); None: was not counted.
    """

    images: Tensor | None
    labels: Tensor
    weights: Tensor
    chances: Tensor | None = None
    places: Tensor | None = None

    def pictures(self) -> Tensor:
        """The pictures of a stream that has them."""
        if self.images is None:
            raise ValueError("this phase draws labels only")
        return self.images


@dataclass(frozen=True)
class Turn:
    """What a phase gets to work with.

    Attributes:
        batches: a batch of each of its streams.
        random: a random generator of its own, on the device.
        moment: where in the run it is.
        memory: what phases carry from turn to turn; read here, changed only by ``Phase.remember``.
    """

    batches: dict[str, Batch]
    random: torch.Generator
    moment: Moment
    memory: Memory

    def normal(self, *size: int) -> Tensor:
        """Normal noise of a shape."""
        return torch.randn(*size, generator=self.random, device=self.random.device)

    def uniform(self, *size: int) -> Tensor:
        """Uniform numbers in [0, 1) of a shape."""
        return torch.rand(*size, generator=self.random, device=self.random.device)

    def noise(self, generator: Generator, like: Tensor) -> Tensor:
        """Normal noise ``[N, z_dim]`` for as many pictures as ``like`` has rows."""
        return self.normal(like.shape[0], generator.z_dim)


@dataclass(frozen=True)
class Phase:
    """One unit of training.

    Attributes:
        name: as metrics and messages say it.
        updates: names of the networks whose weights it changes.
        streams: stream → whether it needs the pictures (True) or the labels alone (False).
        every: batches of a stage between two turns.
        loss: (networks, turn) → (scalar to minimise, other scalars to log).
        second_order: whether the loss differentiates a gradient.
        all_labels: whether it gets the labels that ``conditioning`` would keep from it.
        shrink: how many times smaller than the batch its own is.
        remember: (logged values, memory, moment) → changes the memory, after each turn.
        finish: called with the networks after each of its optimiser steps.
        begins: real images seen before its first turn.
        ends: real images seen after which it has no turn any more; None: it goes on to the end.
    """

    name: str
    updates: tuple[str, ...]
    streams: dict[str, bool]
    every: int
    loss: Callable[[Networks, Turn], tuple[Tensor, Logged]]
    second_order: bool = False
    shrink: int = 1
    all_labels: bool = False
    remember: Callable[[dict[str, float], Memory, Moment], None] | None = None
    finish: Callable[[Networks], None] | None = None
    begins: int = 0
    ends: int | None = None

    def due(self, moment: Moment) -> bool:
        """Whether the phase has its turn in a batch: the last of every so many."""
        return self.lasts(moment) and (moment.step + 1) % self.every == 0

    def turns(self, moment: Moment) -> float:
        """How many turns it has in a batch, on average, at that time of the run."""
        return 1 / self.every if self.lasts(moment) else 0.0

    def lasts(self, moment: Moment) -> bool:
        """Whether it has begun and not ended."""
        return self.begins <= moment.images and (self.ends is None or moment.images < self.ends)
