"""The questions and changes that collections need, in SQL that every database has; each within a transaction given."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update
from sqlalchemy import delete as remove

from nijigen.collections.kept import NotKeptError
from nijigen.collections.reading import Facts, as_text, searchable
from nijigen.collections.searching import Search, fold_note
from nijigen.collections.tables import kept, pending, pictures, words


def now() -> datetime:
    """UTC, as databases keep it: without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def announce(connection: Connection, digest: str, media_type: str) -> None:
    """Say which file is about to be written or removed."""
    forget(connection, digest)
    connection.execute(insert(pending).values(digest=digest, media_type=media_type, since=now()))


def forget(connection: Connection, digest: str) -> None:
    """Say that nobody works at a file any more."""
    connection.execute(remove(pending).where(pending.c.digest == digest))


def announced(connection: Connection) -> list[Row[Any]]:
    """The files that somebody works at, or worked at when it died."""
    return list(connection.execute(select(pending)))


def is_known(connection: Connection, digest: str) -> bool:
    """Whether a picture is kept anywhere."""
    return connection.execute(select(pictures.c.digest).where(pictures.c.digest == digest)).first() is not None


def put(
    connection: Connection, ident: str, facts: Facts, size: int, collection: str, note: str, added: datetime | None
) -> None:
    """Write what is kept; what is there already gets another note where one is given."""
    if not is_known(connection, facts.digest):
        connection.execute(
            insert(pictures).values(
                digest=facts.digest,
                media_type=facts.media_type,
                bytes=size,
                width=facts.width,
                height=facts.height,
                model=facts.model,
                model_digest=facts.model_digest,
                certificate=as_text(facts.certificate),
            )
        )
        if rows := [{"digest": facts.digest, **row} for row in searchable(facts.certificate)]:
            connection.execute(insert(words), rows)
    if one(connection, ident) is None:
        when = now() if added is None else added.astimezone(UTC).replace(tzinfo=None)
        values = {"ident": ident, "digest": facts.digest, "collection": collection, "note": note}
        connection.execute(insert(kept).values(**values, folded=fold_note(note), added=when))
    elif note:
        annotate(connection, ident, note)


def annotate(connection: Connection, ident: str, note: str) -> None:
    """Change a note; nothing where there is no such row."""
    connection.execute(update(kept).where(kept.c.ident == ident).values(note=note, folded=fold_note(note)))


def take_out(connection: Connection, ident: str, digest: str) -> bool:
    """Remove a row, and its picture's where no collection has it any more; returns whether that is so.

    Raises:
        NotKeptError: somebody else removed it.
    """
    if not connection.execute(remove(kept).where(kept.c.ident == ident)).rowcount:
        raise missing(ident)
    if connection.execute(select(kept.c.ident).where(kept.c.digest == digest)).first() is not None:
        return False
    connection.execute(remove(words).where(words.c.digest == digest))
    connection.execute(remove(pictures).where(pictures.c.digest == digest))
    return True


def missing(ident: str) -> NotKeptError:
    """What is said where there is none."""
    return NotKeptError(f"nothing is kept under {ident[:40]!r}: nijigen collection NAME lists what is")


def one(connection: Connection, ident: str) -> Row[Any] | None:
    """A row of ``kept`` with its picture."""
    return connection.execute(_joined().where(kept.c.ident == ident)).first()


def find(connection: Connection, search: Search, limit: int, offset: int) -> list[Row[Any]]:
    """What fits, the newest first."""
    wanted = _joined().where(*search.conditions(_known(connection, search)))
    newest = wanted.order_by(kept.c.added.desc(), kept.c.ident)
    return list(connection.execute(newest.limit(limit).offset(offset)))


def count(connection: Connection, search: Search) -> int:
    """How many fit."""
    fitting = select(func.count()).select_from(kept.join(pictures))
    return connection.execute(fitting.where(*search.conditions(_known(connection, search)))).scalar_one()


def names(connection: Connection) -> list[tuple[str, int]]:
    """Collections and how many each holds."""
    counted = select(kept.c.collection, func.count()).group_by(kept.c.collection).order_by(kept.c.collection)
    return [(name, number) for name, number in connection.execute(counted)]


def choices(connection: Connection, collection: str | None) -> dict[str, dict[str, int]]:
    """Attribute → value → how many rows of ``kept`` have it, of a collection or of all."""
    counted = select(words.c.name, words.c.value, func.count()).join(kept, kept.c.digest == words.c.digest)
    if collection is not None:
        counted = counted.where(kept.c.collection == collection)
    counted = counted.where(words.c.number.is_(None)).group_by(words.c.name, words.c.value)
    found: dict[str, dict[str, int]] = {}
    for name, value, number in connection.execute(counted.order_by(words.c.name, words.c.value)):
        found.setdefault(name, {})[value] = number
    return found


def _joined() -> Select[Any]:
    columns: Iterable[Any] = [column for column in pictures.c if column.name != "digest"]
    return select(kept, *columns).join_from(kept, pictures)


def _known(connection: Connection, search: Search) -> dict[str, list[str]]:
    """The attributes and values that occur: words of schemas that nijigen's vocabulary has not."""
    if not search.attributes:
        return {}
    found: dict[str, list[str]] = {}
    for name, value in connection.execute(select(words.c.name, words.c.value).distinct()):
        found.setdefault(name, []).append(value)
    return found
