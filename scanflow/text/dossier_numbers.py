"""Dossier numbers (mã hồ sơ) in any text: a code's payload, a page's words, what a clerk types.

Their grammars are settings; a group named `date` in one must be a real yymmdd date. A number is only ever
taken whole: a piece of a longer run of letters, digits and dots is no number, since what is cut off may be
the part that tells two dossiers apart.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from urllib.parse import unquote

from scanflow.errors import UsageError
from scanflow.text.normalization import nfc

# Dashes that word processors and input methods put for the hyphen.
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−﹣－"), "-")


def find_dossier_number(text: str, grammars: Sequence[str]) -> str | None:
    """Give the first dossier number in a text (a code's payload, also a link; a page's words), None if none.

    It comes in capitals, with plain hyphens.
    """
    return next(iter(find_dossier_numbers(text, grammars)), None)


def find_dossier_numbers(text: str, grammars: Sequence[str]) -> list[str]:
    """Give all dossier numbers in a text in their order, each once, in capitals, with plain hyphens."""
    plain = _plain(unquote(text))
    found = [
        match for grammar in grammars for match in _pattern(grammar).finditer(plain) if _has_real_date(match)
    ]
    return list(dict.fromkeys(match.group() for match in sorted(found, key=lambda match: match.start())))


def normalise_dossier_number(typed: str, grammars: Sequence[str]) -> str:
    """Give the dossier number that a clerk typed, or a folder is named, in its one spelling.

    Raises UsageError where it fits no grammar: nothing is guessed.
    """
    plain = re.sub(r"\s+", "", _plain(typed))
    for grammar in grammars:
        match = _pattern(grammar).fullmatch(plain)
        if match and _has_real_date(match):
            return match.group()
    raise UsageError(
        "the dossier number fits no known form, or its date is not a real one",
        "Mã hồ sơ chưa đúng dạng hoặc ngày trong mã không có thật. Mã đúng có dạng: H57.132-260804-0583.",
    )


def _plain(text: str) -> str:
    return nfc(text).translate(_DASHES).upper()


@lru_cache(maxsize=64)
def _pattern(grammar: str) -> re.Pattern[str]:
    """The grammar, not preceded or followed by what could be a further part of the number.

    A single dot before it could be such a part; a row of dots is the dotted line of a form.
    """
    return re.compile(rf"(?<![^\W_])(?<!(?<!\.)[.-])(?:{grammar})(?![^\W_]|[./-]\d)")


def _has_real_date(match: re.Match[str]) -> bool:
    digits = match.groupdict().get("date")
    if digits is None:
        return True
    try:
        datetime.strptime(digits, "%y%m%d")  # raises where the calendar has no such day
    except ValueError:
        return False
    return True
