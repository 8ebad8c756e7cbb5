"""Reading a batch's pages in the child processes: each once, a stubborn one a few times, then no more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from scanflow.errors import InputError
from scanflow.model import CapturedPage, PageReading
from scanflow.pipeline import ledger, readings
from scanflow.pipeline.batch import BatchPage, TakenFile, in_order
from scanflow.pipeline.ledger import Reason
from scanflow.pipeline.services import Services
from scanflow.pipeline.tries import Task, try_all

Progress = Callable[[int, int], None]
"""Called with how many pages are done and how many there are."""

BLANK = Reason("blank", "blank page", "Trang trắng")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A page that is to be read."""

    no: int
    file: TakenFile
    captured: CapturedPage


def read_batch(
    services: Services, batch_id: str, files: Sequence[TakenFile], progress: Progress | None = None
) -> list[BatchPage]:
    """Read every page that was not read before; set blank ones aside and those that fail into quarantine.

    Gives back the others in their order.
    """
    waiting = [
        _Waiting(no, file, entry)
        for file in files
        for no, entry in in_order(file)
        if isinstance(entry, CapturedPage)
    ]
    with services.catalog.reading() as connection:
        found: dict[int, PageReading | InputError] = dict(readings.kept(connection, batch_id))
    fresh = {page.no: page for page in waiting if page.no not in found}
    tasks = [
        Task(
            page.no,
            f"{page.file.name} page {page.captured.no}",
            partial(services.workers.read, page.captured),
        )
        for page in fresh.values()
    ]
    for task, reading in try_all(services, batch_id, tasks):
        page = fresh[task.no]
        found[page.no] = reading
        with services.catalog.transaction() as connection:
            _note(connection, batch_id, page, reading)
        if progress:
            progress(len(found), len(waiting))
    return [
        BatchPage(page.no, page.file, page.captured, reading)
        for page in waiting
        if isinstance(reading := found[page.no], PageReading) and not _is_set_aside(page, reading)
    ]


def _note(connection: Connection, batch_id: str, page: _Waiting, reading: PageReading | InputError) -> None:
    """Enter in the ledger what came of a page, and keep its reading."""
    if isinstance(reading, InputError):
        ledger.page_quarantined(connection, batch_id, page.no, reading)
        return
    readings.keep(connection, batch_id, page.no, reading)
    ledger.page_read(connection, batch_id, page.no, reading)
    if _is_set_aside(page, reading):
        ledger.page_set_aside(connection, batch_id, page.no, BLANK)


def _is_set_aside(page: _Waiting, reading: PageReading) -> bool:
    """A blank page is; in a signed file it stays, that is filed byte for byte."""
    return reading.blank and not page.file.unpacked.signed
