"""Data set and recipe: what is advised can be done."""

from types import SimpleNamespace
from typing import Any

import pytest

from nijigen.errors import NijigenError
from nijigen.training.fitting import check_dataset
from nijigen.training.recipe import load_recipe


def said(resolution: int, *overrides: str) -> str:
    """What is said of a data set of a size beside a recipe."""
    dataset: Any = SimpleNamespace(resolution=resolution, channels=3, store=SimpleNamespace(name="faces"))
    with pytest.raises(NijigenError) as refused:
        check_dataset(dataset, load_recipe("dcgan-64", overrides))
    return str(refused.value)


def test_another_size_may_be_prepared_or_trained() -> None:
    assert said(32).endswith("recipe dcgan-64 wants 64: prepare it with --size 64, or train with --set resolution=32")


def test_a_size_that_no_network_has_is_not_advised() -> None:
    """Neither for the data set to be prepared in, nor for the recipe."""
    assert "these networks double from 4 px" in said(32, "resolution=48")
    assert said(48).endswith("wants 64: prepare it with --size 64")
