"""What a command line asks for: ``--set`` and ``--text`` together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nijigen.errors import NijigenError
from nijigen.schema import AttributeSchema, Labels
from nijigen.understanding.understand import understand
from nijigen.understanding.understood import Understood, named, say


@dataclass(frozen=True)
class Asked:
    """What was asked for.

    Attributes:
        attributes: canonical labels.
        avoid: values that must not be, by attribute; only of attributes that are not given.
        notes: what to tell the person, line by line.
        facts: what was understood of the text, for JSON; empty without a text.
    """

    attributes: Labels
    avoid: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def changes(self, now: Labels, schema: AttributeSchema) -> Labels:
        """What changes of an avatar that is there: the words given, and another word for what must not be.

        In place of that comes the first value that may be, which is ``none`` or ``neutral`` where there is such a one.
        """
        others: Labels = {}
        for name, values in self.avoid.items():
            if now.get(name) in values:
                others[name] = next(value for value in schema[name].values if value not in values)
        return {**self.attributes, **others}


def ask(sets: Iterable[str], text: str | None, schema: AttributeSchema) -> Asked:
    """Put ``--set`` and ``--text`` together; ``--set`` wins.

    Raises:
        NijigenError: a wrong word in ``--set``; a text that is empty, or of which nothing can be used.
    """
    given = schema.parse(",".join(sets))
    if text is None:
        return Asked(given)
    if not text.strip():
        raise NijigenError("--text is empty: say what the avatar looks like, as in --text 'short pink hair, glasses'")
    if not schema.names:
        raise NijigenError("--text: this model was made without labels and takes no words: leave --text out")
    understood = understand(text, schema)
    if not understood and not given:
        raise NijigenError(_nothing(understood))
    notes = [*understood.lines(), *_wins(given, understood)]
    wanted = schema.normalize({**understood.attributes, **given})
    avoid = {name: values for name, values in understood.avoid.items() if name not in wanted}
    return Asked(wanted, avoid, tuple(notes), {"understood": understood.facts()})


def _nothing(understood: Understood) -> str:
    said = "; ".join(understood.lines("en")) or "it names nothing that can be drawn"
    return f"--text: {said}. Name hair, eyes, an expression, an accessory ...; nijigen draw --list shows the words"


def _wins(given: Labels, understood: Understood) -> list[str]:
    """A line for each attribute of which ``--set`` and ``--text`` say different things."""
    language, lines = understood.language, []
    for name, value in given.items():
        said = understood.attributes.get(name)
        if said is not None and said != value:
            kept, dropped = named(name, value, language), named(name, said, language)
            lines.append(say("set_wins", language, kept=kept, dropped=dropped))
        elif value in understood.excluded.get(name, ()):
            kept = named(name, value, language)
            lines.append(say("set_wins", language, kept=kept, dropped=kept.replace("=", "≠")))
    return lines
