"""The recipe of a run from a model: whose networks, whose rates, and what is said where they do not go together."""

from pathlib import Path
from typing import Any

import pytest

from nijigen.errors import NijigenError
from nijigen.schema import Attribute, AttributeSchema
from nijigen.training.inheriting import recipe_from
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.transfer import Origin

LABELS = AttributeSchema([Attribute("hair_color", ("pink", "blue"))])


def model(recipe: str, schema: AttributeSchema = LABELS) -> Origin:
    """A model that was trained with a recipe."""
    own = load_recipe(recipe).model_dump(mode="json")
    card = {"family": own["family"], "resolution": own["resolution"], "network": own["network"], "recipe": own}
    return Origin(Path("runs/a"), schema, card, "0" * 64, {"generator": {}})


def begun(origin: Origin, recipe: Any = None, *overrides: str) -> tuple[Recipe, list[str]]:
    """The recipe of a run from a model, and what was said."""
    said: list[str] = []
    return recipe_from(origin, recipe, overrides, said.append), said


@pytest.mark.parametrize("typed", [False, True], ids=["name", "recipe"])
def test_a_recipe_for_other_networks_is_refused(typed: bool) -> None:
    name = "stylegan2-laptop-32"
    with pytest.raises(NijigenError) as refused:
        begun(model("dcgan-laptop-32"), load_recipe(name) if typed else name)
    assert str(refused.value) == (
        "recipe stylegan2-laptop-32 is for family stylegan2, and runs/a is a dcgan: leave --recipe out (the model's "
        "own goes on) or give one for dcgan; or train without --from"
    )


@pytest.mark.parametrize(
    ("own", "other"),
    [("dcgan-64", "wgan-64"), ("stylegan2-64", "stylegan2-ada-64"), ("stylegan2-ada-64", "few-shot")],
)
def test_the_same_networks_under_another_name_are_taken(own: str, other: str) -> None:
    recipe, said = begun(model(own), other)
    assert (recipe.family, recipe.name) == (load_recipe(own).family, other)
    assert recipe.network == load_recipe(own).network
    assert recipe.optimizer == load_recipe(other).optimizer
    assert said == []


def test_what_a_recipe_has_in_its_network_and_the_model_has_not_is_said() -> None:
    origin = model("chibi-tiny")
    recipe, said = begun(origin, "chibi-tiny-judged")
    assert recipe.network == load_recipe("chibi-tiny").network
    assert said == [
        "network.choices of recipe chibi-tiny-judged: not taken, runs/a has its own network; "
        "--set network.choices=… changes it all the same"
    ]
    choices = load_recipe("chibi-tiny-judged").network["choices"]
    recipe, said = begun(origin, "chibi-tiny-judged", f"network.choices={choices}")
    assert (recipe.network["choices"], said) == (choices, [])
    assert begun(origin, None)[1] == begun(origin, "few-shot")[1] == []


def test_few_shot_takes_any_model_and_says_whose_rates_it_has() -> None:
    recipe, said = begun(model("dcgan-64"), "few-shot")
    assert recipe.family == "dcgan"
    (line,) = said
    assert "of recipe few-shot are those of stylegan2-ada, and runs/a is a dcgan: " in line
    advice = [word for word in line.split() if "=" in word]
    recipe, said = begun(model("dcgan-64"), None, *advice)
    assert (recipe.augment.kind, recipe.augment.p, recipe.freeze_d, said) == ("diffaugment", 1.0, 1, [])
    assert recipe.optimizer == load_recipe("dcgan-64").optimizer


@pytest.mark.parametrize("override", ["family=stylegan2", ' family = "stylegan2"'])
def test_another_family_beside_a_model_is_refused(override: str) -> None:
    with pytest.raises(NijigenError, match=r"runs/a is a dcgan, and a run from a model .*: leave the family out, or"):
        begun(model("dcgan-64"), None, override)
    assert begun(model("dcgan-64"), None, "family=dcgan")[0].family == "dcgan"


def test_a_classifier_that_is_dropped_is_said() -> None:
    origin = model("stylegan2-ada-laptop-32")
    recipe, said = begun(origin, "few-shot")
    assert recipe.conditioning.classifier == 0
    (line,) = said
    assert "recipe few-shot has none: --set conditioning.classifier=16 keeps one" in line
    recipe, said = begun(origin, "few-shot", "conditioning.classifier=16")
    assert (recipe.conditioning.classifier, said) == (16, [])
    assert begun(origin, "few-shot", "conditioning.classifier=0")[1] == []  # who says it means it
    assert begun(origin)[1] == []
    assert begun(model("stylegan2-ada-laptop-32", AttributeSchema()), "few-shot")[1] == []
    assert begun(origin, "few-shot", "labels=none")[1] == []
    said = []
    recipe_from(origin, "few-shot", (), said.append, labelled=False)
    assert said == []


def test_a_recipe_that_is_none_is_explained_as_ever() -> None:
    for recipe, message in (("no-such", "no recipe 'no-such'"), ("gone.toml", "does not exist")):
        with pytest.raises(NijigenError, match=message):
            begun(model("dcgan-64"), recipe)
