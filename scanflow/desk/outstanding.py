"""What a stack may still get from its counter: orders that its agent has not ended, pages on their way."""

from collections.abc import Iterator, Sequence

from scanflow.desk.model import AT_COUNTER, Verdict
from scanflow.ledger.orders import Outstanding
from scanflow.order_states import UNDER_WAY

FEEDING, SILENT, ON_THEIR_WAY = AT_COUNTER


def in_the_way(left: Sequence[Outstanding], *, agent_here: bool) -> Iterator[Verdict]:
    """What of this stands in the way of filing."""
    if any(each.state in UNDER_WAY for each in left) and agent_here:
        yield Verdict(FEEDING, "stop", "the scanner is at work", "Máy quét đang chạy.")
        return
    missing = sum(each.missing for each in left)
    if missing:
        yield Verdict(
            ON_THEIR_WAY,
            "stop",
            f"{missing} scanned pages are still at the counter's PC: wait until they have come",
            f"Còn {missing} trang đã quét nằm ở máy tại quầy, chưa gửi tới. Hãy chờ đủ trang rồi nộp.",
        )
    elif left:
        yield Verdict(
            SILENT,
            "stop",
            "the counter's PC has not confirmed the end of the scan: there may be more pages on it",
            "Máy tính ở quầy chưa báo quét xong nên có thể còn trang chưa tới. "
            "Hãy kiểm tra máy ở quầy rồi chờ một chút.",
        )
