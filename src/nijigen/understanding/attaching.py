"""What is said of what: the pink of "long pink hair", of "hair that is long and pink", of 髪はピンク, of 粉色的长发.

A word that is said of things looks back first, for a thing that "is" it, then ahead, then back again. A thing that it
cannot be said of takes it all the same, so that a red dress makes no red hair.
"""

from typing import Literal

from nijigen.understanding.reading import BREAKS, REACH, Item
from nijigen.understanding.tables import tables
from nijigen.understanding.words import COLOURS, Word

STRANGERS = 2  # unknown words between a word and its thing
THROUGH = ("and", "or", "of", "very", "but", "not", "not_after", "ending", "shade", "te", "too", "except_after")
ARTICLES = frozenset({"a", "an", "the", "with", "her", "his", "has"})
LIKENESS = frozenset({"the", "like", "of"})  # hair the colour of ..., hair like ...

Link = Literal["is", "chain", "of", "beside"]


def attach(items: list[Item]) -> None:
    """Find the things of all words that are said of things; the items learn of it."""
    for place, item in enumerate(items):
        item.shades = _shades(items, place)
        if item.said and not item.shades:
            _attach_one(items, place)
        elif item.word is not None and item.word.says:
            item.swallowed = _is_motif_of_next(items, place)


def _attach_one(items: list[Item], place: int) -> None:
    item = items[place]
    ahead = _ahead(items, place)
    behind, link = _behind(items, place)
    onward = ahead is not None and _accepts(item, items[ahead])
    before = behind if behind is not None and _accepts(item, items[behind]) else None
    to_thing = ahead is not None and _joined(items, place, ahead) and items[ahead].names != "person"
    if behind is not None and link == "is" and not to_thing:
        if before is not None:
            return _take(items, place, before, linked=True)
        if items[behind].names != "person":
            return _swallow(items, place)
    if before is not None and (
        _close(items, place, before, ahead) if link == "beside" else link == "chain" and not onward
    ):
        return _take(items, place, before, linked=True)
    if ahead is not None and onward:
        return _take(items, place, ahead, linked=False)
    if ahead is None:
        before = _in_clause_before(items, place) if before is None else before
    elif items[ahead].names == "other" or (before is not None and items[before].described and item.eastern):
        before = None
    if before is not None:
        return _take(items, place, before, linked=True)
    if ahead is not None and not (items[ahead].names == "person" and item.word is not None and item.word.anywhere):
        _swallow(items, place)
    return None


def _swallow(items: list[Item], place: int) -> None:
    """A thing takes a word that cannot be said of it; a word that says something by itself still does."""
    items[place].swallowed = not items[place].says or _is_motif_of_next(items, place)


def _close(items: list[Item], place: int, behind: int, ahead: int | None) -> bool:
    """Whether a word right after a thing is said of it: hair pink, 头发粉色眼睛蓝色."""
    if ahead is None:
        return True
    thing = items[behind]
    names_only = thing.word is not None and thing.word.thing is not None
    return items[place].eastern and names_only and not thing.described and not _joined(items, place, ahead)


def _take(items: list[Item], place: int, thing: int, linked: bool) -> None:
    """Say a word of a thing, and of the other one in "pink hair and eyes" and 髪も目も青い."""
    item, step = items[place], -1 if linked else 1
    item.things.append((thing, str(items[thing].names)))
    item.linked = linked
    items[thing].described = items[thing].described or not linked
    link, other = thing + step, thing + 2 * step
    if not (0 <= other < len(items) and items[link].has("and", "too")):
        return
    second = items[other]
    after = items[other + 1] if other + 1 < len(items) else None
    subject = not linked and after is not None and (after.has("is") or after.said or after.text.lower() in LIKENESS)
    names_only = second.word is not None and second.word.thing is not None and not second.says
    if names_only and not subject and not second.described and _accepts(item, second):
        item.things.append((other, str(second.names)))


def _accepts(item: Item, thing: Item) -> bool:
    return item.word is not None and thing.names in item.word.of


def _shades(items: list[Item], place: int) -> bool:
    """Whether a word only shades the colour after it: dark green, reddish brown, blue black."""
    word = items[place].word
    following = items[place + 1].word if place + 1 < len(items) else None
    if word is None or following is None or not _colours(following):
        return False
    return "shade" in word.roles or (
        bool(word.of) and bool(_colours(word) & _colours(following)) and not items[place].eastern
    )


def _colours(word: Word) -> set[str]:
    """The attributes for colours of which a word can say one."""
    meanings = [*word.says, *(meaning for found in word.of.values() for meaning in found)]
    return {meaning.attribute for meaning in meanings} & COLOURS


def _ahead(items: list[Item], place: int) -> int | None:
    """The thing that comes next, if only words stand between that may; the subject of another clause is not it."""
    strangers, conjunction, comma = 0, False, False
    for other in range(place + 1, min(place + REACH, len(items))):
        item = items[other]
        if item.said:
            if comma and not _colours_apart(items[place], item):
                return None
        elif item.names is not None:
            subject = conjunction and other + 1 < len(items) and items[other + 1].has("is", "too")
            return None if subject or (comma and not _accepts(items[place], item)) else other
        elif item.word is None:
            strangers += 1
            if strangers > STRANGERS:
                return None
        elif item.has("comma", "list", "space"):
            comma = True
            if not _may_cross(items, place, other):
                return None
        elif not (item.word.says or item.has(*THROUGH)):
            return None
        conjunction = conjunction or item.has("and", "te")
    return None


def _colours_apart(item: Item, other: Item) -> bool:
    """Whether not both are colours: of "lavender, amber eyes" the eyes have one."""
    return item.word is None or other.word is None or not _colours(item.word) & _colours(other.word)


def _may_cross(items: list[Item], place: int, comma: int) -> bool:
    """Whether a comma only parts descriptions, as in "long, pink hair"."""
    for other in range(place - 1, max(place - REACH, -1), -1):
        item = items[other]
        if item.has(*BREAKS):
            break
        if not (item.said or item.has("and", "very", "shade", "of", "ending") or item.text.lower() in ARTICLES):
            return False
    after = items[comma + 1] if comma + 1 < len(items) else None
    return after is not None and (after.said or after.names in ("hair", "eyes"))


def _behind(items: list[Item], place: int) -> tuple[int | None, Link]:
    """The thing before, and the link to it; a ``chain`` is another word that is said of it."""
    link: Link = "beside"
    conjunction = False
    for other in range(place - 1, max(place - REACH, -1), -1):
        item = items[other]
        if item.shades:
            continue
        if item.said:
            return (item.things[0][0], "chain") if item.things and item.linked else (None, link)
        if item.names is not None:
            return (None if conjunction and link != "is" else other), link
        if item.has("is", "too"):
            link = "is"
        elif item.has("not_after") and not items[other - 1].said:
            return None, link  # another clause ends there: 眼鏡のない長い髪
        elif item.has("of"):
            if item.eastern and item.text != "の" and link != "is":
                return None, link
            if link == "beside":
                link = "of" if item.eastern else "is"
        elif item.has("and", "te", "or"):
            conjunction = True
        elif not (
            item.has("very", "not", "but", "ending", "not_after", "shade", "except") or item.text.lower() in ("a", "an")
        ):
            return None, link
    return None, link


def _joined(items: list[Item], place: int, ahead: int) -> bool:
    """Whether の or 的 leads from a word to the thing ahead: ピンクのリボン, 蓝色的眼睛."""
    between = [item for item in items[place + 1 : ahead] if not item.has("ending")]
    if not (between and between[0].has("of") and between[0].eastern):
        return False
    return between[0].text == "の" or not any(item.has("is") for item in items[max(0, place - 3) : place])


def _in_clause_before(items: list[Item], place: int) -> int | None:
    """What a word that stands alone goes on to describe: the eyes of "eyes not blue, green"."""
    if not alone(items, place):
        return None
    breaks = 0
    for other in range(place - 1, max(place - REACH, -1), -1):
        item = items[other]
        breaks += item.has(*BREAKS)
        if item.has("stop") or breaks > 1:
            return None
        thing = items[item.things[0][0]] if item.things and item.linked else item
        if item.names is not None or thing is not item:
            hair = item.names == "hair" and not item.described
            found = other if thing is item else item.things[0][0]
            return found if (hair or thing is not item) and _accepts(items[place], thing) else None
    return None


def alone(items: list[Item], place: int) -> bool:
    """Whether nothing of content stands beside an item between two marks."""
    for step in (-1, 1):
        other = place + step
        while 0 <= other < len(items) and abs(other - place) < REACH and not items[other].has(*BREAKS, "and", "or"):
            if items[other].content and not items[other].has("skip", "very", "shade"):
                return False
            other += step
    return True


def _is_motif_of_next(items: list[Item], place: int) -> bool:
    """Whether a motif only describes the next thing: a star pin, a sailor hat, 樱花和服, ハートの眼鏡."""
    word = items[place].word
    following = place + 1
    if following < len(items) and items[following].has("of") and items[following].text == "の":
        following += 1
    if word is None or following >= len(items) or items[following].names not in ("other", "hair", "eyes"):
        return False
    motifs = tables()["motifs"]["words"]
    if any(f"{meaning.attribute}={value}" not in motifs for meaning in word.says for value in meaning.values):
        return False
    beside = items[following].word
    same = beside is not None and {m.attribute for m in beside.says} & {m.attribute for m in word.says}
    return items[following].names not in word.of and not same
