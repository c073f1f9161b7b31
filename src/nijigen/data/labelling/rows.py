"""Rows of label files find the pictures they name."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from nijigen.data import archive
from nijigen.data.labelling import metadata
from nijigen.data.labelling.labels import attribute_name, value_word
from nijigen.data.labelling.metadata import Cell, Table
from nijigen.data.sources import Entry, Listing, Source
from nijigen.errors import NijigenError

Rows = list[dict[str, Cell]]


@dataclass
class Matched:
    """How many rows there were, and those that name no picture."""

    rows: int = 0
    missing: list[dict[str, Any]] = field(default_factory=list)


def tables_in(source: Source, listing: Listing) -> list[tuple[str, Table]]:
    """Metadata files of the source with the folder each stands in, outer ones first."""
    found: list[tuple[str, Table]] = []
    for entry in sorted(listing.metadata, key=lambda entry: (entry.name.count("/"), entry.name)):
        folder = entry.name.rpartition("/")[0]
        if any(folder == other for other, _ in found):
            raise NijigenError(
                f"{source.name}: two metadata files in folder {folder or '.'}; keep one of csv and jsonl"
            )
        try:
            data = source.read(entry, metadata.MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise NijigenError(f"cannot read {entry.name} in {source.name}: {reason}") from None
        found.append((folder, metadata.read_table(entry.name, data)))
    return found


def read_labels(path: Path) -> Table:
    """The file of ``--labels``.

    Raises:
        NijigenError: it cannot be read, or is no table.
    """
    try:
        return metadata.read_table(str(path), path.read_bytes())
    except OSError as error:
        raise NijigenError(f"cannot read --labels {path}: {error.strerror}") from None


def match_relative(table: Table, folder: str, pictures: Sequence[Entry], found: Rows) -> Matched:
    """Rows of a metadata file into ``found``; their names are relative to its folder."""
    index = {entry.name: number for number, entry in enumerate(pictures)}
    prefix = f"{folder}/" if folder else ""

    def place(name: str) -> int | None:
        return index.get(prefix + str(PurePosixPath(name)))

    return _match(table, place, found, "; its paths are relative to the metadata file")


def match_loosely(table: Table, pictures: Sequence[Entry], found: Rows) -> Matched:
    """Rows of a ``--labels`` file into ``found``; they name pictures by path, file name or stem."""
    index: dict[str, list[int]] = defaultdict(list)
    for number, entry in enumerate(pictures):
        path = PurePosixPath(entry.name)
        for key in dict.fromkeys((entry.name, str(path.with_suffix("")), path.name, path.stem)):
            index[key].append(number)
    full = {entry.name: number for number, entry in enumerate(pictures)}
    taken: dict[int, str] = {}

    def place(name: str) -> int | None:
        places = [full[name]] if name in full else index.get(name, [])
        if len(places) > 1:
            first, second = (pictures[number].name for number in places[:2])
            raise NijigenError(f"{table.name}: {name} may be {first} or {second}; give the path in the source")
        for number in places:
            if taken.setdefault(number, name) != name:
                raise NijigenError(f"{table.name}: {taken[number]} and {name} both name {pictures[number].name}")
        return places[0] if places else None

    return _match(table, place, found, "")


def _match(table: Table, place: Callable[[str], int | None], found: Rows, hint: str) -> Matched:
    names = _named_columns(table)
    result, matched = Matched(len(table.rows)), 0
    for file_name, row in table.rows.items():
        number = place(file_name) if archive.is_safe(file_name) else None
        if number is None:
            reason = "missing" if archive.is_safe(file_name) else "unsafe_path"
            result.missing.append({"file": file_name, "reason": reason, "of": table.name})
            continue
        matched += 1
        known = {names[column]: cell for column, cell in row.items() if value_word(names[column], str(cell))}
        found[number].update(known)
    if not matched:
        first = next(iter(table.rows), None)
        example = f" (the first is {first})" if first else ""
        raise NijigenError(f"{table.name} names {len(table.rows)} files and none is in the source{example}{hint}")
    return result


def _named_columns(table: Table) -> dict[str, str]:
    """Columns of a table → canonical attribute names."""
    names: dict[str, str] = {}
    for column in table.columns:
        name = attribute_name(column)
        other = next((known for known, taken in names.items() if taken == name), None)
        if other is not None:
            raise NijigenError(f"{table.name}: columns {other} and {column} both mean {name}; keep one")
        names[column] = name
    return names
