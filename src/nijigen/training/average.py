"""The exponential moving average of a network's weights: what training keeps and shows.

Source: Karras et al. 2018 (1710.10196), §4, with the half-life in images and the ramp-up of 2006.06676.
"""

import copy

import torch
from torch import Tensor, nn


def averaged_copy(network: nn.Module) -> nn.Module:
    """A copy to hold the average: evaluation mode, no gradients."""
    return copy.deepcopy(network).eval().requires_grad_(False)


def decay(half_life: float, batch: int) -> float:
    """The share of the old average that stays after a batch, for a half-life in images."""
    return 0.0 if half_life <= 0 else 0.5 ** (batch / half_life)


@torch.no_grad()
def update(average: nn.Module, network: nn.Module, share: float) -> None:
    """``average ← share · average + (1 − share) · network``, running statistics included; other buffers are copied."""
    targets: dict[str, Tensor] = dict(average.named_parameters())
    sources: dict[str, Tensor] = dict(network.named_parameters())
    for name, buffer in average.named_buffers():
        source = network.get_buffer(name)
        if name.endswith(("running_mean", "running_var")):
            targets[name], sources[name] = buffer, source
        else:
            buffer.copy_(source)
    torch._foreach_lerp_(list(targets.values()), [sources[name] for name in targets], 1 - share)
