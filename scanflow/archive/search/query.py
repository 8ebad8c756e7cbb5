"""Finding pages (tra cứu): searches the index, and adds data of the found pages from the catalog."""

import base64
import binascii
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import tantivy
from sqlalchemy import Connection, select

from scanflow.archive.database.tables import documents, dossiers, page_texts, versions
from scanflow.archive.search.closest import closest_words
from scanflow.archive.search.compile import Compiler, Grade
from scanflow.archive.search.index import SearchIndex
from scanflow.archive.search.language import Term, parse, parse_whole
from scanflow.archive.search.question import Count, Facet, Hit, Question, Results, Sort
from scanflow.archive.search.schema import paper_day
from scanflow.archive.search.snippets import snippet, stands_in
from scanflow.errors import QuestionError

DEEPEST = 10_000
"""Greatest number of hits of a grade that can be paged through; `every` gives all."""

_AT_ONCE = 500
_MOST_VALUES = 200


def search(index: SearchIndex, question: Question) -> Results:
    """The next page of hits. Raises QuestionError for a search that can't be parsed or is empty."""
    compiler = _compiled(index, question)
    searcher = compiler.searcher
    first, offset, total = _place(question)
    if total is None:
        total = searcher.search(compiler.everything(), 1).count or 0  # type: ignore[attr-defined]  # not in its stub
    found: list[tuple[int, Grade]] = []
    cursor = ""
    for number, grade in enumerate(_grades(compiler)):
        if number < first:
            continue
        addresses = _addresses(index, compiler, grade, question.limit - len(found), offset)
        found += [(page, grade) for page in _pages(searcher, addresses)]
        if len(found) >= question.limit:
            if offset + len(addresses) < DEEPEST:
                cursor = _cursor(number, offset + len(addresses), total)
            break
        offset = 0
    with index.catalog.reading() as connection:
        hits = _hits(connection, compiler, found)
        behind = index.behind(connection, searcher)
    more = len(found) >= question.limit and total > len(found)
    closest = () if total or question.cursor else closest_words(index.catalog, compiler)
    return Results(tuple(hits), total, cursor if more else "", closest, behind)


def count_facets(index: SearchIndex, question: Question, at_most: int = 50) -> dict[Facet, list[Count]]:
    """The number of matching pages for each value of each facet, the most frequent first.

    For a facet with a choice, the other values that could be chosen are counted, too. Raises QuestionError.
    """
    compiler = _compiled(index, question)
    chosen = [facet for facet in Facet if question.chosen.get(facet)]
    others = [facet for facet in Facet if facet not in chosen]
    found = _counted(compiler, None, others, at_most)
    for facet in chosen:
        found |= _counted(compiler, facet, [facet], at_most)
    return {facet: found[facet] for facet in Facet}


def every(index: SearchIndex, question: Question) -> Iterator[Hit]:
    """All hits, the newest papers first whatever the search's order: for exported files.

    Raises QuestionError.
    """
    compiler = _compiled(index, replace(question, sort=Sort.NEWEST, cursor=""))
    searcher, offset = compiler.searcher, 0
    [grade] = _grades(compiler)
    while True:
        addresses = _addresses(index, compiler, grade, _AT_ONCE, offset)
        with index.catalog.reading() as connection:
            pages = [(page, grade) for page in _pages(searcher, addresses)]
            yield from _hits(connection, compiler, pages)
        offset += len(addresses)
        if len(addresses) < _AT_ONCE:
            return


def _compiled(index: SearchIndex, question: Question) -> Compiler:
    read = parse if any(question.chosen.values()) else parse_whole
    terms = read(question.text, tolerant=question.tolerant)
    return Compiler(index.schema, index.searcher(), question, terms)


def _grades(compiler: Compiler) -> Iterator[Grade]:
    if compiler.question.sort is Sort.RELEVANCE:
        yield from compiler.grades()
    else:
        yield Grade(compiler.everything(), None, exact=False, together=False)


def _addresses(
    index: SearchIndex, compiler: Compiler, grade: Grade, limit: int, offset: int
) -> list[tantivy.DocAddress]:
    searcher, sort = compiler.searcher, compiler.question.sort
    if grade.scored is not None and sort is Sort.RELEVANCE:
        hits = searcher.search(grade.scored, limit, count=False, offset=offset).hits
        return [address for _, address in hits]
    order = tantivy.Order.Asc if sort is Sort.OLDEST else tantivy.Order.Desc
    return index.day_spans.search(searcher, grade.query, limit, offset, order)


def _pages(searcher: tantivy.Searcher, addresses: Sequence[tantivy.DocAddress]) -> list[int]:
    """The rows of page texts."""
    values = searcher.fast_field_values("page", list(addresses)) if addresses else []
    return [int(value) for value in values if value is not None]


def _hits(connection: Connection, compiler: Compiler, found: Sequence[tuple[int, Grade]]) -> list[Hit]:
    """Hits with data from the catalog; deleted documents and those that may not be seen are left out."""
    query = (
        select(
            page_texts.c.id.label("page_id"),
            page_texts.c.page_no,
            page_texts.c.text,
            documents.c.id,
            documents.c.no,
            documents.c.type,
            documents.c.title,
            documents.c.fields,
            documents.c.created_at,
            dossiers.c.number,
            dossiers.c.procedure_code,
            dossiers.c.agency,
        )
        .select_from(page_texts)
        .join(versions)
        .join(documents)
        .join(dossiers)
        .where(page_texts.c.id.in_([page for page, _ in found]))
    )
    rows = {row.page_id: row for row in connection.execute(query)}
    agencies = compiler.question.agencies
    return [
        Hit(
            dossier=row.number,
            document=row.no,
            type=row.type,
            title=row.title,
            page=row.page_no,
            pieces=snippet(row.text, compiler.words),
            exact=grade.exact,
            together=grade.together,
            agency=row.agency,
            procedure=row.procedure_code,
            day=paper_day(row.fields, row.created_at),
            document_id=row.id,
        )
        for page, grade in found
        if (row := rows.get(page)) is not None
        and (agencies is None or row.agency in agencies)
        and _really_stands(row, compiler.unplaced)
    ]


def _really_stands(row: object, phrases: Collection[Term]) -> bool:
    """Whether phrases that the index found only by pairs of words are really on the page or in its head."""
    text, title = row.text, row.title  # type: ignore[attr-defined]  # rows aren't typed
    fields = row.fields.values()  # type: ignore[attr-defined]  # the same
    return all(any(stands_in(each, phrase) for each in (text, title, *fields)) for phrase in phrases)


def _counted(
    compiler: Compiler, without: Facet | None, facets: Sequence[Facet], at_most: int
) -> dict[Facet, list[Count]]:
    if not facets:
        return {}
    wanted = {
        facet.value: {"terms": {"field": facet.value, "size": min(at_most, _MOST_VALUES)}} for facet in facets
    }
    found = compiler.searcher.aggregate(compiler.everything(without), wanted)
    names = compiler.question.names
    return {
        facet: [
            Count(
                str(each["key"]), names.of(facet).get(each["key"], str(each["key"])), int(each["doc_count"])
            )
            for each in found[facet.value]["buckets"]
        ]
        for facet in facets
    }


def _cursor(grade: int, offset: int, total: int) -> str:
    return base64.urlsafe_b64encode(f"{grade} {offset} {total}".encode()).decode()


def _place(question: Question) -> tuple[int, int, int | None]:
    """Grade and offset where a page of results begins, and the total that was counted for the first."""
    if not question.cursor:
        return 0, 0, None
    try:
        grade, offset, total = map(int, base64.urlsafe_b64decode(question.cursor).split())
        if grade < 0 or total < 0 or not 0 <= offset <= DEEPEST:
            raise ValueError(question.cursor)
    except (ValueError, binascii.Error):
        raise QuestionError(
            0, "no such page of results", "Không có trang kết quả này. Hãy tìm lại."
        ) from None
    return grade, offset, total
