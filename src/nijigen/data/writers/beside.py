"""A file or folder that is written beside its place and takes it when all of it is on the disk."""

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nijigen.errors import NijigenError
from nijigen.files import locked, replace_folder, sync_folder


@contextmanager
def new_file(out: Path) -> Iterator[Path]:
    """A path to write; it becomes ``out`` at the end of the block, or nothing if the block fails.

    Raises:
        NijigenError: the disk is full, or the place cannot be written.
    """
    with _mended(out) as beside:
        yield beside
        with open(beside, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(beside, out)
        sync_folder(out.parent)


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to fill; it becomes ``out`` at the end of the block, or nothing if the block fails.

    Raises:
        NijigenError: the disk is full, or the place cannot be written.
    """
    with _mended(out) as beside:
        beside.mkdir()
        yield beside
        replace_folder(beside, out)


@contextmanager
def _mended(out: Path) -> Iterator[Path]:
    """A free name beside ``out``, held for this process; what a killed one left under such a name is removed first."""
    name = out.name[:80]
    beside, lock = out.with_name(f".{name}.{secrets.token_hex(6)}.part"), f".{name}.lock"
    ours = False
    try:
        with locked(out.parent, lock):
            ours = True
            for path in out.parent.iterdir():
                if re.fullmatch(rf"\.{re.escape(name)}\.[0-9a-f]{{12}}\.part", path.name):
                    _remove(path)
            yield beside
    except OSError as error:
        raise NijigenError(
            f"cannot write {out}: {error.strerror or error}; make room or choose another place"
        ) from None
    finally:
        if ours:
            _remove(beside)
            (out.parent / lock).unlink(missing_ok=True)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
