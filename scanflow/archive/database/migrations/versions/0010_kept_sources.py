"""Captured files that are kept beside documents, and what documents leave out.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Of files that were taken apart before nothing is known: they count as more than their pages."""
    op.add_column("files", sa.Column("lossless", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("versions", sa.Column("left_out", _JSON))
    op.create_table(
        "sources",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("document_id", _ID, sa.ForeignKey("documents.id"), nullable=False),
        sa.Column("file_no", sa.Integer, nullable=False),
        sa.Column("source_key", sa.Text, nullable=False),
        sa.Column("source_version_id", sa.Text),
        sa.Column("source_sha256", sa.Text, nullable=False),
        sa.Column("source_size", sa.BigInteger, nullable=False),
        sa.Column("reasons", _JSON, nullable=False),
        sa.UniqueConstraint("document_id", "file_no"),
    )
