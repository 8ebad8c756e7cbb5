"""What is read from a paper: numbers, dates, names, by the rules of its type.

A rule's pattern runs over the folded text and the value is taken from the text as read. A value that
does not have the structure of its kind is no value: a wrong number is worse than none.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from scanflow.classify.page_view import Line, PageView, view
from scanflow.classify.profiles import DocumentType, FieldKind, FieldPlace, FieldRule
from scanflow.model import PageReading, Word
from scanflow.text.folding import aligned_fold

# A word that is less likely right than this is no part of a value: mostly a dotted leader or a pen's stroke.
GUESS = 0.2
UNREADABLE = "\ufffd"

# What Tesseract reads for digits among digits.
_DIGITS = str.maketrans("OoIlis", "001115")

_PROCEDURE_CODE = re.compile(
    r"(?<![\d.])(\d)[.,] ?(\d{6})((?:\.\d{3}\.\d{2}\.\d{2})?(?:\.[A-Z]\d{2})?(?:\.\d{2})?)(?!\d)"
)
_CERTIFIED = re.compile(r"chung thuc ban sao (?:dung voi ban chinh|tu ban chinh)|sao y ban chinh")
_COPY = re.compile(r"^\W*ban sao\W*$")
_LEADERS = re.compile(r"[.…_·]{2,}|…")
# A label that follows a name on the same line ends it.
_NEXT_LABEL = re.compile(
    r"\s(?:gioi tinh|ngay|sinh|nam sinh|dan toc|quoc tich|so dinh danh|cccd|cmnd|so cc|so gi|can cuoc"
    r"|chuc vu|dia chi|dien thoai|noi (?:cu|o|thuong|sinh|dang)|ho khau|giay to|chung minh|dai dien"
    r"|ma (?:ho so|so)|noi dung)\b"
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt (giấy tiếp nhận hồ sơ và hẹn trả kết quả) says; None for what it doesn't."""

    dossier_number: str | None
    procedure_code: str | None
    procedure_name: str | None


def read_fields(paper: Sequence[PageReading], kind: DocumentType) -> dict[str, str]:
    """The fields of a paper of this type, by name.

    Days are given as dd/mm/yyyy, numbers without spaces, names as they stand. `copy_kind` is `certified`
    (chứng thực bản sao) or `copy` (bản sao) where the paper says so.
    """
    pages = [view(reading) for reading in paper]
    if not pages:
        return {}
    found: dict[str, str] = {}
    for rule in kind.fields:
        if rule.name not in found and (value := _read(rule, _text(pages, rule.where))):
            found[rule.name] = value
    if copy := _copy_kind(pages):
        found["copy_kind"] = copy
    return found


def read_receipt(reading: PageReading, kind: DocumentType) -> Receipt:
    """What the receipt on this page says, as read; `kind` is the receipt's type.

    The dossier number has been through no grammar yet: that is the caller's to ask.
    """
    fields = read_fields([reading], kind)
    return Receipt(*(fields.get(name) for name in ("dossier_number", "procedure_code", "procedure_name")))


def find_procedure_code(text: str) -> str | None:
    """The first procedure code (mã TTHC) in the text, root and suffix: `1.012783.000.00.00.H61`."""
    match = _PROCEDURE_CODE.search(text)
    return f"{match[1]}.{match[2]}{match[3]}" if match else None


def citizen_number(text: str) -> str | None:
    """A citizen number (số định danh cá nhân) if the text is one: 12 digits of a province and a century.

    It has no check digit: provinces run from 001 to 096, and the fourth digit says sex and century (0 to 3
    for those born from 1900 to 2099).
    """
    digits = re.sub(r"\D", "", text.translate(_DIGITS))
    if len(digits) != 12 or not 1 <= int(digits[:3]) <= 96 or digits[3] > "3":
        return None
    return digits


def parse_date(text: str) -> str | None:
    """A day as dd/mm/yyyy from `5 tháng 8 năm 2026`, `05/08/2026`; None if the calendar lacks it."""
    parts = [int(part) for part in re.findall(r"\d+", text)]
    if len(parts) != 3:
        return None
    day, month, year = parts
    try:
        return f"{date(year, month, day):%d/%m/%Y}" if 1900 <= year < 2100 else None
    except ValueError:
        return None


def person(text: str) -> str | None:
    """A person's name at the beginning of the text, as it stands there, without leaders and what follows."""
    text = _LEADERS.split(text.strip(" .:…_·"))[0]
    if label := _NEXT_LABEL.search(aligned_fold(text)):
        text = text[: label.start()]
    text = re.sub(r"^(?:ông/bà|ông|bà)\s+", "", text, flags=re.IGNORECASE)
    text = re.split(r"[;,(/|]|\s[-–—]\s", text)[0].strip(" .:_'\"")
    if UNREADABLE in text:
        return None
    name = list(takewhile(_is_name, text.split()))
    return " ".join(name) if 2 <= len(name) <= 7 else None


def _is_name(word: str) -> bool:
    return word[0].isupper() and word.replace("'", "").isalpha()


def _old_identity_number(text: str) -> str | None:
    digits = re.sub(r"\D", "", text)
    return digits if len(digits) == 9 else None


def _plain(text: str) -> str | None:
    text = " ".join(_LEADERS.split(text.strip(" .:…_·"))[0].split()).strip(" .,;:")
    cut_off = text.endswith(("-", "/"))
    return None if cut_off or UNREADABLE in text else re.sub(r"\s*/\s*", "/", text) or None


_READERS: Mapping[FieldKind, Callable[[str], str | None]] = {
    "text": _plain,
    "person": person,
    "date": parse_date,
    "citizen-number": citizen_number,
    "old-identity-number": _old_identity_number,
    "procedure-code": find_procedure_code,
}


def _read(rule: FieldRule, text: str) -> str | None:
    """The first place that fits the rule's pattern with a value of its kind."""
    for match in rule.pattern.finditer(aligned_fold(text)):
        if value := _READERS[rule.kind](text[slice(*match.span("value"))]):
            return value
    return None


def _text(pages: Sequence[PageView], place: FieldPlace) -> str:
    """The text that a rule may search, with a sign that no value may hold where reading was a guess."""
    lines = [line for page in (pages if place == "paper" else pages[:1]) for line in page.lines]
    if place == "head":
        lines = [line for line in lines if line.box.top < pages[0].height / 2]
    return "\n".join(" ".join(map(_readable, line.words)) for line in lines)


def _readable(word: Word) -> str:
    """The word, if it is print and sure enough; a leader glued to it makes it look worse than it is."""
    sure = word.confidence >= GUESS or _LEADERS.search(word.text)
    return word.text if sure and word.kind == "print" else UNREADABLE


def _copy_kind(pages: Sequence[PageView]) -> str | None:
    lines: list[Line] = [line for page in pages for line in page.lines]
    if any(_CERTIFIED.search(line.folded) for line in lines):
        return "certified"
    return "copy" if any(_COPY.match(line.folded) for line in pages[0].lines[:20]) else None
