"""The first tables.

Revision ID: 0001
Revises: nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

# Spelt out here and not taken from tables.py, which will move on.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make everything that the first release needs."""
    _create_dossiers()
    _create_ledger()
    _create_objects_and_log()
    if op.get_bind().dialect.name == "sqlite":
        _protect_log_on_sqlite()
        _create_search_index_on_sqlite()
    else:
        _protect_log_on_postgresql()
        _create_search_index_on_postgresql()


def _create_dossiers() -> None:
    op.create_table(
        "dossiers",
        sa.Column("id", ID, primary_key=True),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("procedure_code", sa.Text),
        sa.Column("created_at", TIME, nullable=False),
        sa.UniqueConstraint("number"),
    )
    op.create_table(
        "documents",
        sa.Column("id", ID, primary_key=True),
        sa.Column("dossier_id", ID, sa.ForeignKey("dossiers.id"), nullable=False),
        sa.Column("no", sa.Integer, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("batch_id", sa.Text, nullable=False),
        sa.Column("first_page", sa.Integer, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.UniqueConstraint("dossier_id", "no"),
        sa.UniqueConstraint("batch_id", "first_page"),
    )
    op.create_table(
        "versions",
        sa.Column("id", ID, primary_key=True),
        sa.Column("document_id", ID, sa.ForeignKey("documents.id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("pdf_key", sa.Text, nullable=False),
        sa.Column("pdf_version_id", sa.Text),
        sa.Column("pdf_sha256", sa.Text, nullable=False),
        sa.Column("pdf_size", sa.BigInteger, nullable=False),
        sa.Column("words_key", sa.Text, nullable=False),
        sa.Column("words_version_id", sa.Text),
        sa.Column("words_sha256", sa.Text, nullable=False),
        sa.Column("words_size", sa.BigInteger, nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("made_by", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.UniqueConstraint("document_id", "version"),
    )
    op.create_table(
        "page_texts",
        sa.Column("id", ID, primary_key=True),
        sa.Column("version_id", ID, sa.ForeignKey("versions.id"), nullable=False),
        sa.Column("page_no", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.UniqueConstraint("version_id", "page_no"),
    )


def _create_ledger() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("clerk_number", sa.Text),
        sa.Column("dossier_number", sa.Text),
        sa.Column("number_source", sa.Text),
        sa.Column("procedure_code", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("closed_at", TIME),
    )
    op.create_index("ix_batches_state", "batches", ["state"])
    op.create_table(
        "files",
        sa.Column("id", ID, primary_key=True),
        sa.Column("batch_id", sa.Text, sa.ForeignKey("batches.id"), nullable=False),
        sa.Column("no", sa.Integer, nullable=False),
        sa.Column("source_id", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("object_key", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason_code", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("reason_vi", sa.Text),
        sa.UniqueConstraint("batch_id", "no"),
    )
    op.create_index("ix_files_source_id", "files", ["source_id"])
    op.create_table(
        "pages",
        sa.Column("id", ID, primary_key=True),
        sa.Column("batch_id", sa.Text, sa.ForeignKey("batches.id"), nullable=False),
        sa.Column("file_id", ID, sa.ForeignKey("files.id")),
        sa.Column("no", sa.Integer, nullable=False),
        sa.Column("file_page", sa.Integer),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("object_key", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason_code", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("reason_vi", sa.Text),
        sa.Column("fingerprint", sa.Text),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("dpi", sa.Float),
        sa.Column("geometry", JSON),
        sa.Column("quality", JSON),
        sa.Column("confidence", sa.Float),
        sa.Column("document_id", ID, sa.ForeignKey("documents.id")),
        sa.UniqueConstraint("batch_id", "no"),
        sa.CheckConstraint("state IN ('taken', 'read', 'filed', 'set_aside', 'quarantined')", name="state"),
    )
    op.create_index("ix_pages_file_id", "pages", ["file_id"])
    op.create_index("ix_pages_sha256", "pages", ["sha256"])
    op.create_index("ix_pages_document_id", "pages", ["document_id"])


def _create_objects_and_log() -> None:
    op.create_table(
        "objects",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("version_id", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_table(
        "log",
        sa.Column("id", ID, primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("before", JSON),
        sa.Column("after", JSON),
    )
    op.create_index("ix_log_subject", "log", ["subject"])


def _protect_log_on_sqlite() -> None:
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER log_no_{event.lower()} BEFORE {event} ON log "
            "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
        )


def _protect_log_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the log is append-only' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log "
        "FOR EACH STATEMENT EXECUTE FUNCTION log_is_append_only()"
    )


def _create_search_index_on_sqlite() -> None:
    # The text is in page_texts already and its folded forms are of no use to anyone: index only.
    op.execute(
        "CREATE VIRTUAL TABLE page_index USING fts5(exact, folded, head, number, "
        "content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0')"
    )


def _create_search_index_on_postgresql() -> None:
    op.execute(
        "CREATE TABLE page_index ("
        "id bigint PRIMARY KEY REFERENCES page_texts, exact tsvector NOT NULL, folded tsvector NOT NULL)"
    )
    # New pages go into the index at once: a list of pending ones would be read whole by every search.
    op.execute(
        "CREATE INDEX ix_page_index_words ON page_index USING gin (exact, folded) WITH (fastupdate = off)"
    )
