"""Collections of avatars: what can be kept, found, given back and removed."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nijigen.collections.database import Database
from nijigen.collections.folder import Folder
from nijigen.collections.kept import Kept
from nijigen.collections.naming import checked_name, checked_note
from nijigen.collections.pairing import Pairing
from nijigen.collections.reading import read_facts
from nijigen.errors import NijigenError

if TYPE_CHECKING:
    from nijigen.collections.packs import Kind, Pack
    from nijigen.collections.searching import Search

FAVOURITES = "favourites"
MOST_FOUND = 1_000  # on one page


class Collections:
    """Kept avatars: added, found, given back as the files they were, removed. Threads may share it.

    Args:
        url: of the database, as SQLAlchemy writes it; by default ``NIJIGEN_DATABASE_URL``, else SQLite in
            nijigen's home.
        folder: for the pictures; by default one for each database, beside it.

    Raises:
        NijigenError: no such database, one of a newer nijigen, or the extra ``serve`` is not installed.
    """

    def __init__(self, url: str | None = None, folder: Path | None = None) -> None:
        self._database = Database(url, folder)
        self._folder = Folder(self._database.folder)
        self._pairing = Pairing(self._database, self._folder)
        self._pairing.settle()

    def __enter__(self) -> "Collections":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def add(
        self,
        file: bytes,
        collection: str = FAVOURITES,
        note: str = "",
        name: str = "the file",
        *,
        added: datetime | None = None,
    ) -> Kept:
        """Keep an avatar's file, a PNG or WebP with a certificate, byte for byte; on the disk when this returns.

        A file that the collection has already is not added again; its note is replaced where one is given.

        Args:
            name: what messages call the file.
            added: when, of one that is put back in its place; by default now.

        Raises:
            NijigenError: no such file (see :func:`nijigen.collections.reading.read_facts`), or a name or note too long.
        """
        collection, note = checked_name(collection), checked_note(note)
        facts = read_facts(file, name)
        ident = hashlib.sha256(f"{collection}\0{facts.digest}".encode()).hexdigest()[:16]
        self._pairing.put(ident, facts, file, collection, note, added)
        return self.get(ident)

    def get(self, ident: str) -> Kept:
        """One of them.

        Raises:
            NijigenError: there is none.
        """
        from nijigen.collections import rows

        with self._database.reading() as connection:
            row = rows.one(connection, ident)
        if row is None:
            raise rows.missing(ident)
        return self._kept(row)

    def file(self, kept: Kept) -> bytes:
        """The bytes that were added.

        Raises:
            NijigenError: its file is missing or damaged.
        """
        return self._folder.get(kept.digest, kept.media_type)

    def find(
        self,
        collection: str | None = None,
        attributes: Mapping[str, str] | None = None,
        text: str | None = None,
        limit: int = 60,
        offset: int = 0,
        *,
        model: str | None = None,
    ) -> list[Kept]:
        """What fits, the newest first (see :class:`nijigen.collections.searching.Search`).

        Args:
            limit: at most so many, 1 to 1,000.
            offset: leave out so many of the newest.

        Raises:
            NijigenError: an unknown word, or a page that cannot be.
        """
        from nijigen.collections import rows

        if not 1 <= limit <= MOST_FOUND or not 0 <= offset < 2**31:
            raise NijigenError(f"a page of {limit} from {offset}: use 1 to {MOST_FOUND:,}, from 0")
        search = self._search(collection, attributes, text, model)
        with self._database.reading() as connection:
            found = rows.find(connection, search, limit, offset)
        return [self._kept(row) for row in found]

    def count(
        self,
        collection: str | None = None,
        attributes: Mapping[str, str] | None = None,
        text: str | None = None,
        *,
        model: str | None = None,
    ) -> int:
        """How many fit, on all pages."""
        from nijigen.collections import rows

        search = self._search(collection, attributes, text, model)
        with self._database.reading() as connection:
            return rows.count(connection, search)

    def names(self) -> list[tuple[str, int]]:
        """The collections, by name, and how many each holds."""
        from nijigen.collections import rows

        with self._database.reading() as connection:
            return rows.names(connection)

    def choices(self, collection: str | None = None) -> dict[str, dict[str, int]]:
        """What can be searched for: attribute → value → how many have it. Numbers are left out."""
        from nijigen.collections import rows

        with self._database.reading() as connection:
            return rows.choices(connection, collection)

    def annotate(self, ident: str, note: str) -> Kept:
        """Give one of them another note.

        Raises:
            NijigenError: there is none, or the note is too long.
        """
        from nijigen.collections import rows

        note = checked_note(note)
        with self._database.writing() as connection:
            rows.annotate(connection, ident, note)
        return self.get(ident)

    def remove(self, ident: str) -> None:
        """Take one out of its collection; its file goes with the last collection that had it.

        Raises:
            NijigenError: there is none.
        """
        self._pairing.take_out(self.get(ident))

    def packed(self, idents: list[str], kind: "Kind") -> "Pack":
        """Several of them as one file (see :func:`nijigen.collections.packs.pack`).

        Raises:
            NijigenError: none or too many, one that is not there, or another kind.
        """
        from nijigen.collections.packs import pack

        return pack([self.get(ident) for ident in dict.fromkeys(idents)], self.file, kind)

    def _search(
        self, collection: str | None, attributes: Mapping[str, str] | None, text: str | None, model: str | None
    ) -> "Search":
        from nijigen.collections.searching import Search

        if collection is not None:
            collection = checked_name(collection)
        return Search(collection, attributes, text, model)

    def _kept(self, row: Any) -> Kept:
        return Kept.of(row, missing=not self._folder.path(row.digest, row.media_type).is_file())
