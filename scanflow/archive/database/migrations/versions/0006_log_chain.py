"""The log as a hash chain: numbers without gaps, a hash an entry. What is there is chained in its order.

Revision ID: 0006
Revises: 0005
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from scanflow.archive.log.hashing import GENESIS, entry_line, line_hash, storable
from scanflow.archive.logbook import LogEntry

revision = "0006"
down_revision = "0005"

_TIME = sa.DateTime(timezone=True)
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_COLUMNS = ("at", "actor", "action", "subject", "before", "after")


def upgrade() -> None:
    """A new table takes the old one's place: its entries may not be changed."""
    op.create_table(
        "log_chain",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("before", _JSON),
        sa.Column("after", _JSON),
        sa.Column("hash", sa.Text, nullable=False),
    )
    new = sa.table("log_chain", sa.column("seq"), *_columns(), sa.column("hash"))
    chained = _chained()
    while rows := list(islice(chained, 1000)):
        op.get_bind().execute(sa.insert(new), rows)
    op.drop_table("log")
    op.rename_table("log_chain", "log")
    op.create_index("ix_log_subject", "log", ["subject"])
    op.create_index("ix_log_actor", "log", ["actor", "at"])
    op.create_index("ix_log_at", "log", ["at"])
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER log_no_{event.lower()} BEFORE {event} ON log "
                "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log "
            "FOR EACH STATEMENT EXECUTE FUNCTION log_is_append_only()"
        )


def _columns() -> "Iterator[sa.ColumnClause[Any]]":
    kinds: dict[str, Any] = {"at": _TIME, "before": _JSON, "after": _JSON}
    for name in _COLUMNS:
        yield sa.column(name, kinds.get(name))


def _chained() -> Iterator[dict[str, Any]]:
    old = sa.table("log", sa.column("id"), *_columns())
    previous = GENESIS
    for seq, row in enumerate(op.get_bind().execute(sa.select(old).order_by(old.c.id)).fetchall(), start=1):
        values = {name: storable(getattr(row, name)) for name in _COLUMNS if name != "at"}
        at: datetime = row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC)
        previous = line_hash(previous, entry_line(seq, LogEntry(at, **values)))
        yield {"seq": seq, "at": at, **values, "hash": previous}
