"""The table of words: complete in three languages, and no word means two things."""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nijigen.illustrator import SCHEMA
from nijigen.schema import Attribute, AttributeSchema
from nijigen.understanding import understand
from nijigen.understanding.lexicon import lexicon
from nijigen.understanding.tables import tables
from nijigen.understanding.tokens import tokenise
from nijigen.understanding.words import Node
from nijigen.vocabulary import LANGUAGES, vocabulary

NUMBERS = {"lowest", "low", "middle", "high", "highest"}
# These stand for something else than the value alone: a colour needs a thing, 没有 says no, 头像 is any avatar.
NEED_A_THING = {"hair_color", "eye_color", "skin_tone"}
OTHER_MEANING = {"无", "没有", "なし", "無し", "头像"}


def entry_words(attribute: str, value: str, language: str) -> list[str]:
    found = vocabulary()[attribute]["values"][value].get(language, [])
    return [found] if isinstance(found, str) else list(found)


def vocabulary_words() -> dict[str, set[tuple[str, str]]]:
    meanings: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for attribute in SCHEMA.attributes:
        for value in attribute.values:
            meanings[value.replace("_", " ")].add((attribute.name, value))
            for language in LANGUAGES:
                for word in entry_words(attribute.name, value, language):
                    meanings[word].add((attribute.name, value))
    return meanings


ALL = vocabulary_words()
CLEAR = [
    (word, *next(iter(found)))
    for word, found in ALL.items()
    if len(found) == 1 and next(iter(found))[0] not in NEED_A_THING and word not in OTHER_MEANING
]
COLOURED = {"hair_color": ("{} hair", "{}头发", "{}の髪"), "eye_color": ("{} eyes", "{}眼睛", "{}の目")}
COLOURED |= {"skin_tone": ("{} skin", "{}皮肤", "{}肌")}
COLOURS = [
    (COLOURED[attribute.name][place].format(word), attribute.name, value)
    for attribute in SCHEMA.attributes
    if attribute.name in COLOURED
    for value in attribute.values
    for place, language in enumerate(LANGUAGES)
    for word in [*entry_words(attribute.name, value, language), *([value] if language == "en" else [])]
    if not word.endswith(("发", "髪")) and word not in ("yellow", "gold", "ginger")
]


@pytest.mark.parametrize(("word", "attribute", "value"), CLEAR)
def test_a_word_of_the_vocabulary_means_its_value(word: str, attribute: str, value: str) -> None:
    understood = understand(word, SCHEMA)
    assert understood.attributes.get(attribute) == value
    assert understood.unknown == ()


@pytest.mark.parametrize(("phrase", "attribute", "value"), COLOURS)
def test_a_colour_of_the_vocabulary_means_its_value_of_its_thing(phrase: str, attribute: str, value: str) -> None:
    assert understand(phrase, SCHEMA).attributes == {attribute: value}


def meanings() -> list[tuple[str, str, str, dict[str, list[str]]]]:
    data = tables()
    says = [("says", name, value, words) for name, values in data["says"].items() for value, words in values.items()]
    of = [
        (thing, name, value, words)
        for thing, attributes in data["of"].items()
        for name, values in attributes.items()
        for value, words in values.items()
    ]
    return says + of


@pytest.mark.parametrize(("where", "name", "value", "words"), meanings(), ids=lambda part: str(part)[:20])
def test_the_table_speaks_of_values_there_are(where: str, name: str, value: str, words: dict[str, list[str]]) -> None:
    attribute = SCHEMA[name]
    for part in value.replace(" & ", "|").split("|"):
        known = NUMBERS if attribute.continuous else {*attribute.values, *vocabulary()[name]["values"]}
        assert part in known or (name, part) == ("eye_color", "white")
    assert set(words) <= {*LANGUAGES, "sign"}
    assert all(phrase.strip() and tokenise(phrase.rstrip("?!*+")) for phrases in words.values() for phrase in phrases)


def test_every_value_can_be_said_in_every_language() -> None:
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    for _, name, value, words in meanings():
        for part in value.replace(" & ", "|").split("|"):
            said[name, part] |= {language for language, phrases in words.items() if phrases}
    for attribute in SCHEMA.attributes:
        for value in attribute.values or ("high",):
            assert said[attribute.name, value] >= set(LANGUAGES), f"{attribute.name}={value}"


def nodes(node: Node, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Node]]:
    return [(path, node)] + [pair for piece, below in node.next.items() for pair in nodes(below, (*path, piece))]


def test_no_phrase_says_two_values_of_one_attribute() -> None:
    twice = []
    for path, node in nodes(lexicon(SCHEMA).root):
        for language, word in node.words.items():
            for found in (word.says, *word.of.values()):
                names = [meaning.attribute for meaning in found]
                if len(names) != len(set(names)):
                    twice.append((language, path, [meaning.values for meaning in found]))
    assert twice == []


def test_equal_characters_are_equal_to_one_only() -> None:
    groups = tables()["same"]["characters"]
    characters = [character for group in groups for character in group]
    assert len(characters) == len(set(characters))
    assert not {group[0] for group in groups} & {character for group in groups for character in group[1:]}


def test_what_gives_way_and_what_is_a_motif_are_values() -> None:
    for name, levels in tables()["general"].items():
        assert all(value in SCHEMA[name].values for level in levels for value in level)
    for motif in tables()["motifs"]["words"]:
        name, _, value = motif.partition("=")
        assert value in SCHEMA[name].values


@given(st.sampled_from([word for word in ALL if word.isascii()]), st.sampled_from([str.upper, str.title, str.lower]))
def test_capitals_count_for_nothing(word: str, change: Any) -> None:
    assert understand(change(word), SCHEMA).attributes == understand(word, SCHEMA).attributes


@pytest.mark.parametrize(
    ("ways", "attributes"),
    [
        (["メガネ", "めがね", "ﾒｶﾞﾈ", "眼鏡", "眼镜", "Glasses", "ＧＬＡＳＳＥＳ"], {"accessory": "glasses"}),
        (["twin tails", "twintails", "Twin-Tails", "twin_tails", "twintail"], {"hair_style": "twintails"}),
        (["雙馬尾", "双马尾", "双馬尾"], {"hair_style": "twintails"}),
        (["grey hair", "gray hair", "gray-haired", "灰髮", "灰发", "灰髪"], {"hair_color": "silver"}),
        (["smile", "smiles", "smiling", "smiled", "she's smiling"[6:]], {"expression": "smile"}),
        (["grin", "grins", "grinning", "grinned"], {"expression": "smile"}),
        (["witch's hat", "witch’s hat", "witch hat", "witches hat"], {"accessory": "witch_hat"}),
        (["笑っている", "笑って", "笑う", "笑った", "笑います"], {"expression": "smile"}),
        (["悲しい", "悲しそう", "悲しげな", "悲しかった"], {"expression": "sad"}),
        (["笑着", "笑了", "在笑", "笑着的"], {"expression": "smile"}),
    ],
)
def test_ways_of_writing_a_word_are_one(ways: list[str], attributes: dict[str, str]) -> None:
    assert [understand(way, SCHEMA).attributes for way in ways] == [attributes] * len(ways)


def test_a_schema_brings_its_own_words() -> None:
    schema = AttributeSchema(
        [
            Attribute("class", ("sports_car", "truck")),
            Attribute("hair_color", ("pink", "rainbow")),
            Attribute("a", ("b",)),
        ]
    )
    assert understand("a sports car", schema).attributes == {"class": "sports_car"}
    assert understand("rainbow", schema).attributes == {"hair_color": "rainbow"}
    assert understand("class: truck, pink hair", schema).attributes == {"class": "truck", "hair_color": "pink"}
