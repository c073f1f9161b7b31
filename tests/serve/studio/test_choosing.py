"""Pickers for whatever a model knows, and sentences that choose in them."""

import io
from typing import Any

import pytest
from PIL import Image

from nijigen.illustrator import SCHEMA
from nijigen.schema import Attribute, AttributeSchema
from nijigen.serve.studio.rows import drawn, picker_rows
from nijigen.serve.studio.saying import Said, take_sentence
from nijigen.serve.studio.strips import strip
from nijigen.serve.studio.studio import same_words
from nijigen.serve.studio.thumbnails import SIDE, thumbnail

OTHER = AttributeSchema(
    [
        Attribute("hair_color", ("pink", "rust")),  # one of them is none of the illustrator's
        Attribute("hair_style", ("bob", "long")),
        Attribute("mood", ("calm", "wild")),
        Attribute("framing", ("bust",)),
        Attribute("tilt", range=(-12.0, 12.0)),
        Attribute("blush", range=(0.0, 1.0)),
    ]
)


def rows(schema: AttributeSchema, language: str = "en") -> dict[str, Any]:
    return {row["name"]: row for row in picker_rows(schema, language)}


def test_a_row_for_each_choice_drawn_where_it_can_be() -> None:
    found = rows(OTHER)
    assert list(found) == ["hair_color", "hair_style", "mood", "tilt", "blush"]  # framing is no choice
    kinds = {name: row["kind"] for name, row in found.items()}
    assert kinds == {
        "hair_color": "words",
        "hair_style": "thumbs",
        "mood": "words",
        "tilt": "number",
        "blush": "number",
    }
    assert {row["name"]: row["kind"] for row in picker_rows(SCHEMA, "en")}["hair_color"] == "swatches"
    assert found["tilt"]["low"] == -12
    assert found["tilt"]["middle"] == 0
    assert 0 < found["blush"]["step"] <= 0.1
    assert found["blush"]["digits"] == 2


def test_rows_speak_the_page_s_language() -> None:
    assert rows(OTHER, "zh")["hair_style"]["label"] == "发型"
    assert rows(OTHER, "ja")["hair_style"]["label"] == "髪型"
    assert rows(OTHER)["hair_style"]["options"][0]["label"] == "Bob"


def test_an_unlabelled_model_has_no_rows() -> None:
    assert picker_rows(AttributeSchema(), "en") == []


def test_places_of_a_strip_are_its_drawings() -> None:
    row = rows(OTHER)["hair_style"]
    with Image.open(io.BytesIO(strip("hair_style"))) as sheet:
        assert sheet.size == (SIDE, SIDE * row["of"])
        for option in row["options"]:
            own = sheet.crop((0, option["place"] * SIDE, SIDE, (option["place"] + 1) * SIDE))
            data = thumbnail("hair_style", option["value"])
            assert data is not None
            with Image.open(io.BytesIO(data)) as alone:
                pairs = zip(
                    own.resize((16, 16)).tobytes(), alone.convert("RGB").resize((16, 16)).tobytes(), strict=True
                )
                assert sum(abs(a - b) for a, b in pairs) / (16 * 16 * 3) < 4
    assert not drawn("hair_style", "../../secret")
    assert not drawn("nothing", "bob")
    with pytest.raises(KeyError):
        strip("nothing")


def test_a_sentence_chooses_and_the_next_one_takes_back_what_nobody_changed() -> None:
    said, chosen, told = take_sentence("pink hair, no glasses, <b>zorp</b>", SCHEMA, {"gender": "boy"}, Said(), "en")
    assert chosen == {"gender": "boy", "hair_color": "pink"}
    assert said.avoid == {"accessory": ("glasses",)}
    assert "zorp" in told
    assert "<b>" not in told
    changed = {**chosen, "gender": "girl"}
    said, chosen, _ = take_sentence("blue eyes", SCHEMA, changed, said, "en")
    assert chosen == {"gender": "girl", "eye_color": "blue"}
    assert said.avoid == {}
    said, chosen, told = take_sentence("  ", SCHEMA, {**chosen, "eye_color": "green"}, said, "en")
    assert (chosen, told, bool(said)) == ({"gender": "girl", "eye_color": "green"}, "", False)


def test_what_another_model_knows_too_is_kept() -> None:
    asked = {"hair_color": "pink", "outfit": "kimono", "tilt": 99.0, "blush": 0.5, "mood": ["x"]}
    assert same_words(OTHER, asked) == {"hair_color": "pink", "blush": 0.5}
