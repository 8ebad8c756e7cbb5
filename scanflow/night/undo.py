"""Undoing a run: each document that it improved gets its former text, type and values again.

This makes a new version, which refers to the objects of the older one. Later changes by people stay.
"""

from dataclasses import dataclass, replace

from scanflow.archive.documents.documents_again import PlacedDocument, placed_document
from scanflow.archive.documents.page_words import decode_words
from scanflow.archive.filing_guard import require_dossier_current
from scanflow.archive.logbook import READING_UNDONE, LogEntry, document_subject
from scanflow.archive.manifest import write_manifest
from scanflow.clock import now
from scanflow.errors import OutdatedError, StateError
from scanflow.ledger.nightly import night_items, night_runs
from scanflow.ledger.nightly.night_items import NightItem
from scanflow.ledger.nightly.night_runs import NightRun
from scanflow.model.night_states import REOCR, REWORK, RunState
from scanflow.night.reocr import BETTER, UNDONE
from scanflow.night.rework import RENEWED
from scanflow.night.runs.document_item import UNDONE_BY, subject_of
from scanflow.night.runs.entering import changes, enter_entry, enter_version
from scanflow.night.runs.entry import Entry, entry_of
from scanflow.night.runs.running import ATTEMPTS
from scanflow.pipeline.services import Services


@dataclass(frozen=True, slots=True)
class Undoing:
    """The result of an undo: documents that are as before, and those that people changed since,
    left alone.
    """

    undone: int
    changed_since: int


def undo(services: Services, run_id: str, by: str) -> Undoing:
    """Undo a run. After a kill at any point it can be called again.

    Raises NotFoundError, StateError for a run that is under way or of another kind.
    """
    with services.catalog.reading() as connection:
        run = night_runs.get_run(connection, run_id)
        items = night_items.items_of(connection, run_id, results=[BETTER, RENEWED, UNDONE])
    if run.kind not in (REOCR, REWORK):
        raise StateError(
            f"run {run_id} has changed nothing: there is nothing to undo",
            "Đợt xử lý này không thay đổi giấy tờ nào nên không có gì để hoàn tác.",
        )
    if run.state is RunState.OPEN:
        raise StateError(
            f"run {run_id} is not at its end: stop it first (`scanflow reocr stop {run_id}`)",
            "Đợt xử lý chưa kết thúc. Hãy dừng trước khi hoàn tác.",
        )
    undone = changed = 0
    for item in items:
        if _undo_item(services, run, item, by):
            undone += 1
        else:
            changed += 1
    with services.catalog.transaction() as connection:
        night_runs.set_run_state(connection, run_id, RunState.UNDONE)
    return Undoing(undone, changed)


def _undo_item(services: Services, run: NightRun, item: NightItem, by: str) -> bool:
    """Restore one document; False where somebody has changed it since.

    If somebody changes it at this moment, it is examined again: their type stays, and the former text is
    restored nevertheless.
    """
    for _ in range(ATTEMPTS):
        with services.catalog.reading() as connection:
            placed = placed_document(connection, item.document_id or 0)
        if placed is None or item.subject != subject_of(placed.number, placed.document.no):
            return False
        if item.result != UNDONE:
            made = item.version_after is not None
            if made and placed.document.versions[-1].version != item.version_after:
                return False
            require_dossier_current(services.store, services.catalog, placed.number)
            try:
                (_take_back if made else _take_entry_back)(services, run, item, placed, by)
            except OutdatedError:
                continue
        write_manifest(services.store, services.catalog, placed.number)
        return True
    return False


def _take_back(services: Services, run: NightRun, item: NightItem, placed: PlacedDocument, by: str) -> None:
    newest = placed.document.versions[-1]
    old = next(each for each in placed.document.versions if each.version == item.version_before)
    version = replace(
        old, version=newest.version + 1, created_at=now(), made_by={**old.made_by, UNDONE_BY: run.id}
    )
    words = decode_words(services.store.get(old.words.key, old.words.version_id))
    entry = entry_of(placed.document)
    # Where a person has set type or values since, these stay; also where it is not known what they were.
    known = item.before and item.after and entry == Entry.from_json(item.after)
    before = Entry.from_json(item.before) if known and item.before else entry
    said = changes(entry, before)
    with services.catalog.transaction() as connection:
        enter_version(services, connection, placed, version, words, entry, before)
        services.catalog.append_log(
            LogEntry(
                now(),
                by,
                READING_UNDONE,
                document_subject(placed.number, placed.document.no),
                before={"version": newest.version, **said[0]},
                after={"run": run.id, "version": version.version, **said[1]},
            ),
            connection=connection,
        )
        night_items.set_item(connection, item.id, result=UNDONE, version_after=version.version)


def _take_entry_back(
    services: Services, run: NightRun, item: NightItem, placed: PlacedDocument, by: str
) -> None:
    """Undo a change that made no version. Raises OutdatedError where a person set something since."""
    made, before = Entry.from_json(item.after or {}), Entry.from_json(item.before or {})
    if entry_of(placed.document) != made:
        raise OutdatedError
    with services.catalog.transaction() as connection:
        if before != made:
            enter_entry(connection, placed, made, before)
            said = changes(made, before)
            subject = document_subject(placed.number, placed.document.no)
            entry = LogEntry(
                now(), by, READING_UNDONE, subject, before=said[0], after={"run": run.id, **said[1]}
            )
            services.catalog.append_log(entry, connection=connection)
        night_items.set_item(connection, item.id, result=UNDONE)
