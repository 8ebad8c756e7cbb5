"""Carries out an order to scan: the pages go into a stack of the spool."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from scanflow.capture.scanner import open_backend
from scanflow.capture.scanner.spool import OpenStack, Spool, StackRecord, fill
from scanflow.clock import now
from scanflow.counter_messages import Order, OrderReport, report_of_error
from scanflow.errors import (
    OversizedInputError,
    ScanCancelledError,
    ScanflowError,
    ScanInterruptedError,
    ScannerRefusedError,
)
from scanflow.logs import get_logger
from scanflow.model.order_states import OrderState
from scanflow.settings import ScannerSettings, ScanProfile

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ScanListener:
    """Functions that a scan calls.

    `spooled`: for a new stack, for each page, and at the end; `failed`: if no stack could be made; `over`:
    when the device is free again.
    """

    spooled: Callable[[], None]
    failed: Callable[[int, OrderReport], None]
    over: Callable[[], None]


class Scan(threading.Thread):
    """One order, scanned in its own thread.

    Setting `cancel` stops the scanner; if `ending` is set as well, the program ends, and no clerk stopped it.
    The scan is also stopped after `most` pages, if that is set; pages that still come then are kept.
    """

    def __init__(
        self,
        order: Order,
        settings: ScannerSettings,
        spool: Spool,
        listener: ScanListener,
        ending: threading.Event,
    ) -> None:
        super().__init__(name="scan", daemon=True)
        self.order = order
        self.cancel = threading.Event()
        self._settings = settings
        self._spool = spool
        self._listener = listener
        self._ending = ending
        self.most: int | None = None
        self._is_full = False

    def run(self) -> None:
        try:
            self._scan_into_spool()
        except ScanflowError as error:
            log.warning("no scan", order=self.order.id, reason=error.message)
            self._listener.failed(self.order.id, report_of_error(OrderState.FAILED, error))
        except OSError as error:  # the stack's state stays `scanning` without a lock, which means interrupted
            log.error("the spool fails", order=self.order.id, reason=error.strerror)
        finally:
            self._listener.over()
            self._listener.spooled()

    def _scan_into_spool(self) -> None:
        """Scan into a new stack. Raises ScanflowError if no stack can be made."""
        name = self.order.profile or self._settings.profile
        profile = _profile(self._settings, name)
        record = StackRecord(
            number=None,  # only the server knows the dossier
            procedure=None,
            device=self.order.device or self._settings.device,
            profile=name,
            duplex=profile.duplex,
            operator="",
            started=now().isoformat(timespec="seconds"),
            order=self.order.id,
        )
        with self._spool.new(record) as held:
            self._listener.spooled()
            try:
                self._fill(held, profile)
            except ScanflowError as error:
                why = self._error_to_report(error)
                log.warning("scan ended", order=self.order.id, reason=why.message)
                held.mark("interrupted", why)
            else:
                held.mark("complete")

    def _fill(self, held: OpenStack, profile: ScanProfile) -> None:
        scanner = open_backend(self._settings).open(held.now.record.device)
        for page in fill(held, scanner, profile, self.cancel, single=self.order.single):
            self._listener.spooled()
            if page.no == self.most:
                self._is_full = True
                self.cancel.set()

    def _error_to_report(self, error: ScanflowError) -> ScanflowError:
        if isinstance(error, ScanCancelledError) and self._is_full:
            return OversizedInputError(
                f"stopped after {self.most} pages, the most that one order may have: scan on with another",
                f"Đã dừng sau {self.most} trang, là số trang nhiều nhất của một lượt quét. "
                "Các trang đã quét vẫn còn; hãy đặt các tờ còn lại vào khay rồi bấm Quét tiếp.",
            )
        if isinstance(error, ScanCancelledError) and self._ending.is_set():
            return ScanInterruptedError("the station's program was ended while it was scanning")
        return error


def _profile(settings: ScannerSettings, name: str) -> ScanProfile:
    if name not in settings.profiles:
        raise ScannerRefusedError(
            f"this counter's PC has no scan profile {name}",
            f"Máy ở quầy này không có cấu hình quét {name}. Hãy chọn cấu hình quét khác.",
        )
    return settings.profiles[name]
