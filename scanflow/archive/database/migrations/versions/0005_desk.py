"""The counter: who works there, its scanners, what its agent is told to do, and what a person decided.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from scanflow.archive.search.words import paper_number

revision = "0005"
down_revision = "0004"

_TIME = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def _number_old_documents() -> None:
    documents = sa.table("documents", sa.column("id"), sa.column("fields", _JSON), sa.column("paper_number"))
    connection = op.get_bind()
    for row in connection.execute(sa.select(documents.c.id, documents.c.fields)).fetchall():
        if number := paper_number(row.fields or {}):
            same = documents.c.id == row.id
            connection.execute(sa.update(documents).where(same).values(paper_number=number))


def upgrade() -> None:
    """Make what a counter needs."""
    op.add_column("documents", sa.Column("attested_by", sa.Text))
    op.add_column("documents", sa.Column("attested_at", _TIME))
    op.add_column("documents", sa.Column("paper_number", sa.Text))
    op.create_index("ix_documents_type_paper_number", "documents", ["type", "paper_number"])
    _number_old_documents()
    op.add_column("files", sa.Column("signed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("files", sa.Column("order_id", sa.BigInteger))
    op.add_column("batches", sa.Column("counter", sa.Text))
    op.add_column("batches", sa.Column("revision", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("pages", sa.Column("decided", _JSON))
    op.create_table(
        "users",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("disabled_at", _TIME),
    )
    op.create_table(
        "sessions",
        sa.Column("token", sa.Text, primary_key=True),
        sa.Column("user", sa.Text, sa.ForeignKey("users.name"), nullable=False),
        sa.Column("counter", sa.Text),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("token", sa.Text, nullable=False, unique=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME),
        sa.Column("scanners", _JSON),
        sa.Column("device", sa.Text),
        sa.Column("profile", sa.Text),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("counter", sa.Text, sa.ForeignKey("counters.name"), nullable=False),
        sa.Column("batch_id", sa.Text, sa.ForeignKey("batches.id"), index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("device", sa.Text),
        sa.Column("profile", sa.Text),
        sa.Column("replaces", sa.Integer),
        sa.Column("stop", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("pages", sa.Integer, nullable=False, server_default="0"),
        sa.Column("half_sheet", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("reason_code", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("reason_vi", sa.Text),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
    )
    op.create_index("ix_orders_counter_state", "orders", ["counter", "state"])
