"""The full-text index leaves the database; what an index beside it is fed from.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_TOKENS = {"sqlite": "lower(hex(randomblob(8)))", "postgresql": "substr(md5(random()::text), 1, 16)"}


def upgrade() -> None:
    """All documents count as changed, in the order in which they were entered."""
    op.create_table(
        "search_changes",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_search_changes"),
    )
    token = _TOKENS[op.get_bind().dialect.name]
    op.execute(
        "INSERT INTO search_changes (seq, document_id, token) "  # noqa: S608 - a constant
        f"SELECT row_number() OVER (ORDER BY id), id, {token} FROM documents"
    )
    op.execute("DROP TABLE page_index")
