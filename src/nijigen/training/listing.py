"""The table of recipes: what each costs in parameters, memory and time, without allocating anything."""

import json
from importlib.resources import files
from typing import Any

import torch

from nijigen.machine import choose_device
from nijigen.training.networks import build_networks
from nijigen.training.peak import matrix_peak
from nijigen.training.recipe import Recipe, load_recipe, recipe_names

COSTS_FILE = "costs.json"  # beside the recipes; written by benchmarks/recipe_costs.py


def list_recipes(speed: bool = True) -> list[dict[str, Any]]:
    """One row a recipe.

    ``name, family, resolution, channels, images, batch, generator_parameters, discriminator_parameters, memory, gflop,
    images_per_second, description``. Parameters are the trainable ones of the unconditional networks; labels add a
    little. Memory is in bytes and ``gflop`` in 10⁹ floating point operations for each image seen, both counted with
    100 label columns.
    ``images_per_second`` is an estimate for this machine: the speed of a large matrix product, measured now, times the
    share of it that the recipe, or the nearest in size of its family, reached where it was measured (two CPU cores).

    Args:
        speed: without it nothing is measured and ``images_per_second`` is None.
    """
    costs, recipes = recipe_costs(), [load_recipe(name) for name in recipe_names()]
    peak = matrix_peak(choose_device()) if speed else None
    rows: list[dict[str, Any]] = []
    for recipe in recipes:
        cost = costs.get(recipe.name, {})
        share = _share(recipe, recipes, costs)
        rate = peak * share / cost["operations"] if peak and share and cost else None
        facts = {key: getattr(recipe, key) for key in ("name", "family", "resolution", "channels", "images", "batch")}
        facts |= count_parameters(recipe)
        facts |= {"memory": cost.get("memory"), "gflop": cost.get("operations", 0) / 1e9 or None}
        rows.append({**facts, "images_per_second": rate, "description": recipe.description})
    return rows


def count_parameters(recipe: Recipe) -> dict[str, int]:
    """``NETWORK_parameters`` for each network of a recipe: the trainable ones, unconditional."""
    with torch.device("meta"):
        networks = build_networks(recipe, [])
    return {
        f"{role}_parameters": sum(p.numel() for p in network.parameters() if p.requires_grad)
        for role, network in networks.items()
    }


def _share(recipe: Recipe, recipes: list[Recipe], costs: dict[str, dict[str, float]]) -> float | None:
    """The share of the matrix peak of the recipe, or of the one of its family that is nearest in resolution."""
    measured = [other for other in recipes if other.family == recipe.family and "share" in costs.get(other.name, {})]
    if not measured:
        return None
    nearest = min(measured, key=lambda other: (other.name != recipe.name, abs(other.resolution - recipe.resolution)))
    return costs[nearest.name]["share"]


def recipe_costs() -> dict[str, dict[str, float]]:
    """What was counted and measured of each recipe: ``operations`` an image, ``memory`` in bytes, ``share``."""
    text = files("nijigen").joinpath("recipes", COSTS_FILE).read_text(encoding="utf-8")
    costs: dict[str, dict[str, float]] = json.loads(text)
    return costs
