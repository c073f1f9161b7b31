"""LMDB files as a source, read without the LMDB library.

The library maps a file and believes every pointer in it, so a damaged file ends the process. The pages are simple
enough to be walked with every step checked, and a picture found this way is a place in the file, which a worker reads
without opening a database. Format: version 1, 64 bits, little-endian, as ``lmdb.h`` and the comments of ``mdb.c``
describe it:

- A page begins with ``uint64 number · uint16 unused · uint16 flags · uint16 lower · uint16 upper`` (an overflow page
  has ``uint32 pages`` for the last two). Pages 0 and 1 are meta pages: magic, version, two databases (free pages, then
  the main one), last page, transaction; the later transaction counts.
- Branch and leaf pages have ``(lower - 16) / 2`` offsets of nodes: ``uint16 low · uint16 high · uint16 flags · uint16
  key size · key · data``. In a branch low, high and flags are the number of a page below; in a leaf low and high are
  the size of the data, which stands in overflow pages when flag 1 is set, and is a database of its own with flag 2.

Values that begin like a picture are pictures, as LSUN has them. Keys ``256-00042`` (several sizes of each picture, as
stylegan2-pytorch writes them) are read at their largest size only.
"""

import mmap
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from nijigen.data.layouts.words import shown
from nijigen.data.sources import HEAD_BYTES, Entry, Listing, refuse_mixed
from nijigen.errors import NijigenError
from nijigen.images.decode import looks_like_picture

MAGIC, VERSION = 0xBEEFC0DE, 1
PAGE = struct.Struct("<QHHHH")
NODE = struct.Struct("<HHHH")
DATABASE = struct.Struct("<IHHQQQQQ")
META = struct.Struct(f"<IIQQ{DATABASE.size}s{DATABASE.size}sQQ")
NUMBER = struct.Struct("<Q")
BRANCH, LEAF, OVERFLOW, FIXED = 0x01, 0x02, 0x04, 0x20
BIG, DATABASE_NODE, DUPLICATES = 0x01, 0x02, 0x04
NOWHERE = 2**64 - 1
SIZED = re.compile(r"(?:.*/)?(\d{1,5})-\d{5,}")
DATA_FILE = "data.mdb"


def detect(path: Path) -> bool:
    """Whether this is a folder with ``data.mdb``, or a file, that begins with the meta page of LMDB."""
    try:
        file = _file(path)
        if not file.is_file():
            return False
        with open(file, "rb") as handle:
            return _byte_order(handle.read(PAGE.size + 8)) != ""
    except (OSError, ValueError):
        return False


def _file(path: Path) -> Path:
    return path / DATA_FILE if path.is_dir() else path


def _byte_order(head: bytes) -> str:
    """``64``, or ``32`` and ``big`` for files of other machines, or "" for anything else."""
    for name, place, order in (("64", 16, "little"), ("32", 12, "little"), ("big", 16, "big"), ("big", 12, "big")):
        magic, version = head[place : place + 4], head[place + 4 : place + 8]
        flags = int.from_bytes(head[10:12] if place == 16 else head[6:8], "little" if order == "little" else "big")
        if magic == MAGIC.to_bytes(4, "little" if order == "little" else "big") and len(version) == 4 and flags & 8:
            return name
    return ""


@dataclass(frozen=True)
class LmdbSource:
    """All values of an LMDB environment that are pictures, under their keys."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.resolve().name

    def listing(self) -> Listing:
        """Every picture; a value that the file does not hold in full is refused.

        Raises:
            NijigenError: a page is broken, the file is of a machine with other words, or plain pictures lie beside it.
        """
        file = _file(self.path)
        refuse_mixed(self.path, [file])
        try:
            with open(file, "rb") as handle:
                return _list(file, handle)
        except OSError as error:
            raise NijigenError(f"cannot read {file}: {error.strerror or error}") from None

    def read(self, entry: Entry, limit: int) -> bytes:
        offset, size = entry.where
        with open(_file(self.path), "rb") as handle:
            handle.seek(offset)
            data = handle.read(min(size, limit))
        if len(data) != min(size, limit):
            raise ValueError("the LMDB file is truncated")
        return data


@dataclass(frozen=True, slots=True)
class _Value:
    key: bytes
    offset: int
    size: int
    whole: bool


def _list(file: Path, handle: IO[bytes]) -> Listing:
    listing = Listing()
    order = _byte_order(handle.read(PAGE.size + 8))
    if order != "64":
        kind = {"32": "of a 32-bit machine", "big": "of a big-endian machine"}.get(order, "no LMDB file")
        raise NijigenError(f"{file} is {kind}: dump it there (mdb_dump) and load it here (mdb_load)")
    found: dict[str, _Value] = {}
    with mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for value in _Tree(data, file).values():
            name = _key(value.key)
            if not value.whole:
                listing.refused.append({"file": name, "reason": "corrupt", "detail": "the file ends within it"})
            elif looks_like_picture(data[value.offset : value.offset + min(value.size, HEAD_BYTES)]):
                found[name] = value
            else:
                listing.ignored += 1
    kept = _largest(found)
    listing.ignored += len(found) - len(kept)
    listing.pictures = [Entry(name, found[name].size, (found[name].offset, found[name].size)) for name in sorted(kept)]
    return listing


def _key(key: bytes) -> str:
    """A key as a name: text where it is text, else its bytes in hexadecimal."""
    try:
        name = key.decode("utf-8")
    except UnicodeDecodeError:
        return key.hex()
    return shown(name) if name.isprintable() and name else key.hex()


def _largest(names: dict[str, _Value]) -> list[str]:
    """Of keys that all begin with a size, those of the largest."""
    sizes = {name: SIZED.fullmatch(name) for name in names}
    if not all(sizes.values()):
        return list(names)
    largest = max((int(match[1]) for match in sizes.values() if match), default=0)
    return [name for name, match in sizes.items() if match and int(match[1]) == largest]


class _Tree:
    """The pages of one file. No page is visited twice, so that a loop of pointers ends."""

    def __init__(self, data: mmap.mmap, file: Path) -> None:
        self.data, self.file = data, file
        self.seen: set[int] = set()
        self.page_size, self.root = self._newest()

    def _newest(self) -> tuple[int, int]:
        """Page size, and root of the main database, of the later of the two meta pages."""
        best: tuple[int, int, int] | None = None
        page_size = 0
        for number in (0, 1):
            place = number * page_size + PAGE.size
            if place + META.size > len(self.data):
                break
            magic, version, _, _, free, main, _, transaction = META.unpack_from(self.data, place)
            if magic != MAGIC or version != VERSION:
                if number == 0:
                    raise self._broken(f"its format is version {version}, not {VERSION}")
                break
            page_size = page_size or DATABASE.unpack(free)[0]
            if page_size not in (2**power for power in range(8, 17)):
                raise self._broken(f"pages of {page_size} bytes")
            if best is None or transaction > best[0]:
                best = (transaction, page_size, DATABASE.unpack(main)[-1])
        if best is None:
            raise self._broken("it has no meta page")
        return best[1], best[2]

    def values(self) -> Iterator[_Value]:
        """All values, those of named databases too, under ``NAME/KEY``."""
        databases = [(b"", self.root)]
        while databases:
            prefix, root = databases.pop()
            pages = [] if root == NOWHERE else [root]
            while pages:
                number = pages.pop()
                flags, offsets = self._page(number)
                start = number * self.page_size
                if flags & BRANCH:
                    pages += [self._child(start, offset) for offset in reversed(offsets)]
                    continue
                for offset in offsets:
                    kind, key, place, size = self._node(start, offset)
                    if kind & DUPLICATES:
                        continue  # several values under one key: no layout of pictures has that
                    if kind & DATABASE_NODE:
                        if size != DATABASE.size or prefix:  # databases have names in the main one only
                            raise self._broken(f"page {number} holds a database of {size} bytes")
                        databases.append((prefix + key + b"/", DATABASE.unpack_from(self.data, place)[-1]))
                    elif kind & BIG:
                        yield self._overflow(prefix + key, place, size)
                    else:
                        yield _Value(prefix + key, place, size, True)

    def _page(self, number: int) -> tuple[int, tuple[int, ...]]:
        start = number * self.page_size
        if number in self.seen or number < 2 or start + self.page_size > len(self.data):
            raise self._broken(f"page {number} is beyond its end or used twice (a truncated copy?)")
        self.seen.add(number)
        own, _, flags, lower, _ = PAGE.unpack_from(self.data, start)
        count = (lower - PAGE.size) // 2
        if own != number or bool(flags & BRANCH) == bool(flags & LEAF) or flags & FIXED:
            raise self._broken(f"page {number} is no page of a tree")
        if not 0 <= count <= (self.page_size - PAGE.size) // 2:
            raise self._broken(f"page {number} has {count} entries")
        return flags, struct.unpack_from(f"<{count}H", self.data, start + PAGE.size)

    def _child(self, start: int, offset: int) -> int:
        if offset + NODE.size > self.page_size:
            raise self._broken(f"page {start // self.page_size} has an entry beyond its end")
        low, high, top, _ = NODE.unpack_from(self.data, start + offset)
        return int(low | high << 16 | top << 32)

    def _node(self, start: int, offset: int) -> tuple[int, bytes, int, int]:
        """Flags, key, and where the data lies; of a big value ``place`` holds the number of its overflow page."""
        if offset + NODE.size > self.page_size:
            raise self._broken(f"page {start // self.page_size} has an entry beyond its end")
        low, high, flags, length = NODE.unpack_from(self.data, start + offset)
        size = low | high << 16
        place = offset + NODE.size + length
        if place + (NUMBER.size if flags & BIG else size) > self.page_size:
            raise self._broken(f"page {start // self.page_size} has an entry beyond its end")
        return flags, self.data[start + place - length : start + place], start + place, size

    def _overflow(self, key: bytes, place: int, size: int) -> _Value:
        number = NUMBER.unpack_from(self.data, place)[0]
        start = number * self.page_size
        whole = start + PAGE.size + size <= len(self.data)
        own, _, flags, *_ = PAGE.unpack_from(self.data, start) if whole else (number, 0, OVERFLOW)
        if number < 2 or own != number or not flags & OVERFLOW:
            raise self._broken(f"page {number} is no overflow page")
        return _Value(key, start + PAGE.size, size, whole)

    def _broken(self, what: str) -> NijigenError:
        return NijigenError(f"{self.file} is a broken LMDB file: {what}; copy or write it again")
