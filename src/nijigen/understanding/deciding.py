"""From claims to attributes of a schema: what it has, which of two values counts, what must not be."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from nijigen.schema import Attribute, AttributeSchema, Labels
from nijigen.understanding.claims import Claim
from nijigen.understanding.tables import tables
from nijigen.understanding.words import Meaning

SHARES = {"lowest": 0.0, "low": 0.25, "middle": 0.5, "high": 0.75, "highest": 1.0}
DIGITS = 4


@dataclass(frozen=True)
class Conflict:
    """Two values for one attribute: the one that is taken, and the one that is not."""

    attribute: str
    kept: str | float
    dropped: str | float


@dataclass(frozen=True)
class Lacking:
    """A value that was understood, but that the schema does not have; it may not even have the attribute.

    ``choices`` are the values that it has instead.
    """

    attribute: str
    value: str
    choices: tuple[str, ...]


@dataclass
class Decision:
    """What a text says of a schema's attributes."""

    attributes: Labels = field(default_factory=dict)
    excluded: dict[str, tuple[str, ...]] = field(default_factory=dict)
    either: dict[str, tuple[str, ...]] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    lacking: list[Lacking] = field(default_factory=list)


@dataclass(frozen=True)
class _Wish:
    values: tuple[str | float, ...]
    place: int
    strength: int


def decide(found: Iterable[Claim], schema: AttributeSchema) -> Decision:
    """The values that count: the more exact word before the general one, else the last one."""
    decision = Decision()
    wishes: dict[str, list[_Wish]] = {}
    denied: dict[str, dict[str | float, int]] = {}
    for claim in found:
        name = claim.meaning.attribute
        values = _values(claim, schema)
        if not values:
            if not (claim.negated or claim.meaning.weak):
                _lacks(decision, claim.meaning, schema)
        elif claim.negated and not schema[name].continuous:
            denied.setdefault(name, {}).update(dict.fromkeys(values, claim.place))
        else:
            said = wishes.setdefault(name, [])
            before = said.pop().values if claim.alternative and said and not schema[name].continuous else ()
            said.append(_Wish(tuple(dict.fromkeys((*before, *values))), claim.place, _strength(claim.meaning)))
    for name in schema.names:
        _settle(decision, name, wishes.get(name, []), denied.get(name, {}))
    return decision


def _values(claim: Claim, schema: AttributeSchema) -> tuple[str | float, ...]:
    """The values of a claim that the schema has: one, or several where it is any of them."""
    meaning = claim.meaning
    if meaning.attribute not in schema:
        return ()
    attribute = schema[meaning.attribute]
    if attribute.range is not None:
        return _number(attribute, claim)
    has = tuple(value for value in meaning.values if value in attribute.values)
    return has if meaning.either else has[:1]


def _number(attribute: Attribute, claim: Claim) -> tuple[str | float, ...]:
    share = SHARES.get(claim.meaning.values[0])
    if share is None or attribute.range is None:
        return ()
    if claim.negated:
        share = 0.0 if claim.named else 0.5
    low, high = attribute.range
    return (min(max(round(low + share * (high - low), DIGITS), low), high),)


def _strength(meaning: Meaning) -> int:
    """Weak words count least, then words that more exact ones may go with, then all others."""
    levels = tables()["general"].get(meaning.attribute, [])
    if meaning.weak:
        return 0
    exact = len(levels) + 2
    general = (level + 2 for level, values in enumerate(levels) if meaning.values[0] in values)
    return 1 if meaning.either else next(general, exact)


def _settle(decision: Decision, name: str, wishes: list[_Wish], denied: dict[str | float, int]) -> None:
    """Choose the value of one attribute."""
    last = {value: wish.place for wish in wishes for value in wish.values}
    wishes = [wish for wish in wishes if not all(denied.get(v, -1) >= last[v] for v in wish.values)]
    if wishes:
        best = max(wishes, key=lambda wish: (wish.strength, wish.place))
        if len(best.values) == 1:
            decision.attributes[name] = best.values[0]
        else:
            decision.either[name] = tuple(str(value) for value in best.values if value not in denied)
        others = [wish.values[0] for wish in wishes if wish.strength and len(wish.values) == 1]
        for other in dict.fromkeys(others):
            if other not in best.values and len(best.values) == 1:
                decision.conflicts.append(Conflict(name, best.values[0], other))
    kept = {decision.attributes.get(name)}
    excluded = tuple(str(value) for value in denied if value not in kept)
    if excluded:
        decision.excluded[name] = excluded


def _lacks(decision: Decision, meaning: Meaning, schema: AttributeSchema) -> None:
    choices = schema[meaning.attribute].values if meaning.attribute in schema else ()
    lacking = Lacking(meaning.attribute, meaning.values[0], choices)
    if lacking not in decision.lacking:
        decision.lacking.append(lacking)
