"""`scanflow reocr`: filed documents read again, in the night, and improved only."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanflow.cli.app import FastOption, JobsOption, JsonOption, group_of_commands, settings_of_archive
from scanflow.cli.night_runs import (
    A_DAY,
    AgencyOption,
    DossierOption,
    FiledFromOption,
    FiledUntilOption,
    FromOption,
    KindOption,
    NewOption,
    ProgramBelowOption,
    ReportOption,
    RunOption,
    TypeOption,
    UntilOption,
    begin_run,
    carry_out_run,
    day,
    show_report,
)
from scanflow.cli.noting import os_user
from scanflow.cli.output import print_json, print_note, print_table, progress_bar, stdout
from scanflow.cli.reocr_files import (
    AgainOption,
    FilesOptions,
    NoCopiesOption,
    SkipTextOption,
    SourceOption,
    TargetOption,
    reocr_files,
)
from scanflow.cli.stopping import stopped_by_signals
from scanflow.errors import UsageError

if TYPE_CHECKING:
    from threading import Event

    from scanflow.ledger.nightly.night_runs import NightRun
    from scanflow.night.runs.window import Window
    from scanflow.settings import Settings

reocr_app = group_of_commands()

# Which documents, and with which reader; `cli/night_runs.py` has what `rework` asks too.
ScoreBelowOption = Annotated[
    float | None, typer.Option("--score-below", help="Documents whose confidence is less (0 to 1).")
]
ReadByOption = Annotated[
    str | None, typer.Option("--read-by", help="Read by an engine or model whose name contains this.")
]
ReadBeforeOption = Annotated[
    str | None, typer.Option("--read-before", help=f"Their newest version is older: {A_DAY}.")
]
NeverOption = Annotated[bool, typer.Option("--never-read-again", help="Never read again since.")]
AnyReaderOption = Annotated[
    bool, typer.Option("--any-reader", help="Also documents that the same reader has read already.")
]
EngineOption = Annotated[
    str | None, typer.Option("--engine", help="Read with this engine; default: [ocr] engine.")
]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="Read with this model; default: [ocr] language.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Estimate documents, hours and gain; change nothing.")
]
SampleOption = Annotated[
    int,
    typer.Option("--sample", min=1, help="With --dry-run: read so many documents or files for the estimate."),
]
RunArgument = Annotated[str, typer.Argument(help="The run: see `scanflow reocr runs`.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    reocr_app.callback(invoke_without_command=True)(reocr)
    reocr_app.command("runs")(list_runs)
    reocr_app.command("status")(show_run)
    reocr_app.command("stop")(stop)
    reocr_app.command("undo")(undo)
    app.add_typer(reocr_app, name="reocr", no_args_is_help=False)


def reocr(
    ctx: typer.Context,
    score_below: ScoreBelowOption = None,
    read_by: ReadByOption = None,
    program_below: ProgramBelowOption = None,
    made_before: ReadBeforeOption = None,
    kinds: KindOption = None,
    types: TypeOption = None,
    filed_from: FiledFromOption = None,
    filed_until: FiledUntilOption = None,
    dossiers: DossierOption = None,
    agency: AgencyOption = None,
    never: NeverOption = False,
    any_reader: AnyReaderOption = False,
    engine: EngineOption = None,
    language: ModelOption = None,
    opens: FromOption = None,
    closes: UntilOption = None,
    run_id: RunOption = None,
    new: NewOption = False,
    dry_run: DryRunOption = False,
    sample: SampleOption = 20,
    report: ReportOption = None,
    files: SourceOption = None,
    to: TargetOption = None,
    skip_text: SkipTextOption = False,
    fast: FastOption = False,
    no_copies: NoCopiesOption = False,
    again: AgainOption = False,
    jobs: JobsOption = None,
    json: JsonOption = False,
) -> None:
    """Read filed documents again, and file a new version where the new reading is expected to be better.

    It takes the words that are probably better in the new reading, and keeps the others. Old versions stay;
    what people corrected stays; signed files stay as they are. Behind all other work. The same call goes on
    with what is left of an open run. With --files: make an archive of PDFs and images in folders searchable;
    names and tree stay, signed files and what can't be read are copied byte for byte, and the report is in
    TO/.scanflow.
    """
    if ctx.invoked_subcommand is not None:
        return
    from scanflow.night.runs.window import parse_window

    window = parse_window(opens, closes)
    if files is not None or to is not None:
        source, target = _both(files, to)
        reocr_files(
            FilesOptions(
                files=source,
                to=target,
                window=window,
                jobs=jobs,
                skip_text=skip_text,
                fast=fast,
                copies=not no_copies,
                again=again,
                dry_run=dry_run,
                sample=sample,
                json=json,
            )
        )
        return
    from scanflow.night.runs.choosing import Query

    query = Query(
        score_below=score_below,
        read_by=read_by,
        program_below=program_below,
        made_before=day(made_before),
        kinds=tuple(kinds or ()),
        types=tuple(types or ()),
        filed_from=day(filed_from),
        filed_until=day(filed_until),
        numbers=tuple(dossiers or ()),
        other_reader=not any_reader,
        never_again=never,
    )
    stated = {"engine": engine, "language": language, "fast": True if fast else None}
    asked: dict[str, Any] = {
        "query": query.to_json(),
        "reader": {name: value for name, value in stated.items() if value is not None},
    }
    settings = settings_of_archive(jobs=jobs)
    if dry_run:
        _estimate(settings, asked, agency, window, sample, json=json)
        return
    from scanflow.model.night_states import REOCR

    with stopped_by_signals() as stop:
        run = begin_run(settings, REOCR, asked, agency, window, run_id, new=new)
        _carry_out(settings, run, stop)
        show_report(settings, run.id, report, json=json)


def _both(files: Path | None, to: Path | None) -> tuple[Path, Path]:
    """The two folders. Raises UsageError where one isn't stated."""
    if files is None or to is None:
        raise UsageError(
            "--files and --to go together: the folder to read, and where the results go",
            "Phải nêu cả --files (thư mục gốc) và --to (thư mục kết quả).",
        )
    return files, to


def _carry_out(settings: "Settings", run: "NightRun", stop: "Event") -> None:
    from scanflow.night.reocr import reading_settings, reocr_job
    from scanflow.recognition.reader import reader_of

    settings = reading_settings(settings, run.asked)
    reader = reader_of(settings)
    carry_out_run(settings, run, stop, lambda services: reocr_job(services, run, reader))


def _estimate(
    settings: "Settings",
    asked: dict[str, Any],
    agency: str | None,
    window: "Window | None",
    sample: int,
    *,
    json: bool,
) -> None:
    from scanflow.archive.people.agencies import known_agency
    from scanflow.night.estimate import estimate
    from scanflow.night.reocr import reading_settings
    from scanflow.pipeline import services
    from scanflow.recognition.reader import reader_of

    settings = reading_settings(settings, asked)
    reader = reader_of(settings)
    with services.open_services(settings) as opened, progress_bar("sample") as progress:
        owner = None if agency is None else known_agency(opened.catalog, agency)
        found = estimate(opened, asked, owner, reader, window, sample, progress)
    if json:
        print_json(found)
        return
    rows = [
        ("documents", found.documents, ""),
        ("pages", found.pages, ""),
        ("hours", f"{found.hours:.2f}", _interval(found.hours_interval, 2)),
        ("nights", f"{found.nights:.1f}" if found.nights is not None else "", ""),
        (
            "better",
            f"{100 * found.better:.0f} %",
            _interval([100 * each for each in found.better_interval], 0),
        ),
        ("gain", f"{found.gain:.0f}", _interval(found.gain_interval, 0)),
    ]
    print_table("dry run", ("what", "estimate", "95 %"), rows)
    print_note(f"estimated from {found.sampled} documents that were read, nothing was changed")


def _interval(values: "list[float] | tuple[float, float]", decimals: int) -> str:
    return f"{values[0]:.{decimals}f} to {values[1]:.{decimals}f}"


def list_runs(
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, help="How many to show, the newest first.")
    ] = 20,
    json: JsonOption = False,
) -> None:
    """List nightly runs, the newest first, and how far each is."""
    from scanflow.archive.catalog import open_catalog
    from scanflow.clock import in_vietnam
    from scanflow.night.reports.report import runs_of

    with open_catalog(settings_of_archive()) as catalog, catalog.reading() as connection:
        found = runs_of(connection, None, limit)
    if json:
        print_json([{"run": run, "counts": counts} for run, counts in found])
        return
    rows = [
        (
            run.id,
            run.kind,
            run.state.value,
            f"{in_vietnam(run.started_at):%Y-%m-%d %H:%M}",
            ", ".join(f"{name} {number}" for name, number in counts.items()),
        )
        for run, counts in found
    ]
    print_table("runs", ("run", "kind", "state", "started", "documents"), rows)


def show_run(
    run: RunArgument,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write RUN.html and RUN.json into this folder.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show the results of a run so far."""
    show_report(settings_of_archive(), run, report, json=json)


def stop(run: RunArgument) -> None:
    """Stop a run on all machines: begun pages are finished, the rest waits for `--run`."""
    from scanflow.archive.catalog import open_catalog
    from scanflow.night.runs.beginning import stop_run

    with open_catalog(settings_of_archive()) as catalog:
        stop_run(catalog, run, os_user())
    print_note(f"run {run} is stopped")


def undo(run: RunArgument, json: JsonOption = False) -> None:
    """Undo a run: improved documents get their former text, type and values, as a new version."""
    from scanflow.night.undo import undo as undo_run
    from scanflow.pipeline import services

    with services.open_services(settings_of_archive()) as opened:
        made = undo_run(opened, run, os_user())
    if json:
        print_json(made)
        return
    stdout.print(f"undone: {made.undone}", markup=False)
    if made.changed_since:
        print_note(f"{made.changed_since} were changed by somebody since, and stay as they are")
