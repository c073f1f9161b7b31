"""Where the shards of a data set lie: a folder, or any address that fsspec knows (``s3://…``, ``https://…``).

A shard is read whole and checked against the length and SHA-256 of ``dataset.json``. What fails is tried again after a
pause, three times; then it is the caller's to do without it (:class:`ShardError` says why).
"""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from nijigen.data.description import DATASET_FILE, MOST_DESCRIPTION_BYTES, parse_description
from nijigen.errors import NijigenError
from nijigen.files import printable

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem  # type: ignore[import-untyped]

PAUSES = (0.5, 2.0, 8.0)  # seconds before the second, third and last try
STREAMED_PROTOCOLS = ("http", "https")  # whose servers may ignore the range asked for and send more


class ShardError(Exception):
    """A shard that could not be had, after all tries; the text says why, in words for a report."""


class ShardStore:
    """The files of one data set. Small, holds no open files, and may be used from many threads at once.

    Attributes:
        name: the place for messages; user names, passwords and queries of an address are left out.
        tries: how often a file was read, failed ones included; only ever reported.

    Args:
        place: a folder, or an address with ``://`` of the folder that holds ``dataset.json``.
        pauses: seconds to wait before each further try; a half, two and eight unless told.

    Raises:
        NijigenError: the address is of a kind that needs a package which is not installed, or of no known kind.
    """

    def __init__(self, place: str | Path, pauses: Sequence[float] | None = None) -> None:
        self.name = _readable(place)
        self.tries = 0
        self._pauses = tuple(PAUSES if pauses is None else pauses)
        self._closed = threading.Event()
        self._system: AbstractFileSystem | None = None
        self._root = str(place)
        self._streamed = False
        if is_address(place):
            self._system, self._root = _open_system(str(place), self.name)
            self._streamed = str(place).partition("://")[0].lower() in STREAMED_PROTOCOLS

    def __repr__(self) -> str:
        return f"ShardStore({self.name})"

    def description(self) -> dict[str, Any]:
        """``dataset.json``, checked.

        Raises:
            NijigenError: there is none, it is broken, or the place cannot be reached.
        """
        try:
            data = self._tried(DATASET_FILE, lambda: self._read(DATASET_FILE, MOST_DESCRIPTION_BYTES))
        except ShardError as error:
            raise NijigenError(f"no data set at {self.name}: {DATASET_FILE} cannot be read ({error})") from None
        return parse_description(data, f"{self.name}/{DATASET_FILE}")

    def read(self, shard: Mapping[str, Any]) -> bytes:
        """The bytes of a shard, whole and as they were written.

        Args:
            shard: its row of ``dataset.json``: ``file``, ``bytes`` and ``sha256``.

        Raises:
            ShardError: all tries failed: not there, not readable, of another length, or other bytes.
        """
        return self._tried(shard["file"], lambda: self._checked(shard))

    @property
    def closed(self) -> bool:
        """Whether reading was stopped."""
        return self._closed.is_set()

    def close(self) -> None:
        """No more tries: who waits for one gets a :class:`ShardError` at once."""
        self._closed.set()

    def _checked(self, shard: Mapping[str, Any]) -> bytes:
        data = self._read(shard["file"], shard["bytes"] + 1)  # a byte more tells a file that is too long
        if len(data) != shard["bytes"]:
            more = "more than " if len(data) > shard["bytes"] else ""
            have = min(len(data), shard["bytes"])
            raise ShardError(f"it has {more}{have:,} bytes" + ("" if more else f", not {shard['bytes']:,}"))
        if hashlib.sha256(data).hexdigest() != shard["sha256"]:
            raise ShardError("its bytes are not those that were written (SHA-256)")
        return data

    def _tried(self, file: str, read: Any) -> bytes:
        for pause in (*self._pauses, None):
            if self._closed.is_set():
                raise ShardError("reading was stopped")
            self.tries += 1
            try:
                data: bytes = read()
                return data
            except MemoryError:
                raise  # not the fault of the shard, and no second try would help
            except Exception as error:  # remote file systems raise their own kinds, which cannot all be named
                reason = _reason(error)
            if pause is None:
                break
            self._closed.wait(pause)
        raise ShardError(reason)

    def _read(self, file: str, limit: int) -> bytes:
        """At most ``limit`` bytes from the beginning of a file."""
        if self._system is None:
            with open(Path(self._root, file), "rb") as local:
                return local.read(limit)
        path = f"{self._root.rstrip('/')}/{file}"
        if not self._streamed:
            found: bytes = self._system.cat_file(path, start=0, end=limit)
            return found
        parts, left = [], limit
        with self._system.open(path, "rb", block_size=0) as stream:
            while left and (part := stream.read(min(left, 2**20))):
                parts.append(part)
                left -= len(part)
        return b"".join(parts)


def is_address(place: str | Path) -> bool:
    """Whether a place is an address for fsspec rather than a folder of this machine."""
    return isinstance(place, str) and "://" in place


def _open_system(address: str, name: str) -> "tuple[AbstractFileSystem, str]":
    try:
        from fsspec.core import url_to_fs  # type: ignore[import-untyped]

        system, root = url_to_fs(address)
    except ImportError as error:
        protocol = address.partition("://")[0]
        raise NijigenError(f"{name}: {protocol}:// needs a package that is not installed: {_reason(error)}") from None
    except Exception as error:  # each file system refuses a wrong address in its own way
        raise NijigenError(f"{name} is no place to read a data set from: {_reason(error)}") from None
    return system, str(root)


def _readable(place: str | Path) -> str:
    """A place without what is nobody's business: user, password, and the query, which may be a signature."""
    if not is_address(place):
        return printable(str(place))
    try:
        parts = urlsplit(str(place))
    except ValueError as error:
        raise NijigenError(f"an address that is none ({error}): write it like https://host/folder") from None
    return printable(urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))).rstrip("/")


def _reason(error: Exception) -> str:
    if isinstance(error, ShardError):
        return str(error)
    if isinstance(error, FileNotFoundError):
        return "it is not there"
    words = " ".join((getattr(error, "strerror", None) or str(error)).split())[:200]
    return words or type(error).__name__
