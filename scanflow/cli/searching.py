"""`scanflow search`: finding pages by any word on them."""

import csv as csv_files
import dataclasses
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from scanflow.cli.app import JsonOption, settings_from
from scanflow.cli.noting import note_look, noted_catalog
from scanflow.cli.output import Marked, print_json, print_note, print_table, progress_bar, stdout

if TYPE_CHECKING:
    from scanflow.archive.search.index import SearchIndex
    from scanflow.archive.search.question import Hit, Names

_PATIENCE = 30.0
"""Seconds to wait for another process that is feeding the index."""

SortOption = Annotated[
    str, typer.Option("--sort", help="`relevance`, `newest` or `oldest`: by the day on the paper.")
]


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(search)


def search(
    query: Annotated[
        str,
        typer.Argument(help='Words; "a phrase"; the start of a word*; -without; ~misread; field:value.'),
    ],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="Hits on a page.")] = 20,
    page: Annotated[int, typer.Option("--page", min=1, help="The page of results.")] = 1,
    sort: SortOption = "relevance",
    tolerant: Annotated[
        bool, typer.Option("--tolerant", help="Words with a letter or two misread, too.")
    ] = False,
    agency: Annotated[
        str | None, typer.Option("--agency", help="Only papers of this agency.", show_default=False)
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="All hits as CSV, the newest first.")] = False,
    json: JsonOption = False,
) -> None:
    """Find pages by any word on them, by dossier number, title, type or field; accents are not needed."""
    from scanflow.archive.logbook import FOUND, SEARCHED, document_subject
    from scanflow.archive.people.agencies import known_agency
    from scanflow.archive.search import query as finding
    from scanflow.archive.search.index import open_index
    from scanflow.archive.search.language import parse_whole
    from scanflow.archive.search.names import names_for
    from scanflow.archive.search.question import Question, Sort
    from scanflow.archive.site_profiles import profiles_of
    from scanflow.errors import UsageError

    if sort not in tuple(Sort):
        raise UsageError(f"--sort {sort}: one of {', '.join(Sort)}")
    parse_whole(query, tolerant=tolerant)  # errors in the query are reported before anything is opened
    settings = settings_from()
    with noted_catalog(settings) as catalog, open_index(settings, catalog) as index:
        agencies = None if agency is None else frozenset([known_agency(catalog, agency)])
        names = names_for(query, profiles_of(settings.classify, settings.home), catalog)
        question = Question(
            query, agencies, sort=Sort(sort), tolerant=tolerant, limit=limit * page, names=names
        )
        _bring_up_to_date(index)
        results = finding.search(index, question)
        hits = list(finding.every(index, question)) if csv else list(results.hits[limit * (page - 1) :])
        note_look(catalog, SEARCHED, "archive", after={"query": query, "hits": len(hits)})
        note_look(catalog, FOUND, *dict.fromkeys(document_subject(hit.dossier, hit.document) for hit in hits))
    if csv:
        _print_csv(hits, names)
    elif json:
        print_json([_as_json(hit, names) for hit in hits])
    else:
        _print_hits(hits, names)
        if len(hits) < results.total:
            print_note(
                f"{len(hits)} of {results.total} pages, page {page} of results; --page {page + 1} for more"
            )
    if not results.total:
        meant = f"; like it: {', '.join(results.closest)}" if results.closest else ""
        print_note(f"nothing found{meant}")


def _bring_up_to_date(index: "SearchIndex") -> None:
    """Take in what was filed since the index was last updated, or wait for the process that does so."""
    ends = time.monotonic() + _PATIENCE
    with progress_bar("search index") as progress:
        while not index.update(progress):
            with index.catalog.reading() as connection:
                behind = index.behind(connection, index.searcher())
            if not behind:
                return
            if time.monotonic() > ends:
                print_note(f"another process is feeding the search index: {behind} changes are not in it yet")
                return
            time.sleep(0.2)


def _type_name(hit: "Hit", names: "Names") -> str:
    return names.types.get(hit.type) or names.kinds.get(hit.type) or hit.title or hit.type


def _as_json(hit: "Hit", names: "Names") -> dict[str, object]:
    values = {field.name: getattr(hit, field.name) for field in dataclasses.fields(hit)}
    return {**values, "type_name": _type_name(hit, names), "snippet": hit.snippet}


def _print_hits(hits: Iterable["Hit"], names: "Names") -> None:
    rows = [
        (
            hit.dossier,
            f"{hit.document:02}",
            _type_name(hit, names),
            f"{hit.day:%d/%m/%Y}",
            hit.page,
            _snippet(hit),
        )
        for hit in hits
    ]
    print_table("", ("dossier", "no.", "type", "date", "page", "text"), rows)


def _snippet(hit: "Hit") -> "str | Marked":
    """The words around a match, which is in colour on a terminal, else in brackets."""
    if not stdout.is_terminal:
        return " ".join(hit.snippet.split())
    text, marks = "", []
    for piece in hit.pieces:
        begin = len(text)
        text += "".join(" " if char.isspace() else char for char in piece.text)
        if piece.matched:
            marks.append((begin, len(text)))
    return Marked(text, marks)


def _print_csv(hits: Iterable["Hit"], names: "Names") -> None:
    from scanflow.text.spreadsheet import cell

    writer = csv_files.writer(sys.stdout, lineterminator="\n")
    writer.writerow(
        ("dossier", "no", "type", "type_name", "title", "page", "date", "agency", "procedure", "text")
    )
    for hit in hits:
        cells = (hit.type, _type_name(hit, names), hit.title)
        more = (hit.page, hit.day.isoformat(), hit.agency, hit.procedure or "", hit.snippet)
        writer.writerow(cell(each) for each in (hit.dossier, f"{hit.document:02}", *cells, *more))
