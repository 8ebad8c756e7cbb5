"""Reading what arrives at the desk: files are taken apart at once, pages read as soon as a child is free.

Nothing is remembered here but what is under way: what is to be done stands in the ledger, so that a server
that was killed goes on where it was.
"""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Row, exists, select

from scanflow.archive.database.tables import batches, files, orders, pages
from scanflow.backoff import Backoff
from scanflow.capture.files.unpacked import Unpacked
from scanflow.desk.context import Desk
from scanflow.errors import (
    CatalogUnavailableError,
    InputError,
    LimitError,
    OvertakenError,
    ScanflowError,
    StoreUnavailableError,
)
from scanflow.ledger import ledger
from scanflow.ledger.attempts import Tried, begin_attempt, forget_attempts
from scanflow.ledger.decisions import NOTHING, RESCANNED, decide, decided, place_of
from scanflow.ledger.lease import AT_DESK, Held, Lease, holding
from scanflow.ledger.records import TakenFile, in_order
from scanflow.logs import get_logger
from scanflow.pipeline.page_readings import PageToRead, note_reading, pages_to_read
from scanflow.pipeline.sandbox.pool import outcome

log = get_logger(__name__)

_LOOK_SECONDS = 1.0
"""Pages may also come through another process: no bell tells of those."""


@contextmanager
def reading(desk: Desk) -> Iterator[None]:
    """Read what arrives at the desk, during the context."""
    reader = _Reader(desk)
    thread = threading.Thread(target=reader.run, name="desk reader")
    with desk.bell.heard_by(lambda _: reader.wake.set()):
        thread.start()
        try:
            yield
        finally:
            reader.stop.set()
            reader.wake.set()
            thread.join()


class _Reader:
    """One thread takes files apart in their order, so that pages are numbered as they came; as many as there
    are children read.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.wake = threading.Event()
        self.stop = threading.Event()
        self._readers = ThreadPoolExecutor(desk.services.settings.jobs, thread_name_prefix="desk page")
        self._under_way: set[tuple[str, int]] = set()

    def run(self) -> None:
        """Until `stop` is set. Where store or database are away it waits, as long as that takes."""
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
        self._readers.shutdown(cancel_futures=True)

    def _look(self) -> None:
        """Take apart every file that has work in it, and have its pages read."""
        with self.desk.services.catalog.reading() as connection:
            rows = _files_with_work(connection)
        for row in rows:
            if self.stop.is_set():
                return
            unread = self._unread(row) if row.state == "unpacked" else None
            if unread is None or unread - {no for batch, no in self._under_way if batch == row.batch_id}:
                self._take_apart(row)

    def _unread(self, row: Row[Any]) -> set[int]:
        with self.desk.services.catalog.reading() as connection:
            return set(_unread_pages(connection, row.id))

    def _take_apart(self, row: Row[Any]) -> None:
        """Take a file apart, enter its pages in the ledger if it is new, and have them read."""
        services, limits = self.desk.services, self.desk.services.settings.limits
        data = services.store.get(row.object_key)
        try:
            with holding(services.catalog, _lease(row)) as held:
                attempt = begin_attempt(held, Tried.FILE, row.no)
            unpacked = self._unpack(row, data, attempt)
            if isinstance(unpacked, LimitError) and attempt < limits.attempts:
                self.stop.wait(limits.retry_seconds)
                self.wake.set()  # it is still to be done: the next look tries again
                return
            with holding(services.catalog, _lease(row)) as held:
                file = _enter(held, row, unpacked)
                forget_attempts(held, Tried.FILE, row.no)
        except OvertakenError:
            return
        if row.state == "taken":
            self.desk.bell.ring(row.batch_id)
        if file is not None:
            self._have_read(row, file)

    def _unpack(self, row: Row[Any], data: bytes, attempt: int) -> Unpacked | InputError:
        """What a file holds."""
        what = f"file {row.no}"
        if attempt > self.desk.services.settings.limits.attempts:
            return LimitError(f"{what}: given up after several tries")
        return outcome(self.desk.quick.unpack(data, row.name), what)

    def _have_read(self, row: Row[Any], file: TakenFile) -> None:
        unread = self._unread(row)
        for page in pages_to_read(file):
            key = (row.batch_id, page.no)
            if page.no in unread and key not in self._under_way:
                self._under_way.add(key)
                self._readers.submit(self._read, row, page)

    def _read(self, row: Row[Any], page: PageToRead) -> None:
        """Read one page, in a thread of its own."""
        try:
            self._read_and_note(_lease(row), page)
        except (CancelledError, OvertakenError):
            pass
        except ScanflowError as error:  # looked at again in a second
            log.warning("page not read", batch=row.batch_id, page=page.no, reason=error.message)
        except Exception:
            log.exception("page not read", batch=row.batch_id, page=page.no)
        finally:
            self._under_way.discard((row.batch_id, page.no))
        self.desk.bell.ring(row.batch_id)

    def _read_and_note(self, lease: Lease, page: PageToRead) -> None:
        services, no = self.desk.services, page.no
        with holding(services.catalog, lease) as held:
            if not _is_unread(held, no):
                return
            attempt = begin_attempt(held, Tried.PAGE, no)
            decision = decided(held.connection, held.batch_id).get(no, NOTHING)
        what = f"page {no}"
        if isinstance(page.captured, InputError):
            found: Any = page.captured
        elif attempt > services.settings.limits.attempts:
            found = LimitError(f"{what}: given up after several tries")
        else:
            found = outcome(services.workers.read(page.captured, decision.turn), what)
            if isinstance(found, LimitError) and attempt < services.settings.limits.attempts:
                self.stop.wait(services.settings.limits.retry_seconds)
                return  # it is still unread: the next look tries again
        with holding(services.catalog, lease) as held:
            if not _is_unread(held, no):  # another server's reader was faster
                return
            now = decided(held.connection, held.batch_id).get(no, NOTHING)
            if now.turn != decision.turn:  # turned again meanwhile: this reading is of no use
                forget_attempts(held, Tried.PAGE, no)
                return
            note_reading(held, page, found, stays=page.signed or now.kept)
            ledger.bump_revision(held)


def _lease(row: Row[Any]) -> Lease:
    """The lease for what a file's row (of `_files_with_work`) gives to do."""
    return Lease(row.batch_id, AT_DESK, row.turn)


def _is_unread(held: Held, no: int) -> bool:
    """Whether a page is still to be read: what was found out about it meanwhile, or decided, stays."""
    same = (pages.c.batch_id == held.batch_id) & (pages.c.no == no)
    return held.connection.scalar(select(pages.c.state).where(same)) == "taken"


def _enter(held: Held, row: Row[Any], unpacked: Unpacked | InputError) -> TakenFile | None:
    """Note what a file holds, if nobody has since `row` was read; None for one that can't be taken apart."""
    state = held.connection.scalar(select(files.c.state).where(files.c.id == row.id))
    if isinstance(unpacked, InputError):
        if state == row.state:
            ledger.quarantine_file(held, row.id, unpacked)
            ledger.bump_revision(held)
        return None
    first_no = ledger.first_page_no(held.connection, row.batch_id, row.id)
    file = TakenFile(row.id, row.no, row.name, row.object_key, row.sha256, first_no, unpacked)
    if state == "taken":
        ledger.file_unpacked(held, file)
        entries = in_order(file)
        if row.order_id is not None and entries:
            _put_in_place(held, row, entries[0][0])
        ledger.bump_revision(held)
    return file


def _files_with_work(connection: Connection) -> Sequence[Row[Any]]:
    """Files of stacks at the desk that are to be taken apart, or have pages to be read; as they came."""
    unread = exists().where(pages.c.file_id == files.c.id, pages.c.state == "taken")
    query = (
        select(files, batches.c.turn)
        .join(batches, batches.c.id == files.c.batch_id)
        .where(batches.c.state == AT_DESK)
        .where((files.c.state == "taken") | ((files.c.state == "unpacked") & unread))
        .order_by(batches.c.created_at, files.c.batch_id, files.c.no)
    )
    return connection.execute(query).fetchall()


def _unread_pages(connection: Connection, file_id: int) -> Sequence[int]:
    query = select(pages.c.no).where(pages.c.file_id == file_id, pages.c.state == "taken")
    return connection.scalars(query).all()


def _put_in_place(held: Held, row: Row[Any], no: int) -> None:
    """A page that was scanned again takes the place of the old one, which is set aside.

    Further pages of the same order (a sheet's back) follow it.
    """
    connection = held.connection
    replaces = connection.scalar(select(orders.c.replaces).where(orders.c.id == row.order_id))
    if replaces is None:
        return
    of_batch = pages.c.batch_id == row.batch_id
    same_order = select(pages.c.no).join(files, files.c.id == pages.c.file_id)
    before = connection.scalars(
        same_order.where(of_batch, files.c.order_id == row.order_id, pages.c.no < no).order_by(pages.c.no)
    ).all()
    known = decided(connection, row.batch_id)
    others = connection.scalars(select(pages.c.no).where(of_batch, pages.c.no != no)).all()
    order = sorted(others, key=lambda each: place_of(each, known))
    order.insert(order.index(before[-1] if before else replaces) + 1, no)
    for place, each in enumerate(order):
        decide(held, each, place=place)
    if not before:
        old = known.get(replaces, NOTHING)
        decide(held, no, begins=old.begins, type=old.type)
        decide(held, replaces, removed=RESCANNED.code, replaced_by=no)
