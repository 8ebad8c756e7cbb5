"""Verdicts: what a clerk is told about a page, a paper or a stack, in both languages (nhận xét)."""

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from scanflow.classify.cross_checks import WORDING, Disagreement
from scanflow.classify.separation import is_doubtful
from scanflow.desk.stack_view.view_model import AT_COUNTER, Severity, Verdict
from scanflow.imaging.measures.fingerprint_distance import SAME, distance
from scanflow.ledger.desk_work.orders import OrderRecord, Outstanding
from scanflow.ledger.records import PlacedPage
from scanflow.model import UNKNOWN_TYPE, PageReading, Paper
from scanflow.model.order_states import UNDER_WAY

FEEDING, SILENT, ON_THEIR_WAY = AT_COUNTER

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
        f"print is cut at the {side}: scan it again",
        f"Trang bị cắt mất chữ {side_vi}. Hãy đặt lại giấy và quét lại trang này.",
    )
    for side, side_vi in _CUT.items()
}

SAME_WORDS = 86.0
"""Per cent. The words of two scans of one sheet are alike by 87 per cent or more (cards), mostly by 99; those
of two people's cards by 84 at most. Two people's forms are alike by up to 99.7: there the long numbers
decide, if there are any.
"""
_LONG_NUMBER = re.compile(r"\d{6,}")

_POORLY_READ = 0.6
_FEW_WORDS = 3


def of_reading(reading: PageReading, *, stays: bool, turned_by_hand: bool = False) -> Iterator[Verdict]:
    """The verdicts on a page's quality and reading. `stays`: the page is filed even if it is blank."""
    for warning in reading.quality.warnings:
        if warning in _QUALITY:
            yield Verdict(warning, *_QUALITY[warning])
    if reading.geometry.rotation and not turned_by_hand:
        yield Verdict(
            "turned", "note", "was sideways; it is upright now", "Trang bị đặt sai chiều, đã tự xoay lại"
        )
    if reading.unread:
        return
    if reading.blank:
        if not stays:
            yield Verdict("blank", "note", "blank page: set aside", "Trang trắng, không đưa vào hồ sơ")
    elif len(reading.words) <= _FEW_WORDS:
        yield Verdict("few-words", "note", "very little text", "Trang hầu như không có chữ")
    elif reading.confidence < _POORLY_READ:
        yield Verdict(
            "poorly-read",
            "warning",
            "was read with low confidence: look at it",
            "Khó đọc được chữ trên trang này",
        )


def of_paper(paper: Paper) -> Iterator[Verdict]:
    """The verdicts on a paper's type: none is needed where it meets a row of its procedure's list."""
    if paper.type == UNKNOWN_TYPE and not paper.rows:
        yield Verdict(
            "unknown-type",
            "warning",
            "the type is not known: choose one",
            "Chưa rõ loại giấy tờ. Hãy chọn.",
        )


def doubtful_borders(paper: Paper, numbers: Sequence[int], before: int | None) -> Iterator[Verdict]:
    """Where it is not clear that a paper begins at its first page, or that none begins at a further one.

    `numbers` are those of its pages in the batch, `before` that of the page before them.
    """
    for place, (no, border) in enumerate(zip(numbers, paper.borders, strict=False)):
        if not is_doubtful(border):
            continue
        percent = round(100 * border.chance)
        if place == 0 and before is not None:
            yield Verdict(
                "doubtful-cut",
                "warning",
                f"not sure that a new paper begins at page {no} ({percent}%): if it goes with page {before}, "
                "join it to the paper above",
                f"Chưa chắc trang {no} mở đầu một giấy tờ mới (khả năng {percent}%). Nếu trang này thuộc "
                f"cùng giấy tờ với trang {before}, hãy bấm “Gộp lên trên”.",
            )
        elif place > 0:
            yield Verdict(
                "doubtful-joint",
                "warning",
                f"a new paper may begin at page {no} ({percent}%): if so, choose that page and split here",
                f"Có thể một giấy tờ khác bắt đầu từ trang {no} (khả năng {percent}%). Nếu đúng, hãy chọn "
                f"trang {no} rồi bấm “Tách từ đây”.",
            )


def disagreeing(found: Disagreement, names: Sequence[str]) -> Verdict:
    """Contradictions between papers of a dossier; `names` are the papers' names, in their order."""
    what, what_vi = WORDING[found.what]
    said = "; ".join(f"{value} ({_listed(places, names)})" for value, places in found.values)
    return Verdict(
        f"disagrees-{found.what}",
        "warning",
        f"{what} is not the same on all papers: {said}",
        f"Không thống nhất {what_vi}: {said}. Hãy đối chiếu lại các giấy tờ.",
    )


def _listed(places: Sequence[int], names: Sequence[str]) -> str:
    return ", ".join(f"{place + 1}. {names[place]}".rstrip(". ") for place in places)


def doubled(other: int) -> Verdict:
    """A page that looks like an earlier one of the stack."""
    return Verdict("doubled", "warning", f"looks like page {other}", f"Giống trang {other}: quét hai lần?")


def doubles(pages: Sequence[PlacedPage]) -> dict[int, int]:
    """Numbers of pages with the same look and text as an earlier page, with that page's number.

    The same form for two people looks the same, so the words decide.
    """
    found: dict[int, int] = {}
    for index, page in enumerate(pages):
        for earlier in pages[:index]:
            if are_one(earlier.reading, page.reading):
                found[page.no] = earlier.no
                break
    return found


def are_one(a: PageReading, b: PageReading, *, bits: int = SAME, alike: float = SAME_WORDS) -> bool:
    """Whether two readings may be of one sheet: their fingerprints differ in at most `bits`, and their words
    are alike by at least `alike` per cent; not if both have long numbers and none in common.
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
    """A page of a signed file that could not be read; it is filed with its file nevertheless."""
    return Verdict(
        "unread",
        "warning",
        f"can't be read, and is filed with its signed file without words: {text}",
        "Không đọc được trang này; trang vẫn được lưu cùng tệp ký số nhưng không tra cứu được chữ. "
        f"{text_vi}",
    )


def signed() -> Verdict:
    """A paper that is a signed file."""
    return Verdict(
        "signed",
        "note",
        "a digitally signed file: it is filed unchanged, and its pages stay together",
        "Tệp có chữ ký số: lưu nguyên vẹn, không tách rời từng trang",
    )


def bad(text: str, text_vi: str) -> Verdict:
    """A page that could not be read; it is kept in quarantine."""
    return Verdict("bad", "warning", text, text_vi)


def held(where: str) -> Verdict:
    """A paper that the archive holds already; `where` is a dossier and document number."""
    return Verdict("held", "warning", f"already held: {where}", f"Đã có trong kho: {where}")


def unfinished(scans: Sequence[OrderRecord]) -> Iterator[Verdict]:
    """Scans that failed or were stopped: sheets of the stack may never have been scanned."""
    if scans:
        yield Verdict(
            "scan-unfinished",
            "warning",
            "the scan was not finished: some sheets may not have been scanned",
            "Lượt quét chưa xong: có thể còn tờ chưa được quét. Hãy quét tiếp, "
            "hoặc kiểm tra đã đủ trang rồi mới lưu.",
        )


def at_counter(left: Sequence[Outstanding], *, agent_here: bool) -> Iterator[Verdict]:
    """What a stack may still get from its counter: such orders and pages stop its filing.

    `left`: orders that have not ended; `agent_here`: whether the counter's agent is connected.
    """
    if any(each.state in UNDER_WAY for each in left) and agent_here:
        yield Verdict(FEEDING, "stop", "the scanner is running", "Máy quét đang chạy.")
        return
    missing = sum(each.missing for each in left)
    if missing:
        yield Verdict(
            ON_THEIR_WAY,
            "stop",
            f"{missing} scanned pages are still at the counter's PC: wait until they have come",
            f"Còn {missing} trang đã quét nằm ở máy tại quầy, chưa gửi tới. Hãy chờ đủ trang rồi lưu.",
        )
    elif left:
        yield Verdict(
            SILENT,
            "stop",
            "the counter's PC has not confirmed the end of the scan: there may be more pages on it",
            "Máy tính ở quầy chưa báo quét xong nên có thể còn trang chưa tới. "
            "Hãy kiểm tra máy ở quầy rồi chờ một chút.",
        )
