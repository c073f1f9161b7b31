"""Writing so that nothing is lost or half-written: write beside, fsync, rename."""

import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nijigen.errors import NijigenError

POLL = 0.005  # seconds between two looks at a lock that others hold


def sync_folder(folder: Path) -> None:
    """Make renames inside ``folder`` durable. Systems that cannot open a folder (Windows) need no such call."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_writable(path: str | Path, folder: bool = False) -> None:
    """See that a file can be written, or files into a folder, before the work is done that makes them.

    Raises:
        NijigenError: the name is taken by what is no such thing, or its folder may not be written.
    """
    path = Path(path)
    if not folder and os.path.isdir(path):
        raise NijigenError(f"{path} is a folder: give the name of a file")
    here = path if folder else path.parent
    while not os.path.exists(here) and here != here.parent:
        here = here.parent  # folders that are not there yet will be made
    where = path if here == path else f"{path}: {here}"
    if not os.path.isdir(here):
        raise NijigenError(f"{where} is a file, no folder: choose another place")
    if not os.access(here, os.W_OK | os.X_OK):
        raise NijigenError(f"{where} cannot be written: choose another place")


def write_bytes(path: str | Path, data: bytes, durable: bool = True) -> Path:
    """Write ``data`` to ``path`` atomically: after a crash the old file or the new one is there, never a part.

    Args:
        durable: wait until the disk has it. False is for what can be made again and comes in thousands: then only a
            power cut can lose it.

    Raises:
        OSError: the folder cannot be written or the disk is full; the old file is then untouched.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.part")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)
    return path


@contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """A name beside ``path`` to write a file to too large for memory; it takes the place of ``path`` at the end.

    Raises:
        OSError: the folder cannot be written or the disk is full; the old file is then untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.part")
    try:
        yield beside
        with open(beside, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_text(path: str | Path, text: str) -> Path:
    """Write ``text`` as UTF-8, atomically (see :func:`write_bytes`)."""
    return write_bytes(path, text.encode())


def write_json(path: str | Path, value: Any) -> Path:
    """Write ``value`` as indented UTF-8 JSON with a final newline, atomically (see :func:`write_bytes`)."""
    return write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def replace_folder(temporary: Path, final: Path) -> None:
    """Put a finished folder in its place by one rename; a former folder of that name is removed afterwards.

    Every file below ``temporary`` is synced first, so that the rename never announces contents that are not on disk.
    """
    for path in temporary.rglob("*"):
        if path.is_file():
            with open(path, "rb") as file:
                os.fsync(file.fileno())
        else:
            sync_folder(path)
    sync_folder(temporary)
    former = final.with_name(f".{final.name}.former")
    shutil.rmtree(former, ignore_errors=True)
    if final.exists():
        os.replace(final, former)
    os.replace(temporary, final)
    sync_folder(final.parent)
    shutil.rmtree(former, ignore_errors=True)


def remove_unfinished(folder: Path, name: str | None = None) -> None:
    """Clear away what a killed writer left in ``folder`` (not below it); nobody else will come back for it.

    A folder that :func:`replace_folder` had moved aside, and not yet replaced, gets its name back.

    Args:
        name: only what a writer of this name left, in a folder where others write too.
    """
    if not folder.is_dir():
        return
    some = r"\..*\.(former|part)" if name is None else rf"\.{re.escape(name)}\.(former|[^.]+\.part)"
    left = [path for path in folder.iterdir() if re.fullmatch(some, path.name, re.DOTALL)]
    for path in left:
        if path.suffix == ".former" and not (final := path.with_name(path.name[1 : -len(path.suffix)])).exists():
            os.replace(path, final)
    for path in left:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def locked(folder: Path, name: str = ".lock", wait: float = 0.0) -> Iterator[None]:
    """Hold a folder for this process, making it if need be; the lock ends with the process, however it ends.

    Args:
        wait: seconds to wait for another one who holds it; another thread counts as another one.

    Raises:
        NijigenError: another process holds it, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise NijigenError(f"cannot write {folder}: {error.strerror}; choose another place") from None
    try:
        until = time.monotonic() + wait
        while not _lock(handle):
            if time.monotonic() < until:
                time.sleep(POLL)
                continue
            raise NijigenError(f"{folder} is being written by another process: wait for it or choose another name")
        yield
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows: two processes on one folder are not told apart there
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: better to work than to refuse for ever
        return True
    return True


def printable(name: str) -> str:
    """A file name that can be written as UTF-8; bytes that are no text are shown as ``\\xff``."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def sha256_file(path: str | Path) -> str:
    """The SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
