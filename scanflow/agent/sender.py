"""Sends the pages of the spool to the server, each as soon as it is there, with retries until it is
delivered.

Confirmed pages are remembered until this program ends. After a restart all pages that are still in the spool
are sent again, which changes nothing at the server. A stack is deleted when the server has confirmed each of
its pages by order, number and SHA-256, and then reports that it has as many pages of the order as the spool.

Each stack has its own retry times, so that none waits for another that can't be sent now. Stacks that can't
be delivered are reported to the server with the reason, because people see it there.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from scanflow.agent.client import Server
from scanflow.capture.scanner.spool import Spool, Stack, page_no
from scanflow.counter_messages import OrderReport, UndeliveredStack, report_of_error
from scanflow.errors import (
    ChecksumError,
    DeniedError,
    NotFoundError,
    ObjectExistsError,
    OversizedInputError,
    ScanCancelledError,
    ScanflowError,
    ScanInterruptedError,
    ServerUnreachableError,
    StackGoneError,
    UnsupportedInputError,
    UsageError,
)
from scanflow.logs import get_logger
from scanflow.model.order_states import OrderState, ReportedState

log = get_logger(__name__)

_MEDIA_TYPES = {".jpg": "image/jpeg", ".png": "image/png"}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
"""Seconds between tries: short, because a clerk and a citizen are waiting."""

_REFUSALS = (
    NotFoundError,
    ObjectExistsError,
    OversizedInputError,
    StackGoneError,
    UnsupportedInputError,
    UsageError,
)
"""Errors that a retry can't correct."""

_MOST_TOLD, _LONGEST_REASON = 40, 300
"""Stacks and characters of a reason in one report: the server takes short calls only."""

_HALF = " The last page is the front of a sheet whose back is missing: feed that sheet again."
_HALF_VI = " Trang cuối mới là mặt trước của tờ đang quét: khi quét tiếp hãy đặt lại cả tờ đó."

Gone = Callable[[int], None]
"""Called with an order whose stack was filed or discarded: no more pages are wanted."""


@dataclass(slots=True)
class _RetryTimes:
    """When something that failed is tried again (by the monotonic clock), and why it failed."""

    pause: float
    longest: float
    due: float = 0.0
    trouble: ScanflowError | None = None

    def failed(self, trouble: ScanflowError) -> None:
        self.trouble = trouble
        self.due = time.monotonic() + self.pause
        self.pause = min(2 * self.pause, self.longest)


@dataclass(slots=True)
class _Progress:
    """What was sent of a stack. `refused`: pages that the server refuses, with the reason."""

    confirmed: set[Path] = field(default_factory=set)
    refused: dict[Path, ScanflowError] = field(default_factory=dict)
    running: int | None = None
    finished: bool = False


class Sender:
    """Sends in one thread; other threads tell it what to send."""

    def __init__(
        self,
        spool: Spool,
        server: Server,
        gone: Gone,
        pauses: tuple[float, float] = (_FIRST_PAUSE, _LONGEST_PAUSE),
    ) -> None:
        self._pauses = pauses
        self._spool = spool
        self._server = server
        self._gone = gone
        self._news = threading.Event()
        self._loose_reports: dict[int, OrderReport] = {}
        self._progress: dict[str, _Progress] = {}
        self._retry_times: dict[str, _RetryTimes] = {}
        self._last_undelivered: list[UndeliveredStack] | None = None

    def wake(self) -> None:
        """Wake the sender: the spool has changed."""
        self._news.set()

    def tell(self, order_id: int, report: OrderReport) -> None:
        """Send a report on an order without a stack. It is lost when this program ends: the server gives the
        order again.
        """
        self._loose_reports[order_id] = report
        self._news.set()

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set (and `wake` called); then send the rest once, without retries.

        Raises DeniedError.
        """
        while True:
            self._news.clear()
            ending = stop.is_set()
            self._send_all(at_once=ending)
            if ending:
                return
            self._news.wait(self._until_due())  # an end is also announced by `wake`

    def _send_all(self, *, at_once: bool) -> None:
        """Send what is due; `at_once`: everything."""
        if at_once:
            self._retry_times.clear()
        tried = set()
        for order_id, report in list(self._loose_reports.items()):
            tried.add(f"order {order_id}")
            self._try(f"order {order_id}", partial(self._send_loose_report, order_id, report))
        stacks = [stack for stack in self._spool.stacks() if stack.record.order is not None]
        for stack in stacks:
            tried.add(stack.id)
            if not self._progress_of(stack).finished:
                self._try(stack.id, partial(self._send, stack))
        undelivered = [told for stack in stacks if (told := self._undelivered(stack))][:_MOST_TOLD]
        if undelivered != self._last_undelivered:
            tried.add("undelivered")
            self._try("undelivered", partial(self._tell_undelivered, undelivered))
        there = {stack.id for stack in stacks}
        self._progress = {name: each for name, each in self._progress.items() if name in there}
        self._retry_times = {name: each for name, each in self._retry_times.items() if name in tried}

    def _try(self, what: str, send: Callable[[], None]) -> None:
        """Send something if it is due; a failure is remembered and stops nothing else. Raises DeniedError."""
        turns = self._retry_times.setdefault(what, _RetryTimes(*self._pauses))
        if turns.due > time.monotonic():
            return
        try:
            send()
        except DeniedError:
            raise
        except ScanflowError as error:
            log.warning("waiting", what=what, reason=error.message)
            turns.failed(error)
        except OSError as error:  # a page can't be read or deleted
            log.error("the spool fails", what=what, reason=error.strerror)
            turns.failed(ScanflowError(f"the spool fails: {error.strerror}"))
        else:
            del self._retry_times[what]

    def _undelivered(self, stack: Stack) -> UndeliveredStack | None:
        """The report on a stack with refused pages or with a pending retry; None for other stacks."""
        progress, turns = self._progress_of(stack), self._retry_times.get(stack.id)
        why = next(iter(progress.refused.values()), turns.trouble if turns else None)
        if why is None or stack.record.order is None:
            return None
        left = sum(page not in progress.confirmed for page in stack.pages)
        reason, reason_vi = why.message[:_LONGEST_REASON], why.message_vi[:_LONGEST_REASON]
        return UndeliveredStack(stack.record.order, left, stack.record.started, why.code, reason, reason_vi)

    def _tell_undelivered(self, undelivered: list[UndeliveredStack]) -> None:
        self._server.tell_undelivered(undelivered)
        self._last_undelivered = undelivered

    def _until_due(self) -> float | None:
        """Seconds until something is to be tried again; None if nothing is."""
        due = min((turns.due for turns in self._retry_times.values()), default=None)
        return None if due is None else max(0.0, due - time.monotonic())

    def _send_loose_report(self, order_id: int, report: OrderReport) -> None:
        self._report(order_id, report)
        if self._loose_reports.get(order_id) is report:
            del self._loose_reports[order_id]

    def _send(self, stack: Stack) -> None:
        """Send the rest of a stack. Raises what the server's calls raise, if a retry is useful."""
        order_id = stack.record.order
        assert order_id is not None  # noqa: S101  only ordered stacks are listed
        progress = self._progress_of(stack)
        self._send_pages(stack, order_id, progress)
        # `in_use` was read before the pages: so these are all of its pages.
        if not stack.in_use:
            self._finish(stack, order_id, progress)

    def _send_pages(self, stack: Stack, order_id: int, progress: _Progress) -> None:
        """Send pages in their order, which the server keeps: none is sent before one that needs a retry."""
        pages = stack.pages
        if stack.in_use:
            self._report_running(order_id, len(pages), progress)
        for page in pages:
            if page not in progress.confirmed and page not in progress.refused:
                self._send_page(order_id, page, progress)

    def _report_running(self, order_id: int, pages: int, progress: _Progress) -> None:
        """Report the progress of a scan. If its order has ended meanwhile, it is stopped; its pages are still
        sent.
        """
        if progress.running == pages:
            return
        try:
            self._server.report_order(order_id, OrderReport(OrderState.RUNNING, pages))
        except _REFUSALS as error:
            log.warning("not wanted", order=order_id, reason=error.message)
            self._gone(order_id)
        progress.running = pages

    def _send_page(self, order_id: int, page: Path, progress: _Progress) -> None:
        try:
            late = self._server.send_page(
                order_id, page_no(page), page.read_bytes(), _MEDIA_TYPES[page.suffix]
            )
        except ChecksumError as error:
            raise ServerUnreachableError(
                f"page {page_no(page)} was damaged in transmission: {error.message}"
            ) from error
        except _REFUSALS as error:
            log.error("refused", order=order_id, no=page_no(page), reason=error.message)
            progress.refused[page] = error
        else:
            progress.confirmed.add(page)
            if late:
                log.warning("too late for its stack, kept at the server", order=order_id, no=page_no(page))
                self._gone(order_id)

    def _finish(self, stack: Stack, order_id: int, progress: _Progress) -> None:
        """Report the end of a stack, and delete the stack if the server has all of its pages."""
        refused = next(iter(progress.refused.values()), None)
        held = self._report(order_id, final_report_of(stack, refused))
        if refused:
            log.error("kept in the spool: see docs/station.md", order=order_id, stack=stack.id)
            progress.finished = True
            return
        pages = len(stack.pages)
        if held < pages:
            progress.confirmed.clear()
            raise ServerUnreachableError(f"the server holds {held} of the {pages} pages that it confirmed")
        with self._spool.hold(stack.id) as open_stack:
            open_stack.release()

    def _report(self, order_id: int, report: OrderReport) -> int:
        """Report on an order; gives the number of its pages that the server has (0 if it doesn't tell).

        An order that has ended, or that the server doesn't know any more, needs no report.
        """
        try:
            return self._server.report_order(order_id, report)
        except _REFUSALS as error:
            log.warning("not reported", order=order_id, state=report.state, reason=error.message)
            return 0

    def _progress_of(self, stack: Stack) -> _Progress:
        return self._progress.setdefault(stack.id, _Progress())


def final_report_of(stack: Stack, refused: ScanflowError | None = None) -> OrderReport:
    """The last report on a stack whose scan has ended; `refused`: why the server refuses a page of it.

    A stack that is still `scanning` was interrupted by the end of its program. No file must be written to
    know that, so that it works with a full disk, too.
    """
    pages = len(stack.pages)
    if refused:
        return report_of_error(OrderState.FAILED, refused, pages)
    record = stack.record
    if record.state == "complete":
        return OrderReport(OrderState.DONE, pages)
    code, reason, reason_vi = record.stopped, record.reason, record.reason_vi
    if record.state == "scanning":
        interrupted = ScanInterruptedError("the station's program ended while it was scanning")
        code, reason, reason_vi = interrupted.code, interrupted.message, interrupted.message_vi
    stopped = code == ScanCancelledError.code
    state: ReportedState = OrderState.STOPPED if stopped else OrderState.FAILED
    half_sheet = bool(record.duplex and pages % 2)
    if half_sheet:
        reason, reason_vi = reason + _HALF, reason_vi + _HALF_VI
    return OrderReport(state, pages, code, reason, reason_vi, half_sheet)
