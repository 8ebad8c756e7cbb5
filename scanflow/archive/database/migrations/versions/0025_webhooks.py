"""Events made from the log, and the addresses that are told of them.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025"
down_revision = "0024"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, empty: events of what was logged before are made at the first look."""
    op.create_table(
        "events",
        sa.Column("agency", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("log_seq", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("dossier", sa.Text),
        sa.Column("document", sa.Integer),
        sa.Column("batch", sa.Text),
        sa.Column("data", JSON, nullable=False),
    )
    op.create_table(
        "event_position",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("log_seq", sa.BigInteger, nullable=False),
        sa.CheckConstraint("one = 1", name="one_row"),
    )
    op.create_table(
        "webhooks",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("agency", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("kinds", JSON),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("removed_at", TIME),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("next_try_at", TIME, nullable=False),
        sa.Column("problem", sa.Text),
    )
