"""A page's printed titles, prepared for being compared with the rows of a list."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from scanflow.classify.actions import actions_in
from scanflow.classify.kinds import kind_of_title
from scanflow.classify.rows.listed_rows import ABBREVIATED, RowIndex
from scanflow.classify.rows.printed_titles import PrintedTitle
from scanflow.classify.rows.row_words import words_of
from scanflow.text.folding import fold
from scanflow.text.syllables import folded_syllables

# Words less alike than this (0 to 1) are different words; misreading changes a letter or two of a long one.
SAME_WORD = 0.7
# A word that is no Vietnamese syllable was misread, or is a name: half the letters of a short one may be
# right.
SAME_MISREAD = 0.5
# A word that occurs in so many titles of all lists is not taken for a misread word of the row.
WELL_KNOWN = 5
_SUBJECT_LEAD = re.compile(r"^\W*(?:về việc|v/v|về)\W+", re.IGNORECASE)
# Parts of a title that do not tell which paper it is.
_ADDED = re.compile(r"\([^()]*\)|\bnăm \d{4}|\blần thứ \w+|\bquý [IViv1-4]+\b", re.IGNORECASE)
# The label of an annex, above a form's own title.
_ANNEX = re.compile(r"\W*phu luc(?: so)?[\s\d.ivxl-]*\W*")
_NO_TITLE = PrintedTitle("", "", 0.0, 0.0, 0)


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed title, prepared.

    `letters` are its folded letters without spaces. `matched` are the words of rows that it has, each with
    how alike the two are (0 to 1); `subject` those of the lines below it. `spelled` are its words in order,
    as the rows spell them. `lost` has the weights of its words that neither a row nor the procedure's name
    has, `of_name` is the weight of those that only the name has, `weight` that of both and of the matched
    ones. `unreadable` counts words that are no Vietnamese syllable: misread, or names. `main`: it is the
    topmost title of a paper. `actions` are what it asks for.
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
    spelled: tuple[str, ...]
    kind: str
    actions: frozenset[str]


def prepare_titles(titles: Sequence[PrintedTitle], index: RowIndex) -> list[Printed]:
    """The page's titles; the topmost that begins with the name of a kind is the main one, else the first."""
    if not titles:
        return [_prepared(_NO_TITLE, index, main=True)]
    kinds = [kind_of_title(title.text, index.kinds) for title in titles]
    named = (no for no, kind in enumerate(kinds) if kind and not _ANNEX.fullmatch(fold(titles[no].text)))
    first = next(named, 0)
    return [_prepared(title, index, main=no == first) for no, title in enumerate(titles)]


def _prepared(title: PrintedTitle, index: RowIndex, *, main: bool) -> Printed:
    words, below = words_of(_ADDED.sub(" ", title.text)), words_of(_SUBJECT_LEAD.sub("", title.subject))
    kind = kind_of_title(title.text, index.kinds)
    if title.subject and len(words) <= 3 and kind:
        words, below = words + below, []  # QUYẾT ĐỊNH / Về việc … is one title
    matched, left, spelled = _matched(words, index)
    subject, _, _ = _matched(below, index)
    of_name = sum(index.general.weight(word) for word in left if word in index.context)
    strange = [word for word in left if word not in index.context]
    readable = [
        word for word in strange if word in folded_syllables() or word.isdigit() or _is_abbreviation(word)
    ]
    lost = {word: index.general.weight(word) for word in readable}
    weight = (
        sum(lost.values()) + of_name + sum(index.weights[word] * alike for word, alike in matched.items())
    )
    return Printed(
        title,
        "".join(words),
        weight,
        lost,
        of_name,
        len(strange) - len(readable),
        main,
        matched,
        subject,
        tuple(spelled),
        kind,
        actions_in(spelled),
    )


def _is_abbreviation(word: str) -> bool:
    """Whether a folded word has no vowel: an abbreviation of words that the rows lack."""
    return len(word) >= min(ABBREVIATED) and not set("aeiouy") & set(word)


def _matched(words: Sequence[str], index: RowIndex) -> tuple[dict[str, float], list[str], list[str]]:
    """The rows' words among printed ones with how alike they are, the other words, and all words respelled.

    The last are in their order, as the rows spell them.
    """
    matched: dict[str, float] = {}
    left: list[str] = []
    spelled: dict[str, tuple[str, ...]] = {}
    for word in dict.fromkeys(words):
        if word in index.weights:
            matched[word] = 1.0
        elif word in index.context or index.general.counts.get(word, 0) >= WELL_KNOWN:
            left.append(word)
        elif word not in folded_syllables() and (written_out := index.initials.get(word)):
            matched.update(dict.fromkeys(written_out, 1.0))
            spelled[word] = written_out
        elif near := process.extractOne(
            word,
            index.vocabulary,
            scorer=Levenshtein.normalized_similarity,
            score_cutoff=SAME_WORD if word in folded_syllables() else SAME_MISREAD,
        ):
            matched[near[0]] = max(near[1], matched.get(near[0], 0.0))
            spelled[word] = (near[0],)
        elif parts := _run_together(word, index):
            matched.update(dict.fromkeys(parts, 1.0))
            spelled[word] = parts
        else:
            left.append(word)
    return matched, left, [each for word in words for each in spelled.get(word, (word,))]


def _run_together(word: str, index: RowIndex) -> tuple[str, str] | None:
    """Two of the rows' words between which the space was lost; None where the word is no such pair."""
    pairs = ((word[:cut], word[cut:]) for cut in range(2, len(word) - 1))
    return next((pair for pair in pairs if pair[0] in index.weights and pair[1] in index.weights), None)
