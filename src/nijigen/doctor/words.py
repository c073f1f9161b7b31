"""The doctor's words in English and 中文, read once from ``words.toml``."""

import tomllib
from functools import cache
from importlib.resources import files
from shlex import quote
from typing import Any, Literal

from nijigen.doctor.finding import Change, Finding

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((files("nijigen") / "doctor" / "words.toml").read_text(encoding="utf-8"))


def illness(name: str, language: Language) -> str:
    """What an illness is called."""
    return str(_words()["illness"][name][language])


def seen(finding: Finding, language: Language) -> str:
    """What was seen, as a sentence."""
    sentence: str = _words()["seen"][finding.illness][finding.sign.seen][language]
    return sentence.format(**finding.sign.numbers)


def change(found: Change, language: Language) -> tuple[str, str]:
    """A change as flags, and what it costs."""
    return " ".join(f"--set {quote(word)}" for word in found.words), str(_words()["cost"][found.cost][language])


def why(key: str, language: Language) -> str:
    """Why something cannot be told."""
    return str(_words()["why"][key][language])


def named(finding: Finding, language: Language) -> str:
    """What an illness is called, and how sure it is."""
    return page("named", language, name=illness(finding.illness, language), sure=finding.sure)


def page(key: str, language: Language, **numbers: float | str) -> str:
    """A word of the report."""
    return str(_words()["page"][key][language]).format(**numbers)
