"""A file or folder that is written beside its place and takes it when all of it is on the disk."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nijigen.errors import NijigenError
from nijigen.files import replace_folder, sync_folder


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
    beside = out.with_name(f".{out.name[:80]}.{secrets.token_hex(6)}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        yield beside
    except OSError as error:
        raise NijigenError(
            f"cannot write {out}: {error.strerror or error}; make room or choose another place"
        ) from None
    finally:
        if beside.is_dir():
            shutil.rmtree(beside, ignore_errors=True)
        elif beside.exists():
            beside.unlink()
