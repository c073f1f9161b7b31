"""--text of draw and generate: what it makes, what it says on standard error, and how mistakes are told."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nijigen
from nijigen.avatar import Avatar
from nijigen.illustrator import SCHEMA

Command = Callable[..., Any]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(folder: str) -> list[dict[str, Any]]:
    return [Avatar.open(path).attributes for path in sorted(Path(folder).glob("avatar-*.png"))]


@pytest.mark.parametrize(
    "text",
    [
        "a girl with pink twintails, no glasses, winking",
        "粉色双马尾女孩，不戴眼镜，眨眼",
        "ピンクのツインテールの女の子、眼鏡なし、ウインク",
    ],
)
def test_draw_does_as_it_is_told(text: str, command: Command) -> None:
    result = command("draw", "-n", 12, "--size", 16, "--text", text, "--workers", 1)
    assert (result.code, result.out) == (0, "12 files in drawn\n")
    assert len(result.err.splitlines()) == 2
    for person in made("drawn"):
        assert (person["gender"], person["hair_color"], person["hair_style"]) == ("girl", "pink", "twintails")
        assert person["expression"] == "wink"
        assert person["accessory"] != "glasses"


def test_what_is_not_understood_is_said_once(command: Command) -> None:
    result = command("draw", "-n", 1, "--size", 16, "--text", "pink hair, riding a unicorn", "--set", "hair=blue")
    assert result.err.splitlines() == [
        "understood: hair_color=pink",
        "not understood: riding, unicorn",
        "--set hair_color=blue wins over --text, which says hair_color=pink",
    ]
    assert made("drawn")[0]["hair_color"] == "blue"
    assert command("draw", "-n", 1, "--size", 16, "--text", "pink hair, unicorn", "--quiet").err == ""


def test_generate_does_as_it_is_told(command: Command, tiny_run: Path) -> None:
    text = "pink or blue hair, not smiling, green eyes"
    result = command("generate", "--model", tiny_run, "-n", 12, "--text", text, "--json")
    assert (result.code, result.err) == (0, "")
    understood = json.loads(result.out)["understood"]
    assert understood["either"] == {"hair_color": ["pink", "blue"]}
    assert understood["lacking"] == [{"attribute": "eye_color", "value": "green"}]
    people = made("avatars")
    assert {person["hair_color"] for person in people} == {"pink", "blue"}
    assert {person["expression"] for person in people} == {"sad"}
    told = command("generate", "--model", tiny_run, "-n", 1, "--text", text).err.splitlines()
    assert told[-1] == "this model knows no eye_color: eye_color=green is left out"


def test_edit_changes_what_the_text_says_and_nothing_else(command: Command, tiny_run: Path) -> None:
    command("generate", "--model", tiny_run, "-n", 1, "--set", "hair_color=blue,expression=smile")
    text = ("edit", "avatars/avatar-0000.png", "--model", tiny_run, "--text")
    result = command(*text, "pink hair, riding a unicorn", "--json", "--out", "pink.png")
    assert result.code == 0, result
    told = json.loads(result.out)
    assert told["attributes"] == {"hair_color": "pink", "expression": "smile"}
    assert told["understood"]["unknown"]
    assert json.loads(command(*text, "not smiling", "--json").out)["attributes"]["expression"] == "sad"
    assert json.loads(command(*text, "red or blue hair, sad", "--json").out)["attributes"]["hair_color"] == "blue"
    command(*text, "blue or pink hair", "-q").refused("--text: the avatar is like that already")
    command(*text, "pink hair", "--set", "hair_color=nosuch").refused("nosuch")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["draw", "--text", ""], "--text is empty"),
        (["draw", "--text", "unicorn"], "--text: not understood: unicorn. Name hair"),
        (["draw", "--text", "neither a girl nor a boy"], "gender: no value is left"),
        (["generate", "--model", "RUN", "--text", "green eyes"], "this model knows no eye_color"),
        (["generate", "--model", "PLAIN", "--text", "pink hair"], "made without labels"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str], message: str, command: Command, tiny_run: Path, plain_run: Path, place: Path
) -> None:
    names = {"RUN": str(tiny_run), "PLAIN": str(plain_run)}
    result = command(*(names.get(word, word) for word in arguments))
    assert (result.code, result.out) == (2, "")
    assert message in result.err.splitlines()[-1]
    assert result.err.splitlines()[-1].startswith("nijigen: ")
    assert not list(place.iterdir())


def test_in_python() -> None:
    asked = nijigen.understand("a winking girl with red or blue hair, no hat", SCHEMA)
    people = nijigen.draw(8, size=16, attributes=asked.attributes, avoid=asked.avoid)
    assert {person.attributes["expression"] for person in people} == {"wink"}
    assert {person.attributes["hair_color"] for person in people} == {"red", "blue"}
    assert not {person.attributes["accessory"] for person in people} & {"beret", "witch_hat"}
