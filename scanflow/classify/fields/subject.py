"""The subject of an official paper (trích yếu): below its title, or as `V/v` below a letter's number.

What is read right: docs/benchmarks.md, Fields; no measurement is recorded for the single limits.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scanflow.classify.fields.official_head import SYMBOL, Head
from scanflow.classify.fields.problems import INCOMPLETE
from scanflow.classify.fields.searchable import around
from scanflow.classify.fields.spelling import SpellingVotes
from scanflow.classify.page_patterns import LEGAL_BASIS
from scanflow.classify.page_view import Line, PageView
from scanflow.model import FieldValue
from scanflow.text.folding import aligned_fold, fold

SUBJECT = "subject"

_CAPITALS = 0.75
_ABOUT = re.compile(r"^(v[ae]) viec\b")
"""`Về việc`, whose mark is often misread."""
# Highest confidence of a subject of which words are lost.
_DOUBTFUL = 0.5
# Share of a centred block's width by which the middles of its lines may differ.
_OFF_BLOCK = 0.04
_OFF_TITLE = 0.9
"""Letter heights by which the middle of a single line may differ from its title's; rendered ones: 0.12."""
_LETTER = re.compile(r"^\W{0,2}v\s?[/.]?\s?v\b\W*")
_BODY = re.compile(
    rf"^\W*(?:{LEGAL_BASIS}|thuc hien\b.*\b(?:so|ngay)\b|kinh gui|dieu \d|chuong [ivx\d]"
    r"|hom nay|phan (?:thu|[ivx\d])"
    r"|(?:[ivx]{1,4}|\d{1,2}|[a-d])[.)]\s|nham\b|de\b.*\b(?:thuc hien|trien khai)\b)"
)
# The office or agency that decides is printed in capitals between subject and body.
_OFFICE = re.compile(
    r"^\W*(?:chu tich|pho chu tich|bo truong|thu truong|thu tuong|giam doc|tong giam doc|cuc truong"
    r"|chi cuc truong"
    r"|truong ban|truong phong|hieu truong|vien truong|chanh|tong cuc truong|chinh phu|quoc hoi"
    r"|hoi dong|uy ban"
    r"|thong doc|tong kiem toan|tong thanh tra|ban |hoi |dai hoi|doan )"
)
_KIND = re.compile(
    r"^\W*(?:nghi quyet|nghi dinh|quyet dinh|chi thi|thong tu|thong bao|quy che|quy dinh|thong cao|huong dan"
    r"|chuong trinh|ke hoach|phuong an|de an|du an|bao cao"
    r"|to trinh|cong dien|luat|phap lenh|lenh)(?: lien tich)?\W*$"
)
_LABEL = re.compile(r"^[^:\n]{3,40}:\s*[\w(]")
_STAMP = re.compile(
    r"^\W*(?:cong van den|den(?:\s*$|\W*(?:so|ngay)\b)|gio\b|kinh chuyen|so\b.*\bngay\b.*\bden|van thu"
    r"|cong thong tin)"
)
_NOISE = 0.35
"""A line in which no word has this confidence belongs to a stamp or a pen."""
_MOST_LINES = 8
_LETTER_LINES = 5
_OFF_CENTRE = 0.03
"""How far the middle of a centred line may lie from the middle of the text, in widths of the page."""
_NEXT_LINE = 2.3
"""Lines of one block are at most so many letter heights apart, from top to top."""


def read_subject(page: PageView, head: Head, votes: SpellingVotes) -> FieldValue | None:
    """The subject on a paper's first page; None where there is none, or the paper has no official head."""
    if not head.official:
        return None
    title, lines = None, _of_letter(page)
    if not lines and _is_official(page, head):
        title, lines = _below_title(page, head)
    if not lines:
        return None
    words = [word for line in lines for word in line.words]
    text, sure = votes.spell(words)
    value = text
    if letter := _LETTER.match(fold(text)):
        value = text[letter.end() :]
    elif about := _ABOUT.match(aligned_fold(text)):
        value = f"{text[0]}ề{text[about.end(1) :]}"
    lost = lines[0].text[0].islower() or (len(lines) > 1 and _lost_words(lines))
    lost = lost or (title is not None and len(lines) == 1 and _is_off(title, lines[0]))
    return FieldValue(
        SUBJECT,
        " ".join(word.text for word in words),
        value.strip(" ._:"),
        min(sure, _DOUBTFUL) if lost else sure,
        box=around(words),
        problems=(INCOMPLETE,) if lost else (),
    )


def _lost_words(lines: Sequence[Line]) -> bool:
    """Whether lines of a centred block differ in their middles: a stamp or seal has covered words."""
    middles = [line.box.centre_x for line in lines]
    breadth = max(line.box.width for line in lines)
    return max(middles) - min(middles) > _OFF_BLOCK * breadth


def _is_off(title: Line, line: Line) -> bool:
    """Whether a line that is centred below a title has another middle: it has lost words at one end."""
    return abs(line.box.centre_x - title.box.centre_x) > _OFF_TITLE * title.height


def _is_official(page: PageView, head: Head) -> bool:
    """Whether a subject is to be expected: the symbol names kind and agency, or the title is known."""
    if any(value.name == SYMBOL and re.search(r"\w[-/]\w", value.value) for value in head.values):
        return True
    return any(_KIND.match(line.folded) for line in page.lines if line.capitals >= _CAPITALS)


def _of_letter(page: PageView) -> list[Line]:
    """`V/v …` and the lines below it in the same column."""
    for place, line in enumerate(page.lines):
        if line.box.top < page.height / 3 and _LETTER.match(line.folded) and "/" in line.text[:4]:
            return list(_block(line, page.lines[place + 1 :]))[:_LETTER_LINES]
    return []


def _block(first: Line, rest: Sequence[Line]) -> Iterator[Line]:
    """A line and those that follow it closely in its column."""
    yield first
    last = first
    for line in sorted(rest, key=lambda line: line.box.top):
        if line.box.top <= last.box.top or first.box.shared_width(line.box) <= 0:
            continue
        if line.box.top - last.box.top > _NEXT_LINE * max(last.height, line.height) or _BODY.match(
            line.folded
        ):
            return
        if (
            line.box.left > first.box.right
            or abs(line.box.centre_x - first.box.centre_x) > 2 * first.box.width
        ):
            return
        yield line
        last = line


def _below_title(page: PageView, head: Head) -> tuple[Line | None, list[Line]]:
    """The title (None without one), and the centred lines between it and the deciding office, or the body."""
    found: list[Line] = []
    title: Line | None = None
    text = _Text.of(page)
    below = [line for line in page.lines if line.box.top > head.bottom - 0.3 * line.height]
    for line in sorted(below, key=lambda line: line.box.top):
        if line.box.top > page.height * 0.62 or _BODY.match(line.folded) or _is_labelled(line):
            break
        if _is_noise(line) or _STAMP.match(line.folded):
            continue
        in_capitals = line.capitals >= _CAPITALS
        if not found and ((title is None and in_capitals) or len(line.words) < 3):
            named = text.centres(line) or _KIND.match(line.folded)
            title = line if title is None and in_capitals and named else title
            continue
        if text.begins_paragraph(line) or (found and _is_apart(found, line)):
            break
        if not text.centres(line) and not (title and text.holds(line)):
            if found:
                break
            continue
        if in_capitals and (_OFFICE.match(line.folded) or _same_text(line, page)):
            break
        if title is not None and not found and in_capitals and line.height > 1.15 * _usual(page):
            continue  # the title goes on
        found.append(line)
        if len(found) == _MOST_LINES:
            break
    return title, found


@dataclass(frozen=True, slots=True)
class _Text:
    """The margins of the page's running text, in points."""

    left: float
    right: float
    unit: float
    """The page's width."""

    @classmethod
    def of(cls, page: PageView) -> "_Text":
        wide = [line.box for line in page.lines if line.box.width > 0.55 * page.width]
        if not wide:
            return cls(0.1 * page.width, 0.9 * page.width, page.width)
        # Most lines of a paragraph begin and end at the margins.
        lefts, rights = sorted(box.left for box in wide), sorted(box.right for box in wide)
        return cls(lefts[len(lefts) // 4], rights[3 * (len(rights) - 1) // 4], page.width)

    def centres(self, line: Line) -> bool:
        return abs(line.box.centre_x - (self.left + self.right) / 2) < _OFF_CENTRE * self.unit

    def begins_paragraph(self, line: Line) -> bool:
        """Whether a line is indented, and full."""
        full = abs(line.box.right - self.right) < 0.012 * self.unit
        return full and 0.035 < (line.box.left - self.left) / self.unit < 0.09

    def holds(self, line: Line) -> bool:
        """Whether a line touches neither margin: one of a centred block, perhaps partly covered."""
        return line.box.left > self.left + 0.05 * self.unit and line.box.right < self.right + 0.01 * self.unit


def _is_labelled(line: Line) -> bool:
    """Whether a line is a label and a value (`Mã hồ sơ: …`), and no subject."""
    return line.text[0].isupper() and bool(_LABEL.match(line.text))


def _is_apart(found: Sequence[Line], line: Line) -> bool:
    """Whether the space above a line is larger than between the lines of the block."""
    step = line.box.top - found[-1].box.top
    steps = [b.box.top - a.box.top for a, b in pairwise(found)]
    usual = min(steps) if steps else 1.6 * max(found[-1].height, line.height)
    return step > max(1.55 * usual, _NEXT_LINE * min(found[-1].height, line.height))


def _same_text(line: Line, page: PageView) -> bool:
    """Whether a line in capitals repeats a text further up, such as the agency in the head."""
    own = fold(line.text).strip(" .,:")
    return any(
        other is not line and own in fold(other.text) for other in page.lines if other.box.top < line.box.top
    )


def _is_noise(line: Line) -> bool:
    return max(word.confidence for word in line.words) < _NOISE or not any(c.isalpha() for c in line.text)


def _usual(page: PageView) -> float:
    return page.letter_height or 1.0
