"""``nijigen bench``: figures that belong together, and one line for each mistake."""

from collections.abc import Callable
from typing import Any

import pytest

from nijigen.errors import NijigenError
from nijigen.training.bench import bench

Make = Callable[..., Any]


@pytest.mark.parametrize("labels", [0, 1, 5])
def test_the_figures_belong_together(tiny_recipe: Make, labels: int) -> None:
    found = bench(tiny_recipe(discriminator_steps=2), labels=labels, device="cpu", threads=1, seconds=0, quiet=True)
    assert set(found.milliseconds) == set(found.turns) == {"discriminator", "generator"}
    assert found.turns == {"discriminator": 1, "generator": 0.5}
    assert found.share == pytest.approx(found.operations * found.images_per_second / found.peak)
    a_batch = sum(found.milliseconds[name] * found.turns[name] for name in found.turns) / 1000
    assert found.images_per_second <= found.batch / a_batch
    assert "of which this reaches" in " ".join(found.lines())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"labels": -1}, "--labels -1"),
        ({"seconds": float("nan")}, "--seconds nan"),
        ({"seconds": float("inf")}, "--seconds inf"),
        ({"overrides": ("resolution=48",)}, "48"),
    ],
)
def test_a_mistake_is_one_line(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(NijigenError, match=says):
        bench("dcgan-laptop-32", device="cpu", threads=1, quiet=True, **arguments)
