"""Whose the pictures are: licence and source of each, and one line for all of them.

A picture has its own, or those that somebody said for the whole data set. The line for all is a summary where nobody
said anything: "mixed: CC-BY-4.0, CC0-1.0, unknown" is true of the data set and of no picture in it, so it is never
written to one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nijigen.data.facts import NOTHING, Facts

UNKNOWN, MIXED = "unknown", "mixed: "
# What a picture notes → where dataset.json has it; its "source" is the folder or file that was read.
NOTED = {"licence": "licence", "source": "provenance"}
LICENCE_FILE, LICENCE_START = "LICENCE.txt", b"licence: "  # what the writers put where a layout has no other place
ASK_NOTHING = frozenset({"cc0", "cc0-1.0", "public domain"})
MOST_NAMED, LONGEST = 8, 60  # in the line for all, so that it stays one


@dataclass
class Rights:
    """Licences and sources of pictures, counted; "" is a picture that says none."""

    licence: Counter[str] = field(default_factory=Counter)
    source: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, notes: Iterable[Mapping[str, str]]) -> "Rights":
        """Those of pictures by their notes (``Sample.notes``)."""
        rights = cls()
        for note in notes:
            rights.add(note)
        return rights

    def add(self, notes: Mapping[str, str]) -> None:
        """One picture more."""
        self.licence[own(notes.get("licence", ""))] += 1
        self.source[own(notes.get("source", ""))] += 1

    def lines(self) -> dict[str, str]:
        """``licence`` and ``provenance`` as ``dataset.json`` has them, where nobody said them for the whole."""
        return {"licence": common(self.licence), "provenance": common(self.source)}


def rights_of(files: Iterable[str], facts: Mapping[str, Facts]) -> Rights:
    """Those of the pictures kept of a source.

    Args:
        files: their names; a face that was cut out is called ``FILE#2``.
        facts: what the source says, by file. The same source says the same after an interruption, so the journal
            need not.
    """
    found = (facts[file] if file in facts else facts.get(file.rpartition("#")[0], NOTHING) for file in files)
    return Rights.of(notes_of(row) for row in found)


def notes_of(facts: Facts) -> dict[str, str]:
    """What is noted of a single picture: nothing where nothing is known."""
    said = {"licence": own(facts.licence), "source": own(facts.source)}
    return {name: text for name, text in said.items() if text}


def own(text: str) -> str:
    """What a picture says of itself: "unknown" is nothing."""
    return "" if text.strip().casefold() == UNKNOWN else text


def common(counts: Mapping[str, int]) -> str:
    """What pictures have in common, else what there is, the commonest first; of bounded length."""
    known = sorted((text for text in counts if text), key=lambda text: (-counts[text], text))
    if len(known) == 1 and not counts.get(""):
        return known[0]
    if not known:
        return UNKNOWN
    named = ", ".join(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…" for text in known[:MOST_NAMED])
    more = f" and {len(known) - MOST_NAMED:,} more" if len(known) > MOST_NAMED else ""
    return f"{MIXED}{named}{more}" + (f", {UNKNOWN}" if counts.get("") else "")


def stricter(one: str, other: str) -> str:
    """The licence of what is made of two: the one that asks for more, or both where each may ask for something.

    >>> stricter("CC0-1.0", "CC-BY-4.0"), stricter("CC-BY-4.0", "MIT"), stricter("CC0-1.0", "unknown")
    ('CC-BY-4.0', 'mixed: CC-BY-4.0, MIT', 'unknown')
    """
    known = [part for text in (one, other) for part in (text.removeprefix(MIXED).split(", ") if text else [UNKNOWN])]
    each = list(dict.fromkeys(known))
    asking = [text for text in each if text.strip().casefold() not in ASK_NOTHING]
    return asking[0] if len(asking) == 1 else f"{MIXED}{', '.join(asking)}" if asking else each[0]


def settled(arguments: Mapping[str, Any], rights: Rights) -> dict[str, str]:
    """``licence`` and ``provenance`` of a data set: what was said for the whole, else what its pictures say."""
    said = {key: str(arguments.get(key) or UNKNOWN) for key in NOTED.values()}
    return {key: line if said[key] == UNKNOWN else said[key] for key, line in rights.lines().items()}


def said_for_all(info: Mapping[str, Any]) -> dict[str, str]:
    """What a ``dataset.json`` says of each of its pictures that says nothing itself: ``licence``, ``source``, or "".

    A summary of them says nothing of a single one, unless a person gave it in these words.
    """
    arguments = info.get("arguments")
    given = arguments if isinstance(arguments, dict) else {}
    found = {}
    for name, key in NOTED.items():
        text = info.get(key)
        text = own(text) if isinstance(text, str) else ""
        found[name] = "" if text.startswith(MIXED) and given.get(key) != text else text
    return found
