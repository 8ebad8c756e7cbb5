"""The kind of a document, and the rows of its procedure's list that it meets.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add both columns, empty for what is filed already."""
    op.add_column("documents", sa.Column("kind", sa.Text()))
    op.add_column("documents", sa.Column("row_matches", JSON))
