"""Wider networks that begin as a narrower model: the same pictures, and new channels that learn."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from nijigen.models.contract import Generator, Networks, Shape
from nijigen.models.registry import find_family
from nijigen.schema import Attribute, AttributeSchema
from nijigen.training.recipe import Recipe, load_recipe
from nijigen.training.transfer import Origin, Taken, take_over
from nijigen.training.widening import is_wider, may_widen, widen

SCHEMA = AttributeSchema([Attribute("hair_color", ("pink", "blue", "black")), Attribute("age", range=(0.0, 1.0))])
NARROW = {"latent": 6, "embedding": 5, "latent_width": 7, "channel_base": 64, "max_width": 12, "mapping_rate": 0.1}
PAINTED = {"palette": 5, "unfold": 2, "skip": "folded", "places": True, "retouch": 4, "choices": [1, 3], "noise": False}
KINDS: dict[str, dict[str, Any]] = {"plain": {}, "painted": PAINTED}


def recipe_of(family: str = "stylegan2", **network: Any) -> Recipe:
    table = {"name": "r", "family": family, "resolution": 16, "images": 8, "batch": 4, "network": network}
    return load_recipe(Recipe.model_validate(table))


def build(recipe: Recipe, seed: int) -> Networks:
    torch.manual_seed(seed)
    shape = Shape(recipe.resolution, recipe.channels, SCHEMA.width)
    return find_family(recipe.family).build(shape, recipe.options())


def learned(recipe: Recipe, seed: int) -> Networks:
    """Networks in which no weight is where it began: those that begin at nought would hide what was not taken."""
    networks = build(recipe, seed)
    for network in networks.values():
        for value in network.parameters():
            value.data.add_(torch.randn_like(value), alpha=0.3)
    as_generator(networks).latent_mean = torch.randn(recipe.network["latent_width"])  # type: ignore[assignment]
    return networks


def as_generator(networks: Networks) -> Generator:
    generator = networks["generator"]
    assert isinstance(generator, Generator)
    return generator


def origin_of(networks: Networks, recipe: Recipe) -> Origin:
    tensors = {name: dict(network.state_dict()) for name, network in networks.items()}
    card = {"family": recipe.family, "network": recipe.network}
    return Origin(Path("a-model"), SCHEMA, card, "0" * 64, tensors)


def pictures(networks: Networks) -> Tensor:
    generator = as_generator(networks).eval()
    z, labels = torch.randn(3, generator.z_dim, generator=torch.Generator().manual_seed(5)), torch.eye(5)[:3]
    made: Tensor = generator.synthesize(generator.map(z, labels))
    return made


def widened(first: Recipe, second: Recipe) -> tuple[Networks, Networks, list[Taken]]:
    there, here = learned(first, 1), build(second, 2)
    return there, here, take_over(here, origin_of(there, first), second, SCHEMA)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "wider",
    [
        {"channel_base": 192, "max_width": 24},
        {"channel_base": 160},
        {"latent_width": 11},
        {"channel_base": 256, "max_width": 17, "latent_width": 8},
    ],
    ids=lambda wider: "-".join(wider),
)
def test_a_wider_network_begins_with_the_pictures_of_the_narrower(kind: str, wider: dict[str, int]) -> None:
    first, second = recipe_of(**NARROW, **KINDS[kind]), recipe_of(**{**NARROW, **KINDS[kind], **wider})
    there, here, (generator, discriminator) = widened(first, second)
    assert generator.fresh == []
    assert generator.wider > 5
    assert f"({generator.wider} of them wider than before)" in generator.sentence()
    assert discriminator.wider == 0
    before = pictures(there)
    assert before.std() > 0.1
    assert torch.allclose(pictures(here), before, atol=2e-5 * before.abs().max().item())


def test_retouching_grows_wider_too() -> None:
    first, second = recipe_of(**NARROW, **PAINTED), recipe_of(**{**NARROW, **PAINTED, "retouch": 9})
    there, here, (generator, _) = widened(first, second)
    assert (generator.fresh, generator.wider) == ([], 5)
    assert torch.allclose(pictures(here), pictures(there), atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_new_channels_learn_from_the_first_step(kind: str) -> None:
    """What listens to them is nought and they are not: one of the two has a gradient, and then both do."""
    wider = {"channel_base": 192, "max_width": 24}
    _, here, _ = widened(recipe_of(**NARROW, **KINDS[kind]), recipe_of(**{**NARROW, **KINDS[kind], **wider}))
    generator = as_generator(here)
    layer = generator.get_submodule("blocks.b8.conv.conv")  # 8 → 24 channels each way
    assert torch.count_nonzero(layer.weight[:8, 8:]) == 0  # type: ignore[index]
    pictures(here).square().mean().backward()  # type: ignore[no-untyped-call]
    gradient = layer.weight.grad
    assert isinstance(gradient, Tensor)
    assert (gradient[:8, 8:].flatten(1).norm(dim=1) > 0).all()
    with torch.no_grad():
        for value in generator.parameters():
            if value.grad is not None:
                value.sub_(value.grad, alpha=0.01)
    generator.zero_grad()
    pictures(here).square().mean().backward()  # type: ignore[no-untyped-call]
    assert layer.weight.grad is not None
    assert (layer.weight.grad[8:].flatten(1).norm(dim=1) > 0).all()  # type: ignore[index,operator]


def test_a_narrower_network_takes_nothing_of_another_shape() -> None:
    first, second = recipe_of(**{**NARROW, "max_width": 24}), recipe_of(**NARROW)
    _, _, (generator, _) = widened(first, second)
    assert generator.wider == 0
    assert "first.constant" in generator.fresh


@pytest.mark.parametrize(
    "other", [{"palette": 9}, {"embedding": 8}, {"unfold": 1}], ids=lambda other: next(iter(other))
)
def test_beside_other_changes_wider_tensors_stay_fresh(other: dict[str, Any]) -> None:
    """A tensor that is larger for another reason means something else at each place."""
    first = recipe_of(**NARROW, **PAINTED)
    second = recipe_of(**{**NARROW, **PAINTED, "max_width": 24, **other})
    assert not may_widen(second, first.network)
    _, _, (generator, _) = widened(first, second)
    assert generator.wider == 0
    assert "first.constant" in generator.fresh


def test_families_whose_channels_are_normalised_together_are_not_widened() -> None:
    first, second = recipe_of("pggan", channel_base=96, max_width=12), recipe_of("pggan", channel_base=96, max_width=24)
    assert not may_widen(second, first.network)
    assert may_widen(recipe_of("stylegan2-ada", **{**NARROW, "max_width": 24}), recipe_of(**NARROW).network)
    assert not may_widen(recipe_of(**NARROW), recipe_of(**NARROW).network)


def test_only_weights_have_inputs() -> None:
    """Of a constant all new numbers stay fresh: nought that is heard by nought would never learn."""
    layer = torch.nn.Module()
    target = torch.ones(1, 4, 2, 2)
    widen(layer, "constant", torch.full((1, 3, 2, 2), 5.0), target)
    assert target[0, :, 0, 0].tolist() == [5, 5, 5, 1]
    target = torch.ones(3, 4)
    widen(layer, "weight", torch.full((2, 3), 5.0), target)
    assert target.tolist() == [[5, 5, 5, 0], [5, 5, 5, 0], [1, 1, 1, 1]]
    layer.scale = 0.5  # type: ignore[assignment]
    target = torch.ones(2, 12)
    widen(layer, "weight", torch.full((2, 3), 5.0), target)
    assert target[0].tolist() == [10, 10, 10, *[0] * 9]
    assert is_wider(torch.empty(2, 3), torch.empty(2, 4))
    assert not is_wider(torch.empty(2, 3), torch.empty(3, 2))
    assert not is_wider(torch.empty(2), torch.empty(2, 2))
