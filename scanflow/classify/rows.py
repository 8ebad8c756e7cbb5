"""Which rows of its procedure's list a paper meets.

The list is the knowledge: thousands of papers have a name in a list and no cues of their own. What a page
prints (its title, whole; the number of its form; its kind) is compared with what each row of the dossier's
own procedure asks for. Words that tell the rows apart weigh more than words that all have, and words that the
printed title has and the row has not speak against it. The rows and "none of them" are weighed against each
other, so that a paper which two rows might mean is left to a person.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from scanflow.classify.kinds import KindIndex, kind_of_title
from scanflow.classify.page_view import PageView
from scanflow.classify.printed_forms import form_keys, is_telling, printed_form_numbers
from scanflow.classify.printed_titles import PrintedTitle, printed_titles
from scanflow.classify.profiles import ANY_TYPE, DocumentType, RequiredPaper
from scanflow.classify.row_weights import WEIGHTS
from scanflow.classify.row_words import UNSEEN, WordWeights, words_of
from scanflow.model import Evidence, RowMatch
from scanflow.text.folding import fold
from scanflow.text.syllables import folded_syllables

# A row is met from this chance on: with it the numbers of docs/benchmarks.md (Rows) hold.
MIN_CHANCE = 0.6
# Words less alike than this are different words; reading loses a letter or two of a long one.
SAME_WORD = 0.7
# What is no Vietnamese syllable was misread, or is a name: of a short word half its letters may be left.
SAME_MISREAD = 0.5
# Of the page's titles those are looked at that have most of the rows' words.
MAX_TITLES = 3
_SUBJECT_LEAD = re.compile(r"^\W*(?:về việc|v/v|về)\W+", re.IGNORECASE)
# What a title says besides what paper it is.
_ADDED = re.compile(r"\([^()]*\)|\bnăm \d{4}|\blần thứ \w+|\bquý [IViv1-4]+\b", re.IGNORECASE)
# What lists call a copy of a paper, or a paper without naming it: nobody prints it as a title.
_NO_NAME = re.compile(
    r"(?:ban (?:sao|chinh|goc|chup|dich|dien tu)\b.*|(?:cac )?(?:giay to|van ban|tai lieu|ho so))"
)
_NO_TITLE = PrintedTitle("", "", 0.0, 0.0, 0)


@dataclass(frozen=True, slots=True)
class _RowTitle:
    """One title that a row's paper may bear. `own` weighs its words by how few of the rows have them."""

    text: str
    words: tuple[str, ...]
    letters: str
    weight: float
    own: float
    kind: str


@dataclass(frozen=True, slots=True)
class _Row:
    paper: RequiredPaper
    titles: tuple[_RowTitle, ...]
    wording: frozenset[str]
    forms: frozenset[str]


@dataclass(frozen=True)
class RowIndex:
    """The rows of one procedure, ready for matching: made once for a dossier.

    `weights` are those of the rows' words in all lists, `own_weights` in this one; `context` are the words of
    the procedure's name, which its papers' titles may have whatever the list says; `worth` is that of the
    FEATURES.
    """

    rows: tuple[_Row, ...]
    weights: Mapping[str, float]
    own_weights: Mapping[str, float]
    context: frozenset[str]
    general: WordWeights
    kinds: KindIndex
    worth: tuple[float, ...] = WEIGHTS

    @cached_property
    def vocabulary(self) -> list[str]:
        return list(self.weights)


@dataclass(frozen=True, slots=True)
class _Printed:
    """A printed title, prepared.

    `matched` are the words of rows that it has, each with how alike they are (0 to 1); `subject` those of the
    lines below it. `lost` weighs its words that neither a row nor the procedure's name has, `of_name` those
    that only the name has, `weight` both and the matched ones. `unreadable` counts what is no Vietnamese
    syllable: misread, or a name. `main`: no title of a paper stands above it.
    """

    title: PrintedTitle
    letters: str
    weight: float
    lost: Mapping[str, float]
    of_name: float
    unreadable: int
    main: bool
    matched: Mapping[str, float]
    subject: Mapping[str, float]
    kind: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A row with the title and the features that speak most for it; `score` is a log-odds against none."""

    row: int
    title: str
    features: tuple[float, ...]
    score: float
    evidence: tuple[Evidence, ...] = ()


FEATURES = (
    "a row at all",
    "share of the printed words that the row has",
    "share of the row's words that are printed",
    "both shares multiplied",
    "letters alike",
    "letters alike as far as the shorter goes",
    "weight of the words that both have",
    "weight of the printed words that the row lacks",
    "printed words that are no syllables",
    "weight of the printed words that only the procedure's name has",
    "weight of the printed words that the row's wording has beyond its title",
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
)


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
    made = []
    for row, titles in zip(rows, texts, strict=True):
        prepared = []
        for text in titles:
            words = tuple(words_of(text))
            if words:
                prepared.append(
                    _RowTitle(
                        text,
                        words,
                        "".join(words),
                        sum(weights[word] for word in set(words)),
                        sum(own[word] for word in set(words)),
                        kind_of_title(text, kinds),
                    )
                )
        made.append(_Row(row, tuple(prepared), frozenset(words_of(row.name)), form_keys(row.form_numbers)))
    return RowIndex(tuple(made), weights, own, frozenset(words_of(name)), general, kinds)


def match_rows(
    seen: PageView,
    index: RowIndex,
    *,
    type: str = "",
    kind: str = "",
    page: int = 0,
) -> tuple[RowMatch, ...]:
    """The rows that a paper meets, the likeliest first; none where that would be a guess.

    `seen` is its first page, `type` and `kind` what is known of it. `page` is the index that the evidence
    names. Rows that ask for the same paper (in several cases of a procedure) are all met.
    """
    scored = score_rows(seen, index, type=type, kind=kind, page=page)
    chances = row_chances(scored)
    met = [
        RowMatch(index.rows[each.row].paper.id, round(chance, 3), each.evidence)
        for each, chance in zip(scored, chances, strict=True)
        if chance >= MIN_CHANCE
    ]
    return tuple(sorted(met, key=lambda match: -match.chance))


def row_chances(scored: Sequence[Scored]) -> list[float]:
    """How likely the paper is that of each row. Rows that the same title speaks for count as one."""
    if not scored:
        return []
    groups: dict[str, float] = {}
    for each in scored:
        groups[each.title] = max(groups.get(each.title, -math.inf), each.score)
    highest = max(0.0, *groups.values())
    total = math.exp(-highest) + sum(math.exp(score - highest) for score in groups.values())
    return [math.exp(each.score - highest) / total for each in scored]


def score_rows(
    seen: PageView, index: RowIndex, *, type: str = "", kind: str = "", page: int = 0
) -> list[Scored]:
    """Each row with what on the page speaks most for it."""
    forms = printed_form_numbers(seen)
    every = _all_prepared(printed_titles(seen, index.kinds), index)
    every.sort(key=lambda printed: sum(printed.lost.values()) - printed.weight)
    scored = []
    for number, row in enumerate(index.rows):
        outside = _outside_features(row, forms, type)
        found: tuple[float, tuple[float, ...], _Printed, _RowTitle] | None = None
        for printed in every[:MAX_TITLES]:
            for wanted in row.titles:
                features = (
                    *_title_features(printed, wanted, row.wording, index, kind),
                    *outside,
                    float(not printed.main),
                )
                score = sum(weight * value for weight, value in zip(index.worth, features, strict=True))
                if found is None or score > found[0]:
                    found = score, features, printed, wanted
        if found is not None:
            score, features, printed, wanted = found
            evidence = _evidence(printed, wanted, row, features, page)
            scored.append(Scored(number, wanted.letters, features, score, evidence))
    return scored


def _titles_of(row: RequiredPaper, types: Mapping[str, DocumentType]) -> tuple[str, ...]:
    """The titles that a row's paper may bear: its own, else its name and those of the types that it takes."""
    if row.titles:
        named = tuple(title for title in row.titles if not _NO_NAME.fullmatch(fold(title)))
        return named or row.titles
    of_types = (title for type in row.types if type in types for title in types[type].titles)
    return tuple(dict.fromkeys((row.name, *of_types)))


def _all_prepared(titles: Sequence[PrintedTitle], index: RowIndex) -> list[_Printed]:
    """The page's titles; the topmost that begins with the name of a kind is the main one, else the first."""
    if not titles:
        return [_prepared(_NO_TITLE, index, main=True)]
    kinds = [kind_of_title(title.text, index.kinds) for title in titles]
    first = next((no for no, kind in enumerate(kinds) if kind), 0)
    return [_prepared(title, index, main=no <= first) for no, title in enumerate(titles)]


def _prepared(title: PrintedTitle, index: RowIndex, *, main: bool) -> _Printed:
    words, below = words_of(_ADDED.sub(" ", title.text)), words_of(_SUBJECT_LEAD.sub("", title.subject))
    kind = kind_of_title(title.text, index.kinds)
    if title.subject and len(words) <= 3 and kind:
        words, below = words + below, []  # QUYẾT ĐỊNH / Về việc … is one title
    matched, left = _matched(words, index)
    subject, _ = _matched(below, index)
    of_name = sum(index.general.weight(word) for word in left if word in index.context)
    strange = [word for word in left if word not in index.context]
    readable = [word for word in strange if word in folded_syllables() or word.isdigit()]
    lost = {word: index.general.weight(word) for word in readable}
    weight = (
        sum(lost.values()) + of_name + sum(index.weights[word] * alike for word, alike in matched.items())
    )
    return _Printed(
        title,
        "".join(words),
        weight,
        lost,
        of_name,
        len(strange) - len(readable),
        main,
        matched,
        subject,
        kind,
    )


def _matched(words: Sequence[str], index: RowIndex) -> tuple[dict[str, float], list[str]]:
    """The rows' words among printed ones, each with how alike they are, and the other words."""
    matched: dict[str, float] = {}
    left: list[str] = []
    for word in dict.fromkeys(words):
        if word in index.weights:
            matched[word] = 1.0
        elif word in index.context:
            left.append(word)
        elif near := process.extractOne(
            word,
            index.vocabulary,
            scorer=Levenshtein.normalized_similarity,
            score_cutoff=SAME_WORD if word in folded_syllables() else SAME_MISREAD,
        ):
            matched[near[0]] = max(near[1], matched.get(near[0], 0.0))
        elif parts := _run_together(word, index):
            matched.update(dict.fromkeys(parts, 1.0))
        else:
            left.append(word)
    return matched, left


def _run_together(word: str, index: RowIndex) -> tuple[str, str] | None:
    """Two of the rows' words between which reading lost the space."""
    pairs = ((word[:cut], word[cut:]) for cut in range(2, len(word) - 1))
    return next((pair for pair in pairs if pair[0] in index.weights and pair[1] in index.weights), None)


def _title_features(
    printed: _Printed, wanted: _RowTitle, wording: frozenset[str], index: RowIndex, kind: str
) -> tuple[float, ...]:
    """What a printed title says for or against one of a row's: the first 18 of FEATURES."""
    both = lacking = others = beyond = 0.0
    for word, alike in printed.matched.items():
        weight = index.weights[word] * alike
        if word in wanted.words:
            both += weight
        else:
            beyond += weight if word in wording else 0.0
            lacking += 0.0 if word in wording else weight
            others += index.own_weights[word] * alike
    for word, weight in printed.lost.items():
        beyond += weight if word in wording else 0.0
        lacking += 0.0 if word in wording else weight
    has = own = 0.0
    for word in wanted.words:
        alike = max(printed.matched.get(word, 0.0), printed.subject.get(word, 0.0))
        has += index.weights[word] * alike
        own += index.own_weights[word] * alike
    of_printed = both / printed.weight if printed.weight else 0.0
    of_row = has / wanted.weight if wanted.weight else 0.0
    missing = max(0.0, wanted.weight - has)
    shorter = min(len(printed.letters), len(wanted.letters))
    said = kind or printed.kind
    family = index.kinds.family(wanted.kind)
    both_known = bool(said and wanted.kind)
    same = both_known and (said in family or wanted.kind in index.kinds.family(said))
    near = both_known and not same and index.kinds.group(said) == index.kinds.group(wanted.kind)
    return (
        1.0,
        of_printed,
        of_row,
        of_printed * of_row,
        Levenshtein.normalized_similarity(printed.letters, wanted.letters) if shorter else 0.0,
        Levenshtein.normalized_similarity(printed.letters[:shorter], wanted.letters[:shorter])
        if shorter
        else 0.0,
        math.log1p(both),
        math.log1p(lacking),
        math.log1p(printed.unreadable),
        math.log1p(printed.of_name),
        math.log1p(beyond),
        math.log1p(missing),
        math.log1p(min(missing, lacking)),
        own / wanted.own if wanted.own else 0.0,
        math.log1p(others),
        float(same),
        float(near),
        float(both_known and not same and not near),
    )


def _outside_features(row: _Row, forms: frozenset[str], type: str) -> tuple[float, ...]:
    """What a page's form number and type say for or against a row."""
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


def _evidence(
    printed: _Printed, wanted: _RowTitle, row: _Row, features: Sequence[float], page: int
) -> tuple[Evidence, ...]:
    said = dict(zip(FEATURES, features, strict=True))
    found = []
    if said["both shares multiplied"] > 0:
        alike = round(said["both shares multiplied"], 3)
        found.append(Evidence(f"title of the row: {wanted.text}", printed.title.text, alike, page))
    if said["the same telling form number"] or said["the same bare form number"]:
        found.append(Evidence("form number of the row", ", ".join(row.paper.form_numbers), 1.0, page))
    if said["another form number"]:
        found.append(Evidence("against: another form number", ", ".join(row.paper.form_numbers), 1.0, page))
    if said["the same kind"]:
        found.append(Evidence("kind of the row", wanted.kind, 1.0, page))
    if said["a type that the row takes"]:
        found.append(Evidence("type of the row", ", ".join(row.paper.types), 1.0, page))
    return tuple(found)
