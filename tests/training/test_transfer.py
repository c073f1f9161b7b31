"""Taking over a model: what fits by name and shape, label columns by their words, and the rest said."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nijigen.errors import NijigenError
from nijigen.models.contract import Networks, Shape
from nijigen.models.package import load_package
from nijigen.models.registry import families, find_family
from nijigen.nn.equalized import EqualizedLinear
from nijigen.schema import Attribute, AttributeSchema
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.transfer import Origin, Taken, read_origin, take_over

Make = Callable[..., Any]
NOTHING = AttributeSchema()
HERE = AttributeSchema([Attribute("hair_color", ("pink", "blue", "black")), Attribute("age", range=(0.0, 1.0))])
LARGER = AttributeSchema(
    [
        Attribute("expression", ("smile", "sad")),
        Attribute("age", range=(0.0, 1.0)),
        Attribute("hair_color", ("black", "green", "pink")),
    ]
)


def recipe_of(family: str, resolution: int = 16, **network: Any) -> Recipe:
    """A recipe of networks as small as the family makes them."""
    options: dict[str, Any] = {}
    for name in find_family(family).options.model_fields:
        if name == "channel_base":
            options[name] = 32
        elif name.endswith("width") and name != "group_width":
            options[name] = 4
        elif name in ("latent", "embedding"):
            options[name] = 5
    table = {"name": "r", "family": family, "resolution": resolution, "images": 8, "batch": 4}
    return load_recipe(Recipe.model_validate({**table, "network": {**options, "attention": [], **network}}))


def build(recipe: Recipe, schema: AttributeSchema, seed: int) -> Networks:
    torch.manual_seed(seed)
    shape = Shape(recipe.resolution, recipe.channels, schema.width)
    networks = find_family(recipe.family).build(shape, recipe.options())
    for network in networks.values():  # many parameters start at the same number, which would hide what was not taken
        for value in network.parameters():
            torch.nn.init.normal_(value)
    return networks


def origin_of(networks: Networks, recipe: Recipe, schema: AttributeSchema) -> Origin:
    tensors = {name: dict(network.state_dict()) for name, network in networks.items()}
    return Origin(Path("a-model"), schema, {"family": recipe.family}, "0" * 64, tensors)


def copied(networks: Networks) -> dict[str, dict[str, torch.Tensor]]:
    return {name: {k: v.clone() for k, v in network.state_dict().items()} for name, network in networks.items()}


@pytest.mark.parametrize("schema", [HERE, NOTHING], ids=["labels", "plain"])
@pytest.mark.parametrize("family", families("avatars"))
def test_the_same_model_is_taken_whole(family: str, schema: AttributeSchema) -> None:
    recipe = recipe_of(family)
    there, here = build(recipe, schema, 1), build(recipe, schema, 2)
    for network in there.values():
        for name, value in network.named_buffers():
            if value.is_floating_point() and not name.endswith("growth_state"):
                torch.nn.init.normal_(value)
    taken = take_over(here, origin_of(there, recipe, schema), recipe, schema)
    for name, network in here.items():
        for key, value in network.state_dict().items():
            assert torch.equal(value, there[name].state_dict()[key]), (name, key)
    assert [(found.network, found.fresh, found.words) for found in taken] == [
        ("generator", [], []),
        ("discriminator", [], []),
    ]
    assert {found.columns for found in taken} == {schema.width}


def columns(network: torch.nn.Module, width: int) -> dict[str, torch.Tensor]:
    """The tensors whose second axis is that of the labels: no other of these networks is so wide."""
    return {key: v for key, v in network.state_dict().items() if v.ndim > 1 and v.shape[1] == width}


WORDS = {
    ("hair_color", "pink"): (0, 6),
    ("hair_color", "black"): (2, 4),
    ("age", "low"): (3, 2),
    ("age", "high"): (4, 3),
}  # column in HERE, column in LARGER


@pytest.mark.parametrize("family", ["dcgan", "wgan-gp"])
@pytest.mark.parametrize("back", [False, True], ids=["to more", "to fewer"])
def test_label_columns_are_matched_by_their_words(family: str, back: bool) -> None:
    recipe = recipe_of(family)
    first, second = (LARGER, HERE) if back else (HERE, LARGER)
    there, here = build(recipe, first, 1), build(recipe, second, 2)
    before = copied(here)
    taken = take_over(here, origin_of(there, recipe, first), recipe, second)
    pairs = {(larger, small) if back else (small, larger) for small, larger in WORDS.values()}
    for name in ("generator", "discriminator"):
        found = columns(here[name], second.width)
        assert len(found) == 1
        for key, value in found.items():
            for column in range(second.width):
                source = next((a for a, b in pairs if b == column), None)
                old = before[name][key] if source is None else there[name].state_dict()[key]
                assert torch.equal(value[:, column], old[:, column if source is None else source]), (name, key, column)
    assert [found.columns for found in taken] == [4, 4]
    new = ["hair_color=blue"] if back else ["expression=smile", "expression=sad", "hair_color=green"]
    assert [found.words for found in taken] == [new, new]
    assert all(not found.fresh for found in taken)
    assert f"4 label columns by their words; new labels: {', '.join(new)}" in taken[0].sentence()


def test_words_count_where_both_schemas_are_of_one_width() -> None:
    """A width alone says nothing: by place, black hair would become pink."""
    turned = AttributeSchema([Attribute("age", range=(0.0, 1.0)), Attribute("hair_color", ("black", "blue", "pink"))])
    assert turned.width == HERE.width
    recipe = recipe_of("dcgan")
    there, here = build(recipe, HERE, 1), build(recipe, turned, 2)
    take_over(here, origin_of(there, recipe, HERE), recipe, turned)
    source, target = (networks["generator"].state_dict()["embed.weight"] for networks in (there, here))
    assert torch.equal(target, source[:, [3, 4, 2, 1, 0]])
    labels = {"hair_color": "black", "age": 0.25}
    z = torch.zeros(1, 5)
    latents = [
        networks["generator"].map(z, torch.from_numpy(schema.encode(labels))[None])  # type: ignore[operator]
        for networks, schema in ((there, HERE), (here, turned))
    ]
    assert torch.allclose(latents[0], latents[1], atol=1e-6)


# SAGAN's layers are divided by their norm, which other columns change.
@pytest.mark.parametrize("family", [name for name in families("avatars") if name != "sagan"])
def test_a_label_says_the_same_in_a_larger_schema(family: str) -> None:
    """Also where a layer divides by the root of its inputs, of which there are more now."""
    recipe = recipe_of(family)
    there, here = build(recipe, HERE, 1), build(recipe, LARGER, 2)
    take_over(here, origin_of(there, recipe, HERE), recipe, LARGER)
    checked = 0
    for name, network in here.items():
        before = dict(there[name].named_modules())
        for key, module in network.named_modules():
            old = before.get(key)
            if isinstance(module, EqualizedLinear | torch.nn.Linear) and module.weight.shape[1] == LARGER.width:
                for small, larger in WORDS.values():
                    used = [
                        (layer.weight[:, place] * getattr(layer, "scale", 1.0)).detach()
                        for layer, place in ((old, small), (module, larger))
                    ]
                    assert torch.allclose(used[0], used[1], atol=1e-6), (name, key)
                checked += 1
    assert checked >= 2
    assert checked >= 2


def test_schemas_without_a_common_word_have_fresh_labels() -> None:
    recipe = recipe_of("dcgan")
    other = AttributeSchema([Attribute("hair_color", ("red", "white", "grey")), Attribute("hat", ("yes", "no"))])
    there, here = build(recipe, HERE, 1), build(recipe, other, 2)
    before = copied(here)
    taken = take_over(here, origin_of(there, recipe, HERE), recipe, other)
    for name, key in (("generator", "embed.weight"), ("discriminator", "project.weight")):
        assert torch.equal(here[name].state_dict()[key], before[name][key])
    assert [found.fresh for found in taken] == [["embed.weight"], ["project.weight"]]
    told = "generator: 14 of 15 tensors taken over; fresh: embed.weight; new labels: "
    assert taken[0].sentence() == told + ", ".join(taken[0].words)


@pytest.mark.parametrize(("first", "second"), [(HERE, NOTHING), (NOTHING, HERE)], ids=["to none", "to labels"])
def test_from_labels_to_none_and_back(first: AttributeSchema, second: AttributeSchema) -> None:
    recipe = recipe_of("dcgan")
    there, here = build(recipe, first, 1), build(recipe, second, 2)
    taken = take_over(here, origin_of(there, recipe, first), recipe, second)
    lost = ["embed.weight", "embed.bias", "blocks.b4.conv.weight"] if second.width else ["blocks.b4.conv.weight"]
    assert [found.fresh for found in taken] == [lost, ["project.weight"] if second.width else []]
    for name, found in zip(here, taken, strict=True):
        for key, value in here[name].state_dict().items():
            assert (key in found.fresh) or torch.equal(value, there[name].state_dict()[key]), (name, key)


@pytest.mark.parametrize("family", [name for name, found in families().items() if found.growing or found.layered])
@pytest.mark.parametrize(("first", "second"), [(8, 16), (16, 8)])
def test_another_resolution_shares_what_both_have(family: str, first: int, second: int) -> None:
    smaller, larger = recipe_of(family, first), recipe_of(family, second)
    there, here = build(smaller, HERE, 1), build(larger, HERE, 2)
    before = copied(here)
    taken = take_over(here, origin_of(there, smaller, HERE), larger, HERE)
    for name, found in zip(here, taken, strict=True):
        whole = 0
        for key, value in here[name].state_dict().items():
            source = there[name].state_dict().get(key)
            fits = source is not None and source.shape == value.shape
            assert (key in found.fresh) != fits or key == "growth_state", (name, key)
            if key != "growth_state":
                expected = source if fits else before[name][key]
                assert expected is not None
                assert torch.equal(value, expected), (name, key)
            whole += fits and key != "growth_state"
        assert found.whole == whole
        assert whole > len(before[name]) / 3
        if second > first:
            assert any("16" in key for key in found.fresh)


@pytest.mark.parametrize("family", [name for name, found in families().items() if found.growing])
def test_how_far_a_network_has_grown_is_the_recipes_business(family: str) -> None:
    """Copied beside the network's back, it would be saved with the weights and show smaller pictures later."""
    smaller, larger = recipe_of(family, 8), recipe_of(family, 16)
    there, here = build(smaller, HERE, 1), build(larger, HERE, 2)
    there["generator"].grow(4, 1.0)  # type: ignore[operator]
    take_over(here, origin_of(there, smaller, HERE), larger, HERE)
    for network in here.values():
        assert network.growth == (16, 1.0)
        assert network.state_dict()["growth_state"].tolist() == [16, 1.0]


def test_another_family_is_refused() -> None:
    recipe, other = recipe_of("dcgan"), recipe_of("wgan")
    origin = origin_of(build(other, HERE, 1), other, HERE)
    with pytest.raises(NijigenError, match="a-model is a wgan and the recipe a dcgan"):
        take_over(build(recipe, HERE, 2), origin, recipe, HERE)


def test_other_options_leave_fresh_what_does_not_fit() -> None:
    recipe, wide = recipe_of("dcgan"), recipe_of("dcgan", width=8)
    there, here = build(recipe, HERE, 1), build(wide, HERE, 2)
    generator, discriminator = take_over(here, origin_of(there, recipe, HERE), wide, HERE)
    assert "blocks.b4.conv.weight" in generator.fresh
    assert "embed.weight" not in generator.fresh
    assert discriminator.fresh == []


def test_fresh_tensors_are_named_and_a_long_list_is_cut() -> None:
    names = [f"b{index}.weight" for index in range(9)]
    assert Taken("generator", 3, 0, names[:2]).sentence() == (
        "generator: 3 of 5 tensors taken over; fresh: b0.weight, b1.weight"
    )
    assert Taken("generator", 3, 0, names).sentence().endswith("b5.weight and 3 more")
    assert Taken("generator", 3).sentence() == "generator: 3 of 3 tensors taken over"
    assert Taken("generator", 3, 2).sentence() == "generator: 3 of 3 tensors taken over, 2 label columns by their words"


def test_tensors_that_the_network_does_not_have_do_no_harm() -> None:
    recipe = recipe_of("dcgan")
    there, here = build(recipe, HERE, 1), build(recipe, HERE, 2)
    origin = origin_of(there, recipe, HERE)
    origin.tensors["generator"]["from.another.world"] = torch.zeros(3)
    origin.tensors["teacher"] = {"weight": torch.zeros(3)}
    assert [found.fresh for found in take_over(here, origin, recipe, HERE)] == [[], []]


@pytest.fixture
def model(tiny_run: Path, tmp_path: Path) -> Path:
    """A copy of a trained model."""
    shutil.copytree(tiny_run / "model", tmp_path / "model")
    return tmp_path / "model"


def test_a_model_is_read_with_its_discriminator(model: Path) -> None:
    origin, package = read_origin(model), load_package(model)
    assert set(origin.tensors) == {"generator", "discriminator"}
    assert (origin.digest, origin.path, origin.schema) == (package.digest, model, package.schema)
    for key, value in package.generator.state_dict().items():
        assert torch.equal(origin.tensors["generator"][key], value)


def test_a_generator_alone_leaves_the_discriminator_fresh(model: Path, tiny_recipe: Make) -> None:
    for lonely in (model / "generator.safetensors", model):
        if lonely == model:
            (model / "discriminator.safetensors").unlink()
        origin = read_origin(lonely)
        assert set(origin.tensors) == {"generator"}
        recipe = tiny_recipe()
        here = build(recipe, origin.schema, 2)
        before = copied(here)["discriminator"]
        generator, discriminator = take_over(here, origin, recipe, origin.schema)
        assert generator.fresh == []
        assert (discriminator.whole, discriminator.fresh) == (0, list(before))
        assert all(torch.equal(value, before[key]) for key, value in here["discriminator"].state_dict().items())


def test_the_discriminator_of_another_generator_is_refused(model: Path, plain_run: Path) -> None:
    shutil.copy(plain_run / "model" / "discriminator.safetensors", model)
    with pytest.raises(NijigenError, match="does not fit the generator beside it"):
        read_origin(model)


def test_a_damaged_discriminator_is_said(model: Path) -> None:
    file = model / "discriminator.safetensors"
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(NijigenError, match=r"discriminator.safetensors is damaged"):
        read_origin(model)


def test_what_a_layer_keeps_for_itself_is_not_named() -> None:
    """A spectrally normalised weight is one thing, whatever is stored for it."""
    recipe = recipe_of("dcgan", spectral=True, discriminator_norm="none")
    _, discriminator = take_over(
        build(recipe, HERE, 2), origin_of({"generator": torch.nn.Identity()}, recipe, HERE), recipe, HERE
    )
    assert any("parametrizations" in name for name in discriminator.fresh)
    told = discriminator.sentence()
    assert "parametrizations" not in told
    assert "blocks.b16.conv.weight" in told


def test_labels_of_a_model_without_any_are_all_new() -> None:
    recipe = recipe_of("dcgan")
    taken = take_over(build(recipe, HERE, 2), origin_of(build(recipe, NOTHING, 1), recipe, NOTHING), recipe, HERE)
    for found in taken:
        assert found.words == ["hair_color=pink", "hair_color=blue", "hair_color=black", "age=low", "age=high"]
        assert "; new labels: hair_color=pink, " in found.sentence()


@pytest.mark.parametrize("family", families("avatars"))
def test_which_families_change_size(family: str) -> None:
    """As docs/recipes.md says: those that name their parts by resolution and count widths from the small end."""
    wide = {"capacity": 2, "max_width": 64} if family == "lucidrains" else {}  # it counts from the picture's end
    small, large = recipe_of(family, 16, **wide), recipe_of(family, 32, **wide)
    here = build(large, NOTHING, 2)
    taken = take_over(here, origin_of(build(small, NOTHING, 1), small, NOTHING), large, NOTHING)
    fitting = family in ("pggan", "stylegan", "stylegan2", "stylegan2-ada", "r3gan")
    for found in taken:
        weights = dict(here[found.network].named_parameters())
        fresh = sum(value.numel() for name, value in weights.items() if name in found.fresh)
        assert (fresh < sum(value.numel() for value in weights.values()) / 2) == fitting
