"""The agent: asks for orders and scans one at a time; other threads send pages and look for scanners.

There are four threads, and none waits for another: asking for orders, sending, looking for scanners, and the
scan. After an unforeseen error of one of them the whole agent ends; the system starts it again.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scanflow.agent.client import Server
from scanflow.agent.scanner_list import ScannerSearch
from scanflow.agent.scanning import Scan, ScanListener
from scanflow.agent.sender import Sender
from scanflow.backoff import Backoff
from scanflow.capture.scanner.spool import Spool
from scanflow.counter_messages import Order, report_of_error
from scanflow.disk import make_home
from scanflow.errors import DeniedError, ScanCancelledError, ScanflowError, UsageError
from scanflow.file_locks import try_lock
from scanflow.logs import get_logger
from scanflow.model.order_states import OrderKind, OrderState
from scanflow.settings import Settings

log = get_logger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
_NOTHING_NEW_SECONDS = 0.5
"""Pause before the server is asked again, if its answer was known already."""


def agent_spool(settings: Settings) -> Spool:
    """The spool of ordered stacks at this PC."""
    return Spool(settings.home / "station")


def run_agent(settings: Settings, stop: threading.Event) -> None:
    """Serve the counter until `stop` is set; a scan is stopped then, its complete pages are kept.

    Raises DeniedError if the server doesn't accept the token, SettingsError, and UsageError if another agent
    runs with this home.
    """
    make_home(settings.home)
    with only_agent(settings.home), Server(settings.station) as server:
        Agent(settings, server).run(stop)


class Agent:
    """A running agent: its threads, the spool, and the current scan."""

    def __init__(self, settings: Settings, server: Server) -> None:
        self._settings = settings
        self._server = server
        self._spool = agent_spool(settings)
        self._sender = Sender(self._spool, server, self._cancel_unwanted)
        self._scanner_search = ScannerSearch(settings, server, self._spool, self._sender.tell)
        self._scan: Scan | None = None
        self._begun: set[int] = set()
        self._failure: BaseException | None = None

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop` is set. Raises what ended one of the threads."""
        self._spool.take_back_ordered()
        sending = self._start("send", self._sender.run, stop)
        self._start("look", self._scanner_search.run, stop)
        self._start("ask", self._take_orders, stop)
        stop.wait()
        if self._scan:
            self._scan.cancel.set()
            self._scan.join()
        self._scanner_search.wake()
        self._sender.wake()
        sending.join(self._settings.station.grace)  # the rest is sent after the next start
        if self._failure:
            raise self._failure

    def _start(
        self, name: str, work: Callable[[threading.Event], None], stop: threading.Event
    ) -> threading.Thread:
        """Start a thread. One that waits for the server is not waited for at the end: nothing depends on it
        then.
        """

        def guarded() -> None:
            try:
                work(stop)
            except BaseException as error:
                self._failure = self._failure or error
                stop.set()

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        thread.start()
        return thread

    def _take_orders(self, stop: threading.Event) -> None:
        """Raises DeniedError."""
        backoff = Backoff(_FIRST_PAUSE, _LONGEST_PAUSE)
        while not stop.is_set():
            try:
                order = self._server.next_order()
            except DeniedError:
                raise
            except ScanflowError as error:
                log.warning("waiting", reason=error.message)
                backoff.wait(stop)
                continue
            backoff.reset()
            if order and not stop.is_set() and not self._carry_out(order, stop):
                stop.wait(_NOTHING_NEW_SECONDS)

    def _carry_out(self, order: Order, stop: threading.Event) -> bool:
        """Carry out an order; False if there is nothing to do, or not yet."""
        if order.kind is OrderKind.LIST:
            return self._scanner_search.search_for_order(order.id)
        if order.stop:
            return self._stop(order)
        if self._was_begun(order) or (self._scan and self._scan.is_alive()):
            return False
        self._begin(order, stop)
        return True

    def _begin(self, order: Order, stop: threading.Event) -> None:
        self._begun.add(order.id)
        self._scanner_search.pause_search()
        listener = ScanListener(
            spooled=self._sender.wake, failed=self._sender.tell, over=self._scanner_search.resume_search
        )
        self._scan = Scan(order, self._settings.scanner, self._spool, listener, ending=stop)
        limits = self._server.limits
        self._scan.most = limits.order_pages if limits else None
        self._scan.start()

    def _stop(self, order: Order) -> bool:
        """Stop the current scan; an order that was never begun is reported as stopped."""
        if self._scan and self._scan.order.id == order.id and self._scan.is_alive():
            news = not self._scan.cancel.is_set()
            self._scan.cancel.set()
            return news
        if not self._was_begun(order):
            self._begun.add(order.id)
            error = ScanCancelledError("stopped before it was begun")
            self._sender.tell(order.id, report_of_error(OrderState.STOPPED, error))
        return False

    def _was_begun(self, order: Order) -> bool:
        """Whether it was begun, by this process or by an earlier one."""
        return order.id in self._begun or any(s.record.order == order.id for s in self._spool.stacks())

    def _cancel_unwanted(self, order_id: int) -> None:
        """Stop a scan whose stack was filed or discarded meanwhile."""
        if self._scan and self._scan.order.id == order_id:
            self._scan.cancel.set()


@contextmanager
def only_agent(home: Path) -> Iterator[None]:
    """Hold the agent's lock: two agents with one spool and one token would scan each order twice."""
    with (home / ".station.lock").open("w") as lock:
        if not try_lock(lock):
            raise UsageError(
                f"another `scanflow station` runs with {home}",
                "Chương trình quét ở quầy đã chạy rồi trên máy này.",
            )
        yield
