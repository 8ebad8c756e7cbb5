"""Orders to the counters' agents (lệnh quét) in the ledger, and which of their pages are held.

Every function works inside the caller's transaction.
"""

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, func, insert, select, update

from scanflow.archive.database.tables import files, orders, pages
from scanflow.archive.database.typed_rows import fetch_all, fetch_one
from scanflow.clock import now
from scanflow.counter_messages import OrderReport
from scanflow.errors import FeederEmptyError
from scanflow.ledger.desk_work.counters import highest_orders
from scanflow.model import FileState
from scanflow.model.order_states import UNDER_WAY, OrderKind, OrderState

HELD = (FileState.TAKEN, FileState.UNPACKED, FileState.QUARANTINED)
"""States of a file whose bytes are safe."""

_RANDOM_BITS = 20
_NO_TIME = 4_102_444_800_000
"""Milliseconds since 1970, in 2100: a clock or an agent that says more is not believed."""


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order of a counter.

    `device` and `profile` are empty where the counter's own settings hold; `replaces` is the page of the
    stack whose place the scanned one takes. `stop`: a clerk wants it to end; `given`: its agent was told of
    it; `confirmed`: its agent has reported its end. `pages` were reported; `half_sheet`: the last of them is
    a front whose back never came. The reason is what the agent said of the error that ended it.
    """

    id: int
    counter: str
    batch_id: str | None
    kind: OrderKind
    state: OrderState
    device: str
    profile: str
    replaces: int | None
    stop: bool
    given: bool
    confirmed: bool
    pages: int
    half_sheet: bool
    reason_code: str
    reason: str
    reason_vi: str

    @property
    def under_way(self) -> bool:
        """Whether it has not ended."""
        return self.state in UNDER_WAY


@dataclass(frozen=True, slots=True)
class Outstanding:
    """An order that isn't settled. `pages` were reported, `held` are safe at the server.

    `confirmed`: the agent has reported its end.
    """

    order_id: int
    counter: str
    state: OrderState
    pages: int
    held: int
    confirmed: bool

    @property
    def missing(self) -> int:
        """Pages that were reported and have not come."""
        return max(0, self.pages - self.held)


def _or_empty(column: Column[str]) -> ColumnElement[str]:
    return func.coalesce(column, "").label(column.name)


_ALL = select(
    orders.c.id,
    orders.c.counter,
    orders.c.batch_id,
    orders.c.kind,
    orders.c.state,
    _or_empty(orders.c.device),
    _or_empty(orders.c.profile),
    orders.c.replaces,
    orders.c.stop,
    orders.c.given,
    orders.c.confirmed,
    orders.c.pages,
    orders.c.half_sheet,
    _or_empty(orders.c.reason_code),
    _or_empty(orders.c.reason),
    _or_empty(orders.c.reason_vi),
)
"""What an `OrderRecord` has fields for."""

# --- looking -------------------------------------------------------------------------------------------


def order(connection: Connection, counter: str, order_id: int) -> OrderRecord | None:
    """A counter's order; None for one that isn't known: a catalog made anew knows none of before."""
    same = (orders.c.id == order_id) & (orders.c.counter == counter)
    return fetch_one(connection, OrderRecord, _ALL.where(same))


def under_way_at(connection: Connection, counter: str) -> list[OrderRecord]:
    """A counter's orders that have not ended, the oldest first."""
    return _under_way(connection, orders.c.counter == counter)


def under_way_for(connection: Connection, batch_id: str) -> list[OrderRecord]:
    """A stack's orders that have not ended, the oldest first."""
    return _under_way(connection, orders.c.batch_id == batch_id)


def newest_scan(connection: Connection, batch_id: str) -> OrderRecord | None:
    """The newest scan that was ordered for a stack."""
    return fetch_one(connection, OrderRecord, _scans(_ALL, batch_id).order_by(orders.c.id.desc()).limit(1))


def unfinished_scans(connection: Connection, batch_id: str) -> list[OrderRecord]:
    """Scans of a stack that failed or were stopped, and that nobody has gone on with since: the newest of
    the stack's sheets, and the newest of all. One that found the feeder empty began nothing.
    """
    found = fetch_all(connection, OrderRecord, _scans(_ALL, batch_id).order_by(orders.c.id.desc()))
    begun = [each for each in found if each.pages or each.reason_code != FeederEmptyError.code]
    newest = (next(iter(begun), None), next((each for each in begun if each.replaces is None), None))
    broken_off = (OrderState.FAILED, OrderState.STOPPED)
    return [each for each in dict.fromkeys(newest) if each is not None and each.state in broken_off]


def outstanding(connection: Connection, batch_id: str) -> list[Outstanding]:
    """Orders of a stack that are under way, not confirmed, or have pages that have not come."""
    held = _count_of_held(files.c.order_id == orders.c.id).scalar_subquery().label("held")
    of_order = (orders.c.id.label("order_id"), orders.c.counter, orders.c.state, orders.c.pages)
    query = _scans(select(*of_order, held, orders.c.confirmed), batch_id).order_by(orders.c.id)
    found = fetch_all(connection, Outstanding, query)
    return [each for each in found if each.state in UNDER_WAY or not each.confirmed or each.missing]


def page_to_replace(connection: Connection, order_id: int) -> int | None:
    """The page of its stack whose place the order's page takes."""
    return connection.scalar(select(orders.c.replaces).where(orders.c.id == order_id))


# --- changing ------------------------------------------------------------------------------------------


def add_list_order(connection: Connection, counter: str) -> int:
    """Order a counter's agent to look for scanners; the order's number."""
    return _insert(connection, counter=counter, kind=OrderKind.LIST)


def add_scan(  # noqa: PLR0913 - all that an order says
    connection: Connection,
    *,
    counter: str,
    batch_id: str,
    device: str,
    profile: str,
    replaces: int | None = None,
) -> int:
    """Order a scan into a stack; the order's number."""
    return _insert(
        connection,
        counter=counter,
        batch_id=batch_id,
        kind=OrderKind.SCAN,
        device=device,
        profile=profile,
        replaces=replaces,
    )


def note_given(connection: Connection, order_id: int) -> bool:
    """The agent is about to be told of an order; whether that is still under way."""
    still = (orders.c.id == order_id) & orders.c.state.in_(UNDER_WAY)
    return bool(connection.execute(update(orders).where(still).values(given=True)).rowcount)


def ask_to_stop(connection: Connection, order_id: int) -> None:
    """The agent is to end an order."""
    _update(connection, order_id, stop=True)


def end_without_agent(connection: Connection, order: OrderRecord) -> None:
    """End an order whose agent is not connected or never got it. In the second case nothing is waited for."""
    _update(connection, order.id, stop=True, state=OrderState.STOPPED, confirmed=not order.given)


def end_orders_without_agent(connection: Connection, left: Iterable[Outstanding]) -> None:
    """End these orders without their agent: what comes of them later is kept as late pages."""
    still = orders.c.id.in_([each.order_id for each in left]) & orders.c.state.in_(UNDER_WAY)
    values = {"state": OrderState.STOPPED, "stop": True, "updated_at": now()}
    connection.execute(update(orders).where(still).values(values))


def note_report(connection: Connection, order: OrderRecord, report: OrderReport) -> bool:
    """Note what an agent says of an order; whether that is news.

    The first end that is reported stays; of one that ended without the agent, its count is still news.
    """
    values: dict[str, Any] = {"pages": max(report.pages, order.pages)}
    if order.under_way:
        values |= {
            "state": report.state,
            "half_sheet": report.half_sheet,
            "reason_code": report.code or None,
            "reason": report.message or None,
            "reason_vi": report.message_vi or None,
        }
    elif order.confirmed:
        return False
    if report.state != OrderState.RUNNING:
        values["confirmed"] = True
    _update(connection, order.id, **values)
    return True


# --- their pages ---------------------------------------------------------------------------------------


def pages_held(connection: Connection, order_id: int) -> int:
    """How many pages of an order are safe."""
    return connection.scalar(_count_of_held(files.c.order_id == order_id)) or 0


def checksum_held(connection: Connection, order_id: int, name: str) -> str | None:
    """The SHA-256 of an order's page as it was stored; None if it is not held."""
    named = (files.c.order_id == order_id) & (files.c.name == name) & files.c.state.in_(HELD)
    return connection.scalar(select(files.c.sha256).where(named))


def newest_page(connection: Connection, order_id: int) -> int | None:
    """The number in its batch of the page that came last on an order."""
    return connection.scalar(_pages_of(order_id).order_by(pages.c.no.desc()).limit(1))


def pages_before(connection: Connection, batch_id: str, order_id: int, no: int) -> list[int]:
    """The numbers of an order's pages in a batch that have a lower number than this, in their order."""
    earlier = _pages_of(order_id).where(pages.c.batch_id == batch_id, pages.c.no < no)
    return list(connection.scalars(earlier.order_by(pages.c.no)))


def _pages_of(order_id: int) -> Select[int]:
    return select(pages.c.no).join(files, files.c.id == pages.c.file_id).where(files.c.order_id == order_id)


def _count_of_held(which: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(files).where(which, files.c.state.in_(HELD))


def _scans(query: Select[Any], batch_id: str) -> Select[Any]:
    return query.where(orders.c.batch_id == batch_id, orders.c.kind == OrderKind.SCAN)


def _under_way(connection: Connection, which: ColumnElement[bool]) -> list[OrderRecord]:
    query = _ALL.where(which, orders.c.state.in_(UNDER_WAY)).order_by(orders.c.id)
    return fetch_all(connection, OrderRecord, query)


def _insert(connection: Connection, **values: Any) -> int:
    begun = now()
    order_id = _next_id(connection)
    row = {"id": order_id, "state": OrderState.WAITING, "created_at": begun, "updated_at": begun, **values}
    connection.execute(insert(orders).values(row))
    return order_id


def _next_id(connection: Connection) -> int:
    """A number above all that this catalog knows of, whatever the clock says: of orders, of pages (which a
    rebuilt catalog has while its orders are gone), and of what lies at the counters' PCs.

    The time and a random part make it another one than those that only a lost catalog knew.
    """
    in_use = [
        connection.scalar(select(func.max(orders.c.id))) or 0,
        connection.scalar(select(func.max(files.c.order_id))) or 0,
        *highest_orders(connection),
    ]
    last = max((each >> _RANDOM_BITS for each in in_use if each >> _RANDOM_BITS < _NO_TIME), default=0)
    milliseconds = time.time_ns() // 1_000_000
    step = max(last + 1, milliseconds if milliseconds < _NO_TIME else 0)
    return (step << _RANDOM_BITS) + secrets.randbelow(1 << _RANDOM_BITS)


def _update(connection: Connection, order_id: int, **values: Any) -> None:
    connection.execute(update(orders).where(orders.c.id == order_id).values(updated_at=now(), **values))
