"""Steps of an edit: each does what it says, and a certificate leads to the same point again."""

import math
from typing import Any

import pytest
import torch

from nijigen.edit.point import Point, Space
from nijigen.edit.source import pack_numbers, unpack_numbers
from nijigen.edit.steps import Mix, Place, SetWords, Shift, Truncate, Vary, follow, parse_step
from nijigen.errors import NijigenError
from nijigen.models.contract import Generator, Shape
from nijigen.models.registry import find_family
from nijigen.schema import Attribute, AttributeSchema

SCHEMA = AttributeSchema(
    [
        Attribute("hair_color", ("pink", "blue")),
        Attribute("expression", ("smile", "sad")),
        Attribute("blush", range=(0.0, 2.0)),
    ]
)
SMALL = {"latent": 6, "latent_width": 8, "embedding": 5, "channel_base": 64, "max_width": 8}


def made(family: str, options: dict[str, Any], resolution: int = 64) -> Generator:
    torch.manual_seed(0)
    found = find_family(family)
    generator = found.build(Shape(resolution, 3, SCHEMA.width), found.options.model_validate(options))["generator"]
    assert isinstance(generator, Generator)
    return generator.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def space() -> Space:
    return Space(made("stylegan2", SMALL), SCHEMA)


FACTS: dict[str, Any] = {"seed": 7, "attributes": {"hair_color": "pink", "expression": "sad", "blush": 1.0}}
OTHER: dict[str, Any] = {"seed": 8, "attributes": {"hair_color": "blue"}}


def at(space: Space, *steps: dict[str, Any]) -> Point:
    return follow({**FACTS, "born": FACTS["attributes"], "edits": list(steps)}, space)


def test_without_steps_it_is_what_the_generator_maps(space: Space) -> None:
    point = follow(FACTS, space)
    labels = torch.from_numpy(SCHEMA.encode(FACTS["attributes"]))[None]
    expected = space.generator.map(space.generator.noise([7]), labels)[0]
    assert torch.equal(space.place(point), expected)


def test_words_change_and_noise_stays(space: Space) -> None:
    point = at(space, SetWords(attributes={"表情": "微笑"}).model_dump())
    assert point.labels == {"hair_color": "pink", "expression": "smile", "blush": 1.0}
    assert torch.equal(point.noise, follow(FACTS, space).noise)
    assert not torch.equal(space.place(point), space.place(follow(FACTS, space)))


def test_a_number_moves_by_deviations_and_stops_at_the_end(space: Space) -> None:
    assert at(space, {"kind": "move", "attribute": "blush", "by": -1}).labels["blush"] == pytest.approx(
        1 - 2 / math.sqrt(12)
    )
    assert at(space, {"kind": "move", "attribute": "blush", "by": 9}).labels["blush"] == 2.0
    with pytest.raises(NijigenError, match="use --set hair_color"):
        at(space, {"kind": "move", "attribute": "hair_color", "by": 1})


def test_neighbours_are_near_by_their_strength(space: Space) -> None:
    here, words = follow(FACTS, space), FACTS["attributes"]
    assert torch.equal(at(space, Vary(seed=1, strength=0).model_dump()).noise, here.noise)
    far = at(space, Vary(seed=1, strength=1).model_dump())
    assert torch.equal(far.noise, space.generator.noise([1])[0]) or far.noise.norm() > 0
    steps = [at(space, Vary(seed=1, strength=s).model_dump()) for s in (0.1, 0.4, 1.0)]
    away = [(step.noise - here.noise).norm().item() for step in steps]
    assert away == sorted(away)
    assert all(step.labels == words for step in steps)
    assert not torch.equal(steps[1].noise, at(space, Vary(seed=2, strength=0.4).model_dump()).noise)


def test_mixing_takes_the_layers_it_is_told(space: Space) -> None:
    one, other = space.place(follow(FACTS, space)), space.place(follow(OTHER, space))
    coarse = space.place(at(space, Mix(other=OTHER, layers="coarse").model_dump()))
    torch.testing.assert_close(coarse[:4], other[:4])
    assert torch.equal(coarse[4:], one[4:])
    half = space.place(at(space, Mix(other=OTHER, share=0.5).model_dump()))
    torch.testing.assert_close(half, (one + other) / 2)
    picked = space.place(at(space, Mix(other=OTHER, layers="0,8-9").model_dump()))
    changed = (picked != one).any(dim=1)
    assert changed.tolist() == [True, *[False] * 7, True, True]


def test_what_was_mixed_in_stays_when_words_change(space: Space) -> None:
    mixed = {"kind": "mix", "other": OTHER, "layers": "fine"}
    words = {"kind": "set", "attributes": {"expression": "smile"}}
    plain, both = at(space, words), at(space, mixed, words)
    assert both.labels == plain.labels
    assert both.shift is not None
    torch.testing.assert_close(space.place(both) - space.place(plain), both.shift)
    assert both.shift[:8].abs().max() == 0 < both.shift[8:].abs().max()


def test_parents_may_be_edited_themselves(space: Space) -> None:
    child = {**OTHER, "born": OTHER["attributes"], "edits": [Vary(seed=3, strength=0.5).model_dump()]}
    mixed = space.place(at(space, Mix(other=child).model_dump()))
    torch.testing.assert_close(mixed, space.place(follow(child, space)))
    deep: dict[str, Any] = FACTS
    for _ in range(20):
        deep = {**FACTS, "born": FACTS["attributes"], "edits": [Mix(other=deep).model_dump()]}
    with pytest.raises(NijigenError, match="more than 16 generations"):
        follow(deep, space)


def test_a_direction_is_added(space: Space) -> None:
    vector = torch.arange(8.0)
    step = {"kind": "shift", "name": "age", "by": -2, "vector": pack_numbers(vector), "layers": "middle"}
    way = space.place(at(space, step)) - space.place(follow(FACTS, space))
    torch.testing.assert_close(way[4:8], (-2 * vector).expand(4, 8))
    assert way[:4].abs().max() == way[8:].abs().max() == 0
    assert torch.equal(unpack_numbers(pack_numbers(vector)), vector)
    with pytest.raises(NijigenError, match="age is of a model with another latent"):
        at(space, Shift(name="age", by=1, vector=pack_numbers(torch.zeros(9))).model_dump())


def test_truncation_by_layers_and_toward_two_middles(space: Space) -> None:
    space.generator.get_buffer("latent_mean").fill_(3.0)
    one = space.place(follow(FACTS, space))
    fine = space.place(at(space, Truncate(strength=0, layers="fine", toward="all").model_dump()))
    assert torch.equal(fine[:8], one[:8])
    torch.testing.assert_close(fine[8:], torch.full((2, 8), 3.0))
    own = space.place(at(space, Truncate(strength=0.5).model_dump()))
    labels = torch.from_numpy(SCHEMA.encode(FACTS["attributes"]))[None]
    torch.testing.assert_close(own, space.generator.truncate(one[None], 0.5, labels)[0])


def test_a_found_latent_is_where_it_was_found(space: Space) -> None:
    latent = torch.randn(10, 8)
    placed = at(space, Place(latent=pack_numbers(latent)).model_dump())
    torch.testing.assert_close(space.place(placed), latent)
    with pytest.raises(NijigenError, match="does not fit this model"):
        at(space, Place(latent=pack_numbers(latent[:4])).model_dump())


@pytest.mark.parametrize(
    "step",
    [
        {"kind": "paint"},
        {"kind": "vary", "seed": 1, "strength": 3},
        {"kind": "move", "attribute": "blush", "by": math.nan},
        {"kind": "set"},
        "set",
        None,
        {"kind": "set", "attributes": {}, "more": 1},
    ],
)
def test_damaged_steps_are_refused_in_a_line(step: Any) -> None:
    with pytest.raises(NijigenError, match="damaged or of a newer nijigen") as caught:
        parse_step(step)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("packed", [None, {}, {"shape": [2], "float32": "!!"}, {"shape": [9], "float32": ""}])
def test_damaged_numbers_are_refused(packed: Any) -> None:
    with pytest.raises(NijigenError, match="numbers of an edit are damaged"):
        unpack_numbers(packed)
    with pytest.raises(NijigenError, match="not finite"):
        unpack_numbers(pack_numbers(torch.tensor([math.inf])))


@pytest.mark.parametrize("words", ["top", "5-2", "0-10", "", "-1", "1-"])
def test_wrong_layers_are_explained(words: str, space: Space) -> None:
    with pytest.raises(NijigenError, match="use coarse, middle, fine, all, or numbers from 0 to 9"):
        space.rows(words)


def test_a_family_without_layers_can_do_what_needs_none() -> None:
    space = Space(made("dcgan", {"latent": 8, "width": 4, "discriminator_width": 4, "embedding": 4}, 16), SCHEMA)
    one, other = space.place(follow(FACTS, space)), space.place(follow(OTHER, space))
    half = space.place(at(space, Mix(other=OTHER, share=0.5).model_dump()))
    torch.testing.assert_close(half, (one + other) / 2)
    with pytest.raises(NijigenError, match="stylegan and stylegan2 have"):
        at(space, Mix(other=OTHER, layers="coarse").model_dump())
