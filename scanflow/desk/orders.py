"""Orders to the counters' agents (lệnh quét), and the pages that come of them.

An order waits until its agent says that it is running, and ends once: done, failed or stopped. Pages may
follow after its end, over a network that was away.
"""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256 as hash_of
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, insert, select, update

from scanflow.archive.database.tables import counters, files, orders, pages
from scanflow.clock import now
from scanflow.desk import signed_files
from scanflow.desk.context import Desk
from scanflow.desk.late import keep_late
from scanflow.desk.ownership import changing, note
from scanflow.errors import (
    ChecksumError,
    NoScannerError,
    NotFoundError,
    ObjectExistsError,
    OversizedInputError,
    OvertakenError,
    ScannerBusyError,
    StackGoneError,
    UnsupportedInputError,
    UsageError,
)
from scanflow.ledger import ledger
from scanflow.ledger.decisions import FED_AGAIN, decide
from scanflow.ledger.lease import AT_DESK, Held, lock
from scanflow.pipeline.intake.arriving import take_arriving

OrderState = Literal["waiting", "running", "done", "failed", "stopped"]

UNDER_WAY = ("waiting", "running")

HELD = ("taken", "unpacked", "quarantined")
"""States of a file whose bytes are safe."""

_RANDOM_BITS = 20
_NO_TIME = 4_102_444_800_000
"""Milliseconds since 1970, in 2100: a clock or an agent that says more is not believed."""

_SUFFIXES = {"image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True, slots=True)
class Order:
    """What an agent is told. `single`: one sheet; `stop`: end it."""

    id: int
    kind: str
    device: str
    profile: str
    single: bool
    stop: bool


@dataclass(frozen=True, slots=True)
class OrderReport:
    """What an agent says of an order: how far it is, and the error that ended it.

    `half_sheet`: the last page is a front whose back never came.
    """

    state: OrderState
    pages: int
    code: str = ""
    message: str = ""
    message_vi: str = ""
    half_sheet: bool = False


@dataclass(frozen=True, slots=True)
class TakenPage:
    """How a page is held: the SHA-256 under which it was stored; `late`: not in the stack of its order."""

    sha256: str
    late: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stack that an agent can't deliver: its order, its pages that are still there, since when, and why.

    `since` is the time that the counter's PC gave the stack, in ISO 8601.
    """

    order: int
    pages: int
    since: str
    code: str
    message: str
    message_vi: str


@dataclass(frozen=True, slots=True)
class CounterState:
    """What is known of a counter: whether its agent is here, what it found, and what was chosen last.

    `waiting` is what its agent can't deliver.
    """

    agent_here: bool
    scanners: tuple[Mapping[str, str], ...]
    profiles: tuple[str, ...]
    device: str
    profile: str
    waiting: tuple[Waiting, ...] = ()


# --- what a clerk does ---------------------------------------------------------------------------------


def scan(
    desk: Desk, batch_id: str, clerk: str, *, device: str, profile: str, replaces: int | None = None
) -> int:
    """Order a scan into a stack, or of one sheet in the place of page `replaces`; the order's number.

    Raises ScannerBusyError while the counter's scanner is at work, NoScannerError for a device that the
    counter hasn't, UsageError for a stack of no counter, SignedFileError for a page of a signed file.
    """
    with changing(desk, batch_id, clerk) as held:
        connection, batch = held.connection, held.row
        if replaces is not None:
            signed_files.require_unsigned(connection, batch_id, replaces)
        if batch.counter is None:
            raise UsageError("the stack belongs to no counter", "Hãy chọn quầy trước khi quét.")
        _require_idle(connection, batch.counter)
        _require_device(connection, batch.counter, device)
        if replaces is None:
            _set_half_sheet_aside(held)
        order_id = _insert(
            connection,
            counter=batch.counter,
            batch_id=batch_id,
            kind="scan",
            device=device,
            profile=profile,
            replaces=replaces,
        )
        chosen = {"device": device, "profile": profile}
        connection.execute(update(counters).where(counters.c.name == batch.counter).values(chosen))
        note(
            desk,
            connection,
            batch_id,
            clerk,
            "scan ordered",
            {"order": order_id, "replaces": replaces, **chosen},
        )
    return order_id


def stop(desk: Desk, batch_id: str, clerk: str) -> None:
    """Stop what the scanner does for a stack. An order that no agent was told of, or whose agent is away,
    has ended with this.
    """
    with changing(desk, batch_id, clerk) as held:
        connection = held.connection
        for row in _under_way(connection, orders.c.batch_id == batch_id):
            here = is_here(desk, _counter(connection, row.counter))
            ended = not (row.given and here)
            # Of an order that no agent was told of there is nothing to wait for.
            values: dict[str, Any] = {"state": "stopped", "confirmed": not row.given} if ended else {}
            _update(connection, row.id, stop=True, **values)
        note(desk, connection, batch_id, clerk, "scan stopped")


def look_for_scanners(desk: Desk, counter: str) -> None:
    """Have a counter's agent look for scanners again."""
    with desk.services.catalog.transaction() as connection:
        if not [row for row in _under_way(connection, orders.c.counter == counter) if row.kind == "list"]:
            _insert(connection, counter=counter, kind="list")


def counter_state(desk: Desk, counter: str) -> CounterState:
    """What is known of a counter. Raises NotFoundError."""
    with desk.services.catalog.reading() as connection:
        row = _counter(connection, counter)
    found = row.scanners or {}
    return CounterState(
        agent_here=is_here(desk, row),
        scanners=tuple(found.get("scanners", ())),
        profiles=tuple(found.get("profiles", ())) or tuple(desk.services.settings.scanner.profiles),
        device=row.device or "",
        profile=row.profile or "",
        waiting=tuple(Waiting(**each) for each in row.waiting or ()),
    )


def _require_idle(connection: Connection, counter: str) -> None:
    if [row for row in _under_way(connection, orders.c.counter == counter) if row.kind == "scan"]:
        raise ScannerBusyError(f"{counter}: a scan is under way")


def _require_device(connection: Connection, counter: str, device: str) -> None:
    """A named device must be one of those that the agent found, if it has said what it found."""
    found = (_counter(connection, counter).scanners or {}).get("scanners")
    if device and found is not None and device not in {scanner.get("name") for scanner in found}:
        raise NoScannerError(f"{counter} has no scanner of that name now")


def _set_half_sheet_aside(held: Held) -> None:
    """A sheet whose front came before the scan broke off is fed again: that front is not wanted twice."""
    query = select(orders).where(orders.c.batch_id == held.batch_id, orders.c.kind == "scan")
    last = held.connection.execute(query.order_by(orders.c.id.desc()).limit(1)).one_or_none()
    if last is None or not last.half_sheet:
        return
    newest = (
        select(pages.c.no)
        .join(files, files.c.id == pages.c.file_id)
        .where(files.c.order_id == last.id)
        .order_by(pages.c.no.desc())
        .limit(1)
    )
    no = held.connection.scalar(newest)
    if no is not None:
        decide(held, no, removed=FED_AGAIN.code)


# --- what an agent does --------------------------------------------------------------------------------


def agent_seen(
    desk: Desk,
    counter: str,
    scanners: Sequence[Mapping[str, str]] | None = None,
    profiles: Sequence[str] | None = None,
    highest_order: int = 0,
) -> None:
    """A counter's agent has said something; with what it found, if it says so, and the highest number of an
    order that lies there. Raises NotFoundError.
    """
    with desk.services.catalog.transaction() as connection:
        row = _counter(connection, counter)
        came_back = not is_here(desk, row)
        found = dict(row.scanners or {})
        if scanners is not None:
            found["scanners"] = [dict(scanner) for scanner in scanners]
        if profiles is not None:
            found["profiles"] = list(profiles)
        if highest_order:
            found["highest_order"] = highest_order
        connection.execute(
            update(counters)
            .where(counters.c.name == counter)
            .values(seen_at=now(), beats=counters.c.beats + 1, scanners=found or None)
        )
    desk.presence.heard(counter, row.beats + 1)
    if came_back or scanners is not None:
        desk.bell.ring(counter)


def note_waiting(desk: Desk, counter: str, waiting: Sequence[Waiting]) -> None:
    """Keep what a counter's agent can't deliver, for whoever looks at the counter's page."""
    values = {"waiting": [asdict(each) for each in waiting] or None}
    with desk.services.catalog.transaction() as connection:
        connection.execute(update(counters).where(counters.c.name == counter).values(values))
    desk.bell.ring(counter)


def next_order(desk: Desk, counter: str) -> Order | None:
    """What a counter's agent must know of: the oldest order that waits, or one that it is to stop."""
    with desk.services.catalog.reading() as connection:
        rows = _under_way(connection, orders.c.counter == counter)
    row = next((row for row in rows if row.state == "waiting" or row.stop), None)
    if row is None:
        return None
    if not row.given:  # known before the agent can know it
        with desk.services.catalog.transaction() as connection:
            still = (orders.c.id == row.id) & orders.c.state.in_(UNDER_WAY)
            if not connection.execute(update(orders).where(still).values(given=True)).rowcount:
                return None
    single = row.replaces is not None
    return Order(row.id, row.kind, row.device or "", row.profile or "", single, row.stop)


def report_order(desk: Desk, counter: str, order_id: int, report: OrderReport) -> int:
    """Note what an agent says of an order; one that has ended stays as it is. How many pages of it are held.

    Raises StackGoneError where an agent works on an order that nobody wants more pages of: it has ended, its
    stack is filed or given up, or it is none that is known here.
    """
    with desk.services.catalog.transaction() as connection:
        row = _order(connection, counter, order_id)
        stack = lock(connection, row.batch_id) if row is not None and row.batch_id is not None else None
        if stack is not None:  # behind the lock it may have ended: a clerk stops it under the same
            row = _order(connection, counter, order_id)
        if report.state == "running" and not _is_wanted(row, stack):
            raise StackGoneError(f"nobody wants more pages of order {order_id}")
        if row is not None:
            _note_report(connection, row, report, stack)
        held = _held(connection, order_id)
    if row is not None:
        desk.bell.ring(row.batch_id or counter)
    return held


def _is_wanted(row: Row[Any] | None, stack: Held | None) -> bool:
    """Whether more may come of an order."""
    if row is None or row.state not in UNDER_WAY:
        return False
    return stack is None or stack.row.state == AT_DESK


def _note_report(connection: Connection, row: Row[Any], report: OrderReport, stack: Held | None) -> None:
    """The first end that is told stays; of one that ended without the agent, its count is still news."""
    values: dict[str, Any] = {"pages": max(report.pages, row.pages)}
    if row.state in UNDER_WAY:
        values |= {
            "state": report.state,
            "half_sheet": report.half_sheet,
            "reason_code": report.code or None,
            "reason": report.message or None,
            "reason_vi": report.message_vi or None,
        }
    elif row.confirmed:
        return
    if report.state != "running":
        values["confirmed"] = True
    _update(connection, row.id, **values)
    if stack is not None and stack.row.state == AT_DESK:
        ledger.bump_revision(stack)


def take_page(
    desk: Desk, counter: str, order_id: int, no: int, data: bytes, media_type: str, sha256: str
) -> TakenPage:
    """Take page `no` of an order; how it is held. When this returns it is safe; again, it changes nothing.

    It goes into the order's stack. Where that was filed or given up, where the order is none of this counter
    that is known here, or where other bytes came under its number, it is kept as a late page.
    Raises ChecksumError, UnsupportedInputError, OversizedInputError, StoreUnavailableError.
    """
    if media_type not in _SUFFIXES:
        raise UnsupportedInputError(f"a page of type {media_type}; scanners send {', '.join(_SUFFIXES)}")
    limit = desk.services.settings.limits.file_bytes
    if len(data) > limit:
        raise OversizedInputError(f"a page of {len(data)} bytes, more than limits.file_bytes ({limit})")
    if hash_of(data).hexdigest() != sha256:
        raise ChecksumError(
            "the page was damaged on its way: its SHA-256 is not what was stated",
            "Trang bị hỏng trên đường truyền. Máy ở quầy sẽ tự gửi lại.",
        )
    stem, suffix = f"{order_id}-{no:04}", _SUFFIXES[media_type]
    batch_id = _stack_of(desk, counter, order_id)
    if batch_id is not None:
        _take_into_stack(desk, batch_id, f"{stem}.{suffix}", data, order_id)
    held = _checksum_held(desk, order_id, f"{stem}.{suffix}")
    if held == sha256:
        return TakenPage(held, late=False)
    name = f"{stem}-{sha256[:12]}.{suffix}"
    return TakenPage(keep_late(desk, counter, order_id, name, data, sha256), late=True)


def _stack_of(desk: Desk, counter: str, order_id: int) -> str | None:
    """The batch that a counter's order was for; None for one that isn't known."""
    with desk.services.catalog.reading() as connection:
        row = _order(connection, counter, order_id)
        return row.batch_id if row is not None else None


def _take_into_stack(desk: Desk, batch_id: str, name: str, data: bytes, order_id: int) -> None:
    """Take a page into a stack if that is still at the desk."""
    with desk.services.catalog.reading() as connection:
        if ledger.batch(connection, batch_id).state != AT_DESK:
            return
    try:
        if take_arriving(desk.services, batch_id, name, data, order_id):
            desk.bell.ring(batch_id)
    except (OvertakenError, ObjectExistsError):  # handed in at this moment; or other bytes have this number
        return


def _checksum_held(desk: Desk, order_id: int, name: str) -> str | None:
    """The SHA-256 of a page as it was stored; None if it is not held."""
    named = (files.c.order_id == order_id) & (files.c.name == name) & files.c.state.in_(HELD)
    with desk.services.catalog.reading() as connection:
        return connection.scalar(select(files.c.sha256).where(named))


def _held(connection: Connection, order_id: int) -> int:
    """How many pages of an order are safe."""
    held = (files.c.order_id == order_id) & files.c.state.in_(HELD)
    return connection.scalar(select(func.count()).select_from(files).where(held)) or 0


def _counter(connection: Connection, name: str) -> Row[Any]:
    row = connection.execute(select(counters).where(counters.c.name == name)).one_or_none()
    if row is None:
        raise NotFoundError(f"no counter {name}", f"Không có quầy {name}.")
    return row


def _order(connection: Connection, counter: str, order_id: int) -> Row[Any] | None:
    """A counter's order; None for one that isn't known: a catalog made anew knows none of before."""
    same = (orders.c.id == order_id) & (orders.c.counter == counter)
    return connection.execute(select(orders).where(same)).one_or_none()


def _under_way(connection: Connection, which: Any) -> Sequence[Row[Any]]:
    query = select(orders).where(which, orders.c.state.in_(UNDER_WAY)).order_by(orders.c.id)
    return connection.execute(query).fetchall()


def is_here(desk: Desk, counter: Row[Any]) -> bool:
    """Whether the agent of a counter (its row) is here."""
    return desk.presence.is_here(counter.name, counter.beats, counter.seen_at)


def _insert(connection: Connection, **values: Any) -> int:
    begun = now()
    order_id = _next_id(connection)
    row = {"id": order_id, "state": "waiting", "created_at": begun, "updated_at": begun, **values}
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
        *((found or {}).get("highest_order", 0) for found in connection.scalars(select(counters.c.scanners))),
    ]
    last = max((each >> _RANDOM_BITS for each in in_use if each >> _RANDOM_BITS < _NO_TIME), default=0)
    milliseconds = time.time_ns() // 1_000_000
    step = max(last + 1, milliseconds if milliseconds < _NO_TIME else 0)
    return (step << _RANDOM_BITS) + secrets.randbelow(1 << _RANDOM_BITS)


def _update(connection: Connection, order_id: int, **values: Any) -> None:
    connection.execute(update(orders).where(orders.c.id == order_id).values(updated_at=now(), **values))
