"""Which dossier a batch belongs to: a receipt's code, the number that a clerk stated, or one in the text.

In this order, recorded with the result, and never guessed; see docs/decisions/0005-whose-number.md.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from scanflow.errors import OtherAgencyError
from scanflow.ledger.desk_work.late_pages import LATE
from scanflow.model import REBUILT, DossierNumber, PageReading, Paper
from scanflow.text.dossier_numbers import find_dossier_number, find_dossier_numbers

_SEPARATOR_WORDS = 25
"""A sheet with a code and no more words than this is a separator sheet, not a paper with a code."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Papers (indices) that go to one dossier."""

    number: DossierNumber
    papers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NumberRules:
    """What numbers look like (`grammars`, regular expressions), and which types are a receipt."""

    grammars: Sequence[str]
    receipts: Collection[str]


@dataclass(frozen=True, slots=True)
class Unassigned:
    """Why no number could be given; `reason` names the case."""

    reason: Literal["no-number", "several-numbers", "several-codes", "papers-before-first-receipt"]


NUMBER_REFUSED = "number-refused"
"""Why a batch waits whose number is that of another agency's dossier."""

REASONS = {
    REBUILT: (
        "the catalog was rebuilt, and the bucket doesn't say what was to become of this batch",
        "Danh mục đã được dựng lại; chưa rõ tập giấy tờ này thuộc hồ sơ nào. Hãy kiểm tra và nhập mã hồ sơ.",
    ),
    LATE: (
        "pages of a counter that came after their stack had been filed or given up",
        "Trang từ máy ở quầy đến sau khi tập giấy tờ đã lưu hoặc đã hủy. Hãy nhận xử lý, xem và lưu.",
    ),
    "no-number": (
        "no dossier number: no code on a receipt, none given, none known in the text",
        "Chưa có mã hồ sơ: không có mã QR trên giấy tiếp nhận và chưa nhập mã.",
    ),
    "several-numbers": (
        "the text names several known dossiers; which one is meant cannot be told",
        "Trong giấy tờ có nhiều mã hồ sơ đã biết, chưa rõ thuộc hồ sơ nào.",
    ),
    "several-codes": (
        "one paper or signed file bears the codes of several dossiers; which one is meant cannot be told",
        "Một giấy tờ hoặc tệp ký số có mã của nhiều hồ sơ, chưa rõ thuộc hồ sơ nào: hãy nhập mã hồ sơ.",
    ),
    "papers-before-first-receipt": (
        "several receipts, but papers lie before the first one: put the receipt on top of each stack",
        "Có nhiều giấy tiếp nhận nhưng có giấy tờ nằm trước giấy đầu tiên: hãy đặt giấy tiếp nhận lên đầu.",
    ),
    NUMBER_REFUSED: (OtherAgencyError.default, OtherAgencyError.default_vi),
}


def assign(
    papers: Sequence[Paper],
    readings: Sequence[PageReading],
    clerk_number: str | None,
    rules: NumberRules,
    is_known: Callable[[str], bool],
) -> list[Assignment] | Unassigned:
    """Give each paper of a batch its dossier. `readings` are what the papers' page indices point into."""
    borne = _codes_borne(papers, readings, rules)
    # What bears several numbers stays one paper, and says of no dossier that it begins there.
    coded = {index: numbers[0] for index, numbers in borne.items() if len(numbers) == 1}
    numbers = list(dict.fromkeys(coded.values()))
    if len(numbers) == 1:
        return [Assignment(DossierNumber(numbers[0], "code"), tuple(range(len(papers))))]
    if len(numbers) > 1:
        if 0 not in coded:
            return Unassigned("papers-before-first-receipt")
        return _by_receipt(coded, len(papers))
    if clerk_number is not None:
        return [Assignment(DossierNumber(clerk_number, "clerk"), tuple(range(len(papers))))]
    known = _known_in_text(readings, rules.grammars, is_known)
    if len(known) == 1 and not borne:
        return [Assignment(DossierNumber(known[0], "text"), tuple(range(len(papers))))]
    return Unassigned("several-codes" if borne else "several-numbers" if known else "no-number")


def _codes_borne(
    papers: Sequence[Paper], readings: Sequence[PageReading], rules: NumberRules
) -> dict[int, list[str]]:
    """Indices of the papers that bear numbers as codes, with those: receipts and separator sheets."""
    borne: dict[int, dict[str, None]] = {}
    for index, paper in enumerate(papers):
        for page in paper.pages:
            reading = readings[page]
            if paper.type not in rules.receipts and len(reading.words) > _SEPARATOR_WORDS:
                continue
            for code in reading.codes:
                number = find_dossier_number(code.text, rules.grammars)
                if number:
                    borne.setdefault(index, {})[number] = None
    return {index: list(numbers) for index, numbers in borne.items()}


def _by_receipt(coded: dict[int, str], count: int) -> list[Assignment]:
    """The papers from one with a code up to the next are one dossier; those of the same number are joined."""
    stretches: dict[str, list[int]] = {}
    number = coded[0]
    for index in range(count):
        number = coded.get(index, number)
        stretches.setdefault(number, []).append(index)
    return [Assignment(DossierNumber(n, "code"), tuple(indices)) for n, indices in stretches.items()]


def _known_in_text(
    readings: Sequence[PageReading], grammars: Sequence[str], is_known: Callable[[str], bool]
) -> list[str]:
    found = {
        number
        for reading in readings
        for number in find_dossier_numbers(" ".join(word.text for word in reading.printed), grammars)
    }
    return sorted(number for number in found if is_known(number))
