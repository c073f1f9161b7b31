"""What --set takes beside TOML: lists with commas, or of one thing, and numbers as people write them."""

from typing import Any

import pytest

from nijigen.errors import NijigenError
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.tables import Augmentation


def value(override: str) -> Any:
    """What a key of a recipe is after an override."""
    found: Any = load_recipe("dcgan-64", [override])
    for part in override.partition("=")[0].split("."):
        found = found[part] if isinstance(found, dict) else getattr(found, part)
    return found


@pytest.mark.parametrize("text", ["16", "16,", "[16]", " 16 "])
def test_one_resolution_is_a_list_of_it(text: str) -> None:
    assert value(f"network.attention={text}") == [16]


@pytest.mark.parametrize("text", ["8,16", "8, 16", "[8, 16]"])
def test_resolutions_may_be_given_with_commas(text: str) -> None:
    assert value(f"network.attention={text}") == [8, 16]


@pytest.mark.parametrize(
    ("override", "number"),
    [("images=100k", 100_000), ("images=1.5M", 1_500_000), ("average.half_life=5k", 5_000), ("output.keep=1K", 1_000)],
)
def test_numbers_are_understood_as_by_images(override: str, number: int) -> None:
    assert value(override) == number


def test_only_numbers_are_counted() -> None:
    assert value("name=5k") == "5k"
    assert value("description=2M") == "2M"
    with pytest.raises(NijigenError, match="--set images xk: use a number like 200000, 200k or 2M"):
        load_recipe("dcgan-64", ["images=xk"])
    for huge in ("9" * 5000, "9" * 5000 + ",1"):
        with pytest.raises(NijigenError):
            load_recipe("dcgan-64", [f"network.attention={huge}"])


def test_words_keep_their_commas() -> None:
    recipe = load_recipe("dcgan-64", ["augment.kind=ada", "augment.p=1", "augment.groups=blit, colour"])
    assert recipe.augment == Augmentation(kind="ada", p=1.0, groups=("blit", "colour"))
    assert isinstance(recipe, Recipe)


@pytest.mark.parametrize("text", ["conv2_1,conv3_1", "conv2_1, conv3_1,", '["conv2_1", "conv3_1"]'])
def test_every_list_may_be_given_with_commas(text: str) -> None:
    assert load_recipe("adaattn-64", [f"network.layers={text}"]).network["layers"] == ["conv2_1", "conv3_1"]
    assert load_recipe("styled", [f"style.layers={text}"]).style.layers == ("conv2_1", "conv3_1")
    assert load_recipe("chibi-128", ["network.choices=3,5"]).network["choices"] == [3, 5]


def test_the_family_that_is_set_says_what_its_options_are() -> None:
    assert load_recipe("dcgan-64", ["family=sagan", "network={}", "network.attention=16,32"]).network["attention"] == [
        16,
        32,
    ]
    with pytest.raises(NijigenError, match="cgan"):
        load_recipe("dcgan-64", ["family=dcgna", "network.attention=16,32"])
