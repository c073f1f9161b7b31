"""The words of attributes and values in English, 中文 and 日本語, read once from ``vocabulary.toml``."""

import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "zh", "ja")


def fold(word: str) -> str:
    """One spelling for the many ways a word is typed: NFKC, lower case, underscores for spaces and hyphens."""
    text = unicodedata.normalize("NFKC", word).casefold().strip()
    return "_".join(text.replace("-", " ").replace("_", " ").split())


@cache
def vocabulary() -> Mapping[str, Any]:
    """The data file: attribute → ``{en, zh, ja, values: {value: {en, zh, ja}}}``; each language a word or a list."""
    words: dict[str, Any] = tomllib.loads((files("nijigen") / "vocabulary.toml").read_text(encoding="utf-8"))
    return words


def synonyms(attribute: str, value: str | None = None) -> frozenset[str]:
    """All folded words, in every language, for an attribute or for one of its values; its own name included."""
    entry = _entry(attribute, value)
    words = {fold(attribute if value is None else value)}
    for language in LANGUAGES:
        words.update(fold(word) for word in _words(entry, language))
    return frozenset(words)


def display(attribute: str, value: str | None = None, language: str = "en") -> str:
    """The word to show a person: the first one of the language, or the canonical name with spaces."""
    words = _words(_entry(attribute, value), language)
    return words[0] if words and language != "en" else (attribute if value is None else value).replace("_", " ")


def _entry(attribute: str, value: str | None) -> Mapping[str, Any]:
    entry = vocabulary().get(attribute, {})
    found: Mapping[str, Any] = entry if value is None else entry.get("values", {}).get(value, {})
    return found


def _words(entry: Mapping[str, Any], language: str) -> list[str]:
    words = entry.get(language, [])
    return [words] if isinstance(words, str) else list(words)
