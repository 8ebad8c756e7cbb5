"""What clerks changed in stacks at the desk, so that it can be taken back.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "undo_steps",
        sa.Column("id", ID, primary_key=True),
        sa.Column(
            "batch_id",
            sa.Text,
            sa.ForeignKey("batches.id", name="fk_undo_steps_batch_id"),
            nullable=False,
            index=True,
        ),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("clerk", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("page", sa.Integer),
        sa.Column("before", JSON, nullable=False),
    )
