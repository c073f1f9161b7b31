"""What the doctor prescribes can be taken: by every recipe that comes with nijigen, for every illness."""

import pytest

from nijigen.doctor.diagnosis import OF_PAINTERS, OF_TRANSLATORS
from nijigen.doctor.finding import ILLNESSES
from nijigen.doctor.remedies import MOST, remedies
from nijigen.doctor.words import LANGUAGES, change
from nijigen.errors import NijigenError
from nijigen.models.contract import Shape
from nijigen.models.registry import find_family
from nijigen.training.recipe import Recipe, load_recipe, recipe_names


def fitting(recipe: Recipe, words: tuple[str, ...]) -> bool:
    try:
        return load_recipe(recipe, words) != recipe
    except NijigenError:
        return False


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_has_a_remedy_for_every_illness(name: str) -> None:
    recipe = load_recipe(name)
    if recipe.augment.kind != "none":
        recipe = load_recipe(recipe, ["augment.p=0.8"])
    for illness in ILLNESSES:
        if recipe.translation.adversarial and illness not in OF_TRANSLATORS:  # which is never said of it
            continue
        if find_family(recipe.family).kind == "painter" and illness not in OF_PAINTERS:
            continue
        if illness == "leak" and recipe.augment.kind == "none":
            continue
        if illness == "labels_ignored" and recipe.adapt.judge == "labeler":  # a judge that is told no labels
            continue
        found = remedies(illness, recipe, lambda words: fitting(recipe, words))
        assert 1 <= len(found) <= MOST, illness
        assert len({one.words for one in found}) == len(found)
        for one in found:
            changed = load_recipe(recipe, one.words)
            assert changed != recipe
            family = find_family(changed.family)
            family.check(Shape(changed.resolution, changed.channels, 8), changed.options())
            for language in LANGUAGES:
                flags, cost = change(one, language)
                assert flags.count("--set ") == len(one.words)
                assert cost


def test_what_does_not_fit_is_left_out() -> None:
    recipe = load_recipe("wgan-64")
    for illness in ILLNESSES:
        assert remedies(illness, recipe, lambda words: False) == ()
    found = remedies("overfitting", recipe, lambda words: fitting(recipe, words))
    assert not any("augment.control=adaptive" in one.words for one in found)  # a critic's sign says nothing


@pytest.mark.parametrize(
    ("illness", "overrides", "word"),
    [
        ("too_strong", ["objective=minimax"], "objective=non-saturating"),
        ("too_strong", ["discriminator_steps=4"], "discriminator_steps=1"),
        ("too_weak", ["optimizer.discriminator.rate=1e-6"], "optimizer.discriminator.rate=0.0002"),
        ("too_weak", ["softening.noise=0.5"], "softening.noise=0"),
        ("labels_ignored", ["conditioning.dropout=0.9"], "conditioning.dropout=0.1"),
        ("labels_ignored", ["conditioning.classifier=0.5"], "conditioning.classifier=2"),
        ("leak", ["augment.kind=ada", "augment.p=0.9"], "augment.p=0.3"),
        ("collapse_within", ["conditioning.classifier=100"], "conditioning.classifier=25"),
        ("collapse", ["network.latent=2"], "network.latent=64"),
        ("overfitting", [], "augment.kind=ada"),
        ("plateau", [], "optimizer.decay=0.4"),
        ("plateau", ["optimizer.decay=1", "optimizer.decay_to=0.001"], "optimizer.decay_to=0.1"),
        ("divergence", [], "optimizer.generator.rate=5e-05"),
    ],
)
def test_the_first_remedy_goes_to_the_cause(illness: str, overrides: list[str], word: str) -> None:
    recipe = load_recipe("dcgan-64", overrides)
    first = remedies(illness, recipe, lambda words: fitting(recipe, words))[0]
    assert word in first.words
