"""Similar words for words without a hit, and completions while somebody types."""

from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz, process
from sqlalchemy import select
from tantivy import Occur, Query

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import page_texts
from scanflow.archive.search.compile import Compiler
from scanflow.archive.search.index import SearchIndex
from scanflow.archive.search.question import Suggestion
from scanflow.archive.search.words import WORD, words_of
from scanflow.text.folding import folded_key

_SAME_BEGINNING = 1
"""Letters at the beginning that a similar word must have in common."""
_LIKE_ENOUGH = 60
"""The least similarity, of 100."""
_TRIED = 64
"""Words that are examined: enough that words of other agencies' papers don't displace the own ones."""
_OFFERED = 3


def closest_words(catalog: Catalog, compiler: Compiler) -> tuple[str, ...]:
    """Similar words for words without a hit on visible pages, in the spelling of those pages."""
    found: dict[str, None] = {}
    for term in compiler.words:
        for keys in term.words:
            if not term.prefix and _page_with(compiler, keys.folded) is None:
                found |= dict.fromkeys(_like(catalog, compiler, keys.folded))
    return tuple(found)


def suggest(
    index: SearchIndex, typed: str, agencies: frozenset[str] | None, at_most: int = 8
) -> list[Suggestion]:
    """Titles, names and numbers of papers with a word that begins with the typed text.

    The most frequent first. Only from these agencies' papers (None: from all).
    """
    beginning = " ".join(folded_key(typed).split())
    if not beginning:
        return []
    allowed = None
    if agencies is not None:
        allowed = _one_of(index, "agency", sorted(agencies))
    found = index.searcher().terms_with_prefix("said", beginning, allowed, _MOST_READ)
    papers: dict[str, int] = {}
    for said, count in found:
        text = said.partition("\t")[2]
        papers[text] = max(papers.get(text, 0), count)
    best = sorted(papers.items(), key=lambda each: (-each[1], len(each[0]), each[0]))
    return [Suggestion(text, count) for text, count in best[:at_most] if count]


def _one_of(index: SearchIndex, field: str, values: Sequence[str]) -> Query:
    clauses = [(Occur.Should, Query.term_query(index.schema, field, value, "basic")) for value in values]
    return Query.boolean_query(clauses) if clauses else Query.empty_query()


def _like(catalog: Catalog, compiler: Compiler, word: str) -> list[str]:
    known = [term for term, _ in compiler.searcher.terms_with_prefix("text", word[:_SAME_BEGINNING])]
    alike = process.extract(word, known, scorer=fuzz.ratio, limit=_TRIED, score_cutoff=_LIKE_ENOUGH)
    shown: list[str] = []
    for term, _, _ in alike:
        if written := _as_written(catalog, compiler, term):
            shown.append(written)
        if len(shown) == _OFFERED:
            break
    return shown


def _page_with(compiler: Compiler, word: str) -> int | None:
    """A visible page with a word; None if there is none."""
    own = replace(compiler, terms=[])
    clauses = [(Occur.Must, Query.term_query(compiler.schema, "text", word, "basic"))]
    if (agencies := compiler.question.agencies) is not None:
        clauses.append((Occur.Must, own.any_value("agency", sorted(agencies))))
    hits = compiler.searcher.search(
        Query.const_score_query(Query.boolean_query(clauses), 1.0), 1, count=False
    ).hits
    if not hits:
        return None
    [page] = compiler.searcher.fast_field_values("page", [hits[0][1]])
    return None if page is None else int(page)


def _as_written(catalog: Catalog, compiler: Compiler, word: str) -> str | None:
    """A folded word in the spelling of a visible page."""
    page = _page_with(compiler, word)
    if page is None:
        return None
    with catalog.reading() as connection:
        text = connection.scalar(select(page_texts.c.text).where(page_texts.c.id == page)) or ""
    for written in WORD.findall(text):
        if any(keys.folded == word for keys in words_of(written)):
            return str(written).lower()
    return word


_MOST_READ = 2000
"""Terms that are examined for one suggestion."""
