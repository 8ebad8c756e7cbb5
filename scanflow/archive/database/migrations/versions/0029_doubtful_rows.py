"""How many papers' rows are doubtful; what was counted so far is counted anew.

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Add the count, and have all days counted again: what was counted last is a change that isn't there."""
    op.add_column("daily_figures", sa.Column("doubtful_rows", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE counted_changes SET token = ''")
