"""Wider networks that begin as a narrower model: what is new in them is heard by nobody yet.

A network that has learned what it can is too narrow, and one of twice the width would have all of it before it again.
So the old channels keep their weights, the new ones have fresh ones, and what listens to new ones does so with zeros:
the wider network makes the pictures of the narrower one, and learns on from there. (Function-preserving growth is from
Net2Net, 1511.05641, §2; there new units are copies of old ones, and noise has to tell them apart.)
"""

import math
from typing import Any

import torch
from torch import Tensor, nn

from nijigen.models.registry import find_family
from nijigen.training.recipe import Recipe


def may_widen(recipe: Recipe, network: dict[str, Any]) -> bool:
    """Whether nothing but widths differs between a recipe's network and that of a model, as its card has it.

    Only then a tensor of another shape is a wider one of the same meaning.
    """
    apart = {key for key in recipe.network | network if recipe.network.get(key) != network.get(key)}
    return bool(apart) and apart <= set(find_family(recipe.family).widths)


def is_wider(source: Tensor, target: Tensor) -> bool:
    """Whether a tensor has room for another one."""
    return source.ndim == target.ndim and all(old <= new for old, new in zip(source.shape, target.shape, strict=True))


@torch.no_grad()
def widen(layer: nn.Module, name: str, source: Tensor, target: Tensor) -> None:
    """Lay the smaller tensor into the larger one, so that the layer's old outputs stay as they were.

    Args:
        layer: whose tensor it is.
        name: in the layer: of a ``weight`` the first axis is that of outputs and the second that of inputs.
        source, target: the model's and the fresh one, which is changed.
    """
    taken = source
    if name == "weight" and source.ndim > 1 and target.shape[1] > source.shape[1]:
        target[: source.shape[0], source.shape[1] :] = 0
        if hasattr(layer, "scale"):  # an equalised layer divides by the root of its inputs when it is used
            taken = source * math.sqrt(target.shape[1] / source.shape[1])
    target[tuple(slice(0, side) for side in source.shape)] = taken
