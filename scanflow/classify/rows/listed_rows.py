"""The rows of one procedure's list, ready for matching: made once for a dossier."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from scanflow.classify.actions import actions_in
from scanflow.classify.kinds import KindIndex, kind_of_title
from scanflow.classify.printed_forms import form_keys
from scanflow.classify.profiles import DocumentType, RequiredPaper
from scanflow.classify.rows.row_weights import WEIGHTS
from scanflow.classify.rows.row_words import UNSEEN, WordWeights, words_of
from scanflow.text.folding import fold

# A row's long wording has words of a title if so many of them follow each other there.
RUN = 3
# An abbreviation in a title is the initials of so many words that follow each other: BVMT, TNCN.
ABBREVIATED = range(3, 6)
# Names in lists of a copy, or of any paper: no paper has them as its title.
_NO_NAME = re.compile(
    r"(?:ban (?:sao|chinh|goc|chup|dich|dien tu)\b.*|(?:cac )?(?:giay to|van ban|tai lieu|ho so))"
)


@dataclass(frozen=True, slots=True)
class RowTitle:
    """One title that a row's paper may have.

    `letters` are its folded letters without spaces. `weight` is the sum of its words' weights in all lists,
    `own` of those in this list: words that few rows have weigh more.
    """

    text: str
    words: tuple[str, ...]
    letters: str
    weight: float
    own: float
    kind: str
    actions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Row:
    """A row. `wording` are the runs of words that its published words have, of RUN words and of two.

    `actions` are what its published words and the procedure's name ask for; `most_pages` is how many pages a
    paper of its types has at most, None where that is not known.
    """

    paper: RequiredPaper
    titles: tuple[RowTitle, ...]
    wording: frozenset[tuple[str, ...]]
    forms: frozenset[str]
    actions: frozenset[str]
    most_pages: int | None


@dataclass(frozen=True)
class RowIndex:
    """The rows of one procedure, ready for matching: made once for a dossier.

    `weights` are those of the rows' words in all lists, `own_weights` in this one; `context` are the words of
    the procedure's name, which its papers' titles may have whatever the list says; `worth` is that of the
    FEATURES.
    """

    rows: tuple[Row, ...]
    weights: Mapping[str, float]
    own_weights: Mapping[str, float]
    context: frozenset[str]
    general: WordWeights
    kinds: KindIndex
    worth: tuple[float, ...] = WEIGHTS

    @cached_property
    def vocabulary(self) -> list[str]:
        return list(self.weights)

    @cached_property
    def initials(self) -> Mapping[str, tuple[str, ...]]:
        """Words that follow each other in the rows' titles, by their first letters."""
        found: dict[str, tuple[str, ...]] = {}
        for words in (title.words for row in self.rows for title in row.titles):
            for length in ABBREVIATED:
                for run in runs_of(words, length):
                    found.setdefault("".join(word[0] for word in run), run)
        return found


def row_index(
    rows: Sequence[RequiredPaper],
    general: WordWeights,
    kinds: KindIndex,
    *,
    name: str = "",
    types: Mapping[str, DocumentType] | None = None,
) -> RowIndex:
    """Prepare the rows of a procedure (those in force). `name` is the procedure's."""
    texts = [_titles_of(row, types or {}) for row in rows]
    having: Counter[str] = Counter()
    for titles in texts:
        having.update({word for title in titles for word in words_of(title)})
    weights = {word: general.weight(word) for word in having}
    own = {word: math.log((len(rows) + 1) / (count + UNSEEN)) for word, count in having.items()}
    of_name = actions_in(words_of(name))
    made = []
    for row, titles in zip(rows, texts, strict=True):
        prepared = []
        for text in titles:
            words = tuple(words_of(text))
            if words:
                prepared.append(
                    RowTitle(
                        text,
                        words,
                        "".join(words),
                        sum(weights[word] for word in set(words)),
                        sum(own[word] for word in set(words)),
                        kind_of_title(text, kinds),
                        actions_in(words),
                    )
                )
        named = words_of(row.name)
        wording = frozenset((*runs_of(named, 2), *runs_of(named, RUN)))
        actions = frozenset().union(of_name, actions_in(named), *(title.actions for title in prepared))
        made.append(
            Row(
                row,
                tuple(prepared),
                wording,
                form_keys(row.form_numbers),
                actions,
                _most_pages(row, types or {}),
            )
        )
    return RowIndex(tuple(made), weights, own, frozenset(words_of(name)), general, kinds)


def _most_pages(row: RequiredPaper, types: Mapping[str, DocumentType]) -> int | None:
    """How many pages a paper of the row's types has at most; None where one of them may have any number."""
    most = [types[type].max_pages if type in types else None for type in row.types]
    known = [pages for pages in most if pages is not None]
    return max(known) if known and len(known) == len(most) else None


def runs_of(words: Sequence[str], length: int) -> list[tuple[str, ...]]:
    """All runs of so many words that follow each other."""
    return [tuple(words[start : start + length]) for start in range(len(words) - length + 1)]


def _titles_of(row: RequiredPaper, types: Mapping[str, DocumentType]) -> tuple[str, ...]:
    """The titles that a row's paper may have: its own, else its name and the titles of its types."""
    if row.titles:
        named = tuple(title for title in row.titles if not _NO_NAME.fullmatch(fold(title)))
        return named or row.titles
    of_types = (title for type in row.types if type in types for title in types[type].titles)
    return tuple(dict.fromkeys((row.name, *of_types)))
