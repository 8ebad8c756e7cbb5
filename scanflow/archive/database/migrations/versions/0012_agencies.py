"""Agencies: whose users, counters, batches and dossiers; what was there becomes the default agency's.

And of a stack at the desk: since when its clerk has it, whose it was before, and who handed it over.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from scanflow import clock

revision = "0012"
down_revision = "0011"

_TIME = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_DEFAULT = "default"


def upgrade() -> None:
    """Make the default agency and give everything to it."""
    agencies = op.create_table(
        "agencies",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
    )
    row = {"code": _DEFAULT, "name": "Cơ quan mặc định", "created_at": clock.now()}
    op.bulk_insert(agencies, [row])
    for table in ("users", "counters", "batches", "dossiers"):
        op.add_column(table, sa.Column("agency", sa.Text, nullable=False, server_default=_DEFAULT))
    op.add_column("users", sa.Column("role", sa.Text, nullable=False, server_default="clerk"))
    op.add_column("users", sa.Column("counters", _JSON))
    op.add_column("batches", sa.Column("held_since", _TIME))
    op.add_column("batches", sa.Column("handed_from", sa.Text))
    op.add_column("batches", sa.Column("handed_by", sa.Text))
