"""Parsers of values: each gives the normal form of a text and its place, or None.

A text that does not have the structure of its kind gives no value: a wrong number is worse than none.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from scanflow.classify.fields.provinces import province_end
from scanflow.classify.profiles import FieldKind
from scanflow.text.folding import aligned_fold

UNREADABLE = "\ufffd"
"""Stands for a word that was hardly readable, or that a pen wrote: no value may contain it."""

LEADERS = re.compile(r"[.…_·]{2,}|…")

# Letters that an engine reads for digits.
_DIGITS = str.maketrans("OoIlis", "001115")

_PROCEDURE_CODE = re.compile(
    r"(?<![\d.])(\d)[.,] ?(\d{6})((?:\.\d{3}\.\d{2}\.\d{2})?(?:\.[A-Z]\d{2})?(?:\.\d{2})?)(?!\d)"
)
# A label that follows a name on the same line ends it.
_NEXT_LABEL = re.compile(
    r"\s(?:gioi tinh|ngay|sinh|nam sinh|dan toc|quoc tich|so dinh danh|cccd|cmnd|so cc|so gi|can cuoc"
    r"|chuc vu|dia chi|dien thoai|noi (?:cu|o|thuong|sinh|dang)|ho khau|giay to|chung minh|dai dien"
    r"|ma (?:ho so|so)|noi dung)\b"
)
_TITLE_OF_PERSON = re.compile(r"(?:ông/bà|ông|bà)\s+", re.IGNORECASE)
_END_OF_NAME = re.compile(r"[;,(/|]|\s[-–—]\s")
# What an address cannot end with.
_GOES_ON = re.compile(r"(?:,|\b(?:thanh|thanh pho|tinh|quan|huyen|phuong|xa|thi tran|duong))\W*$")
# Printed beside the address of a card: until when it is valid.
_NO_ADDRESS = re.compile(r"\bco gia\b|\d{2}/\d{4}")
_MALE, _FEMALE = "Nam", "Nữ"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A value, and the start and end of its text in the text that was parsed."""

    value: str
    start: int
    end: int


def find_procedure_code(text: str) -> str | None:
    """The first procedure code (mã TTHC) in the text, root and suffix: `1.012783.000.00.00.H61`."""
    found = _procedure_code(text)
    return found.value if found else None


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
    """A person's name at the beginning of the text, as printed, without dot leaders and what follows."""
    found = find_person(text)
    return found.value if found else None


def find_person(text: str) -> Parsed | None:
    """A person's name at the beginning of the text, with its place: two to seven words with capitals."""
    start = len(text) - len(text.lstrip(" .:…_·\n"))
    if title := _TITLE_OF_PERSON.match(text, start):
        start = title.end()
    end = len(text)
    for stop in (LEADERS, _END_OF_NAME):
        if found := stop.search(text, start, end):
            end = found.start()
    if label := _NEXT_LABEL.search(aligned_fold(text[:end]), start):
        end = label.start()
    if UNREADABLE in text[start:end]:
        return None
    words = []
    for match in re.finditer(r"\S+", text[start:end]):
        word = match.group().strip(" .:_'\"")
        if not word or not _is_name(word):
            break
        words.append(
            (word, start + match.start(), start + match.start() + match.group().find(word) + len(word))
        )
        if match.group()[-1] in '.:"':
            break
    if not 2 <= len(words) <= 7:
        return None
    return Parsed(" ".join(word for word, _, _ in words), words[0][1], words[-1][2])


def parse(kind: FieldKind, text: str) -> Parsed | None:
    """The value of this kind in the text of a rule's group `value`."""
    return _PARSERS[kind](text)


def _is_name(word: str) -> bool:
    return word[0].isupper() and word.replace("'", "").isalpha()


def _whole(parser: Callable[[str], str | None]) -> Callable[[str], Parsed | None]:
    """A parser that gives the place of the whole stripped text."""

    def parsed(text: str) -> Parsed | None:
        value = parser(text)
        if value is None:
            return None
        stripped = text.strip()
        start = text.find(stripped)
        return Parsed(value, start, start + len(stripped))

    return parsed


def _procedure_code(text: str) -> Parsed | None:
    match = _PROCEDURE_CODE.search(text)
    return Parsed(f"{match[1]}.{match[2]}{match[3]}", match.start(), match.end()) if match else None


def _old_identity_number(text: str) -> str | None:
    digits = re.sub(r"\D", "", text)
    return digits if len(digits) == 9 else None


def _plain(text: str) -> Parsed | None:
    start = len(text) - len(text.lstrip(" .:…_·\n"))
    leaders = LEADERS.search(text, start)
    end = leaders.start() if leaders else len(text)
    while end > start and text[end - 1] in " .,;:\n":
        end -= 1
    value = " ".join(text[start:end].split())
    if not value or value.endswith(("-", "/")) or UNREADABLE in value:
        return None
    return Parsed(re.sub(r"\s*/\s*", "/", value), start, end)


def _sex(text: str) -> str | None:
    return {"nam": _MALE, "nu": _FEMALE}.get(aligned_fold(text).strip(" .:"))


def _money(text: str) -> str | None:
    """An amount in đồng, digits alone: `1.000.000` and `1,000,000` are one."""
    compact = re.sub(r"\s", "", text).rstrip(".,")
    if not re.fullmatch(r"\d{1,3}(?:[.,]\d{3})*|\d+", compact):
        return None
    return re.sub(r"\D", "", compact)


def _address(text: str) -> Parsed | None:
    """An address of one or two lines: up to its province at the end, else the first line alone.

    None where the first line is not complete, and the second does not continue it up to a province.
    """
    first, _, second = text.partition("\n")
    joined = f"{first} {second}"
    if second and not _ends_in_province(first) and (end := province_end(joined)):
        return _plain(joined[:end])
    goes_on = _GOES_ON.search(aligned_fold(first))
    return None if goes_on and not first[goes_on.start()].isupper() else _plain(first)  # not "xã Tân Thành"


def _whole_address(text: str) -> Parsed | None:
    """An address that ends with a province and contains nothing of another row; else None."""
    parsed = _address(text)
    if parsed is None or not _ends_in_province(parsed.value):
        return None
    return None if _NO_ADDRESS.search(aligned_fold(parsed.value)) else parsed


def _ends_in_province(text: str) -> bool:
    end = province_end(text)
    return end is not None and not re.search(r"\w", text[end:])


def _code(text: str) -> Parsed | None:
    """A number or code, without spaces beside its hyphens and slashes."""
    parsed = _plain(text)
    return replace(parsed, value=re.sub(r"\s*([-/])\s*", r"\1", parsed.value)) if parsed else None


_PARSERS: Mapping[FieldKind, Callable[[str], Parsed | None]] = {
    "text": _code,
    "phrase": _plain,
    "address": _address,
    "whole-address": _whole_address,
    "tax-number": _plain,
    "person": find_person,
    "date": _whole(parse_date),
    "citizen-number": _whole(citizen_number),
    "old-identity-number": _whole(_old_identity_number),
    "procedure-code": _procedure_code,
    "sex": _whole(_sex),
    "money": _whole(_money),
}
