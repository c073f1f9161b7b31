"""What is left when some values must not be."""

import pytest

from nijigen.remaining import remaining
from nijigen.schema import Attribute, AttributeSchema, SchemaError

SCHEMA = AttributeSchema(
    [
        Attribute("accessory", ("none", "glasses", "ribbon")),
        Attribute("gender", ("girl", "boy")),
        Attribute("tilt", range=(0, 1)),
    ]
)


def test_values_are_left_in_order_in_words_of_any_language() -> None:
    assert remaining(SCHEMA, {"配饰": ["眼鏡"]}, {}) == {"accessory": ("none", "ribbon")}
    assert remaining(SCHEMA, {"accessory": "ribbon", "gender": ("boy",)}, {"gender": "boy"}) == {
        "accessory": ("none", "glasses")
    }
    assert remaining(SCHEMA, {}, {}) == {}
    assert remaining(SCHEMA, {"accessory": ["none"], "配饰": ["ribbon"]}, {}) == {"accessory": ("glasses",)}


@pytest.mark.parametrize(
    ("avoid", "message"),
    [
        ({"accessory": ["glases"]}, "did you mean glasses"),
        ({"acessory": ["glasses"]}, "did you mean accessory"),
        ({"gender": ["girl", "boy"]}, "gender: no value is left when all of girl, boy are avoided"),
        ({"tilt": ["1"]}, "tilt is a number"),
    ],
)
def test_mistakes_are_explained(avoid: dict[str, list[str]], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        remaining(SCHEMA, avoid, {})
