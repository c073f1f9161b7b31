"""The table of recipes: what each costs in parameters, counted without allocating them."""

from typing import Any

import torch

from nijigen.models.contract import Shape
from nijigen.models.registry import find_family
from nijigen.training.recipe import load_recipe, recipe_names


def list_recipes() -> list[dict[str, Any]]:
    """One row a recipe: ``name, family, resolution, generator_parameters, discriminator_parameters, description``.

    Parameters are the trainable ones of the unconditional networks; labels add a little.
    """
    rows: list[dict[str, Any]] = []
    for name in recipe_names():
        recipe = load_recipe(name)
        with torch.device("meta"):
            networks = find_family(recipe.family).build(Shape(recipe.resolution, recipe.channels, 0), recipe.options())
        counts = {
            f"{role}_parameters": sum(p.numel() for p in network.parameters() if p.requires_grad)
            for role, network in networks.items()
        }
        facts = {key: getattr(recipe, key) for key in ("name", "family", "resolution", "channels", "images", "batch")}
        rows.append({**facts, **counts, "description": recipe.description})
    return rows
