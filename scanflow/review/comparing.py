"""Two versions of a document beside each other: what a correction or a re-reading changed, word by word."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from scanflow.archive.documents.page_words import decode_page
from scanflow.model import Box, Word, union
from scanflow.review.access import Opened
from scanflow.review.context import Review
from scanflow.review.pages import no_page, raw_pages

_MOST_CHANGES = 300
"""Changes of a page that are listed with their places."""


@dataclass(frozen=True, slots=True)
class ComparedWord:
    """A word of one of both versions; `changed` where the other has something else there."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """A replaced stretch of text: the old and the new text, each may be empty. `box` is its place on the
    newer page, or on the older one where nothing replaces it (`gone`).
    """

    before: str
    after: str
    box: Box
    gone: bool


@dataclass(frozen=True, slots=True)
class ComparedPage:
    """A page of the newer version and the page of the older one that it came from, 0 where there is none.

    Lines hold words in reading order. `changed_pages` are the newer version's pages on which words changed.
    """

    no: int
    older_no: int
    before: tuple[tuple[ComparedWord, ...], ...]
    after: tuple[tuple[ComparedWord, ...], ...]
    changes: tuple[Difference, ...]
    size: tuple[float, float]
    older_size: tuple[float, float]
    changed_pages: tuple[int, ...]


def compare(review: Review, older: Opened, newer: Opened, no: int | None = None) -> ComparedPage:
    """Page `no` of the newer version beside that of the older one; None: the first on which words changed.

    Raises NotFoundError, StoreError.
    """
    before, after = raw_pages(review, older.version.words), raw_pages(review, newer.version.words)
    changed = _changed(before, after)
    if no is None:
        no = changed[0] if changed else 1
    if not 1 <= no <= len(after):
        raise no_page(newer, no)
    older_no = _page_before(before, after, no)
    new = decode_page(after[no - 1])
    old = decode_page(before[older_no - 1]) if older_no else None
    was, now = old.words if old else (), new.words
    matcher = SequenceMatcher(None, [each.text for each in was], [each.text for each in now], autojunk=False)
    steps = [step for step in matcher.get_opcodes() if step[0] != "equal"]
    gone = {index for _, begin, end, _, _ in steps for index in range(begin, end)}
    come = {index for _, _, _, begin, end in steps for index in range(begin, end)}
    changes = tuple(
        Difference(_text(was[b:e]), _text(now[f:t]), union([w.box for w in (now[f:t] or was[b:e])]), f == t)
        for _, b, e, f, t in steps[:_MOST_CHANGES]
    )
    return ComparedPage(
        no,
        older_no,
        tuple(_lines(was, gone)),
        tuple(_lines(now, come)),
        changes,
        new.size,
        old.size if old else new.size,
        changed,
    )


def _page_before(before: Sequence[bytes], after: Sequence[bytes], no: int) -> int:
    """The older page that page `no` came from: the same page, even with another number, else the page of that
    number; 0 where the older version has no such page.
    """
    if no <= len(before) and before[no - 1] == after[no - 1]:
        return no
    if after[no - 1] in before:
        return before.index(after[no - 1]) + 1
    kept = set(after)
    return no if no <= len(before) and before[no - 1] not in kept else 0


def _changed(before: Sequence[bytes], after: Sequence[bytes]) -> tuple[int, ...]:
    known = set(before)
    return tuple(no for no, page in enumerate(after, start=1) if page not in known)


def _lines(words: Sequence[Word], changed: set[int]) -> Iterator[tuple[ComparedWord, ...]]:
    for _, line in groupby(enumerate(words), key=lambda each: (each[1].block, each[1].line)):
        yield tuple(ComparedWord(word.text, index in changed) for index, word in line)


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
