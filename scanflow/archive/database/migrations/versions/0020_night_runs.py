"""Runs of the night: what is done again with filed documents, and what came of it.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "night_runs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asked", JSON, nullable=False),
        sa.Column("agency", sa.Text),
        sa.Column("started_by", sa.Text, nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("window_from", sa.Integer),
        sa.Column("window_until", sa.Integer),
        sa.Column("cursor", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("last_document", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("report", JSON),
        sa.Column("reason", sa.Text),
    )
    op.create_index("ix_night_runs_kind_state", "night_runs", ["kind", "state", "started_at"])
    op.create_table(
        "night_items",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "run_id", sa.Text, sa.ForeignKey("night_runs.id", name="fk_night_items_run_id"), nullable=False
        ),
        sa.Column("document_id", sa.BigInteger),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("result", sa.Text),
        sa.Column("holder", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("pages", sa.Integer, nullable=False, server_default="0"),
        sa.Column("version_before", sa.Integer),
        sa.Column("version_after", sa.Integer),
        sa.Column("before", JSON),
        sa.Column("after", JSON),
        sa.Column("score", JSON),
        sa.Column("seconds", sa.Float),
        sa.Column("read_seconds", sa.Float),
        sa.Column("reason", sa.Text),
        sa.Column("ended_at", TIME),
        sa.Column("to_check", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("checked_by", sa.Text),
        sa.UniqueConstraint("run_id", "subject", name="uq_night_items_run_id"),
    )
    op.create_index("ix_night_items_state", "night_items", ["run_id", "state", "id"])
    op.create_index("ix_night_items_document", "night_items", ["document_id"])
