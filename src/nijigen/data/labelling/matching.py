"""Which picture has which labels: all that a source and its owner say of its pictures, made one schema."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from nijigen.data.facts import NOTHING, Facts
from nijigen.data.labelling.conflicts import conflict_lines, conflicts
from nijigen.data.labelling.folders import folder_attributes, folder_classes
from nijigen.data.labelling.label_map import LabelMap, apply_label_map, map_table
from nijigen.data.labelling.labels import attribute_name, canonical, value_word
from nijigen.data.labelling.metadata import Cell
from nijigen.data.labelling.rows import Matched, Rows, match_loosely, match_relative, read_labels, tables_in
from nijigen.data.labelling.tags import TagMapping, TagReport, tag_labels
from nijigen.data.sources import Entry, Listing, Source
from nijigen.schema import AttributeSchema, Labels

NOTES = {"licence": "licence", "license": "licence", "source": "source"}  # columns of tables that are no attributes


@dataclass
class Labelling:
    """Labels of every picture of a listing (empty where there are none) and how they were found.

    Attributes:
        origin: what gave them, weakest first: ``folders + metadata.csv``.
        rows, missing: of label files: how many rows, and those that name no picture.
        by_tags: of every picture, the attributes that nothing but its free tags told; empty where there are no tags.
        ignored_columns: columns that are no attributes.
        remarks: what a person should know, a line each: contradictions, words not found.
    """

    labels: list[Labels]
    schema: AttributeSchema
    origin: str | None = None
    rows: int = 0
    missing: list[dict[str, Any]] = field(default_factory=list)
    by_tags: list[frozenset[str]] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def add(self, matched: Matched) -> None:
        """What came of one more label file."""
        self.rows += matched.rows
        self.missing += matched.missing


def label(
    source: Source,
    listing: Listing,
    labels_file: Path | None = None,
    tags: TagMapping | None = None,
    label_map: LabelMap | None = None,
) -> Labelling:
    """Labels of a listing. Where several origins speak the later one counts, and contradictions are told.

    The names of folders; tags, by a mapping; what the layout of the source says; ``metadata.csv|jsonl`` in it; a
    ``labels_file``.

    Args:
        label_map: what columns and words of the source mean.

    Raises:
        NijigenError: a label file is missing or wrong, or names none of the pictures.
    """
    labelling, unused, own = Labelling([], AttributeSchema()), [], 0
    tables = tables_in(source, listing)
    given = None if labels_file is None else read_labels(labels_file)
    told = [_facts(listing, entry).labels for entry in listing.pictures]
    origins: dict[str, Rows] = {}
    folders = folder_attributes(listing.pictures)
    classes = None if any(folders) else folder_classes(listing.pictures)
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
        labelling.add(match_relative(table, folder, listing.pictures, rows))
        own += _take_notes(rows, listing)
    if given is not None and labels_file is not None:
        if label_map is not None:
            given, missed = map_table(label_map, given)
            unused.append(missed)
        rows = origins[f"--labels {labels_file.name}"] = [{} for _ in listing.pictures]
        labelling.add(match_loosely(given, listing.pictures, rows))
        own += _take_notes(rows, listing)
    if own:
        labelling.remarks.append("licence and source of single pictures stay with them, and are no labels")
    if label_map is not None:
        nowhere = [name for name in unused[0] if all(name in missed for missed in unused)] if unused else []
        labelling.remarks += [f"{label_map.name}: {name} is not in the source" for name in nowhere]
    _merge(origins, listing, labelling)
    if classes and better:
        labelling.ignored_columns.append("class (the names of the folders: where there is a table, it alone labels)")
    return labelling


def _merge(origins: dict[str, Rows], listing: Listing, labelling: Labelling) -> None:
    """All origins into canonical labels and a schema."""
    names = [entry.name for entry in listing.pictures]
    labelling.remarks += conflict_lines(conflicts(origins, names)) if len(origins) > 1 else []
    found: Rows = [{} for _ in names]
    for origin, rows in origins.items():
        for place, (row, more) in enumerate(zip(found, rows, strict=True)):
            known = _known(more)
            row.update(known)
            if origin == "tags":
                labelling.by_tags.append(frozenset(known))
            elif labelling.by_tags and known:
                labelling.by_tags[place] -= known.keys()
    labelling.origin = " + ".join(name.removeprefix("--labels ") for name in origins) or None
    labelling.labels, labelling.schema, labelling.ignored_columns = canonical(found)


def _take_notes(rows: Rows, listing: Listing) -> int:
    """Columns called licence (or license) and source say whose a picture is, not what it shows; returns how many do."""
    count = 0
    for entry, row in zip(listing.pictures, rows, strict=True):
        said = {NOTES[name]: str(row.pop(name)) for name in list(row) if name in NOTES}
        if said:
            facts = _facts(listing, entry)
            licence, source = said.get("licence", facts.licence), said.get("source", facts.source)
            listing.facts[entry.name] = replace(facts, licence=licence, source=source)
            count += 1
    return count


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
