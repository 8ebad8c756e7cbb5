"""`scanflow rework`: filed documents brought up to new profiles, search index and PDF, but not read."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanflow.cli.app import JobsOption, JsonOption, group_of_commands, settings_of_archive
from scanflow.cli.night_runs import (
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
from scanflow.cli.output import print_json, print_table, progress_bar
from scanflow.cli.reocr import undo
from scanflow.cli.stopping import stopped_by_signals

if TYPE_CHECKING:
    from scanflow.settings import Settings

rework_app = group_of_commands()


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    rework_app.callback(invoke_without_command=True)(rework)
    rework_app.command("undo")(undo)
    app.add_typer(rework_app, name="rework", no_args_is_help=False)


def rework(
    ctx: typer.Context,
    profiles: Annotated[
        bool,
        typer.Option(
            "--profiles", help="Type, rows and values by the present profiles, except what people set."
        ),
    ] = False,
    index: Annotated[bool, typer.Option("--index", help="Renew their text in search.")] = False,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Rewrite PDFs of older releases, with the same images.")
    ] = False,
    every: Annotated[
        bool, typer.Option("--every", help="With --pdf: also those of the present release.")
    ] = False,
    program_below: ProgramBelowOption = None,
    kinds: KindOption = None,
    types: TypeOption = None,
    filed_from: FiledFromOption = None,
    filed_until: FiledUntilOption = None,
    dossiers: DossierOption = None,
    agency: AgencyOption = None,
    opens: FromOption = None,
    closes: UntilOption = None,
    run_id: RunOption = None,
    new: NewOption = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show how many documents would change; change nothing.")
    ] = False,
    report: ReportOption = None,
    jobs: JobsOption = None,
    json: JsonOption = False,
) -> None:
    """Bring filed documents up to new profiles, search index and PDF, without reading them again.

    None of --profiles, --index and --pdf: all three. What people set stays, signed files stay as they are,
    old versions stay, and each change is logged with its run. Behind all other work; the same call goes on
    with what is left of an open run; `scanflow reocr runs`, `status` and `stop` know these runs, too.
    """
    if ctx.invoked_subcommand is not None:
        return
    from scanflow.model.night_states import REWORK
    from scanflow.night.rework import PARTS, rework_job
    from scanflow.night.runs.choosing import Query
    from scanflow.night.runs.window import parse_window

    window = parse_window(opens, closes)
    query = Query(
        program_below=program_below,
        kinds=tuple(kinds or ()),
        types=tuple(types or ()),
        filed_from=day(filed_from),
        filed_until=day(filed_until),
        numbers=tuple(dossiers or ()),
    )
    wanted = [name for name, stated in zip(PARTS, (profiles, index, pdf), strict=True) if stated]
    asked: dict[str, Any] = {"query": query.to_json(), "parts": wanted or list(PARTS), "every": every}
    settings = settings_of_archive(jobs=jobs)
    if dry_run:
        _foresee(settings, asked, agency, json=json)
        return
    with stopped_by_signals() as stop:
        run = begin_run(settings, REWORK, asked, agency, window, run_id, new=new)
        carry_out_run(settings, run, stop, lambda services: rework_job(services, run))
        show_report(settings, run.id, report, json=json)


def _foresee(settings: "Settings", asked: dict[str, Any], agency: str | None, *, json: bool) -> None:
    from scanflow.archive.people.agencies import known_agency
    from scanflow.night.rework import foresee
    from scanflow.night.runs.choosing import Query
    from scanflow.pipeline import services

    with services.open_services(settings) as opened, progress_bar("documents") as progress:
        owner = None if agency is None else known_agency(opened.catalog, agency)
        found = foresee(opened, Query.from_json(asked["query"]), owner, asked, progress)
    if json:
        print_json({"results": found})
        return
    print_table("dry run", ("result", "documents"), list(found.items()))
