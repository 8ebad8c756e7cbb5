"""Checks of numbers, days and codes: check digits, the calendar, sex and birth in a citizen number.

All functions are pure, and none corrects a value.
"""

import re
from datetime import date
from typing import Literal

Sex = Literal["Nam", "Nữ"]

_TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_MRZ_WEIGHTS = (7, 3, 1)
_TAX_NUMBER = re.compile(r"(\d{10})(?:-?(\d{3}))?")


def is_citizen_number(digits: str) -> bool:
    """Whether this can be a citizen number (số định danh): 12 digits, province 001 to 096, century 0 to 3."""
    return bool(re.fullmatch(r"\d{12}", digits)) and 1 <= int(digits[:3]) <= 96 and digits[3] <= "3"


def sex_of(number: str) -> Sex:
    """The sex in a citizen number: its fourth digit is even for men, odd for women."""
    return "Nữ" if int(number[3]) % 2 else "Nam"


def birth_year_of(number: str) -> int:
    """The year of birth in a citizen number."""
    return 1900 + 100 * (int(number[3]) // 2) + int(number[4:6])


def is_tax_number(text: str) -> bool:
    """Whether this is a tax or enterprise number (mã số thuế, mã số doanh nghiệp).

    Ten digits of which the last is the check digit, 10 - (Σ digit · weight mod 11); three more, of a branch,
    may follow. No number is given out whose sum has the remainder 0. Since 1 July 2025 persons and households
    have their citizen number instead (see `is_citizen_number`).
    """
    match = _TAX_NUMBER.fullmatch(re.sub(r"\s", "", text))
    if match is None:
        return False
    digits = match[1]
    rest = sum(int(digit) * weight for digit, weight in zip(digits, _TAX_WEIGHTS, strict=False)) % 11
    return rest != 0 and int(digits[9]) == 10 - rest


def mrz_check_digit(text: str) -> str:
    """The check digit of ICAO 9303 over digits, letters (A is 10) and fillers `<` (0)."""
    values = (0 if letter == "<" else int(letter, 36) for letter in text)
    return str(sum(value * _MRZ_WEIGHTS[place % 3] for place, value in enumerate(values)) % 10)


def as_day(text: str) -> date | None:
    """The day of a normal form `dd/mm/yyyy`; None where it is none."""
    match = re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", text)
    if match is None:
        return None
    try:
        return date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        return None
