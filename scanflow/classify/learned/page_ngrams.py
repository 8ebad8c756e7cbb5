"""What a learned model may use of a page: character n-grams of words that are no names of persons.

Two kinds of words count, and no others:

- of running text, words printed in lower case that occur in a published list (the profiles' names and
  titles, the list of usual spellings). Names of persons and places are written with capitals, so none is
  among them;
- of headings printed in capitals, runs of three words or more (or the whole line) of which each pair stands
  next to each other in a published title or name. A person's name in capitals is no such run.

Digits, marks and everything that a pen wrote are left out.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from scanflow.classify.page_view import CAPITALS, Line, PageView
from scanflow.classify.profiles import DocumentType, Kind, Profiles
from scanflow.text.folding import fold
from scanflow.text.normalization import search_key
from scanflow.text.spelling_frequency import usual_spellings

SIZES = (3, 4, 5)
"""Letters of an n-gram, the spaces around words included."""

# Headings are taken from this upper share of the page: names under signatures are below it.
HEADINGS_ABOVE = 0.6
# Runs of fewer published words count only where they are the whole heading.
MIN_HEADING = 3
# So many words of running text are used: the beginning tells what a paper is.
MAX_WORDS = 300

_LETTERS = re.compile(r"^\W*([^\W\d_]+)\W*$")


@dataclass(frozen=True, slots=True)
class PublicWords:
    """Words, and pairs of neighbouring words (`a b`), of published lists, as `search_key` gives them."""

    words: frozenset[str]
    pairs: frozenset[str]


@dataclass(frozen=True, slots=True)
class CountedWords:
    """The words of a page that may count, in small letters, in runs: of headings and of running text."""

    headings: tuple[tuple[str, ...], ...]
    text: tuple[tuple[str, ...], ...]


def public_words(profiles: Profiles) -> PublicWords:
    """The words of the profiles (names, titles, rows of lists) and of the list of usual spellings."""
    words, pairs = set(usual_spellings()), set[str]()
    for published in _published(profiles):
        known = [_key(word) for word in re.findall(r"[^\W\d_]+", published)]
        words.update(known)
        pairs.update(f"{left} {right}" for left, right in pairwise(known))
    return PublicWords(frozenset(map(_key, words)), frozenset(pairs))


def _published(profiles: Profiles) -> Iterator[str]:
    families: list[DocumentType | Kind] = [*profiles.types.values(), *profiles.kinds.values()]
    for each in families:
        yield from (each.name, *each.titles, *(cue.text for cue in each.heads))
    for procedure in profiles.procedures.values():
        yield from (procedure.name, procedure.field)
        for row in procedure.required:
            yield from (row.name, *row.titles)


def page_words(seen: PageView, public: PublicWords) -> CountedWords:
    """The words of a page that may count."""
    headings: list[tuple[str, ...]] = []
    text: list[tuple[str, ...]] = []
    count = 0
    for line in seen.lines:
        if line.capitals >= CAPITALS:
            if line.box.top < HEADINGS_ABOVE * seen.height:
                headings += _heading_runs(line, public)
        elif count < MAX_WORDS:
            for run in _text_runs(line, public):
                text.append(run)
                count += len(run)
    return CountedWords(tuple(headings), tuple(text))


def ngrams(words: CountedWords) -> Counter[str]:
    """How often each folded n-gram occurs on a page; those of headings are in capitals."""
    found = Counter[str]()
    for run in words.headings:
        found.update(_of_run(" ".join(map(_fold, run)).upper()))
    for run in words.text:
        found.update(_of_run(" ".join(map(_fold, run))))
    return found


def word_ngrams(word: str) -> list[str]:
    """The n-grams of one word alone, in small letters."""
    return _of_run(_fold(word))


def _of_run(run: str) -> list[str]:
    padded = f" {run} "
    return [padded[at : at + size] for size in SIZES for at in range(len(padded) - size + 1)]


def _heading_runs(line: Line, public: PublicWords) -> Iterator[tuple[str, ...]]:
    """Runs of words of which each pair is published: of three words and more, or the whole line."""
    run: list[str] = []
    words = list(_letters(line))
    least = min(MIN_HEADING, max(2, len(words)))
    for word in [*words, ""]:
        if run and f"{run[-1]} {word}" in public.pairs:
            run.append(word)
            continue
        if len(run) >= least:
            yield tuple(run)
        run = [word] if word else []


def _text_runs(line: Line, public: PublicWords) -> Iterator[tuple[str, ...]]:
    """Runs of published words in small letters."""
    run: list[str] = []
    for word in [*_letters(line, small=True), ""]:
        if word in public.words:
            run.append(word)
            continue
        if run:
            yield tuple(run)
        run = []


def _letters(line: Line, *, small: bool = False) -> Iterator[str]:
    """The line's printed words in lower case; empty for a word that has other characters than letters.

    With `small`, also empty for a word that is not printed in lower case.
    """
    for word in line.words:
        found = _LETTERS.match(word.text)
        counts = found is not None and word.kind == "print" and (not small or found[1].islower())
        yield _key(found[1]) if found and counts else ""


@lru_cache(maxsize=8192)
def _key(word: str) -> str:
    return search_key(word)


@lru_cache(maxsize=8192)
def _fold(word: str) -> str:
    return fold(word)
