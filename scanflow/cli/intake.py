"""`scanflow ingest`, `watch`, `worker`, `batches`, `assign` and `retry`: paper into the archive."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanflow.cli.app import JobsOption, JsonOption, settings_from, settings_of_archive
from scanflow.cli.language import localized
from scanflow.cli.noting import note_look, noted_catalog, os_user
from scanflow.cli.output import print_json, print_note, progress_bar
from scanflow.cli.stopping import stopped_by_signals
from scanflow.errors import InputError, ScanflowError, SettingsError, UnassignedError, UsageError

if TYPE_CHECKING:
    from scanflow.pipeline.batch_outcome import Outcome
    from scanflow.pipeline.queue.direct import Submits
    from scanflow.pipeline.services import Services

DossierOption = Annotated[
    str | None, typer.Option("--dossier", "-d", help="The dossier's number (mã hồ sơ).", show_default=False)
]
ProcedureOption = Annotated[
    str | None, typer.Option("--procedure", "-p", help="The procedure's code (mã TTHC).", show_default=False)
]


AgencyOption = Annotated[
    str | None,
    typer.Option(
        "--agency", help="Code of the agency (cơ quan); default: the default agency.", show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(ingest)
    app.command()(watch)
    app.command()(batches)
    app.command()(assign)
    app.command()(retry)
    app.command()(hand_over)
    app.command()(release)
    app.command("worker")(work_on_batches)


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files (one batch) and folders (a batch each).")],
    dossier: DossierOption = None,
    procedure: ProcedureOption = None,
    agency: AgencyOption = None,
    jobs: JobsOption = None,
    json: JsonOption = False,
) -> None:
    """Digitize files into the archive; the files stay where they are."""
    from scanflow.archive.people.agencies import known_agency
    from scanflow.ledger.batches import Intake
    from scanflow.pipeline import services
    from scanflow.pipeline.intake import gather
    from scanflow.pipeline.intake.take import take
    from scanflow.pipeline.named_files import load_file
    from scanflow.pipeline.queue.direct import short_lived_worker
    from scanflow.text.dossier_numbers import normalise_dossier_number

    settings = settings_from(jobs=jobs)
    grammars = settings.codes.dossier_grammars
    given = normalise_dossier_number(dossier, grammars) if dossier else None
    groups = gather.gather(paths)
    with services.open_services(settings) as opened:
        code = services.known_procedure(opened, procedure)
        owner = known_agency(opened.catalog, agency)
        with short_lived_worker(opened) as submitter:
            batch_ids: list[str] = []
            for group in groups:
                number = given or gather.number_from_hint(group.hint, grammars)
                intake = Intake("ingest", os_user(), number, code, owner)
                taken = take(opened, group.files, lambda path: load_file(path, settings.limits), intake)
                for batch_id in taken.batches:
                    submitter.submit(batch_id)
                batch_ids.extend(taken.batches)
            outcomes = [
                follow(opened, submitter, batch_id, json=json) for batch_id in dict.fromkeys(batch_ids)
            ]
    end_with(outcomes, json=json)


def watch(
    inboxes: Annotated[
        list[Path] | None, typer.Argument(help="Inbox folders; default: [inbox] folders.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Stop when the inboxes are empty.")] = False,
    polling: Annotated[
        bool,
        typer.Option(
            "--polling", help="Check folders at intervals instead of waiting for events (for network shares)."
        ),
    ] = False,
    work: Annotated[
        bool, typer.Option("--work/--no-work", help="Work on batches here, or leave it to workers.")
    ] = True,
    jobs: JobsOption = None,
) -> None:
    """Follow inbox folders; a subfolder's name may be the dossier's number. Ctrl-C ends it gracefully."""
    from scanflow.capture.inbox import require_folders
    from scanflow.pipeline import services
    from scanflow.pipeline.intake import watcher
    from scanflow.pipeline.queue.jobs import open_submitter
    from scanflow.pipeline.queue.worker import embedded_worker, wait_for

    settings = settings_from(jobs=jobs)
    changes: dict[str, object] = {"folders": tuple(inboxes)} if inboxes else {}
    if polling:
        changes["polling"] = True
    settings = settings.model_copy(update={"inbox": settings.inbox.model_copy(update=changes)})
    if not settings.inbox.folders:
        raise SettingsError("no inbox: name one, or set [inbox] folders in scanflow.toml")
    try:
        require_folders(settings.inbox.folders)
    except SettingsError as error:
        if inboxes:  # what is wrong is the call
            raise UsageError(error.message, error.message_vi) from None
        raise
    with stopped_by_signals() as stop, services.open_when_there(settings, stop) as opened:
        if opened is None:
            return
        worker = (
            embedded_worker(opened, lambda outcome: show_outcome(opened, outcome, names=False))
            if work
            else open_submitter(settings, opened.catalog)
        )
        with worker as submitter:
            print_note(f"watching {', '.join(map(str, settings.inbox.folders))}")
            if not once:
                watcher.watch_inboxes(opened, submitter, stop)
                return
            for batch_id in list(watcher.empty_inboxes(opened, submitter, stop)):
                if work:
                    wait_for(opened, batch_id)


def work_on_batches(jobs: JobsOption = None) -> None:
    """Work on batches from watchers and stations, on any machine that reaches database and store.

    Without batches it does what is due at night ([nightly] jobs, join). Ctrl-C or SIGTERM ends it gracefully:
    its present batches are finished, or left to others after [work] grace.
    """
    from scanflow.night.beside_worker import working_at_night
    from scanflow.pipeline import services
    from scanflow.pipeline.queue.worker import embedded_worker
    from scanflow.pipeline.webhook_delivery import delivering

    settings = settings_from(jobs=jobs)
    with stopped_by_signals() as stop, services.open_when_there(settings, stop) as opened:
        if opened is None:
            return
        with (
            embedded_worker(opened, lambda outcome: show_outcome(opened, outcome, names=False)),
            delivering(settings, opened.catalog),
            working_at_night(settings, opened.catalog),
        ):
            print_note("working")
            stop.wait()


def batches(
    every: Annotated[bool, typer.Option("--all", help="Show closed ones, too.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many to show, the newest first.")] = 100,
    json: JsonOption = False,
) -> None:
    """Batches that are not closed, and why: waiting for a number, or stopped half-way."""
    from scanflow.archive.logbook import LISTED
    from scanflow.cli.display import show_batches
    from scanflow.ledger.batches import batch_ids
    from scanflow.pipeline import batch_outcome

    with noted_catalog(settings_from()) as catalog:
        with catalog.reading() as connection:
            found_ids = batch_ids(connection, only_open=not every)
            found = [batch_outcome.outcome_of(connection, batch_id) for batch_id in found_ids[:limit]]
        note_look(catalog, LISTED, "batches")
    if json:
        print_json(found)
    elif found:
        show_batches(found)
    if not found:
        print_note(
            localized("no batch is known", "chưa có tập giấy tờ nào")
            if every
            else localized("no batch waits, all are closed", "không có tập giấy tờ nào đang chờ")
        )
    if len(found_ids) > limit:
        print_note(f"{len(found_ids) - limit} older ones are not shown; see --limit")


def assign(
    batch: Annotated[str, typer.Argument(help="The waiting batch.")],
    dossier: Annotated[str, typer.Argument(help="The dossier's number (mã hồ sơ).")],
    procedure: ProcedureOption = None,
    jobs: JobsOption = None,
) -> None:
    """Give a waiting batch its dossier's number, and file it."""
    from scanflow.pipeline import services
    from scanflow.pipeline.waiting_batches import assign_batch
    from scanflow.text.dossier_numbers import normalise_dossier_number

    settings = settings_of_archive(jobs=jobs)
    number = normalise_dossier_number(dossier, settings.codes.dossier_grammars)
    with services.open_services(settings) as opened:
        code = services.known_procedure(opened, procedure)
        assign_batch(opened, batch, number, code, os_user())
        _finish(opened, batch)


def retry(
    batch: Annotated[str, typer.Argument(help="The failed batch.")],
    jobs: JobsOption = None,
) -> None:
    """Try a batch again that failed too often."""
    from scanflow.pipeline import services
    from scanflow.pipeline.waiting_batches import retry_batch

    with services.open_services(settings_of_archive(jobs=jobs)) as opened:
        retry_batch(opened, batch, os_user())
        _finish(opened, batch)


def hand_over(
    batch: Annotated[str, typer.Argument(help="The stack at the desk.", show_default=False)],
    to: Annotated[str, typer.Option("--to", help="The user who takes it over.", show_default=False)],
) -> None:
    """Give a stack at the desk, whose clerk is absent, to another user of its agency; it is logged."""
    from scanflow.archive.catalog import open_catalog
    from scanflow.desk.changing.handover import hand_over_by_command

    with open_catalog(settings_of_archive()) as catalog:
        hand_over_by_command(catalog, batch, to, actor=os_user())
    print_note(f"{to} has batch {batch} now")


def release(
    batch: Annotated[str, typer.Argument(help="The stack at the desk.", show_default=False)],
) -> None:
    """Let any clerk of its agency take on a stack at the desk, whose clerk is absent; it is logged."""
    from scanflow.archive.catalog import open_catalog
    from scanflow.desk.changing.handover import release_by_command

    with open_catalog(settings_of_archive()) as catalog:
        release_by_command(catalog, batch, actor=os_user())
    print_note(f"batch {batch} waits for a clerk now")


def _finish(opened: "Services", batch_id: str) -> None:
    """Work on a batch after a person's decision, and show the outcome."""
    from scanflow.pipeline.queue.direct import short_lived_worker

    with short_lived_worker(opened, own=batch_id) as submitter:
        submitter.submit(batch_id)
        outcome = follow(opened, submitter, batch_id)
    end_with([outcome])


def follow(opened: "Services", submitter: "Submits", batch_id: str, *, json: bool = False) -> "Outcome":
    """Wait with a progress bar until the work on a batch has ended; print the outcome unless JSON
    is wanted.
    """
    from scanflow.pipeline.queue.worker import wait_for

    with progress_bar(f"batch {batch_id}") as progress:
        outcome = wait_for(opened, batch_id, progress, submitter.pause)
    if not json:
        show_outcome(opened, outcome)
    return outcome


def show_outcome(opened: "Services", outcome: "Outcome", *, names: bool = True) -> None:
    """Print the outcome of a batch."""
    from scanflow.cli import display

    display.show_outcome(opened, outcome, names=names)


def end_with(outcomes: Sequence["Outcome"], *, json: bool = False) -> None:
    """Print the outcomes of batches if JSON is wanted; end with the exit code of the first case that applies.

    The cases are: a failure, a page in quarantine, a missing number.
    """
    if json:
        print_json(outcomes)
    if any(outcome.state == "failed" for outcome in outcomes):
        raise typer.Exit(ScanflowError.exit_code)
    if any(laid.where == "quarantined" for outcome in outcomes for laid in outcome.laid):
        raise typer.Exit(InputError.exit_code)
    if any(outcome.state == "unassigned" for outcome in outcomes):
        raise typer.Exit(UnassignedError.exit_code)
