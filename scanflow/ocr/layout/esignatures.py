"""Electronic signatures (chữ ký số) as they are shown on a page, in small print beside or over its text.

    Ký bởi: Ủy ban nhân dân tỉnh Lâm Đồng
    Cơ quan: Tỉnh Lâm Đồng
    Giờ ký: 20/02/2025 11:25:13

A signature is recognized by a line that begins with `Ký bởi` or a similar label, and at least one other line
with a signature's label, close to it with the same left edge. Its words are put after the text
(`stamps.put_after`), in a block of their own: else they would interrupt sentences.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanflow.model import Box, Word, union
from scanflow.ocr.layout.lines import phrases
from scanflow.ocr.layout.stamps import put_after
from scanflow.text.folding import fold

_SIGNED_BY = re.compile(r"(?:duoc )?ky (?:boi|so boi)\b|nguoi ky ?:|(?:digitally )?signed by\b")
_LABELS = re.compile(
    r"(?:co quan|to chuc|don vi|gio ky|thoi gian ky|ngay ky|email|chuc vu|chuc danh|ly do|noi ky|dia diem"
    r"|date|reason|location) ?:"
)
# Multiples of the height of the signature's words, set by judgement.
_PITCH = 2.2  # the greatest distance from one line to the next
_ALIGNED = 1.2  # by how much the left edges of its lines may differ
_MOST = 10  # lines of a signature


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Words of one line without wide spaces between them, with their folded text."""

    words: tuple[Word, ...]
    folded: str
    box: Box


def part_esignatures(words: Sequence[Word]) -> list[Word]:
    """The words with those of electronic signatures after the others, each in a block of its own."""
    if not any(fold(word.text).strip(":") in {"boi", "ky", "by"} for word in words):
        return list(words)
    found = sorted(_phrases(words), key=lambda phrase: phrase.box.top)
    signatures = [_signature(phrase, found) for phrase in found if _SIGNED_BY.match(phrase.folded)]
    return put_after(words, [signature for signature in signatures if signature])


def _phrases(words: Sequence[Word]) -> Iterator[_Phrase]:
    """The printed phrases; a phrase that contains a signature's label is cut before the label."""
    for phrase in phrases([word for word in words if word.kind == "print"]):
        start = 0
        for at in range(1, len(phrase)):
            rest = _folded(phrase[at:])
            if _SIGNED_BY.match(rest) or (_LABELS.match(rest) and phrase[at].text[:1].isupper()):
                yield _phrase(phrase[start:at])
                start = at
        yield _phrase(phrase[start:])


def _phrase(words: Sequence[Word]) -> _Phrase:
    return _Phrase(tuple(words), _folded(words), union([word.box for word in words]))


def _folded(words: Sequence[Word]) -> str:
    return fold(" ".join(word.text for word in words))


def _signature(first: _Phrase, among: Sequence[_Phrase]) -> list[Word]:
    """The words of the signature that begins with the phrase `first`; none without another label near it."""
    height = min(word.box.height for word in first.words) or first.box.height
    height = max(height, first.box.height / 2)
    column = [
        phrase
        for phrase in among
        if abs(phrase.box.left - first.box.left) <= _ALIGNED * height and phrase is not first
    ]
    lines = [first]
    for step in (1, -1):
        last = first
        waiting: list[_Phrase] = []  # lines without a label: they belong to the signature if one follows
        for phrase in column[::step]:
            apart = step * (phrase.box.top - last.box.top)
            if apart <= 0:
                continue
            if apart > _PITCH * height or len(lines) + len(waiting) >= _MOST:
                break
            last = phrase
            waiting.append(phrase)
            if _LABELS.match(phrase.folded):
                lines += waiting
                waiting = []
    return [word for line in lines for word in line.words] if len(lines) > 1 else []
