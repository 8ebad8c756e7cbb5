"""The form numbers that a page prints in its corner: `Mẫu số 09/ĐK`, `CT01`, `Phụ lục II-1`."""

import re
from collections.abc import Collection

from scanflow.classify.page_view import PageView
from scanflow.classify.procedures.forms import form_key
from scanflow.text.folding import aligned_fold

# A form's number is printed above this share of the page's height.
CORNER = 0.25
_NUMBERED = re.compile(
    r"(?:bieu mau|mau|bieu)\s*(?:so\b)?\s*[:.]?\s*"
    r"(?P<number>(?:[a-z]{1,5}[.\-/]?)?\d[\da-z]*(?:\s?[-–/.]\s?[\da-z]+)*|[ivx]{1,4}(?:[-.]\d+[a-z]?)?)(?![\w/])"
)
_ANNEX = re.compile(
    r"phu luc\s*(?:so\b)?\s*[:.]?\s*(?P<number>(?:\d|[ivxl1]+)[\da-z]*(?:\s?[-–/.]\s?[\da-z]+)*)"
)
_ALONE = re.compile(
    r"^\W*(?P<number>[A-ZĐ]{1,4}\s?\d{1,2}[a-zđ]?(?:\s?-\s?[A-ZĐ]{2,}){0,2}"
    r"|\d{1,2}[a-z]?\s?[-/]\s?[A-ZĐ]{2,}(?:-[A-ZĐ]+)*)\W*$"
)


def printed_form_numbers(seen: PageView) -> frozenset[str]:
    """The keys (see `form_key`) of the numbers in the page's upper part."""
    found: set[str] = set()
    for line in seen.lines:
        if line.box.top > CORNER * seen.height:
            continue
        for pattern, mark in ((_NUMBERED, ""), (_ANNEX, "phu.luc.")):
            if (match := pattern.search(line.folded)) and _opens(line.folded, match.start()):
                found.add(mark + form_key(match["number"]))
        if alone := _ALONE.match(line.text):
            found.add(form_key(alone["number"].replace(" ", "")))
    return frozenset(found)


def form_keys(numbers: tuple[str, ...]) -> frozenset[str]:
    """The keys of a row's form numbers; an annex's begins with `phu.luc.`."""
    return frozenset(re.sub(r"^phu\.luc\.(?:so\.)?", "phu.luc.", form_key(number)) for number in numbers)


def other_of_series(printed: frozenset[str], forms: Collection[str]) -> str:
    """A printed number of the same series as `forms` (keys) that is none of them (CT02 for CT01); else empty.

    Empty too where one of them is printed as well, or where the difference may be a misread digit (7 for 1).
    """
    series = {_series(form) for form in forms}
    known = {_readable(form) for form in forms}
    if any(_readable(number) in known for number in printed):
        return ""
    return next(
        (number for number in sorted(printed) if is_telling(number) and _series(number) in series), ""
    )


def _series(key: str) -> str:
    return re.sub(r"\d+[a-z]?(?![a-z])", "#", key)


def _readable(key: str) -> str:
    """A number with 7 for each 1, since the two are misread for each other."""
    return key.replace("1", "7")


def is_telling(key: str) -> bool:
    """Whether a number alone identifies a form: `9/dk` does, `1` is a number of many forms."""
    return bool(re.search(r"[a-z]", key.removeprefix("phu.luc."))) and bool(re.search(r"\d", key))


def _opens(folded: str, start: int) -> bool:
    """Whether the number's label begins its line, or a bracket in it: in a sentence it does not."""
    before = aligned_fold(folded[:start]).strip(" ([.,;:-|")
    return len(before) <= 3
