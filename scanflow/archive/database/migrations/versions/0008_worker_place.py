"""Where a worker runs, told by the kernel's boot and the pid namespace instead of the host's name.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column; a worker of the older release leaves it empty."""
    op.add_column("workers", sa.Column("place", sa.Text))
