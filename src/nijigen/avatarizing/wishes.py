"""From what was read and what was asked for to what is drawn: attributes, values to avoid, and lines for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nijigen.avatarizing.reading import Reading
from nijigen.errors import NijigenError
from nijigen.schema import Attribute, AttributeSchema, Labels, SchemaError
from nijigen.vocabulary import display

# What a model may call a natural colour of hair, where it has not the word itself.
OTHERWISE = {"silver": ("gray", "white"), "orange": ("red",), "red": ("orange",)}
GLASSES, NO_GLASSES = ("clear", "dark"), ("no",)
NEVER = "gender"  # asked for or left to chance; read from no picture
MOST_SURE = 0.95  # nothing finer was measured
SPOKEN = {"hair_color": "hair", "skin_tone": "skin", "glasses": "glasses", "smile": "smile"}
ANSWERS = {
    ("glasses", ("no",)): "none",
    ("smile", ("no",)): "no smile",
    ("smile", ("smile",)): "smiling",
    ("glasses", ("clear", "dark")): "worn, clear or dark",
}


@dataclass(frozen=True)
class Wishes:
    """What to draw.

    Attributes:
        attributes: canonical labels of the schema.
        avoid: values that must not be drawn; chance chooses among the others.
        lines: what was read, what was not and why, what was asked for instead.
        facts: the same for JSON.
    """

    attributes: Labels
    avoid: dict[str, tuple[str, ...]]
    lines: tuple[str, ...]
    facts: Mapping[str, Any]


def wish(readings: Sequence[Reading], asked: Labels, schema: AttributeSchema) -> Wishes:
    """Put readings and ``--set`` together; ``--set`` wins.

    Args:
        asked: canonical labels.
        schema: of the illustrator or of a model; what it has no word for is said and left out.
    """
    attributes: Labels = dict(asked)
    avoid: dict[str, tuple[str, ...]] = {}
    lines: list[str] = []
    for reading in readings:
        name, values = _asks_for(reading)
        note = ""
        if reading.told and name in asked:
            note = f"; --set {name}={asked[name]} wins"
        elif reading.told:
            note = _apply(reading, name, values, schema, attributes, avoid)
        lines.append(_line(reading) + note)
    if NEVER in schema and NEVER not in attributes:
        lines.append("gender: never read from a picture, left to the seed (--set gender=… or --ask to say it)")
    facts = {"readings": [_fact(one) for one in readings], "asked": dict(asked), "attributes": attributes}
    facts["avoid"] = {name: list(values) for name, values in avoid.items()}
    return Wishes({name: attributes[name] for name in schema.names if name in attributes}, avoid, tuple(lines), facts)


def question(schema: AttributeSchema) -> str:
    """What ``--ask`` asks.

    Raises:
        NijigenError: a model without gender.
    """
    if NEVER not in schema:
        raise NijigenError("--ask: this model knows no gender: leave --ask out")
    return f"gender ({', '.join(schema[NEVER].values)}; nothing leaves it to the seed)"


def ask_gender(answer: str, schema: AttributeSchema) -> Labels:
    """What a person answered to ``--ask``, in any language; nothing leaves it open.

    Raises:
        NijigenError: another word than the schema's.
    """
    value = schema[NEVER].normalize(answer.strip() or None)
    return {} if value is None else {NEVER: value}


def _asks_for(reading: Reading) -> tuple[str, tuple[str, ...]]:
    """The attribute that a reading speaks of, and the values that it may be."""
    if reading.name == "glasses":
        return "accessory", ("glasses",)
    if reading.name == "smile":
        # A plain face is neutral: of the other expressions nothing was seen, and chance would make one angry.
        return "expression", ("smile",) if reading.words == ("smile",) else ("neutral",)
    return reading.name, reading.words


def _apply(
    reading: Reading,
    name: str,
    values: tuple[str, ...],
    schema: AttributeSchema,
    attributes: Labels,
    avoid: dict[str, Any],
) -> str:
    """Write a reading into the wishes; what the schema cannot draw is returned as a note."""
    if name not in schema:
        return f"; not drawn: this model has no {name}"
    attribute = schema[name]
    found = [known for value in values if (known := _known(attribute, value)) is not None]
    if reading.words == NO_GLASSES and reading.name == "glasses":
        if found and len(attribute.values) > 1:
            avoid[name] = tuple(found)
        return ""
    if not found:
        return f"; not drawn: this model's {name} has no {' or '.join(values)}"
    if len(found) == 1:
        attributes[name] = found[0]
    else:
        avoid[name] = tuple(value for value in attribute.values if value not in found)
    if reading.name == "glasses" and "dark" in reading.words:
        return "; drawn as clear ones"
    return ""


def _known(attribute: Attribute, value: str) -> str | None:
    for word in (value, *OTHERWISE.get(value, ())):
        try:
            found = attribute.normalize(word)
        except SchemaError:
            continue
        if isinstance(found, str):
            return found
    return None


def _line(reading: Reading) -> str:
    spoken = SPOKEN[reading.name]
    if not reading.told:
        return f"{spoken}: not told, {reading.reason}"
    words = ANSWERS.get((reading.name, reading.words)) or _either([display(reading.name, one) for one in reading.words])
    sure = reading.confidence or 0.0
    return f"{spoken}: {words} ({f'{sure:.0%}' if sure < MOST_SURE else 'over 95%'} sure)"


def _either(words: list[str]) -> str:
    """``tan, brown or dark``."""
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _fact(reading: Reading) -> dict[str, Any]:
    confidence = None if reading.confidence is None else round(reading.confidence, 3)
    row = {"name": reading.name, "words": list(reading.words), "confidence": confidence}
    return row if reading.told else {**row, "not_told": reading.reason}
