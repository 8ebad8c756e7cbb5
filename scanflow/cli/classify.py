"""`scanflow classify`: which papers are in files, without an archive."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanflow.cli.app import JobsOption, JsonOption, settings_from
from scanflow.cli.each_file import Problem, print_problems, read_each
from scanflow.cli.output import print_json, stdout
from scanflow.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scanflow.classify.profiles import Profiles
    from scanflow.model import Evidence
    from scanflow.pipeline.standalone.classified_files import ClassifiedFile, ClassifiedPaper

FilesArgument = Annotated[
    list[Path], typer.Argument(help="PDFs, TIFFs, JPEGs, PNGs, WebPs or HEICs.", show_default=False)
]
ProcedureOption = Annotated[
    str | None,
    typer.Option("--procedure", "-p", help="The code whose list the papers are for.", show_default=False),
]
ExplainOption = Annotated[bool, typer.Option("--explain", help="Also say why.")]


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(classify)


def classify(
    files: FilesArgument,
    procedure: ProcedureOption = None,
    explain: ExplainOption = False,
    jobs: JobsOption = None,
    json: JsonOption = False,
) -> None:
    """Find the papers in files: pages, type, kind, and the row of the procedure's list that each meets."""
    from scanflow.classify.profiles import root_code
    from scanflow.pipeline.profiles_in_use import load_profiles_in_use
    from scanflow.pipeline.standalone.classified_files import classify_file

    settings = settings_from(jobs=jobs)
    profiles = load_profiles_in_use(settings)
    code = root_code(procedure) if procedure else None
    if code is not None and code not in profiles.procedures:
        raise UsageError(
            f"no procedure {code} in the profiles",
            f"Không có thủ tục {code} trong cấu hình. Hãy kiểm tra mã.",
        )
    problems: list[Problem] = []
    found = [
        classify_file(file, profiles, settings.classify, code)
        for file in read_each(settings, files, problems)
    ]
    if json:
        print_json(
            {
                "files": [_file_json(each, profiles) for each in found],
                "problems": [each.as_json() for each in problems],
            }
        )
    else:
        for each in found:
            _show(each, profiles, explain=explain)
    print_problems(problems)


def _file_json(file: "ClassifiedFile", profiles: "Profiles") -> dict[str, object]:
    return {
        "file": file.name,
        "procedure": file.procedure,
        "papers": [_paper_json(each, profiles) for each in file.papers],
        "blank": file.blank,
        "proposals": file.proposals,
    }


def _paper_json(found: "ClassifiedPaper", profiles: "Profiles") -> dict[str, object]:
    paper = found.paper
    return {
        "pages": found.pages,
        "type": paper.type,
        "confidence": paper.confidence,
        "kind": paper.kind or None,
        "title": paper.title,
        "row": found.row,
        "chance": found.chance,
        "rows": [
            {"id": each.row, "chance": each.chance, "evidence": _on_pages(each.evidence, found)}
            for each in paper.rows
        ],
        "evidence": _on_pages(paper.evidence, found),
        "doubtful_borders": [
            {
                "page": no,
                "chance": border.chance,
                "cut": no == found.pages[0],
                "evidence": _on_pages(border.evidence, found),
            }
            for no, border in found.doubtful_borders
        ],
        "type_name": profiles.types[paper.type].name if paper.type in profiles.types else None,
        "kind_name": profiles.kinds[paper.kind].name if paper.kind in profiles.kinds else None,
    }


def _on_pages(evidence: "Iterable[Evidence]", found: "ClassifiedPaper") -> list[dict[str, object]]:
    """Evidence with the pages' numbers in the file, not among the pages that were read."""
    numbers = dict(zip(found.paper.pages, found.pages, strict=True))
    return [
        {"cue": each.cue, "found": each.found, "score": each.score, "page": numbers.get(each.page)}
        for each in evidence
    ]


def _show(file: "ClassifiedFile", profiles: "Profiles", *, explain: bool) -> None:
    stdout.print(file.name if file.procedure is None else f"{file.name} ({file.procedure})", markup=False)
    for found in file.papers:
        paper = found.paper
        pages = f"{found.pages[0]}" if len(found.pages) == 1 else f"{found.pages[0]}-{found.pages[-1]}"
        type = profiles.types.get(paper.type)
        kind = profiles.kinds.get(paper.kind)
        # How sure the type is says nothing of the kind.
        known = f"{type.name}, {paper.confidence:.0%}" if type else "(chưa rõ loại)"
        stdout.print(f"  {pages}: {known}{f' [{kind.name}]' if kind else ''}", markup=False)
        if found.row is not None:
            stdout.print(f"     ← {found.row}, {found.chance or 0.0:.0%}", markup=False)
        for no, border in found.doubtful_borders:
            doubt = "not sure that a paper begins" if no == found.pages[0] else "another paper may begin"
            stdout.print(f"     {doubt} at page {no}: {border.chance:.0%}", markup=False)
        if explain:
            for each in (*paper.evidence, *(why for match in paper.rows for why in match.evidence)):
                stdout.print(f"     {each.cue}: {each.found} ({each.score:.2f})", markup=False)
    for proposal in file.proposals:
        name = profiles.procedures[proposal.code].name
        stdout.print(f"  perhaps {proposal.code} {name}, {proposal.chance:.0%}", markup=False)
