"""Reading a batch's pages in the child processes: each once, a stubborn one a few times, then no more."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from sqlalchemy import Connection

from scanflow.errors import InputError, LimitError
from scanflow.model import CapturedPage, PageReading
from scanflow.pipeline import ledger, readings
from scanflow.pipeline.batch import BatchPage, TakenFile, in_order
from scanflow.pipeline.ledger import Reason
from scanflow.pipeline.pool import outcome
from scanflow.pipeline.services import Services

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
    fresh = [page for page in waiting if page.no not in found]
    for page, reading in _read_all(services, batch_id, fresh):
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


def _read_all(
    services: Services, batch_id: str, pages: Sequence[_Waiting]
) -> Iterator[tuple[_Waiting, PageReading | InputError]]:
    """Read pages in parallel, giving them back in order; those stopped by a limit are tried again.

    Only as many are begun as the children can take on: a try that was counted is one that was made.
    """
    ahead = deque[tuple[_Waiting, "Future[PageReading] | None"]]()
    waiting = iter(pages)
    while True:
        while len(ahead) <= services.settings.jobs and (page := next(waiting, None)):
            ahead.append((page, _try(services, batch_id, page)))
        if not ahead:
            return
        page, future = ahead.popleft()
        reading = _result(page, future)
        while isinstance(reading, LimitError) and future is not None:
            time.sleep(services.settings.limits.retry_seconds)
            future = _try(services, batch_id, page)
            reading = _result(page, future) if future else reading
        yield page, reading


def _try(services: Services, batch_id: str, page: _Waiting) -> "Future[PageReading] | None":
    """Begin to read a page; None if it was tried too often. The try is counted before it begins, so that
    one that takes the whole worker with it counts too.
    """
    with services.catalog.transaction() as connection:
        attempt = readings.begin_attempt(connection, batch_id, page.no)
    if attempt > services.settings.limits.attempts:
        return None
    return services.workers.read(page.captured)


def _result(page: _Waiting, future: "Future[PageReading] | None") -> PageReading | InputError:
    what = f"{page.file.name} page {page.captured.no}"
    if future is None:
        return LimitError(f"{what}: given up after several tries")
    return outcome(future, what)


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
