"""The archive's id, so that a store and a catalog that don't belong together are noticed.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """A table of one row; the row is entered when the archive is opened next."""
    op.create_table(
        "archive",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.CheckConstraint("one = 1", name="one_row"),
    )
