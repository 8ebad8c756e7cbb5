"""Reading a batch's pages in the child processes: each once; one that breaks a limit a few times."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from scanflow.errors import InputError
from scanflow.ledger import readings
from scanflow.ledger.attempts import Tried
from scanflow.ledger.decisions import NOTHING, Decisions
from scanflow.ledger.lease import Held, Lease, holding
from scanflow.ledger.pages import Reason, page_quarantined, page_read, page_set_aside, page_unread
from scanflow.ledger.records import BatchPage, TakenFile, in_order
from scanflow.model import CapturedPage, Geometry, PageReading, Quality
from scanflow.pipeline.queue.retry import Task, try_all
from scanflow.pipeline.services import Services
from scanflow.units import POINTS_PER_INCH

Progress = Callable[[int, int], None]
"""Called with how many pages are done and how many there are."""

BLANK = Reason("blank", "blank page", "Trang trắng")

A4 = (595.28, 841.89)
"""The assumed size, in points, of a page about which nothing is known."""


@dataclass(frozen=True, slots=True)
class PageToRead:
    """A page that is to be read.

    `captured` is the error where the page could not be taken out of its file; only a signed file has such
    pages here. The pages of a signed file stay together, whether or not each can be read.
    """

    no: int
    file: TakenFile
    captured: CapturedPage | InputError

    @property
    def signed(self) -> bool:
        return self.file.unpacked.signed


def pages_to_read(file: TakenFile) -> Iterator[PageToRead]:
    """A file's pages that are to be read: those that were taken out of it; all pages of a signed file."""
    for no, entry in in_order(file):
        if isinstance(entry, CapturedPage):
            yield PageToRead(no, file, entry)
        elif file.unpacked.signed:
            yield PageToRead(no, file, entry[1])


def read_batch(
    services: Services,
    lease: Lease,
    files: Sequence[TakenFile],
    decisions: Decisions,
    progress: Progress | None = None,
) -> list[BatchPage]:
    """Read every page that was not read before; set blank ones aside and those that fail into quarantine.

    Gives back the others in the order in which they came, without those that a person removed. A signed
    file's pages are all among the others: a blank one stays, one that can't be read has no words. Raises
    OvertakenError where the batch has passed to somebody else.
    """
    waiting = [
        page
        for file in files
        for page in pages_to_read(file)
        if not decisions.get(page.no, NOTHING).removed
    ]  # fmt: skip
    with services.catalog.reading() as connection:
        found: dict[int, PageReading | InputError] = dict(readings.kept(connection, lease.batch_id))
    fresh = {page.no: page for page in waiting if page.no not in found}
    for page, reading in _read(services, lease, fresh, decisions):
        stays = _stays(page, decisions)
        with holding(services.catalog, lease) as held:
            found[page.no] = note_reading(held, page, reading, stays=stays)
        if progress:
            progress(len(found), len(waiting))
    return [
        BatchPage(page.no, page.file, _captured(page), reading)
        for page in waiting
        if isinstance(reading := found[page.no], PageReading)
        and (not reading.blank or _stays(page, decisions))
    ]


def _read(
    services: Services, lease: Lease, fresh: dict[int, PageToRead], decisions: Decisions
) -> Iterator[tuple[PageToRead, PageReading | InputError]]:
    """Pages, each with its reading or its error."""
    tasks = []
    for page in fresh.values():
        if isinstance(page.captured, InputError):
            yield page, page.captured
            continue
        what = f"{page.file.name} page {page.captured.no}"
        rotation = decisions.get(page.no, NOTHING).rotation
        tasks.append(
            Task(Tried.PAGE, page.no, what, partial(services.children.read, page.captured, rotation))
        )
    for task, reading in try_all(services, lease, tasks):
        yield fresh[task.no], reading


def note_reading(
    held: Held,
    page: PageToRead,
    found: PageReading | InputError,
    *,
    stays: bool,
) -> PageReading | InputError:
    """Enter a page's result in the ledger, and keep its reading; a blank page is set aside unless it `stays`.
    Gives the result that counts: for an unreadable page of a signed file, a reading without words.
    """
    if isinstance(found, InputError):
        if not page.signed:
            page_quarantined(held, page.no, found)
            return found
        reading = _unread(_captured(page), found)
        readings.keep(held, page.no, reading)
        page_unread(held, page.no, reading, found)
        return reading
    readings.keep(held, page.no, found)
    page_read(held, page.no, found)
    if found.blank and not stays:
        page_set_aside(held, page.no, BLANK)
    return found


def _captured(page: PageToRead) -> CapturedPage | None:
    return None if isinstance(page.captured, InputError) else page.captured


def _unread(captured: CapturedPage | None, error: InputError) -> PageReading:
    """The reading of a page that could not be read: what its source states, no words, and why."""
    geometry = captured.geometry if captured else Geometry()
    size, dpi = A4, (0.0, 0.0)
    if captured:
        dpi = captured.dpi
        size = (captured.width * POINTS_PER_INCH / dpi[0], captured.height * POINTS_PER_INCH / dpi[1])
    return PageReading(
        geometry=geometry,
        size=(size[1], size[0]) if geometry.rotation % 180 else size,
        dpi=dpi,
        dpi_source=captured.dpi_source if captured else "assumed",
        stated_dpi=captured.stated_dpi if captured else None,
        blank=False,
        quality=Quality(sharpness=0.0, contrast=0.0),
        fingerprint="",
        codes=(),
        words=(),
        unread=error.code,
    )


def _stays(page: PageToRead, decisions: Decisions) -> bool:
    """Whether a page stays even if it is blank: in a signed file, which is filed byte for byte, and if a
    person has decided so.
    """
    return page.signed or decisions.get(page.no, NOTHING).kept
