"""The tables of collections, as the newest migration leaves them.

A picture is a file, known by its SHA-256; it is kept in one collection or several. Its words are rows of their own, so
that a search is a look into an index. ``pending`` names the files that somebody is about to write or to remove: what
is there when nobody works is what a dead process left (see :mod:`nijigen.collections.keeping`).
"""

from sqlalchemy import (
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

VERSION = "0002"  # of the newest migration
VERSION_TABLE = "nijigen_version"

metadata = MetaData()

pictures = Table(
    "pictures",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("media_type", String(40), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("model", String(200), nullable=False),  # its name; empty where no model made it
    Column("model_digest", String(64), nullable=False),
    Column("certificate", Text, nullable=False),  # JSON, ASCII alone
)

kept = Table(
    "kept",
    metadata,
    Column("ident", String(16), primary_key=True),
    Column("digest", String(64), ForeignKey("pictures.digest"), nullable=False),
    Column("collection", String(80), nullable=False),
    Column("note", Text, nullable=False),
    Column("folded", Text, nullable=False),  # the note as it is searched
    Column("added", DateTime, nullable=False),  # UTC
    UniqueConstraint("collection", "digest", name="once"),
    Index("newest", "collection", "added"),
    Index("kept_digest", "digest"),
)

pending = Table(
    "pending",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("media_type", String(40), nullable=False),
    Column("since", DateTime, nullable=False),  # UTC
)

words = Table(
    "words",
    metadata,
    Column("digest", String(64), ForeignKey("pictures.digest"), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("value", String(80), nullable=False),  # empty where it is a number
    Column("number", Float),
    Index("searched", "name", "value"),
)
