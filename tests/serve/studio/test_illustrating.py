"""What the Illustrator draws can be drawn again, from the file alone."""

from typing import Any

import numpy as np
import pytest

from nijigen.avatar import Avatar
from nijigen.engine.recreate import recreate
from nijigen.errors import NijigenError
from nijigen.illustrator import SCHEMA, compose
from nijigen.serve.studio.illustrating import chance_words, draw_one, read_drawing, surprise
from nijigen.serve.studio.studio import ToldError


def test_what_is_chosen_is_drawn_and_the_seed_decides_the_rest() -> None:
    made = draw_one({"hair_color": "pink", "blush": 1.0}, {}, "ada", 64, False)
    assert made.avatar.attributes == compose("ada", hair_color="pink", blush=1.0).attributes
    assert set(made.by_chance) == set(SCHEMA.names) - {"hair_color", "blush"}
    assert made.avatar.pixels.shape == (64, 64, 3)
    assert draw_one({}, {}, "ada", 64, True).avatar.pixels.shape == (64, 64, 4)


def test_the_png_is_drawn_again_from_its_certificate(tmp_path: Any) -> None:
    made = draw_one({"outfit": "kimono"}, {"accessory": ("none",)}, "7", 128, True)
    path = tmp_path / "drawing.png"
    path.write_bytes(made.png)
    assert np.array_equal(recreate(path).avatar.pixels, made.avatar.pixels)
    person = read_drawing("en", Avatar.open(path).certificate)
    assert person.attributes == made.avatar.attributes
    assert person.attributes["accessory"] != "none"


def test_the_svg_is_the_same_drawing() -> None:
    made = draw_one({"hair_style": "hime"}, {}, "3", 200, False)
    assert made.svg.startswith(b'<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200"')
    assert made.svg.decode() == compose(3, hair_style="hime").svg(200)


@pytest.mark.parametrize(
    ("chosen", "seed", "size", "said"),
    [({"hair_color": "plaid"}, "1", 64, "plaid"), ({}, "-4", 64, "-4"), ({}, "1", 5_000, "5000")],
)
def test_what_cannot_be_drawn_is_refused(chosen: dict[str, Any], seed: str, size: int, said: str) -> None:
    with pytest.raises(NijigenError, match=said):
        draw_one(chosen, {}, seed, size, False)


@pytest.mark.parametrize("certificate", [{"kind": "model", "seed": 1}, {"kind": "illustration"}, {}])
def test_only_drawings_are_read(certificate: dict[str, Any]) -> None:
    with pytest.raises(ToldError, match="画师"):
        read_drawing("zh", certificate)


def test_with_the_seed_kept_words_are_thrown() -> None:
    chosen = {"hair_color": "pink", "blush": 0.3}
    thrown = [surprise(SCHEMA, chosen) for _ in range(40)]
    assert all(set(one) == set(chosen) and one["blush"] == 0.3 for one in thrown)
    assert len({one["hair_color"] for one in thrown}) > 3
    assert len(surprise(SCHEMA, {})) == 3


def test_what_chance_decided_is_said_and_escaped() -> None:
    said = chance_words({"hair_color": "pink", "accessory": "none", "blush": 0.4}, "ja")
    assert said.count("<li>") == 1
    assert "ピンク" in said
    assert "<script>" not in chance_words({"hair_color": "<script>"}, "en")
    assert "<li>" not in chance_words({}, "en")
