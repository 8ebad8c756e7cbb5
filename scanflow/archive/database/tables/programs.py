"""Programs that call the API, and programs that get events."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Integer,
    Table,
    Text,
)

from scanflow.archive.database.tables.column_types import Json, UtcDateTime, metadata

# Programs that call the API (`scanflow.archive.programs.api_tokens`): of a token only a hash is kept.
api_tokens = Table(
    "api_tokens",
    metadata,
    Column("name", Text, primary_key=True),
    Column("token", Text, nullable=False, unique=True),
    Column("agency", Text, nullable=False),
    Column("scopes", Json, nullable=False),
    # Calls a minute.
    Column("rate", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("seen_at", UtcDateTime),
)

# What happened to agencies' papers, made from the log (`scanflow.archive.programs.events`).
events = Table(
    "events",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("log_seq", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("dossier", Text),
    Column("document", Integer),
    Column("batch", Text),
    Column("data", Json, nullable=False),
)

# One row: up to which entry of the log events were made.
event_position = Table(
    "event_position",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("log_seq", BigInteger, nullable=False),
    CheckConstraint("one = 1", name="one_row"),
)

# Addresses notified of an agency's events (`scanflow.archive.programs.webhooks`). The secret signs;
# `position` is the last event that was confirmed.
webhooks = Table(
    "webhooks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("kinds", Json),
    Column("created_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),
    Column("position", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("next_try_at", UtcDateTime, nullable=False),
    Column("problem", Text),
)
