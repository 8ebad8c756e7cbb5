"""Processing one batch: its files are unpacked, its pages read, its papers filed; then it is closed.

If no dossier number can be found, the batch waits for a person.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial

from scanflow.archive.filing_guard import require_batch_current, require_dossier_current
from scanflow.archive.logbook import CLOSED, SCANFLOW, LogEntry, batch_subject
from scanflow.archive.manifest import write_batch_manifest, write_manifest
from scanflow.capture.files.unpacked import Unpacked
from scanflow.classify.checklist import infer_procedure
from scanflow.clock import now
from scanflow.errors import InputError, OtherAgencyError
from scanflow.ledger import readings
from scanflow.ledger.attempts import Tried, forget_attempts
from scanflow.ledger.batches import close_batch, get_batch, note_dossier, unassign
from scanflow.ledger.decisions import decided as decided_by_people
from scanflow.ledger.decisions import in_place, set_removed_aside
from scanflow.ledger.files import batch_files, file_unpacked, quarantine_file, taken_file
from scanflow.ledger.lease import Lease, holding
from scanflow.ledger.records import BatchPage, BatchRecord, FileRecord, TakenFile
from scanflow.model import BatchState, FileState, Paper
from scanflow.pipeline.batch_outcome import Outcome, load_outcome
from scanflow.pipeline.filing import numbering
from scanflow.pipeline.filing.file import (
    ensure_dossier,
    file_papers,
    keep_unfiled_pages,
    release_intake,
)
from scanflow.pipeline.filing.papers import find_papers
from scanflow.pipeline.filing.retention import retained_until
from scanflow.pipeline.filing.writing import Destination
from scanflow.pipeline.page_readings import Progress, read_batch
from scanflow.pipeline.queue.retry import Task, try_all
from scanflow.pipeline.services import Services


def process_batch(services: Services, lease: Lease, progress: Progress | None = None) -> Outcome:
    """Take a batch from `taken` to `closed` or `unassigned`. If it is killed anywhere, it can be run again.

    A batch that is closed or waits already is only tidied up. Raises NotFoundError, OvertakenError where
    another worker has the batch, and StoreError or CatalogError where those can't be reached. Bad input
    raises nothing: it is set into quarantine.
    """
    batch_id = lease.batch_id
    with services.catalog.reading() as connection:
        batch = get_batch(connection, batch_id)
    if batch.state is BatchState.TAKEN:
        _work(services, lease, batch, progress)
    _tidy_up(services, batch_id)
    return load_outcome(services, batch_id)


def _work(services: Services, lease: Lease, batch: BatchRecord, progress: Progress | None) -> None:
    """Do everything that is left to do until the batch is closed or waits for a person."""
    batch_id = lease.batch_id
    require_batch_current(services.store, services.catalog, batch_id)
    files = _unpack_files(services, lease)
    with services.catalog.reading() as connection:
        decisions = decided_by_people(connection, batch_id)
    if decisions:
        with holding(services.catalog, lease) as held:
            set_removed_aside(held, decisions)
    pages = in_place(read_batch(services, lease, files, decisions, progress), decisions)
    papers = find_papers(services, [page.placed for page in pages], decisions, batch.procedure_code)
    decided = _dossiers(services, papers, pages, batch)
    if isinstance(decided, numbering.Unassigned):
        _unassign(services, lease, decided.reason)
        return
    chosen_papers = [[papers[index] for index in assignment.papers] for assignment in decided]
    destinations = [
        Destination(
            assignment.number.value, batch.procedure_code or _procedure(services, chosen), batch, lease
        )
        for assignment, chosen in zip(decided, chosen_papers, strict=True)
    ]
    try:
        _make_dossiers(services, lease, destinations)
    except OtherAgencyError:
        _unassign(services, lease, numbering.NUMBER_REFUSED)
        return
    for destination, assignment, chosen in zip(destinations, decided, chosen_papers, strict=True):
        file_papers(services, destination, chosen, pages)
        until = retained_until(services, assignment.number.value, batch.created_at)
        write_manifest(services.store, services.catalog, assignment.number.value, retain_until=until)
    keep_unfiled_pages(services, lease, files)
    _close(services, lease, decided)


def _unassign(services: Services, lease: Lease, reason: str) -> None:
    with holding(services.catalog, lease) as held:
        unassign(held, reason)


def _make_dossiers(services: Services, lease: Lease, destinations: Sequence[Destination]) -> None:
    """Make all dossiers that a batch goes to, or none. Raises OtherAgencyError."""
    for destination in destinations:
        require_dossier_current(services.store, services.catalog, destination.number)
    with holding(services.catalog, lease) as held:
        for destination in destinations:
            ensure_dossier(services, destination, held.connection)


def _tidy_up(services: Services, batch_id: str) -> None:
    """Tidy up after a batch's end. It is done again if the worker was killed before it was done."""
    with services.catalog.reading() as connection:
        state = get_batch(connection, batch_id).state
    if state is BatchState.CLOSED:
        release_intake(services, batch_id)
    elif state is BatchState.UNASSIGNED:
        write_batch_manifest(services.store, services.catalog, batch_id)


def _unpack_files(services: Services, lease: Lease) -> list[TakenFile]:
    """Unpack every file of the batch into pages; a file that cannot be unpacked goes to quarantine."""
    with services.catalog.reading() as connection:
        rows = {
            row.no: row
            for row in batch_files(connection, lease.batch_id)
            if row.state in (FileState.TAKEN, FileState.UNPACKED)
        }
    tasks = [
        Task(Tried.FILE, no, row.name, partial(_begin_unpacking, services, row)) for no, row in rows.items()
    ]
    taken: list[TakenFile] = []
    for task, unpacked in try_all(services, lease, tasks):
        row = rows[task.no]
        with holding(services.catalog, lease) as held:
            if isinstance(unpacked, InputError):
                quarantine_file(held, row.id, unpacked)
                continue
            file = taken_file(held.connection, row, unpacked)
            file_unpacked(held, file)
            forget_attempts(held, Tried.FILE, task.no)
        taken.append(file)
    return taken


def _begin_unpacking(services: Services, row: FileRecord) -> "Future[Unpacked]":
    return services.children.unpack(services.store.get(row.stored_key), row.name)


def _dossiers(
    services: Services, papers: Sequence[Paper], pages: Sequence[BatchPage], batch: BatchRecord
) -> list[numbering.Assignment] | numbering.Unassigned:
    """Which papers go where; nowhere, where there is nothing but blank pages and bad input."""
    if not papers:
        return []
    return numbering.assign(
        papers,
        [page.reading for page in pages],
        batch.clerk_number,
        numbering.NumberRules(services.settings.codes.dossier_grammars, services.profiles.receipts),
        # A number in the text says nothing where another agency has it.
        lambda number: services.catalog.agency_of_dossier(number) == batch.agency,
    )


def _close(services: Services, lease: Lease, decided: Sequence[numbering.Assignment]) -> None:
    with holding(services.catalog, lease) as held:
        if decided:
            note_dossier(held, decided[0].number)
        count = close_batch(held)
        readings.forget(held)
        told = {
            "captured": count.captured, "filed": count.filed, "set_aside": count.set_aside,
            "quarantined": count.quarantined,
        }  # fmt: skip
        entry = LogEntry(now(), SCANFLOW, CLOSED, batch_subject(lease.batch_id), after=told)
        services.catalog.append_log(entry, connection=held.connection)


def _procedure(services: Services, papers: Sequence[Paper]) -> str | None:
    """The procedure that the papers themselves name, or None."""
    inferred = infer_procedure(papers, services.profiles)
    return inferred[0] if inferred else None
