"""Sends on what lies in the spool: each page as soon as it is there, for as long as it takes.

What the server has confirmed is remembered until this program ends; after a restart all that is still in the
spool is sent again, which changes nothing there. A stack is let go of when the server has said yes to each
of its pages and to its end.
"""

import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from scanflow.agent.ending import ending_of
from scanflow.agent.server import Report, Server
from scanflow.backoff import Backoff
from scanflow.capture.scanner.spool import Spool, Stack, page_no
from scanflow.errors import (
    ChecksumError,
    NotFoundError,
    ObjectExistsError,
    OversizedInputError,
    ScanflowError,
    ServerAwayError,
    StackGoneError,
    UnsupportedInputError,
)

log = structlog.get_logger(__name__)

_MEDIA_TYPES = {".jpg": "image/jpeg", ".png": "image/png"}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
"""Seconds between tries: a clerk and a citizen are waiting for the network to come back."""

_REFUSALS = (ObjectExistsError, OversizedInputError, UnsupportedInputError, NotFoundError)
"""No further try mends these."""

Gone = Callable[[int], None]
"""Called with an order whose stack was filed or given up: nobody wants more pages of it."""


class Sender:
    """One thread runs it; others tell it what there is to send."""

    def __init__(self, spool: Spool, server: Server, gone: Gone) -> None:
        self._spool = spool
        self._server = server
        self._gone = gone
        self._news = threading.Event()
        self._remarks: dict[int, Report] = {}
        self._confirmed: set[Path] = set()
        self._running: dict[int, int] = {}
        self._refused: dict[int, ScanflowError] = {}
        self._finished: set[str] = set()

    def wake(self) -> None:
        """There is something new in the spool."""
        self._news.set()

    def tell(self, order_id: int, report: Report) -> None:
        """Report on an order without a stack. Forgotten when this program ends: the server gives it again."""
        self._remarks[order_id] = report
        self._news.set()

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set (and `wake` called), and then what is left if the server takes it at once.

        Raises DeniedError.
        """
        backoff = Backoff(_FIRST_PAUSE, _LONGEST_PAUSE)
        while True:
            self._news.clear()
            ending = stop.is_set()
            try:
                all_sent = self._send_all()
            except ServerAwayError as error:
                log.warning("waiting", reason=error.message)
                all_sent = False
            if ending:
                return
            if all_sent:
                backoff.reset()
                self._news.wait()  # an end is also announced by `wake`
            else:
                backoff.wait(stop)

    def _send_all(self) -> bool:
        """Whether all went through; False: some of it has to be tried again."""
        for order_id, report in list(self._remarks.items()):
            self._say(order_id, report)
            if self._remarks.get(order_id) is report:
                del self._remarks[order_id]
        stacks = [stack for stack in self._spool.stacks() if stack.record.order is not None]
        all_sent = True
        for stack in stacks:
            if stack.id not in self._finished:
                all_sent &= self._send(stack)
        return all_sent

    def _send(self, stack: Stack) -> bool:
        order_id = stack.record.order
        assert order_id is not None  # noqa: S101  only such stacks are asked for
        try:
            all_sent = self._send_pages(stack, order_id)
        except StackGoneError:
            self._give_up(stack, order_id)
            return True
        # `in_use` is from before its pages were looked at: so it had all of them.
        if all_sent and not stack.in_use:
            self._finish(stack, order_id)
        return all_sent

    def _send_pages(self, stack: Stack, order_id: int) -> bool:
        """In their order, which the server keeps: none overtakes one that has to be sent again."""
        if stack.in_use:
            self._say_running(order_id, len(stack.pages))
        unconfirmed = (page for page in stack.pages if page not in self._confirmed)
        return all(self._send_page(order_id, page) for page in unconfirmed)

    def _say_running(self, order_id: int, pages: int) -> None:
        """Say how far a scan is; one whose order was ended meanwhile is stopped, its pages are still sent."""
        if self._running.get(order_id) == pages:
            return
        try:
            self._server.report(order_id, Report("running", pages))
        except (StackGoneError, *_REFUSALS) as error:
            log.warning("not wanted", order=order_id, reason=error.message)
            self._gone(order_id)
        self._running[order_id] = pages

    def _send_page(self, order_id: int, page: Path) -> bool:
        """Whether the server has it, or will never have it."""
        try:
            self._server.send_page(order_id, page_no(page), page.read_bytes(), _MEDIA_TYPES[page.suffix])
        except ChecksumError as error:
            log.warning(
                "a page was damaged on its way", order=order_id, no=page_no(page), reason=error.message
            )
            return False
        except _REFUSALS as error:
            log.error("refused", order=order_id, no=page_no(page), reason=error.message)
            self._refused.setdefault(order_id, error)
        self._confirmed.add(page)
        return True

    def _finish(self, stack: Stack, order_id: int) -> None:
        """Tell a stack's end, and let go of it; with a page that the server won't have it is kept."""
        refused = self._refused.get(order_id)
        self._say(order_id, ending_of(stack, refused))
        self._finished.add(stack.id)
        if refused:
            log.error("kept in the spool: see docs/station.md", order=order_id, stack=stack.id)
            return
        with self._spool.hold(stack.id) as held:
            held.release()
        self._forget(stack, order_id)

    def _give_up(self, stack: Stack, order_id: int) -> None:
        """Nobody wants this stack any more: stop scanning it, and once that is over put it away."""
        if stack.in_use:
            self._gone(order_id)
            return
        self._say(order_id, ending_of(stack))
        with self._spool.hold(stack.id) as held:
            where = held.discard()
        log.warning("the stack was filed or given up before all pages had arrived", kept=str(where))
        self._finished.add(stack.id)
        self._forget(stack, order_id)

    def _say(self, order_id: int, report: Report) -> None:
        """Report on an order; one that has ended or that the server no longer knows needs no report."""
        try:
            self._server.report(order_id, report)
        except (StackGoneError, *_REFUSALS) as error:
            log.warning("not reported", order=order_id, state=report.state, reason=error.message)

    def _forget(self, stack: Stack, order_id: int) -> None:
        self._confirmed = {page for page in self._confirmed if page.parent != stack.folder}
        self._running.pop(order_id, None)
