"""`scanflow ingest`, `watch`, `batches` and `assign`: paper into the archive."""

import getpass
import signal
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanflow.cli.app import JobsOption, JsonOption, settings_from
from scanflow.cli.output import note, print_json, progress_bar
from scanflow.errors import InputError, SettingsError, UnassignedError

if TYPE_CHECKING:
    from scanflow.pipeline.report import Outcome
    from scanflow.pipeline.services import Services

DossierOption = Annotated[
    str | None, typer.Option("--dossier", "-d", help="The dossier's number (mã hồ sơ).", show_default=False)
]
ProcedureOption = Annotated[
    str | None, typer.Option("--procedure", "-p", help="The procedure's code (mã TTHC).", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(ingest)
    app.command()(watch)
    app.command()(batches)
    app.command()(assign)


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files (one batch) and folders (a batch each).")],
    dossier: DossierOption = None,
    procedure: ProcedureOption = None,
    jobs: JobsOption = None,
    json: JsonOption = False,
) -> None:
    """Digitize files into the archive; the files stay where they are."""
    from scanflow.capture.codes import normalise_dossier_number
    from scanflow.pipeline import gather, line, services
    from scanflow.pipeline.alone import load_file
    from scanflow.pipeline.intake import take
    from scanflow.pipeline.ledger import Intake

    settings = settings_from(jobs=jobs)
    grammars = settings.codes.dossier_grammars
    given = normalise_dossier_number(dossier, grammars) if dossier else None
    outcomes = []
    with services.open_services(settings) as opened:
        code = services.known_procedure(opened, procedure)
        for group in gather.gather(paths):
            number = given or gather.number_from_hint(group.hint, grammars)
            intake = Intake("ingest", getpass.getuser(), number, code)
            taken = take(opened, group.files, lambda path: load_file(path, settings.limits), intake)
            for batch_id in taken.batches:
                with progress_bar(f"batch {batch_id}") as progress:
                    outcomes.append(line.process_batch(opened, batch_id, progress))
                _show(opened, outcomes[-1:], json=json)
    if json:
        print_json(outcomes)
    _exit_for(outcomes)


def watch(
    inboxes: Annotated[
        list[Path] | None, typer.Argument(help="Inbox folders; default: [inbox] folders.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Stop when the inboxes are empty.")] = False,
    polling: Annotated[
        bool, typer.Option("--polling", help="Look instead of waiting for events (network shares).")
    ] = False,
    jobs: JobsOption = None,
) -> None:
    """Follow inbox folders; a subfolder's name may be the dossier's number. Ctrl-C ends it gracefully."""
    from scanflow.pipeline import services, watcher

    settings = settings_from(jobs=jobs)
    changes: dict[str, object] = {"folders": tuple(inboxes)} if inboxes else {}
    if polling:
        changes["polling"] = True
    settings = settings.model_copy(update={"inbox": settings.inbox.model_copy(update=changes)})
    if not settings.inbox.folders:
        raise SettingsError("no inbox: name one, or set [inbox] folders in scanflow.toml")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with services.open_services(settings) as opened:
        note(f"watching {', '.join(map(str, settings.inbox.folders))}")
        work = watcher.empty_inboxes(opened) if once else watcher.watch_inboxes(opened, stop)
        for outcome in work:
            _show(opened, [outcome], json=False)
            if stop.is_set():
                break


def batches(
    every: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    json: JsonOption = False,
) -> None:
    """Batches that are not closed, and why: waiting for a number, or stopped half-way."""
    from scanflow.archive.catalog import open_catalog
    from scanflow.cli.shown import show_batches
    from scanflow.pipeline import report

    with open_catalog(settings_from()) as catalog, catalog.reading() as connection:
        found = [
            report.outcome_of(connection, batch_id)
            for batch_id in report.batch_ids(connection, only_open=not every)
        ]
    if json:
        print_json(found)
    else:
        show_batches(found)


def assign(
    batch: Annotated[str, typer.Argument(help="The waiting batch.")],
    dossier: Annotated[str, typer.Argument(help="The dossier's number (mã hồ sơ).")],
    procedure: ProcedureOption = None,
    jobs: JobsOption = None,
) -> None:
    """Give a waiting batch its dossier's number, and file it."""
    from scanflow.capture.codes import normalise_dossier_number
    from scanflow.pipeline import line, services
    from scanflow.pipeline.assigning import assign_batch

    settings = settings_from(jobs=jobs)
    number = normalise_dossier_number(dossier, settings.codes.dossier_grammars)
    with services.open_services(settings) as opened:
        code = services.known_procedure(opened, procedure)
        assign_batch(opened, batch, number, code, getpass.getuser())
        with progress_bar(f"batch {batch}") as progress:
            outcome = line.process_batch(opened, batch, progress)
        _show(opened, [outcome], json=False)
    _exit_for([outcome])


def _show(opened: "Services", outcomes: Iterable["Outcome"], *, json: bool) -> None:
    from scanflow.cli.shown import show_outcome

    for outcome in outcomes:
        if not json:
            show_outcome(opened, outcome)


def _exit_for(outcomes: Iterable["Outcome"]) -> None:
    """End with the code of what needs a person: something in quarantine, else a batch without a number."""
    outcomes = list(outcomes)
    if any(laid.where == "quarantined" for outcome in outcomes for laid in outcome.laid):
        raise typer.Exit(InputError.exit_code)
    if any(outcome.state == "unassigned" for outcome in outcomes):
        raise typer.Exit(UnassignedError.exit_code)
