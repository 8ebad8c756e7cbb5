"""The ledger of batches, files and pages (`scanflow.ledger` writes it), and who works on them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from scanflow.archive.database.tables.column_types import Id, Json, StateText, UtcDateTime, metadata
from scanflow.membership import DEFAULT_AGENCY
from scanflow.model import BatchState, FileState, PageState

batches = Table(
    "batches",
    metadata,
    Column("id", Text, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("clerk_number", Text),
    Column("dossier_number", Text),
    Column("number_source", Text),
    Column("procedure_code", Text),
    Column("state", StateText(BatchState), nullable=False),
    Column("reason", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    # The engine's job that works on it; while it is empty any worker may enqueue it, as its next turn.
    Column("job", Text),
    Column("turn", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # At the desk: which counter's stack it is, and a number that grows with every change of it.
    Column("counter", Text),
    Column("revision", BigInteger, nullable=False, server_default="0"),
    Column("agency", Text, nullable=False, server_default=DEFAULT_AGENCY),
    # Since when its clerk has it; before a hand-over: the clerk who had it, and who handed it over.
    Column("held_since", UtcDateTime),
    Column("handed_from", Text),
    Column("handed_by", Text),
    # Every few seconds each worker reads the few without a job, and a portion of the others.
    Index("ix_batches_state_job", "state", "job", "created_at"),
    # A clerk's last choices are offered first.
    Index("ix_batches_operator", "operator", "created_at"),
)

files = Table(
    "files",
    metadata,
    Column("id", Id, primary_key=True),
    Column("batch_id", ForeignKey("batches.id"), nullable=False),
    Column("no", Integer, nullable=False),
    Column("source_id", Text),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("object_key", Text),
    Column("state", StateText(FileState), nullable=False),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("reason_vi", Text),
    # With a digital signature (chữ ký số): filed byte for byte.
    Column("signed", Boolean, nullable=False, server_default=false()),
    # It holds nothing but its pages, and they were taken without loss.
    Column("lossless", Boolean, nullable=False, server_default=false()),
    # The counter's order that it was scanned on. No foreign key: orders are not in the bucket.
    Column("order_id", BigInteger, index=True),
    UniqueConstraint("batch_id", "no"),
)
# The same file, taken twice at the same moment, is in one batch only, unless it was withdrawn there.
_once = files.c.state != "withdrawn"
_files_source_id = Index("uq_files_source_id", files.c.source_id, unique=True, sqlite_where=_once)

pages = Table(
    "pages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("batch_id", ForeignKey("batches.id"), nullable=False),
    Column("file_id", ForeignKey("files.id"), index=True),
    Column("no", Integer, nullable=False),
    Column("file_page", Integer),
    Column("sha256", Text, nullable=False, index=True),
    Column("media_type", Text, nullable=False),
    Column("object_key", Text),
    Column("state", StateText(PageState), nullable=False),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("reason_vi", Text),
    Column("fingerprint", Text),
    Column("width", Integer),
    Column("height", Integer),
    Column("dpi", Float),
    Column("geometry", Json),
    Column("quality", Json),
    Column("confidence", Float),
    # What a person decided about it (`scanflow.ledger.decisions`).
    Column("decided", Json),
    Column("document_id", ForeignKey("documents.id"), index=True),
    # Its number in its document's newest version, where a person has rearranged that.
    Column("document_page", Integer),
    UniqueConstraint("batch_id", "no"),
    CheckConstraint(f"state IN {tuple(state.value for state in PageState)}", name="state"),
)
_quarantined = pages.c.state == PageState.QUARANTINED
_pages_quarantined = Index("ix_pages_quarantined", pages.c.batch_id, sqlite_where=_quarantined)


def complete_for_postgresql() -> None:
    """Give the tables what is PostgreSQL's own, before one is connected to.

    Not where they are defined: that would load PostgreSQL's dialect, which an embedded catalog does without.
    """
    _files_source_id.dialect_options["postgresql"]["where"] = _once
    _pages_quarantined.dialect_options["postgresql"]["where"] = _quarantined


# Attempts to take apart a file of a batch that is not closed.
file_attempts = Table(
    "file_attempts",
    metadata,
    Column("batch_id", ForeignKey("batches.id"), primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("attempts", Integer, nullable=False),
)

# What clerks changed in stacks that are still at the desk, the newest last
# (`scanflow.ledger.desk_work.undo_steps`): at which revision, and what was there before.
undo_steps = Table(
    "undo_steps",
    metadata,
    Column("id", Id, primary_key=True),
    Column("batch_id", ForeignKey("batches.id"), nullable=False, index=True),
    Column("revision", BigInteger, nullable=False),
    Column("clerk", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("page", Integer),
    Column("before", Json, nullable=False),
)

# Readings of pages of batches that are not closed, so that no page is read twice; and the attempts.
readings = Table(
    "readings",
    metadata,
    Column("batch_id", ForeignKey("batches.id"), primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("reading", LargeBinary),
)

# The workers. One whose heartbeats stop has ended, and others take over its batches.
workers = Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("born", Text, nullable=False),
    # Boot and pid namespace of the process; empty for workers of older releases, which are known to have
    # stopped only by missing heartbeats.
    Column("place", Text),
    Column("beats", BigInteger, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
)
