"""Electronic signatures as they are shown on a page: small print that no sentence should run into.

    Ký bởi: Ủy ban nhân dân tỉnh Lâm Đồng
    Cơ quan: Tỉnh Lâm Đồng
    Giờ ký: 20/02/2025 11:25:13

A signature is known by a line that begins with who signed, and another line of its labels close to it with
the same left edge. What it says is put apart from the text (`stamps.put_apart`), in a block of its own.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanflow.model import Box, Word, union
from scanflow.ocr.layout.stamps import phrases, put_apart
from scanflow.text.folding import fold

_SIGNED_BY = re.compile(r"(?:duoc )?ky (?:boi|so boi)\b|nguoi ky ?:|(?:digitally )?signed by\b")
_LABELS = re.compile(
    r"(?:co quan|to chuc|don vi|gio ky|thoi gian ky|ngay ky|email|chuc vu|chuc danh|ly do|noi ky|dia diem"
    r"|date|reason|location) ?:"
)
# Multiples of the height of the signature's words.
_PITCH = 2.2  # from one line to the next
_ALIGNED = 1.2  # how far the left edges may differ
_MOST = 10  # lines


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Words of one line without wide spaces between them."""

    words: tuple[Word, ...]
    folded: str
    box: Box


def part_esignatures(words: Sequence[Word]) -> list[Word]:
    """The words with those of electronic signatures behind the others, each in a block of its own."""
    if not any(fold(word.text).strip(":") in {"boi", "ky", "by"} for word in words):
        return list(words)
    found = sorted(_phrases(words), key=lambda phrase: phrase.box.top)
    signatures = [_signature(phrase, found) for phrase in found if _SIGNED_BY.match(phrase.folded)]
    return put_apart(words, [signature for signature in signatures if signature])


def _phrases(words: Sequence[Word]) -> Iterator[_Phrase]:
    """Phrases of print; one in which a signature's label stands is cut before the label."""
    for run in phrases([word for word in words if word.kind == "print"]):
        start = 0
        for at in range(1, len(run)):
            label = _said(run[at:])
            if _SIGNED_BY.match(label) or (_LABELS.match(label) and run[at].text[:1].isupper()):
                yield _phrase(run[start:at])
                start = at
        yield _phrase(run[start:])


def _phrase(words: Sequence[Word]) -> _Phrase:
    return _Phrase(tuple(words), _said(words), union([word.box for word in words]))


def _said(words: Sequence[Word]) -> str:
    return fold(" ".join(word.text for word in words))


def _signature(first: _Phrase, among: Sequence[_Phrase]) -> list[Word]:
    """The words of the signature that a phrase belongs to; none where no other label is near it."""
    height = min(word.box.height for word in first.words) or first.box.height
    height = max(height, first.box.height / 2)
    column = [
        phrase
        for phrase in among
        if abs(phrase.box.left - first.box.left) <= _ALIGNED * height and phrase is not first
    ]
    lines = [first]
    for step in (1, -1):
        last, waiting = first, list[_Phrase]()
        for phrase in column[::step]:
            apart = step * (phrase.box.top - last.box.top)
            if apart <= 0:
                continue
            if apart > _PITCH * height or len(lines) + len(waiting) >= _MOST:
                break
            last = phrase
            waiting.append(phrase)
            if _LABELS.match(phrase.folded):  # lines without a label belong to it where one follows
                lines += waiting
                waiting = []
    return [word for line in lines for word in line.words] if len(lines) > 1 else []
