"""Reads a page: the network reads all lines at once, and Tesseract reads uncertain words again.

Tesseract's layout analysis cuts the page into pieces of lines. The picture of each piece is the one that
Tesseract would give to its own network, except for a pixel above or below. So both read the same in nearly
all pieces, and the words have the order, blocks and lines that Tesseract would give them.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from math import ceil

import cv2
import numpy as np
import tesserocr
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scanflow.imaging.raster import Raster, as_raster, components
from scanflow.model import Box, Word
from scanflow.ocr.engines.line_network.forward import outputs_of
from scanflow.ocr.engines.line_network.image import WIDEST, network_input, scaled_width
from scanflow.ocr.engines.line_network.search import ReadWord, words_of
from scanflow.ocr.engines.line_network.weights import HEIGHT, POOL, Network
from scanflow.ocr.engines.tesseract_items import numbered_words
from scanflow.text.normalization import normalize
from scanflow.units import points_per_pixel

# Where no evidence is named, a value was set by judgement; docs/decisions/0016-what-reading-tried.md has what
# the whole was measured to give.
_LATE = 1  # steps by which the network outputs a space before its middle
_PADDING = 4  # pixels that Tesseract adds around a piece
_SMALLEST = 3  # pixels: least height and width of a piece
_FIRST_PICTURE = tesserocr.PT.FLOWING_IMAGE  # block types from this one on are not text
# A row is mixed (see `Limits`) if the base line of a piece that is at least _LONG_PIECE times as long as high
# has a slope above _STEEP.
_STEEP, _LONG_PIECE = 0.012, 5.0
# The least share of the pieces' width in which the network's words are kept; with less, Tesseract reads the
# whole page. Of seven pages near it, six below lose eight words together, one above gains five (decision 16).
_LEAST_READ = 0.65
# Words on each side of an uncertain one that are read again with it. On 17 real pages 0, 1, 2 and 3 give 159,
# 149, 151 and 149 wrong words (decision 16).
_BESIDE = 1
# Multiples of a piece's height.
_FLAT, _LONG = 0.25, 3.0  # ink that is lower and longer is a rule
_HIGH = 0.6  # ink that is higher belongs to the line, although it touches the picture's edge
_OVER = 0.5  # ink that reaches further into another word is not a letter of this one

ReadLine = Callable[[Raster, float], list[Word]]
"""Reads the raster of a line at a resolution in dpi."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Which of the network's words are kept.

    `sure`: the least confidence; words below it, and their neighbours, are read again by Tesseract.
    `mixed_rows`: whether pages with mixed rows are read by the network at all. A row is mixed where Tesseract
    took print and a stamp beside it for one line. Its base line is steep, so that the picture that Tesseract
    would cut is known less exactly; then words of the stamp are misread, the stamp is not found, and its
    words remain in the text.
    """

    sure: float
    mixed_rows: bool


# Chosen on real pages (docs/decisions/0016-what-reading-tried.md). QUICK is for `[ocr] fast`.
USUAL, QUICK = Limits(0.8, mixed_rows=False), Limits(0.2, mixed_rows=True)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line, as Tesseract would recognize it at once.

    `ink`: the box of its letters, `picture`: what is given to the network, both in pixels of the page (left,
    top, right, bottom).
    """

    ink: tuple[int, int, int, int]
    picture: tuple[int, int, int, int]
    block: int
    line: int

    def of(self, page: Raster) -> Raster:
        left, top, right, bottom = self.picture
        return np.ascontiguousarray(page[top:bottom, left:right])


@dataclass(frozen=True, slots=True)
class _Span:
    """A word with its left and right edge in pixels of the page."""

    text: str
    confidence: float
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class _Group:
    """Neighbouring words of a piece; `part` is the piece cut to them; `again`: Tesseract is to read them."""

    part: Piece
    spans: Sequence[_Span]
    again: bool

    @property
    def width(self) -> int:
        return self.part.picture[2] - self.part.picture[0]


def use_one_blas_thread() -> None:
    """Let BLAS use one thread from now on, also in processes that are forked from this one.

    For matrices of this size several threads take eight times the CPU, and pages are read in parallel
    processes anyway.
    """
    # A confined process may not list its libraries; the process that it was forked from has set the limit.
    with suppress(PermissionError):
        threadpool_limits(1, user_api="blas")


class PageRecognizer:
    """Reads pages and lines with a network."""

    def __init__(self, network: Network) -> None:
        use_one_blas_thread()
        self._network = network

    def read(
        self, api: tesserocr.PyTessBaseAPI, page: Raster, dpi: float, read_line: ReadLine, limits: Limits
    ) -> list[Word] | None:
        """The words of a grey page (h, w) that was already given to `api`; boxes in points.

        `read_line` reads again what the network is not sure of. None if Tesseract is to read the whole page:
        it has rotated text or mixed rows, or the network is sure of too little.
        """
        pieces = _pieces(api, page.shape, mixed_rows=limits.mixed_rows)
        if pieces is None:
            return None
        read = self._words_of([piece.of(page) for piece in pieces])
        groups = [
            _groups(piece, _spans(piece, words), limits.sure)
            for piece, words in zip(pieces, read, strict=True)
        ]
        everything = [group for of_piece in groups for group in of_piece]
        kept = sum(group.width for group in everything if not group.again)
        if kept < _LEAST_READ * sum(group.width for group in everything):
            return None
        ink = _ink(page)
        found: list[Word] = []
        for piece, of_piece in zip(pieces, groups, strict=True):
            spans: list[_Span] = []
            for group in of_piece:
                spans += _read_again(group.part, page, dpi, read_line) if group.again else group.spans
            found += _words_with_boxes(piece, piece.of(ink), spans, points_per_pixel(dpi))
        return found

    def read_lines(self, lines: Sequence[Raster], dpi: float) -> list[list[Word]]:
        """The words of pictures that hold one line each, with boxes in points of their picture."""
        whole = [(0, 0, line.shape[1], line.shape[0]) for line in lines]
        pieces = [Piece(box, box, 0, 0) for box in whole]
        return [
            list(_words_with_boxes(piece, _ink(line), _spans(piece, words), points_per_pixel(dpi)))
            for piece, line, words in zip(pieces, lines, self._words_of(lines), strict=True)
        ]

    def _words_of(self, lines: Sequence[Raster]) -> list[list[ReadWord]]:
        """The network's words of each line; none where the scaled line is wider than `WIDEST`."""
        narrow = [number for number, line in enumerate(lines) if scaled_width(*line.shape) <= WIDEST]
        outputs = outputs_of(self._network, [network_input(lines[number]) for number in narrow])
        read: list[list[ReadWord]] = [[] for _ in lines]
        for number, of_line in zip(narrow, outputs, strict=True):
            read[number] = words_of(self._network, of_line)
        return read


def _ink(page: Raster) -> Raster:
    """255 where ink is, by Otsu's threshold, as Tesseract has it."""
    return as_raster(cv2.threshold(page, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)[1])


def _pieces(api: tesserocr.PyTessBaseAPI, shape: tuple[int, ...], *, mixed_rows: bool) -> list[Piece] | None:
    """The pieces of lines that Tesseract would recognize, in its order.

    None if there is rotated text, or a mixed row while `mixed_rows` is false.
    """
    if api.AnalyseLayout(merge_similar_words=True) is None:
        return []
    items, level = api.GetIterator(), tesserocr.RIL.WORD
    items.SetBoundingBoxComponents(True, True)  # boxes with the marks above and below letters
    pieces: list[Piece] = []
    for block, line, item in numbered_words(items):
        box = item.BoundingBoxInternal(level)
        if box is None or item.BlockType() >= _FIRST_PICTURE:
            continue
        if item.Orientation()[0] != tesserocr.Orientation.PAGE_UP:
            return None
        width, height = box[2] - box[0], box[3] - box[1]
        baseline = _baseline(item)
        if not mixed_rows and width > _LONG_PIECE * height and baseline and abs(baseline[1]) > _STEEP:
            return None
        if min(width, height) >= _SMALLEST:
            pieces.append(Piece(box, _picture(item, box, baseline, shape), block, line))
    return pieces


def _baseline(item: tesserocr.PyResultIterator) -> tuple[float, float] | None:
    """The y coordinate of the base line in the middle of a piece, in pixels of the page, and its slope."""
    ends = item.Baseline(tesserocr.RIL.WORD)
    if ends is None:
        return None
    (first, first_y), (last, last_y) = ends
    return (first_y + last_y) / 2, (last_y - first_y) / max(1, last - first)


def _picture(
    item: tesserocr.PyResultIterator,
    box: tuple[int, int, int, int],
    baseline: tuple[float, float] | None,
    shape: tuple[int, ...],
) -> tuple[int, int, int, int]:
    """The box, extended to the row's ascenders and descenders, and with Tesseract's padding."""
    left, top, right, bottom = box
    if baseline is not None:
        row = item.RowAttributes()  # `row_height` is that of x-height, ascenders and descenders together
        lowest = baseline[0] - row["descenders"]
        top = min(top, ceil(lowest - row["row_height"]))
        bottom = max(bottom, ceil(lowest))
    return (
        max(0, left - _PADDING),
        max(0, top - _PADDING),
        min(shape[1], right + _PADDING),
        min(shape[0], bottom + _PADDING),
    )


def _height(piece: Piece) -> int:
    return piece.picture[3] - piece.picture[1]


def _spans(piece: Piece, words: Sequence[ReadWord]) -> list[_Span]:
    step = POOL * _height(piece) / HEIGHT
    return [
        _Span(
            normalize(word.text).strip(),
            word.confidence,
            piece.picture[0] + (word.first + _LATE) * step,
            piece.picture[0] + (word.end + _LATE) * step,
        )
        for word in words
    ]


def _groups(piece: Piece, spans: Sequence[_Span], sure: float) -> list[_Group]:
    """The piece cut between its words: those below `sure` and their neighbours are to be read again."""
    if not spans:
        return [_Group(piece, (), again=True)]
    left, top, right, bottom = piece.picture
    cuts = [left, *(int((one.right + other.left) / 2) for one, other in pairwise(spans)), right]
    unsure = [span.confidence < sure for span in spans]
    doubtful = [any(unsure[max(0, number - _BESIDE) : number + _BESIDE + 1]) for number in range(len(spans))]
    found: list[_Group] = []
    for again, group in groupby(range(len(spans)), key=doubtful.__getitem__):
        numbers = list(group)
        first, end = numbers[0], numbers[-1] + 1
        part = replace(piece, picture=(cuts[first], top, cuts[end], bottom))
        found.append(_Group(part, spans[first:end], again))
    return found


def _read_again(piece: Piece, page: Raster, dpi: float, read_line: ReadLine) -> list[_Span]:
    scale = points_per_pixel(dpi)
    left, _, right, _ = piece.picture
    if right - left < _SMALLEST:
        return []
    return [
        _Span(word.text, word.confidence, left + word.box.left / scale, left + word.box.right / scale)
        for word in read_line(piece.of(page), dpi)
    ]


def _words_with_boxes(piece: Piece, ink: Raster, spans: Sequence[_Span], scale: float) -> Iterator[Word]:
    """The words with the boxes of their ink in points. `ink`: the mask (255) of the piece's picture; `scale`:
    points per pixel.
    """
    spans = [span for span in spans if span.text]
    if not spans:
        return
    letters = _letters(piece, ink)
    middles = (letters[:, 0] + letters[:, 2]) / 2
    left, top, right, bottom = piece.ink
    # Tesseract may give a word in a line's picture the box of the whole line; so a word ends at the latest
    # where the next one begins.
    edges = [left, *((min(one.right, other.left) + other.left) / 2 for one, other in pairwise(spans)), right]
    firsts = np.searchsorted(middles, edges[1:-1])
    for number, (span, first, end) in enumerate(
        zip(spans, (0, *firsts), (*firsts, len(letters)), strict=True)
    ):
        low, high = edges[number], max(edges[number + 1], edges[number] + 1)
        own = letters[first:end]
        over = np.maximum(low - own[:, 0], own[:, 2] - high) > _OVER * (bottom - top)
        box = (low, top, high, bottom)
        if not over.all():  # ink that reaches far into other words is not a letter of this one
            own = own[~over]
            box = (own[:, 0].min(), max(top, own[:, 1].min()), own[:, 2].max(), min(bottom, own[:, 3].max()))
        yield Word(
            span.text, Box(*(float(edge * scale) for edge in box)), span.confidence, piece.block, piece.line
        )


def _letters(piece: Piece, ink: Raster) -> NDArray[np.int32]:
    """The boxes (n, 4) of the piece's connected components in pixels of the page, from left to right.

    Rules are left out, and ink of the lines above and below that reaches into the picture.
    """
    stats = components(ink)[1][1:]
    x, y, width, height = stats[:, :4].T
    left, top, right, bottom = piece.ink
    across, middle = x + width / 2 + piece.picture[0], y + height / 2 + piece.picture[1]
    inside = (middle >= top) & (middle <= bottom) & (across >= left) & (across <= right)
    whole = ((y > 0) & (y + height < ink.shape[0])) | (height > _HIGH * ink.shape[0])
    rule = (height < _FLAT * (bottom - top)) & (width > _LONG * (bottom - top))
    used = np.flatnonzero(inside & whole & ~rule)
    used = used[np.argsort(across[used])]
    boxes = np.stack([x, y, x + width, y + height], 1)[used]
    offset = np.array([*piece.picture[:2], *piece.picture[:2]], np.int32)
    return np.asarray(boxes + offset, np.int32)
