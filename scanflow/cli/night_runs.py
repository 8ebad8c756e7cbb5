"""Shared by the commands that work on nightly runs: `scanflow reocr` and `scanflow rework`."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanflow.cli.language import localized
from scanflow.cli.noting import os_user
from scanflow.cli.output import print_json, print_note, print_table, progress_bar
from scanflow.errors import UsageError

if TYPE_CHECKING:
    from threading import Event

    from scanflow.ledger.nightly.night_runs import NightRun
    from scanflow.night.runs.running import Job
    from scanflow.night.runs.window import Window
    from scanflow.pipeline.services import Services
    from scanflow.settings import Settings

A_DAY = "a day, YYYY-MM-DD, Vietnam's time"
_COUNTING = 20.0
"""Counting for the progress bar takes one part of so many of the time, at most."""

# The options of both commands: which documents, when, and in which run.
ProgramBelowOption = Annotated[
    str | None, typer.Option("--program-below", help="Filed by a release before this one: 0.9.")
]
KindOption = Annotated[list[str] | None, typer.Option("--kind", help="Of this family (can be repeated).")]
TypeOption = Annotated[
    list[str] | None, typer.Option("--type", help="Of this document type (can be repeated).")
]
FiledFromOption = Annotated[str | None, typer.Option("--filed-from", help=f"Filed since: {A_DAY}.")]
FiledUntilOption = Annotated[
    str | None, typer.Option("--filed-until", help=f"Filed until, the day included: {A_DAY}.")
]
DossierOption = Annotated[
    list[str] | None, typer.Option("--dossier", help="In this dossier (can be repeated).")
]
AgencyOption = Annotated[str | None, typer.Option("--agency", help="Of this agency; default: of all.")]
FromOption = Annotated[
    str | None, typer.Option("--from", help="Work from this time on: 22:00, Vietnam's time.")
]
UntilOption = Annotated[str | None, typer.Option("--until", help="Until this time: 05:00.")]
RunOption = Annotated[str | None, typer.Option("--run", help="Continue this run.")]
NewOption = Annotated[
    bool, typer.Option("--new", help="Begin a new run, even if one with the same options is open.")
]
ReportOption = Annotated[
    Path | None, typer.Option("--report", help="Write RUN.html and RUN.json into this folder.")
]


def day(text: str | None) -> str | None:
    """A day as it was typed. Raises UsageError."""
    from datetime import date

    if text is None:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"{text!r} is no day: {A_DAY}", "Ngày chưa đúng. Ví dụ: 2026-11-27") from None


def begin_run(
    settings: "Settings",
    kind: str,
    asked: dict[str, Any],
    agency: str | None,
    window: "Window | None",
    run_id: str | None,
    *,
    new: bool,
) -> "NightRun":
    """The run of the command line: a new one, an open one with the same choices, or `run_id`."""
    from scanflow.archive.catalog import open_catalog
    from scanflow.archive.people.agencies import known_agency
    from scanflow.night.runs.beginning import begin_or_go_on, go_on_with

    with open_catalog(settings) as catalog:
        if run_id is not None:
            return go_on_with(catalog, run_id, window)
        owner = None if agency is None else known_agency(catalog, agency)
        return begin_or_go_on(catalog, kind, asked, by=os_user(), agency=owner, window=window, new=new)


def carry_out_run(
    settings: "Settings", run: "NightRun", stop: "Event", job_of: "Callable[[Services], Job]"
) -> None:
    """Work on a run in its window until nothing is left or `stop` is set, with progress in the terminal."""
    from scanflow.cli.reocr_files import wait_for_opening
    from scanflow.night.runs.beginning import is_stopped, window_of
    from scanflow.night.runs.pace import Pace
    from scanflow.night.runs.running import carry_out
    from scanflow.pipeline import services

    window = window_of(run)
    print_note(f"run {run.id}")
    if window is not None:
        wait_for_opening(window, stop)
    if stop.is_set():
        return
    with services.open_when_there(settings, stop) as opened, progress_bar(f"run {run.id}") as progress:
        if opened is None:
            return
        job = job_of(opened)
        stopped = partial(is_stopped, opened.catalog, run.id, job.overtaken)
        pace = Pace(opened.catalog, window, stop, stopped=stopped)

        next_look = 0.0

        def show_progress() -> None:
            from scanflow.ledger.nightly.night_items import counts

            nonlocal next_look
            begun = monotonic()
            if begun < next_look:
                return
            with opened.catalog.reading() as connection:
                found = counts(connection, run.id)
            left = found.get("waiting", 0) + found.get("in hand", 0)
            progress(sum(found.values()) - left, sum(found.values()))
            # All items of the run are counted, up to millions.
            next_look = monotonic() + max(1.0, _COUNTING * (monotonic() - begun))

        carry_out(opened, job, pace, show_progress)


def show_report(settings: "Settings", run_id: str, folder: Path | None, *, json: bool) -> None:
    """Print a run's report, and write it into a folder if one is named."""
    import json as json_format
    from dataclasses import asdict

    from scanflow.archive.catalog import open_catalog
    from scanflow.night.reports.report import report_of
    from scanflow.night.reports.run_page import as_html
    from scanflow.pipeline.named_files import write_beside

    with open_catalog(settings) as catalog, catalog.reading() as connection:
        report = report_of(connection, run_id)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        data = json_format.dumps(asdict(report), default=str, ensure_ascii=False, indent=2)
        write_beside(folder / f"{run_id}.json", (data + "\n").encode())
        write_beside(folder / f"{run_id}.html", as_html(report))
    if json:
        print_json(report)
        return
    rows = [(name, number) for name, number in report.counts.items()]
    rows += [("worse", report.worse), ("pages", report.pages), ("gain", round(report.gain))]
    print_table(f"run {run_id}: {report.state}", ("result", "documents"), rows)
    if report.state == "open":
        print_note(localized("the same call goes on with what is left", "chạy lại lệnh này để xử lý tiếp"))
