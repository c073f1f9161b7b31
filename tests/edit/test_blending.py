"""Blending by resolution: whose tensor goes where, and what follows from tensors that are of both."""

import copy
from typing import Any

import pytest
import torch

from nijigen.edit.blending import Way, blend, unlike
from nijigen.errors import NijigenError
from nijigen.models.contract import LATENT, Generator, Shape
from nijigen.models.registry import families, find_family

SIDES = [LATENT, 4, 8, 16, 32]
PLAIN = {"latent": 8, "width": 4, "discriminator_width": 4, "embedding": 4}
GROWING = {"latent": 8, "embedding": 4, "channel_base": 64, "max_width": 4}
STYLED = {**GROWING, "latent_width": 8}
SMALL: dict[str, dict[str, Any]] = {
    "dcgan": {**PLAIN, "generator_norm": "conditional"},
    "lucidrains": {"latent": 8, "embedding": 4, "capacity": 2, "max_width": 4, "mapping_layers": 2},
    "pggan": GROWING,
    "r3gan": {**PLAIN, "max_width": 8, "discriminator_max_width": 8},
    "sagan": {**PLAIN, "attention": [8]},
    "stylegan": STYLED,
    "stylegan2": {**STYLED, "palette": 5, "unfold": 2, "skip": "folded", "places": True},
    "stylegan2-ada": STYLED,
    "wgan": PLAIN,
    "wgan-gp": PLAIN,
}
LABELS = torch.eye(3)


def made(family: str, seed: int, **changes: Any) -> Generator:
    """A generator whose weights, and whatever else it keeps, are far from another seed's."""
    found = find_family(family)
    torch.manual_seed(seed)
    options = found.options.model_validate({**SMALL[family], **changes})
    generator = found.build(Shape(16, 4, 3), options)["generator"]
    assert isinstance(generator, Generator)
    with torch.no_grad():
        for name, value in generator.state_dict().items():
            if value.is_floating_point() and name != "growth_state":
                value.add_(torch.rand_like(value) * 0.2)
    return generator.eval().requires_grad_(False)


def picture(generator: Generator) -> torch.Tensor:
    with torch.no_grad():
        return generator(generator.noise(range(3)), LABELS)


@pytest.fixture(params=families("avatars"))
def pair(request: pytest.FixtureRequest) -> tuple[Generator, Generator]:
    return made(request.param, 1), made(request.param, 2)


def test_every_family_is_blended_here() -> None:
    assert set(SMALL) == set(families("avatars"))


def test_nothing_of_the_other_is_one_and_all_of_it_is_the_other(pair: tuple[Generator, Generator]) -> None:
    one, other = pair
    sides = one.sides().values()
    for share, whole in ((0.0, one), (1.0, other)):
        same = blend(one, other, Way(share=share).shares(sides), LABELS)
        assert torch.equal(picture(same), picture(whole))
        assert all(torch.equal(value, whole.state_dict()[name]) for name, value in same.state_dict().items())
    assert not torch.equal(picture(one), picture(other))


def test_a_swap_takes_each_tensor_from_where_it_says(pair: tuple[Generator, Generator]) -> None:
    one, other = pair
    sides = one.sides()
    before = picture(one), picture(other)
    features = set(sides.values()) - {LATENT}
    assert len(features) > 1
    for at in features:
        state = blend(one, other, Way(at=at).shares(sides.values()), LABELS).state_dict()
        for name, side in sides.items():
            assert torch.equal(state[name], (other if side >= at else one).state_dict()[name]), (name, side, at)
    assert torch.equal(before[0], picture(one))
    assert torch.equal(before[1], picture(other))


@pytest.mark.parametrize("mapping", ["one", "other"])
def test_the_latent_is_whose_it_is_said_to_be(pair: tuple[Generator, Generator], mapping: Any) -> None:
    one, other = pair
    state = blend(one, other, Way(at=16, mapping=mapping).shares(one.sides().values()), LABELS).state_dict()
    owner = one if mapping == "one" else other
    for name, side in one.sides().items():
        if side == LATENT:
            assert torch.equal(state[name], owner.state_dict()[name])


def test_half_way_is_half_way_and_every_time_the_same(pair: tuple[Generator, Generator]) -> None:
    one, other = pair
    shares = Way(share=0.5).shares(one.sides().values())
    mixed, again = blend(one, other, shares, LABELS), blend(one, other, shares, LABELS)
    assert torch.equal(picture(mixed), picture(again))
    assert bool(picture(mixed).isfinite().all())
    for name, value in mixed.named_parameters():
        middle = (dict(one.named_parameters())[name] + dict(other.named_parameters())[name]) / 2
        assert torch.allclose(value, middle, atol=1e-6), name
    assert not mixed.training


def test_mixed_weights_are_divided_by_their_own_largest_singular_value() -> None:
    one, other = made("sagan", 1), made("sagan", 2)
    mixed = blend(one, other, Way(share=0.5).shares(one.sides().values()), LABELS)
    norm = torch.linalg.matrix_norm(mixed.dense.weight, 2)
    assert float(norm) == pytest.approx(1.0, abs=1e-3)


def test_a_mixed_mapping_has_the_mean_of_its_own_latents() -> None:
    one, other = made("stylegan2", 1), made("stylegan2", 2)
    mixed = blend(one, other, Way(share=0.5).shares(one.sides().values()), LABELS)
    seen = mixed.map(mixed.noise(range(10_000, 13_000)), LABELS[torch.arange(3000) % 3])[:, 0].mean(dim=0)
    assert torch.allclose(mixed.mean_latent(), seen, atol=0.1 * float(seen.abs().max()))


def test_shares_rise_and_never_fall() -> None:
    for ramp in range(5):
        for curve in ("linear", "smooth"):
            found = Way(at=8, ramp=ramp, curve=curve).shares(SIDES)  # type: ignore[arg-type]
            assert (found[LATENT], found[4]) == (0.0, 0.0)
            rising = [found[side] for side in SIDES[1:]]
            assert rising == sorted(rising)
            assert rising[-1] == (1.0 if ramp <= 2 else pytest.approx(rising[-1]))
    assert Way(at=8, ramp=2).shares(SIDES) == pytest.approx({0: 0, 4: 0, 8: 1 / 3, 16: 2 / 3, 32: 1})
    assert Way(at=8, ramp=2, curve="smooth").shares(SIDES)[8] == pytest.approx(7 / 27)
    assert Way(at=16, share=0.5, mapping="mix").shares(SIDES) == {0: 0.5, 4: 0, 8: 0, 16: 0.5, 32: 0.5}
    assert Way(share=0.25).shares(SIDES) == dict.fromkeys(SIDES, 0.25)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "say how to blend: --at 16"),
        ({"at": 12}, "--at 12: these models have weights at 4, 8, 16, 32 px"),
        ({"at": 0}, "--at 0"),
        ({"share": 1.5}, "--share 1.5: use 0"),
        ({"share": float("nan")}, "--share nan"),
        ({"at": 8, "ramp": -1}, "--ramp -1"),
        ({"share": 0.5, "ramp": 2}, "give --at too"),
        ({"at": 8, "curve": "round"}, "--curve round: use linear or smooth"),
        ({"at": 8, "mapping": "none"}, "--mapping none: use one or other or mix"),
    ],
)
def test_what_cannot_be_asked_for(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(NijigenError, match=words):
        Way(**asked).shares(SIDES)


def test_generators_that_have_grown_differently_are_told_apart() -> None:
    one, other = made("pggan", 1), made("pggan", 2)
    assert unlike(one, other) == ""
    smaller = copy.deepcopy(other)
    smaller.grow(8, 1.0)  # type: ignore[operator]
    assert "one has grown to 16 px (faded in by 1), the other to 8 px" in unlike(one, smaller)
    assert "is of" in unlike(made("r3gan", 1), made("r3gan", 1, max_width=16))
