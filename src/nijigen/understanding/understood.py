"""What was understood of a text, and how it is told to a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nijigen.schema import Labels
from nijigen.understanding.deciding import Conflict, Lacking
from nijigen.understanding.tables import tables
from nijigen.vocabulary import display

SHOWN = 12  # words that a line shows


@dataclass(frozen=True)
class Understood:
    """What a text says of an avatar.

    Attributes:
        attributes: canonical labels of the schema.
        excluded: values that the text says no to, by attribute.
        either: values of which each avatar has one, by attribute ("a hat").
        avoid: all values that must not be drawn, for ``avoid`` of ``generate`` and ``draw``: those excluded, and where
            there is a choice those outside of it.
        unknown: words and phrases that were not understood.
        near: for some of them the known word that may be meant.
        conflicts: values that gave way to another of the same attribute.
        lacking: values that were understood, but that the schema does not have.
        language: of the text: ``en``, ``zh`` or ``ja``.
    """

    attributes: Labels
    excluded: dict[str, tuple[str, ...]] = field(default_factory=dict)
    either: dict[str, tuple[str, ...]] = field(default_factory=dict)
    avoid: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    near: dict[str, str] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    lacking: tuple[Lacking, ...] = ()
    language: str = "en"

    def __bool__(self) -> bool:
        """Whether the text asks for anything."""
        return bool(self.attributes or self.excluded or self.either)

    def lines(self, language: str | None = None) -> list[str]:
        """What was understood and what not, one thing a line, in the language of the text or another one."""
        language = language or self.language
        found = [
            ("understood", [named(name, value, language) for name, value in self.attributes.items()]),
            ("excluded", _each(self.excluded, language)),
            ("either", _each(self.either, language)),
        ]
        lines = [say(key, language, words=_listed(words, language)) for key, words in found if words]
        for conflict in self.conflicts:
            kept, dropped = (named(conflict.attribute, v, language) for v in (conflict.kept, conflict.dropped))
            lines.append(say("conflict", language, kept=kept, dropped=dropped))
        for lack in self.lacking:
            values = _listed([display(lack.attribute, value, language) for value in lack.choices], language)
            word, attribute = named(lack.attribute, lack.value, language), _attribute(lack.attribute, language)
            key = "lacking_value" if lack.choices else "lacking_attribute"
            lines.append(say(key, language, word=word, attribute=attribute, values=values))
        if self.unknown:
            unknown = [_plain(word) + (f" ({self.near[word]}?)" if word in self.near else "") for word in self.unknown]
            lines.append(say("unknown", language, words=_listed(unknown, language)))
        return lines

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "attributes": self.attributes,
            "excluded": {name: list(values) for name, values in self.excluded.items()},
            "either": {name: list(values) for name, values in self.either.items()},
            "unknown": list(self.unknown),
            "conflicts": [vars(conflict) for conflict in self.conflicts],
            "lacking": [{"attribute": lack.attribute, "value": lack.value} for lack in self.lacking],
        }


def say(key: str, language: str, **words: Any) -> str:
    """A sentence of the data."""
    sentences = tables()["lines"][key]
    return str(sentences.get(language, sentences["en"])).format(**words)


def named(attribute: str, value: str | float, language: str) -> str:
    """An attribute and a value as ``--set`` takes them: hair_color=pink, 发色=粉色."""
    word = display(attribute, value, language).replace(" ", "_") if isinstance(value, str) else f"{value:g}"
    return f"{_attribute(attribute, language)}={word}"


def _attribute(name: str, language: str) -> str:
    return display(name, None, language).replace(" ", "_")


def _each(values: Mapping[str, tuple[str, ...]], language: str) -> list[str]:
    return [named(name, value, language) for name, several in values.items() for value in several]


def _listed(words: list[str], language: str) -> str:
    comma = ", " if language == "en" else "、"
    more = [say("more", language, count=len(words) - SHOWN)] if len(words) > SHOWN else []
    return comma.join(words[:SHOWN] + more)


def _plain(word: str) -> str:
    """A stranger's word, short and without what could upset a terminal."""
    printable = "".join(character for character in word if character.isprintable())
    return printable if len(printable) <= 40 else printable[:40] + "…"
