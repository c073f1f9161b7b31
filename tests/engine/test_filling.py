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
