"""Where the rows are: SQLite in nijigen's home, or whatever database ``NIJIGEN_DATABASE_URL`` names."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nijigen.collections.faults import UnavailableError
from nijigen.errors import NijigenError
from nijigen.files import locked
from nijigen.store import home

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine import URL

VARIABLE = "NIJIGEN_DATABASE_URL"
PATIENCE = 30.0  # seconds to wait for others who write
MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """The rows of collections, brought to the newest tables when it is opened.

    Args:
        url: as SQLAlchemy writes it; by default ``NIJIGEN_DATABASE_URL``, else SQLite in nijigen's home.
        folder: where the pictures are; by default beside an SQLite file, else in nijigen's home.

    Raises:
        NijigenError: the extra is not installed, no such database, or one of a newer nijigen.
    """

    def __init__(self, url: str | None = None, folder: Path | None = None) -> None:
        try:
            import alembic  # noqa: F401  # it is needed where an older database is found: better to say so now
            from sqlalchemy import create_engine, event
        except ImportError:
            raise NijigenError(
                'collections need SQLAlchemy and Alembic, which are not installed: pip install "nijigen[serve]"'
            ) from None
        address = _parse(url or os.environ.get(VARIABLE))
        self._opened = False  # from then on messages may go to clients of a server, and name no place of this machine
        self.shown = address.render_as_string(hide_password=True)
        self.folder = folder or _folder(address)
        lite = address.get_backend_name() == "sqlite"
        if lite:
            Path(str(address.database)).parent.mkdir(parents=True, exist_ok=True)
        options: dict[str, Any] = {"connect_args": {"timeout": PATIENCE}} if lite else {"pool_pre_ping": True}
        try:
            self.engine: Engine = create_engine(address, **options)
        except ImportError as error:
            raise NijigenError(f"{VARIABLE}: {self.shown} needs {error.name or 'a driver'}: install it") from None
        if lite:
            event.listen(self.engine, "connect", _prepare)
            event.listen(self.engine, "begin", _begin)
        try:
            with self.alone(), self.writing() as connection:
                self._migrate(connection)
        except BaseException:
            self.engine.dispose()
            raise
        self._opened = True

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only one who changes files: no other process on this folder does until the block ends."""
        with ExitStack() as held:
            try:
                held.enter_context(locked(self.folder, wait=PATIENCE))
            except NijigenError:
                if not self._opened:
                    raise
                raise UnavailableError("the collections cannot be written now: try again in a moment") from None
            yield

    @contextmanager
    def reading(self) -> "Iterator[Connection]":
        """A connection to ask."""
        with self._told(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> "Iterator[Connection]":
        """A connection in a transaction, on the disk when the block ends, and undone where it fails."""
        with self._told(), self.engine.connect() as connection:
            connection.execution_options(nijigen_writes=True)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Let go of the connections."""
        self.engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        from sqlalchemy.exc import DataError, DBAPIError

        try:
            yield
        except DBAPIError as error:
            said = " ".join(str(error.orig).split())
            if "disk is full" in said:
                said = "the disk is full: nothing finished was lost; free some space and run the same again"
            kind = NijigenError if isinstance(error, DataError) else UnavailableError  # what was asked is wrong, or not
            raise kind(f"{'the collections' if self._opened else self.shown}: {said}") from None

    def _migrate(self, connection: "Connection") -> None:
        from sqlalchemy import inspect, text

        from nijigen.collections.tables import VERSION, VERSION_TABLE

        found = None
        if inspect(connection).has_table(VERSION_TABLE):
            found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
        if found == VERSION:
            return
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            raise NijigenError(f"{self.shown} was written by a newer nijigen (tables {found}): update nijigen")
        command.upgrade(config, "head")


def _parse(url: str | None) -> "URL":
    from sqlalchemy.engine import URL, make_url
    from sqlalchemy.exc import ArgumentError

    if not url:
        return URL.create("sqlite", database=str(home() / "collections" / "kept.db"))
    example = "give one like sqlite:////home/me/kept.db or postgresql+psycopg://me@localhost/kept"
    try:
        address = make_url(url)
        address.get_dialect()
    except (ArgumentError, ValueError):  # the address itself may hold a password: it is not shown
        raise NijigenError(f"{VARIABLE} is no address of a database: {example}") from None
    except ImportError as error:
        needed = error.name or "a driver that is not installed"
        raise NijigenError(f"{VARIABLE} needs {needed}: install it, or {example}") from None
    if address.database in (None, "", ":memory:"):
        raise NijigenError(f"{VARIABLE} names no database that lasts: {example}")
    return address


def _folder(address: "URL") -> Path:
    """A folder for each database: what is removed from one of them must not be another one's picture."""
    if address.get_backend_name() == "sqlite":
        return Path(str(address.database)).with_suffix(".pictures")
    name = hashlib.sha256(address.set(username=None, password=None).render_as_string().encode()).hexdigest()
    return home() / "collections" / f"{name[:16]}.pictures"


def _prepare(connection: Any, _: Any) -> None:
    """SQLite as it is safe for several processes: readers and a writer at once, every commit on the disk."""
    connection.isolation_level = None  # the driver begins nothing by itself: tables change in transactions too
    for line in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {line}").close()


def _begin(connection: "Connection") -> None:
    """Who is going to write says so at the beginning, and waits there: a reader that turns writer would be refused."""
    writes = connection.get_execution_options().get("nijigen_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
