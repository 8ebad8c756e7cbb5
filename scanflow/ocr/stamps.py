"""Received-stamps (dấu công văn đến): pressed over the head of a paper, no part of its text.

    VĂN PHÒNG ỦY BAN
    CÔNG VĂN ĐẾN
    Giờ ...... Ngày ......
    Kính chuyển ..........

A stamp is known by its own words; its frame is often broken, or runs through print. What is written into
it by hand goes with it. `ĐẾN` alone needs a label with its dots beside it; after CÔNG VĂN (or VĂN BẢN) a
label without dots will do, as the reader sees few of them.
"""

from collections import Counter
from collections.abc import Sequence

from scanflow.model import Box, Word
from scanflow.ocr.vietnamese import fold

_ARRIVED = "den"
_BESIDE = ("gio", "ngay", "chuyen")
_LABELS = {"gio", "ngay", "kinh", "so", *_BESIDE}
_BEFORE = ("congvan", "vanban")
_DEEPEST = 0.5  # of the page: further down nobody stamps what has come in

# Millimetres from ĐẾN to its companions, and from all of them to the stamp's edges: its lines begin at the
# left and end in dots, and the office's name stands above.
_NEAR = 45.0
_LEFT, _ABOVE, _RIGHT, _BELOW = 5.0, 10.0, 25.0, 5.0
_POINTS = 72 / 25.4


def without_received_stamps(words: Sequence[Word], height: float) -> list[Word]:
    """The words without those of received-stamps, on an upright page of this height in points."""
    head = [word for word in words if word.box.bottom <= _DEEPEST * height]
    stamps = [
        _edges([arrived, *beside])
        for arrived in head
        if _says_arrived(arrived)
        and (beside := _companions(arrived, head) or _companions_of_title(arrived, head))
    ]
    gone = {id(word) for stamp in stamps for word in _said_by(stamp, words)}
    return [word for word in words if id(word) not in gone]


def _said_by(stamp: Box, words: Sequence[Word]) -> list[Word]:
    """The words inside, but for those of lines that mostly run outside: print that it was pressed on."""
    inside = [word for word in words if _is_inside(word.box, stamp)]
    whole = Counter((word.block, word.line) for word in words)
    within = Counter((word.block, word.line) for word in inside)
    return [word for word in inside if 2 * within[word.block, word.line] >= whole[word.block, word.line]]


def _says_arrived(word: Word) -> bool:
    """ĐẾN, alone or at the end; the reader is often wrong about its mark."""
    return word.text.isupper() and fold(word.text).strip(" .,:|") == _ARRIVED


def _companions(arrived: Word, words: Sequence[Word]) -> list[Word]:
    """Words of the stamp's lines near ĐẾN: `Giờ....`, `Ngày:....`, `chuyển`."""
    return [word for word in words if _is_near(word.box, arrived.box) and _is_label(word)]


def _companions_of_title(arrived: Word, words: Sequence[Word]) -> list[Word]:
    """The same for a line that says CÔNG VĂN ĐẾN and nothing else: its words, and labels without dots."""
    line = [word for word in words if (word.block, word.line) == (arrived.block, arrived.line)]
    title = [word for word in line if word.text.isalpha() and word is not arrived]
    if "".join(fold(word.text) for word in title) not in _BEFORE:
        return []
    below = [
        word
        for word in words
        if word.box.top > arrived.box.top
        and _is_near(word.box, arrived.box)
        and word.text[0].isupper()
        and fold(word.text).strip(" .,:") in _LABELS
    ]
    office = [word for word in words if word.text.isupper() and _is_just_above(word.box, arrived.box)]
    return [*title, *below] if below or len(office) > 1 else []


def _is_just_above(one: Box, other: Box) -> bool:
    """Within the stamp's first line, over its title."""
    high = 0 < other.top - one.bottom < _ABOVE * _POINTS
    return high and one.left < other.right and other.left - one.right < _NEAR * _POINTS


def _is_label(word: Word) -> bool:
    text = fold(word.text)
    if text.startswith("chuyen"):
        return True
    dotted = text[-1] in ".:…_" or "..." in text
    return dotted and word.text[0].isupper() and text.startswith(_BESIDE)


def _is_near(one: Box, other: Box) -> bool:
    across = max(one.left, other.left) - min(one.right, other.right)
    down = max(one.top, other.top) - min(one.bottom, other.bottom)
    return max(across, down) <= _NEAR * _POINTS


def _edges(words: Sequence[Word]) -> Box:
    return Box(
        min(word.box.left for word in words) - _LEFT * _POINTS,
        min(word.box.top for word in words) - _ABOVE * _POINTS,
        max(word.box.right for word in words) + _RIGHT * _POINTS,
        max(word.box.bottom for word in words) + _BELOW * _POINTS,
    )


def _is_inside(box: Box, stamp: Box) -> bool:
    """By its centre."""
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return stamp.left <= x <= stamp.right and stamp.top <= y <= stamp.bottom
