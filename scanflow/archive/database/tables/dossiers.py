"""Which archive this is, the agencies that share it, and the dossiers with their documents and versions."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from scanflow.archive.database.tables.column_types import Id, Json, UtcDateTime, metadata
from scanflow.membership import DEFAULT_AGENCY

# One row: the archive's id, which its store has as well (`scanflow.archive.identity`).
archive = Table(
    "archive",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    CheckConstraint("one = 1", name="one_row"),
)

# Organisations (cơ quan, đơn vị) that share the archive; each sees only its own dossiers. Columns `agency` in
# other tables hold its code, without foreign keys: a rebuilt catalog has dossiers before it has agencies.
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
    # All values as read, doubtful ones too (`scanflow.archive.documents.field_details`); null in old rows.
    Column("field_details", Json),
    # The family that it belongs to, and the rows of its procedure's list that it meets, each with why.
    Column("kind", Text),
    Column("row_matches", Json),
    # The number of the document that a person joined it to: its versions stay, but nothing refers to it.
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
    # Contents of its source that its pages don't have: watermarks, text layers.
    Column("left_out", Json),
    UniqueConstraint("document_id", "version"),
)

# Captured files that are kept because their documents don't hold all of them.
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
    # What was not taken without loss.
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
