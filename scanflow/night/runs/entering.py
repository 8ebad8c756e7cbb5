"""Enters a run's change of a document: version, type, values, log and item, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from scanflow.archive.documents import document_corrections as corrections
from scanflow.archive.documents.documents_again import PlacedDocument
from scanflow.archive.documents.page_words import PageWords
from scanflow.archive.logbook import LogEntry, document_subject
from scanflow.clock import now
from scanflow.ledger.nightly import night_items
from scanflow.ledger.nightly.night_items import NightItem
from scanflow.ledger.nightly.night_runs import NightRun
from scanflow.model import DocumentVersion
from scanflow.night.runs.entry import Entry
from scanflow.pipeline.filing.next_version import entering
from scanflow.pipeline.services import Services


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """A run's change of a document: its entry before and after, the words that count from now on, and the new
    version, whose objects are stored; None if only the entry or the search index changes.
    """

    before: Entry
    after: Entry
    words: Sequence[PageWords]
    version: DocumentVersion | None = None


def enter_change(  # noqa: PLR0913 - what is entered, for whom, and what is noted of it
    services: Services,
    item: NightItem,
    placed: PlacedDocument,
    change: DocumentChange,
    entry: LogEntry,
    *,
    renew_texts: bool = False,
    **values: Any,
) -> None:
    """Enter the change in one transaction: catalog, search, log, and the item's state, with `values`.

    `entry` is logged where there is a new version or another entry; `renew_texts`: renew the search index
    also without a new version. Raises OutdatedError if somebody has changed the document meanwhile.
    """
    newest, version = placed.document.versions[-1].version, change.version
    with entering(services.catalog, *([version] if version is not None else [])) as connection:
        if version is not None:
            enter_version(services, connection, placed, version, change.words, change.before, change.after)
        else:
            enter_entry(connection, placed, change.before, change.after)
        if renew_texts and version is None:
            corrections.reindex_texts(connection, placed.id, newest, change.words)
            corrections.reindex_document(connection, placed.id)
        if version is not None or change.after != change.before:
            services.catalog.append_log(entry, connection=connection)
        night_items.item_filed(
            connection,
            item.id,
            version_before=newest,
            version_after=version.version if version else None,
            before=change.before.to_json(),
            after=change.after.to_json(),
            **values,
        )


def enter_version(  # noqa: PLR0913, PLR0917 - a version, and the entry before and after it
    services: Services,
    connection: Connection,
    placed: PlacedDocument,
    version: DocumentVersion,
    words: Any,
    before: Entry,
    after: Entry,
) -> None:
    """Enter a version and the document's new entry. Raises OutdatedError if somebody has changed it."""
    _lock(connection, placed)
    services.catalog.record_version(placed.id, version, words, connection=connection)
    if after != before:
        set_entry(connection, placed.id, after)


def enter_entry(connection: Connection, placed: PlacedDocument, before: Entry, after: Entry) -> None:
    """Enter a document's new entry, without a new version. Raises OutdatedError if somebody has
    changed it.
    """
    _lock(connection, placed)
    if after != before:
        set_entry(connection, placed.id, after)


def _lock(connection: Connection, placed: PlacedDocument) -> None:
    newest = placed.document.versions[-1].version
    corrections.lock_document(connection, placed.id, dossier_id=placed.dossier_id, version=newest)
    corrections.require_entry(connection, placed.id, placed.document)


def set_entry(connection: Connection, document_id: int, entry: Entry) -> None:
    """Set a document's entry, for search too; the caller has locked its row."""
    corrections.set_type(
        connection,
        document_id,
        {
            "type": entry.type,
            "kind": entry.kind or None,
            "confidence": entry.confidence,
            "title": entry.title,
            "evidence": [asdict(each) for each in entry.evidence],
            "row_matches": [asdict(each) for each in entry.rows] or None,
            **corrections.field_columns(entry.fields, entry.details),
        },
    )
    corrections.reindex_document(connection, document_id)


def log_entry(
    run: NightRun,
    action: str,
    placed: PlacedDocument,
    change: DocumentChange,
    more: Mapping[str, Any] | None = None,
) -> LogEntry:
    """The log entry of a run's change; `more`: further details."""
    before, after = changes(change.before, change.after)
    made: Mapping[str, Any] = {}
    if change.version is not None:
        before = {"version": placed.document.versions[-1].version, **before}
        made = {"version": change.version.version, "sha256": change.version.pdf.sha256}
    subject = document_subject(placed.number, placed.document.no)
    return LogEntry(
        now(),
        run.started_by,
        action,
        subject,
        before=before,
        after={"run": run.id, **made, **(more or {}), **after},
    )


def changes(before: Entry, after: Entry) -> tuple[dict[str, Any], dict[str, Any]]:
    """Type, rows and sure values before and after a change, where they differ, for the log."""
    sides = [
        {"type": each.type, "rows": [row.row for row in each.rows], "fields": dict(each.fields)}
        for each in (before, after)
    ]
    names = [name for name in sides[0] if sides[0][name] != sides[1][name]]
    first, second = ({name: side[name] for name in names} for side in sides)
    return first, second
