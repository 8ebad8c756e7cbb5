"""What a counter's agent has confirmed of its orders, what it can't deliver, and its signs of life by number.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make what the agents' word is kept in; orders that have ended count as confirmed."""
    op.add_column("counters", sa.Column("beats", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("counters", sa.Column("waiting", _JSON))
    op.add_column("orders", sa.Column("given", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("orders", sa.Column("confirmed", sa.Boolean, nullable=False, server_default=sa.false()))
    orders = sa.table("orders", sa.column("state"), sa.column("given"), sa.column("confirmed"))
    under_way = orders.c.state.in_(("waiting", "running"))
    op.execute(sa.update(orders).values(given=True, confirmed=~under_way))
    op.create_index("ix_files_order_id", "files", ["order_id"])
