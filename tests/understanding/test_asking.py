"""--set and --text together, and what a person is told."""

import pytest

from nijigen.errors import NijigenError
from nijigen.illustrator import SCHEMA
from nijigen.schema import Attribute, AttributeSchema
from nijigen.understanding import ask, understand


def test_without_a_text_it_is_what_is_set() -> None:
    asked = ask(["hair_color=pink", "表情=微笑み"], None, SCHEMA)
    assert (asked.attributes, asked.avoid, asked.notes) == ({"hair_color": "pink", "expression": "smile"}, {}, ())


def test_set_wins_and_says_so() -> None:
    asked = ask(["hair_color=blue,accessory=glasses"], "pink hair, no glasses, winking", SCHEMA)
    assert asked.attributes == {"hair_color": "blue", "expression": "wink", "accessory": "glasses"}
    assert asked.avoid == {}
    assert asked.notes[-2:] == (
        "--set hair_color=blue wins over --text, which says hair_color=pink",
        "--set accessory=glasses wins over --text, which says accessory≠glasses",
    )
    assert not any("wins" in note for note in ask(["hair_color=pink"], "pink hair", SCHEMA).notes)


def test_what_is_avoided() -> None:
    asked = ask([], "no glasses, pink or blue hair", SCHEMA)
    assert asked.avoid["accessory"] == ("glasses",)
    assert set(asked.avoid["hair_color"]) == set(SCHEMA["hair_color"].values) - {"pink", "blue"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--text is empty: say what"),
        (" \n", "--text is empty"),
        ("spaceship", "--text: not understood: spaceship. Name hair, eyes"),
        ("grey eyes", "this model has no eye_color=gray; eye_color can be blue, green"),
        ("the of and", "it names nothing that can be drawn"),
        ("🦄", "not understood: 🦄"),
    ],
)
def test_a_text_of_which_nothing_can_be_used_is_one_line(text: str, message: str) -> None:
    with pytest.raises(NijigenError) as raised:
        ask([], text, SCHEMA)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_beside_set_a_text_may_say_nothing() -> None:
    asked = ask(["hair_color=pink"], "spaceship", SCHEMA)
    assert (asked.attributes, asked.notes) == ({"hair_color": "pink"}, ("not understood: spaceship",))


def test_a_model_without_labels_takes_no_text() -> None:
    with pytest.raises(NijigenError, match="made without labels and takes no words: leave --text out"):
        ask([], "pink hair", AttributeSchema())


def test_lines_in_three_languages() -> None:
    understood = understand("red hair, pink hair, no glasses, a hat, a beret, grey eyes, spaceship", SCHEMA)
    assert understood.lines() == [
        "understood: hair_color=pink, accessory=beret",
        "without: accessory=glasses",
        "hair_color=pink, not hair_color=red: an attribute has one value; the more exact word counts, else the last",
        "this model has no eye_color=gray; eye_color can be blue, green, amber, brown, violet, red, pink, teal",
        "not understood: spaceship",
    ]
    assert understood.lines("zh")[:2] == ["已理解：发色=粉色、配饰=贝雷帽", "排除：配饰=眼镜"]
    assert understood.lines("ja")[-1] == "理解できなかった言葉：spaceship"
    assert understand("粉发", SCHEMA).lines() == ["已理解：发色=粉色"]
    assert understand("髪はピンク", SCHEMA).lines() == ["理解した言葉：髪色=ピンク"]
    lacking = understand("blue eyes", AttributeSchema([Attribute("hair_color", ("pink",))]))
    assert lacking.lines() == ["this model knows no eye_color: eye_color=blue is left out"]


def test_lines_stay_short() -> None:
    understood = understand(", ".join(f"word{number}" for number in range(30)) + ", " + "x" * 500, SCHEMA)
    (line,) = understood.lines()
    assert line.endswith("word11, and 19 more")
    assert len(understand("x" * 500, SCHEMA).lines()[0]) < 80


def test_set_takes_the_words_that_lines_show() -> None:
    understood = understand("a winking girl with pink twintails in a kimono, cat ears", SCHEMA)
    for language in ("en", "zh", "ja"):
        shown = understood.lines(language)[0].replace("：", ": ").partition(": ")[2]
        assert SCHEMA.parse(shown.replace("、", ",")) == understood.attributes


def test_facts_are_plain() -> None:
    facts = ask([], "pink hair, red hair, no glasses, grey eyes", SCHEMA).facts["understood"]
    assert facts == {
        "attributes": {"hair_color": "red"},
        "excluded": {"accessory": ["glasses"]},
        "either": {},
        "unknown": [],
        "conflicts": [{"attribute": "hair_color", "kept": "red", "dropped": "pink"}],
        "lacking": [{"attribute": "eye_color", "value": "gray"}],
    }
