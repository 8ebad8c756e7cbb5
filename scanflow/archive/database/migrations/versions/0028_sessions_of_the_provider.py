"""The name that the provider of single sign-on has for the session behind one of ours.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Add the column; sessions that are there already end with any sign-out of their person."""
    op.add_column("sessions", sa.Column("provider_session", sa.Text))
