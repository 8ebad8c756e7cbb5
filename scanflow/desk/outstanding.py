"""What a stack may still get from its counter: orders that its agent has not ended, pages on their way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, update

from scanflow.archive.database.tables import files, orders
from scanflow.clock import now
from scanflow.desk.model import AT_COUNTER, Verdict
from scanflow.desk.orders import HELD, UNDER_WAY

FEEDING, SILENT, ON_THEIR_WAY = AT_COUNTER


@dataclass(frozen=True, slots=True)
class Outstanding:
    """An order that isn't settled. `pages` were reported, `held` are safe at the server.

    `confirmed`: the agent has said its last word on it.
    """

    order_id: int
    counter: str
    state: str
    pages: int
    held: int
    confirmed: bool

    @property
    def missing(self) -> int:
        """Pages that were reported and have not come."""
        return max(0, self.pages - self.held)


def outstanding(connection: Connection, batch_id: str) -> list[Outstanding]:
    """Orders of a stack that are under way, not confirmed, or have pages that have not come."""
    held = (
        select(func.count())
        .select_from(files)
        .where(files.c.order_id == orders.c.id, files.c.state.in_(HELD))
        .scalar_subquery()
    )
    query = (
        select(orders.c.id, orders.c.counter, orders.c.state, orders.c.pages, held, orders.c.confirmed)
        .where(orders.c.batch_id == batch_id, orders.c.kind == "scan")
        .order_by(orders.c.id)
    )
    found = [Outstanding(*row) for row in connection.execute(query)]
    return [each for each in found if each.state in UNDER_WAY or not each.confirmed or each.missing]


def leave_behind(connection: Connection, left: Sequence[Outstanding]) -> None:
    """End these orders without their agent: what comes of them later is kept as late pages."""
    still = orders.c.id.in_([each.order_id for each in left]) & orders.c.state.in_(UNDER_WAY)
    connection.execute(update(orders).where(still).values(state="stopped", stop=True, updated_at=now()))


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
