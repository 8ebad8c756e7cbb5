"""Searches for scanners at intervals and reports them to the server; stops at once when a scan begins."""

import threading
from collections.abc import Callable, Sequence

from scanflow.agent.client import Server
from scanflow.backoff import Backoff
from scanflow.capture.scanner import open_backend
from scanflow.capture.scanner.device import Device
from scanflow.capture.scanner.spool import Spool
from scanflow.counter_messages import OrderReport, report_of_error
from scanflow.errors import DeniedError, ScanCancelledError, ScanflowError
from scanflow.logs import get_logger
from scanflow.model.order_states import OrderState
from scanflow.settings import Settings

log = get_logger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0


class ScannerSearch:
    """Searches for scanners in one thread; other threads tell it when a scan begins and ends, and order
    searches.
    """

    def __init__(
        self, settings: Settings, server: Server, spool: Spool, tell: Callable[[int, OrderReport], None]
    ) -> None:
        self._spool = spool
        self._backend = open_backend(settings.scanner)
        self._profiles = tuple(settings.scanner.profiles)
        self._pause = settings.station.look_seconds
        self._server = server
        self._tell = tell
        self._scanning = threading.Event()
        self._news = threading.Event()
        self._orders: set[int] = set()
        self._due = True

    def pause_search(self) -> None:
        """Stop searching: a scan begins, and needs the devices."""
        self._scanning.set()

    def resume_search(self) -> None:
        """Search again: the scan has ended."""
        self._scanning.clear()
        if self._due:
            self._news.set()

    def search_for_order(self, order_id: int) -> bool:
        """Search at once, for an order; False if this order is known already."""
        if order_id in self._orders:
            return False
        self._orders.add(order_id)
        self._due = True
        self._news.set()
        return True

    def wake(self) -> None:
        """Wake the thread after a change, for example when it must end."""
        self._news.set()

    def run(self, stop: threading.Event) -> None:
        """Search and tell the server until `stop` is set. Raises DeniedError."""
        while not stop.is_set():
            self._news.clear()
            if not self._scanning.is_set():
                self._look(stop)
            if not self._news.wait(self._pause):
                self._due = True

    def _look(self, stop: threading.Event) -> None:
        orders, self._due = set(self._orders), False
        outcome = OrderReport(OrderState.DONE)
        found: Sequence[Device] = ()
        try:
            found = self._backend.devices(self._scanning)
        except ScanCancelledError:
            self._due = True
            return
        except ScanflowError as error:
            log.warning("can't look for scanners", reason=error.message)
            outcome = report_of_error(OrderState.FAILED, error)
        if self._say_hello(found, stop):
            for order_id in orders:
                self._tell(order_id, outcome)
            self._orders -= orders

    def _say_hello(self, found: Sequence[Device], stop: threading.Event) -> bool:
        """Tell the server, with retries; True when it has been told."""
        backoff = Backoff(_FIRST_PAUSE, _LONGEST_PAUSE)
        while not stop.is_set():
            try:
                orders = [stack.record.order or 0 for stack in self._spool.stacks()]
                self._server.hello(found, self._profiles, max(orders, default=0))
            except DeniedError:
                raise
            except ScanflowError as error:
                log.info("waiting", reason=error.message)
                backoff.wait(stop)
            else:
                return True
        return False
