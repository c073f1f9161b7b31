"""The zip archives of ``torch.save``: which records there are, as views of the file.

Python's ``zipfile`` makes an object for every entry that a file says it has, and unpacks as much as it says. PyTorch
writes its records as they are, uncompressed, so here none is unpacked: a record is a stretch of the file, checked
against its length and its CRC-32. The layout is that of PKWARE's APPNOTE 6.3 (§4.3.7, §4.3.12, §4.3.14 to §4.3.16). No
name of a record ever becomes a path.
"""

import struct
import zlib
from dataclasses import dataclass

from nijigen.interop.inert import RefusedError

MOST_RECORDS = 65_536
MOST_DIRECTORY = 16 * 2**20  # bytes
MOST_COMMENT = 65_535 + 22  # bytes that may stand behind the directory
END, END64, LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
ENTRY, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
EXTRA64 = 1  # the field with sizes of 64 bits
UNKNOWN32, ENCRYPTED = 0xFFFFFFFF, 1


@dataclass(frozen=True, slots=True)
class Record:
    """One file of an archive: where its local header is, how long it is there, its CRC-32, whether it is as it was."""

    name: str
    at: int
    size: int
    crc: int
    plain: bool


class Archive:
    """Records by name, without the folder that all of them lie in.

    Raises:
        RefusedError: damaged, or more than a checkpoint has.
    """

    def __init__(self, data: memoryview) -> None:
        self.data = data
        found = list(self._entries(*self._directory()))
        if sum(record.size for record in found) > len(data):
            raise RefusedError("its records say that they are longer than the file")
        self.folder = found[0].name.partition("/")[0] + "/" if found else ""
        self.records = {record.name.removeprefix(self.folder): record for record in found}
        if len(self.records) != len(found):
            raise RefusedError("two of its records have one name")

    def read(self, name: str) -> memoryview:
        """The bytes of a record, not copied."""
        record = self.records.get(name)
        if record is None:
            raise RefusedError(f"it has no record {name[:80]}")
        if not record.plain:
            raise RefusedError(f"its record {name[:80]} is compressed or encrypted, which torch.save never does")
        header = self._part(record.at, 30)
        if header[:4] != LOCAL:
            raise RefusedError(f"it is damaged: its record {name[:80]} is not where its directory says")
        lengths = struct.unpack("<HH", header[26:30])
        found = self._part(record.at + 30 + sum(lengths), record.size)
        if zlib.crc32(found) != record.crc:
            raise RefusedError(f"it is damaged: its record {name[:80]} has another check sum")
        return found

    def _part(self, at: int, size: int) -> memoryview:
        if at < 0 or size < 0 or at + size > len(self.data):
            raise RefusedError("it is cut short or damaged: its directory points outside it")
        return self.data[at : at + size]

    def _directory(self) -> tuple[int, int]:
        """Where the directory begins, and its length in bytes."""
        tail = bytes(self.data[-MOST_COMMENT:])
        place = tail.rfind(END)
        if place < 0 or len(tail) - place < 22:
            raise RefusedError("it is cut short: a zip archive ends with a directory, and it has none")
        _, size, at = struct.unpack("<HII", tail[place + 10 : place + 20])
        whole = len(self.data) - len(tail) + place
        if whole >= 20 and self.data[whole - 20 : whole - 16] == LOCATOR64:
            end = self._part(struct.unpack("<Q", self.data[whole - 12 : whole - 4])[0], 56)
            if end[:4] != END64:
                raise RefusedError("it is damaged: the end of its directory is not where it says")
            size, at = struct.unpack("<QQ", end[40:56])
        if size > MOST_DIRECTORY:
            raise RefusedError(f"its directory has {size:,} bytes: a checkpoint's is small")
        return at, size

    def _entries(self, at: int, size: int) -> list[Record]:
        found: list[Record] = []
        directory, place = self._part(at, size), 0
        while place < size:
            if len(found) >= MOST_RECORDS:
                raise RefusedError(f"it has more than {MOST_RECORDS:,} records")
            if size - place < 46 or directory[place : place + 4] != ENTRY:
                raise RefusedError("it is damaged: its directory is no directory")
            flags, method = struct.unpack("<HH", directory[place + 8 : place + 12])
            crc, packed, plain, name, extra, note = struct.unpack("<IIIHHH", directory[place + 16 : place + 34])
            (start,) = struct.unpack("<I", directory[place + 42 : place + 46])
            behind = place + 46 + name
            if behind + extra + note > size:
                raise RefusedError("it is damaged: its directory is cut short")
            word = bytes(directory[place + 46 : behind]).decode("utf-8", "replace")
            plain, packed, start = _wide(directory[behind : behind + extra], plain, packed, start)
            as_it_was = not method and not flags & ENCRYPTED and packed == plain
            found.append(Record(word, start, packed, crc, as_it_was))
            place = behind + extra + note
        return found


def _wide(extra: memoryview, *numbers: int) -> list[int]:
    """Numbers of 32 bits, where they are too small those of 64 in the extra field, in this order."""
    place, wide = 0, memoryview(b"")
    while place + 4 <= len(extra):
        kind, length = struct.unpack("<HH", extra[place : place + 4])
        if kind == EXTRA64:
            wide = extra[place + 4 : place + 4 + length]
        place += 4 + length
    found = []
    for number in numbers:
        if number == UNKNOWN32 and len(wide) >= 8:
            number, wide = struct.unpack("<Q", wide[:8])[0], wide[8:]
        found.append(number)
    return found
