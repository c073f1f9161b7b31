"""What the page says, in English, 中文 and 日本語; and the controls that say it, so that all change at once.

``words/*.toml`` hold a table for each part of the page: ``[create.count]`` with ``en``, ``zh`` and ``ja``.
"""

import tomllib
from collections.abc import Iterable, Mapping
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


def part(language: object, *names: str) -> dict[str, str]:
    """All words of parts of the page, by their last name: what a piece written in JavaScript needs."""
    return {
        key.partition(".")[2]: entry[known_language(language)]
        for key, entry in words().items()
        if key.partition(".")[0] in names
    }


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
    """Controls and what each of their properties says."""

    def __init__(self) -> None:
        self._spoken: dict[Any, dict[str, str | Iterable[str]]] = {}

    def add(self, component: Any, **keys: str | Iterable[str]) -> Any:
        """Have a control speak: property → key; ``words=("page", "create")``: whole parts, for pieces in JavaScript."""
        for key in keys.values():
            if isinstance(key, str):
                words()[key]  # a word that is nowhere is found when the page is built, not when somebody reads it
        self._spoken[component] = keys
        return component

    @property
    def components(self) -> list[Any]:
        """All that speak, in order."""
        return list(self._spoken)

    def updates(self, language: str) -> list[dict[str, Any]]:
        """What changes of each of :attr:`components` in a language."""
        from nijigen.serve.studio.pieces import change

        every = []
        for component, keys in self._spoken.items():
            said: dict[str, Any] = {}
            for name, key in keys.items():
                said[name] = word(language, key) if isinstance(key, str) else part(language, *key)
            every.append(change(component, **said))
        return every
