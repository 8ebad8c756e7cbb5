"""The line: a taken batch goes through every room in order and is closed, or waits for a person."""

from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from sqlalchemy import Row

from scanflow.archive.manifest import write_batch_manifest, write_manifest
from scanflow.capture.unpacked import Unpacked
from scanflow.classify.checklist import infer_procedure
from scanflow.errors import InputError
from scanflow.model import Paper
from scanflow.pipeline import ledger, numbering, readings
from scanflow.pipeline.batch import BatchPage, TakenFile, in_order
from scanflow.pipeline.decisions import decided as decided_by_people
from scanflow.pipeline.decisions import in_place, set_removed_aside
from scanflow.pipeline.filing import file_papers, keep_unfiled_pages, release_intake
from scanflow.pipeline.papers import find_papers
from scanflow.pipeline.reader import Progress, read_batch
from scanflow.pipeline.report import Outcome, report
from scanflow.pipeline.retention import retained_until
from scanflow.pipeline.services import Services
from scanflow.pipeline.tries import Task, try_all
from scanflow.pipeline.writing import Destination


def process_batch(services: Services, batch_id: str, progress: Progress | None = None) -> Outcome:
    """Take a batch from `taken` to `closed` or `unassigned`. Killed anywhere, it can be run again.

    A batch that has come to its end already is only tidied up and reported on. Raises NotFoundError,
    OvertakenError where another worker brings it to its end meanwhile, and StoreError or CatalogError where
    those are away; bad input never raises, it is set into quarantine.
    """
    with services.catalog.reading() as connection:
        batch = ledger.batch(connection, batch_id)
    if batch.state == "taken":
        _work(services, batch, progress)
    _tidy_up(services, batch_id)
    return report(services, batch_id)


def _work(services: Services, batch: Row[Any], progress: Progress | None) -> None:
    """Do everything that is left to do until the batch is closed or waits for a person."""
    batch_id = batch.id
    files = _take_apart(services, batch_id)
    with services.catalog.reading() as connection:
        decisions = decided_by_people(connection, batch_id)
    if decisions:
        with services.catalog.transaction() as connection:
            set_removed_aside(connection, batch_id, decisions)
    pages = in_place(read_batch(services, batch_id, files, decisions, progress), decisions)
    papers = find_papers(services, [page.placed for page in pages], decisions, batch.procedure_code)
    decided = _dossiers(services, papers, pages, batch.clerk_number)
    if isinstance(decided, numbering.Unassigned):
        with services.catalog.transaction() as connection:
            ledger.unassign(connection, batch_id, decided.reason)
        return
    for assignment in decided:
        chosen = [papers[index] for index in assignment.papers]
        procedure = batch.procedure_code or _procedure(services, chosen)
        file_papers(services, Destination(assignment.number.value, procedure, batch), chosen, pages)
        until = retained_until(services, assignment.number.value, batch.created_at)
        write_manifest(services.store, services.catalog, assignment.number.value, retain_until=until)
    keep_unfiled_pages(services, batch_id, files)
    _close(services, batch_id, decided)


def _tidy_up(services: Services, batch_id: str) -> None:
    """What follows a batch's end, again if its worker was killed before it was done."""
    with services.catalog.reading() as connection:
        state = ledger.batch(connection, batch_id).state
    if state == "closed":
        release_intake(services, batch_id)
    elif state == "unassigned":
        write_batch_manifest(services.store, services.catalog, batch_id)


def _take_apart(services: Services, batch_id: str) -> list[TakenFile]:
    """Every file of the batch in pages; a file that cannot be taken apart goes to quarantine."""
    with services.catalog.reading() as connection:
        rows = {
            -row.no: row
            for row in ledger.batch_files(connection, batch_id)
            if row.state in ("taken", "unpacked")
        }
    tasks = [Task(no, row.name, partial(_begin_taking_apart, services, row)) for no, row in rows.items()]
    taken: list[TakenFile] = []
    for task, unpacked in try_all(services, batch_id, tasks):
        row = rows[task.no]
        with services.catalog.transaction() as connection:
            ledger.require_open(connection, batch_id)
            if isinstance(unpacked, InputError):
                ledger.quarantine_file(connection, row.id, unpacked)
                continue
            first_no = ledger.first_page_no(connection, batch_id, row.id)
            file = TakenFile(row.id, row.no, row.name, row.object_key, row.sha256, first_no, unpacked)
            ledger.file_unpacked(connection, batch_id, row.id, in_order(file), signed=unpacked.signed)
            readings.forget_attempts(connection, batch_id, task.no)
        taken.append(file)
    return taken


def _begin_taking_apart(services: Services, row: Row[Any]) -> "Future[Unpacked]":
    return services.workers.unpack(services.store.get(row.object_key), row.name)


def _dossiers(
    services: Services, papers: Sequence[Paper], pages: Sequence[BatchPage], clerk_number: str | None
) -> list[numbering.Assignment] | numbering.Unassigned:
    """Which papers go where; nowhere, where there is nothing but blank pages and bad input."""
    if not papers:
        return []
    return numbering.assign(
        papers,
        [page.reading for page in pages],
        clerk_number,
        services.settings.codes.dossier_grammars,
        services.catalog.dossier_known,
    )


def _close(services: Services, batch_id: str, decided: Sequence[numbering.Assignment]) -> None:
    with services.catalog.transaction() as connection:
        if decided:
            ledger.belongs_to(connection, batch_id, decided[0].number)
        ledger.close(connection, batch_id)
        readings.forget(connection, batch_id)


def _procedure(services: Services, papers: Sequence[Paper]) -> str | None:
    """The procedure that the papers themselves name, or None."""
    inferred = infer_procedure(papers, services.profiles)
    return inferred[0] if inferred else None
