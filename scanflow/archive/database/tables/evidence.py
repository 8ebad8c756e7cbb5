"""What must be verifiable in the object store, and the append-only log."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Table,
    Text,
)

from scanflow.archive.database.tables.column_types import Json, UtcDateTime, metadata

objects = Table(
    "objects",
    metadata,
    Column("key", Text, primary_key=True),
    # Empty in stores without versions: NULL can't be part of a primary key.
    Column("version_id", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

# The audit log, a hash chain (`scanflow.archive.log`); the program gives `seq`, without gaps.
log = Table(
    "log",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("before", Json),
    Column("after", Json),
    Column("hash", Text, nullable=False),
    Index("ix_log_subject", "subject"),
    Index("ix_log_actor", "actor", "at"),
    Index("ix_log_at", "at"),
)
