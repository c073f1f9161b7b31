"""Mixing regularisation (1812.04948, §3.1): pictures of two latents, one for the first layers, one for the others."""

import torch
from torch import Tensor

from nijigen.models.contract import Generator
from nijigen.training.phases import Turn


def crossed(generator: Generator, turn: Turn, labels: Tensor, latent: Tensor, share: float) -> Tensor:
    """Latents ``[N, layers, dim]`` of which a ``share`` are, from a random layer on, those of the turn's other noise.

    Args:
        labels: of both latents, ``[N, width]``.
        share: how many are crossed in the mean, 0 to 1.
    """
    other = generator.map(turn.noise(generator, labels), labels)
    count = len(labels)
    # A crossing at layer 1 … layers − 1; one past the end leaves the picture as it is.
    crossing = 1 + (turn.uniform(count, 1, 1) * (generator.layers - 1)).floor()
    mixed = turn.uniform(count, 1, 1) < share
    crossing = torch.where(mixed, crossing, generator.layers)
    layer = torch.arange(generator.layers, device=latent.device)[None, :, None]
    return torch.where(layer < crossing, latent, other)
