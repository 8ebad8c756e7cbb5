"""Who signed, and in which capacity: `TM. ỦY BAN NHÂN DÂN`, `KT. CHỦ TỊCH`, `PHÓ CHỦ TỊCH`, and a name below.

TM. (thay mặt) signs on behalf of a body, KT. (ký thay) for its head, TL. (thừa lệnh) by order, TUQ. (thừa ủy
quyền) by authority, Q. (quyền) as acting head.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scanflow.classify.fields.parsers import Parsed, find_person
from scanflow.classify.fields.problems import INCOMPLETE
from scanflow.classify.fields.searchable import around, lost_between, readable, weakest
from scanflow.classify.fields.spelling import SpellingVotes, family_name, with_whole_offices
from scanflow.classify.page_view import Line, PageView
from scanflow.model import FieldValue
from scanflow.text.folding import aligned_fold
from scanflow.text.surnames import is_surname, restored_surname

SIGNER, CAPACITY = "signer", "capacity"

_PREFIX = re.compile(r"^\W{0,2}(?:tm|kt|tl|tuq|q)\s?[.,]\s?[a-z]")
_OFFICE = re.compile(
    r"^\W{0,2}(?:pho |q\. ?|quyen )?(?:chu tich|chu nhiem|bo truong|thu truong|thu tuong|giam doc"
    r"|tong giam doc|cuc truong|chi cuc truong|tong cuc truong|vu truong|hieu truong|vien truong|doi truong"
    r"|truong (?:ban|phong|khoa|cong an|dai dien|tram|chi nhanh)|chanh (?:van phong|thanh tra|an)"
    r"|nguoi (?:ky|khai|thu|nop|lam don|viet don|yeu cau|de nghi|uy quyen|huong dan|lap|tiep nhan)|thu ky"
    r"|thong doc|cong chung vien|chu ho|dai dien)\b"
)
_SIGN_HERE = re.compile(r"^\W*ky\b.*\bten\b")
_CAPITALS = 0.7
_ROOM = 130.0
"""Points between the capacity and the name at most: a seal is 36 mm high."""
# Letter heights between the tops of two rows of a capacity, at most; and the number of rows.
_STEP = 2.4
_MOST_ROWS = 4
_OFF_MIDDLE = 0.55
"""Letter heights by which the middles of a signature's lines may differ: without the shortest family names
(Lê, Hà) a name's is off by 0.7."""
# Highest confidence of a value of which a part is lost; confidence from which on a word is taken as read.
_LOST, _SURE = 0.3, 0.9
_DEPUTY = re.compile(r"^\W*pho ")
_FOR_HEAD = re.compile(r"^\W*kt\s?[.,]\s?(?P<office>[a-z][a-z ]+)$")
_OTHER_DEPUTIES = {"thu", "q", "quyen"}
_MOST_OF, _SCRAP = 0.6, 4
"""The least share of a deputy's row that is left, and the most letters of a misread first word."""


def read_signature(pages: Sequence[PageView], votes: SpellingVotes) -> Iterator[FieldValue]:
    """Signer and capacity of the last signature block that names a capacity."""
    for no in range(len(pages), 0, -1):
        blocks = list(_blocks(pages[no - 1]))
        for block in reversed(blocks):
            found = _values(block, pages[no - 1], no, votes)
            if found:
                yield from found
                return


def _blocks(page: PageView) -> Iterator[list[Line]]:
    """The rows of each capacity, from top to bottom: what begins with a prefix or an office."""
    lines = [
        line
        for line in sorted(page.lines, key=lambda line: line.box.top)
        if line.box.top > 0.15 * page.height
    ]
    taken: set[int] = set()
    for line in lines:
        if id(line) in taken or not _is_row(line):
            continue
        block = [line]
        for other in lines:
            close = 0 < other.box.top - block[-1].box.top <= _STEP * max(line.height, other.height)
            whole = _is_row(other) or (other.capitals >= _CAPITALS and len(other.words) > 1)
            if close and _in_column(block[0], other) and whole:
                block.append(other)
        taken |= set(map(id, block))
        yield block[:_MOST_ROWS]


def _is_row(line: Line) -> bool:
    if line.capitals < _CAPITALS:
        return False
    folded = with_whole_offices(line).folded
    return bool(_PREFIX.match(folded) or _OFFICE.match(folded))


def _values(block: Sequence[Line], page: PageView, no: int, votes: SpellingVotes) -> list[FieldValue]:
    name = _name_below(block, page)
    block = _whole_rows(block)
    prefixed = any(_PREFIX.match(line.folded) for line in block)
    if name is None and not prefixed:
        return []
    words = [word for line in block for word in line.words]
    spelled = [votes.spell(with_whole_offices(line).words) for line in block]
    rows = [text.strip(" .,:-") for text, _ in spelled]
    sure = [sure for _, sure in spelled]
    deputy = _deputy(rows)
    if deputy:
        rows[-1], sure[-1] = deputy, max(sure[-1], _SURE)
    capacity = FieldValue(
        CAPACITY,
        " / ".join(line.text for line in block),
        ", ".join(rows),
        min(sure),
        page=no,
        box=around(words),
    )
    # A row whose beginning is covered, but known, is not in the middle.
    block = block[:-1] if deputy else block
    # A deputy signs for a head: where no line names the head, a seal has covered it.
    lost = _off_middle(block) or _DEPUTY.match(block[0].folded) is not None or lost_between(words)
    if name is None:
        return [_incomplete(capacity) if lost else capacity]
    line, whole_name = name.line, name.whole
    signer = FieldValue(SIGNER, name.raw, name.parsed.value, weakest(line.words), page=no, box=line.box)
    off = _off_middle([*block, line])
    return [
        _incomplete(capacity) if lost or (off and whole_name and len(block) == 1) else capacity,
        _incomplete(signer) if off or not whole_name or lost_between(line.words) else signer,
    ]


def _deputy(rows: Sequence[str]) -> str | None:
    """The whole last row where its beginning was lost: whoever signs for a head is the head's deputy.

    `KT. CHỦ TỊCH` and below it `HỌ CHỦ TỊCH` give PHÓ CHỦ TỊCH. None where the row is whole or something
    else.
    """
    head = _FOR_HEAD.match(aligned_fold(rows[-2])) if len(rows) > 1 else None
    if head is None:
        return None
    office, folded = head["office"], aligned_fold(rows[-1])
    whole = f"pho {office}"
    if folded == whole:
        return None
    cut = whole.endswith(folded) and len(folded) >= _MOST_OF * len(whole)
    before = folded.removesuffix(office).strip(" .,:-")
    misread = folded.endswith(office) and len(before) <= _SCRAP and before not in _OTHER_DEPUTIES
    return f"PHÓ {rows[-2][head.start('office') : head.end('office')]}" if cut or misread else None


def _incomplete(value: FieldValue) -> FieldValue:
    return replace(value, confidence=min(value.confidence, _LOST), problems=(INCOMPLETE,))


def _off_middle(lines: Sequence[Line]) -> bool:
    """Whether lines that are set below each other differ in their middles: a seal covers a part of one."""
    middles = [line.box.centre_x for line in lines]
    return max(middles) - min(middles) > _OFF_MIDDLE * max(line.height for line in lines)


def _whole_rows(block: Sequence[Line]) -> Sequence[Line]:
    """The rows without single words that are no capacity: remains of a signature or seal."""
    return [line for line in block if _is_row(line) or len(line.words) > 1]


@dataclass(frozen=True, slots=True)
class _Name:
    """A signer's name: as read, as respelled (line and parsed value), and whether it has a family name."""

    raw: str
    line: Line
    parsed: Parsed
    whole: bool


def _name_below(block: Sequence[Line], page: PageView) -> _Name | None:
    """The name below a capacity: alone on its line, in the same column; None without one."""
    bottom = block[-1]
    for line in sorted(page.lines, key=lambda line: line.box.top):
        depth = line.box.top - bottom.box.bottom
        if depth <= 0 or not _in_column(block[-1], line):
            continue
        if depth > _ROOM or (_is_row(line) and depth > 5):
            return None
        if not _SIGN_HERE.match(line.folded) and (name := _name_in(line)):
            return name
    return None


def _name_in(line: Line) -> _Name | None:
    """The name of a line, without a first word of which a seal has left only a part;

    None where it is no name.
    """
    restored = _with_surname(line)
    if parsed := _only_name(restored):
        family = parsed.value.split(maxsplit=1)[0].split("'", maxsplit=1)[0]
        return _Name(line.text, restored, parsed, is_surname(family))
    first, rest = line.words[0], replace(line, words=line.words[1:])
    left_over = first.confidence < _SURE or not first.text[0].isupper()
    parsed = _only_name(rest) if left_over and rest.words else None
    return _Name(line.text, rest, parsed, whole=False) if parsed else None


def _only_name(line: Line) -> Parsed | None:
    """The name of a line that says nothing else."""
    text = _without_rank(" ".join(map(readable, line.words)))
    parsed = find_person(text) if line.capitals < 0.9 else None
    return parsed if parsed and len(parsed.value) >= len(text.strip(" .,")) - 2 else None


def _with_surname(line: Line) -> Line:
    """A line with its first word respelled as a family name; not in two words, where it may be lost."""
    first, *rest = line.words
    if len(rest) < 2 and restored_surname(first.text) is None:
        return line
    text, sure = family_name(first.text, first.confidence)
    return replace(line, words=(replace(first, text=text, confidence=sure), *rest))


def _without_rank(text: str) -> str:
    """A name without the degree or rank before it: `TS. `, `ThS. `, `Đại tá `."""
    return re.sub(
        r"^(?:(?:GS|PGS|TS|ThS|BS|BSCKI{1,2}|KS|LS|CN)\.? ?)+|^(?:Đại|Thượng|Trung|Thiếu) (?:tướng|tá|úy) ",
        "",
        text.strip(),
    )


def _in_column(a: Line, b: Line) -> bool:
    """Whether the middle of one lies within the other's breadth."""
    return a.box.left <= b.box.centre_x <= a.box.right or b.box.left <= a.box.centre_x <= b.box.right
