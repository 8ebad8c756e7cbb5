"""Which machines may read in the same run: those with the run's reader.

Otherwise an older release, or a machine that lacks a model, would file worse readings than the others. The
run stores its reader; a newer release replaces it, and machines with the older one stop.
"""

from collections.abc import Mapping
from typing import Any

from scanflow import PROGRAM
from scanflow.archive.catalog import Catalog
from scanflow.errors import StateError
from scanflow.ledger.nightly import night_items, night_runs
from scanflow.ledger.nightly.night_runs import NightRun
from scanflow.night.runs.choosing import release
from scanflow.recognition.reader import Reader

READS = "reads"
"""The key of a run's `report` with the release and the reader that read in it."""


def join_reading(catalog: Catalog, run_id: str, reader: Reader, program: str = PROGRAM) -> None:
    """Enter this machine's reader as the run's reader, unless it is already. Raises StateError where this
    machine may not read in the run, NotFoundError.
    """
    mine = {"program": program, "reader": str(reader)}
    with catalog.transaction() as connection:
        run = night_runs.lock_run(connection, run_id)
        theirs = _reads(run)
        if theirs == mine:
            return
        if theirs and not _may_replace(theirs, program, held=night_items.is_any_held(connection, run_id)):
            raise StateError(
                f"run {run_id} reads with {theirs['reader']} of {theirs['program']},"
                f" this machine with {reader} of {program}: update it, or install what it lacks",
                f"Đợt {run_id} đọc bằng {theirs['reader']} của {theirs['program']}, còn máy này dùng {reader}"
                f" của {program}. Hãy cập nhật máy này hoặc cài phần còn thiếu.",
            )
        night_runs.set_report(connection, run_id, {**(run.report or {}), READS: mine})


def _may_replace(theirs: Mapping[str, Any], program: str, *, held: bool) -> bool:
    """Whether a machine may replace the run's reader: a newer release may; the same release only if nobody
    else works on the run (the settings were changed since the last night).
    """
    before, here = release(theirs["program"]), release(program)
    return here > before or (here == before and not held)


def is_overtaken(run: NightRun, reader: Reader, program: str = PROGRAM) -> bool:
    """Whether a newer release reads in a run since this machine joined it."""
    theirs = _reads(run)
    return bool(theirs) and theirs != {"program": program, "reader": str(reader)}


def _reads(run: NightRun) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (run.report or {}).get(READS, {})
    return found
