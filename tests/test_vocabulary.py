"""The words: every attribute and value has all three languages, and no word means two things."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nijigen.illustrator import SCHEMA
from nijigen.vocabulary import LANGUAGES, display, fold, synonyms, vocabulary

VALUES = [(name, value) for name, entry in vocabulary().items() for value in entry.get("values", {})]


@pytest.mark.parametrize("name", vocabulary())
def test_every_attribute_has_chinese_and_japanese_words(name: str) -> None:
    entry = vocabulary()[name]
    assert entry["zh"]
    assert entry["ja"]
    assert set(entry) <= {*LANGUAGES, "values"}


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_every_value_has_chinese_and_japanese_words(name: str, value: str) -> None:
    entry = vocabulary()[name]["values"][value]
    assert entry["zh"]
    assert entry["ja"]
    assert set(entry) <= set(LANGUAGES)
    assert fold(value) == value


@pytest.mark.parametrize("attribute", SCHEMA.attributes, ids=lambda attribute: attribute.name)
def test_the_illustrators_words_are_known_and_mean_one_thing(attribute: object) -> None:
    name, known = attribute.name, attribute.values  # type: ignore[attr-defined]
    assert name in vocabulary()
    assert set(known) <= set(vocabulary()[name].get("values", {}))
    counts = Counter(word for value in known for word in synonyms(name, value))
    assert [word for word, count in counts.items() if count > 1] == []


def test_no_word_names_two_attributes() -> None:
    counts = Counter(word for name in vocabulary() for word in synonyms(name))
    assert [word for word, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Hair Color", "hair_color"),
        ("hair-color", "hair_color"),
        (" ＨＡＩＲ＿color ", "hair_color"),
        ("ﾋﾟﾝｸ", "ピンク"),
    ],
)
def test_ways_of_typing_fold_to_one(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(st.text())
def test_folding_leaves_no_spaces_around(text: str) -> None:
    assert fold(text) == fold(f"  {text}\t")


def test_what_is_shown() -> None:
    assert display("hair_color", "pink", "zh") == "粉色"
    assert display("hair_color", language="ja") == "髪色"
    assert display("hair_color", "pink") == "pink"
    assert display("cat_ears_of_mine", "odd_value", "ja") == "odd value"
