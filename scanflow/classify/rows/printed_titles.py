"""The whole titles of a page: runs of lines that look like one title, and the subject below them.

A title that is cut short would fit wrong rows ("Đơn đề nghị cấp giấy phép" is the beginning of hundreds). So
the lines that follow belong to it as long as they are set alike. A registry's stamp between them is skipped.
How well papers meet their rows by these titles: docs/benchmarks.md; no measurement is recorded for the single
limits.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from operator import itemgetter

from scanflow.classify.kinds import KindIndex, kind_of_title
from scanflow.classify.page_marks import is_registry_stamp, is_signer
from scanflow.classify.page_patterns import LEGAL_BASIS
from scanflow.classify.page_view import CAPITALS, Line, PageView
from scanflow.classify.titles import is_heading, looks_of, set_alike
from scanflow.text.national_head import is_national_head

# A line that looks less like a title than this begins none.
LEAST_LOOKS = 0.5
# A line in small letters that begins with the name of a kind looks this much like a title.
NAMED_LOOKS = 0.7
MAX_LINES, MAX_SUBJECT_LINES = 7, 4
MAX_TITLES = 8
# Lower-case text that is so many letter heights further down or more is not the subject, but the body.
SUBJECT_GAP = 1.15
# A line of the body takes at least this share of the page's width.
FULL_WIDTH = 0.7
# A line whose middle is further from the title's than this share of the page's width is not under it.
SAME_MIDDLE = 0.09

_NO_TITLE_LINE = re.compile(
    r"\W*(?:kinh gui\b|so\s*[:.;]|(?:mau|bieu)\s*(?:so\b|[a-z]{0,4}\d)|ngay\b.*\bthang\b|-{3,}"
    r"|(?:kinh )?chuyen\s?[:.]|luu ho so|(?:gio|ngay)\s?[:.])"
)
_BODY_LINE = re.compile(
    rf"\W*(?:{LEGAL_BASIS}|kinh g|(?:toi )?ten(?: toi)?\b|toi la|ho va ten|ho,|ho ten|hom nay|chung toi"
    r"|noi nhan|dieu \d|[ivx]{1,4}[.)]|\d{1,2}[.)]|so\s*[:.;])"
)
_AGENCY_LINE = re.compile(
    r"\W*(?:van phong|uy ban|ubnd|hoi dong|so|bo|(?:tong |chi )?cuc|phong|cong ty|trung tam|toa an|cong an)\b"
)


@dataclass(frozen=True, slots=True)
class PrintedTitle:
    """A title as printed: `text` of its lines, `subject` the lower-case text below (`Về việc …`).

    `looks` (0 to 1) is how much its first line looks like a title; `top` (points) and `first` (index of the
    page's lines) are the place of that line; `bottom` (points) is the lower edge of its last line.
    """

    text: str
    subject: str
    looks: float
    top: float
    first: int
    bottom: float = 0.0


def printed_titles(seen: PageView, kinds: KindIndex) -> tuple[PrintedTitle, ...]:
    """The page's titles from top to bottom, none of them a part of another; at most MAX_TITLES."""
    found: list[PrintedTitle] = []
    taken: set[int] = set()
    for first, line in enumerate(seen.lines):
        if first in taken or not _may_begin(line):
            continue
        looks = looks_of(line, seen)
        if _is_named_title(line, seen, kinds):
            looks = max(looks, NAMED_LOOKS)
        if looks < LEAST_LOOKS:
            continue
        lines = list(_run(first, seen))
        # What follows in other letters is the subject.
        own = [
            no for no, _ in takewhile(itemgetter(1), ((no, set_alike(line, seen.lines[no])) for no in lines))
        ]
        subject = lines[len(own) : len(own) + MAX_SUBJECT_LINES]
        taken.update(own)
        bottom = max(seen.lines[no].box.bottom for no in own)
        own = _from_name(own, seen, kinds)
        found.append(PrintedTitle(_text(own, seen), _text(subject, seen), looks, line.box.top, first, bottom))
    found.sort(key=lambda title: -title.looks)
    return tuple(sorted(found[:MAX_TITLES], key=lambda title: title.top))


def _from_name(lines: list[int], seen: PageView, kinds: KindIndex) -> list[int]:
    """The lines of a title without an agency's above the paper's name, such as a stamp's first line."""
    if not _AGENCY_LINE.match(seen.lines[lines[0]].folded):
        return lines
    named = (at for at, no in enumerate(lines) if kind_of_title(seen.lines[no].text, kinds))
    return lines[next(named, 0) :]


def _may_begin(line: Line) -> bool:
    return (
        sum(map(str.isalpha, line.text)) >= 2
        and next(letter for letter in line.text if letter.isalpha()).isupper()
        and not is_heading(line.folded)
        and not is_signer(line.folded)
        and not is_national_head(line.folded)
        and not _NO_TITLE_LINE.match(line.folded)
    )


def _is_named_title(line: Line, seen: PageView, kinds: KindIndex) -> bool:
    """Whether a line that is centred in the upper half of the page begins with the name of a kind."""
    off = abs(line.box.centre_x - seen.width / 2)
    high = line.box.top < 0.5 * seen.height
    return high and off < SAME_MIDDLE * seen.width and bool(kind_of_title(line.text, kinds))


def _run(first: int, seen: PageView) -> Iterator[int]:
    """The line and those under it, by their indices, as far as they may go on the title."""
    at = first
    for _ in range(MAX_LINES):
        yield at
        below = _below(at, seen)
        if below is None or _BODY_LINE.match(seen.lines[below].folded):
            return
        at = below


def _below(at: int, seen: PageView) -> int | None:
    """The next line below that has the same middle; lines of other columns in between are skipped."""
    upper = seen.lines[at]
    best: tuple[float, int] | None = None
    for no, lower in enumerate(seen.lines):
        gap = lower.box.top - upper.box.bottom
        height = max(upper.height, lower.height)
        if no == at or not -0.5 * height < gap < 1.8 * height or lower.box.top <= upper.box.top:
            continue
        if is_national_head(lower.folded) or _NO_TITLE_LINE.match(lower.folded):
            continue
        if is_registry_stamp(lower.folded) or is_signer(lower.folded):
            continue
        if lower.capitals < CAPITALS <= upper.capitals and gap > SUBJECT_GAP * height:
            continue
        if _begins_text(upper, lower, seen):
            continue
        if abs(upper.box.centre_x - lower.box.centre_x) > SAME_MIDDLE * seen.width:
            continue
        if best is None or gap < best[0]:
            best = gap, no
    return best[1] if best else None


def _begins_text(upper: Line, lower: Line, seen: PageView) -> bool:
    """Whether the lower line begins the body: a sentence of full width below a short line."""
    begins = next((letter for letter in lower.text if letter.isalpha()), "").isupper()
    fills = lower.box.width > FULL_WIDTH * seen.width and upper.box.width < FULL_WIDTH * lower.box.width
    return begins and fills and lower.capitals < CAPITALS


def _text(numbers: Sequence[int], seen: PageView) -> str:
    return " ".join(seen.lines[no].text for no in numbers)
