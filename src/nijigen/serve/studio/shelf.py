"""Pictures that the page shows, as the files they are, each under a name that nobody can guess.

A browser is given the original bytes, certificate included, and never names a file of this machine: what it asks for
is looked up here, and what is not here is not there.
"""

import secrets
import string
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from nijigen.avatar import Avatar, Certificate
from nijigen.errors import NijigenError

SAFE = frozenset(string.ascii_letters + string.digits + "-_")  # in file names everywhere
MOST_BYTES = 256 * 2**20  # of all visitors together
MOST = 20_000  # pictures: of files of a few bytes, what is known of each would fill the memory first


class GoneError(NijigenError):
    """A picture that was shown once and is kept no longer: the server was started again, or too many came after it."""


@dataclass(frozen=True)
class Shown:
    """A picture on the shelf: its file, what it is, what to call it, and its certificate if it is an avatar."""

    data: bytes
    media_type: str
    name: str
    certificate: Certificate | None = None


class Shelf:
    """The newest pictures, within bounds; the one that was asked for longest ago goes first. Thread-safe."""

    def __init__(self, most_bytes: int = MOST_BYTES, most: int = MOST) -> None:
        self._most_bytes, self._most, self._held = most_bytes, most, 0
        self._shown: OrderedDict[str, Shown] = OrderedDict()
        self._favourites: set[str] = set()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._shown)

    def put(self, shown: Shown) -> str:
        """Show a picture; returns its name, 128 random bits."""
        ident = secrets.token_urlsafe(16)
        with self._lock:
            self._shown[ident] = shown
            self._held += len(shown.data)
            while len(self._shown) > 1 and (self._held > self._most_bytes or len(self._shown) > self._most):
                gone, oldest = self._shown.popitem(last=False)
                self._held -= len(oldest.data)
                self._favourites.discard(gone)
        return ident

    def get(self, ident: str) -> Shown:
        """A picture by its name.

        Raises:
            GoneError: it is here no longer, or never was.
        """
        with self._lock:
            shown = self._shown.get(ident)
            if shown is None:
                raise GoneError("this picture is kept no longer: make it again")
            self._shown.move_to_end(ident)
            return shown

    def drop(self, ident: str) -> None:
        """Keep a picture no longer, where it is here."""
        with self._lock:
            if (shown := self._shown.pop(ident, None)) is not None:
                self._held -= len(shown.data)
                self._favourites.discard(ident)

    def mark(self, ident: str) -> None:
        """Remember that a picture that is here was made a favourite."""
        with self._lock:
            if ident in self._shown:
                self._favourites.add(ident)

    def marked(self, ident: str) -> bool:
        """Whether it was."""
        return ident in self._favourites

    def put_avatar(self, avatar: Avatar, data: bytes | None = None) -> str:
        """Show an avatar; ``data``: its file as it is, PNG or WebP, else its PNG."""
        file = avatar.png() if data is None else data
        media_type = "image/webp" if file.startswith(b"RIFF") else "image/png"
        return self.put(Shown(file, media_type, file_name(avatar, media_type), avatar.certificate))


def file_name(avatar: Avatar, media_type: str = "image/png") -> str:
    """What a browser calls the file: ``chibi-7.png``, and ``chibi-7-edited.png`` after a change."""
    certificate: dict[str, Any] = avatar.certificate
    stem = str(certificate.get("model") or certificate.get("kind") or "avatar")
    plain = "".join(letter if letter in SAFE else "-" for letter in stem)[:40]
    seed = "" if avatar.seed is None else f"-{avatar.seed}"
    edited = "-edited" if certificate.get("edits") else ""
    return f"{plain or 'avatar'}{seed}{edited}.{media_type.rpartition('/')[2].partition('+')[0]}"
