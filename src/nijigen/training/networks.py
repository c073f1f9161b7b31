"""The networks of a run: those of its family, and what its conditioning adds to them."""

from collections.abc import Sequence

import torch

from nijigen.features.labeler import load_labeler
from nijigen.models.classifier import Classifier
from nijigen.models.contract import Networks, Shape
from nijigen.models.onlooker import Onlooker
from nijigen.models.registry import find_family
from nijigen.seeds import derive
from nijigen.training.recipe import Recipe

CLASSIFIER = "classifier"


def build_networks(recipe: Recipe, blocks: Sequence[int]) -> Networks:
    """The networks of a recipe, with weights from torch's random state.

    Args:
        blocks: columns of each attribute of the labels; none: unconditional.

    Raises:
        NijigenError: the family cannot be built at the recipe's resolution with its options.
    """
    family, options = find_family(recipe.family), recipe.options()
    shape = Shape(recipe.resolution, recipe.channels, sum(blocks))
    family.check(shape, options)
    networks = family.build(shape, options)
    if recipe.adapt.judge == "labeler":
        networks["discriminator"] = Onlooker(shape)
    if recipe.conditioning.classifier and blocks:
        networks[CLASSIFIER] = Classifier(shape, blocks, recipe.conditioning.classifier_width)
    return networks


def spoken_name(tensor: str) -> str | None:
    """A tensor's name for people; None of one that a layer keeps for itself, beside what it learns.

    >>> spoken_name("b8.conv.parametrizations.weight.original"), spoken_name("b8.conv.parametrizations.weight.0._u")
    ('b8.conv.weight', None)
    """
    module, parametrized, rest = tensor.rpartition(".parametrizations.")
    if not parametrized:
        return tensor
    weight, _, part = rest.partition(".")
    return f"{module}.{weight}" if part == "original" else None


def fresh_networks(recipe: Recipe, blocks: Sequence[int]) -> Networks:
    """As :func:`build_networks`, with weights that the recipe's seed decides."""
    torch.manual_seed(derive(recipe.seed, "weights"))
    networks = build_networks(recipe, blocks)
    for network in networks.values():
        if isinstance(network, Onlooker):
            network.open_eyes(load_labeler())
    return networks
