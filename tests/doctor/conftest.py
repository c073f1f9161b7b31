"""Rows of runs that never were, with numbers as healthy and as ill runs had them."""

from collections.abc import Callable
from typing import Any

import pytest

from nijigen.doctor.case import WARM_UP, Case
from nijigen.training.recipe import Recipe, load_recipe

BATCH, PROBES = 16, 12
HEALTHY = {
    "d.real": 0.6,
    "d.real.wrong": 0.3,
    "d.held_out": 0.58,
    "d.fake": 0.1,
    "d.spread": 0.3,
    "d.right": 0.85,
    "d.right.held_out": 0.84,
    "slope.real": 0.5,
    "slope.fake": 0.5,
    "slope.loss": 0.5,
    "saturated": 0.0,
    "diversity": 0.97,
    "diversity.nearest": 0.9,
    "gap": 0.02,
    "detail": 1.05,
    "change.noise": 0.45,
    "change.label": 0.85,
    "labels.followed": 1.0,
    "diversity.label": 0.6,
    "diversity.value": 0.85,
    "leak": 0.05,
    "leak.spread": 0.03,
    "leak.explained": 0.1,
    "augment.p": 0.2,
}


@pytest.fixture
def recipe() -> Recipe:
    """Small batches, so that the warm-up is short, and augmentation."""
    return load_recipe("dcgan-laptop-32", ["augment.kind=ada", "augment.p=0.2"])


@pytest.fixture
def case(recipe: Recipe) -> Callable[..., Case]:
    """``case(diversity=[…], gap=0.3)``: twelve rows of a healthy run, with some numbers otherwise.

    A number holds all along; of a list the first is at the start and the last at the end, linearly between; None
    leaves a number out.
    """

    def make(metrics: list[dict[str, Any]] | None = None, recipe: Recipe = recipe, **others: Any) -> Case:
        rows = []
        numbers = {**HEALTHY, **{name.replace("__", "."): value for name, value in others.items()}}
        for place in range(PROBES):
            row: dict[str, Any] = {"images": WARM_UP * BATCH + 4_000 * (place + 1)}
            for name, value in numbers.items():
                if isinstance(value, list):
                    row[name] = value[0] + (value[1] - value[0]) * place / (PROBES - 1)
                elif value is not None:
                    row[name] = value
            rows.append({**row, "diversity.value.of": "hair_color=pink"})
        return Case(metrics or [], rows, recipe)

    return make
