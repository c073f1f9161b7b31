"""Pictures, where they are kept, and which files somebody works at."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "pictures",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("model_digest", sa.String(64), nullable=False),
        sa.Column("certificate", sa.Text, nullable=False),
    )
    op.create_table(
        "kept",
        sa.Column("ident", sa.String(16), primary_key=True),
        sa.Column("digest", sa.String(64), sa.ForeignKey("pictures.digest"), nullable=False),
        sa.Column("collection", sa.String(80), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("added", sa.DateTime, nullable=False),
        sa.UniqueConstraint("collection", "digest", name="once"),
    )
    op.create_index("newest", "kept", ["collection", "added"])
    op.create_index("kept_digest", "kept", ["digest"])
    op.create_table(
        "pending",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
    )
