"""All values that were read from a document, with their places and chances, beside the sure ones.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add the column; documents of before have none."""
    op.add_column("documents", sa.Column("field_details", _JSON))
