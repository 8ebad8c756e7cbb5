"""What a session that single sign-on began is asked again with, and when it was last asked.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns; sessions that are there already are not asked about."""
    op.add_column("sessions", sa.Column("refresh", sa.Text))
    op.add_column("sessions", sa.Column("checked_at", TIME))
