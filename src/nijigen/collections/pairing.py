"""A file and its row, written and removed so that a process that dies between them loses nothing.

A file and a row cannot be written in one step, so what is about to be done stands in the table ``pending`` first:

1. ``pending`` names the file (on the disk);
2. the file is written beside, synced and renamed, or it is removed;
3. the row is written, and in the same transaction ``pending`` forgets the file.

Only one process at a time does this with a folder, by a lock that ends with the process. So whoever holds the lock
finds in ``pending`` only what dead processes left: a file that no row knows goes, one that a row knows stays. Nothing
else is ever removed: not a file of a database that was lost or put back from a copy.
"""

import os
from datetime import datetime, timedelta

from nijigen.collections.database import Database
from nijigen.collections.folder import Folder
from nijigen.collections.kept import Kept
from nijigen.collections.reading import Facts

# Where systems have no locks that end with their process, age must tell what nobody works at any more.
GRACE = timedelta(0) if os.name == "posix" else timedelta(minutes=10)


class Pairing:
    """Rows of a database and files of a folder, which change together."""

    def __init__(self, database: Database, folder: Folder) -> None:
        self._database, self._folder = database, folder

    def put(self, ident: str, facts: Facts, file: bytes, collection: str, note: str, added: datetime | None) -> None:
        """Have a file and its row; both are on the disk when this returns.

        Raises:
            OSError: the folder cannot be written or the disk is full.
        """
        from nijigen.collections import rows

        with self._database.alone():
            with self._database.writing() as connection:
                rows.announce(connection, facts.digest, facts.media_type)
            self._folder.put(facts.digest, facts.media_type, file)
            with self._database.writing() as connection:
                rows.put(connection, ident, facts, len(file), collection, note, added)
                rows.forget(connection, facts.digest)

    def take_out(self, kept: Kept) -> None:
        """Remove a row, and its file with the last row that has it.

        Raises:
            NijigenError: somebody else removed it.
        """
        from nijigen.collections import rows

        with self._database.alone():
            with self._database.writing() as connection:
                last = rows.take_out(connection, kept.ident, kept.digest)
                if last:
                    rows.announce(connection, kept.digest, kept.media_type)
            if last:
                self._folder.drop(kept.digest, kept.media_type)
                with self._database.writing() as connection:
                    rows.forget(connection, kept.digest)

    def settle(self) -> None:
        """Clear away what dead processes left between a file and its row."""
        from nijigen.collections import rows

        with self._database.reading() as connection:
            if not rows.announced(connection):
                return
        with self._database.alone():
            with self._database.reading() as connection:
                left = [row for row in rows.announced(connection) if row.since <= rows.now() - GRACE]
                unknown = [row for row in left if not rows.is_known(connection, row.digest)]
            for row in left:
                self._folder.tidy(row.digest, row.media_type)
            for row in unknown:
                self._folder.drop(row.digest, row.media_type)
            with self._database.writing() as connection:
                for row in left:
                    rows.forget(connection, row.digest)
