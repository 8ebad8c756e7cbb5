"""`scanflow fields`: values of the papers in files, without an archive."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanflow.cli.app import JobsOption, JsonOption, settings_from
from scanflow.cli.each_file import Problem, print_problems, read_each
from scanflow.cli.output import print_json, print_table
from scanflow.errors import UsageError

if TYPE_CHECKING:
    from scanflow.model import FieldValue
    from scanflow.pipeline.standalone.papers_of_files import PaperOfFile

FilesArgument = Annotated[
    list[Path], typer.Argument(help="PDFs, TIFFs, JPEGs, PNGs, WebPs or HEICs.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(fields)


def fields(
    files: FilesArgument,
    type_id: Annotated[
        str | None,
        typer.Option("--type", help="The document type of each file, which is then one paper (an id)."),
    ] = None,
    jobs: JobsOption = None,
    json: JsonOption = False,
) -> None:
    """Read the fields of each paper in files: raw, normal form, confidence, source, page and place.

    A value that isn't sure is marked as doubtful.
    """
    from difflib import get_close_matches

    from scanflow.pipeline.profiles_in_use import load_profiles_in_use
    from scanflow.pipeline.standalone.papers_of_files import papers_of

    settings = settings_from(jobs=jobs)
    profiles = load_profiles_in_use(settings)
    if type_id is not None and type_id not in profiles.types:
        near = ", ".join(get_close_matches(type_id, profiles.types, cutoff=0.4)) or "see types.yaml"
        raise UsageError(
            f"{type_id}: no such document type; like it: {near}",
            f"Không có loại giấy tờ {type_id}. Hãy kiểm tra lại mã loại; gần giống: {near}.",
        )
    problems: list[Problem] = []
    papers = [
        paper
        for file in read_each(settings, files, problems)
        for paper in papers_of(file, profiles, settings.classify, type_id=type_id)
    ]
    least = settings.classify.min_field_confidence
    if json:
        print_json(
            {
                "papers": [_paper_json(paper, least) for paper in papers],
                "problems": [each.as_json() for each in problems],
            }
        )
    else:
        rows = [_row(paper, value, least) for paper in papers for value in paper.paper.field_details]
        print_table("fields", ("file", "page", "type", "field", "value", "sure", "source"), rows)
    print_problems(problems)


def _paper_json(paper: "PaperOfFile", least: float) -> dict[str, Any]:
    return {
        "file": paper.file,
        "pages": paper.pages,
        "type": paper.paper.type,
        "kind": paper.paper.kind or None,
        "title": paper.paper.title,
        "confidence": paper.paper.confidence,
        "fields": paper.paper.fields,
        "values": [_value_json(paper, value, least) for value in paper.paper.field_details],
    }


def _value_json(paper: "PaperOfFile", value: "FieldValue", least: float) -> dict[str, Any]:
    box = value.box
    return {
        "name": value.name,
        "raw": value.raw,
        "value": value.value,
        "confidence": value.confidence,
        "doubtful": value.confidence < least,
        "source": value.source,
        "page": paper.pages[value.page - 1],
        "box": [round(side, 2) for side in (box.left, box.top, box.right, box.bottom)] if box else None,
        "problems": value.problems,
        "person": value.person or None,
    }


def _row(paper: "PaperOfFile", value: "FieldValue", least: float) -> tuple[object, ...]:
    sure = f"{value.confidence:.2f}" + ("" if value.confidence >= least else " ?")
    shown = value.value or f"({value.raw})"
    return paper.file, paper.pages[value.page - 1], paper.paper.type, value.name, shown, sure, value.source
