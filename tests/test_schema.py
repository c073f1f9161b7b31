"""Schemas: words of three languages become vectors and come back; whatever is typed, only SchemaError is raised."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nijigen.schema import Attribute, AttributeSchema, SchemaError
from nijigen.vocabulary import LANGUAGES, vocabulary

SCHEMA = AttributeSchema(
    [
        Attribute("hair_color", ("black", "pink", "silver", "gray")),
        Attribute("expression", ("smile", "wink", "sad")),
        Attribute("tilt", range=(-12.0, 12.0)),
        Attribute("mood_of_the_day", ("plain", "odd value")),
    ]
)
values = {a.name: st.sampled_from(a.values) if a.values else st.floats(*a.range) for a in SCHEMA.attributes}  # type: ignore[misc]
labels = st.fixed_dictionaries({}, optional=values)
finite = st.floats(allow_nan=False, allow_infinity=False, width=32)


def words(language: str, attribute: str, value: object = None) -> str:
    """The word a person of a language types."""
    entry: Any = vocabulary().get(attribute, {})
    entry = entry if value is None else entry.get("values", {}).get(value, {})
    found = entry.get(language, [])
    return str(([found] if isinstance(found, str) else found or [attribute if value is None else value])[0])


@given(
    labels, st.sampled_from(LANGUAGES), st.sampled_from([",", "，", "、", " , "]), st.sampled_from(["=", " = ", "＝"])
)
def test_words_of_every_language_round_trip(given: dict[str, Any], language: str, comma: str, equals: str) -> None:
    # English synonyms may be shared by near values (grey hair is gray or silver); the canonical word never is.
    spoken = [
        words(language, name) + equals + (words(language, name, value) if language != "en" else str(value))
        for name, value in given.items()
    ]
    assert SCHEMA.parse(comma.join(spoken)) == given


@given(labels)
def test_vectors_round_trip(given: dict[str, Any]) -> None:
    vector = SCHEMA.encode(given)
    assert vector.dtype == np.float32
    assert vector.shape == (SCHEMA.width,) == (4 + 3 + 2 + 2,)
    back = SCHEMA.decode(vector)
    assert list(back) == [name for name in SCHEMA.names if name in given]
    for name, value in given.items():
        assert back[name] == (pytest.approx(value, abs=1e-5) if name == "tilt" else value)


@given(st.tuples(finite, finite).filter(lambda pair: pair[0] < pair[1]), st.floats(0, 1))
def test_what_is_decoded_can_be_asked_for(limits: tuple[float, float], share: float) -> None:
    schema = AttributeSchema([Attribute("age", range=limits)])
    value = max(limits[0], min(limits[1], limits[0] + share * (limits[1] - limits[0])))
    decoded = schema.decode(schema.encode({"age": value}))
    assert schema.normalize(decoded) == decoded


@given(st.text())
def test_any_text_is_labels_or_a_schema_error(text: str) -> None:
    try:
        found = SCHEMA.parse(text)
    except SchemaError:
        return
    assert set(found) <= set(SCHEMA.names)


parts = st.tuples(
    st.sampled_from([*SCHEMA.names, "发色", "hair", "x", ""]),
    st.text(max_size=8) | st.sampled_from(["pink", "nan", "inf", "1e999", "-"]),
)


@given(st.lists(parts, max_size=4))
def test_almost_right_text_is_labels_or_a_schema_error(pairs: list[tuple[str, str]]) -> None:
    try:
        found = SCHEMA.parse(",".join(f"{name}={value}" for name, value in pairs))
    except SchemaError:
        return
    assert np.isfinite(SCHEMA.encode(found)).all()


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["version", "attributes", "name", "values", "range"]) | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_a_schema_or_a_schema_error(value: Any) -> None:
    try:
        schema = AttributeSchema.from_json(value)
    except SchemaError:
        return
    assert AttributeSchema.from_json(json.loads(json.dumps(schema.to_json()))) == schema


@pytest.mark.parametrize(
    "row", [{"range": [0, 10**400]}, {"range": [0]}, {"values": 3}, {"values": [1]}, {"values": [[]]}]
)
def test_a_broken_row_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(SchemaError):
        AttributeSchema.from_json({"version": 1, "attributes": [{"name": "a", **row}]})


def test_json_round_trip() -> None:
    assert AttributeSchema.from_json(json.loads(json.dumps(SCHEMA.to_json()))) == SCHEMA


def test_a_newer_schema_is_refused() -> None:
    with pytest.raises(SchemaError, match="newer"):
        AttributeSchema.from_json({"version": 2, "attributes": []})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hair_color=pnik", r"hair_color has no value 'pnik' \(did you mean pink\?\)"),
        ("hair_colour_=pink,hiar_color=pink", r"did you mean hair_color"),
        ("expresion=smile", r"did you mean expression"),
        ("tilt=13", "out of range: use -12 to 12"),
        ("tilt=much", "needs a number from -12 to 12"),
        ("tilt=inf", "out of range"),
        ("pink", "'pink' is not key=value"),
        ("=pink", "not key=value"),
        ("hair_color=", "not key=value"),
        ("hair_color=pink,发色=黑色", "hair_color is given twice"),
    ],
)
def test_a_wrong_word_is_explained(text: str, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        SCHEMA.parse(text)


def test_an_unconditional_schema_says_so() -> None:
    with pytest.raises(SchemaError, match="unconditional"):
        AttributeSchema().parse("hair_color=pink")
    assert AttributeSchema().encode({}).shape == (0,)


def test_unknown_is_a_zero_block_and_no_column() -> None:
    assert SCHEMA.parse("hair_color=unknown,expression=不明,tilt=nan") == {}
    assert not SCHEMA.encode({"hair_color": None}).any()
    assert SCHEMA.decode(np.zeros(SCHEMA.width)) == {}


def test_continuous_blocks_are_two_weights() -> None:
    block = SCHEMA.block("tilt")
    assert SCHEMA.encode({"tilt": -12})[block].tolist() == [1, 0]
    assert SCHEMA.encode({"tilt": 12})[block].tolist() == [0, 1]
    assert SCHEMA.encode({"tilt": "-6"})[block].tolist() == [0.75, 0.25]


def test_the_nearer_of_two_equal_words_wins() -> None:
    """``gray`` is a synonym of silver in the vocabulary, but a value of its own in this schema."""
    assert SCHEMA.parse("hair_color=gray") == {"hair_color": "gray"}
    only_silver = AttributeSchema([Attribute("hair_color", ("black", "silver"))])
    assert only_silver.parse("hair_color=grey") == {"hair_color": "silver"}


def test_restrict_and_infer() -> None:
    rows: list[dict[str, Any]] = [{"expression": "sad", "tilt": 1.0}, {"expression": "smile"}, {}]
    kept = SCHEMA.restrict(rows)
    assert kept.names == ("expression", "tilt")
    assert kept["expression"].values == ("smile", "sad")
    inferred = AttributeSchema.infer([{"Class": "B"}, {"Class": "a"}, {"Class": "unknown"}, {"none_known": "?"}])
    assert inferred.attributes == (Attribute("class", ("a", "b")),)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Hair Color", "values": ("a",)},
        {"name": "", "values": ("a",)},
        {"name": "a"},
        {"name": "a", "values": ("x",), "range": (0, 1)},
        {"name": "a", "values": ("x", "X")},
        {"name": "a", "values": ("x", " ")},
        {"name": "a", "range": (1.0, 1.0)},
        {"name": "a", "range": (float("nan"), 1.0)},
        {"name": "a", "range": (0.0, float("inf"))},
        {"name": "a", "range": (-1e308, 1e308)},
    ],
)
def test_a_wrong_attribute_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SchemaError):
        Attribute(**wrong)


def test_one_attribute_twice_is_refused() -> None:
    with pytest.raises(SchemaError, match="twice"):
        AttributeSchema([Attribute("a", ("x",)), Attribute("a", ("y",))])


def test_a_vector_of_another_width_is_refused() -> None:
    with pytest.raises(SchemaError, match="width 11"):
        SCHEMA.decode([0.0])


def test_full_width_punctuation_is_punctuation() -> None:
    schema = AttributeSchema([Attribute("hair_color", ("pink", "blue")), Attribute("tilt", range=(-5.0, 5.0))])
    assert schema.parse("发色：粉红，tilt＝1") == {"hair_color": "pink", "tilt": 1.0}
