"""Vietnamese number words as numbers: `một triệu hai trăm nghìn` is 1200000."""

import re

from scanflow.text.folding import fold

# Without marks. `tư`, `mốt`, `lăm` are forms within a number; `linh` and `lẻ` mean that the tens are zero.
_UNITS = {
    "khong": 0,
    "mot": 1,
    "hai": 2,
    "ba": 3,
    "bon": 4,
    "tu": 4,
    "nam": 5,
    "lam": 5,
    "nham": 5,
    "sau": 6,
    "bay": 7,
    "tam": 8,
    "chin": 9,
}
_THOUSANDS = {"nghin": 10**3, "ngan": 10**3, "trieu": 10**6}
_BILLIONS = {"ty", "ti"}
_NO_TENS = {"linh", "le"}
_IGNORED = {"chan", "dong", "viet", "va", "vnd"}


def number_from_words(text: str) -> int | None:
    """The number of these words; None where a word is no number word or the words make no number.

    Currency words, `chẵn` and punctuation are skipped. Marks may be missing.
    """
    words = [word for word in re.findall(r"[a-z]+", fold(text)) if word not in _IGNORED]
    if not words:
        return None
    return _billions(words)


def _billions(words: list[str]) -> int | None:
    for place in range(len(words) - 1, -1, -1):
        if words[place] in _BILLIONS:
            high = _billions(words[:place]) if place else None
            low = _below_billion(words[place + 1 :]) if words[place + 1 :] else 0
            return None if high is None or low is None else high * 10**9 + low
    return _below_billion(words)


def _below_billion(words: list[str]) -> int | None:
    total, last, group = 0, 10**9, []
    for word in words:
        scale = _THOUSANDS.get(word)
        if scale is None:
            group.append(word)
            continue
        value = _below_thousand(group)
        if value is None or scale >= last:
            return None
        total, last, group = total + value * scale, scale, []
    if not group:
        return total
    value = _below_thousand(group)
    return None if value is None else total + value


def _below_thousand(words: list[str]) -> int | None:
    """One group: hundreds, tens, units."""
    if "tram" in words:
        place = words.index("tram")
        if place != 1 or words[0] not in _UNITS:
            return None
        rest = _below_hundred(words[2:]) if words[2:] else 0
        return None if rest is None else 100 * _UNITS[words[0]] + rest
    return _below_hundred(words)


def _below_hundred(words: list[str]) -> int | None:  # noqa: PLR0911 - one for each form
    match words:
        case [no_tens, unit] if no_tens in _NO_TENS:
            return _UNITS.get(unit)
        case ["muoi"]:
            return 10
        case ["muoi", unit]:
            return 10 + _UNITS[unit] if unit in _UNITS else None
        case [ten, "muoi"]:
            return 10 * _UNITS[ten] if ten in _UNITS else None
        case [ten, "muoi", unit]:
            return 10 * _UNITS[ten] + _UNITS[unit] if {ten, unit} <= _UNITS.keys() else None
        case [ten, unit] if {ten, unit} <= _UNITS.keys():  # `hai lăm` in speech
            return 10 * _UNITS[ten] + _UNITS[unit]
        case [unit]:
            return _UNITS.get(unit)
    return None
