"""A lesson: the generator is shown what it should have drawn for its labels and its noise.

Drawings of the illustrator are a function of their labels and of the chances of their seed. Where a data set consists
of them, ``[lesson]`` of a recipe makes those chances the generator's noise, and the distance to the drawing a part of
its loss. Noise drawn at random later has the same distribution, so it gives a drawing that nobody drew.
"""

import torch
from torch import Tensor

from nijigen.data.chibi import seeds_of
from nijigen.data.dataset import Dataset
from nijigen.errors import NijigenError
from nijigen.features.judging import seen_distance
from nijigen.illustrator.chances import chances
from nijigen.models.contract import Generator
from nijigen.objectives.likeness import pyramid_distance
from nijigen.training.phases import Batch, Logged, Turn
from nijigen.training.recipe import Recipe
from nijigen.training.tables import Lesson

LEAST_FREE = 0.05  # of the noise's squared length, where chances alone would fill it


def chances_of(dataset: Dataset, recipe: Recipe) -> Tensor:
    """The chances of every picture of a data set, float32 ``[M, K]``, in its order.

    Raises:
        NijigenError: a picture was not drawn by this version of the illustrator, or the noise has no room for chances.
    """
    rows = [torch.from_numpy(chances(seed, dataset.channels)) for seed in seeds_of(dataset)]
    found = torch.stack(rows)
    width = recipe.network.get("latent")
    if isinstance(width, int) and width <= found.shape[1]:
        raise NijigenError(
            f"recipe {recipe.name}: a lesson needs noise for {found.shape[1]} chances of a drawing and some to spare,"
            f" and network.latent is {width}: set network.latent={-(-found.shape[1] * 3 // 2 // 32) * 32}"
        )
    return found


def noise_of(turn: Turn, batch: Batch, generator: Generator) -> Tensor:
    """The noise ``[N, z_dim]`` of a batch: random, or with the chances of its pictures at the front."""
    if batch.chances is None:
        return turn.noise(generator, batch.labels)
    known = batch.chances
    return beside(known, turn.normal(len(known), generator.z_dim - known.shape[1]))


def distance_of(lesson: Lesson, turn: Turn, batch: Batch, fake: Tensor) -> tuple[Tensor, Logged]:
    """How far pictures ``[N, C, R, R]`` are from the drawings of their batch: a weighted scalar, and what to log."""
    drawn = batch.pictures()
    places = None if batch.places is None else 1 - lesson.words + lesson.words * batch.places
    apart = (pyramid_distance(fake, drawn, lesson.detail, lesson.squares, places) * batch.weights).mean()
    loss, logged = lesson.weight * apart, {"lesson": apart}
    if lesson.judge:
        ground = turn.uniform(len(fake), 3, 1, 1)
        seen = (seen_distance(fake, drawn, ground) * batch.weights).mean()
        loss, logged = loss + lesson.judge * seen, logged | {"lesson.seen": seen}
    return loss, logged


def beside(known: Tensor, free: Tensor) -> Tensor:
    """Chances ``[N, K]`` and normal noise ``[N, z_dim - K]`` → noise ``[N, z_dim]`` as long as normal noise is.

    The length of what is free makes up for that of the chances: some families normalise their noise, and the chances
    would be stretched by it.
    """
    width = known.shape[1] + free.shape[1]
    left = (width - known.square().sum(dim=1)).clamp(min=LEAST_FREE * width)
    return torch.cat([known, free * (left.sqrt() / free.norm(dim=1))[:, None]], dim=1)
