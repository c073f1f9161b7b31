"""Files whose digest nobody here knows: fetched for those alone who say so, and held to their first digest afterwards.

What arrives the first time cannot be checked; that it is the same later can. So the SHA-256 is kept beside the file, as
``sha256sum`` writes it, and whoever knows the right one can compare.
"""

import hashlib
from pathlib import Path

from nijigen.download import DownloadError, fetch_into
from nijigen.files import write_text, written_beside

ROUNDED = 1.1  # a size that a page tells is rounded
SLOWEST = 128 * 2**10  # bytes a second


def pinned(path: Path) -> str:
    """The digest that a file had when it was fetched; empty where none was kept."""
    try:
        with open(_pin(path), encoding="ascii") as file:
            words = file.read(65_536).split()
    except (OSError, ValueError):
        return ""
    return words[0] if words and len(words[0]) == 64 else ""


def fetch_on_trust(url: str, size: int, target: Path) -> str:
    """Fetch a file of about ``size`` bytes without knowing its digest, and keep the one it has; returns it.

    Raises:
        DownloadError: it cannot be had, or is much larger.
        OSError: it cannot be written.
    """
    digest = hashlib.sha256()
    with written_beside(target) as beside, open(beside, "wb") as file:

        def keep(part: bytes) -> None:
            digest.update(part)
            file.write(part)

        if not fetch_into(keep, url, int(size * ROUNDED), longest=600 + size / SLOWEST):
            raise DownloadError("nothing was sent")
    found = digest.hexdigest()
    write_text(_pin(target), f"{found}  {target.name}\n")
    return found


def _pin(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
