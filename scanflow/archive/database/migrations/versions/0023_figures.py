"""Figures by day: counts of dossiers, papers and counters, and what they were counted from.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

_FIGURES = (
    "dossiers", "complete", "asked", "met", "papers", "pages", "doubtful", "untyped",
    "confirmed", "right", "wrong", "results", "electronic", "held", "reused",
)  # fmt: skip


def upgrade() -> None:
    """Make the tables, empty: who first asks for figures counts all days."""
    op.create_index("ix_dossiers_created_at", "dossiers", ["created_at"])
    op.create_index("ix_documents_created_at", "documents", ["created_at"])
    quarantined = sa.text("state = 'quarantined'")
    op.create_index(
        "ix_pages_quarantined",
        "pages",
        ["batch_id"],
        sqlite_where=quarantined,
        postgresql_where=quarantined,
    )
    op.create_table(
        "daily_figures",
        sa.Column("agency", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("procedure", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Integer, nullable=False) for name in _FIGURES),
    )
    op.create_table(
        "daily_counters",
        sa.Column("agency", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("counter", sa.Text, primary_key=True),
        sa.Column("papers", sa.Integer, nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("hours", sa.Integer, nullable=False),
    )
    op.create_table(
        "counted_documents",
        sa.Column("document_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("filed_on", sa.Date, nullable=False),
        sa.Column("taken_on", sa.Date, nullable=False),
    )
    op.create_table(
        "counted_changes",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.CheckConstraint("one = 1", name="one_row"),
    )
