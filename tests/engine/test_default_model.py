"""The model that comes with nijigen: there without a network, small, free, and it hears every word."""

import math
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from nijigen.data.stored import premultiply
from nijigen.engine.model import Model, load
from nijigen.engine.recreate import recreate
from nijigen.features.labeler import load_labeler
from nijigen.features.reading import read_pictures
from nijigen.features.showing import on_white
from nijigen.illustrator import SCHEMA
from nijigen.store import DEFAULT_MODEL, find_model

LARGEST = {DEFAULT_MODEL: 12e6, "chibi-tiny": 5e6}  # bytes
ASKED = 96  # avatars that a labeler reads
LEAST_RIGHT = 0.6  # of them, or three times chance; well below what was measured


@pytest.fixture(scope="module", autouse=True)
def _no_network() -> Iterator[None]:
    """Nothing here may reach for one."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the bundled model asked for a network")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        yield


@pytest.fixture(scope="module", params=[DEFAULT_MODEL, "chibi-tiny"])
def model(request: pytest.FixtureRequest) -> Model:
    return load(request.param, device="cpu", threads=1)


def test_it_is_bundled_and_small(model: Model) -> None:
    file = find_model(model.name)
    assert model.path == file
    assert file.parent.name == "pretrained"
    assert file.stat().st_size < LARGEST[model.name]


def test_the_default_is_one_of_them() -> None:
    assert load(device="cpu", threads=1).path == find_model(DEFAULT_MODEL)


def test_it_knows_the_illustrators_words(model: Model) -> None:
    """All of them, but for backgrounds, which a transparent avatar has none of, and the frame it was drawn in."""
    missing = {attribute.name for attribute in SCHEMA.attributes} - set(model.schema.names)
    assert missing == {"background"}
    for attribute in model.schema.attributes:
        if attribute.name != "framing":
            assert attribute == SCHEMA[attribute.name]


def test_its_card_says_what_it_is_made_of(model: Model) -> None:
    card = model.card
    assert card["licence"] == "CC0-1.0"
    assert re.fullmatch(r"chibi(-calm)?:\d+", card["dataset"]["source"])
    assert card["hours"] > 0
    assert 0 < card["images_seen"] <= card["recipe"]["images"]
    assert "default-model.md" in card["note"]
    assert card["metrics"]["metrics"]["attributes"]


def test_its_avatars_are_made_again_to_the_pixel(model: Model, tmp_path: Path) -> None:
    avatars = model.generate(3, seed="alice", hair_color="pink")
    assert avatars[0].pixels.shape[2] == 4
    avatars[2].save(tmp_path / "alice.png")
    assert recreate(tmp_path / "alice.png").same


@torch.no_grad()
def test_a_labeler_reads_the_words_that_were_asked_for(model: Model) -> None:
    """How well is a matter of benchmarks (docs/default-model.md); here no attribute may be deaf."""
    labeler = load_labeler()
    avatars = list(model.generate(ASKED, seed=5_000))
    pictures = torch.from_numpy(np.stack([premultiply(avatar.pixels) for avatar in avatars])).permute(0, 3, 1, 2)
    read = list(read_pictures(labeler, on_white(pictures), least=0, farthest=math.inf))
    for attribute in labeler.schema.attributes:
        if len(attribute.values) < 2 or attribute.name not in model.schema.names:
            continue
        pairs = [
            (avatar.certificate["attributes"].get(attribute.name), said.labels[attribute.name])
            for avatar, said in zip(avatars, read, strict=True)
        ]
        right = [wanted == said for wanted, said in pairs if wanted is not None]
        assert np.mean(right) > min(LEAST_RIGHT, 3 / len(attribute.values)), attribute.name
