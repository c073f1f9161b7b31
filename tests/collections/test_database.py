"""Databases: made, migrated, told apart, and refused in one line."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from nijigen.collections import Collections
from nijigen.collections.database import MIGRATIONS, VARIABLE
from nijigen.collections.tables import VERSION, VERSION_TABLE, metadata
from nijigen.errors import NijigenError

Draw = Callable[..., bytes]


def migrated(engine: sa.Engine, revision: str) -> None:
    """Bring a database to a revision, up or from nothing."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_the_newest_migration_leaves_the_tables_that_are_used(url: str) -> None:
    Collections(url).close()
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert context.get_current_revision() == VERSION
        assert compare_metadata(context, metadata) == []
    engine.dispose()
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == VERSION


def test_the_first_version_is_migrated_with_what_it_holds(url: str, drawn: Draw, tmp_path: Path) -> None:
    """Files and rows as the first version wrote them: afterwards they are found by their words as well."""
    file = drawn(1, hair_color="pink")
    with Collections(f"sqlite:///{tmp_path / 'other.db'}") as new:
        kept = new.add(file, "heroes", "old")
    (tmp_path / "other.pictures").rename(tmp_path / "kept.pictures")
    engine = sa.create_engine(url)
    migrated(engine, "0001")
    with closing(sqlite3.connect(tmp_path / "kept.db")) as old, closing(sqlite3.connect(tmp_path / "other.db")) as rows:
        assert old.execute("SELECT name FROM sqlite_master WHERE name = 'words'").fetchall() == []
        for table in ("pictures", "kept"):
            for row in rows.execute(f"SELECT * FROM {table}").fetchall():
                old.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
        old.commit()
    engine.dispose()
    with Collections(url) as collections:
        assert collections.find(attributes={"发色": "粉色"}) == [kept]
        assert collections.find(attributes={"hair_color": "blue"}) == []
        assert collections.file(kept) == file
        collections.remove(kept.ident)


def test_a_newer_one_is_refused(url: str, tmp_path: Path) -> None:
    Collections(url).close()
    with closing(sqlite3.connect(tmp_path / "kept.db")) as database:
        database.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
        database.commit()
    with pytest.raises(NijigenError, match=r"kept\.db was written by a newer nijigen \(tables 9999\): update nijigen"):
        Collections(url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "is no address of a database: give one like sqlite:///"),
        ("postgresql+nosuchdriver://me:hunter2@localhost/kept", "NIJIGEN_DATABASE_URL"),
        ("oracle+cx_oracle://me:hunter2@localhost/kept", "needs"),
        ("sqlite://", "names no database that lasts"),
        ("sqlite:///:memory:", "names no database that lasts"),
        ("sqlite:////proc/none/kept.db", "/proc/none"),
    ],
)
def test_wrong_addresses(url: str, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, url)
    monkeypatch.chdir(tmp_path)
    with pytest.raises((NijigenError, OSError)) as caught:
        Collections()
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "kept.db").write_text("hello, I am a long enough text to be read as a header of something else\n" * 20)
    with pytest.raises(NijigenError, match=r"kept\.db: file is not a database"):
        Collections(f"sqlite:///{tmp_path / 'kept.db'}")


def test_the_variable_names_another_database(tmp_path: Path, drawn: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f"sqlite:///{tmp_path / 'mine.db'}")
    with Collections() as mine:
        mine.add(drawn())
    assert (tmp_path / "mine.pictures").is_dir()
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path / "home"))
    with Collections() as usual:
        assert usual.count() == 0
    assert (tmp_path / "home" / "collections" / "kept.db").is_file()


def test_databases_of_servers_have_folders_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.engine import make_url

    from nijigen.collections.database import _folder

    monkeypatch.setenv("NIJIGEN_HOME", str(tmp_path))
    one, other = (_folder(make_url(f"postgresql://me:{word}@host/{name}")) for word, name in (("a", "x"), ("b", "x")))
    assert one == other  # whoever asks, and with whatever password
    assert one != _folder(make_url("postgresql://me@host/y"))


def test_a_search_does_not_wait_for_a_writer(url: str, drawn: Draw) -> None:
    with Collections(url) as collections:
        kept = collections.add(drawn())
        with collections._database.writing() as connection:
            connection.execute(sa.text("UPDATE kept SET note = 'half'"))
            assert collections.get(kept.ident).note == ""
        assert collections.get(kept.ident).note == "half"


def test_who_waits_in_vain_is_told_no_place_of_this_machine(
    url: str, drawn: Draw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Collections(url) as collections:
        monkeypatch.setattr("nijigen.collections.database.PATIENCE", 0.0)
        with collections._database.alone(), pytest.raises(NijigenError, match="try again") as told:
            collections.add(drawn())
    assert str(tmp_path) not in str(told.value)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(NijigenError, match=r'pip install "nijigen\[serve\]"'):
        Collections()
