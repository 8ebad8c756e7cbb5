"""`scanflow figures`: papers digitized, reused, doubtful and confirmed in a time, and what waits."""

import csv as csv_files
import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanflow.cli.app import JsonOption, settings_from
from scanflow.cli.language import localized, word
from scanflow.cli.noting import note_look, noted_catalog
from scanflow.cli.output import print_json, print_table, progress_bar, stdout
from scanflow.errors import UsageError

if TYPE_CHECKING:
    from scanflow.archive.figures.facts import Figures
    from scanflow.pipeline.figures import FiguresReport

_USUAL_DAYS = 30
_BY = ("day", "procedure", "agency")
_SHOWN = (
    "dossiers",
    "complete",
    "asked",
    "met",
    "papers",
    "pages",
    "doubtful",
    "doubtful_rows",
    "held",
    "reused",
)
_COLUMNS = (
    "dossiers taken in", "complete", "papers required", "of these present", "papers", "pages", "doubtful",
    "doubtful rows",     "held already", "reused",
)  # fmt: skip

_SHARES = {
    "complete": ("dossiers digitized in full", "hồ sơ được số hóa đủ thành phần"),
    "met": ("required papers digitized", "thành phần hồ sơ được số hóa"),
    "electronic": ("results issued electronically", "kết quả giải quyết điện tử"),
    "reused": ("papers reused, not scanned again", "giấy tờ tái sử dụng, không quét lại"),
    "doubtful": ("papers still doubtful", "giấy tờ còn nghi vấn"),
    "right": ("automatic types that people confirmed", "loại giấy tờ tự nhận dạng đúng"),
}


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(figures)


def figures(
    since: Annotated[
        str | None, typer.Option("--from", help="First day, YYYY-MM-DD; default: thirty days in all.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day; default: today.")] = None,
    agency: Annotated[str | None, typer.Option("--agency", help="Only this agency.")] = None,
    procedure: Annotated[str | None, typer.Option("--procedure", help="Only this procedure.")] = None,
    by: Annotated[str, typer.Option("--by", help="A row for each `day`, `procedure` or `agency`.")] = "day",
    csv: Annotated[
        bool, typer.Option("--csv", help="The counts by agency, day and procedure as CSV.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Show figures: papers digitized and reused, doubtful, confirmed, by counter, and what waits."""
    from scanflow.archive.figures.daily import FiguresScope, by_agency
    from scanflow.archive.logbook import LISTED
    from scanflow.archive.people.agencies import known_agency
    from scanflow.archive.site_profiles import profiles_of
    from scanflow.pipeline.figures import kept_rows, report, rules_of

    if by not in _BY:
        raise UsageError(f"--by {by}: one of {', '.join(_BY)}")
    first, last = _days(since, until)
    settings = settings_from()
    with noted_catalog(settings) as catalog:
        chosen = None if agency is None else known_agency(catalog, agency)
        scope = FiguresScope(first, last, chosen, procedure)
        rules = rules_of(profiles_of(settings.classify, settings.home), settings.classify)
        with progress_bar("counting") as progress:
            found = report(catalog, rules, scope, progress=progress)
        rows = kept_rows(catalog, scope) if csv else []
        with catalog.reading() as connection:
            agencies = by_agency(connection, scope)
        said = {"from": first.isoformat(), "to": last.isoformat(), "agency": chosen, "procedure": procedure}
        note_look(catalog, LISTED, "figures", after={name: value for name, value in said.items() if value})
    if csv:
        _print_csv(rows)
    elif json:
        print_json(_as_json(found, agencies))
    else:
        days = {day.isoformat(): each for day, each in found.days.items()}
        _show(found, {"day": days, "procedure": found.procedures, "agency": agencies}[by], by)


def _days(since: str | None, until: str | None) -> tuple[date, date]:
    """The first and the last day that are meant. Raises UsageError."""
    from datetime import timedelta

    from scanflow.clock import date_in_vietnam, now

    last = _day(until) if until else date_in_vietnam(now())
    first = _day(since) if since else last - timedelta(days=_USUAL_DAYS - 1)
    if first > last:
        raise UsageError(f"{first} is after {last}", "Ngày đầu phải trước ngày cuối.")
    return first, last


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day: YYYY-MM-DD", "Ngày chưa đúng. Ví dụ: 2026-11-27") from None


def _as_json(found: "FiguresReport", agencies: dict[str, "Figures"]) -> dict[str, Any]:
    return {
        "from": found.scope.first,
        "to": found.scope.last,
        "agency": found.scope.agency,
        "procedure": found.scope.procedure,
        "total": found.total,
        "shares": [
            {"name": each.name, "numerator": each.part, "denominator": each.whole, "percent": each.percent}
            for each in found.shares
        ],
        "days": {day.isoformat(): each for day, each in found.days.items()},
        "procedures": found.procedures,
        "agencies": agencies,
        "counters": [
            {
                "agency": each.agency,
                "counter": each.counter,
                "papers": each.papers,
                "pages": each.pages,
                "hours": each.hours,
                "pages_an_hour": round(each.pages_an_hour, 1),
            }
            for each in found.counters
        ],
        "nights": found.nights,
        "waiting": {state.value: each for state, each in found.waiting.items()},
        "pages_in_quarantine": found.quarantined,
    }


def _show(found: "FiguresReport", rows: dict[str, "Figures"], by: str) -> None:
    shares = [
        (
            localized(*_SHARES[each.name]),
            each.part,
            each.whole,
            "" if each.percent is None else f"{each.percent:.1f} %",
        )
        for each in found.shares
    ]
    print_table("", ("figure", "numerator", "denominator", "share"), shares)
    stdout.print()
    counts = [(name, *(getattr(each, count) for count in _SHOWN)) for name, each in rows.items()]
    print_table("", (by, *_COLUMNS), counts)
    stdout.print()
    counters = [
        (each.counter or "-", each.papers, each.pages, each.hours, f"{each.pages_an_hour:.0f}")
        for each in found.counters
    ]
    print_table("", ("counter", "papers", "pages", "hours", "pages an hour"), counters)
    stdout.print()
    if found.nights:
        runs = [
            (each.id, word(each.state), each.documents, each.pages, _results(each.results))
            for each in found.nights
        ]
        print_table("", ("night", "state", "papers", "pages", "result"), runs)
        stdout.print()
    waiting = [(word(state.value), each.batches, each.pages) for state, each in found.waiting.items()]
    print_table("", ("waiting", "batches", "pages"), [*waiting, (word("quarantine"), "", found.quarantined)])


def _results(results: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(results.items()))


def _print_csv(rows: "list[tuple[str, date, str, Figures]]") -> None:
    from scanflow.pipeline.figures import COUNTS
    from scanflow.text.spreadsheet import cell

    writer = csv_files.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("day", "agency", "procedure", *COUNTS))
    for agency, day, procedure, each in rows:
        writer.writerow([day.isoformat(), cell(agency), cell(procedure), *(getattr(each, n) for n in COUNTS)])
