"""Evidence of a page for or against a row of a list, as numbers; their weights are in `row_weights`."""

import math
from collections.abc import Set
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from scanflow.classify.printed_forms import is_telling
from scanflow.classify.profiles import ANY_TYPE
from scanflow.classify.rows.body_words import Pairs, share_in_body
from scanflow.classify.rows.listed_rows import Row, RowIndex, RowTitle
from scanflow.classify.rows.prepared_titles import Printed
from scanflow.classify.seal_signs import ASKED

FEATURES = (
    "a row at all",
    "share of the printed words that the row's title has",
    "share of the row's words that are printed",
    "both shares multiplied",
    "letters alike",
    "letters alike as far as the shorter goes",
    "weight of the words that both have",
    "weight of the printed words that the row lacks",
    "printed words that are no syllables",
    "weight of the printed words that only the procedure's name has",
    "weight of the printed words that only the row's wording has",
    "weight of the row's words that are not printed",
    "the lesser of what the row lacks and what is not printed",
    "share of the row's own words that are printed",
    "weight of the printed words that only other rows have",
    "the same kind",
    "a near kind",
    "another kind",
    "the same telling form number",
    "the same bare form number",
    "another form number",
    "a type that the row takes",
    "a type that the row does not take",
    "another title stands above",
    "an action that neither the row nor the procedure names",
    "an action of the row that is not printed",
    "another action than the row's",
    "share of the row's unprinted words that the body has",
    "more pages than a paper of the row's types has",
    "a seal of who issues papers on one that asks",
)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """The words of a printed title and of a row's, by weight.

    Of the printed words: `whole` all of them, `both` those that the row's title has, too, `beyond` those that
    only its wording has, `lacking` those that it lacks, `others` these by how few of the other rows have
    them. Of the row's words: `has` those that are printed, `own` these by how few of the rows have them.
    """

    whole: float
    both: float
    beyond: float
    lacking: float
    others: float
    has: float
    own: float


def title_features(
    printed: Printed, wanted: RowTitle, worded: Set[str], index: RowIndex, kind: str
) -> tuple[float, ...]:
    """The first 18 of FEATURES: a printed title compared with one of a row's titles.

    `worded` are the printed words that follow each other in the row's published words too. Single words of a
    long wording do not count: it has the words of many titles. `kind` is the paper's kind, empty where it is
    unknown.
    """
    words = _weigh(printed, wanted, worded, index)
    of_printed = words.both / words.whole if words.whole else 0.0
    of_row = words.has / wanted.weight if wanted.weight else 0.0
    missing = max(0.0, wanted.weight - words.has)
    shorter = min(len(printed.letters), len(wanted.letters))
    alike = Levenshtein.normalized_similarity
    return (
        1.0,
        of_printed,
        of_row,
        of_printed * of_row,
        alike(printed.letters, wanted.letters) if shorter else 0.0,
        alike(printed.letters[:shorter], wanted.letters[:shorter]) if shorter else 0.0,
        math.log1p(words.both),
        math.log1p(words.lacking),
        math.log1p(printed.unreadable),
        math.log1p(printed.of_name),
        math.log1p(words.beyond),
        math.log1p(missing),
        math.log1p(min(missing, words.lacking)),
        words.own / wanted.own if wanted.own else 0.0,
        math.log1p(words.others),
        *_kind_features(kind or printed.kind, wanted.kind, index),
    )


def _weigh(printed: Printed, wanted: RowTitle, worded: Set[str], index: RowIndex) -> _Weighed:
    both = lacking = others = beyond = 0.0
    whole = printed.weight
    misread = _misread_in_place(printed, wanted)
    meant: dict[str, float] = {}
    for word, (other, alike) in misread.items():
        meant[other] = alike
        both += index.weights[other] * alike
        whole += index.weights[other] * alike
        whole -= printed.lost.get(word) or index.weights.get(word, 0.0) * printed.matched.get(word, 0.0)
    for word, alike in printed.matched.items():
        weight = index.weights[word] * alike
        if word in misread:
            continue
        if word in wanted.words:
            both += weight
        else:
            beyond += weight if word in worded else 0.0
            lacking += 0.0 if word in worded else weight
            others += index.own_weights[word] * alike
    for word, weight in printed.lost.items():
        if word in misread:
            continue
        beyond += weight if word in worded else 0.0
        lacking += 0.0 if word in worded else weight
    has = own = 0.0
    for word in set(wanted.words):
        alike = max(each.get(word, 0.0) for each in (printed.matched, printed.subject, meant))
        has += index.weights[word] * alike
        own += index.own_weights[word] * alike
    return _Weighed(whole, both, beyond, lacking, others, has, own)


def _kind_features(said: str, wanted: str, index: RowIndex) -> tuple[float, ...]:
    """Whether the kind that is printed and the row's are the same, near, or others."""
    both_known = bool(said and wanted)
    family = index.kinds.family
    same = both_known and (said in family(wanted) or wanted in family(said))
    near = both_known and not same and index.kinds.group(said) == index.kinds.group(wanted)
    return float(same), float(near), float(both_known and not same and not near)


def outside_features(row: Row, forms: frozenset[str], type: str) -> tuple[float, ...]:
    """The five of FEATURES that compare a page's form numbers and type with a row."""
    common = forms & row.forms
    telling = any(map(is_telling, common))
    takes = bool(type) and type in row.paper.types
    return (
        float(telling),
        float(bool(common) and not telling),
        float(bool(forms and row.forms) and not common),
        float(takes),
        float(bool(type) and bool(row.paper.types) and not takes and ANY_TYPE not in row.paper.types),
    )


def action_features(printed: Printed, wanted: RowTitle, row: Row) -> tuple[float, ...]:
    """The three of FEATURES that compare the actions that a title and a row name."""
    strange, missing = printed.actions - row.actions, wanted.actions - printed.actions
    return float(bool(strange)), float(bool(missing)), float(bool(strange and missing))


def body_features(printed: Printed, wanted: RowTitle, row: Row, body: Pairs, pages: int) -> tuple[float, ...]:
    """The two of FEATURES on a paper's body and its number of pages."""
    there = {*printed.matched, *printed.subject}
    too_many = row.most_pages is not None and pages > row.most_pages
    return share_in_body(wanted.words, there, body), float(too_many)


def seal_feature(wanted: RowTitle, index: RowIndex, *, sealed: bool) -> float:
    """The last of FEATURES: whether an issuer's seal is on a paper where the row asks for a request."""
    return float(sealed and index.kinds.group(wanted.kind) == ASKED)


def _misread_in_place(printed: Printed, wanted: RowTitle) -> dict[str, tuple[str, float]]:
    """Printed words that are a letter off a word of the row's title, each with that word and their likeness.

    Both have the same neighbours: one syllable was misread as another.
    """
    found: dict[str, tuple[str, float]] = {}
    missing = [no for no, word in enumerate(wanted.words) if word not in printed.matched]
    for at, word in enumerate(printed.spelled):
        if word in wanted.words or not missing:
            continue
        for no in missing:
            other = wanted.words[no]
            if Levenshtein.distance(word, other, score_cutoff=1) > 1:
                continue
            before = printed.spelled[max(0, at - 1) : at], wanted.words[max(0, no - 1) : no]
            behind = printed.spelled[at + 1 : at + 2], wanted.words[no + 1 : no + 2]
            if before[0] == before[1] and behind[0] == behind[1] and (before[0] or behind[0]):
                found[word] = other, Levenshtein.normalized_similarity(word, other)
    return found
