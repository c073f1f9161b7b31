"""Pictures as files named by what is in them: ``ab/cdef….png`` holds the bytes whose SHA-256 is ``abcdef…``."""

import hashlib
from pathlib import Path

from nijigen.collections.faults import DamagedError
from nijigen.collections.reading import SUFFIXES
from nijigen.files import sync_folder, write_bytes


class Folder:
    """Files by their digest, under ``root``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, digest: str, media_type: str) -> Path:
        """Where a file is, or would be."""
        return self.root / digest[:2] / f"{digest[2:]}{SUFFIXES[media_type]}"

    def put(self, digest: str, media_type: str, file: bytes) -> None:
        """Have a file on the disk; what is there whole already stays as it is.

        Raises:
            OSError: the folder cannot be written or the disk is full.
        """
        path = self.path(digest, media_type)
        if _whole(path, digest, len(file)):
            return
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            sync_folder(self.root)
        write_bytes(path, file)

    def get(self, digest: str, media_type: str) -> bytes:
        """The bytes of a file.

        Raises:
            DamagedError: it is missing, or is not what was added; names it within the folder, because where that
                is is nobody's business who asks a server.
        """
        path = self.path(digest, media_type)
        name, mend = path.relative_to(self.root), "add the picture again, or remove it from its collections"
        try:
            file = path.read_bytes()
        except FileNotFoundError:
            raise DamagedError(f"{name} is missing: {mend}") from None
        if hashlib.sha256(file).hexdigest() != digest:
            raise DamagedError(f"{name} is damaged: {mend}")
        return file

    def drop(self, digest: str, media_type: str) -> None:
        """Remove a file, and what a killed writer of it left beside it."""
        self.tidy(digest, media_type)
        path = self.path(digest, media_type)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            sync_folder(path.parent)

    def tidy(self, digest: str, media_type: str) -> None:
        """Remove what a killed writer of a file left beside it."""
        path = self.path(digest, media_type)
        for part in path.parent.glob(f".{path.name[:80]}.*.part"):
            part.unlink(missing_ok=True)


def _whole(path: Path, digest: str, size: int) -> bool:
    try:
        return path.stat().st_size == size and hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except OSError:
        return False
