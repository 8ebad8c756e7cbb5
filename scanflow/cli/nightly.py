"""`scanflow nightly`: nightly jobs, each with a report."""

from typing import TYPE_CHECKING, Annotated

import typer

from scanflow.cli.app import JobsOption, JsonOption, group_of_commands, settings_of_archive
from scanflow.cli.language import localized
from scanflow.cli.noting import note_look, os_user
from scanflow.cli.output import print_error, print_json, print_note, print_table, progress_bar, stdout
from scanflow.errors import IntegrityError
from scanflow.names import printable_text

if TYPE_CHECKING:
    from scanflow.archive.catalog import Catalog
    from scanflow.night.jobs.base import NightlyJob
    from scanflow.night.jobs.running import JobReport
    from scanflow.settings import Settings

_MOST_ROWS = 50

nightly = group_of_commands("Nightly jobs that check the archive, each with a report in HOME/nightly.")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(nightly, name="nightly")


@nightly.command("list")
def list_(json: JsonOption = False) -> None:
    """List the jobs with their last results."""
    from scanflow.archive.identity import open_archive
    from scanflow.clock import in_vietnam
    from scanflow.night.jobs.running import last_results

    with open_archive(settings_of_archive()) as archive:
        found = last_results(archive.catalog)
    if json:
        print_json(
            [
                {"job": e.job.name, "what": e.job.what.en, "at": e.at, "ok": e.ok, "verdict": e.verdict}
                for e in found
            ]
        )
        return
    rows = [
        (
            each.job.name,
            localized(each.job.what.en, each.job.what.vi),
            f"{in_vietnam(each.at):%Y-%m-%d %H:%M}" if each.at else "",
            localized(each.verdict.en, each.verdict.vi) if each.verdict else "",
        )
        for each in found
    ]
    print_table("", ("name", "what", "time", "state"), rows)


@nightly.command("run")
def run(
    jobs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[JOB]...", help="The jobs; default: all, one after the other."),
    ] = None,
    once: Annotated[
        bool,
        typer.Option(
            "--once-a-night", help="Leave out jobs that were begun since the window of [nightly] opened."
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Carry out jobs; ends with 9 where one found a problem.

    They change nothing. A job that can't be carried out doesn't keep the others from running; the exit code
    is that of what hindered it.
    """
    from scanflow.night.jobs.running import jobs_named

    settings = settings_of_archive()
    wanted = jobs_named(jobs or [])
    _carry_out(settings, wanted, json=json, once=once)


@nightly.command("work")
def work(
    jobs: JobsOption = None,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="End when the process ends that started this one.")
    ] = False,
) -> None:
    """Carry out what is due now: the jobs in [nightly] jobs, and documents of runs that are under way.

    Workers start this by themselves where they have nothing else to do. It ends when nothing is left, or the
    window closes. Behind all other work.
    """
    from scanflow.cli.early import give_way
    from scanflow.cli.stopping import ends_with_parent, stopped_by_signals
    from scanflow.night.scheduled import carry_out_due, require_jobs_known

    settings = settings_of_archive(jobs=jobs)
    require_jobs_known(settings)
    give_way()
    with stopped_by_signals() as stop:
        if with_parent:
            ends_with_parent(stop)
        failed = carry_out_due(settings, stop)
    if failed:
        raise typer.Exit(failed[-1].exit_code)


def verify_sample(size: str, *, json: bool) -> None:
    """`scanflow verify --sample`: the nightly job of this name, with a sample of this size."""
    from scanflow.archive.repair.sampling import sample_size
    from scanflow.night.jobs.running import jobs_named

    sample_size(size, 1)  # a wrong size is reported before anything is opened
    settings = settings_of_archive()
    nightly = settings.nightly.model_copy(update={"sample": size})
    _carry_out(settings.model_copy(update={"nightly": nightly}), jobs_named(["verify"]), json=json)


def _carry_out(settings: "Settings", wanted: "list[NightlyJob]", *, json: bool, once: bool = False) -> None:
    from scanflow.archive.identity import open_archive
    from scanflow.archive.site_profiles import profiles_of
    from scanflow.night.jobs.running import as_json, run_job
    from scanflow.pipeline.log_anchoring import anchor_if_due

    profiles = profiles_of(settings.classify, settings.home)
    reports = []
    with open_archive(settings) as archive:
        for job in wanted:
            if once and _is_begun(settings, archive.catalog, job.name):
                print_note(localized(f"{job.name}: begun this night already", f"{job.name}: đã chạy đêm nay"))
                continue
            with progress_bar(job.name) as progress:
                report = run_job(settings, archive, profiles, job, by=os_user(), progress=progress)
            done = {"job": job.name, "ok": report.findings.ok}
            note_look(archive.catalog, "checked", "archive", after=done)
            if not json:
                _print(report)
            reports.append(report)
        anchor_if_due(settings, archive.catalog)
    if json:
        print_json([as_json(each) for each in reports])
    errors = [each.error for each in reports if each.error is not None]
    for error in errors:
        print_error(error)
    if any(each.error is None and not each.findings.ok for each in reports):
        raise typer.Exit(IntegrityError.exit_code)
    if errors:
        raise typer.Exit(errors[0].exit_code)


def _is_begun(settings: "Settings", catalog: "Catalog", name: str) -> bool:
    """Whether somebody has begun a job since the nights' window opened last."""
    from scanflow.clock import now
    from scanflow.night.jobs.running import is_begun_since
    from scanflow.night.scheduled import window_of_nights

    with catalog.reading() as connection:
        return is_begun_since(connection, name, window_of_nights(settings).last_opening(now()))


def _print(report: "JobReport") -> None:
    from scanflow.night.reports.report_page import Bilingual

    verdict = report.findings.verdict
    stdout.print(f"{report.job.name}: {localized(verdict.en, verdict.vi)}", markup=False)
    for table in report.findings.tables:
        title = localized(table.title.en, table.title.vi)
        for row in table.rows[:_MOST_ROWS]:
            cells = [
                localized(each.en, each.vi) if isinstance(each, Bilingual) else str(each) for each in row
            ]
            stdout.print("  " + printable_text(f"{title}: {'  '.join(cells)}"), markup=False)
        if len(table.rows) > _MOST_ROWS:
            more = len(table.rows) - _MOST_ROWS
            stdout.print(
                localized(f"  … and {more} more in the report", f"  … và {more} dòng nữa trong báo cáo")
            )
    print_note(localized("report: ", "báo cáo: ") + str(report.files[-1]))
