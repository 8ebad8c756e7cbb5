"""Compiles a search into queries of the index.

Hits come in grades, the best first: words side by side before words apart; of each, those with the accents
as typed, then with the vowels as typed, then the others; of each, those in a document's title. A grade is a
separate query that only filters, which posting lists answer in nanoseconds a page. Scores are computed only
where few pages are left; else the newest paper comes first. So words that are on every page stay fast.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import tantivy
from tantivy import FieldType, Occur

from scanflow.archive.search.abbreviations import abbreviations
from scanflow.archive.search.language import Term
from scanflow.archive.search.question import Facet, Names, Question
from scanflow.archive.search.schema import PAIR, START_LENGTHS
from scanflow.archive.search.snippets import misread_letters
from scanflow.archive.search.words import Keys, code_key, folded_words

Query = tantivy.Query
Clause = tuple[Occur, tantivy.Query]

_SCORED = 20_000
"""Pages up to which a grade is ordered by score."""
_PLACED = 20_000
"""Pages up to which a phrase of three words and more is looked up by places, not by its pairs alone."""
_HAVE_MARKS = frozenset("aăâdđeêioôơuưy")
"""Letters that have forms with marks, or are such a form."""


@dataclass(frozen=True, slots=True)
class Grade:
    """Pages of one grade; `scored`: the same with scores, None where there are too many for that."""

    query: tantivy.Query
    scored: tantivy.Query | None
    exact: bool
    together: bool


@dataclass(slots=True)
class Compiler:
    """Compiles one search, for one state of the index."""

    schema: tantivy.Schema
    searcher: tantivy.Searcher
    question: Question
    terms: Sequence[Term]

    # --- the whole -------------------------------------------------------------------------------------

    @property
    def words(self) -> list[Term]:
        """The terms that stand anywhere."""
        return [term for term in self.terms if not term.field and not term.excluded]

    @property
    def unplaced(self) -> list[Term]:
        """Phrases that are found by pairs of neighbours only, because their words are too common."""
        return [term for term in self.words if term.phrase and len(term.words) > 2 and not self._placed(term)]

    def everything(self, without: Facet | None = None) -> tantivy.Query:
        """All pages that match, without scores; `without`: a facet whose choice is ignored."""
        clauses = [*self._filters(without), *((Occur.Must, self._term(term)) for term in self.words)]
        return _filter(clauses)

    def grades(self) -> Iterator[Grade]:
        """The grades, the best first; together they are `everything`."""
        filters = self._filters()
        flat = [keys for term in self.words for keys in term.words]
        plain = not any(term.tolerant for term in self.words)
        if not self.words or not plain:
            yield self._grade([*filters, *((Occur.Must, self._term(term)) for term in self.words)])
            return
        together = self._pairs(self._flat_pairs())
        for side_by_side in [True, False] if len(flat) > 1 else [False]:
            base = list(filters)
            if side_by_side:
                base += [(Occur.Must, each) for each in together]
                base += self._phrases()
            else:
                base += [(Occur.Must, self._term(term)) for term in self.words]
                if len(flat) > 1:
                    base.append((Occur.MustNot, _all(together)))
            for accents in ("exact", "vowel", "folded"):
                graded = [*base, *self._accents(accents)]
                title = self._in_title()
                for occur in (Occur.Must, Occur.MustNot):
                    yield self._grade(
                        [*graded, (occur, title)],
                        exact=accents == "exact",
                        together=side_by_side or len(flat) == 1,
                    )

    def _grade(self, clauses: list[Clause], *, exact: bool = False, together: bool = False) -> Grade:
        scored = None
        if self.words and self._at_most() <= _SCORED:
            scored = _bool(
                [
                    (Occur.Must, Query.const_score_query(_bool(clauses), 0.0)),
                    *((Occur.Should, self._scored("text", keys.folded)) for keys in self._flat()),
                ]
            )
        return Grade(_filter(clauses), scored, exact, together)

    # --- what narrows ----------------------------------------------------------------------------------

    def _filters(self, without: Facet | None = None) -> list[Clause]:
        question = self.question
        clauses: list[Clause] = []
        if question.agencies is not None:
            clauses.append((Occur.Must, self.any_value("agency", sorted(question.agencies))))
        clauses += [
            (Occur.Must, self.any_value(facet.value, sorted(values)))
            for facet, values in question.chosen.items()
            if values and facet is not without
        ]
        clauses += [
            (Occur.Must, self._field(term)) for term in self.terms if term.field and not term.excluded
        ]
        clauses += [
            (Occur.MustNot, self._field(term) if term.field else self._term(term))
            for term in self.terms
            if term.excluded
        ]
        if not self.words:
            # What is known of a document finds its first page, not each of them.
            clauses.append((Occur.Must, self._value("first", "1")))
        return clauses

    def _field(self, term: Term) -> tantivy.Query:
        if term.days is not None:
            first, last = (day.toordinal() for day in term.days)
            name = "day" if term.field == "ngay" else "filed"
            return Query.range_query(self.schema, name, FieldType.Integer, first, last)
        if term.field == "ma_ho_so":
            return self._value("dossier", code_key(term.raw), prefix=term.prefix)
        if term.field == "so":
            return self._value("fields", f"so={code_key(term.raw)}", prefix=term.prefix)
        folded = [keys.folded for keys in term.words]
        if term.field == "tieu_de":
            return self._run("title", folded, prefix=term.prefix)
        if term.field in _NAMED:
            return self._named(term, folded)
        return self._run("fields", [f"{term.field}={word}" for word in folded], prefix=term.prefix)

    def _named(self, term: Term, folded: Sequence[str]) -> tantivy.Query:
        """A query by a code, its beginning, or words of its name."""
        names = self.question.names
        found = [self.any_value(facet.value, _named_so(names, facet, folded)) for facet in _NAMED[term.field]]
        facet = _NAMED[term.field][0]
        found.append(self._value(facet.value, term.raw, prefix=term.prefix))
        if term.field == "co_quan":
            found.append(self._run("fields", [f"co_quan={word}" for word in folded], prefix=term.prefix))
        return _any(found)

    # --- words -----------------------------------------------------------------------------------------

    def _term(self, term: Term) -> tantivy.Query:
        """The pages that have a term, whatever its accents."""
        folded = [keys.folded for keys in term.words]
        if len(folded) > 1:
            return self._phrase(term, folded)
        [word] = folded
        if term.prefix:
            if len(word) in START_LENGTHS:
                return self._value("starts", word)
            return self._value("text", word, prefix=True)
        if term.tolerant and (most := misread_letters(word)):
            return Query.fuzzy_term_query(self.schema, "text", word, most)
        found = [self._value("text", word)]
        if long := abbreviations().get(word):
            found.append(_all(self._pairs(list(pairwise(keys.folded for keys in long)))))
        return _any(found)

    def _phrase(self, term: Term, folded: Sequence[str]) -> tantivy.Query:
        found = _all(self._pairs(list(pairwise(folded)), prefix=term.prefix))
        if len(folded) > 2 and self._placed(term):
            found = _all(
                [found, Query.phrase_query(self.schema, "text", list(folded[: len(folded) - term.prefix]))]
            )
        if any(letter.isdigit() for letter in term.raw):
            # A dossier's number is on each of its pages, but finds those by itself only where it is printed.
            code = self._value("dossier", code_key(term.raw))
            others = len(self.words) > 1
            found = _any([found, code]) if others else found
        return found

    def _placed(self, term: Term) -> bool:
        """Whether a phrase is rare enough to use the positions of its words."""
        pairs = pairwise([keys.folded for keys in term.words][: len(term.words) - term.prefix])
        return min((self._frequency("pairs", PAIR.join(pair)) for pair in pairs), default=0) <= _PLACED

    def _phrases(self) -> list[Clause]:
        """Queries for phrases, beyond pairs of neighbours."""
        return [
            (Occur.Must, self._term(term))
            for term in self.words
            if term.prefix or (term.phrase and len(term.words) > 2 and self._placed(term))
        ]

    def _flat(self) -> list[Keys]:
        return [keys for term in self.words for keys in term.words]

    def _flat_pairs(self) -> list[tuple[str, str]]:
        """All neighbours in the question; of the last word only if it is whole."""
        words = [keys.folded for keys in self._flat()]
        return list(pairwise(words[: len(words) - self.words[-1].prefix]))

    def _pairs(self, pairs: Sequence[tuple[str, str]], *, prefix: bool = False) -> list[tantivy.Query]:
        *firsts, last = [PAIR.join(pair) for pair in pairs] or [""]
        queries = [self._value("pairs", pair) for pair in dict.fromkeys(firsts)]
        return [*queries, self._value("pairs", last, prefix=prefix)] if last else [Query.all_query()]

    def _accents(self, accents: str) -> list[Clause]:
        """The condition on accents for a grade."""
        exact = _all(
            [self._spelled("exact", term, keys.exact, last) for term, keys, last in self._spellings()]
        )
        vowel = _all(
            [self._spelled("vowel", term, keys.vowel, last) for term, keys, last in self._spellings()]
        )
        if accents == "exact":
            return [(Occur.Must, exact)]
        if accents == "vowel":
            return [(Occur.Must, vowel), (Occur.MustNot, exact)]
        return [(Occur.MustNot, vowel), (Occur.MustNot, exact)]

    def _spellings(self) -> list[tuple[Term, Keys, bool]]:
        return [
            (term, keys, place == len(term.words) - 1)
            for term in self.words
            for place, keys in enumerate(term.words)
        ]

    def _spelled(self, field: str, term: Term, word: str, last: bool) -> tantivy.Query:
        if term.prefix and last and len(word) in START_LENGTHS and not _HAVE_MARKS.intersection(word):
            # It can't be spelled otherwise: no need to gather thousands of words.
            return self._value("starts", word)
        return self._value(field, word, prefix=term.prefix and last)

    def _in_title(self) -> tantivy.Query:
        words = [keys.folded for keys in self._flat()]
        return self._run("title", words, prefix=self.words[-1].prefix)

    # --- single clauses --------------------------------------------------------------------------------

    def _value(self, field: str, word: str, *, prefix: bool = False) -> tantivy.Query:
        if prefix:
            return Query.regex_query(self.schema, field, f"{_escaped(word)}.*")
        return Query.term_query(self.schema, field, word, "basic")

    def any_value(self, field: str, values: Sequence[str]) -> tantivy.Query:
        return _any([self._value(field, value) for value in values])

    def _run(self, field: str, words: Sequence[str], *, prefix: bool) -> tantivy.Query:
        """Adjacent words in a field with positions; the beginning of a last word may be anywhere in the
        field.
        """
        whole = list(words[: len(words) - prefix])
        found = [self._value(field, words[-1], prefix=True)] if prefix else []
        if len(whole) > 1:
            found.append(Query.phrase_query(self.schema, field, whole))  # type: ignore[arg-type]  # a list of str
        elif whole:
            found.append(self._value(field, whole[0]))
        return _all(found)

    def _scored(self, field: str, word: str) -> tantivy.Query:
        return Query.term_query(self.schema, field, word, "freq")

    def _frequency(self, field: str, word: str) -> int:
        return self.searcher.doc_freq(field, word)

    def _at_most(self) -> int:
        """An upper limit of matching pages, from the rarest word."""
        found = [
            self._frequency("text", keys.folded)
            for term in self.words
            if not term.prefix and not term.tolerant and keys_known(term)
            for keys in term.words
        ]
        return min(found, default=_SCORED + 1)


def keys_known(term: Term) -> bool:
    """Whether a term is found by its own words alone."""
    return len(term.words) > 1 or term.words[0].folded not in abbreviations()


_NAMED: Mapping[str, Sequence[Facet]] = {
    "loai": (Facet.TYPE, Facet.KIND),
    "thu_tuc": (Facet.PROCEDURE,),
    "co_quan": (Facet.AGENCY,),
}


def _named_so(names: Names, facet: Facet, folded: Sequence[str]) -> list[str]:
    """The codes of names that contain these words side by side, and codes that equal one of the words."""
    wanted = f" {' '.join(folded)} "
    return [
        code
        for code, name in names.of(facet).items()
        if wanted in f" {' '.join(folded_words(name))} " or wanted == f" {' '.join(folded_words(code))} "
    ]


def _escaped(word: str) -> str:
    """A word as a regular expression of the index's engine."""
    return "".join(letter if letter.isalnum() or letter in "=_" else f"\\{letter}" for letter in word)


def _bool(clauses: Sequence[Clause]) -> tantivy.Query:
    clauses = list(clauses)
    if not any(occur is Occur.Must for occur, _ in clauses):
        clauses.append((Occur.Must, Query.all_query()))
    return Query.boolean_query(clauses)


def _filter(clauses: Sequence[Clause]) -> tantivy.Query:
    """The query without scores, which would cost more than the search itself."""
    return Query.const_score_query(_bool(clauses), 1.0)


def _all(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Must, each) for each in queries])


def _any(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    if not queries:
        return Query.empty_query()
    return (
        queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Should, each) for each in queries])
    )
