"""Attributes that are not given are drawn as they occurred, without the values that must not be."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from nijigen.engine.filling import draw_labels
from nijigen.engine.model import load
from nijigen.engine.ranking import generate_best
from nijigen.errors import NijigenError
from nijigen.schema import Attribute, AttributeSchema

SCHEMA = AttributeSchema([Attribute("hair", ("pink", "blue")), Attribute("item", ("none", "glasses", "bow", "hat"))])
PAIRS = [("pink", "glasses")] * 96 + [("pink", "bow")] * 48 + [("pink", "none")] * 16 + [("blue", "glasses")] * 64
ROWS = torch.from_numpy(np.stack([SCHEMA.encode({"hair": hair, "item": item}) for hair, item in PAIRS]))


def drawn(wanted: dict[str, str | float], left: dict[str, tuple[str, ...]], rows: torch.Tensor = ROWS) -> Counter[str]:
    people = [draw_labels(SCHEMA, rows, seed, wanted, left) for seed in range(400)]
    assert all(person.items() >= wanted.items() for person in people)
    return Counter(str(person.get("item")) for person in people)


def test_without_anything_avoided_they_are_as_they_occurred() -> None:
    counts = drawn({}, {})
    assert set(counts) == {"glasses", "bow", "none"}
    assert counts["glasses"] / 400 == pytest.approx(10 / 14, abs=0.07)


def test_the_others_keep_their_shares() -> None:
    counts = drawn({}, {"item": ("none", "bow", "hat")})
    assert set(counts) == {"none", "bow"}
    assert counts["bow"] / 400 == pytest.approx(3 / 4, abs=0.07)


def test_where_hardly_a_row_fits_the_rest_still_varies_and_nothing_avoided_comes_back() -> None:
    few = [("blue", "bow")] * 3 + [("pink", "glasses")] * 30 + [("pink", "none")] * 20
    rows = torch.from_numpy(np.stack([SCHEMA.encode({"hair": hair, "item": item}) for hair, item in few]))
    assert set(drawn({"hair": "blue"}, {}, rows)) == {"bow", "glasses", "none"}
    assert set(drawn({"hair": "blue"}, {"item": ("none", "bow", "hat")}, rows)) == {"bow", "none"}


def test_where_no_row_fits_the_seed_chooses_among_what_is_left() -> None:
    assert set(drawn({}, {"item": ("hat",)})) == {"hat"}
    counts = drawn({"hair": "blue"}, {"item": ("none", "bow", "hat")})
    assert "glasses" not in counts
    assert len(counts) >= 2


def test_pictures_without_the_label_get_one_that_may_be() -> None:
    unlabelled = torch.from_numpy(np.stack([SCHEMA.encode({"hair": "pink"})]))
    assert set(drawn({}, {}, unlabelled)) == {"None"}
    assert set(drawn({}, {"item": ("none", "bow")}, unlabelled)) == {"none", "bow"}


EYES = AttributeSchema([*SCHEMA.attributes, Attribute("mood", ("glad", "asleep")), Attribute("eyes", ("red", "green"))])


def eyed(*people: dict[str, str | float]) -> torch.Tensor:
    return torch.from_numpy(np.stack([EYES.encode(one) for one in people]))


def test_what_never_occurred_with_a_word_is_left_out() -> None:
    """Also where rows that have less of what is wanted are drawn: most of the sixteen are awake."""
    asleep = [{"hair": "blue", "item": "bow", "mood": "asleep"}] * 9
    awake = [{"hair": hair, "item": "hat", "mood": "glad", "eyes": "red"} for hair in ("pink", "blue")] * 40
    rows = eyed(*asleep, *awake)
    for seed in range(50):
        wanted: dict[str, str | float] = {"hair": "pink", "item": "hat", "mood": "asleep"}
        assert draw_labels(EYES, rows, seed, wanted, {}) == wanted
        assert draw_labels(EYES, rows, seed, {"hair": "pink"}, {})["eyes"] == "red"
        asked = draw_labels(EYES, rows, seed, {"mood": "asleep"}, {"eyes": ("green",)})
        assert asked["eyes"] == "green"  # who asks for it gets it
    few = [
        draw_labels(EYES, eyed(*asleep[:7], *awake), seed, {"mood": "asleep", "hair": "pink"}, {}) for seed in range(9)
    ]
    assert any("eyes" in one for one in few)  # too few to say that it never does


def test_somebody_with_these_words_and_no_others_comes_back() -> None:
    """All that a certificate says is given again: a style that a hat hid is not made up."""
    hidden = {"item": "hat", "mood": "glad", "eyes": "green"}
    others = [{"hair": "pink", "item": item, "mood": "glad", "eyes": "red"} for item in ("hat", "bow")] * 20
    rows = eyed(hidden, *others)
    assert all(draw_labels(EYES, rows, seed, dict(hidden), {}) == hidden for seed in range(50))
    # Others who fit have the attribute: then it is drawn as it occurred.
    rows = eyed(hidden, {**hidden, "hair": "blue"}, *others)
    assert any("hair" in draw_labels(EYES, rows, seed, dict(hidden), {}) for seed in range(50))


def test_what_the_bundled_model_draws_is_drawn_again_from_its_own_words() -> None:
    model = load("chibi", "cpu", threads=1)
    people = [model.draw_labels(seed, {}) for seed in range(200)]
    assert any("eye_color" not in one for one in people)
    assert [model.draw_labels(seed, one) for seed, one in enumerate(people)] == people


def test_a_model_avoids_and_its_avatars_are_redrawn(tiny_run: Path) -> None:
    model = load(tiny_run, "cpu", threads=1)
    avoid = {"hair_color": ["pink"], "表情": ["smile"]}
    made = model.generate(40, seed=0, avoid=avoid)
    assert {avatar.attributes["hair_color"] for avatar in made} == {"blue", "black"}
    assert {avatar.attributes["expression"] for avatar in made} == {"sad"}
    assert (model.redraw(made[3].certificate) == made[3].pixels).all()
    again = list(model.generate_each(40, 0, avoid=avoid))
    assert [avatar.certificate for avatar in again] == [avatar.certificate for avatar in made]
    given = model.generate(1, hair_color="pink", avoid={"hair_color": ["pink"]})
    assert given[0].attributes["hair_color"] == "pink"
    best = list(generate_best(model, 6, 0, 2, avoid=avoid))
    assert [avatar.attributes for avatar in best] == [avatar.attributes for avatar in made[:6]]


def test_avoiding_changes_nothing_else(tiny_run: Path) -> None:
    model = load(tiny_run, "cpu", threads=1)
    plain, avoiding = model.generate(3, seed=5), model.generate(3, seed=5, avoid={})
    assert [avatar.certificate for avatar in plain] == [avatar.certificate for avatar in avoiding]


def test_nothing_left_is_refused(tiny_run: Path) -> None:
    model = load(tiny_run, "cpu", threads=1)
    with pytest.raises(NijigenError, match="no value is left"):
        model.generate(1, avoid={"hair_color": ["pink", "blue", "black"]})
