"""Received-stamps (dấu công văn đến) over the head of a paper: their words are put after its text.

    VĂN PHÒNG ỦY BAN
    CÔNG VĂN ĐẾN
    Giờ ...... Ngày ......
    Kính chuyển ..........

A stamp is found by its words, because its frame is often broken or crosses print. The word ĐẾN alone needs a
label with dots near it. After the title CÔNG VĂN (or VĂN BẢN) a label without dots, or the office's name, is
enough. Where ĐẾN was not read because print lies over it, an office's name with a stamp's labels below it is
enough. The stamp is as wide as the office's name; handwriting in it belongs to it. The words of a stamp are
kept as words of kind `stamp`, after the text and in a block of their own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from statistics import median

from scanflow.model import Box, Word, union
from scanflow.ocr.layout.lines import line_of, phrases, rows_of
from scanflow.text.folding import fold
from scanflow.units import POINTS_PER_MM

# Folded texts (`fold`). The numbers below were set by judgement, on stamps of real and rendered pages.
_ARRIVED = "den"
_TITLES = ("congvan", "vanban")
_ALIKE, _WORDS = 60, 2  # least similarity to a title in per cent; the most words of one
_DOTTED = ("gio", "ngay", "chuyen")
_LABELS = {"gio", "ngay", "kinh", "chuyen", "so"}
_EDGES = " .,:;|!"
# A stamp whose ĐẾN is not read must have the label _SENT and so many of these others.
_SENT, _BESIDE, _OTHERS = "chuyen", {"gio", "ngay", "so"}, 2
_DEEPEST = 0.5  # of the page's height: received-stamps are above this

# Points, given in millimetres.
_NEAR = 45 * POINTS_PER_MM  # the greatest distance of a dotted label from ĐẾN
_BELOW = 25 * POINTS_PER_MM  # how far below the title, or the office's name, labels are looked for
_LEFT = 25 * POINTS_PER_MM  # how far left of the title, if there is no office's name
_MARGIN, _UNDER = 4 * POINTS_PER_MM, 3 * POINTS_PER_MM  # from the stamp's words to its edges; to its bottom
_RIGHT = 25 * POINTS_PER_MM  # to its right edge if there is no office's name: lines end in dots, not words
_ABOVE = 10 * POINTS_PER_MM  # the greatest distance of the office's name from the title below it
# Widths of an office's name. The motto is wider; a part of another name is narrower.
_NARROWEST, _WIDEST = 28 * POINTS_PER_MM, 75 * POINTS_PER_MM


def part_received_stamps(words: Sequence[Word], height: float) -> list[Word]:
    """The words of an upright page, those of received-stamps after the others.

    `height` is the page's height in points.
    """
    head = [word for word in words if word.box.bottom <= _DEEPEST * height]
    stamps: list[list[Word]] = []
    for arrived in filter(_is_arrived, head):
        parts, edges = _stamp(arrived, head)
        if parts:
            stamps.append([*parts, *_words_inside(edges, words)])
    known = {id(word) for stamp in stamps for word in stamp}
    for parts, edges in _untitled([word for word in head if id(word) not in known]):
        stamps.append([*parts, *_words_inside(edges, words)])
    return put_after(words, stamps)


def put_after(words: Sequence[Word], stamps: Sequence[Sequence[Word]]) -> list[Word]:
    """The words, with those of each stamp after the others in a block of its own, its print as kind `stamp`.

    A word of two stamps goes to the first of them.
    """
    taken: set[int] = set()
    block = 1 + max((word.block for word in words), default=-1)
    apart: list[Word] = []
    for stamp in stamps:
        own = [word for word in words if id(word) in set(map(id, stamp)) - taken]
        taken |= set(map(id, own))
        if own:
            rows = rows_of([line_of([word]) for word in own], median(word.box.height for word in own))
            apart += [
                replace(word, block=block, line=no, kind="stamp" if word.kind == "print" else word.kind)
                for no, row in enumerate(rows)
                for word in row.words
            ]
            block += 1
    return [*(word for word in words if id(word) not in taken), *apart]


def _is_arrived(word: Word) -> bool:
    """Whether a word is ĐẾN; its marks are often misread."""
    return word.text.isupper() and fold(word.text).strip(_EDGES) == _ARRIVED


def _stamp(arrived: Word, head: Sequence[Word]) -> tuple[list[Word], Box]:
    """The words by which the stamp around a word ĐẾN is recognized, and the stamp's box.

    No words if there is no stamp.
    """
    title = _title(arrived, head)
    office = _office(union([word.box for word in (arrived, *title)]), head)
    labels = [word for word in head if _is_near(word.box, arrived.box) and _is_dotted(word)]
    if title:
        least = min(word.box.left for word in office or title) - (_MARGIN if office else _LEFT)
        labels += [word for word in head if word.box.left >= least and _is_below(word, arrived)]
    parts = [arrived, *title, *office, *labels] if labels or (title and office) else []
    box = union([word.box for word in parts or [arrived]])
    above, right = (_MARGIN / 2, _MARGIN) if office else (_ABOVE, _RIGHT)
    return parts, Box(box.left - _MARGIN, box.top - above, box.right + right, box.bottom + _UNDER)


def _title(arrived: Word, head: Sequence[Word]) -> list[Word]:
    """The one or two words before ĐẾN on its line, if they are CÔNG VĂN or VĂN BẢN or similar."""
    before = [
        word
        for word in head
        if (word.block, word.line) == (arrived.block, arrived.line)
        and word.box.right <= arrived.box.left + _MARGIN
        and any(map(str.isalpha, word.text))
    ]
    text = "".join(fold(word.text).strip(_EDGES) for word in before)
    from rapidfuzz import fuzz  # noqa: PLC0415 - few pages have a received-stamp, and loading takes 10 ms

    alike = max(fuzz.ratio(text, title) for title in _TITLES) >= _ALIKE
    return before if alike and len(before) <= _WORDS else []


def _untitled(head: Sequence[Word]) -> Iterator[tuple[list[Word], Box]]:
    """Each stamp whose ĐẾN was not read: the words by which it is recognized, and its box."""
    for office in _offices(head):
        box = union([word.box for word in office])
        below = Box(box.left - _MARGIN, box.bottom, box.right + _MARGIN, box.bottom + _BELOW)
        labels = [word for word in head if below.holds(word.box) and _label(word) in _LABELS]
        texts = {_label(word) for word in labels}
        if _SENT in texts and len(texts & _BESIDE) >= _OTHERS:
            lowest = max(word.box.bottom for word in labels)
            yield [*office, *labels], Box(below.left, box.top - _MARGIN / 2, below.right, lowest + _UNDER)


def _label(word: Word) -> str:
    """The letters that a word begins with, folded, if they may be a stamp's label; else empty."""
    letters = "".join(takewhile(str.isalpha, fold(word.text)))
    return letters if word.text[0].isupper() or letters == _SENT else ""


def _offices(head: Sequence[Word]) -> Iterator[list[Word]]:
    """Phrases of two words or more in capitals that are as wide as a stamp."""
    for phrase in phrases([word for word in head if word.text.strip(_EDGES).isupper()]):
        if len(phrase) > 1 and _NARROWEST <= union([word.box for word in phrase]).width <= _WIDEST:
            yield phrase


def _office(below: Box, head: Sequence[Word]) -> list[Word]:
    """The words of the office's name close above a stamp's title; none if there is no such name."""
    for phrase in _offices(head):
        box = union([word.box for word in phrase])
        above = 0 <= below.top - box.bottom + _MARGIN / 2 <= _ABOVE
        if above and box.left < below.right and below.left < box.right:
            return phrase
    return []


def _is_dotted(word: Word) -> bool:
    """Whether it is a label with dots (`Giờ....`, `Ngày:....`) or `chuyển`."""
    text = fold(word.text)
    if text.startswith("chuyen"):
        return True
    dotted = text.endswith((".", ":", "_")) or "..." in text
    return dotted and word.text[0].isupper() and text.startswith(_DOTTED)


def _is_below(word: Word, arrived: Word) -> bool:
    """Whether it is a label of a stamp in the lines below its title."""
    below = 0 <= word.box.top - arrived.box.top <= _BELOW and word.box.left <= arrived.box.right
    label = fold(word.text).strip(_EDGES) in _LABELS and word.text[0].isalpha()
    return below and label and (word.text[0].isupper() or fold(word.text).startswith("chuyen"))


def _is_near(one: Box, other: Box) -> bool:
    return min(one.shared_width(other), one.shared_height(other)) >= -_NEAR


def _words_inside(stamp: Box, words: Sequence[Word]) -> Iterator[Word]:
    """The words inside a stamp, except those of phrases that are mostly outside: these are the paper's."""
    for phrase in phrases(words):
        inside = [word for word in phrase if stamp.holds(word.box)]
        if 2 * len(inside) >= len(phrase):
            yield from inside
