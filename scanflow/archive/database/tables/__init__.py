"""The tables of the catalog, for SQLite and PostgreSQL alike, a module for each group of them.

The migrations decide; a test compares these definitions with them.
"""

from scanflow.archive.database.tables.column_types import Id, Json, StateText, UtcDateTime, metadata
from scanflow.archive.database.tables.counters import counters, orders
from scanflow.archive.database.tables.dossiers import (
    agencies,
    archive,
    documents,
    dossiers,
    page_texts,
    search_changes,
    sources,
    versions,
)
from scanflow.archive.database.tables.evidence import log, objects
from scanflow.archive.database.tables.figures import (
    FIGURES,
    counted_changes,
    counted_documents,
    daily_counters,
    daily_figures,
)
from scanflow.archive.database.tables.night import night_items, night_runs
from scanflow.archive.database.tables.people import (
    browsers,
    review_claims,
    saved_searches,
    sessions,
    sso_users,
    tries,
    users,
)
from scanflow.archive.database.tables.programs import api_tokens, event_position, events, webhooks
from scanflow.archive.database.tables.work import (
    batches,
    complete_for_postgresql,
    file_attempts,
    files,
    pages,
    readings,
    undo_steps,
    workers,
)

__all__ = [
    "FIGURES",
    "Id",
    "Json",
    "StateText",
    "UtcDateTime",
    "agencies",
    "api_tokens",
    "archive",
    "batches",
    "browsers",
    "complete_for_postgresql",
    "counted_changes",
    "counted_documents",
    "counters",
    "daily_counters",
    "daily_figures",
    "documents",
    "dossiers",
    "event_position",
    "events",
    "file_attempts",
    "files",
    "log",
    "metadata",
    "night_items",
    "night_runs",
    "objects",
    "orders",
    "page_texts",
    "pages",
    "readings",
    "review_claims",
    "saved_searches",
    "search_changes",
    "sessions",
    "sources",
    "sso_users",
    "tries",
    "undo_steps",
    "users",
    "versions",
    "webhooks",
    "workers",
]
