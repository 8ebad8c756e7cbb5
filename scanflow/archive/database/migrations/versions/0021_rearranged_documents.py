"""What rearranging filed documents needs: pages in another order, and documents joined to another.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the columns, which say nothing until a document is rearranged."""
    op.add_column("documents", sa.Column("joined_to", sa.Integer()))
    op.add_column("pages", sa.Column("document_page", sa.Integer()))
