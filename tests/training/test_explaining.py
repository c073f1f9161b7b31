"""Messages of a wrong recipe: the key that was meant in full, whose option it is, and no word of pydantic's."""

import re

import pytest

from nijigen.errors import NijigenError
from nijigen.training.recipe import load_recipe

RATES = "optimizer.generator.rate, optimizer.discriminator.rate or optimizer.classifier.rate"


def said(override: str, recipe: str = "dcgan-64") -> str:
    with pytest.raises(NijigenError) as refused:
        load_recipe(recipe, [override])
    return str(refused.value)


@pytest.mark.parametrize(
    ("override", "meant"),
    [
        ("width=8", "network.width"),
        ("latent=8", "network.latent"),
        ("r1=1", "penalty.r1"),
        ("penalty.R1=1", "penalty.r1"),
        ("noise=0.1", "softening.noise"),
        ("rate=1", RATES),
        ("optimizer.rate=1e-4", RATES),
        ("optimizer.d.rate=1e-4", RATES),
        ("penalty.width=8", "network.width"),
        ("widht=8", "network.width"),
        ("resoluton=32", "resolution"),
        ("output.kep=1", "keep"),
    ],
)
def test_an_unknown_key_names_the_whole_of_the_one_that_was_meant(override: str, meant: str) -> None:
    key = override.partition("=")[0]
    assert said(override) == f"recipe dcgan-64: unknown key {key} (did you mean {meant}?)"
    for key in re.findall(r"\w+\.\w+(?:\.\w+)?", meant):  # and it is one
        load_recipe("dcgan-64", [f"{key}=0.25" if "width" not in key and "latent" not in key else f"{key}=8"])


def test_an_option_of_another_family_says_whose_it_is() -> None:
    assert said("network.upsample=nearest", "sagan-64").endswith(
        "[network]: unknown key upsample: it is an option of dcgan, wgan, wgan-gp, not of sagan"
    )
    told = said("family=stylegan2")
    assert "unknown key width: it is an option of adaattn, animegan, attentiongan, cartoongan, dcgan, " in told
    assert "not of stylegan2 (did you mean max_width?)" in told
    assert said("max_width=8").endswith(
        "key max_width: it is a [network] option of lucidrains, pggan, r3gan, stylegan, stylegan2, stylegan2-ada"
    )
    assert said("zzzzqq=1").endswith("unknown key zzzzqq")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("augment=ada", "augment='ada': augment is a table, set augment.kind=ada"),
        ("average=5", "average=5: average is a table, set one of average.half_life, average.ramp"),
        ("network=3", "network=3: network is a table, set a key of it, like network.width=32"),
        ("images=big", "images='big': use a whole number"),
        ("batch=2.5", "batch=2.5: use a whole number"),
        ("optimizer.generator.rate=fast", "optimizer.generator.rate='fast': use a number"),
        ("optimizer.generator.rate=nan", "optimizer.generator.rate=nan: use a finite number"),
        ("compile=ja", "compile='ja': use true or false"),
        ("pictures.balance=3", "pictures.balance=3: write a list, like [3]"),
        ("pictures.balance={a = 1}", "pictures.balance={'a': 1}: write a list"),
        ("network.attention=a", "attention.0='a': use a whole number"),
    ],
)
def test_a_value_of_the_wrong_kind_says_which_it_is(override: str, message: str) -> None:
    assert said(override).endswith(message)
    assert "Input should" not in said(override)
