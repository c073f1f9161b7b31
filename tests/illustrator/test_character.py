"""Characters: seeds, words, what is visible, and what stays when one attribute changes."""

import unicodedata
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nijigen.errors import NijigenError
from nijigen.illustrator import SCHEMA, compose
from nijigen.schema import SchemaError

CATEGORICAL = [attribute for attribute in SCHEMA.attributes if not attribute.continuous]
CONTINUOUS = [attribute for attribute in SCHEMA.attributes if attribute.range is not None]


def test_the_schema_offers_what_is_promised() -> None:
    counts = {attribute.name: len(attribute.values) for attribute in CATEGORICAL}
    promised = {
        "gender": 2, "hair_style": 12, "hair_color": 10, "eye_color": 8, "expression": 10, "skin_tone": 5,
        "accessory": 8, "outfit": 6, "background": 6, "art_style": 3, "framing": 2,
    }  # fmt: skip
    assert all(counts[name] >= least for name, least in promised.items())
    assert {a.name for a in CONTINUOUS} == {"head_size", "eye_size", "face_width", "tilt", "fringe_length", "blush"}


def test_a_character_has_every_attribute_in_schema_order() -> None:
    character = compose(5)
    assert tuple(character.attributes) == SCHEMA.names
    assert SCHEMA.normalize(character.attributes) == character.attributes
    assert character.attributes["framing"] == "bust"


@settings(max_examples=30)
@given(seed=st.integers(0, 2**63 - 1))
def test_any_seed_draws_well_formed_svg(seed: int) -> None:
    character = compose(seed)
    assert character == compose(seed)
    for framing in ("bust", "full"):
        root = ElementTree.fromstring(character.with_(framing=framing).svg(64))
        assert root.attrib["width"] == "64"
        assert not [node for node in root.iter() if node.tag.endswith(("text", "filter", "image"))]


def test_coordinates_have_at_most_two_decimals() -> None:
    import re

    for seed in range(20):
        text = compose(seed).svg(256)
        assert not re.findall(r'(?:d|cx|cy|rx|ry)="[^"]*\d\.\d{3}', text)
        assert "nan" not in text
        assert not re.search(r"\de-", text)


def test_words_in_three_languages_and_text_seeds() -> None:
    assert compose(1, hair_color="pink") == compose(1, {"发色": "粉色"}) == compose(1, {"髪色": "ピンク"})
    composed, decomposed = unicodedata.normalize("NFC", "がくé"), unicodedata.normalize("NFD", "がくé")
    assert composed != decomposed
    assert compose(composed) == compose(decomposed)
    assert compose("がく") != compose("かく")


@pytest.mark.parametrize(
    "wrong", [{"hair_color": "pnik"}, {"hat": "big"}, {"tilt": 13}, {"blush": -0.1}, {"eye_size": 2}]
)
def test_wrong_words_and_numbers_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SchemaError):
        compose(1, wrong)
    with pytest.raises(SchemaError):
        compose(1).with_(**wrong)


def test_wrong_sizes_seeds_and_channels_are_refused() -> None:
    for size in (0, 7, 5000):
        with pytest.raises(NijigenError, match="size"):
            compose(1).svg(size)
    with pytest.raises(NijigenError, match="seed"):
        compose(-1)
    with pytest.raises(NijigenError, match="channels"):
        compose(1).render(64, channels=2)


def test_with_keeps_the_person() -> None:
    character = compose(11, expression="smile")
    sad = character.with_(expression="sad")
    assert sad.seed == character.seed
    assert {k: v for k, v in sad.attributes.items() if k != "expression"} == {
        k: v for k, v in character.attributes.items() if k != "expression"
    }
    assert sad.with_(expression="smile") == character
    # most of the drawing is the same shapes, word for word
    before, after = set(character.svg().split("<path")), set(sad.svg().split("<path"))
    assert len(before & after) > 0.6 * len(before)


def test_asking_for_one_attribute_leaves_the_others() -> None:
    free, asked = compose(21), compose(21, eye_color="teal")
    assert {**free.attributes, "eye_color": "teal"} == asked.attributes


def test_what_cannot_be_seen_is_not_labelled() -> None:
    character = compose(3, accessory="none", expression="smile")
    assert set(character.with_(hair_style="bob").visible) == set(SCHEMA.names)
    for expression in SCHEMA["expression"].values:
        hidden = "eye_color" not in character.with_(expression=expression).visible
        assert hidden == (expression in ("happy", "laugh", "sleepy")), expression
    short, long = character.with_(hair_style="short"), character.with_(hair_style="long")
    assert "hair_style" not in short.with_(accessory="witch_hat").visible
    assert "hair_style" in long.with_(accessory="witch_hat").visible
    assert "hair_style" in short.with_(accessory="crown").visible


def test_hidden_attributes_leave_the_drawing_alone() -> None:
    for style in SCHEMA["art_style"].values:
        shut = compose(3, art_style=style, expression="happy", accessory="none")
        assert shut.with_(eye_color="red").svg(64) == shut.with_(eye_color="green").svg(64), style


def test_sampling_makes_every_value_frequent_and_numbers_neutral() -> None:
    rows = [compose(seed).attributes for seed in range(3000)]
    for attribute in CATEGORICAL:
        if attribute.name == "framing":
            continue
        for value in attribute.values:
            share = sum(row[attribute.name] == value for row in rows) / len(rows)
            assert share > 0.4 / len(attribute.values), (attribute.name, value, share)
    for style in SCHEMA["art_style"].values:
        assert sum(row["art_style"] == style for row in rows) / len(rows) > 0.2, style
    for attribute in CONTINUOUS:
        assert attribute.range is not None
        low, high = attribute.range
        values = [float(row[attribute.name]) for row in rows]
        assert all(low <= value <= high for value in values)
        assert abs(sum(values) / len(values) - (low + high) / 2) < 0.05 * (high - low), attribute.name


def test_another_skin_or_expression_keeps_the_clothes_unless_they_clash() -> None:
    kept = 0
    for seed in range(40):
        person = compose(seed, outfit="hoodie", skin_tone="light")
        fills = [set(one.svg(64, transparent=True).split('"')) for one in (person, person.with_(skin_tone="brown"))]
        kept += len(fills[0] & fills[1]) > 0.75 * len(fills[0])
    assert kept >= 30
