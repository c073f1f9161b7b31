"""What the page says, in English, 中文 and 日本語; and the controls that say it, so that all change at once.

``words/*.toml`` hold a table for each part of the page: ``[create.count]`` with ``en``, ``zh`` and ``ja``.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from nijigen.vocabulary import LANGUAGES

PLAIN = "en"


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """``create.count`` → language → words."""
    found: dict[str, Mapping[str, str]] = {}
    for file in sorted((files(__package__) / "words").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            for part, table in tomllib.loads(file.read_text(encoding="utf-8")).items():
                found |= {f"{part}.{key}": entry for key, entry in table.items()}
    return found


def known_language(language: object) -> str:
    """One of the page's languages, whatever a browser sent."""
    return language if isinstance(language, str) and language in LANGUAGES else PLAIN


def word(language: object, key: str, **values: Any) -> str:
    """What is said in a language, with ``{name}`` filled in."""
    text = words()[key][known_language(language)]
    return text.format(**values) if values else text


def everything(language: object) -> dict[str, dict[str, str]]:
    """All words of a language, part by part: what pieces written in JavaScript say."""
    found: dict[str, dict[str, str]] = {}
    for key, entry in words().items():
        name, _, last = key.partition(".")
        found.setdefault(name, {})[last] = entry[known_language(language)]
    return found


def preferred(accepted: str | None) -> str:
    """The language for an ``Accept-Language`` header (RFC 9110, §12.5.4): the most wanted that the page speaks."""
    ranked: list[tuple[float, int, str]] = []
    for index, entry in enumerate((accepted or "").split(",")[:20]):
        tag, _, rest = entry.strip().partition(";")
        try:
            quality = float(rest.strip().removeprefix("q=")) if rest.strip() else 1.0
        except ValueError:
            continue
        language = tag.strip().lower().partition("-")[0]
        if language in LANGUAGES and quality > 0:
            ranked.append((-quality, index, language))
    return min(ranked)[2] if ranked else PLAIN


class Speech:
    """Controls of Gradio, and what each of their properties says."""

    def __init__(self) -> None:
        self._spoken: dict[Any, dict[str, str]] = {}

    def add(self, component: Any, keys: Mapping[str, str]) -> None:
        """Have a control speak: property → key of :func:`words`.

        Raises:
            KeyError: there is no such word; so it is found when the page is built, not when somebody reads it.
        """
        for name, key in keys.items():
            setattr(component, name, word(PLAIN, key))
        self._spoken[component] = dict(keys)

    @property
    def components(self) -> list[Any]:
        """All that speak, in order."""
        return list(self._spoken)

    def updates(self, language: str) -> list[dict[str, Any]]:
        """What changes of each of :attr:`components` in a language."""
        import gradio as gr

        every = []
        for keys in self._spoken.values():
            said: dict[str, Any] = {name: word(language, key) for name, key in keys.items()}
            every.append(gr.update(**said))
        return every
