"""Zip files: a safe list of members, and bounded reading of one member.

The list is read once, by the standard library. Members are then read straight from their place in the file, so that
a worker process need not parse the directory of a zip of 100,000 pictures again, and never inflates more than told.
"""

import errno
import lzma
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from nijigen.errors import NijigenError

LOCAL_HEADER = struct.Struct("<4s2B4HL2L2H")
LOCAL_MAGIC = b"PK\x03\x04"
ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Member:
    """Where a member lies in its zip, and what the directory says of it."""

    name: str
    offset: int
    packed: int
    size: int
    method: int
    crc: int
    encrypted: bool
    safe: bool


def is_zip(path: Path) -> bool:
    """Whether the file ends, or at least begins, like a zip (a truncated one is still called a zip)."""
    try:
        with open(path, "rb") as file:
            return file.read(4) == LOCAL_MAGIC or zipfile.is_zipfile(path)
    except OSError as error:
        raise NijigenError(f"cannot read {path}: {error.strerror}") from None


def members(path: Path) -> list[Member]:
    """All files in a zip, in the order of its directory.

    Raises:
        NijigenError: the zip is broken or cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as file:
            rows = file.infolist()
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError) as error:
        raise NijigenError(f"{path} is a broken zip ({error}): download or pack it again") from None
    except OSError as error:
        raise NijigenError(f"cannot read {path}: {error.strerror or error}") from None
    return [_member(row) for row in rows if not row.filename.endswith("/")]  # ``is_dir`` fails on an empty name


def read_member(path: Path, member: Member, limit: int) -> bytes:
    """At most ``limit`` bytes of a member; the checksum is verified when the whole member was read.

    Raises:
        ValueError: the member is damaged.
        OSError: the file cannot be read.
    """
    if member.method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return _read_slowly(path, member, limit)
    if not 0 <= member.offset < 2**62:
        raise ValueError("the zip member has no place in the file")
    with open(path, "rb") as file:
        file.seek(member.offset)
        header = file.read(LOCAL_HEADER.size)
        if len(header) < LOCAL_HEADER.size or not header.startswith(LOCAL_MAGIC):
            raise ValueError("the zip member has no header where the directory says")
        name_length, extra_length = LOCAL_HEADER.unpack(header)[-2:]
        file.seek(name_length + extra_length, 1)
        # A picture never packs much worse than it is, so the packed size may be read whole up to the limit.
        packed = file.read(min(member.packed, limit + 2**16))
    if member.method == zipfile.ZIP_STORED:
        data = packed[:limit]
    else:
        try:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, max(1, limit))[
                :limit
            ]  # 0 would mean no limit
        except zlib.error as error:
            raise ValueError(f"the zip member is damaged ({error})") from None
    if len(data) < min(member.size, limit) or (len(data) == member.size and zlib.crc32(data) != member.crc):
        raise ValueError("the zip member is damaged (length or checksum)")
    return data


def _read_slowly(path: Path, member: Member, limit: int) -> bytes:
    """Rare methods (bzip2, LZMA) through the standard library."""
    try:
        with zipfile.ZipFile(path) as file:
            row = next((row for row in file.infolist() if row.header_offset == member.offset), None)
            if row is None:
                raise ValueError("the zip member is gone: the file has changed")
            with file.open(row) as stream:
                return stream.read(limit)
    except (zipfile.BadZipFile, EOFError, lzma.LZMAError, RuntimeError, OSError) as error:
        # Damaged bzip2 data are an OSError without a number, a wild offset is one of an invalid argument.
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise  # the disk fails: that is no property of the picture
        raise ValueError(f"the zip member cannot be unpacked ({error})") from None


def _member(row: zipfile.ZipInfo) -> Member:
    link = stat.S_ISLNK(row.external_attr >> 16)
    return Member(
        name=row.filename,
        offset=row.header_offset,
        packed=row.compress_size,
        size=row.file_size,
        method=row.compress_type,
        crc=row.CRC,
        encrypted=bool(row.flag_bits & ENCRYPTED),
        safe=is_safe(row.orig_filename) and not link,
    )


def is_safe(name: str) -> bool:
    """Whether a name inside an archive or a metadata file stays inside: not absolute, no drive, no ``..``."""
    if name and not any(sign in name for sign in ("\0", "\\", ":", "..")) and not name.startswith("/"):
        return True  # most names, and a path object takes ten times as long
    path = PureWindowsPath(name)  # reads both kinds of slashes
    return bool(name) and "\0" not in name and not path.drive and not path.root and ".." not in path.parts
