"""What is read and what is asked for become what is drawn."""

import pytest

from nijigen.avatarizing.reading import NAMES, Reading
from nijigen.avatarizing.wishes import ask_gender, question, wish
from nijigen.errors import NijigenError
from nijigen.illustrator import SCHEMA
from nijigen.schema import Attribute, AttributeSchema

READ = [
    Reading("hair_color", ("blonde",), 0.8),
    Reading("skin_tone", ("tan", "brown"), 0.76),
    Reading("glasses", ("no",), 0.99),
    Reading("smile", ("smile",), 0.9),
]


def test_readings_become_words_and_values_to_avoid() -> None:
    wishes = wish(READ, {}, SCHEMA)
    assert wishes.attributes == {"hair_color": "blonde", "expression": "smile"}
    assert wishes.avoid == {"skin_tone": ("porcelain", "light", "dark"), "accessory": ("glasses",)}
    assert "hair: blonde (80% sure)" in wishes.lines
    assert "skin: tan or brown (76% sure)" in wishes.lines
    assert "glasses: none (over 95% sure)" in wishes.lines


def test_gender_is_never_read() -> None:
    assert "gender" not in NAMES
    wishes = wish(READ, {}, SCHEMA)
    assert "gender" not in wishes.attributes
    assert "gender" not in wishes.avoid
    assert wishes.lines[-1].startswith("gender: never read")
    assert not any("gender" in line for line in wish(READ, {"gender": "boy"}, SCHEMA).lines)


def test_set_wins_and_is_said() -> None:
    wishes = wish(READ, {"hair_color": "pink", "skin_tone": "dark", "accessory": "glasses"}, SCHEMA)
    assert wishes.attributes["hair_color"] == "pink"
    assert wishes.attributes["accessory"] == "glasses"
    assert wishes.avoid == {}
    assert wishes.lines[0] == "hair: blonde (80% sure); --set hair_color=pink wins"


def test_glasses_and_plain_faces() -> None:
    read = [Reading("glasses", ("dark",), 0.9), Reading("smile", ("no",), 0.9)]
    wishes = wish(read, {}, SCHEMA)
    assert wishes.attributes == {"expression": "neutral", "accessory": "glasses"}
    assert wishes.lines[0] == "glasses: dark (90% sure); drawn as clear ones"
    assert wishes.lines[1] == "smile: no smile (90% sure)"


def test_what_is_not_told_changes_nothing() -> None:
    wishes = wish([Reading(name, reason="it is dark") for name in NAMES], {}, SCHEMA)
    assert (wishes.attributes, wishes.avoid) == ({}, {})
    assert wishes.lines[0] == "hair: not told, it is dark"
    assert wishes.facts["readings"][0] == {
        "name": "hair_color", "words": [], "confidence": None, "not_told": "it is dark",
    }  # fmt: skip


def test_a_model_with_other_words() -> None:
    schema = AttributeSchema([Attribute("hair_color", ("black", "gray")), Attribute("expression", ("sad", "angry"))])
    wishes = wish([Reading("hair_color", ("silver",), 0.8), *READ[1:]], {}, schema)
    assert wishes.attributes == {"hair_color": "gray"}
    assert wishes.avoid == {}
    assert "no skin_tone" in wishes.lines[1]
    assert "no smile" in wishes.lines[3]


@pytest.mark.parametrize(("answer", "labels"), [("girl", {"gender": "girl"}), (" 男 ", {"gender": "boy"}), ("", {})])
def test_what_is_answered(answer: str, labels: dict[str, str]) -> None:
    assert ask_gender(answer, SCHEMA) == labels


def test_what_cannot_be_asked() -> None:
    assert "girl, boy" in question(SCHEMA)
    with pytest.raises(NijigenError, match="no gender"):
        question(AttributeSchema([Attribute("hair_color", ("black",))]))
    with pytest.raises(NijigenError, match="girl, boy"):
        ask_gender("cat", SCHEMA)
