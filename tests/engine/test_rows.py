"""Rows of one forward are different people's, and each is made again alone."""

import base64
from pathlib import Path

import numpy as np
import pytest
import torch

from nijigen.engine.look import Look
from nijigen.engine.model import Model, load
from nijigen.engine.rows import Row
from nijigen.errors import NijigenError


@pytest.fixture(scope="module")
def model(tiny_run: Path) -> Model:
    return load(tiny_run, "cpu", threads=1)


def test_avatars_of_a_shared_forward_are_made_again_to_the_pixel(model: Model) -> None:
    """Requests of three people with other words, seeds and counts; each certificate names the whole batch."""
    asked = [(2, "alice", {"hair_color": "pink"}), (1, 99, {}), (3, 7, {"expression": "sad"})]
    rows = [row for count, seed, words in asked for row in model.rows(count, seed, attributes=words)]
    made = model.make(rows)
    assert [avatar.certificate["batch"] for avatar in made] == [6] * 6
    assert [avatar.certificate["index"] for avatar in made] == list(range(6))
    assert made[0].attributes["hair_color"] == "pink"
    assert {avatar.attributes["expression"] for avatar in made[3:]} == {"sad"}
    for avatar in made:
        assert (model.redraw(avatar.certificate) == avatar.pixels).all()


def test_rows_are_those_of_generate(model: Model) -> None:
    made = model.make(list(model.rows(4, seed=30)))
    assert [avatar.certificate for avatar in made] == [a.certificate for a in model.generate(4, seed=30, batch=4)]


def test_a_row_may_have_noise_of_its_own_beside_seeds(model: Model) -> None:
    noise = torch.randn(model.generator.z_dim, generator=torch.Generator().manual_seed(3))
    made = model.make([Row(1, {}), Row(2, {}, noise), Row(3, {})])
    kept = np.frombuffer(base64.b64decode(made[1].certificate["z"]), np.float32)
    assert (kept == noise.numpy()).all()
    assert "z" not in made[0].certificate
    for avatar in made:
        assert (model.redraw(avatar.certificate) == avatar.pixels).all()
    assert (made[1].pixels != model.make([Row(1, {}), Row(2, {}), Row(3, {})])[1].pixels).any()


def test_wrong_words_are_told_before_the_first_row(model: Model) -> None:
    with pytest.raises(NijigenError, match="plaid"):
        model.rows(1, attributes={"hair_color": "plaid"})
    with pytest.raises(NijigenError, match="z has shape"):
        model.rows(2, z=torch.zeros(1, 3))


def test_the_look_is_the_batchs(model: Model) -> None:
    made = model.make(list(model.rows(2)), Look())
    assert made[0].certificate["truncation"] is None
