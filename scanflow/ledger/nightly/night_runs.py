"""Nightly runs (đợt xử lý ban đêm): what each does, in which hours, and how far it is.

Like the rest of the ledger, every function works inside the caller's transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, select, update

from scanflow.archive.database.inserts import insert_if_absent
from scanflow.archive.database.tables import night_runs
from scanflow.archive.database.typed_rows import fetch_all, fetch_one
from scanflow.clock import now
from scanflow.errors import NotFoundError, StateError
from scanflow.ledger.nightly.night_documents import last_document
from scanflow.model.night_states import RunState

_BEFORE: Mapping[RunState, tuple[RunState, ...]] = {
    RunState.OPEN: (RunState.OPEN, RunState.STOPPED),
    RunState.STOPPED: (RunState.OPEN, RunState.STOPPED),
    RunState.DONE: (RunState.OPEN, RunState.DONE),
    RunState.FAILED: (RunState.OPEN, RunState.FAILED),
    RunState.UNDONE: (RunState.STOPPED, RunState.DONE, RunState.FAILED, RunState.UNDONE),
}
"""The states from which a run may come into each."""


@dataclass(frozen=True, slots=True)
class NightRun:
    """A run: its kind, its state, who started it and when.

    `asked`: the query that chooses documents, and what is done with them. `agency` None: all agencies.
    `window_from` and `window_until`: minutes of the day in Vietnam, None where it may work at any time.
    Documents with ids above `cursor`, up to `last_document`, were not looked at yet. `report`: what a job
    found; `reason`: why it failed.
    """

    id: str
    kind: str
    state: RunState
    asked: Mapping[str, Any]
    agency: str | None
    started_by: str
    started_at: datetime
    ended_at: datetime | None
    window_from: int | None
    window_until: int | None
    cursor: int
    last_document: int
    report: Mapping[str, Any] | None
    reason: str | None


def begin_run(  # noqa: PLR0913 - a row's columns
    connection: Connection,
    kind: str,
    asked: Mapping[str, Any],
    *,
    by: str,
    agency: str | None = None,
    window: tuple[int, int] | None = None,
    run_id: str | None = None,
) -> NightRun:
    """Note a new run over the documents that are filed now; its id is the time and a few letters.

    With `run_id` the run of this name, which another may have begun.
    """
    started = now()
    run_id = run_id or f"{started:%Y%m%d-%H%M%S}-{token_hex(3)}"
    opens, closes = window or (None, None)
    values = {
        "id": run_id,
        "kind": kind,
        "state": RunState.OPEN,
        "asked": dict(asked),
        "agency": agency,
        "started_by": by,
        "started_at": started,
        "window_from": opens,
        "window_until": closes,
        "cursor": 0,
        "last_document": last_document(connection),
    }
    insert_if_absent(connection, night_runs, values)
    return get_run(connection, run_id)


def find_run(connection: Connection, run_id: str) -> NightRun | None:
    """A run by its id, None where there is none."""
    return fetch_one(connection, NightRun, select(night_runs).where(night_runs.c.id == run_id))


def take_over(connection: Connection, run: NightRun, by: str) -> NightRun | None:
    """Give an open run to another process. None if a third one has taken it."""
    left = (
        (night_runs.c.id == run.id)
        & (night_runs.c.state == RunState.OPEN)
        & (night_runs.c.started_by == run.started_by)
    )
    done = connection.execute(update(night_runs).where(left).values(started_by=by))
    return get_run(connection, run.id) if done.rowcount else None


def get_run(connection: Connection, run_id: str) -> NightRun:
    """A run by its id. Raises NotFoundError."""
    found = find_run(connection, run_id)
    if found is None:
        raise NotFoundError(f"no run {run_id}: see `scanflow reocr runs`", f"Không có đợt xử lý {run_id}.")
    return found


def runs(
    connection: Connection,
    *,
    kind: str | Sequence[str] | None = None,
    state: RunState | None = None,
    agency: str | None = None,
    limit: int = 100,
) -> list[NightRun]:
    """The newest runs first; of one kind, or some, in one state, or of an agency, where that is said."""
    query = select(night_runs).order_by(night_runs.c.started_at.desc(), night_runs.c.id.desc()).limit(limit)
    if kind is not None:
        kinds = [kind] if isinstance(kind, str) else list(kind)
        query = query.where(night_runs.c.kind.in_(kinds))
    if state is not None:
        query = query.where(night_runs.c.state == state)
    if agency is not None:
        query = query.where((night_runs.c.agency == agency) | night_runs.c.agency.is_(None))
    return fetch_all(connection, NightRun, query)


def set_run_state(
    connection: Connection,
    run_id: str,
    state: RunState,
    *,
    report: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Bring a run into a state; again changes nothing. Raises StateError where that may not follow."""
    values: dict[str, Any] = {"state": state, "ended_at": None if state is RunState.OPEN else now()}
    if report is not None:
        values["report"] = dict(report)
    if reason is not None or state is RunState.OPEN:
        values["reason"] = reason
    own = (night_runs.c.id == run_id) & night_runs.c.state.in_(_BEFORE[state])
    if connection.execute(update(night_runs).where(own).values(values)).rowcount == 0:
        raise StateError(
            f"run {run_id} is {get_run(connection, run_id).state.value}: it can't be {state.value} now",
            f"Đợt xử lý {run_id} không chuyển được sang trạng thái này.",
        )


def set_report(connection: Connection, run_id: str, report: Mapping[str, Any]) -> None:
    """Keep what a run found so far."""
    connection.execute(update(night_runs).where(night_runs.c.id == run_id).values(report=dict(report)))


def set_window(connection: Connection, run_id: str, window: tuple[int, int] | None) -> None:
    """Give a run another window."""
    opens, closes = window or (None, None)
    values = {"window_from": opens, "window_until": closes}
    connection.execute(update(night_runs).where(night_runs.c.id == run_id).values(values))


def lock_run(connection: Connection, run_id: str) -> NightRun:
    """A run, which nobody else moves on until the transaction ends. Raises NotFoundError."""
    connection.execute(select(night_runs.c.id).where(night_runs.c.id == run_id).with_for_update())
    return get_run(connection, run_id)


def move_cursor(connection: Connection, run_id: str, cursor: int) -> None:
    """Documents with ids up to this one were looked at."""
    connection.execute(update(night_runs).where(night_runs.c.id == run_id).values(cursor=cursor))
