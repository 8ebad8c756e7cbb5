"""`scanflow profiles` and `scanflow procedures`: the data checked, lists imported, procedures found."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanflow.cli import learning
from scanflow.cli.app import JsonOption, group_of_commands, invocation, settings_from
from scanflow.cli.output import print_json, print_note, print_notice, print_table, stdout
from scanflow.errors import InputError, NotFoundError, SettingsError, UsageError
from scanflow.names import printable_text

if TYPE_CHECKING:
    from scanflow.classify.procedures.importing import ProcedureChange
    from scanflow.classify.procedures.listed import ListedRow
    from scanflow.classify.procedures.published_files import Fault
    from scanflow.classify.profiles import Procedure, RequiredPaper

profiles_app = group_of_commands("Procedures and document types as data.")
procedures_app = group_of_commands("Find procedures and the papers that they require.")
# The greatest number of printed faults of a list; more faults usually have one common cause.
_SHOWN_FAULTS = 50


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    profiles_app.command()(check)
    profiles_app.command("import")(import_list)
    procedures_app.command()(search)
    procedures_app.command()(show)
    app.add_typer(procedures_app, name="procedures")
    learning.register(profiles_app)
    app.add_typer(profiles_app, name="profiles")


def check(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Folders of profiles, laid over the built-in ones; default: the configured ones."
        ),
    ] = None,
) -> None:
    """Check profiles against their schema and each other; print every problem."""
    from scanflow.classify.profile_files import check_profiles, layers_of, load_profiles
    from scanflow.classify.profile_yaml import SHIPPED

    settings = settings_from()
    layers = (SHIPPED, *folders) if folders else layers_of(settings.classify, settings.home)
    problems = check_profiles(layers)
    for problem in problems:
        stdout.print(problem, markup=False)
    if problems:
        raise typer.Exit(SettingsError.exit_code)
    profiles = load_profiles(layers)
    stdout.print(f"ok: {len(profiles.procedures)} procedures, {len(profiles.types)} document types")


def import_list(
    file: Annotated[
        Path, typer.Argument(help="A published list: .jsonl (also .gz, .zst), .csv, .tsv, .xlsx.")
    ],
    into: Annotated[
        Path | None,
        typer.Option("--into", help="The folder of profiles to write to; default: `profiles` in the home."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="DAY", help="The day from which it is in force (2026-01-31); default: today."
        ),
    ] = None,
    retention: Annotated[
        str | None,
        typer.Option(
            "--retention", help="Retention code of its procedures (01 to 07); default: 06, ten years."
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="HEADING=FIELD", help="Which field a column of a table is; repeatable."
        ),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help="The sheet of a workbook; default: the first.")
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Only show what would change; write nothing.")] = False,
    json: JsonOption = False,
) -> None:
    """Take a published list of procedures into a profile folder; report how each row was understood."""
    from scanflow.classify.procedures.importing import plan_import
    from scanflow.classify.procedures.published_files import column_map, read_source
    from scanflow.classify.profile_files import own_profiles

    settings = settings_from()
    if not file.is_file():
        raise UsageError(f"no such file: {file}", f"Không có tệp {file}.")
    source = read_source(file, column_map(columns or ()), sheet)
    if not source.procedures:
        _complain_of(source.faults)
        raise InputError(
            f"{file}: no procedure that can be imported", f"Tệp {file.name} không có thủ tục nào nhập được."
        )
    plan = plan_import(
        (procedure for _, procedure in source.procedures),
        into or own_profiles(settings.home),
        _day(start, "--from"),
        _retention(retention),
    )
    if not diff:
        try:
            plan.write()
        except OSError as error:
            raise UsageError(
                f"{plan.path}: cannot be written: {error}", f"Không ghi được tệp {plan.path}."
            ) from error
    counts = dict.fromkeys(("added", "changed", "read anew", "unchanged"), 0)
    for change in plan.changes:
        counts[change.outcome] += 1
    if json:
        print_json(
            {
                "file": plan.path,
                "written": not diff,
                "procedures": counts,
                "changes": [_change_as_json(c) for c in plan.changes if c.outcome != "unchanged"],
                "faults": source.faults,
            }
        )
    elif not invocation.quiet:
        sys.stdout.writelines(
            printable_text(line) + "\n" for c in plan.changes for line in _change_as_lines(c)
        )
    _complain_of(source.faults)
    said = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    print_note(f"{plan.path}: {said}" + (" (nothing written)" if diff else ""))


def search(
    words: Annotated[
        list[str], typer.Argument(help="Words of name, code, field or agency; accents optional.")
    ],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many to show.")] = 20,
    json: JsonOption = False,
) -> None:
    """Find procedures by name, code, field or agency."""
    from scanflow.archive.site_profiles import profiles_of
    from scanflow.classify.procedures.finding import search_procedures

    settings = settings_from()
    found = search_procedures(profiles_of(settings.classify, settings.home), " ".join(words), limit)
    if json:
        print_json(found)
    else:
        rows = [(each.code, each.name, each.field, each.agency) for each in found]
        print_table("Procedures", ("code", "name", "field", "agency"), rows)
    if not found:
        print_note(f"no procedure has the words {' '.join(words)}")


def show(
    code: Annotated[str, typer.Argument(help="The procedure's code (mã TTHC).")],
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY", help="As in force on a day; default: today.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show the papers that a procedure requires."""
    from scanflow.archive.site_profiles import profiles_of
    from scanflow.classify.profiles import in_force, root_code

    settings = settings_from()
    day = _day(on, "--on")
    found = profiles_of(settings.classify, settings.home).procedure(root_code(code), day)
    if found is None:
        raise NotFoundError(
            f"no procedure {code}; look for it with: scanflow procedures search WORDS",
            f"Không có thủ tục {code}. Hãy tìm bằng lệnh: scanflow procedures search",
        )
    procedure = in_force(found, day)
    if json:
        print_json(procedure)
        return
    for label, value in _heads_of(procedure):
        sys.stdout.write(printable_text(f"{label}: {value}") + "\n")
    rows = [_row_shown(row) for row in procedure.required]
    print_table("Papers", ("id", "title", "form", "asked", "types", "condition"), rows)


def _day(text: str | None, option: str) -> date:
    from scanflow.clock import date_in_vietnam, now

    if text is None:
        return date_in_vietnam(now())
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{option} {text}: write the day as 2026-01-31",
            f"{option} {text}: hãy viết ngày dạng 2026-01-31.",
        ) from error


def _retention(text: str | None) -> Any:
    if text is not None and text not in {"01", "02", "03", "04", "05", "06", "07"}:
        raise UsageError(
            f"--retention {text}: one of 01 to 07", f"--retention {text}: hãy chọn mã từ 01 đến 07."
        )
    return text


def _complain_of(faults: "list[Fault]") -> None:
    for fault in faults[:_SHOWN_FAULTS]:
        print_note(str(fault))
    if len(faults) > _SHOWN_FAULTS:
        print_note(f"and {len(faults) - _SHOWN_FAULTS} more; --json has all")
    if faults:
        print_notice(
            f"{len(faults)} parts of the list were left out or are in doubt",
            f"Có {len(faults)} chỗ trong danh mục không nhập được hoặc chưa rõ.",
        )


def _change_as_lines(change: "ProcedureChange") -> Iterator[str]:
    """A changed procedure and its rows; former rows are marked with -, present ones with +."""
    if change.outcome == "unchanged":
        return
    listed = change.listed
    yield f"{listed.code} {listed.name} ({change.outcome}, from {listed.effective_from})"
    for row in change.rows:
        if row.before is not None:
            yield f"  - {_row_as_line(row.before)}"
        if row.after is not None:
            yield f"  + {_row_as_line(row.after)}"


def _row_as_line(row: "ListedRow") -> str:
    made = row.made
    if made is None:
        return f"no paper ({row.no_paper}): {row.name}"
    parts = [
        made.id,
        " | ".join(made.titles),
        f"form {', '.join(made.form_numbers)}" if made.form_numbers else "",
        f"{made.originals} original {made.copies} copy" if made.originals or made.copies else "",
        "" if made.required else "not always",
        f"if: {made.condition}" if made.condition else "",
        "all of them" if made.together else "",
    ]
    return " · ".join(filter(None, parts))


def _change_as_json(change: "ProcedureChange") -> dict[str, Any]:
    import msgspec

    return {
        "code": change.listed.code,
        "name": change.listed.name,
        "outcome": change.outcome,
        "effective_from": change.listed.effective_from,
        "result_titles": change.listed.result_titles,
        "rows": [
            {
                "before": msgspec.to_builtins(row.before) if row.before else None,
                "after": msgspec.to_builtins(row.after) if row.after else None,
            }
            for row in change.rows
        ],
    }


def _heads_of(procedure: "Procedure") -> Iterator[tuple[str, object]]:
    yield "code", procedure.code
    yield "name", procedure.name
    yield "field", procedure.field
    yield "agency", procedure.agency
    yield (
        "in force",
        f"from {procedure.effective_from}"
        + (f" to {procedure.effective_to}" if procedure.effective_to else ""),
    )
    yield "results", "; ".join(procedure.result_titles or procedure.results)


def _row_shown(row: "RequiredPaper") -> tuple[str, ...]:
    amounts = [f"{row.originals} original"] if row.originals else []
    amounts += [f"{row.copies} copy"] if row.copies else []
    asked = ", ".join(amounts) or f"{row.count}"
    return (
        row.id,
        " | ".join(row.titles) or row.name,
        ", ".join(row.form_numbers),
        asked if row.required else f"{asked} (not always)",
        ", ".join(row.types or row.kinds),
        row.condition,
    )
