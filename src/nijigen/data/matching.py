"""Which picture has which labels: rows of label files and folder names are matched with the pictures of a source."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from nijigen.data import archive, metadata
from nijigen.data.conflicts import conflict_lines, conflicts
from nijigen.data.facts import NOTHING, Facts
from nijigen.data.label_map import LabelMap, apply_label_map, map_table
from nijigen.data.labels import attribute_name, canonical, value_word
from nijigen.data.metadata import Cell, Table
from nijigen.data.rare import fold_rare
from nijigen.data.sources import Entry, Listing, Source
from nijigen.data.tags import TagMapping, TagReport, tag_labels
from nijigen.errors import NijigenError
from nijigen.schema import AttributeSchema, Labels

SHOWN = 8  # rare values named in a remark
Rows = list[dict[str, Cell]]
SPLITS = frozenset({"train", "training", "test", "testing", "val", "valid", "validation"})


@dataclass
class Labelling:
    """Labels of every picture of a listing (empty where there are none) and how they were found.

    Attributes:
        origin: what gave them, weakest first: ``folders + metadata.csv``.
        rows, missing: of label files: how many rows, and those that name no picture.
        ignored_columns: columns that are no attributes.
        remarks: what a person should know, a line each: contradictions, values that are too rare, words not found.
    """

    labels: list[Labels]
    schema: AttributeSchema
    origin: str | None = None
    rows: int = 0
    missing: list[dict[str, Any]] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def label(
    source: Source,
    listing: Listing,
    labels_file: Path | None = None,
    tags: TagMapping | None = None,
    label_map: LabelMap | None = None,
    min_count: int = 1,
) -> Labelling:
    """Labels of a listing. Where several origins speak the later one counts, and contradictions are told.

    The names of folders; tags, by a mapping; what the layout of the source says; ``metadata.csv|jsonl`` in it; a
    ``labels_file``.

    Args:
        label_map: what columns and words of the source mean.
        min_count: values of fewer pictures become unknown.

    Raises:
        NijigenError: a label file is missing or wrong, or names none of the pictures.
    """
    labelling, unused = Labelling([], AttributeSchema()), []
    tables = _tables(source, listing)
    given = None if labels_file is None else _read_labels(labels_file)
    told = [_facts(listing, entry).labels for entry in listing.pictures]
    origins: dict[str, Rows] = {}
    folders = _folder_attributes(listing.pictures)
    classes = None if any(folders) else _folder_classes(listing.pictures)
    better = bool(tables) or given is not None or any(told)
    if any(folders):
        origins["folders"] = folders
    elif classes and not better:
        origins["folders"] = [{"class": name} for name in classes]
    if tags is not None:
        tagged = {entry.name: _facts(listing, entry).tags for entry in listing.pictures}
        by_tags, report = tag_labels(tags, tagged)
        origins["tags"] = [dict(row) for row in by_tags]
        labelling.remarks += _tag_lines(report)
    elif any(facts.tags for facts in listing.facts.values()):
        labelling.remarks.append("the source has tags: --tags danbooru makes labels of them")
    if any(told):
        origins["the data set"] = [_known(row) for row in told]
    if label_map is not None:
        for name in origins:
            if name != "tags":
                origins[name], missed = apply_label_map(label_map, origins[name])
                unused.append(missed)
    for folder, table in tables:
        if label_map is not None:
            table, missed = map_table(label_map, table)
            unused.append(missed)
        rows = origins.setdefault(PurePosixPath(table.name).name, [{} for _ in listing.pictures])
        _match_relative(table, folder, listing.pictures, rows, labelling)
    if given is not None and labels_file is not None:
        if label_map is not None:
            given, missed = map_table(label_map, given)
            unused.append(missed)
        rows = origins[f"--labels {labels_file.name}"] = [{} for _ in listing.pictures]
        _match_loosely(given, listing.pictures, rows, labelling)
    if label_map is not None:
        nowhere = [name for name in unused[0] if all(name in missed for missed in unused)] if unused else []
        labelling.remarks += [f"{label_map.name}: {name} is not in the source" for name in nowhere]
    _merge(origins, listing, labelling, min_count)
    if classes and better:
        labelling.ignored_columns.append("class (the names of the folders: where there is a table, it alone labels)")
    return labelling


def _merge(origins: dict[str, Rows], listing: Listing, labelling: Labelling, min_count: int) -> None:
    """All origins into canonical labels and a schema."""
    names = [entry.name for entry in listing.pictures]
    labelling.remarks += conflict_lines(conflicts(origins, names)) if len(origins) > 1 else []
    found: Rows = [{} for _ in names]
    for rows in origins.values():
        for row, more in zip(found, rows, strict=True):
            row.update(_known(more))
    labelling.origin = " + ".join(name.removeprefix("--labels ") for name in origins) or None
    labelling.labels, labelling.schema, labelling.ignored_columns = canonical(found)
    if min_count > 1:
        labelling.labels, rare = fold_rare(labelling.labels, labelling.schema, min_count)
        labelling.schema = labelling.schema.restrict(labelling.labels)
        folded = ", ".join(f"{one.attribute}={one.value} ({one.count})" for one in rare[:SHOWN])
        if rare:
            more_text = f" and {len(rare) - SHOWN} more" if len(rare) > SHOWN else ""
            labelling.remarks.append(f"too rare, folded into unknown: {folded}{more_text}")


def _facts(listing: Listing, entry: Entry) -> Facts:
    return listing.facts.get(entry.name, NOTHING)


def _tag_lines(report: TagReport) -> list[str]:
    lines = [f"tags: {report.labelled:,} of {report.pictures:,} pictures got labels by them"]
    if report.unclear:
        lines.append(f"tags: {report.unclear:,} pictures show several people and stay without")
    for name, count in report.conflicts.items():
        file, values = report.examples[name][0]
        lines.append(f"tags: {name} contradicts itself in {count:,} pictures ({file}: {', '.join(values)})")
    return lines


def _known(labels: Mapping[str, Cell]) -> dict[str, Cell]:
    """Canonical names, without what says that it is unknown."""
    named = {attribute_name(column): cell for column, cell in labels.items()}
    return {name: cell for name, cell in named.items() if value_word(name, str(cell))}


def _folder_attributes(pictures: Sequence[Entry]) -> list[dict[str, Cell]]:
    """``hair_color=pink/eye_color=blue/1.png`` → its words, at any depth."""
    found: dict[str, dict[str, Cell]] = {}
    rows = []
    for entry in pictures:
        folder = entry.name.rpartition("/")[0]
        if folder not in found:
            words: dict[str, Cell] = {}
            for part in folder.split("/"):
                key, equals, value = part.partition("=")
                if not equals:
                    continue
                name = attribute_name(key)
                if words.setdefault(name, value) != value:
                    raise NijigenError(f"folder {folder} gives {name} twice: {words[name]} and {value}")
            found[folder] = words
        rows.append(found[folder])
    return rows


def _folder_classes(pictures: Sequence[Entry]) -> list[str] | None:
    """One level of class folders (below a single common folder or a split such as ``train/``), or None."""
    folders = [PurePosixPath(entry.name).parts[:-1] for entry in pictures]
    common = 0
    while folders and all(len(parts) > common for parts in folders) and len({p[common] for p in folders}) == 1:
        common += 1
    folders = [parts[common:] for parts in folders]
    if all(parts and parts[0].lower() in SPLITS for parts in folders):
        folders = [parts[1:] for parts in folders]
    names = {parts[0] for parts in folders if len(parts) == 1}
    # Folders of running numbers (0000, 0001 ...) share pictures out; they say nothing about them.
    numbered = all(name.isdigit() and len(name) > 2 for name in names)
    if any(len(parts) != 1 for parts in folders) or len(names) < 2 or numbered:
        return None
    return [parts[0] for parts in folders]


def _tables(source: Source, listing: Listing) -> list[tuple[str, Table]]:
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


def _read_labels(path: Path) -> Table:
    try:
        return metadata.read_table(str(path), path.read_bytes())
    except OSError as error:
        raise NijigenError(f"cannot read --labels {path}: {error.strerror}") from None


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


def _match_relative(
    table: Table, folder: str, pictures: Sequence[Entry], found: list[dict[str, Cell]], labelling: Labelling
) -> None:
    """Rows of a metadata file; their names are relative to its folder."""
    index = {entry.name: number for number, entry in enumerate(pictures)}
    prefix = f"{folder}/" if folder else ""

    def place(name: str) -> int | None:
        return index.get(prefix + str(PurePosixPath(name)))

    _match(table, place, found, labelling, "; its paths are relative to the metadata file")


def _match_loosely(table: Table, pictures: Sequence[Entry], found: list[dict[str, Cell]], labelling: Labelling) -> None:
    """Rows of a ``--labels`` file; a picture is named by its path in the source, its file name, or its stem."""
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

    _match(table, place, found, labelling, "")


def _match(
    table: Table, place: Callable[[str], int | None], found: list[dict[str, Cell]], labelling: Labelling, hint: str
) -> None:
    names = _named_columns(table)
    matched = 0
    for file_name, row in table.rows.items():
        number = place(file_name) if archive.is_safe(file_name) else None
        if number is None:
            reason = "missing" if archive.is_safe(file_name) else "unsafe_path"
            labelling.missing.append({"file": file_name, "reason": reason, "of": table.name})
            continue
        matched += 1
        known = {names[column]: cell for column, cell in row.items() if value_word(names[column], str(cell))}
        found[number].update(known)
    labelling.rows += len(table.rows)
    if not matched:
        first = next(iter(table.rows), None)
        example = f" (the first is {first})" if first else ""
        raise NijigenError(f"{table.name} names {len(table.rows)} files and none is in the source{example}{hint}")
