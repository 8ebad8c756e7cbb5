"""Orders to the counters' agents (lệnh quét), and the pages that come of them.

An order waits until its agent reports that it is running, and ends once: done, failed or stopped. Pages may
come after its end, for example after a failure of the network.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256 as hash_of

from sqlalchemy import Connection

from scanflow.counter_messages import Hello, Order, OrderReport, ScannerInfo, UndeliveredStack
from scanflow.desk.access import changing, note
from scanflow.desk.arriving.late import keep_late
from scanflow.desk.changing import signed_files
from scanflow.desk.context import Desk
from scanflow.errors import (
    ChecksumError,
    NoScannerError,
    ObjectExistsError,
    OversizedInputError,
    OvertakenError,
    ScannerBusyError,
    StackGoneError,
    UnsupportedInputError,
    UsageError,
)
from scanflow.ledger.batches import bump_revision, get_batch
from scanflow.ledger.decisions import FED_AGAIN, decide
from scanflow.ledger.desk_work import counters, orders
from scanflow.ledger.desk_work.counters import CounterRecord, FoundAtCounter
from scanflow.ledger.desk_work.orders import OrderRecord
from scanflow.ledger.lease import Held, lock
from scanflow.model import BatchState
from scanflow.model.order_states import OrderKind, OrderState
from scanflow.pipeline.intake.arriving import take_arriving

_SUFFIXES = {"image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True, slots=True)
class TakenPage:
    """How a page is held: the SHA-256 under which it was stored; `late`: not in the stack of its order."""

    sha256: str
    late: bool


@dataclass(frozen=True, slots=True)
class CounterState:
    """What is known of a counter: whether its agent is connected, what it found, and what was chosen last.

    `undelivered` is what its agent can't deliver.
    """

    agent_here: bool
    scanners: tuple[ScannerInfo, ...]
    profiles: tuple[str, ...]
    device: str
    profile: str
    undelivered: tuple[UndeliveredStack, ...] = ()


# --- what a clerk does ---------------------------------------------------------------------------------


def scan(
    desk: Desk, batch_id: str, clerk: str, *, device: str, profile: str, replaces: int | None = None
) -> int:
    """Order a scan into a stack, or of one sheet in the place of page `replaces`; the order's number.

    Raises ScannerBusyError while the counter's scanner is at work, NoScannerError for a device that the
    counter does not have, UsageError for a stack of no counter, SignedFileError for a page of a signed file.
    """
    with changing(desk, batch_id, clerk, "fed-again") as held:
        connection, batch = held.connection, held.row
        if replaces is not None:
            signed_files.require_unsigned(connection, batch_id, replaces)
        if batch.counter is None:
            raise UsageError("the stack belongs to no counter", "Hãy chọn quầy trước khi quét.")
        _require_idle(connection, batch.counter)
        _require_device(connection, batch.counter, device)
        if replaces is None:
            _set_half_sheet_aside(held)
        order_id = orders.add_scan(
            connection,
            counter=batch.counter,
            batch_id=batch_id,
            device=device,
            profile=profile,
            replaces=replaces,
        )
        counters.remember_choice(connection, batch.counter, device, profile)
        ordered = {"order": order_id, "replaces": replaces, "device": device, "profile": profile}
        note(desk, connection, batch_id, clerk, "scan ordered", ordered)
    return order_id


def stop(desk: Desk, batch_id: str, clerk: str) -> None:
    """Stop what the scanner does for a stack. An order that no agent has got yet, or whose agent is not
    connected, ends at once.
    """
    with changing(desk, batch_id, clerk) as held:
        connection = held.connection
        for order in orders.under_way_for(connection, batch_id):
            if order.given and is_here(desk, counters.counter(connection, order.counter)):
                orders.ask_to_stop(connection, order.id)
            else:
                orders.end_without_agent(connection, order)
        note(desk, connection, batch_id, clerk, "scan stopped")


def look_for_scanners(desk: Desk, counter: str) -> None:
    """Have a counter's agent look for scanners again."""
    with desk.services.catalog.transaction() as connection:
        if not _under_way(connection, counter, OrderKind.LIST):
            orders.add_list_order(connection, counter)


def remember_choice(desk: Desk, counter: str, device: str, profile: str) -> None:
    """Remember what a counter scans with. Raises NotFoundError."""
    with desk.services.catalog.transaction() as connection:
        counters.remember_choice(connection, counter, device, profile)


def counter_state(desk: Desk, counter: str) -> CounterState:
    """What is known of a counter. Raises NotFoundError."""
    with desk.services.catalog.reading() as connection:
        known = counters.counter(connection, counter)
    return CounterState(
        agent_here=is_here(desk, known),
        scanners=known.found.scanners or (),
        profiles=known.found.profiles or tuple(desk.services.settings.scanner.profiles),
        device=known.device,
        profile=known.profile,
        undelivered=known.undelivered,
    )


def is_here(desk: Desk, counter: CounterRecord) -> bool:
    """Whether a counter's agent is connected."""
    return desk.presence.is_here(counter.name, counter.beats, counter.seen_at)


def _under_way(connection: Connection, counter: str, kind: OrderKind) -> list[OrderRecord]:
    return [order for order in orders.under_way_at(connection, counter) if order.kind is kind]


def _require_idle(connection: Connection, counter: str) -> None:
    if _under_way(connection, counter, OrderKind.SCAN):
        raise ScannerBusyError(f"{counter}: a scan is under way")


def _require_device(connection: Connection, counter: str, device: str) -> None:
    """A named device must be one of those that the agent found, if it has said what it found."""
    found = counters.counter(connection, counter).found.scanners
    if device and found is not None and device not in {scanner.name for scanner in found}:
        raise NoScannerError(f"{counter} has no scanner of that name now")


def _set_half_sheet_aside(held: Held) -> None:
    """Set the last front aside if the scan ended before its back came: that sheet is fed again."""
    last = orders.newest_scan(held.connection, held.batch_id)
    if last is None or not last.half_sheet:
        return
    no = orders.newest_page(held.connection, last.id)
    if no is not None:
        decide(held, no, removed=FED_AGAIN.code)


# --- what an agent does --------------------------------------------------------------------------------


def agent_seen(desk: Desk, counter: str) -> None:
    """Note that a counter's agent has called. Raises NotFoundError."""
    if _note_sign_of_life(desk, counter):
        desk.events.publish(counter)


def note_hello(desk: Desk, counter: str, hello: Hello) -> None:
    """Keep what a counter's agent found at its PC. Raises NotFoundError."""
    _note_sign_of_life(desk, counter, hello)
    desk.events.publish(counter)


def _note_sign_of_life(desk: Desk, counter: str, hello: Hello | None = None) -> bool:
    """Note that an agent is connected, with what it found; gives whether it was not connected before."""
    with desk.services.catalog.transaction() as connection:
        known = counters.counter(connection, counter)
        came_back = not is_here(desk, known)
        found = known.found
        if hello:
            highest = hello.highest_order or found.highest_order
            found = FoundAtCounter(hello.scanners, hello.profiles, highest)
        counters.note_sign_of_life(connection, counter, found)
    desk.presence.heard(counter, known.beats + 1)
    return came_back


def note_undelivered(desk: Desk, counter: str, undelivered: Sequence[UndeliveredStack]) -> None:
    """Keep what a counter's agent can't deliver, and show it on the counter's page."""
    with desk.services.catalog.transaction() as connection:
        counters.note_undelivered(connection, counter, undelivered)
    desk.events.publish(counter)


def next_order(desk: Desk, counter: str) -> Order | None:
    """The next order for a counter's agent: the oldest one that waits, or one that it is to stop."""
    with desk.services.catalog.reading() as connection:
        under_way = orders.under_way_at(connection, counter)
    order = next((each for each in under_way if each.state is OrderState.WAITING or each.stop), None)
    if order is None:
        return None
    if not order.given:  # known before the agent can know it
        with desk.services.catalog.transaction() as connection:
            if not orders.note_given(connection, order.id):
                return None
    single = order.replaces is not None
    return Order(order.id, order.kind, order.device, order.profile, single, order.stop)


def report_order(desk: Desk, counter: str, order_id: int, report: OrderReport) -> int:
    """Note an agent's report on an order; one that has ended stays as it is. Gives how many of its pages are
    held.

    Raises StackGoneError where no more pages of the order are wanted: it has ended, its stack is filed or
    given up, or the order is not known here.
    """
    with desk.services.catalog.transaction() as connection:
        order = orders.order(connection, counter, order_id)
        stack = lock(connection, order.batch_id) if order is not None and order.batch_id is not None else None
        if stack is not None:  # behind the lock it may have ended: a clerk stops it under the same
            order = orders.order(connection, counter, order_id)
        if report.state is OrderState.RUNNING and not _is_wanted(order, stack):
            raise StackGoneError(f"nobody wants more pages of order {order_id}")
        news = order is not None and orders.note_report(connection, order, report)
        if news and stack is not None and stack.row.state is BatchState.DESK:
            bump_revision(stack)
        held = orders.pages_held(connection, order_id)
    if order is not None:
        desk.events.publish(order.batch_id or counter)
    return held


def _is_wanted(order: OrderRecord | None, stack: Held | None) -> bool:
    """Whether more pages of an order are wanted."""
    if order is None or not order.under_way:
        return False
    return stack is None or stack.row.state is BatchState.DESK


def take_page(
    desk: Desk, counter: str, order_id: int, no: int, data: bytes, media_type: str, sha256: str
) -> TakenPage:
    """Take page `no` of an order; gives how it is held. When this returns the page is safe; taking it again
    changes nothing.

    It goes into the order's stack. It is kept as a late page instead if the stack was filed or given up, if
    this counter has no such order, or if other bytes came under its number.
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
        order = orders.order(connection, counter, order_id)
        return order.batch_id if order is not None else None


def _take_into_stack(desk: Desk, batch_id: str, name: str, data: bytes, order_id: int) -> None:
    """Take a page into a stack if that is still at the desk."""
    with desk.services.catalog.reading() as connection:
        if get_batch(connection, batch_id).state is not BatchState.DESK:
            return
    try:
        if take_arriving(desk.services, batch_id, name, data, order_id):
            desk.events.publish(batch_id)
    except (OvertakenError, ObjectExistsError):  # submitted meanwhile; or other bytes have this number
        return


def _checksum_held(desk: Desk, order_id: int, name: str) -> str | None:
    with desk.services.catalog.reading() as connection:
        return orders.checksum_held(connection, order_id, name)
