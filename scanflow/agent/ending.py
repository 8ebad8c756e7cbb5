"""The final report of an ordered stack, derived from what is in the spool."""

from scanflow.capture.scanner.spool import Stack
from scanflow.counter_messages import OrderReport, report_of_error
from scanflow.errors import ScanCancelledError, ScanflowError, ScanInterruptedError
from scanflow.order_states import OrderState, ReportedState

_HALF = " The last page is the front of a sheet whose back is missing: feed that sheet again."
_HALF_VI = " Trang cuối mới là mặt trước của tờ đang dở: khi quét tiếp hãy đặt lại cả tờ đó."


def final_report_of(stack: Stack, refused: ScanflowError | None = None) -> OrderReport:
    """The last report of a stack that nobody scans into any more; `refused` is why the server won't have a
    page of it.

    A stack that is still `scanning` then was interrupted by the end of its program. Nothing has to be
    written for that, so that it can be told also from a full disk.
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
