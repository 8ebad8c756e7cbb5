"""What is said of a page or a paper to a clerk, in both languages (nhận xét về trang, giấy tờ)."""

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from scanflow.desk.model import Severity, Verdict
from scanflow.imaging.fingerprint_distance import SAME, distance
from scanflow.ledger.records import PlacedPage
from scanflow.model import UNKNOWN_TYPE, PageReading, Paper

_CUT = {"left": "bên trái", "top": "phía trên", "right": "bên phải", "bottom": "phía dưới"}

_QUALITY: dict[str, tuple[Severity, str, str]] = {
    "low-resolution": ("note", "scanned at a low resolution", "Độ phân giải thấp"),
    "blurred": (
        "warning",
        "blurred: scan it again",
        "Trang bị mờ, nhòe. Hãy lau mặt kính và quét lại trang này.",
    ),
    "faint": (
        "warning",
        "faint print: check that it can be read, or scan it darker",
        "Chữ quá nhạt. Hãy kiểm tra có đọc được không, nếu cần hãy quét lại đậm hơn.",
    ),
}
_QUALITY |= {
    f"cut-{side}": (
        "warning",
        f"print runs off the sheet ({side}): scan it again",
        f"Trang bị cắt mất chữ {side_vi}. Hãy đặt lại giấy và quét lại trang này.",
    )
    for side, side_vi in _CUT.items()
}

SAME_WORDS = 86.0
"""Two readings of one sheet agreed by 87 per cent and more (cards) and mostly by 99, two people's cards by at
most 84. Two people's forms agree by up to 99.7: there the long numbers decide, where there are any.
"""
_LONG_NUMBER = re.compile(r"\d{6,}")

_POORLY_READ = 0.6
_FEW_WORDS = 3


def of_reading(reading: PageReading, *, stays: bool) -> Iterator[Verdict]:
    """What a page's own quality and reading give reason to say; `stays`: it is filed even if it is blank."""
    for warning in reading.quality.warnings:
        if warning in _QUALITY:
            yield Verdict(warning, *_QUALITY[warning])
    if reading.geometry.rotation:
        yield Verdict("turned", "note", "lay turned; set upright", "Trang đặt xoay, đã tự xoay lại")
    if reading.unread:
        return
    if reading.blank:
        if not stays:
            yield Verdict("blank", "note", "blank page: set aside", "Trang trắng, không nộp")
    elif len(reading.words) <= _FEW_WORDS:
        yield Verdict("few-words", "note", "hardly any text", "Trang hầu như không có chữ")
    elif reading.confidence < _POORLY_READ:
        yield Verdict(
            "poorly-read", "warning", "could hardly be read: look at it", "Khó đọc được chữ trên trang này"
        )


def of_paper(paper: Paper) -> Iterator[Verdict]:
    """What a paper's type gives reason to say."""
    if paper.type == UNKNOWN_TYPE:
        yield Verdict(
            "unknown-type",
            "warning",
            "the type is not known: choose one",
            "Chưa rõ loại giấy tờ. Hãy chọn.",
        )


def doubled(other: int) -> Verdict:
    """A page that looks like an earlier one of the stack."""
    return Verdict("doubled", "warning", f"looks like page {other}", f"Giống trang {other}: quét hai lần?")


def doubles(pages: Sequence[PlacedPage]) -> dict[int, int]:
    """Numbers of pages that say and look the same as an earlier one, with that one's number.

    One form filled in for two people looks the same, so that the words decide.
    """
    found: dict[int, int] = {}
    for index, page in enumerate(pages):
        for earlier in pages[:index]:
            if are_one(earlier.reading, page.reading):
                found[page.no] = earlier.no
                break
    return found


def are_one(a: PageReading, b: PageReading, *, bits: int = SAME, alike: float = SAME_WORDS) -> bool:
    """Whether two readings may be of one sheet: their looks differ in at most `bits`, and their words are at
    least so much `alike` (per cent), unless both have long numbers and share none.
    """
    if a.unread or b.unread:
        return False
    if distance(a.fingerprint, b.fingerprint) > bits:
        return False
    numbers, others = (set(_LONG_NUMBER.findall(_text(reading))) for reading in (a, b))
    if numbers and others and not numbers & others:
        return False
    return likeness(a, b) >= alike


def likeness(a: PageReading, b: PageReading) -> float:
    """How alike the words of two readings are, in per cent."""
    return fuzz.ratio(_text(a), _text(b))


def _text(reading: PageReading) -> str:
    return " ".join(word.text for word in reading.words)


def unread(text: str, text_vi: str) -> Verdict:
    """A page of a signed file that could not be read; it is filed with its file all the same."""
    return Verdict(
        "unread",
        "warning",
        f"can't be read, and is filed with its signed file without words: {text}",
        "Không đọc được trang này; trang vẫn được nộp cùng tệp ký số nhưng không tra cứu được chữ. "
        f"{text_vi}",
    )


def signed() -> Verdict:
    """A paper that is a signed file."""
    return Verdict(
        "signed",
        "note",
        "a digitally signed file: it is filed as it is, and its pages stay together",
        "Tệp có chữ ký số: nộp nguyên vẹn, không tách rời từng trang",
    )


def bad(text: str, text_vi: str) -> Verdict:
    """A page that could not be read; it is kept in quarantine."""
    return Verdict("bad", "warning", text, text_vi)


def held(where: str) -> Verdict:
    """A paper that the archive holds already; `where` is a dossier and document number."""
    return Verdict("held", "warning", f"already held: {where}", f"Đã có trong kho: {where}")
