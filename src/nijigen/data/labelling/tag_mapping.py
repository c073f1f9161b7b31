"""The file that says which tags mean which label, read strictly: see tags.py for its form."""

import difflib
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from nijigen.data.labelling.labels import attribute_name, value_word
from nijigen.errors import NijigenError, did_you_mean
from nijigen.vocabulary import fold, synonyms, vocabulary

MAX_TOML = 4 * 2**20  # bytes
NEAR_NAME, NEAR_VALUE = 0.85, 0.8  # so alike is a misspelt word of the vocabulary, not a new one
ORDER, UNCLEAR, ALL = "order", "unclear", "all"
# A colour alone does not say of what: its words count with their attribute (髪色:青), or where a mapping lists them.
COLOURS = ("hair_color", "eye_color", "skin_tone")


@dataclass(frozen=True)
class TagMapping:
    """What tags mean. All words are canonical, all tags folded.

    Attributes:
        name: the file, or the name of a built-in mapping.
        values: attribute → its values, in the order of the file.
        tags: tag → (attribute, value).
        order: attribute → values of which the first counts where there are several.
        unclear: attribute or ``all`` → groups of tags; a picture that has all tags of a group leaves it unknown.
        attributes: words in any language → attribute; ``words``: (attribute, word in any language) → value.
        heard: tags that the file names at all; ``spelled``: the same as they are written there.
    """

    name: str
    values: dict[str, tuple[str, ...]]
    tags: dict[str, tuple[str, str]]
    order: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unclear: dict[str, tuple[frozenset[str], ...]] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    words: dict[tuple[str, str], str] = field(default_factory=dict)
    heard: frozenset[str] = frozenset()
    spelled: frozenset[str] = frozenset()


def built_in() -> tuple[str, ...]:
    """The names of the mappings that come with nijigen."""
    folder = files("nijigen.data.labelling") / "tag_maps"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))


def read_mapping(file: str | Path) -> TagMapping:
    """The mapping in a TOML file, or a built-in one by its name (``danbooru``).

    Raises:
        NijigenError: naming file and key: no TOML, a table or word that is none or is misspelt, a tag mapped twice.
    """
    if str(file) in built_in():
        text = (files("nijigen.data.labelling") / "tag_maps" / f"{file}.toml").read_text(encoding="utf-8")
        return parse_mapping(tomllib.loads(text), f"tag mapping {file}")
    if isinstance(file, str) and not Path(file).suffix and not Path(file).exists():
        hint = did_you_mean(file, built_in())
        raise NijigenError(f"no tag mapping {file!r}{hint}: give a TOML file or {' or '.join(built_in())}")
    return parse_mapping(read_toml(Path(file)), str(file))


def read_toml(path: Path) -> dict[str, Any]:
    """A small TOML file.

    Raises:
        NijigenError: it cannot be read, is larger than 4 MiB, or is no TOML (with line and column).
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_TOML + 1)
    except OSError as error:
        raise NijigenError(f"cannot read {path}: {error.strerror or error}") from None
    if len(data) > MAX_TOML:
        raise NijigenError(f"{path} is larger than {MAX_TOML >> 20} MiB: that is no mapping")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NijigenError(f"{path} line {line} is not UTF-8 text: save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        hint = "" if data.isascii() else '; a key that is not plain English needs quotes, like "髪色" = …'
        raise NijigenError(f"{path} is broken TOML: {' '.join(str(error).split())}{hint}") from None
    except (RecursionError, ValueError) as error:
        raise NijigenError(f"{path} is broken TOML ({type(error).__name__})") from None


def parse_mapping(tables: Mapping[str, Any], where: str) -> TagMapping:
    """The mapping in parsed TOML; errors are named after ``where``. Raises as :func:`read_mapping`."""
    values: dict[str, list[str]] = {}
    tags: dict[str, tuple[str, str]] = {}
    spelled: set[str] = set()
    for table, rows in tables.items():
        if not isinstance(rows, Mapping):
            what = f"{where}: {_shown(table)} is no table"
            raise NijigenError(f"{what}: write [hair_color] and below it values, like pink = [...]")
        if table in (ORDER, UNCLEAR):
            continue
        attribute = known_attribute(f"{where} [{_shown(table)}]", table)
        for word, listed in rows.items():
            place = f"{where} [{_shown(table)}] {_shown(word)}"
            value = known_value(place, attribute, word)
            if value in values.setdefault(attribute, []):
                raise NijigenError(f"{place}: {attribute} has {value} twice")
            values[attribute].append(value)
            for tag in _strings(place, listed):
                key = fold(tag) or tag.strip()
                if key in tags:
                    raise NijigenError(f"{place}: tag {tag!r} means {' '.join(tags[key])} already; keep one")
                tags[key] = attribute, value
                spelled.add(tag)
    if not tags:
        raise NijigenError(f'{where} maps no tag: write tables like [hair_color] with pink = ["pink_hair"]')
    order = _order(where, tables.get(ORDER, {}), values)
    unclear = _unclear(where, tables.get(UNCLEAR, {}), values, spelled)
    heard = frozenset(tags).union(*(group for groups in unclear.values() for group in groups))
    attributes = {word: name for name in values for word in synonyms(name)}
    words = {(name, word): value for name in values for value in values[name] for word in synonyms(name, value)}
    words |= {(name, value): value for name in values for value in values[name]}
    final = {name: tuple(known) for name, known in values.items()}
    tags |= {word: place for word, place in _plain_words(final) if word not in heard}
    return TagMapping(where, final, tags, order, unclear, attributes, words, heard, frozenset(spelled))


def known_attribute(where: str, word: str) -> str:
    """The canonical attribute for a word of any language; a new one unless it looks misspelt.

    Raises:
        NijigenError: naming ``where``.
    """
    if not fold(word):
        raise NijigenError(f"{where}: {word!r} is no word: name an attribute, like hair_color")
    name = attribute_name(word)
    known = (*vocabulary(), ORDER, UNCLEAR)
    near = [] if name in vocabulary() else difflib.get_close_matches(name, known, n=1, cutoff=NEAR_NAME)
    if near:
        raise NijigenError(f"{where}: no attribute {word!r} (did you mean {near[0]}?)")
    return name


def known_value(where: str, attribute: str, word: str) -> str:
    """The canonical value for a word of any language; a new one unless it looks misspelt.

    Raises:
        NijigenError: naming ``where``.
    """
    value = value_word(attribute, word)
    if not value:
        raise NijigenError(f"{where}: {word!r} means unknown; leave it out")
    known = vocabulary().get(attribute, {}).get("values", {})
    near = [] if value in known else difflib.get_close_matches(value, known, n=1, cutoff=NEAR_VALUE)
    if near:
        raise NijigenError(f"{where}: {attribute} has no value {word!r} (did you mean {near[0]}?)")
    return value


def _shown(word: str) -> str:
    return word if word.isprintable() else repr(word)


def _strings(where: str, listed: Any) -> list[str]:
    if not isinstance(listed, list) or not all(isinstance(tag, str) and tag.strip() for tag in listed):
        raise NijigenError(f'{where}: a list of tags is expected, like ["pink_hair"]')
    return listed


def _order(where: str, table: Mapping[str, Any], values: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    order: dict[str, tuple[str, ...]] = {}
    for word, listed in table.items():
        place = f"{where} [{ORDER}] {_shown(word)}"
        attribute = _mapped(place, word, values)
        found = [known_value(place, attribute, value) for value in _strings(place, listed)]
        strange = next((value for value in found if value not in values[attribute]), None)
        if strange is not None:
            raise NijigenError(f"{place}: no tag gives {strange}; the values are {', '.join(values[attribute])}")
        if len(set(found)) < len(found) or attribute in order:
            raise NijigenError(f"{place}: a value or attribute is given twice")
        order[attribute] = tuple(found)
    return order


def _unclear(
    where: str, table: Mapping[str, Any], values: Mapping[str, list[str]], spelled: set[str]
) -> dict[str, tuple[frozenset[str], ...]]:
    unclear: dict[str, tuple[frozenset[str], ...]] = {}
    for word, listed in table.items():
        place = f"{where} [{UNCLEAR}] {_shown(word)}"
        attribute = ALL if word == ALL else _mapped(place, word, values)
        if attribute in unclear or not isinstance(listed, list):
            raise NijigenError(f'{place}: a list of tags is expected, once, like ["multiple_girls"]')
        groups = [_strings(place, tag if isinstance(tag, list) else [tag]) for tag in listed]
        if not all(groups):
            raise NijigenError(f"{place}: an empty list would fit every picture")
        spelled.update(tag for group in groups for tag in group)
        unclear[attribute] = tuple(frozenset(fold(tag) or tag.strip() for tag in group) for group in groups)
    return unclear


def _mapped(where: str, word: str, values: Mapping[str, list[str]]) -> str:
    attribute = known_attribute(where, word)
    if attribute not in values:
        raise NijigenError(f"{where}: no tag gives {attribute}; there are {', '.join(values)}")
    return attribute


def _plain_words(values: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Chinese and Japanese words of at least two letters that name one value of one attribute, and its place."""
    meanings = Counter(
        word
        for name, entry in vocabulary().items()
        for value in entry.get("values", {})
        for word in synonyms(name, value)
    )
    for name in values:
        for value in values[name]:
            for word in synonyms(name, value):
                if meanings[word] == 1 and not word.isascii() and len(word) > 1 and name not in COLOURS:
                    yield word, (name, value)
