"""The table of recipes: what each costs in parameters, memory and time, without building anything."""

import hashlib
import json
from importlib.resources import files
from typing import Any

import torch

from nijigen.machine import choose_device
from nijigen.training.networks import build_networks
from nijigen.training.peak import core_peak, matrix_peak
from nijigen.training.recipe import Recipe, load_recipe, recipe_names

COSTS_FILE = "costs.json"  # beside the recipes; written by benchmarks/recipe_costs.py
START = "dcgan-quick-32"  # the recipe to begin with: the shortest run
LAPTOP = 1e15  # floating point operations of a run: three hours of a core of 2024
LARGE = 256  # px: from here on one group
PROCESS = 360_000_000  # bytes: measured, a trainer of next to no network on a CPU (Linux, torch 2.13)


def list_recipes(speed: bool = True) -> list[dict[str, Any]]:
    """One row a recipe: those for a laptop first, the one to start with before all; the others by size.

    ``name, group, family, resolution, channels, images, batch, generator_parameters, discriminator_parameters, memory,
    memory_here, gflop, run_gflop, images_per_second, seconds, description``. Parameters are the trainable ones of the
    unconditional networks; labels add a little. ``memory`` is in bytes: the weights, the optimisers and what a batch
    needs; in ``memory_here`` is, on a CPU, the process itself too, as ``bench`` and ``train`` say it. ``gflop`` are 10⁹
    floating point operations for each image seen at the full resolution, ``run_gflop`` those of the whole run, all
    counted with 100 label columns.
    ``images_per_second`` (at the full resolution) and ``seconds`` (of the whole run) are estimates for this machine, of
    two digits: the speed of a matrix product, measured now, times the share of it that the recipe, or the nearest in
    size of its family, reached where it was measured. On a CPU that is one core with nothing else to do.

    Args:
        speed: without it nothing is measured, and ``images_per_second`` and ``seconds`` are None.
    """
    costs, recipes = recipe_costs(), [load_recipe(name) for name in recipe_names()]
    device = choose_device()
    peak = two_digits(core_peak() if device.type == "cpu" else matrix_peak(device)) if speed else None
    rows: list[dict[str, Any]] = []
    places: dict[str, tuple[Any, ...]] = {}
    for recipe in recipes:
        cost, share = costs[recipe.name], _share(recipe, recipes, costs)
        reached = peak * share if peak else None
        row: dict[str, Any] = {"name": recipe.name, "group": _group(recipe, cost["run_operations"])}
        row |= {key: getattr(recipe, key) for key in ("family", "resolution", "channels", "images", "batch")}
        row |= {key: cost[key] for key in ("generator_parameters", "memory")}
        row["discriminator_parameters"] = cost.get("discriminator_parameters", 0)  # painters have none
        row["memory_here"] = cost["memory"] + (PROCESS if device.type == "cpu" else 0)
        row |= {"gflop": cost["operations"] / 1e9, "run_gflop": cost["run_operations"] / 1e9}
        row["images_per_second"] = two_digits(reached / cost["operations"]) if reached else None
        row["seconds"] = two_digits(cost["run_operations"] / reached) if reached else None
        row["description"] = recipe.description
        places[recipe.name] = _place(row, cost["run_operations"] / share)
        rows.append(row)
    return sorted(rows, key=lambda row: places[row["name"]])


def count_parameters(recipe: Recipe) -> dict[str, int]:
    """``NETWORK_parameters`` for each network of a recipe: the trainable ones, unconditional."""
    with torch.device("meta"):
        networks = build_networks(recipe, [])
    return {
        f"{role}_parameters": sum(p.numel() for p in network.parameters() if p.requires_grad)
        for role, network in networks.items()
    }


def recipe_costs() -> dict[str, dict[str, Any]]:
    """What was counted and measured of each recipe.

    ``NETWORK_parameters``; ``operations`` an image and ``run_operations``; ``memory`` in bytes; ``counted``, the
    fingerprint of the recipe as it was then; of some ``share``, that of a core's matrix peak.
    """
    text = files("nijigen").joinpath("recipes", COSTS_FILE).read_text(encoding="utf-8")
    costs: dict[str, dict[str, Any]] = json.loads(text)
    return costs


def fingerprint(recipe: Recipe) -> str:
    """16 hexadecimal digits that change with anything in a recipe but its name and description."""
    table = recipe.model_dump(mode="json", exclude={"name", "description"})
    return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()[:16]


def two_digits(value: float) -> float:
    """A number with no more digits than an estimate has."""
    return float(f"{value:.2g}")


def _share(recipe: Recipe, recipes: list[Recipe], costs: dict[str, dict[str, Any]]) -> float:
    """The share of the matrix peak of the recipe, or of the one of its family that is nearest in resolution."""
    measured = [other for other in recipes if other.family == recipe.family and "share" in costs[other.name]]
    nearest = min(measured, key=lambda other: (other.name != recipe.name, abs(other.resolution - recipe.resolution)))
    return float(costs[nearest.name]["share"])


def _group(recipe: Recipe, run_operations: float) -> str:
    if run_operations < LAPTOP:
        return "laptop"
    return f"{recipe.resolution} px" if recipe.resolution < LARGE else f"{LARGE} px and more"


def _place(row: dict[str, Any], time: float) -> tuple[Any, ...]:
    """Where a row stands: within a size the short runs come first."""
    return row["group"] != "laptop", row["name"] != START, row["resolution"], time, row["name"]
