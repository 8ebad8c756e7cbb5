"""Sends to the server what is in the spool: each page as soon as it is there, tried until it is delivered.

What the server has confirmed is remembered until this program ends; after a restart all that is still in the
spool is sent again, which changes nothing there. A stack is let go of when the server has confirmed each of
its pages by order, number and SHA-256, and then says that it holds as many pages of the order as lie here.

Each stack is tried at its own times, so that none waits for another that can't be sent now. What can't be
delivered is reported to the server, with the reason, because people see it there.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from scanflow.agent.client import Server
from scanflow.agent.ending import final_report_of
from scanflow.capture.scanner.spool import Spool, Stack, page_no
from scanflow.counter_messages import OrderReport, UndeliveredStack
from scanflow.errors import (
    ChecksumError,
    DeniedError,
    NotFoundError,
    ObjectExistsError,
    OversizedInputError,
    ScanflowError,
    ServerAwayError,
    StackGoneError,
    UnsupportedInputError,
    UsageError,
)
from scanflow.logs import get_logger
from scanflow.order_states import OrderState

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
"""Errors that trying again does not change."""

_MOST_TOLD, _LONGEST_REASON = 40, 300
"""Stacks and characters of a reason in one report: the server takes short calls only."""

Gone = Callable[[int], None]
"""Called with an order whose stack was filed or given up: nobody wants more pages of it."""


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
    """How far a stack was sent. `refused` are pages that the server won't have, with the reason."""

    confirmed: set[Path] = field(default_factory=set)
    refused: dict[Path, ScanflowError] = field(default_factory=dict)
    running: int | None = None
    finished: bool = False


class Sender:
    """Run by one thread; other threads tell it what there is to send."""

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
        """Wake the sender: there is something new in the spool."""
        self._news.set()

    def tell(self, order_id: int, report: OrderReport) -> None:
        """Report on an order without a stack. Forgotten when this program ends: the server gives it again."""
        self._loose_reports[order_id] = report
        self._news.set()

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set (and `wake` called), and then what is left if the server takes it at once.

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
        except OSError as error:  # a page or the disk under it can't be read or let go of
            log.error("the spool fails", what=what, reason=error.strerror)
            turns.failed(ScanflowError(f"the spool fails: {error.strerror}"))
        else:
            del self._retry_times[what]

    def _undelivered(self, stack: Stack) -> UndeliveredStack | None:
        """What is to be said of a stack of which something was refused, or that has to be tried again."""
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
        self._say(order_id, report)
        if self._loose_reports.get(order_id) is report:
            del self._loose_reports[order_id]

    def _send(self, stack: Stack) -> None:
        """Send what is left of a stack. Raises what the server's calls raise, if it is to be tried again."""
        order_id = stack.record.order
        assert order_id is not None  # noqa: S101  only such stacks are asked for
        progress = self._progress_of(stack)
        self._send_pages(stack, order_id, progress)
        # `in_use` is from before its pages were looked at: so it had all of them.
        if not stack.in_use:
            self._finish(stack, order_id, progress)

    def _send_pages(self, stack: Stack, order_id: int, progress: _Progress) -> None:
        """Send pages in their order, which the server keeps: none goes before one that must be sent again."""
        pages = stack.pages
        if stack.in_use:
            self._say_running(order_id, len(pages), progress)
        for page in pages:
            if page not in progress.confirmed and page not in progress.refused:
                self._send_page(order_id, page, progress)

    def _say_running(self, order_id: int, pages: int, progress: _Progress) -> None:
        """Say how far a scan is; one whose order was ended meanwhile is stopped, its pages are still sent."""
        if progress.running == pages:
            return
        try:
            self._server.report(order_id, OrderReport(OrderState.RUNNING, pages))
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
            raise ServerAwayError(f"page {page_no(page)} was damaged on its way: {error.message}") from error
        except _REFUSALS as error:
            log.error("refused", order=order_id, no=page_no(page), reason=error.message)
            progress.refused[page] = error
        else:
            progress.confirmed.add(page)
            if late:
                log.warning("too late for its stack, kept at the server", order=order_id, no=page_no(page))
                self._gone(order_id)

    def _finish(self, stack: Stack, order_id: int, progress: _Progress) -> None:
        """Tell a stack's end, and let go of it if the server says that it holds all of it."""
        refused = next(iter(progress.refused.values()), None)
        held = self._say(order_id, final_report_of(stack, refused))
        if refused:
            log.error("kept in the spool: see docs/station.md", order=order_id, stack=stack.id)
            progress.finished = True
            return
        pages = len(stack.pages)
        if held < pages:
            progress.confirmed.clear()
            raise ServerAwayError(f"the server holds {held} of the {pages} pages that it confirmed")
        with self._spool.hold(stack.id) as open_stack:
            open_stack.release()

    def _say(self, order_id: int, report: OrderReport) -> int:
        """Report on an order; how many pages of it the server holds, as far as it says so.

        One that has ended or that the server no longer knows needs no report.
        """
        try:
            return self._server.report(order_id, report)
        except _REFUSALS as error:
            log.warning("not reported", order=order_id, state=report.state, reason=error.message)
            return 0

    def _progress_of(self, stack: Stack) -> _Progress:
        return self._progress.setdefault(stack.id, _Progress())
