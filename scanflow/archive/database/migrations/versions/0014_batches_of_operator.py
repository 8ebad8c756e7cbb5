"""An index of batches by operator: what a clerk chose last is offered first.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_batches_operator", "batches", ["operator", "created_at"])
