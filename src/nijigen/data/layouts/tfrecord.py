"""TFRecord files as a source: ``tf.train.Example`` with an encoded picture, and the pyramid of PGGAN and StyleGAN.

- A file ``*.tfrecord``, ``*.tfrecords`` or ``NAME.tfrecord-00000-of-00010``, or a folder of them. The picture is
  ``image/encoded`` or another feature that begins like a picture, or raw ``[H, W, C]`` bytes with features that give
  the size; :mod:`nijigen.data.layouts.features` says what becomes a label.
- ``NAME-r02.tfrecords`` … ``NAME-r10.tfrecords``: each picture at every power of two. A record has ``shape``
  (``[C, H, W]``) and ``data`` (raw bytes); ``NAME-rxx.labels`` beside it is a NumPy array of label vectors in the order
  of the records. The file of the highest resolution is read.

Listing looks at the head of each record through a memory map and copies no picture; the checksum of a record is
verified when it is read.
"""

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nijigen.data.archive import is_safe
from nijigen.data.facts import NOTHING, Facts
from nijigen.data.layouts.columns import COLUMNS_FILE, Columns, read_columns
from nijigen.data.layouts.features import file_name, labels_of, picture_of, rights_of
from nijigen.data.layouts.pixels import raw_png
from nijigen.data.layouts.records import CHECK, Record, masked_crc, parse_example, walk
from nijigen.data.sources import Entry, Listing, is_junk, refuse_mixed
from nijigen.errors import NijigenError
from nijigen.files import printable
from nijigen.images.decode import MAX_BYTES

if TYPE_CHECKING:
    import numpy as np

NAMES = re.compile(r"\.tfrecords?(-\d+-of-\d+)?$", re.IGNORECASE)
LEVEL = re.compile(r"-r(\d\d)\.tfrecords?$", re.IGNORECASE)
# A record may be a little larger than the largest picture.
MOST_BYTES = MAX_BYTES + 2**20
MOST_JSON = 64 * 2**20
PACKED = {b"\x1f\x8b": "gzip", b"\x78\x9c": "zlib", b"\x78\x01": "zlib", b"\x78\xda": "zlib"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the data of a record lies."""

    file: str
    number: int
    offset: int
    length: int


def detect(path: Path) -> bool:
    """Whether this is a TFRecord file by its name, or a folder that holds one."""
    try:
        return bool(NAMES.search(path.name)) if path.is_file() else path.is_dir() and bool(_found(path))
    except (OSError, ValueError):
        return False


@dataclass(frozen=True)
class TFRecordSource:
    """All pictures of a TFRecord file or of the files in a folder (not below it)."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.resolve().name

    def listing(self) -> Listing:
        """Every record with a picture. Records that are broken, and a truncated end, are refused; the rest is used.

        Raises:
            NijigenError: a file cannot be read, is packed, has a broken length, or holds no pictures that are known; or
                plain pictures lie beside it or below.
        """
        listing = Listing()
        taken: set[str] = set()
        files = [self.path] if self.path.is_file() else _highest(_found(self.path))
        refuse_mixed(self.path, files)
        for file in files:
            _list_file(file, listing, taken)
        listing.pictures.sort(key=lambda entry: entry.name)
        return listing

    def read(self, entry: Entry, limit: int) -> bytes:
        place: Place = entry.where
        if place.length > MOST_BYTES:
            raise ValueError(f"record {place.number} has {place.length:,} bytes")
        with open(place.file, "rb") as file:
            file.seek(place.offset)
            data = file.read(place.length + CHECK.size)
        where = f"record {place.number} of {Path(place.file).name}"
        if len(data) != place.length + CHECK.size:
            raise ValueError(f"{where} is truncated")
        data, check = data[: place.length], data[place.length :]
        if masked_crc(data) != CHECK.unpack(check)[0]:
            raise ValueError(f"{where} is damaged (its checksum is wrong)")
        picture = picture_of(parse_example(memoryview(data)))
        if picture is None:
            raise ValueError(f"{where} holds no picture any more")
        if picture.channels:
            data = raw_png(bytes(picture.data), picture.height, picture.width, picture.channels, picture.planes)
        else:
            data = bytes(picture.data)
        return data[:limit]


def _found(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if NAMES.search(path.name) and not is_junk(path.name))


def _highest(files: list[Path]) -> list[Path]:
    """Of each pyramid only the file of the highest resolution."""
    highest: dict[str, Path] = {}
    for path in files:  # sorted, so a higher level comes later
        highest[LEVEL.sub("", path.name)] = path
    return list(highest.values())


def _list_file(file: Path, listing: Listing, taken: set[str]) -> None:
    data = _mapped(file)
    columns: Columns | None = None
    count = 0
    unknown: str = ""
    numbered: list[tuple[int, str]] = []  # records of raw pixels, whose labels stand in a file of their own
    for record in walk(data, str(file)):
        count += 1
        try:
            row = _list_record(file, data, record, listing, taken)
        except ValueError as error:
            _refuse(listing, file, record, "corrupt", str(error))
            continue
        if isinstance(row, str):
            unknown = row
        elif row is not None:
            numbered.append(row)
    if unknown and not any(entry.where.file == str(file) for entry in listing.pictures):
        raise NijigenError(f"{file}: no record holds a picture that is known; the features are {unknown}")
    if numbered:
        columns = columns_beside(file)
        labels = dict(_raw_labels(file, columns, numbered, count))
        for number, name in numbered:
            if (facts := columns.facts(str(number), labels.get(name, {}))) != NOTHING:
                listing.facts[name] = facts


def _list_record(
    file: Path, data: memoryview, record: Record, listing: Listing, taken: set[str]
) -> tuple[int, str] | str | None:
    """Put one record into the listing; returns (number, name) of raw ``[C, H, W]``, or names of unknown features."""
    if not record.whole:
        _refuse(listing, file, record, "corrupt", "the file ends within this record (a truncated copy?)")
        return None
    if record.length > MOST_BYTES:
        _refuse(listing, file, record, "too_large", f"{record.length:,} bytes")
        return None
    features = parse_example(data[record.offset : record.offset + record.length])
    picture = picture_of(features)
    if picture is None:
        listing.ignored += 1
        return ", ".join(sorted(features)[:12]) or "none"
    name = _entry_name(file, record, "" if picture.planes else file_name(features), taken)
    place = Place(str(file), record.number, record.offset, record.length)
    listing.pictures.append(Entry(name, len(picture.data), place))
    if picture.planes:
        return record.number, name
    labels, (licence, source) = labels_of(features), rights_of(features)
    if labels or licence or source:
        listing.facts[name] = Facts(labels=labels, licence=licence, source=source)
    return None


def _entry_name(file: Path, record: Record, given: str, taken: set[str]) -> str:
    """The file name that the record gives, or where that is missing, taken or leads out, a number."""
    name = given.replace("\\", "/").removeprefix("./")
    if not name or not is_safe(name) or name in taken:
        stem = printable(NAMES.sub("", file.name))
        name = f"{stem}-{record.number:08d}"
        while name in taken:
            name += "+"
    taken.add(name)
    return name


def _refuse(listing: Listing, file: Path, record: Record, reason: str, detail: str) -> None:
    name = f"{printable(file.name)} record {record.number}"
    listing.refused.append({"file": name, "reason": reason, "detail": detail})


def _mapped(file: Path) -> memoryview:
    """The file as memory; its pages are read when they are looked at."""
    try:
        with open(file, "rb") as handle:
            head = handle.read(2)
            if kind := PACKED.get(head):
                raise NijigenError(f"{file} is packed with {kind}: unpack it first")
            return memoryview(mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)) if head else memoryview(b"")
    except OSError as error:
        raise NijigenError(f"cannot read {file}: {error.strerror or error}") from None


def columns_beside(file: Path) -> Columns:
    """What ``nijigen.json`` in the folder of a TFRecord file says of its label columns."""
    beside = file.with_name(COLUMNS_FILE)
    try:
        if not beside.is_file():
            return Columns()
        with open(beside, "rb") as handle:
            return read_columns(str(beside), handle.read(MOST_JSON))
    except OSError as error:
        raise NijigenError(f"cannot read {beside}: {error.strerror or error}") from None


def _raw_labels(
    file: Path, columns: Columns, numbered: list[tuple[int, str]], count: int
) -> Iterator[tuple[str, dict[str, str | float]]]:
    """Labels of records by their number, from ``NAME-rxx.labels``; nothing where there is no such file."""
    beside = file.with_name(LEVEL.sub("", file.name) + "-rxx.labels")
    if not LEVEL.search(file.name) or not beside.is_file():
        return
    found = _array(beside)
    if len(found) < count:
        raise NijigenError(f"{beside} has {len(found):,} labels for {count:,} pictures: copy or write it again")
    names = dict(numbered)
    rows = map(columns.of_class, found[:count].tolist()) if found.ndim == 1 else columns.of_vectors(found[:count])
    for number, words in enumerate(rows):
        if words and number in names:
            yield names[number], words


def _array(path: Path) -> "np.ndarray[Any, Any]":
    """A NumPy file of finite numbers: vectors ``[N, width]`` or class numbers ``[N]``."""
    import numpy as np

    try:
        with np.errstate(over="ignore"):  # a map: a false shape must not fill the memory
            found = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiub" or found.ndim not in (1, 2):
            raise ValueError("no array of numbers")
        if not found.size:
            raise ValueError("the array is empty")
        if found.ndim == 1:
            return np.asarray(found, np.int64)
        vectors = np.asarray(found, np.float32)
        if not np.isfinite(vectors).all():
            raise ValueError("it holds a number that is no number")
        return vectors
    except Exception as error:  # NumPy lets through whatever its parsers raise on a broken head, TokenError among it
        raise NijigenError(f"{path} is no NumPy file of labels ({error}): copy or write it again") from None
