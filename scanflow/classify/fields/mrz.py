"""The machine-readable zone of identity cards (TD1) and passports (TD3), by ICAO 9303 parts 3 to 5.

Characters that an engine confuses (O and 0, I and 1, B and 8, S and 5 …) are only corrected where the format
allows just one of them. A value is only given where its check digit agrees.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from scanflow.classify.fields.validators import is_citizen_number, mrz_check_digit
from scanflow.classify.page_view import Line
from scanflow.text.folding import fold

_TO_DIGITS = str.maketrans("OQDILZSBGT", "0001125867")
_TO_LETTERS = str.maketrans("0158", "OISB")
_FILLERS = str.maketrans({"«": "<<", "‹": "<", "≤": "<", "{": "<", "(": "<", " ": None})
_ZONE_LETTERS = re.compile(r"[A-Z0-9<]{24,48}")

TD1, TD3 = 30, 44
"""Letters in each row of a card's zone and of a passport's."""


@dataclass(frozen=True, slots=True)
class Zone:
    """The values of a zone, each only where its check digit agrees; None or empty for the rest.

    `number` is a passport's own, or the citizen number of a card. `name` is in capitals without marks; it has
    no check digit. `lines` are the rows of print that it was read from. `whole`: on a card the composite
    check digit agrees; in a passport number, birth and expiry agree with theirs.
    """

    kind: str
    number: str | None
    citizen_number: str | None
    birth: date | None
    expiry: date | None
    sex: str | None
    name: str
    lines: tuple[Line, ...]
    whole: bool


def read_zone(lines: Sequence[Line], today: date) -> Zone | None:
    """The first zone on a page, None without one.

    A birth after the year of `today` is of the century before.
    """
    rows = [(line, cleaned) for line in lines if (cleaned := clean_row(line.text))]
    for place, (_, row) in enumerate(rows[:-1]):
        zone = None
        if re.match(r"[I1L][D0O]VNM", row):
            zone = _td1(rows[place : place + 3], today)
        elif re.match(r"P[<A-Z]VNM", row):
            zone = _td3(rows[place : place + 2], today)
        if zone is not None:
            return zone
    return None


def clean_row(text: str) -> str | None:
    """A row of a zone with only the characters A-Z, 0-9 and `<`; None where the text is no such row."""
    row = fold(text).upper().translate(_FILLERS)
    row = re.sub(r"[^A-Z0-9<]", "", row)
    return row if _ZONE_LETTERS.fullmatch(row) and ("<" in row or "VNM" in row) else None


def _td1(rows: Sequence[tuple[Line, str]], today: date) -> Zone | None:
    first, second = rows[0][1], rows[1][1]
    document, check = first[5:14].translate(_TO_DIGITS), first[14:15].translate(_TO_DIGITS)
    number = first[15:27].translate(_TO_DIGITS)
    known = is_citizen_number(number) and number.endswith(document) and mrz_check_digit(document) == check
    birth, sex, expiry = _dates(second, 0, today)
    composite = ""
    if len(first) >= TD1 and len(second) >= TD1:
        tail = re.sub(r"[^<]", "", second[18:29])
        composite = mrz_check_digit(
            document + check + number + first[27:29] + first[29].translate(_TO_DIGITS)
            + second[:7].translate(_TO_DIGITS) + second[8:15].translate(_TO_DIGITS) + tail
        ) if len(tail) == 11 else ""  # fmt: skip
    name = _name(rows[2][1]) if len(rows) > 2 else ""
    if not known and birth is None:
        return None
    return Zone(
        "TD1",
        number if known else None,
        number if known else None,
        birth,
        expiry,
        sex,
        name,
        tuple(line for line, _ in rows),
        whole=bool(composite) and second[29:30].translate(_TO_DIGITS) == composite,
    )


def _td3(rows: Sequence[tuple[Line, str]], today: date) -> Zone | None:
    first, second = rows[0][1], rows[1][1]
    # A Vietnamese passport's number is a letter and seven or eight digits.
    number, check = second[:9], second[9:10].translate(_TO_DIGITS)
    number = number[0].translate(_TO_LETTERS) + number[1:].translate(_TO_DIGITS)
    known = mrz_check_digit(number) == check
    birth, sex, expiry = _dates(second, 13, today)
    personal = second[28:42].rstrip("<").translate(_TO_DIGITS)
    if not known and birth is None:
        return None
    return Zone(
        "TD3",
        number.rstrip("<") if known else None,
        personal if is_citizen_number(personal) and _agrees(second[28:42], second[42:43]) else None,
        birth,
        expiry,
        sex,
        _name(first[5:]),
        tuple(line for line, _ in rows),
        whole=known and birth is not None and expiry is not None,
    )


def _agrees(field: str, check: str) -> bool:
    return mrz_check_digit(field.translate(_TO_DIGITS)) == check.translate(_TO_DIGITS)


def _dates(row: str, start: int, today: date) -> tuple[date | None, str | None, date | None]:
    """Birth, sex and expiry, which follow each other in both formats from `start` on.

    None where a check digit disagrees; the sex, which has none, is given only with the birth.
    """
    birth = _day(row[start : start + 7], today.year % 100)
    sex = {"M": "Nam", "F": "Nữ"}.get(row[start + 7 : start + 8])
    expiry = _day(row[start + 8 : start + 15], 99)
    if birth is None:
        return None, None, expiry
    return birth, sex, expiry


def _day(field: str, latest: int) -> date | None:
    """yymmdd and its check digit; years after `latest` are of the century before."""
    digits = field.translate(_TO_DIGITS)
    if not re.fullmatch(r"\d{7}", digits) or mrz_check_digit(digits[:6]) != digits[6]:
        return None
    year, month, day = (int(digits[place : place + 2]) for place in (0, 2, 4))
    try:
        return date(2000 + year if year <= latest else 1900 + year, month, day)
    except ValueError:
        return None


def _name(row: str) -> str:
    """`NGUYEN<<VAN<MAU` as `NGUYEN VAN MAU`; empty where it is no name."""
    row = re.sub(r"<[KCLE<]*$", "", row.translate(_TO_LETTERS))
    words = list(_words(row))
    return " ".join(words) if len(words) >= 2 and all(word.isalpha() for word in words) else ""


def _words(row: str) -> Iterator[str]:
    yield from filter(None, row.split("<"))
