"""The layout of StyleGAN2-ADA and StyleGAN3: a folder or zip of pictures with one ``dataset.json``.

``{"labels": [["00000/img00000000.png", 3], …]}``: a class number, or a list of numbers, for each picture by its path
in the folder or zip; ``{"labels": null}`` without labels. Names of the numbers come from ``nijigen.json`` beside it,
which nijigen writes (see :mod:`nijigen.data.layouts.columns`).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nijigen.data import archive
from nijigen.data.dataset import DATASET_FILE, FORMAT
from nijigen.data.facts import Facts
from nijigen.data.layouts.columns import COLUMNS_FILE, Words, check_vector, read_columns
from nijigen.data.layouts.words import shown
from nijigen.data.sources import Entry, FolderSource, Listing, ZipSource
from nijigen.errors import NijigenError

HEAD, TAIL = 4096, 16 * 2**20
MOST_JSON = 512 * 2**20
OWN_FILES = (DATASET_FILE, COLUMNS_FILE)


def detect(path: Path) -> bool:
    """Whether there is a ``dataset.json`` with ``labels`` that is not our own."""
    try:
        if path.is_dir():
            file = path / DATASET_FILE
            if not file.is_file():
                return False
            with open(file, "rb") as handle:
                return _is_theirs(handle.read(HEAD))
        if not path.is_file() or not archive.is_zip(path) or not _may_hold(path):
            return False
        member = _members(path).get(DATASET_FILE)
        return member is not None and _is_theirs(archive.read_member(path, member, HEAD))
    except (OSError, ValueError, NijigenError):
        return False


def _is_theirs(head: bytes) -> bool:
    return head.lstrip()[:1] == b"{" and b'"labels"' in head and f'"{FORMAT}"'.encode() not in head


def _may_hold(path: Path) -> bool:
    """Whether the name occurs near the end of a zip, where its directory is: most zips need not be parsed twice."""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        return DATASET_FILE.encode() in file.read(TAIL)


def _members(path: Path) -> dict[str, archive.Member]:
    """The members of a zip that describe the rest; they stand at its root, where StyleGAN looks for them."""
    return {member.name: member for member in archive.members(path) if member.name in OWN_FILES and member.safe}


@dataclass(frozen=True)
class NvidiaSource:
    """The pictures of such a folder or zip, with the labels of its ``dataset.json``."""

    path: Path

    @property
    def name(self) -> str:
        return self._pictures.name

    @property
    def _pictures(self) -> FolderSource | ZipSource:
        return FolderSource(self.path) if self.path.is_dir() else ZipSource(self.path)

    def listing(self) -> Listing:
        """Every picture; rows of ``dataset.json`` without a picture are refused as ``missing``.

        Raises:
            NijigenError: ``dataset.json`` is broken.
        """
        listing = self._pictures.listing()
        read = self._reader()
        described = read(DATASET_FILE)
        columns = read_columns(f"{self.path}: {COLUMNS_FILE}", named := read(COLUMNS_FILE))
        listing.ignored -= (described is not None) + (named is not None)
        rows = _rows(f"{self.path}: {DATASET_FILE}", described or b"")
        names = {entry.name for entry in listing.pictures}
        labels = _words(rows, columns.of_class, columns.of_vectors)
        for name, words in zip(rows, labels, strict=True):
            if shown(name) not in names:
                reason = "missing" if archive.is_safe(name) else "unsafe_path"
                listing.refused.append({"file": shown(name), "reason": reason, "of": DATASET_FILE})
            elif words:
                listing.facts[shown(name)] = Facts(labels=words)
        if columns.licence or columns.source or columns.pictures:
            for entry in listing.pictures:
                words = listing.facts[entry.name].labels if entry.name in listing.facts else {}
                listing.facts[entry.name] = columns.facts(entry.name, words)
        return listing

    def read(self, entry: Entry, limit: int) -> bytes:
        return self._pictures.read(entry, limit)

    def _reader(self) -> Callable[[str], bytes | None]:
        """Reads one of the files that describe the rest; None where it is missing."""
        members = {} if self.path.is_dir() else _members(self.path)

        def read(name: str) -> bytes | None:
            try:
                if self.path.is_dir():
                    file = self.path / name
                    data = _read_file(file) if file.is_file() else None
                else:
                    member = members.get(name)
                    data = None if member is None else archive.read_member(self.path, member, MOST_JSON + 1)
            except (OSError, ValueError) as error:
                raise NijigenError(f"cannot read {name} of {self.path}: {error}") from None
            if data is not None and len(data) > MOST_JSON:
                raise NijigenError(f"{name} of {self.path} is larger than {MOST_JSON >> 20} MiB: split the data set")
            return data

        return read


def _read_file(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(MOST_JSON + 1)


def _rows(name: str, data: bytes) -> dict[str, Any]:
    """File name → class number or list of numbers.

    Raises:
        NijigenError: naming the row that is wrong.
    """
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NijigenError(f"{name} is broken JSON ({type(error).__name__}: {error}): copy it again") from None
    labels = found.get("labels") if isinstance(found, dict) else None
    if labels is None:
        return {}
    pairs = list(labels.items()) if isinstance(labels, dict) else labels
    if not isinstance(pairs, list):
        raise NijigenError(f'{name}: labels is no list of ["file name", label]')
    rows: dict[str, Any] = {}
    width: int | None = None
    for number, pair in enumerate(pairs):
        where = f"{name}: row {number}"
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not isinstance(pair[0], str):
            raise NijigenError(f'{where} of labels is not ["file name", label]')
        file, label = pair[0].replace("\\", "/").removeprefix("./"), pair[1]
        if file in rows:
            raise NijigenError(f"{where} of labels names {shown(file)} a second time")
        if type(label) is not int:
            width = len(check_vector(f"{where} of labels", label, width))
        elif width is not None or not 0 <= label < 2**31:
            raise NijigenError(f"{where} of labels is {label}: not a class number like the others")
        rows[file] = label
    if width is not None and any(type(label) is int for label in rows.values()):
        raise NijigenError(f"{name} mixes class numbers and lists of numbers: use one of them")
    return rows


def _words(rows: dict[str, Any], of_class: Callable[[int], Words], of_vectors: Callable[[Any], Any]) -> list[Words]:
    import numpy as np

    labels = list(rows.values())
    if labels and isinstance(labels[0], list):
        return list(of_vectors(np.asarray(labels, np.float32)))
    return [of_class(label) for label in labels]
