"""Words of their own, so that a search by attribute reads an index and not every certificate."""

import json

import sqlalchemy as sa
from alembic import op

from nijigen.collections.reading import searchable

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table, and fill it from the certificates that are there."""
    words = op.create_table(
        "words",
        sa.Column("digest", sa.String(64), sa.ForeignKey("pictures.digest"), primary_key=True),
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("value", sa.String(80), nullable=False),
        sa.Column("number", sa.Float),
    )
    op.create_index("searched", "words", ["name", "value"])
    found = op.get_bind().execute(sa.text("SELECT digest, certificate FROM pictures")).all()
    rows = [{"digest": digest, **row} for digest, text in found for row in searchable(json.loads(text))]
    if rows:
        op.bulk_insert(words, rows)
