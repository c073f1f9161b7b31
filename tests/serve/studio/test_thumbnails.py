"""Every word that the illustrator knows has a picture of its own; others have none."""

import io

import pytest
from PIL import Image

from nijigen.illustrator import SCHEMA
from nijigen.schema import Attribute, AttributeSchema
from nijigen.serve.studio.thumbnails import SIDE, colour, thumbnail


def values_of(attribute: Attribute) -> tuple[str | float, ...]:
    return attribute.values or attribute.range or ()


@pytest.mark.parametrize("name", SCHEMA.names)
def test_the_words_of_an_attribute_look_different(name):
    pictures = [thumbnail(name, value) for value in values_of(SCHEMA[name])]
    assert None not in pictures
    assert len(set(pictures)) == len(pictures)
    for data in pictures:
        with Image.open(io.BytesIO(data)) as image:
            assert image.format == "PNG"
            assert image.size == (SIDE, SIDE)


def test_the_same_word_is_the_same_picture_in_every_language():
    once = thumbnail("hair_style", "twintails")
    thumbnail.cache_clear()
    assert thumbnail("hair_style", "twintails") == once
    assert thumbnail("发型", "双马尾") == once
    assert colour("髪色", "ピンク") == colour("hair_color", "pink") == "#ffa3c4"


def test_swatches_have_the_colour_of_their_word():
    for name in ("hair_color", "skin_tone"):
        for value in SCHEMA[name].values:
            with Image.open(io.BytesIO(thumbnail(name, value))) as image:
                seen = image.convert("RGB").getpixel((SIDE // 2, SIDE // 2))
            wanted = bytes.fromhex(colour(name, value)[1:])
            assert max(abs(a - b) for a, b in zip(seen, wanted, strict=True)) < 24, value


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("hair_style", "mohawk"),
        ("wings", "angel"),
        ("expression", "unknown"),
        ("head_size", 7.0),
        ("head_size", "nan"),
        ("hair_color", "gray"),  # a colour of its own in the vocabulary, not the illustrator's silver
    ],
)
def test_what_the_illustrator_does_not_know_has_no_picture(attribute, value):
    assert thumbnail(attribute, value) is None
    assert colour(attribute, value) is None


def test_only_colours_have_a_colour():
    assert colour("hair_style", "bob") is None


def test_a_model_with_fewer_words_has_theirs():
    schema = AttributeSchema([Attribute("hair_color", ("mint", "pink")), Attribute("tilt", range=(-5.0, 5.0))])
    assert [thumbnail("hair_color", value) is None for value in schema["hair_color"].values] == [True, False]
    assert thumbnail("tilt", 5.0) not in (None, thumbnail("tilt", -5.0))


def test_they_are_small_enough_for_a_page():
    assert sum(len(thumbnail(a.name, v)) for a in SCHEMA.attributes for v in values_of(a)) < 600_000
