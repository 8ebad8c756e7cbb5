"""The part of a page's text that is shown for a hit, and the matching words of a page.

This is not done by the index, because it has folded words only, and the page's own text is to be shown.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from scanflow.archive.search.abbreviations import abbreviations
from scanflow.archive.search.language import Term, parse
from scanflow.archive.search.question import SnippetPart
from scanflow.archive.search.words import WORD, words_of
from scanflow.model import Word

_WINDOW = 24
"""Words of a snippet."""
_LEAD = 4
"""Words of it before the first that matched."""
_LONG_WORD = 8
"""Letters from which on two may be misread, as in `compile`."""


def snippet(text: str, terms: Sequence[Term]) -> tuple[SnippetPart, ...]:
    """The part of `text` with the most terms, or its beginning if it has none."""
    spans = [match.span() for match in WORD.finditer(text)]
    keys = [_key(text[start:end]) for start, end in spans]
    found = sorted(places(keys, terms))
    begin = max(0, _best_start(found) - _LEAD)
    end = min(len(spans), begin + _WINDOW)
    marked = {place for index, _, length in found for place in range(index, index + length)}
    pieces: list[SnippetPart] = []
    for place in range(begin, end):
        matched = place in marked
        joined = matched and place - 1 in marked and place > begin
        if place > begin:
            between = _one_line(text[spans[place - 1][1] : spans[place][0]])
            pieces.append(SnippetPart(between, joined))
        pieces.append(SnippetPart(text[slice(*spans[place])], matched))
    before = "… " if begin > 0 else ""
    after = " …" if end < len(spans) else ""
    return _merged([SnippetPart(before, False), *pieces, SnippetPart(after, False)])


def matching_words(words: Sequence[Word], question: str, *, tolerant: bool = False) -> list[tuple[int, ...]]:
    """The matches on a page, in reading order: for each the indices of its words in `words`.

    The viewer marks the boxes of these words. Raises QuestionError.
    """
    terms = [term for term in parse(question, tolerant=tolerant) if not term.field and not term.excluded]
    keys: list[str] = []
    owners: list[int] = []
    for index, word in enumerate(words):
        if word.searchable:
            for each in words_of(word.text):
                keys.append(each.folded)
                owners.append(index)
    found = {tuple(dict.fromkeys(owners[place : place + length])) for place, _, length in places(keys, terms)}
    return sorted(found)


def places(keys: Sequence[str], terms: Sequence[Term]) -> list[tuple[int, int, int]]:
    """The places of terms in a text's folded words: index, term, number of words."""
    return [(index, which, size) for which, term in enumerate(terms) for size, index in _places(keys, term)]


def stands_in(text: str, term: Term) -> bool:
    """Whether a text contains a phrase, its words side by side."""
    return bool(_places([keys.folded for keys in words_of(text)], term))


def _places(keys: Sequence[str], term: Term) -> list[tuple[int, int]]:
    wanted = [word.folded for word in term.words]
    size = len(wanted)
    firsts: Iterable[int]
    if size > 1:
        firsts = (at for at, key in enumerate(keys[: len(keys) - size + 1]) if key == wanted[0])
    elif term.prefix or term.tolerant:
        firsts = range(len(keys))
    else:
        firsts = (at for at, key in enumerate(keys) if key == wanted[0])
    found = [(size, at) for at in firsts if _stands_at(keys[at : at + size], wanted, term)]
    if len(wanted) == 1 and (long := abbreviations().get(wanted[0])):
        other = [word.folded for word in long]
        size = len(other)
        found += [(size, at) for at in range(len(keys) - size + 1) if list(keys[at : at + size]) == other]
    return found


def _stands_at(keys: Sequence[str], wanted: Sequence[str], term: Term) -> bool:
    *firsts, last = wanted
    if list(keys[:-1]) != firsts:
        return False
    if term.prefix:
        return keys[-1].startswith(last)
    return keys[-1] == last or (term.tolerant and not firsts and _alike(keys[-1], last))


def _alike(word: str, wanted: str) -> bool:
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - for tolerant questions only

    most = misread_letters(wanted)
    return OSA.distance(word, wanted, score_cutoff=most) <= most


def misread_letters(word: str) -> int:
    """The number of letters in which a word may differ if misread words are to be found."""
    if len(word) < 3:
        return 0
    return 2 if len(word) >= _LONG_WORD else 1


@lru_cache(maxsize=20_000)
def _key(word: str) -> str:
    """A word's key, cached: Vietnamese has about 7,000 syllables, and each snippet needs those of a whole
    page.
    """
    return "".join(keys.folded for keys in words_of(word))


def _best_start(found: Sequence[tuple[int, int, int]]) -> int:
    """The position with the most different terms close together; the first of equal ones."""

    def worth(position: int) -> tuple[int, int]:
        start = last = found[position][0]
        seen: set[int] = set()
        for place, which, _ in found[position : position + _WINDOW * 4]:
            if place >= start + _WINDOW - _LEAD:
                break
            if which not in seen:
                seen.add(which)
                last = place
        return len(seen), start - last

    return found[max(range(len(found)), key=worth)][0] if found else 0


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _merged(pieces: Sequence[SnippetPart]) -> tuple[SnippetPart, ...]:
    """The pieces, with equal neighbours joined and empty ones left out."""
    merged: list[SnippetPart] = []
    for piece in pieces:
        if not piece.text:
            continue
        if merged and merged[-1].matched == piece.matched:
            merged[-1] = SnippetPart(merged[-1].text + piece.text, piece.matched)
        else:
            merged.append(piece)
    return tuple(merged)
