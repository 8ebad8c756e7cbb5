"""A source file is in one batch only, unless it was withdrawn there.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Let the database hold it, too: looking first is not enough where transactions run side by side."""
    op.drop_index("ix_files_source_id", "files")
    kept = sa.text("state != 'withdrawn'")
    op.create_index(
        "uq_files_source_id", "files", ["source_id"], unique=True, sqlite_where=kept, postgresql_where=kept
    )
