"""Everything the page says, it says in three languages; and the right one is chosen."""

import re
from importlib.resources import files

import pytest

from nijigen.serve.studio.speech import Speech, everything, known_language, preferred, word, words
from nijigen.vocabulary import LANGUAGES

HERE = files("nijigen.serve.studio")
BLANKS = re.compile(r"\{\w+\}")


def test_every_word_is_there_in_every_language() -> None:
    assert len(words()) > 60
    for key, entry in words().items():
        assert set(entry) == set(LANGUAGES), key
        said = [entry[language] for language in LANGUAGES]
        assert len({bool(text) for text in said}) == 1, key  # all say something, or none does
        assert len({tuple(sorted(BLANKS.findall(text))) for text in said}) == 1, key
        assert entry["zh"] != entry["en"] or not re.search("[a-z]", entry["en"]), key


def test_every_word_the_scripts_ask_for_is_there() -> None:
    known = {key.partition(".")[2] for key in words()}
    asked: set[str] = set()
    for file in (HERE / "static").iterdir():
        if file.name.endswith(".js"):
            asked |= set(re.findall(r"(?<!/)\bwords\.([a-z_]\w*)\b", file.read_text(encoding="utf-8")))
    assert {"making", "made", "any", "download"} <= asked
    assert asked <= known


def test_every_word_the_tabs_ask_for_is_there() -> None:
    asked: set[str] = set()
    for file in HERE.iterdir():
        if file.name.endswith(".py"):
            text = file.read_text(encoding="utf-8")
            asked |= set(re.findall(r'(?:label|info|placeholder|value)="([a-z]+\.[a-z_]+)"', text))
            asked |= set(re.findall(r'word\(\w+, "([a-z]+\.[a-z_]+)"', text))
            asked |= set(re.findall(r'note\(\w+, "([a-z]+\.[a-z_]+)"', text))
    assert len(asked) > 30
    assert asked <= set(words())


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("fr-FR,ja;q=0.5,en;q=0.4", "ja"),
        ("en;q=0.1, ja;q=0.9", "ja"),
        ("ja;q=0, zh;q=0.2", "zh"),
        ("de, fr", "en"),
        ("zh;q=much, *;q=;;", "en"),
        (",".join(["xx"] * 5_000) + ",ja", "en"),  # it is not read to its end
    ],
)
def test_the_language_of_a_reader(accepted: str | None, language: str) -> None:
    assert preferred(accepted) == language


def test_what_is_no_language_is_english() -> None:
    for sent in ("tlh", "", None, 3, ["zh"], {"zh": 1}):
        assert known_language(sent) == "en"
    assert word("xx", "create.roll") == word("en", "create.roll") == "New avatars"
    assert everything("ja")["create"]["roll"] == word("ja", "create.roll")


class _Control:
    label = info = ""


def test_controls_say_what_they_are_told_and_an_unknown_word_is_found_at_once() -> None:
    speech, control = Speech(), _Control()
    speech.add(control, {"label": "create.seed", "info": "create.seed_hint"})
    assert control.label == "Seed"
    (update,) = speech.updates("zh")
    assert (update["label"], update["info"]) == (word("zh", "create.seed"), word("zh", "create.seed_hint"))
    with pytest.raises(KeyError):
        speech.add(_Control(), {"label": "create.nothing_of_the_kind"})
