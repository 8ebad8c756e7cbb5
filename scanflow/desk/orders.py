"""Orders to the counters' agents (lệnh quét), and the pages that come of them.

An order waits until its agent says that it is running, and ends once: done, failed or stopped. Pages may
follow after its end, over a network that was away.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256 as hash_of
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, insert, select, update

from scanflow.archive.tables import counters, files, orders, pages
from scanflow.clock import now
from scanflow.desk import signedfiles
from scanflow.desk.opened import Desk
from scanflow.desk.owning import changing, note
from scanflow.errors import (
    ChecksumError,
    NoScannerError,
    NotFoundError,
    OversizedInputError,
    OvertakenError,
    ScannerBusyError,
    StackGoneError,
    UnsupportedInputError,
    UsageError,
)
from scanflow.pipeline import ledger
from scanflow.pipeline.arriving import take_arriving
from scanflow.pipeline.decisions import FED_AGAIN, decide
from scanflow.pipeline.lease import AT_DESK, Held, lock

OrderState = Literal["waiting", "running", "done", "failed", "stopped"]

UNDER_WAY = ("waiting", "running")
SILENT = timedelta(seconds=60)
"""An agent that has not asked for so long is away: it asks every 20 seconds."""

_HELD = ("taken", "unpacked", "quarantined")
"""States of a file whose bytes are safe."""

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
class CounterState:
    """What is known of a counter: whether its agent is here, what it found, and what was chosen last."""

    agent_here: bool
    scanners: tuple[Mapping[str, str], ...]
    profiles: tuple[str, ...]
    device: str
    profile: str


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
            signedfiles.require_unsigned(connection, batch_id, replaces)
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
    """Stop what the scanner does for a stack. An order that nobody has taken on, or whose agent is away,
    has ended with this.
    """
    with changing(desk, batch_id, clerk) as held:
        connection = held.connection
        for row in _under_way(connection, orders.c.batch_id == batch_id):
            here = is_here(_counter(connection, row.counter).seen_at)
            ended = row.state == "waiting" or not here
            values: dict[str, Any] = {"state": "stopped"} if ended else {}
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
        agent_here=is_here(row.seen_at),
        scanners=tuple(found.get("scanners", ())),
        profiles=tuple(found.get("profiles", ())) or tuple(desk.services.settings.scanner.profiles),
        device=row.device or "",
        profile=row.profile or "",
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
) -> None:
    """A counter's agent has said something; with what it found, if it says so. Raises NotFoundError."""
    with desk.services.catalog.transaction() as connection:
        row = _counter(connection, counter)
        came_back = not is_here(row.seen_at)
        found = dict(row.scanners or {})
        if scanners is not None:
            found["scanners"] = [dict(scanner) for scanner in scanners]
        if profiles is not None:
            found["profiles"] = list(profiles)
        connection.execute(
            update(counters).where(counters.c.name == counter).values(seen_at=now(), scanners=found or None)
        )
    if came_back or scanners is not None:
        desk.bell.ring(counter)


def next_order(desk: Desk, counter: str) -> Order | None:
    """What a counter's agent must know of: the oldest order that waits, or one that it is to stop."""
    with desk.services.catalog.reading() as connection:
        rows = _under_way(connection, orders.c.counter == counter)
    row = next((row for row in rows if row.state == "waiting" or row.stop), None)
    if row is None:
        return None
    single = row.replaces is not None
    return Order(row.id, row.kind, row.device or "", row.profile or "", single, row.stop)


def report_order(desk: Desk, counter: str, order_id: int, report: OrderReport) -> int:
    """Note what an agent says of an order; one that has ended stays as it is. How many pages of it are held.

    Raises NotFoundError, and StackGoneError where an agent works on an order that has ended: it was stopped
    before anybody knew that it had been begun.
    """
    with desk.services.catalog.transaction() as connection:
        row = _order(connection, counter, order_id)
        stack = lock(connection, row.batch_id) if row.batch_id is not None else None
        if stack is not None:  # behind the lock it may have ended: a clerk stops it under the same
            row = _order(connection, counter, order_id)
        if row.state not in UNDER_WAY:
            if report.state == "running":
                raise StackGoneError(f"order {order_id} is {row.state}: nobody wants more pages of it")
            return _held(connection, order_id)
        _update(
            connection,
            order_id,
            state=report.state,
            pages=max(report.pages, row.pages),
            half_sheet=report.half_sheet,
            reason_code=report.code or None,
            reason=report.message or None,
            reason_vi=report.message_vi or None,
        )
        if stack is not None and stack.row.state == AT_DESK:
            ledger.bump_revision(stack)
        held = _held(connection, order_id)
    desk.bell.ring(row.batch_id or counter)
    return held


def require_order(desk: Desk, counter: str, order_id: int) -> None:
    """Raises NotFoundError for what is no order of this counter: no page of it needs to be read."""
    with desk.services.catalog.reading() as connection:
        _order(connection, counter, order_id)


def take_page(
    desk: Desk, counter: str, order_id: int, no: int, data: bytes, media_type: str, sha256: str
) -> str:
    """Take page `no` of an order into its stack; the SHA-256 under which it is held.

    When this returns it is safe; again, it changes nothing.

    Raises NotFoundError, StackGoneError (filed or given up meanwhile), ChecksumError, UnsupportedInputError,
    OversizedInputError, ObjectExistsError (another page came under this number), StoreUnavailableError.
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
    with desk.services.catalog.reading() as connection:
        batch_id = _order(connection, counter, order_id).batch_id
        if batch_id is None:
            raise NotFoundError(f"order {order_id} is no scan")
        state = ledger.batch(connection, batch_id).state
    name = f"{order_id}-{no:04}.{_SUFFIXES[media_type]}"
    with suppress(OvertakenError):  # no stack at the desk any more: what is held says the rest
        if state == AT_DESK and take_arriving(desk.services, batch_id, name, data, order_id):
            desk.bell.ring(batch_id)
    held = _checksum_held(desk, order_id, name)
    if held != sha256:
        raise StackGoneError(f"batch {batch_id} is no stack at the desk")
    return held


def _checksum_held(desk: Desk, order_id: int, name: str) -> str | None:
    """The SHA-256 of a page as it was stored; None if it is not held."""
    named = (files.c.order_id == order_id) & (files.c.name == name) & files.c.state.in_(_HELD)
    with desk.services.catalog.reading() as connection:
        return connection.scalar(select(files.c.sha256).where(named))


def _held(connection: Connection, order_id: int) -> int:
    """How many pages of an order are safe."""
    held = (files.c.order_id == order_id) & files.c.state.in_(_HELD)
    return connection.scalar(select(func.count()).select_from(files).where(held)) or 0


def _counter(connection: Connection, name: str) -> Row[Any]:
    row = connection.execute(select(counters).where(counters.c.name == name)).one_or_none()
    if row is None:
        raise NotFoundError(f"no counter {name}", f"Không có quầy {name}.")
    return row


def _order(connection: Connection, counter: str, order_id: int) -> Row[Any]:
    same = (orders.c.id == order_id) & (orders.c.counter == counter)
    row = connection.execute(select(orders).where(same)).one_or_none()
    if row is None:
        raise NotFoundError(f"no order {order_id} of {counter}")
    return row


def _under_way(connection: Connection, which: Any) -> Sequence[Row[Any]]:
    query = select(orders).where(which, orders.c.state.in_(UNDER_WAY)).order_by(orders.c.id)
    return connection.execute(query).fetchall()


def is_here(seen_at: datetime | None) -> bool:
    """Whether an agent that was last heard of then is here."""
    return seen_at is not None and now() - seen_at < SILENT


def _insert(connection: Connection, **values: Any) -> int:
    begun = now()
    order_id = time.time_ns() // 1000  # in microseconds: none comes twice, later ones are higher
    row = {"id": order_id, "state": "waiting", "created_at": begun, "updated_at": begun, **values}
    connection.execute(insert(orders).values(row))
    return order_id


def _update(connection: Connection, order_id: int, **values: Any) -> None:
    connection.execute(update(orders).where(orders.c.id == order_id).values(updated_at=now(), **values))
