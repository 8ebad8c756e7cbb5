"""A long queue: what each worker looks for every few seconds is found without going through all that wait.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Those without a job are side by side, the others in the order of their jobs."""
    op.drop_index("ix_batches_state", "batches")
    op.create_index("ix_batches_state_job", "batches", ["state", "job", "created_at"])
