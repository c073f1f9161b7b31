"""What the names of folders say of the pictures in them."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from nijigen.data.labelling.labels import attribute_name
from nijigen.data.labelling.metadata import Cell
from nijigen.data.sources import Entry
from nijigen.errors import NijigenError

SPLITS = frozenset({"train", "training", "test", "testing", "val", "valid", "validation"})


def folder_attributes(pictures: Sequence[Entry]) -> list[dict[str, Cell]]:
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


def folder_classes(pictures: Sequence[Entry]) -> list[str] | None:
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
