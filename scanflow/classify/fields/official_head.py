"""The head of an official paper: number and symbol, date, agency (NĐ 30/2020).

Agency and number are left of the national motto, place and date below it. Numbers and days are often written
by a pen after printing. An engine for print reads them too, but its confidence is not reliable there. They
are recognized by their height: a pen's digits are larger than printed ones. What is read right:
docs/benchmarks.md, Fields; no measurement is recorded for the single limits here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from scanflow.classify.fields import agencies
from scanflow.classify.fields.parsers import parse_date
from scanflow.classify.fields.problems import FILLED_IN, INCOMPLETE
from scanflow.classify.fields.searchable import around, lost_between, readable, weakest
from scanflow.classify.fields.spelling import SpellingVotes
from scanflow.classify.page_patterns import LEGAL_BASIS
from scanflow.classify.page_view import Line, PageView
from scanflow.model import FieldValue, Word, union
from scanflow.text.folding import aligned_fold
from scanflow.text.national_head import is_national_head

NUMBER, SYMBOL, DATE, AGENCY, SUPERIOR = "number", "symbol", "date", "agency", "superior_agency"

# Printed digits on one page differ in height by less than this share of it, a pen's by more.
_SAME_HEIGHT = 0.12
# Digits of a date whose height differs by less than this share from the page's printed ones are print.
_OF_PRINT = 0.06
# The same as _SAME_HEIGHT for a number without a symbol, which may be set larger.
_SAME_HEIGHT_ALONE = 0.6
# Highest confidences: of digits that a pen wrote, and of a value of which a part is lost.
_PEN = 0.4
_PART = 0.3
_HEAD_DEPTH = 0.2
"""How far below the motto the head reaches, in heights of the page."""

_CAPITALS = 0.7
# "Số"; not "Sở", with which names of agencies begin.
_NUMBER_LABEL = re.compile(r"^[^\w\n]{0,3}s[o0]\s*(?:[:;.,]\s*|(?=[\d/|\ufffd])|$)")
_SYMBOL = r"[a-z][a-z0-9.&]*(?:\s?[-–/]\s?[a-z0-9][a-z0-9.&]*)*"
_NUMBER = re.compile(
    rf"(?P<digits>\d{{1,13}}[a-z]?)?\s*(?P<year>[/-]\s?\d{{4}}(?!\d))?"
    rf"\s*(?P<symbol>(?:[/-]\s?|(?<=\d{{4}})){_SYMBOL})?"
)
_ONLY_SYMBOL = re.compile(rf"/\s?(?:\d{{4}}\s?/\s?)?(?P<symbol>{_SYMBOL})")
_PLACE_AND_DATE = re.compile(
    r"^\W{0,3}(?P<place>[^\W\d][^\d\n]{1,40}?)[,.;]?\s*(?:\bngay[ .:]{0,3}(?P<day>\S{0,4}?)[ .:]{0,3})?"
    r"thang[ .:]{0,3}(?P<month>\S{0,3}?)[ .:]{0,3}nam\b[ .:]{0,3}(?P<year>\d{4})?"
)
# A place and a date in which "tháng" was not read, or nothing after "ngày".
_CUT_OFF_DATE = re.compile(r"^\W{0,3}[^\W\d][^\d\n]{1,40}?,?\s*\bngay\b(?:\W*$|.{0,20}\bnam\b\W*\d{4})")
# The legal basis below the title names days of laws. It may begin within the head's depth.
_LEGAL_BASIS = re.compile(rf"^\W*(?:{LEGAL_BASIS}|(?:theo|xet|thuc hien)\b)")
# What a model form prints in the place of an agency's name.
_PLACEHOLDER = re.compile(r"\W*ten (?:co quan|to chuc|don vi)\b")
_DAY_GLUED = re.compile(r"(?<=ngay)(?=\d)|(?<=\d)(?=thang|nam)")
_KNOWN_SYMBOLS = {"QD": "QĐ", "ND": "NĐ", "HD": "HĐ", "CD": "CĐ", "LD": "LĐ", "DA": "ĐA", "QDND": "QĐND"}


@dataclass(frozen=True, slots=True)
class Head:
    """A head: its values, and its lower edge in points (0 where none was found)."""

    values: tuple[FieldValue, ...]
    bottom: float
    official: bool
    """Whether it has an agency's name or a number with a symbol."""


def read_head(page: PageView, votes: SpellingVotes) -> Head:
    """The head of a paper's first page."""
    motto = page.motto
    zone = _Zone.of(page, motto)
    values = [*_agency(zone, votes), *_number(zone, page), *_date(zone, digit_height(page))]
    places = [value.box.bottom for value in values if value.box]
    bottom = max([*places, *([motto.box.bottom] if motto else [])], default=0.0)
    official = any(value.name in (AGENCY, SYMBOL) for value in values)
    return Head(tuple(values), bottom, official)


@dataclass(frozen=True, slots=True)
class _Zone:
    """The lines of the head, left and right of where the motto begins."""

    left: tuple[Line, ...]
    right: tuple[Line, ...]
    two_columns: bool
    """Whether an agency may be beside the motto: on a citizen's form the motto is in the middle."""

    @classmethod
    def of(cls, page: PageView, motto: Line | None) -> "_Zone":
        lines = [part for line in page.lines for part in _without_motto(line)]
        if motto is None:
            top, border = 0.0, page.width * 0.45
            bottom = page.height * 0.3
        else:
            start = next(iter(_motto_words(motto)), motto.words[0])
            # The number is beside the second line of the motto or below it, never above the first.
            top, border = motto.box.top - 1.5 * motto.height, start.box.left
            bottom = motto.box.top + _HEAD_DEPTH * page.height
        inside = [line for line in lines if top <= line.box.top <= bottom]
        middle = motto is not None and _is_centred(motto, page)
        left = [line for line in inside if line.box.centre_x < border or middle]
        right = [line for line in inside if middle or line not in left]
        return cls(tuple(left), tuple(right), not middle)


def _is_centred(motto: Line, page: PageView) -> bool:
    """Whether the motto is in the middle of the page, as on a citizen's form, which names no agency."""
    return abs(motto.box.centre_x - page.width / 2) < 0.06 * page.width


def _motto_words(line: Line) -> list[Word]:
    """The words of a line from the motto's first on; an engine may read both columns as one line."""
    folded = [aligned_fold(word.text) for word in line.words]
    for place, pair in enumerate(pairwise(folded)):
        if pair == ("cong", "hoa") or (pair[0] == "doc" and pair[1].startswith("lap")):
            return list(line.words[place:])
    return list(line.words)


def _without_motto(line: Line) -> Iterator[Line]:
    """The line as one or two: the part before the motto, and the rest."""
    rest = _motto_words(line)
    before = line.words[: len(line.words) - len(rest)]
    if before:
        yield Line(before)
    yield Line(tuple(rest))


# --- agency ---------------------------------------------------------------------------------------------


def _agency(zone: _Zone, votes: SpellingVotes) -> Iterator[FieldValue]:
    lines: list[Line] = []
    if not zone.two_columns:
        return
    left = sorted(zone.left, key=lambda line: line.box.top)
    numbered = next((line.words[0].box for line in left if _NUMBER_LABEL.match(line.folded)), None)
    for line in left:
        # The symbol may be a little higher than the label in its row.
        if numbered and line.box.shared_height(numbered) > 0.4 * numbered.height:
            break
        if line.folded.startswith(("v/v", "ve viec")):
            break
        if is_national_head(line.folded) or _PLACEHOLDER.match(line.folded):
            continue
        if line.capitals >= _CAPITALS and sum(letter.isalpha() for letter in line.text) >= (
            2 if lines else 4
        ):
            lines.append(line)
        elif lines:
            break
    found = agencies.agencies_in([line.text for line in lines])
    named = [[lines[place] for place in places] for _, places in found]
    if not named:
        return
    yield _agency_value(AGENCY, named[-1], votes)
    if above := [line for group in named[:-1] for line in group]:
        yield _agency_value(SUPERIOR, above, votes)


def _agency_value(name: str, lines: Sequence[Line], votes: SpellingVotes) -> FieldValue:
    words = [word for line in lines for word in line.words]
    text, sure = votes.spell(words)
    lost = lost_between(words)
    return FieldValue(
        name,
        " ".join(word.text for word in words),
        text.strip(" .,-_:"),
        min(sure, _PART) if lost else sure,
        box=around(words),
        problems=(INCOMPLETE,) if lost else (),
    )


# --- number ---------------------------------------------------------------------------------------------


def _number(zone: _Zone, page: PageView) -> Iterator[FieldValue]:
    for line in sorted(zone.left, key=lambda line: line.box.top):
        if _NUMBER_LABEL.match(line.folded):
            words = _row(line, zone.left)
            yield from _number_of(words, page)
            return


def _row(line: Line, lines: Sequence[Line]) -> list[Word]:
    """The words at the height of a line: a blank left for a pen divides a line into several."""
    beside = [other for other in lines if other.box.shared_height(line.box) > 0.4 * line.height]
    return [word for other in sorted(beside, key=lambda other: other.box.left) for word in other.words]


def _number_of(words: Sequence[Word], page: PageView) -> Iterator[FieldValue]:
    raw = " ".join(map(readable, words)).replace("–", "-").replace("—", "-")
    folded = aligned_fold(raw)
    label = _NUMBER_LABEL.match(folded)
    match = _NUMBER.match(folded, label.end()) if label else None
    cut_off = match is not None and raw[match.end() : match.end() + 2].strip() in ("-", "/")
    if match is None or not match.group() or cut_off:
        # The pen's digits may have been read as anything; only the symbol is print.
        only = None if cut_off else _ONLY_SYMBOL.search(folded)
        if only:
            symbol_words = _between(words, *only.span("symbol"))
            box = around(symbol_words)
            yield _symbol(raw[slice(*only.span("symbol"))], symbol_words)
            yield FieldValue(NUMBER, raw, "", 0.0, box=box, problems=(INCOMPLETE,))
        elif label and len(words) <= 3:
            yield FieldValue(NUMBER, raw, "", 0.0, box=around(words), problems=(INCOMPLETE,))
        return
    taken = _between(words, *match.span())
    if match["symbol"]:
        yield _symbol(raw[slice(*match.span("symbol"))], _between(words, *match.span("symbol")))
    if not match["digits"]:
        yield FieldValue(NUMBER, raw, "", 0.0, box=around(taken), problems=(INCOMPLETE,))
        return
    if match["symbol"] is None and raw[match.end() : match.end() + 1].strip(" .,;"):
        return  # other text follows the number directly: it is not the number of a paper
    value = re.sub(r"\s", "", raw[match.start() : match.start("symbol") if match["symbol"] else match.end()])
    if match["symbol"]:
        first = raw[match.start("symbol")]
        value += first if first in "/-" else ""
        value += _plain_symbol(raw[slice(*match.span("symbol"))])
    pen = filled_in(taken[0], page, apart=bool(match["symbol"] or match["year"]))
    sure = weakest(taken)
    yield FieldValue(
        NUMBER, raw[slice(*match.span())].strip(), value, min(sure, _PEN) if pen else sure, box=around(taken),
        problems=(FILLED_IN,) if pen else (),
    )  # fmt: skip


def _between(words: Sequence[Word], start: int, end: int) -> list[Word]:
    """The words that overlap the characters from `start` to `end` of their joined text."""
    at, found = 0, []
    for word in words:
        if at < end and at + len(readable(word)) > start:
            found.append(word)
        at += len(readable(word)) + 1
    return found


def _symbol(raw: str, words: Sequence[Word]) -> FieldValue:
    return FieldValue(SYMBOL, raw, _plain_symbol(raw), weakest(words), box=around(words))


def _plain_symbol(raw: str) -> str:
    return _spell_symbol(re.sub(r"\s", "", raw).lstrip("/-").rstrip(".,;:-"))


def _spell_symbol(text: str) -> str:
    """The symbol with Đ where the abbreviation of a kind has it (NĐ 30/2020, phụ lục III): QD is QĐ."""
    first, *rest = re.split(r"(?=[-/])", text)
    return "".join((_KNOWN_SYMBOLS.get(first, first), *rest))


def filled_in(word: Word, page: PageView, *, apart: bool) -> bool:
    """Whether a number's digits were written by a pen: a separate word, higher or lower than printed ones.

    `apart`: the symbol or year follows as a separate word, as where room was left for the number. Without
    printed digits to compare with, that alone decides.
    """
    if not word.text.isdigit():
        return False
    usual = digit_height(page)
    if usual is None:
        return apart
    return abs(word.box.height / usual - 1) > (_SAME_HEIGHT if apart else _SAME_HEIGHT_ALONE)


def digit_height(page: PageView) -> float | None:
    """The usual height (points) of printed digits: of years and two-digit numbers;

    None with fewer than three.
    """
    heights = [
        word.box.height
        for line in page.lines
        for word in line.words
        if re.fullmatch(r"\d{4}|\d{2}", word.text) and word.confidence > 0.8 and word.kind == "print"
    ]
    return median(heights) if len(heights) >= 3 else None


# --- date -----------------------------------------------------------------------------------------------


def _date(zone: _Zone, digits: float | None) -> Iterator[FieldValue]:
    for line in sorted(zone.right, key=lambda line: line.box.top):
        if _LEGAL_BASIS.match(line.folded) or not re.search(r"\bngay|thang\b", line.folded):
            continue
        words = _row(line, zone.right)
        found = date_of(words, digits)
        if found is not None:
            yield found
            return


def date_of(words: Sequence[Word], digits: float | None = None) -> FieldValue | None:
    """The date of a line "Cần Thơ, ngày 05 tháng 8 năm 2026"; without a value where a part is missing.

    `digits` is the height of printed digits on the page, None where that isn't known.
    """
    raw = " ".join(map(readable, words))
    folded = _DAY_GLUED.sub(" ", aligned_fold(raw))
    match = _PLACE_AND_DATE.search(folded)
    if match is None:
        cut_off = _CUT_OFF_DATE.match(folded)
        box = union([word.box for word in words])
        return FieldValue(DATE, raw, "", 0.0, box=box, problems=(INCOMPLETE,)) if cut_off else None
    box = union([word.box for word in words])
    day, month, year = match["day"], match["month"], match["year"]
    whole = bool(day and month and year) and day.isdigit() and month.isdigit()
    value = parse_date(f"{day}/{month}/{year}") if whole else None
    if value is None:
        return FieldValue(DATE, raw, "", 0.0, box=box, problems=(INCOMPLETE,))
    parts = [word for word in words if re.search(r"\d", word.text)]
    pen = _pen_among(parts, digits)
    sure = weakest(parts)
    return FieldValue(
        DATE, raw, value, min(sure, _PEN) if pen else sure, box=box, problems=(FILLED_IN,) if pen else ()
    )


def _pen_among(parts: Sequence[Word], digits: float | None) -> bool:
    """Whether a day or month differs in height from the year beside it.

    Not where it is as high as the page's printed digits, and a speck of a copy makes the year's box higher.
    """
    year = next((word for word in reversed(parts) if re.fullmatch(r"\d{4}\W?", word.text)), None)
    if year is None:
        return False
    alone = [word.box.height for word in parts if re.fullmatch(r"\d{1,2}", word.text)]
    if digits and all(abs(height / digits - 1) < _OF_PRINT for height in alone):
        return False
    return any(abs(height / year.box.height - 1) > _SAME_HEIGHT for height in alone)
