"""How often it was tried to take a file apart, in a table of its own; before, among pages with a minus.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the table and move what was counted of files."""
    op.create_table(
        "file_attempts",
        sa.Column("batch_id", sa.Text, sa.ForeignKey("batches.id"), primary_key=True),
        sa.Column("no", sa.Integer, primary_key=True),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
    op.execute(
        "INSERT INTO file_attempts (batch_id, no, attempts) "
        "SELECT batch_id, -no, attempts FROM readings WHERE no < 0"
    )
    op.execute("DELETE FROM readings WHERE no < 0")
