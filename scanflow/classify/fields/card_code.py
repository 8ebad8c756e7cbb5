"""The QR code of citizen cards: `CCCD|CMND|full name|ddmmyyyy|sex|address|date of issue`.

The card of 2021 has it on the front with these seven fields. That of 2024 has it on the back with further
fields after them, which differ by issue: nothing is taken from those.
"""

import re
from dataclasses import dataclass

from scanflow.classify.fields.validators import as_day, is_citizen_number
from scanflow.text.normalization import nfc

_FEWEST = 6


@dataclass(frozen=True, slots=True)
class CardCode:
    """The values of a card's code, days as dd/mm/yyyy; empty strings for missing ones."""

    number: str
    old_number: str
    name: str
    birth: str
    sex: str
    address: str
    issued: str


def read_card_code(payload: str) -> CardCode | None:
    """The values of a card's code; None where the payload is no card's."""
    parts = [nfc(part).strip() for part in payload.split("|")]
    if len(parts) < _FEWEST or not is_citizen_number(parts[0]):
        return None
    number, old, name, birth, sex, address, *more = parts
    born = _day(birth)
    if born is None or not name or any(letter.isdigit() for letter in name):
        return None
    return CardCode(
        number,
        old if re.fullmatch(r"\d{9}", old) else "",
        " ".join(name.split()),
        born,
        sex if sex in ("Nam", "Nữ") else "",
        address,
        (_day(more[0]) or "") if more else "",
    )


def _day(text: str) -> str | None:
    """ddmmyyyy as dd/mm/yyyy, None where the calendar lacks it."""
    shown = f"{text[:2]}/{text[2:4]}/{text[4:]}"
    return shown if re.fullmatch(r"\d{8}", text) and as_day(shown) else None
