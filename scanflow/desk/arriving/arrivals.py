"""Reading what arrives at the desk: files are unpacked at once, pages are read as soon as a child is free.

This module remembers only what is under way. What is to be done is in the ledger, so that a server that was
killed continues where it was.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from scanflow.backoff import Backoff
from scanflow.capture.files.unpacked import Unpacked
from scanflow.desk.context import Desk
from scanflow.errors import (
    CatalogUnavailableError,
    InputError,
    OvertakenError,
    ScanflowError,
    StoreUnavailableError,
)
from scanflow.ledger.attempts import Tried, begin_attempt, forget_attempts
from scanflow.ledger.batches import bump_revision
from scanflow.ledger.decisions import NOTHING, REMOVED, RESCANNED, decide, decided, place_of
from scanflow.ledger.desk_work import orders
from scanflow.ledger.desk_work.arrivals import ArrivedFile, files_with_work, unread_pages
from scanflow.ledger.desk_work.undo_steps import remembering
from scanflow.ledger.files import file_unpacked, get_file, quarantine_file, taken_file
from scanflow.ledger.lease import Held, Lease, holding
from scanflow.ledger.pages import get_page, page_numbers
from scanflow.ledger.records import FileRecord, TakenFile, in_order
from scanflow.logs import get_logger
from scanflow.model import FileState, PageReading, PageState
from scanflow.pipeline.page_readings import PageToRead, note_reading, pages_to_read
from scanflow.pipeline.queue.retry import Task, run_attempt

log = get_logger(__name__)

_LOOK_SECONDS = 1.0
"""Pages may also come through another process: no event tells of those."""


@contextmanager
def reading(desk: Desk) -> Iterator[None]:
    """Read what arrives at the desk, during the context."""
    arriving = _ArrivingPages(desk)
    thread = threading.Thread(target=arriving.run, name="desk")
    with desk.events.subscribed(lambda _: arriving.wake.set()):
        thread.start()
        try:
            yield
        finally:
            arriving.stop.set()
            arriving.wake.set()
            thread.join()


class _ArrivingPages:
    """Takes files apart in one thread in their order, so that pages are numbered as they came. Reads as many
    pages at once as there are child processes.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.wake = threading.Event()
        self.stop = threading.Event()
        self._pool = ThreadPoolExecutor(desk.services.settings.jobs, thread_name_prefix="desk page")
        self._under_way: set[tuple[str, int]] = set()

    def run(self) -> None:
        """Read until `stop` is set. While store or database can't be reached, wait."""
        backoff = Backoff(self.desk.services.settings.work.backoff)
        while not self.stop.is_set():
            self.wake.wait(_LOOK_SECONDS)
            self.wake.clear()
            try:
                self._look()
                backoff = Backoff(self.desk.services.settings.work.backoff)
            except CancelledError:  # the children are being stopped
                break
            except (StoreUnavailableError, CatalogUnavailableError) as error:
                log.warning("waiting", reason=error.message)
                backoff.wait(self.stop)
            except Exception:
                log.exception("failed")
                backoff.wait(self.stop)
        self._pool.shutdown(cancel_futures=True)

    def _look(self) -> None:
        """Take apart every file that has work in it, and have its pages read."""
        with self.desk.services.catalog.reading() as connection:
            arrived = files_with_work(connection)
        for each in arrived:
            if self.stop.is_set():
                return
            if each.file.state is FileState.TAKEN or self._unread(each) - self._being_read(each):
                self._take_apart(each)

    def _unread(self, arrived: ArrivedFile) -> set[int]:
        with self.desk.services.catalog.reading() as connection:
            return unread_pages(connection, arrived.file.id)

    def _being_read(self, arrived: ArrivedFile) -> set[int]:
        return {no for batch_id, no in self._under_way if batch_id == arrived.file.batch_id}

    def _take_apart(self, arrived: ArrivedFile) -> None:
        """Take a file apart, enter its pages in the ledger if it is new, and have them read."""
        services, file = self.desk.services, arrived.file
        data = services.store.get(file.stored_key)
        task = Task(Tried.FILE, file.no, f"file {file.no}", partial(self.desk.quick.unpack, data, file.name))
        try:
            with holding(services.catalog, arrived.lease) as held:
                number = begin_attempt(held, task.tried, task.no)
            unpacked = run_attempt(services, arrived.lease, task, number)
            if unpacked is None:
                self.stop.wait(services.settings.limits.retry_seconds)
                self.wake.set()  # it is still to be done: the next look tries again
                return
            with holding(services.catalog, arrived.lease) as held:
                taken = _enter(held, file, unpacked)
                forget_attempts(held, task.tried, task.no)
        except OvertakenError:
            return
        if file.state is FileState.TAKEN:
            self.desk.events.publish(file.batch_id)
        if taken is not None:
            self._have_read(arrived, taken)

    def _have_read(self, arrived: ArrivedFile, file: TakenFile) -> None:
        unread = self._unread(arrived)
        for page in pages_to_read(file):
            key = (arrived.file.batch_id, page.no)
            if page.no in unread and key not in self._under_way:
                self._under_way.add(key)
                self._pool.submit(self._read, arrived.lease, page)

    def _read(self, lease: Lease, page: PageToRead) -> None:
        """Read one page, in a thread of its own."""
        try:
            self._read_and_note(lease, page)
        except (CancelledError, OvertakenError):
            pass
        except ScanflowError as error:  # looked at again in a second
            log.warning("page not read", batch=lease.batch_id, page=page.no, reason=error.message)
        except Exception:
            log.exception("page not read", batch=lease.batch_id, page=page.no)
        finally:
            self._under_way.discard((lease.batch_id, page.no))
        self.desk.events.publish(lease.batch_id)

    def _read_and_note(self, lease: Lease, page: PageToRead) -> None:
        services, no = self.desk.services, page.no
        with holding(services.catalog, lease) as held:
            if not _is_unread(held, no):
                return
            number = begin_attempt(held, Tried.PAGE, no)
            rotation = decided(held.connection, held.batch_id).get(no, NOTHING).rotation
        found: PageReading | InputError | None
        if isinstance(page.captured, InputError):
            found = page.captured
        else:
            task = Task(
                Tried.PAGE, no, f"page {no}", partial(services.children.read, page.captured, rotation)
            )
            found = run_attempt(services, lease, task, number)
        if found is None:
            self.stop.wait(services.settings.limits.retry_seconds)
            return  # it is still unread: the next look tries again
        with holding(services.catalog, lease) as held:
            if not _is_unread(held, no):  # another server read it first
                return
            now = decided(held.connection, held.batch_id).get(no, NOTHING)
            if now.rotation != rotation:  # turned again meanwhile: this reading is of no use
                forget_attempts(held, Tried.PAGE, no)
                return
            note_reading(held, page, found, stays=page.signed or now.kept)
            bump_revision(held)


def _is_unread(held: Held, no: int) -> bool:
    """Whether a page is still to be read: what was found out about it meanwhile, or decided, stays."""
    page = get_page(held.connection, held.batch_id, no)
    return page is not None and page.state is PageState.TAKEN


def _enter(held: Held, row: FileRecord, unpacked: Unpacked | InputError) -> TakenFile | None:
    """Note what a file holds, if nobody has since `row` was read; None for one that can't be taken apart."""
    state = get_file(held.connection, row.id).state
    if isinstance(unpacked, InputError):
        if state is row.state:
            quarantine_file(held, row.id, unpacked)
            bump_revision(held)
        return None
    file = taken_file(held.connection, row, unpacked)
    if state is FileState.TAKEN:
        file_unpacked(held, file)
        entries = in_order(file)
        if row.order_id is not None and entries:
            _put_in_place(held, row.order_id, entries[0][0])
        bump_revision(held)
    return file


def _put_in_place(held: Held, order_id: int, no: int) -> None:
    """A page that was scanned again takes the place of the old one, which is set aside.

    Further pages of the same order (a sheet's back) follow it.
    """
    connection, batch_id = held.connection, held.batch_id
    replaces = orders.page_to_replace(connection, order_id)
    if replaces is None:
        return
    before = orders.pages_before(connection, batch_id, order_id, no)
    known = decided(connection, batch_id)
    others = [each for each in page_numbers(connection, batch_id) if each != no]
    order = sorted(others, key=lambda each: place_of(each, known))
    order.insert(order.index(before[-1] if before else replaces) + 1, no)
    with remembering(held, held.row.operator, "rescanned", replaces) as instead:
        for place, each in enumerate(order):
            decide(held, each, place=place)
        if not before:
            old = known.get(replaces, NOTHING)
            decide(held, no, begins=old.begins, type=old.type)
            decide(held, replaces, removed=RESCANNED.code, replaced_by=no)
        instead[no] = {"removed": REMOVED.code}  # with the old page back, the new one is not wanted
