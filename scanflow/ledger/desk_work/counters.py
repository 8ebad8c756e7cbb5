"""Counters (quầy) in the ledger: what their agents have reported, and what was chosen for scanning last.

Every function works inside the caller's transaction and raises NotFoundError for a counter that isn't there.
Who may sit at a counter, and its agent's token, are `scanflow.archive.people.counter_accounts`' part.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from scanflow.archive.database.tables import counters
from scanflow.archive.people.agencies import no_counter
from scanflow.clock import now
from scanflow.counter_messages import ScannerInfo, UndeliveredStack


@dataclass(frozen=True, slots=True)
class FoundAtCounter:
    """What an agent has told of its PC: scanners and scan profiles (None: it has not told of them yet), and
    the highest number of an order of which pages lie there.
    """

    scanners: tuple[ScannerInfo, ...] | None = None
    profiles: tuple[str, ...] | None = None
    highest_order: int = 0


@dataclass(frozen=True, slots=True)
class CounterRecord:
    """A counter. `beats` counts its agent's heartbeats, `seen_at` is the time of the last one.

    `device` and `profile` were chosen last for scanning; empty: the counter's own settings. `undelivered` is
    what its agent can't deliver.
    """

    name: str
    agency: str
    beats: int
    seen_at: datetime | None
    found: FoundAtCounter
    device: str
    profile: str
    undelivered: tuple[UndeliveredStack, ...]


def counter(connection: Connection, name: str) -> CounterRecord:
    """A counter by its name."""
    row = connection.execute(select(counters).where(counters.c.name == name)).one_or_none()
    if row is None:
        raise no_counter(name)
    return CounterRecord(
        name=row.name,
        agency=row.agency,
        beats=row.beats,
        seen_at=row.seen_at,
        found=_found(row.scanners or {}),
        device=row.device or "",
        profile=row.profile or "",
        undelivered=tuple(UndeliveredStack(**each) for each in row.waiting or ()),
    )


def highest_orders(connection: Connection) -> list[int]:
    """For each counter whose agent has told it: the highest number of an order of which pages lie there."""
    told = connection.scalars(select(counters.c.scanners)).all()
    return [found["highest_order"] for found in told if found and "highest_order" in found]


def note_sign_of_life(connection: Connection, name: str, found: FoundAtCounter) -> None:
    """Note that an agent has called; `found` is all that is known of its PC now."""
    values = {"seen_at": now(), "beats": counters.c.beats + 1, "scanners": _told(found) or None}
    _change(connection, name, values)


def note_undelivered(connection: Connection, name: str, undelivered: Sequence[UndeliveredStack]) -> None:
    """Keep what a counter's agent can't deliver, in place of its last report."""
    _change(connection, name, {"waiting": [asdict(each) for each in undelivered] or None})


def remember_choice(connection: Connection, name: str, device: str, profile: str) -> None:
    """Remember what a counter scans with."""
    _change(connection, name, {"device": device, "profile": profile})


def lock_counter(connection: Connection, name: str) -> None:
    """Have others who lock the same counter wait until the transaction's end; nothing if it isn't there."""
    connection.execute(select(counters.c.name).where(counters.c.name == name).with_for_update())


def _change(connection: Connection, name: str, values: Mapping[str, Any]) -> None:
    if not connection.execute(update(counters).where(counters.c.name == name).values(**values)).rowcount:
        raise no_counter(name)


def _found(told: Mapping[str, Any]) -> FoundAtCounter:
    scanners, profiles = told.get("scanners"), told.get("profiles")
    return FoundAtCounter(
        None if scanners is None else tuple(ScannerInfo(**each) for each in scanners),
        None if profiles is None else tuple(profiles),
        told.get("highest_order", 0),
    )


def _told(found: FoundAtCounter) -> dict[str, Any]:
    """The same as it is kept in the column `scanners`."""
    told: dict[str, Any] = {}
    if found.scanners is not None:
        told["scanners"] = [asdict(each) for each in found.scanners]
    if found.profiles is not None:
        told["profiles"] = list(found.profiles)
    if found.highest_order:
        told["highest_order"] = found.highest_order
    return told
