"""The runs of the night."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from scanflow.archive.database.tables.column_types import Id, Json, StateText, UtcDateTime, metadata
from scanflow.model.night_states import ItemState, RunState

# Runs over filed documents, at night or on command (`scanflow.ledger.nightly.night_runs`): the kind of work,
# the documents, the window of Vietnam's time, and the results.
night_runs = Table(
    "night_runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", StateText(RunState), nullable=False),
    # The query that chooses documents, and the options of the work.
    Column("asked", Json, nullable=False),
    Column("agency", Text),
    Column("started_by", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    # Minutes of the day in Vietnam, from and until; null: at any time.
    Column("window_from", Integer),
    Column("window_until", Integer),
    # Documents are taken in in the order of their ids: how far that has come, and where it ends.
    Column("cursor", BigInteger, nullable=False, server_default="0"),
    Column("last_document", BigInteger, nullable=False, server_default="0"),
    # The report of a job; why a run failed.
    Column("report", Json),
    Column("reason", Text),
    Index("ix_night_runs_kind_state", "kind", "state", "started_at"),
)

# One document (or another thing that `subject` names) of a run.
night_items = Table(
    "night_items",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", ForeignKey("night_runs.id"), nullable=False),
    # No foreign key: a rebuilt catalog numbers its documents anew.
    Column("document_id", BigInteger),
    Column("subject", Text, nullable=False),
    Column("state", StateText(ItemState), nullable=False),
    Column("result", Text),
    # The worker that works on it.
    Column("holder", Text),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("pages", Integer, nullable=False, server_default="0"),
    # The document's versions that were found and made, and its entry before and after.
    Column("version_before", Integer),
    Column("version_after", Integer),
    Column("before", Json),
    Column("after", Json),
    Column("score", Json),
    # CPU seconds, all and those of recognition alone.
    Column("seconds", Float),
    Column("read_seconds", Float),
    Column("reason", Text),
    Column("ended_at", UtcDateTime),
    # A person must check it; who did.
    Column("to_check", Boolean, nullable=False, server_default=false()),
    Column("checked_by", Text),
    UniqueConstraint("run_id", "subject"),
    Index("ix_night_items_state", "run_id", "state", "id"),
    Index("ix_night_items_document", "document_id"),
)
