"""Reading a batch's pages in the child processes: each once, a stubborn one a few times, then no more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from scanflow.errors import InputError
from scanflow.model import CapturedPage, PageReading
from scanflow.pipeline import ledger, readings
from scanflow.pipeline.batch import BatchPage, TakenFile, in_order
from scanflow.pipeline.decisions import NOTHING, Decisions
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
    services: Services,
    batch_id: str,
    files: Sequence[TakenFile],
    decisions: Decisions,
    progress: Progress | None = None,
) -> list[BatchPage]:
    """Read every page that was not read before; set blank ones aside and those that fail into quarantine.

    Gives back the others in the order in which they came, without those that a person removed.
    """
    waiting = [
        _Waiting(no, file, entry)
        for file in files
        for no, entry in in_order(file)
        if isinstance(entry, CapturedPage) and not decisions.get(no, NOTHING).removed
    ]
    with services.catalog.reading() as connection:
        found: dict[int, PageReading | InputError] = dict(readings.kept(connection, batch_id))
    fresh = {page.no: page for page in waiting if page.no not in found}
    tasks = [
        Task(
            page.no,
            f"{page.file.name} page {page.captured.no}",
            partial(services.workers.read, page.captured, decisions.get(page.no, NOTHING).turn),
        )
        for page in fresh.values()
    ]
    for task, reading in try_all(services, batch_id, tasks):
        page = fresh[task.no]
        found[page.no] = reading
        with services.catalog.transaction() as connection:
            note_reading(connection, batch_id, page.no, reading, stays=_stays(page, decisions))
        if progress:
            progress(len(found), len(waiting))
    return [
        BatchPage(page.no, page.file, page.captured, reading)
        for page in waiting
        if isinstance(reading := found[page.no], PageReading)
        and (not reading.blank or _stays(page, decisions))
    ]


def note_reading(
    connection: Connection, batch_id: str, no: int, reading: PageReading | InputError, *, stays: bool
) -> None:
    """Enter in the ledger what came of a page, and keep its reading; a blank page is set aside unless it
    `stays`.
    """
    if isinstance(reading, InputError):
        ledger.page_quarantined(connection, batch_id, no, reading)
        return
    readings.keep(connection, batch_id, no, reading)
    ledger.page_read(connection, batch_id, no, reading)
    if reading.blank and not stays:
        ledger.page_set_aside(connection, batch_id, no, BLANK)


def _stays(page: _Waiting, decisions: Decisions) -> bool:
    """Whether a page stays though it is blank: in a signed file, that is filed byte for byte, and where a
    person wants it.
    """
    return page.file.unpacked.signed or decisions.get(page.no, NOTHING).kept
