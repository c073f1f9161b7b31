"""What a text says is not so: "no glasses or hat", 不戴眼镜, 眼鏡もリボンもなし."""

from nijigen.understanding.reading import BREAKS, REACH, Item


def deny(items: list[Item]) -> None:
    """Mark all items that are negated."""
    for place, item in enumerate(items):
        if item.has("not") or (item.has("except") and not _another(items, place)):
            _forward(items, place)
        elif item.has("not_after") or (item.has("except_after") and not _another(items, place)):
            _backward(items, place)


def _another(items: list[Item], place: int) -> bool:
    """Whether the sentence holds another negation: "no accessories except glasses" wants glasses."""
    for step in (-1, 1):
        other = place + step
        while 0 <= other < len(items) and abs(other - place) < REACH and not items[other].has("stop"):
            if items[other].has("not", "not_after"):
                return True
            other += step
    return False


def _forward(items: list[Item], place: int) -> None:
    """Negate the next phrase, and what is listed with it."""
    start = place + 1
    while True:
        end = _phrase(items, start)
        if end is None:
            return
        for item in items[start:end]:
            item.negated = item.negated or item.content
        following = _listed(items, place, end)
        if following is None:
            return
        start = following


def _phrase(items: list[Item], start: int) -> int | None:
    """The end of the phrase from ``start`` on: through the words said of a thing to the thing, or to one value."""
    seen = False
    for place in range(start, min(start + REACH, len(items))):
        item = items[place]
        if item.has(*BREAKS):
            if not seen and item.has("space"):
                continue
            return place if seen else None
        if item.has("but", "except"):
            return place if seen else None
        if item.has("skip", "is", "not") and seen:
            return place
        if item.has("and", "or") and seen and not _said_around(items, place):
            return place
        if item.content:
            seen = True
            if item.word is not None and (item.names is not None or (item.word.says and not item.said)):
                return place + 1
    return min(start + REACH, len(items)) if seen else None


def _said_around(items: list[Item], place: int) -> bool:
    return items[place - 1].said and place + 1 < len(items) and items[place + 1].said


def _listed(items: list[Item], place: int, end: int) -> int | None:
    """Where the next negated phrase of a list starts; None where the list ends."""
    if end >= len(items):
        return None
    link = items[end]
    if link.has("or"):
        return end + 1
    following = end + 1 < len(items) and _kind(items[end + 1]) is not None
    same = following and _kind(items[end + 1]) == _kind(items[end - 1])
    if link.has("list") and same:
        return end + 1
    both = link.has("and") and same and (link.eastern or items[place].text.lower() in ("without", "lacking"))
    if both:
        return end + 1
    if link.has("comma") and same and _or_follows(items, end + 1):
        return end + 1
    return None


def _or_follows(items: list[Item], start: int) -> bool:
    """Whether a list of words and commas comes to an "or"."""
    for item in items[start : start + REACH]:
        if item.has("or"):
            return True
        if not (item.content or item.has("comma", "skip")):
            return False
    return False


def _kind(item: Item) -> str | None:
    """The attribute that an item speaks of, or the thing."""
    if item.word is None:
        return None
    return item.word.says[0].attribute if item.word.says else item.word.thing


def _backward(items: list[Item], place: int) -> None:
    """Negate the phrase before, and what is listed with it, as Japanese does."""
    last = _content_before(items, place)
    if last is None:
        return
    first = _negate_phrase(items, last)
    while (other := _listed_before(items, first)) is not None:
        first = _negate_phrase(items, other)


def _content_before(items: list[Item], place: int) -> int | None:
    for other in range(place - 1, max(place - REACH, -1), -1):
        if items[other].content:
            return other
        if items[other].has("comma", "stop", "list", "not_after"):
            return None
    return None


def _negate_phrase(items: list[Item], last: int) -> int:
    """Negate an item with all that is said of it; returns where the phrase starts."""
    items[last].negated = True
    first = last
    for other in range(last - 1, max(last - REACH, -1), -1):
        item = items[other]
        if item.said and any(thing == last for thing, _ in item.things):
            item.negated, first = True, other
        elif not item.has("of", "te", "and", "ending", "very", "shade"):
            break
    return first


def _listed_before(items: list[Item], first: int) -> int | None:
    """The place of the value that is listed before: 眼鏡 of 眼鏡もリボンもなし."""
    link = first - 1
    if link < 1 or not items[link].has("and", "too", "or"):
        return None
    other = link - 1
    return other if _kind(items[other]) is not None and _kind(items[other]) == _kind(items[first]) else None
