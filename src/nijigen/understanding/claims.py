"""What the items of a text say: values wanted, values not wanted, and what is not understood."""

from dataclasses import dataclass

from nijigen.understanding.attaching import alone
from nijigen.understanding.reading import REACH, Item
from nijigen.understanding.tables import tables
from nijigen.understanding.words import Meaning

PARTICLES_AT_THE_END = "なのにでとをはがも"


@dataclass(frozen=True)
class Claim:
    """A meaning, where the text has it, and whether the text says that it is not so.

    Attributes:
        named: whether the thing itself was named (a blush, twintails) rather than described (big eyes).
        alternative: whether it is one more of the values that were said before it: blonde or pink.
    """

    meaning: Meaning
    place: int
    negated: bool
    named: bool
    alternative: bool = False


def claims(items: list[Item]) -> tuple[list[Claim], tuple[str, ...]]:
    """All claims in the order of the text, and the words and phrases that are not understood."""
    found: list[Claim] = []
    unknown: list[int] = []
    for place, item in enumerate(items):
        meanings, named = _meanings(items, place)
        found += [Claim(meaning, place, item.negated, named, _alternative(items, place)) for meaning in meanings]
        if not meanings and _is_unknown(item):
            unknown.append(place)
    found += _without(items)
    return sorted(found, key=lambda claim: claim.place), _phrases(items, unknown)


def _meanings(items: list[Item], place: int) -> tuple[tuple[Meaning, ...], bool]:
    """What an item says, and whether by itself."""
    item = items[place]
    word = item.word
    if word is None or item.shades:
        return (), False
    if item.things:
        return tuple(meaning for _, thing in item.things for meaning in word.of[thing]), False
    if item.swallowed:
        return (), False
    if word.says or word.anywhere:
        return word.says or word.anywhere, True
    counted = place > 0 and items[place - 1].text.lower() in ("a", "an", "the")  # "a cat" is no word of a mouth
    return (word.alone, True) if word.alone and not counted and alone(items, place) else ((), False)


def _alternative(items: list[Item], place: int) -> bool:
    """Whether an "or" leads to an item from the content before it."""
    for other in range(place - 1, max(place - REACH, -1), -1):
        if items[other].has("or"):
            return True
        if not items[other].has("skip", "very", "shade", "ending", "of"):
            return False
    return False


def _is_unknown(item: Item) -> bool:
    if item.shades or (item.word is not None and "skip" in item.word.roles):
        return False
    return (
        item.word is None
        or not (item.word.roles or item.word.thing not in (None, "other"))
        or (bool(item.word.of) and not item.word.thing)
    )


def _without(items: list[Item]) -> list[Claim]:
    """Things of which it is said that there are none, and nothing else: no fringe, アクセサリーなし."""
    described = {thing for item in items for thing, _ in item.things}
    found = []
    for place, item in enumerate(items):
        value = tables()["without"].get(item.word.thing) if item.word is not None and item.word.thing else None
        if value is not None and item.negated and place not in described:
            attribute, _, word = value.partition("=")
            found.append(Claim(Meaning(attribute, (word,)), place, False, True))
    return found


def _phrases(items: list[Item], places: list[int]) -> tuple[str, ...]:
    """Words that stand together as one phrase, each phrase once."""
    phrases: list[str] = []
    last = None
    for place in places:
        item = items[place]
        text = item.text
        if item.word is None and len(text) > 2 and text[-1] in PARTICLES_AT_THE_END:
            text = text[:-1]
        if last is not None and place == last + 1:
            space = " " if item.tokens[item.start].gap or not (item.eastern and items[last].eastern) else ""
            phrases[-1] += space + text
        else:
            phrases.append(text)
        last = place
    return tuple(dict.fromkeys(phrases))
