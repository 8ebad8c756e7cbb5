"""What reviewers need: claims on items of the queue, and which numbers moved documents had.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the table, empty, and the column, which says nothing until a document is moved."""
    op.add_column("dossiers", sa.Column("last_no", sa.Integer()))
    op.create_index("ix_dossiers_agency", "dossiers", ["agency", "created_at"])
    op.create_table(
        "review_claims",
        sa.Column("item", sa.Text, primary_key=True),
        sa.Column("user", sa.Text, sa.ForeignKey("users.name"), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )
