"""Free tags become labels by a mapping, a small TOML file.

    >>> from nijigen.data.labelling.tags import apply, read_mapping
    >>> mapping = read_mapping("danbooru")                          # built in; or the path of a file
    >>> apply(mapping, ["1girl", "pink_hair", "髪型:ボブ"]).labels
    {'gender': 'girl', 'hair_color': 'pink', 'hair_style': 'bob'}

A table for each attribute lists the tags of each value. Words of attributes and values may be written in any language
of the vocabulary. Two more tables are optional:

    [hair_color]
    pink = ["pink_hair", "ピンク髪"]
    blonde = ["blonde_hair"]
    [hair_style]
    twintails = ["twintails", "low_twintails"]
    long = ["long_hair", "very_long_hair"]

    [order]                 # where tags give several values of an attribute, the first of these counts
    hair_style = ["twintails", "long"]

    [unclear]               # tags that make an attribute unknown, or "all" of them; a list inside: those together
    all = ["multiple_girls", ["1girl", "1boy"]]
    hair_color = ["multicolored_hair"]

Beside the tags of the file, ``attribute:value`` in words of the vocabulary is understood, and so are Chinese and
Japanese words that name one value of one attribute (ツインテール); English words are too plain (cat, star, short).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from nijigen.data.labelling.tag_mapping import ALL, TagMapping, read_mapping
from nijigen.vocabulary import fold

__all__ = ["TagMapping", "TagReport", "Tagged", "apply", "read_mapping", "tag_labels"]

EXAMPLES = 5
MOST_UNMAPPED = 20


@dataclass(frozen=True, slots=True)
class Tagged:
    """Labels of one picture, and the attributes that its tags give several values (in order of the mapping)."""

    labels: dict[str, str]
    conflicts: dict[str, tuple[str, ...]]


@dataclass
class TagReport:
    """What became of the tags of many pictures.

    Attributes:
        pictures, labelled: with tags, and with a label by them.
        unclear: pictures whose tags say that they cannot be labelled at all (several people).
        conflicts: attribute → pictures whose tags contradict each other.
        examples: attribute → the first five of them, ``(file name, values)``.
        unmapped: the commonest tags that no mapping names, with their counts: what a mapping may lack.
    """

    pictures: int = 0
    labelled: int = 0
    unclear: int = 0
    conflicts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[tuple[str, tuple[str, ...]]]] = field(default_factory=dict)
    unmapped: list[tuple[str, int]] = field(default_factory=list)


def apply(mapping: TagMapping, tags: Iterable[str]) -> Tagged:
    """The labels that tags give. A contradiction, unless the mapping orders it, leaves its attribute unknown."""
    keys = {_key(tag) for tag in tags}
    unknown = _unclear(mapping, keys)
    if ALL in unknown:
        return Tagged({}, {})
    found: dict[str, set[str]] = {}
    for key in keys:
        place = _place(mapping, key)
        if place is not None and place[0] not in unknown:
            found.setdefault(place[0], set()).add(place[1])
    labels: dict[str, str] = {}
    conflicts: dict[str, tuple[str, ...]] = {}
    for attribute, known in mapping.values.items():
        values = tuple(value for value in known if value in found.get(attribute, ()))
        order = mapping.order.get(attribute, ())
        if len(values) == 1:
            labels[attribute] = values[0]
        elif values and set(order).issuperset(values):
            labels[attribute] = next(value for value in order if value in values)
        elif values:
            conflicts[attribute] = values
    return Tagged(labels, conflicts)


def tag_labels(mapping: TagMapping, tags: Mapping[str, Sequence[str]]) -> tuple[list[dict[str, str]], TagReport]:
    """Labels of many pictures, in the order of ``tags`` (file name → tags), and a report of them."""
    report = TagReport()
    rows = []
    unmapped: Counter[str] = Counter()
    for name, given in tags.items():
        tagged = apply(mapping, given)
        rows.append(tagged.labels)
        report.pictures += bool(given)
        report.labelled += bool(tagged.labels)
        keys = {tag: _key(tag) for tag in given}
        report.unclear += ALL in _unclear(mapping, set(keys.values()))
        unmapped.update(tag for tag, key in keys.items() if key not in mapping.heard and not _place(mapping, key))
        for attribute, values in tagged.conflicts.items():
            report.conflicts[attribute] += 1
            report.examples.setdefault(attribute, [])
            if len(report.examples[attribute]) < EXAMPLES:
                report.examples[attribute].append((name, values))
    report.unmapped = sorted(unmapped.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_UNMAPPED]
    return rows, report


@lru_cache(maxsize=2**16)
def _key(tag: str) -> str:
    return fold(tag) or tag.strip()  # of a face like -_- nothing is left when folded


def _unclear(mapping: TagMapping, keys: set[str]) -> set[str]:
    """The attributes that tags make unknown."""
    return {name for name, groups in mapping.unclear.items() if any(group <= keys for group in groups)}


def _place(mapping: TagMapping, key: str) -> tuple[str, str] | None:
    """Attribute and value of a tag."""
    if key in mapping.tags:
        return mapping.tags[key]
    for mark in ":=":
        left, found, right = key.partition(mark)
        attribute = mapping.attributes.get(left.strip("_")) if found else None
        value = mapping.words.get((attribute, right.strip("_"))) if attribute else None
        if attribute and value:
            return attribute, value
    return None
