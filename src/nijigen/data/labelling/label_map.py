"""Somebody else's columns and words → ours, by a small TOML file.

    [columns]                       # column, folder key or fact of a source → attribute
    "髪の色（自由）" = "hair_color"
    [values.hair_color]             # word of the source → value; "" says unknown
    pinkish = "pink"
    [values.blush]
    much = 0.8
    [ignore]
    columns = ["id", "caption"]
    [tags.hair_color]               # a tag mapping, as in tags.py
    pink = ["pink_hair"]

Columns and words are found in any spelling (case, spaces, hyphens, full width). What the file does not name keeps the
meaning that the vocabulary gives it, in three languages, so a file lists only what is special.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nijigen.data.labelling.labels import attribute_name
from nijigen.data.labelling.metadata import Cell, Table
from nijigen.data.labelling.tag_mapping import TagMapping, known_attribute, known_value, parse_mapping, read_toml
from nijigen.errors import NijigenError, did_you_mean
from nijigen.schema import UNKNOWN
from nijigen.vocabulary import fold

TABLES = ("columns", "values", "ignore", "tags")


@dataclass(frozen=True)
class LabelMap:
    """What columns and words of a source mean; keys are folded, attributes and values canonical.

    Attributes:
        name: the file.
        columns: column → attribute; ``ignored``: columns that are no attributes.
        values: attribute → word → value ("" for unknown).
        tags: the mapping of free tags, if the file has one.
    """

    name: str
    columns: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, Cell]] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    tags: TagMapping | None = None


def read_label_map(file: str | Path) -> LabelMap:
    """The map in a TOML file.

    Raises:
        NijigenError: naming file and key: no TOML, an unknown table, a misspelt word, a column given twice.
    """
    where = str(file)
    tables = read_toml(Path(file))
    for table, rows in tables.items():
        if table not in TABLES:
            known = f"the tables are {', '.join(f'[{name}]' for name in TABLES)}"
            raise NijigenError(f"{where}: no table {table!r}{did_you_mean(table, TABLES)}; {known}")
        if not isinstance(rows, Mapping):
            raise NijigenError(f"{where}: {table} is no table: write [{table}] and its keys below")
    if not any(tables.values()):
        raise NijigenError(f'{where} maps nothing: write tables like [columns] with hair = "hair_color"')
    columns = _columns(where, tables.get("columns", {}))
    ignored = _ignored(where, tables.get("ignore", {}))
    both = next((column for column in columns if column in ignored), None)
    if both is not None:
        raise NijigenError(f"{where}: column {both!r} is mapped and ignored; keep one")
    tags = parse_mapping(tables["tags"], f"{where} [tags]") if "tags" in tables else None
    return LabelMap(where, columns, _values(where, tables.get("values", {})), ignored, tags)


def apply_label_map(label_map: LabelMap, rows: Iterable[Mapping[str, Cell]]) -> tuple[list[dict[str, Cell]], list[str]]:
    """Rows of any columns → rows by attribute, and what the map names and no row has (misspelt, most likely).

    Raises:
        NijigenError: two columns of a row give one attribute two values.
    """
    used: set[str] = set()
    found = [_row(label_map, row, used) for row in rows]
    return found, [name for name in _names(label_map) if name not in used]


def map_table(label_map: LabelMap, table: Table) -> tuple[Table, list[str]]:
    """A label file in our words; otherwise as :func:`apply_label_map`."""
    rows, unused = apply_label_map(label_map, table.rows.values())
    columns = [name for column in table.columns if (name := _attribute(label_map, column, set()))]
    mapped = replace(table, columns=tuple(dict.fromkeys(columns)), rows=dict(zip(table.rows, rows, strict=True)))
    return mapped, unused


def _row(label_map: LabelMap, row: Mapping[str, Cell], used: set[str]) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    origin: dict[str, str] = {}
    for column, cell in row.items():
        name = _attribute(label_map, column, used)
        if name is None:
            continue
        value = _value(label_map, name, cell, used)
        if name not in found or _says_nothing(found[name]):
            found[name], origin[name] = value, column
        elif not _says_nothing(value) and value != found[name]:
            both = f"columns {origin[name]} ({found[name]}) and {column} ({value}) both give {name}"
            raise NijigenError(f"{label_map.name}: {both}; name one of them in [ignore] columns")
    return found


def _attribute(label_map: LabelMap, column: str, used: set[str]) -> str | None:
    """The attribute of a column, or None for one that is ignored."""
    key = fold(column)
    if key in label_map.ignored:
        used.add(f"[ignore] {key}")
        return None
    if key in label_map.columns:
        used.add(f"[columns] {key}")
        return label_map.columns[key]
    return attribute_name(column)


def _value(label_map: LabelMap, name: str, cell: Cell, used: set[str]) -> Cell:
    key = fold(cell if isinstance(cell, str) else f"{cell:g}")
    words = label_map.values.get(name, {})
    if key not in words:
        return cell
    used.add(f"[values.{name}] {key}")
    return words[key]


def _says_nothing(cell: Cell) -> bool:
    return isinstance(cell, str) and fold(cell) in UNKNOWN


def _names(label_map: LabelMap) -> list[str]:
    names = [f"[columns] {column}" for column in label_map.columns]
    names += [f"[values.{name}] {word}" for name, words in label_map.values.items() for word in words]
    return names + [f"[ignore] {column}" for column in sorted(label_map.ignored)]


def _columns(where: str, table: Mapping[str, Any]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for column, word in table.items():
        place = f"{where} [columns] {column!r}"
        if not isinstance(word, str):
            raise NijigenError(f'{place}: an attribute is expected, like "hair_color"')
        columns[_new(place, column, columns)] = known_attribute(place, word)
    return columns


def _values(where: str, table: Mapping[str, Any]) -> dict[str, dict[str, Cell]]:
    values: dict[str, dict[str, Cell]] = {}
    for word, rows in table.items():
        attribute = known_attribute(f"{where} [values.{word}]" if word.isprintable() else where, word)
        if not isinstance(rows, Mapping) or attribute in values:
            raise NijigenError(f'{where}: [values.{attribute}] is expected once, with rows like pinkish = "pink"')
        values[attribute] = {}
        for given, value in rows.items():
            place = f"{where} [values.{attribute}] {given!r}"
            values[attribute][_new(place, given, values[attribute])] = _cell(place, attribute, value)
    return values


def _cell(where: str, attribute: str, value: Any) -> Cell:
    if isinstance(value, str):
        return "" if fold(value) in UNKNOWN else known_value(where, attribute, value)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300:
        return float(value)
    raise NijigenError(f'{where}: a word or number is expected, like "pink"')


def _ignored(where: str, table: Mapping[str, Any]) -> frozenset[str]:
    for key in table:
        if key != "columns":
            raise NijigenError(f'{where} [ignore]: no key {key!r}; it takes columns = ["id"]')
    listed: Sequence[Any] = table.get("columns", [])
    if not isinstance(listed, list) or not all(isinstance(column, str) and fold(column) for column in listed):
        raise NijigenError(f'{where} [ignore] columns: a list of names is expected, like ["id"]')
    return frozenset(fold(column) for column in listed)


def _new(where: str, word: str, known: Mapping[str, object]) -> str:
    key = fold(word)
    if not key or key in known:
        raise NijigenError(f"{where}: {'no word' if not key else 'given twice'}; keep one row")
    return key
