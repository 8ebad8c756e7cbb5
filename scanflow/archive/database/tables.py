"""The tables of the catalog, for SQLite and PostgreSQL alike.

Ten groups: which archive this is; the dossiers with their documents and versions; what the search index is
fed from, and what was counted a day; the ledger of batches,
files and pages (`scanflow.ledger` writes it); what must be verifiable in the object store; the append-only
log; the agencies (`scanflow.archive.agencies`); the counters with the people who work there
(`scanflow.archive.accounts`, `user_sessions`, `counter_accounts`; `scanflow.desk`); and the runs of the night
(`scanflow.ledger.night_runs`). The migrations decide; a
test compares these definitions with them.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.types import TypeEngine

from scanflow.membership import DEFAULT_AGENCY
from scanflow.model import BatchState, FileState, PageState
from scanflow.night_states import ItemState, RunState
from scanflow.order_states import OrderKind, OrderState

State = TypeVar("State", bound=StrEnum)


class StateText(TypeDecorator[State], Generic[State]):
    """A state, kept as its word. A word that is no state is neither written nor read: ValueError."""

    impl = Text
    cache_ok = True

    def __init__(self, states: type[State]) -> None:
        super().__init__()
        self.states = states

    def process_bind_param(self, value: State | str | None, _dialect: Dialect) -> str | None:
        return None if value is None else self.states(value).value

    def process_result_value(self, value: str | None, _dialect: Dialect) -> State | None:
        return None if value is None else self.states(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC: SQLite has no zones, and a naive time would be a guess."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """JSON, in PostgreSQL its binary form (`JSONB`). None is NULL."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(JSON(none_as_null=True))
        # Here, because PostgreSQL's dialect takes long to load and an embedded catalog does without it.
        from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415

        return dialect.type_descriptor(JSONB(none_as_null=True))


FIGURES = (
    "dossiers", "complete", "asked", "met", "papers", "pages", "doubtful", "untyped",
    "confirmed", "right", "wrong", "results", "electronic", "held", "reused",
)  # fmt: skip
"""What is counted a day: `scanflow.archive.figures.Figures` says what each is."""

# SQLite numbers rows by itself only in a column of exactly this type.
Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# One row: the archive's id, which its store has as well (`scanflow.archive.identity`).
archive = Table(
    "archive",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    CheckConstraint("one = 1", name="one_row"),
)

# Organisations (cơ quan, đơn vị) that share the archive: each sees its own only. Columns `agency` in other
# tables hold its code, without foreign keys: a rebuilt catalog has dossiers before it has agencies.
agencies = Table(
    "agencies",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

dossiers = Table(
    "dossiers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("procedure_code", Text),
    Column("created_at", UtcDateTime, nullable=False),
    # That of the batch that made it.
    Column("agency", Text, nullable=False, server_default=DEFAULT_AGENCY),
    # The highest number that a document had when one was moved away: none is given twice.
    Column("last_no", Integer),
    Index("ix_dossiers_agency", "agency", "created_at"),
    Index("ix_dossiers_created_at", "created_at"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("dossier_id", ForeignKey("dossiers.id"), nullable=False),
    Column("no", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("title", Text, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("fields", Json, nullable=False),
    # No foreign key: a rebuilt catalog may know a document whose batch left no manifest.
    Column("batch_id", Text, nullable=False),
    Column("first_page", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # Compared with the original (đã đối chiếu với bản chính): by whom and when.
    Column("attested_by", Text),
    Column("attested_at", UtcDateTime),
    # Its own number as printed on it (số, ký hiệu), folded: by it the same paper is known again.
    Column("paper_number", Text),
    # All values as read, doubtful ones too (`scanflow.archive.field_details`); null before they were kept.
    Column("field_details", Json),
    # The family that it belongs to, and the rows of its procedure's list that it meets, each with why.
    Column("kind", Text),
    Column("row_matches", Json),
    # The number of the document that a person joined it to: its versions stay, but nobody looks for it.
    Column("joined_to", Integer),
    Index("ix_documents_type_paper_number", "type", "paper_number"),
    Index("ix_documents_created_at", "created_at"),
    UniqueConstraint("dossier_id", "no"),
    UniqueConstraint("batch_id", "first_page"),
)

versions = Table(
    "versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("document_id", ForeignKey("documents.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("pdf_key", Text, nullable=False),
    Column("pdf_version_id", Text),
    Column("pdf_sha256", Text, nullable=False),
    Column("pdf_size", BigInteger, nullable=False),
    Column("words_key", Text, nullable=False),
    Column("words_version_id", Text),
    Column("words_sha256", Text, nullable=False),
    Column("words_size", BigInteger, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("made_by", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # What its source had beside the pages that stand in it: watermarks, text layers.
    Column("left_out", Json),
    UniqueConstraint("document_id", "version"),
)

# Captured files that are kept beside documents, because the documents are not all of them.
sources = Table(
    "sources",
    metadata,
    Column("id", Id, primary_key=True),
    Column("document_id", ForeignKey("documents.id"), nullable=False),
    # Its number in the document's batch.
    Column("file_no", Integer, nullable=False),
    Column("source_key", Text, nullable=False),
    Column("source_version_id", Text),
    Column("source_sha256", Text, nullable=False),
    Column("source_size", BigInteger, nullable=False),
    # What was not taken losslessly.
    Column("reasons", Json, nullable=False),
    UniqueConstraint("document_id", "file_no"),
)

page_texts = Table(
    "page_texts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("version_id", ForeignKey("versions.id"), nullable=False),
    Column("page_no", Integer, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("version_id", "page_no"),
)

# What the search index is fed from (`scanflow.archive.search.changes`).
search_changes = Table(
    "search_changes",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    # No foreign key: that a document is gone is a change as well.
    Column("document_id", BigInteger, nullable=False),
    Column("token", Text, nullable=False),
)

# What was done on each day in Vietnam, counted from dossiers and documents (`scanflow.archive.figures`): made
# anew for the days of what `search_changes` names. The procedure is empty where none is known.
daily_figures = Table(
    "daily_figures",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("procedure", Text, primary_key=True),
    *(Column(name, Integer, nullable=False) for name in FIGURES),
)

# The same by counter (empty: none); `hours` are those of the day in which it filed something.
daily_counters = Table(
    "daily_counters",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("counter", Text, primary_key=True),
    Column("papers", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("hours", Integer, nullable=False),
)

# For which days a document was counted: that it was filed, and that its dossier was taken in.
counted_documents = Table(
    "counted_documents",
    metadata,
    Column("document_id", BigInteger, primary_key=True, autoincrement=False),
    Column("filed_on", Date, nullable=False),
    Column("taken_on", Date, nullable=False),
)

# One row: the last change that was counted.
counted_changes = Table(
    "counted_changes",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("token", Text, nullable=False),
    CheckConstraint("one = 1", name="one_row"),
)

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
    # The engine's job that works on it; none yet: whoever sees that may hand it in, as its next turn.
    Column("job", Text),
    Column("turn", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # At the desk: which counter's stack it is, and a number that grows with every change of it.
    Column("counter", Text),
    Column("revision", BigInteger, nullable=False, server_default="0"),
    Column("agency", Text, nullable=False, server_default=DEFAULT_AGENCY),
    # Since when its clerk has it; whose it was before it was handed over, and by whom that was done.
    Column("held_since", UtcDateTime),
    Column("handed_from", Text),
    Column("handed_by", Text),
    # Every few seconds each worker asks for the few without a job, and for a portion of the others.
    Index("ix_batches_state_job", "state", "job", "created_at"),
    # What a clerk chose last is offered first.
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
    # Its pages are all that it holds, and were taken without loss.
    Column("lossless", Boolean, nullable=False, server_default=false()),
    # The counter's order that it was scanned on. No foreign key: orders are not in the bucket.
    Column("order_id", BigInteger, index=True),
    UniqueConstraint("batch_id", "no"),
)
# Two who take the same file at the same moment can't both: it is in one batch, unless it was withdrawn there.
_once = files.c.state != "withdrawn"
_files_source_id = Index("uq_files_source_id", files.c.source_id, unique=True, sqlite_where=_once)


def complete_for_postgresql() -> None:
    """Give the tables what is PostgreSQL's own, before one is connected to.

    Not where they are defined: that would load PostgreSQL's dialect, which an embedded catalog does without.
    """
    _files_source_id.dialect_options["postgresql"]["where"] = _once
    _pages_quarantined.dialect_options["postgresql"]["where"] = _quarantined


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

# How often it was tried to take a file of a batch apart that is not closed yet.
file_attempts = Table(
    "file_attempts",
    metadata,
    Column("batch_id", ForeignKey("batches.id"), primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("attempts", Integer, nullable=False),
)

# What clerks changed in stacks that are still at the desk, the newest last (`scanflow.ledger.undo_steps`):
# at which revision, and what was there before.
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

# What was read on pages of batches that are not closed yet, so that nobody reads them twice; and how
# often it was tried to read them.
readings = Table(
    "readings",
    metadata,
    Column("batch_id", ForeignKey("batches.id"), primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("reading", LargeBinary),
)

# Who works: a worker that stops counting beats is dead, and others take over what it had.
workers = Table(
    "workers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("born", Text, nullable=False),
    # Whose /proc shows the process; empty of an older release's worker, which only its silence tells dead.
    Column("place", Text),
    Column("beats", BigInteger, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
)

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

# The audit log, a hash chain (`scanflow.archive.log`); `seq` is given by us, without gaps.
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

users = Table(
    "users",
    metadata,
    Column("name", Text, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("agency", Text, nullable=False, server_default=DEFAULT_AGENCY),
    # What they may do (`scanflow.archive.agencies.Role`).
    Column("role", Text, nullable=False, server_default="clerk"),
    # Names of the counters where they may sit; NULL: at every counter of their agency.
    Column("counters", Json),
)

# Accounts whose people sign in by single sign-on, by the provider's own name of them: issuer and subject.
sso_users = Table(
    "sso_users",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("user", ForeignKey("users.name"), nullable=False),
)

# Who is signed in: of a session only a hash of its token is kept.
sessions = Table(
    "sessions",
    metadata,
    Column("token", Text, primary_key=True),
    Column("user", ForeignKey("users.name"), nullable=False),
    Column("counter", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)

# Who has an item of the reviewers' queue in hand, and until when nobody else gets it.
review_claims = Table(
    "review_claims",
    metadata,
    Column("item", Text, primary_key=True),
    Column("user", ForeignKey("users.name"), nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

# Questions that a reviewer keeps: `question` is the query of the search page's address. What is shared is
# offered to all reviewers of the agency that its owner is in.
saved_searches = Table(
    "saved_searches",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user", ForeignKey("users.name"), nullable=False),
    Column("name", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("shared", Boolean, nullable=False, server_default=false()),
    Column("saved_at", UtcDateTime, nullable=False),
    UniqueConstraint("user", "name"),
)

# How often passwords were tried (`scanflow.archive.rate_limit`): a count that goes down with time, and when
# it was last changed, in seconds since 1970. Keys are hashes.
tries = Table(
    "tries",
    metadata,
    Column("key", Text, primary_key=True),
    Column("count", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
)

# Browsers in which a user has signed in before: of a browser's token only a hash is kept.
browsers = Table(
    "browsers",
    metadata,
    Column("token", Text, primary_key=True),
    Column("user", ForeignKey("users.name"), primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
)

# A counter (quầy): its agent signs in with a token, of which a hash is kept. `scanners` is what its agent
# found, `device` and `profile` what was chosen last, `waiting` what it can't deliver. `beats` counts its
# signs of life, so that nobody need trust a clock to know of one.
counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("token", Text, nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime),
    Column("scanners", Json),
    Column("device", Text),
    Column("profile", Text),
    Column("beats", BigInteger, nullable=False, server_default="0"),
    Column("waiting", Json),
    Column("agency", Text, nullable=False, server_default=DEFAULT_AGENCY),
)

# Programs that call the API (`scanflow.archive.api_tokens`): of a token only a hash is kept.
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

# What happened to agencies' papers, made from the log (`scanflow.archive.events`).
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

# Addresses that are told of an agency's events (`scanflow.archive.webhooks`). The secret signs; `position` is
# the last event that was confirmed.
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

# What a counter's agent is told to do, and what came of it.
orders = Table(
    "orders",
    metadata,
    # Given by us and never twice, not even by a catalog that was made anew: an agent may still hold pages of
    # an order that this one has never heard of.
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("counter", ForeignKey("counters.name"), nullable=False),
    Column("batch_id", ForeignKey("batches.id"), index=True),
    Column("kind", StateText(OrderKind), nullable=False),
    Column("state", StateText(OrderState), nullable=False),
    Column("device", Text),
    Column("profile", Text),
    # The page of the stack whose place the scanned one takes.
    Column("replaces", Integer),
    Column("stop", Boolean, nullable=False, server_default=false()),
    # An agent was told of it; and has said its last word on it.
    Column("given", Boolean, nullable=False, server_default=false()),
    Column("confirmed", Boolean, nullable=False, server_default=false()),
    Column("pages", Integer, nullable=False, server_default="0"),
    # Its last page is a front whose back never came: that sheet is to be fed again.
    Column("half_sheet", Boolean, nullable=False, server_default=false()),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("reason_vi", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_orders_counter_state", "counter", "state"),
)

# What is done with filed documents in the night or on order (`scanflow.ledger.night_runs`): which kind of
# work, on what, in which window of Vietnam's time, and what came of it.
night_runs = Table(
    "night_runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", StateText(RunState), nullable=False),
    # What was asked for: the query that chooses documents, and what they are worked on with.
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
    # What a job found, as it reports it; why a run failed.
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
    # The worker that has it in hand.
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
    # A person is to look at it; who did.
    Column("to_check", Boolean, nullable=False, server_default=false()),
    Column("checked_by", Text),
    UniqueConstraint("run_id", "subject"),
    Index("ix_night_items_state", "run_id", "state", "id"),
    Index("ix_night_items_document", "document_id"),
)
