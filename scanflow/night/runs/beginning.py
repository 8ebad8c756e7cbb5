"""Beginning a run, or continuing an open one with the same choices."""

from collections.abc import Callable, Mapping
from typing import Any

from scanflow.archive.catalog import Catalog
from scanflow.archive.logbook import LogEntry
from scanflow.archive.store.canonical_json import dumps
from scanflow.clock import now
from scanflow.ledger.nightly import night_runs
from scanflow.ledger.nightly.night_runs import NightRun
from scanflow.model.night_states import RunState
from scanflow.night.runs.window import Window

BEGUN, STOPPED = "run begun", "run stopped"
"""What the log says of runs."""


def run_subject(run_id: str) -> str:
    """How the log names a run."""
    return f"runs/{run_id}"


def begin_or_go_on(  # noqa: PLR0913 - the choices for a run, by keyword
    catalog: Catalog,
    kind: str,
    asked: Mapping[str, Any],
    *,
    by: str,
    agency: str | None = None,
    window: Window | None = None,
    new: bool = False,
    run_id: str | None = None,
) -> NightRun:
    """The open run of this kind with the same choices, which gets this window; else a new run.

    `new`: a new one in any case; `run_id`: its name, under which several may begin it at once.
    """
    minutes = None if window is None else (window.opens, window.closes)
    with catalog.transaction() as connection:
        if not new:
            for run in night_runs.runs(connection, kind=kind, state=RunState.OPEN):
                if run.asked == asked and run.agency == agency:
                    night_runs.set_window(connection, run.id, minutes)
                    return night_runs.get_run(connection, run.id)
        run = night_runs.begin_run(
            connection, kind, asked, by=by, agency=agency, window=minutes, run_id=run_id
        )
        entry = LogEntry(
            now(), by, BEGUN, run_subject(run.id), after={"kind": kind, "asked": dumps(dict(asked))}
        )
        catalog.append_log(entry, connection=connection)
        return run


def go_on_with(catalog: Catalog, run_id: str, window: Window | None) -> NightRun:
    """Continue a run that was stopped or is open, in this window. Raises NotFoundError, StateError."""
    with catalog.transaction() as connection:
        night_runs.set_run_state(connection, run_id, RunState.OPEN)
        if window is not None:
            night_runs.set_window(connection, run_id, (window.opens, window.closes))
        return night_runs.get_run(connection, run_id)


def stop_run(catalog: Catalog, run_id: str, by: str) -> None:
    """Stop a run. Its workers finish the page that they have begun. Raises NotFoundError, StateError."""
    with catalog.transaction() as connection:
        night_runs.set_run_state(connection, run_id, RunState.STOPPED)
        catalog.append_log(LogEntry(now(), by, STOPPED, run_subject(run_id)), connection=connection)


def is_stopped(
    catalog: Catalog, run_id: str, overtaken: Callable[[NightRun], bool] = lambda _: False
) -> bool:
    """Whether a run was stopped, or is `overtaken`: this machine may not work on it any more."""
    with catalog.reading() as connection:
        run = night_runs.get_run(connection, run_id)
    return run.state is not RunState.OPEN or overtaken(run)


def window_of(run: NightRun) -> Window | None:
    """The window in which a run may work."""
    if run.window_from is None or run.window_until is None:
        return None
    return Window(run.window_from, run.window_until)
