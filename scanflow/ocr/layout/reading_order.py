"""Reading order (thứ tự đọc) of official papers, from the geometry of the lines that an engine found.

An official paper (NĐ 30/2020) has a head of two columns: the issuing agency and `Số: …` on the left, the
national motto and the date on the right. It has two rows: agency and motto, then number and date. In each row
the left block is read first, then the right block. A foot of two columns (`Nơi nhận:` beside the signature)
is read left, then right. Between head and foot tables are read row by row; columns of prose stay columns.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from statistics import median

from scanflow.model import Word
from scanflow.ocr.layout.lines import NEXT_ROW, Line, downwards, line_of, lines_of, rows_of
from scanflow.ocr.layout.signatures import SIGNATURE_LIMITS, SignatureLimits, find_signatures
from scanflow.ocr.layout.table_cells import Cells, divide_at
from scanflow.text.folding import fold
from scanflow.text.national_head import contains_motto, contains_national_name

# The limits were set by judgement; docs/decisions/0016-what-reading-tried.md has what the whole gives.
# Shares of the page's width or height.
_GUTTER_RANGE = (0.22, 0.68)  # where the empty strip between two columns can be, from left to right
_HEAD_DEPTH = 0.40  # a head ends above this height
_CENTRED = 0.06  # how far a title's centre may be from the page's centre
_CAPACITY = 0.58  # a signature's centre is right of this
# Multiples of the text's height.
_MIN_GUTTER = 0.75  # wider than most spaces between two words of a line
_SAME_BLOCK = 3.6  # lines further apart are in different blocks
# A column of prose has at least so many lines, and this share of them reaches its right edge.
_PROSE_LINES = 5
_PROSE_FILL = 0.8

_Block = list[Line]


def reading_order(
    words: Sequence[Word],
    size: tuple[float, float],
    tables: Sequence[Cells] = (),
    signatures: SignatureLimits = SIGNATURE_LIMITS,
) -> list[Word]:
    """The words of an upright page in the order in which a person reads them, blocks and lines renumbered.

    `size` is the page's width and height in points, `tables` has the cells of its ruled tables. Words are not
    changed otherwise; a page without a recognisable head, foot or table keeps the engine's order.
    """
    lines = downwards(lines_of(words))
    if not lines:
        return []
    height = median(word.box.height for word in words)
    head, lines = _split_head(lines, size, height)
    body, foot = _split_foot(lines, size, height)
    return _number([*head, *_order_middle(body, height, tables, signatures), *foot])


def _number(blocks: Iterable[_Block]) -> list[Word]:
    return [
        replace(word, block=number, line=row)
        for number, block in enumerate(blocks)
        for row, line in enumerate(block)
        for word in line.words
    ]


# --- columns -------------------------------------------------------------------------------------------


def _narrow(gaps: list[tuple[float, float]], line: Line, least: float) -> list[tuple[float, float]]:
    """The parts of the empty vertical strips `gaps` that a line leaves empty, at least `least` wide."""
    for word in line.words:
        box = word.box
        pieces = [
            piece
            for left, right in gaps
            for piece in ((left, min(right, box.left)), (max(left, box.right), right))
        ]
        gaps = sorted({(left, right) for left, right in pieces if right - left >= least})
    return gaps


def _cut(lines: Iterable[Line], gutter: float) -> tuple[_Block, _Block]:
    """Lines split at a vertical strip, each side from top to bottom."""
    sides: tuple[_Block, _Block] = ([], [])
    for line in lines:
        for side, words in zip(sides, _sides(line, gutter), strict=True):
            if words:
                side.append(line_of(words))
    for side in sides:
        side.sort(key=lambda line: line.middle)
    return sides


def _sides(line: Line, gutter: float) -> tuple[list[Word], list[Word]]:
    left = [word for word in line.words if word.box.right <= gutter]
    return left, [word for word in line.words if word.box.right > gutter]


def _columns(
    lines: Sequence[Line], size: tuple[float, float], height: float, ends: Callable[[Line], bool]
) -> tuple[_Block, _Block, int]:
    """The most lines at the start of `lines` that one empty vertical strip divides into two columns.

    Gives the left column, the right column, and the number of lines. `ends` tells which line cannot belong to
    them.
    """
    gaps = [(_GUTTER_RANGE[0] * size[0], _GUTTER_RANGE[1] * size[0])]
    count = 0
    for line in lines:
        free = _narrow(gaps, line, _MIN_GUTTER * height)
        if not free or ends(line):
            break
        gaps, count = free, count + 1
    # Of several strips, that one is chosen whose smaller side has the most letters.
    cuts = [_cut(lines[:count], (left + right) / 2) for left, right in gaps]
    left, right = max(cuts, key=lambda cut: min(_letters(cut[0]), _letters(cut[1])))
    return left, right, count


def _letters(lines: Iterable[Line]) -> int:
    return sum(len(word.text) for line in lines for word in line.words)


# --- head ----------------------------------------------------------------------------------------------


def _split_head(
    lines: list[Line], size: tuple[float, float], height: float
) -> tuple[list[_Block], list[Line]]:
    """The head's blocks in order, and the other lines in the engine's order."""
    width = size[0]

    def ends(line: Line) -> bool:
        title = abs(line.centre - width / 2) < _CENTRED * width and line.box.left > 0.3 * width
        return title or line.middle > _HEAD_DEPTH * size[1]

    ordered = sorted(lines, key=lambda line: line.middle)
    # The head begins with the row of the national name. What is above, such as a page number or the edge of a
    # stamp, is read before it.
    first = next((i for i, line in enumerate(ordered) if contains_national_name(_folded(line))), None)
    if first is None:
        return [], lines
    while first and ordered[first].middle - ordered[first - 1].middle < NEXT_ROW * height:
        first -= 1
    left, right, count = _columns(ordered[first:], size, height, ends)
    if not left or len(right) < 2:
        return [], lines
    used = set(map(id, ordered[first : first + count]))
    above = set(map(id, ordered[:first]))
    over = [[line] for line in lines if id(line) in above]
    return [*over, *_head_blocks(left, right, height)], [
        line for line in lines if id(line) not in used | above
    ]


def _is_national(folded: str) -> bool:
    return contains_national_name(folded) or contains_motto(folded)


def _folded(line: Line) -> str:
    return fold(" ".join(word.text for word in line.words))


def _head_blocks(left: _Block, right: _Block, height: float) -> list[_Block]:
    """The blocks agency, motto, number, date.

    The second row begins with the line of the number (Số: …); without one there are only two blocks.
    """
    start = next((line.middle for line in left if fold(line.words[0].text).startswith("so")), None)
    if start is None or not any(line.middle < start - NEXT_ROW * height for line in left):
        return [left, right]
    border = start - height
    # Place and date may be higher or lower than the number, but they are always below the motto.
    mottos = [line.middle for line in right if _is_national(_folded(line))]
    below = max(mottos) + NEXT_ROW * height if mottos else border
    rows = (
        [line for line in side if (line.middle < edge) is upper]
        for upper in (True, False)
        for side, edge in ((left, border), (right, below))
    )
    return [row for row in rows if row]


# --- foot ----------------------------------------------------------------------------------------------


def _split_foot(
    lines: list[Line], size: tuple[float, float], height: float
) -> tuple[list[Line], list[_Block]]:
    """The lines before the foot in the engine's order, and the foot's blocks in order."""
    ordered = sorted(lines, key=lambda line: line.middle)
    first = next((i for i, line in enumerate(ordered) if _is_recipients(line, size[0])), None)
    if first is None:
        return lines, []
    # The signature's column may begin a little higher, the signer's capacity (KT. THỦ TƯỚNG) some lines
    # higher.
    while first and (
        ordered[first].middle - ordered[first - 1].middle < NEXT_ROW * height
        or _is_capacity(ordered[first - 1], ordered[first], size[0], height)
    ):
        first -= 1
    left, right, count = _columns(ordered[first:], size, height, lambda _: False)
    if not left or not right:
        return lines, []
    used = set(map(id, ordered[first : first + count]))
    rest = set(map(id, ordered[first + count :]))
    below = [[line] for line in lines if id(line) in rest]
    return [line for line in lines if id(line) not in used | rest], [left, right, *below]


def _is_capacity(line: Line, below: Line, width: float, height: float) -> bool:
    """Whether a line may be a signer's capacity: in capitals, right of the middle, close above `below`."""
    text = "".join(word.text for word in line.words)
    near = below.middle - line.middle < _SAME_BLOCK * height
    return near and text.isupper() and line.box.left > 0.45 * width and line.centre > _CAPACITY * width


def _is_recipients(line: Line, width: float) -> bool:
    """Whether the line begins with `Nơi nhận` at the left."""
    start = fold("".join(word.text for word in line.words[:2]))
    return start.startswith("noinhan") and line.box.left < 0.4 * width


# --- body ----------------------------------------------------------------------------------------------


def _order_middle(
    lines: list[Line], height: float, tables: Sequence[Cells], signatures: SignatureLimits
) -> list[_Block]:
    """The blocks between head and foot; ruled tables are read by their cells."""
    for place, table in enumerate(tables):
        divided = divide_at(lines, table, height)
        if divided is not None:
            others = tables[place + 1 :]
            above, below = (
                _order_middle(part, height, others, signatures) for part in (divided.above, divided.below)
            )
            return [*above, divided.inside, *below]
    return _order_signed(lines, height, signatures)


def _order_signed(lines: list[Line], height: float, limits: SignatureLimits) -> list[_Block]:
    """The blocks of lines without ruled tables; signatures side by side are read one after the other."""
    rows = rows_of(lines, height)
    found = find_signatures(rows, height, limits)
    if found is None:
        return _order_body(lines, height)
    above, below = (
        [line for line in lines if id(line.words[0]) in {id(word) for row in part for word in row.words}]
        for part in (rows[: found.start], rows[found.end :])
    )
    return [*_order_body(above, height), *map(list, found.columns), *_order_signed(below, height, limits)]


def _order_body(lines: list[Line], height: float) -> list[_Block]:
    """The engine's blocks. Blocks side by side are merged and read row by row, except columns of prose."""
    blocks: dict[int, _Block] = {}
    for line in lines:
        blocks.setdefault(line.block, []).append(line)
    bands: list[list[_Block]] = []
    for block in blocks.values():
        beside = next((band for band in bands if any(_side_by_side(other, block) for other in band)), None)
        if beside is None:
            bands.append([block])
        else:
            beside.append(block)
    return [
        ordered
        for band in bands
        for ordered in (
            band
            if len(band) == 1 or all(map(_is_prose, band))
            else [rows_of((line for block in band for line in block), height)]
        )
    ]


def _side_by_side(a: _Block, b: _Block) -> bool:
    """Whether the blocks overlap vertically but not horizontally."""
    apart = max(line.box.right for line in a) <= min(line.box.left for line in b) or max(
        line.box.right for line in b
    ) <= min(line.box.left for line in a)
    shared = min(a[-1].box.bottom, b[-1].box.bottom) - max(a[0].box.top, b[0].box.top)
    return apart and shared > 0


def _is_prose(block: _Block) -> bool:
    """Whether the block is a column of running text: several lines, most of them full."""
    left, right = min(line.box.left for line in block), max(line.box.right for line in block)
    full = sum(line.box.right - left > 0.9 * (right - left) and len(line.words) >= 3 for line in block)
    return len(block) >= _PROSE_LINES and full >= _PROSE_FILL * (len(block) - 1)
