"""A page read line by line: sure lines by the network, all at once, the others by Tesseract.

Tesseract cuts the page into pieces of lines, and each piece's picture is the one that it would give to the
network itself, but for a pixel above and below. So both read the same in nearly all pieces, and the page's
words keep their order and their numbers.
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

from scanflow.imaging.raster import Raster, as_raster
from scanflow.model import Box, Word
from scanflow.ocr.engines.line_network.forward import outputs_of
from scanflow.ocr.engines.line_network.image import WIDEST, network_input, scaled_width
from scanflow.ocr.engines.line_network.search import ReadWord, words_of
from scanflow.ocr.engines.line_network.weights import HEIGHT, POOL, Network
from scanflow.ocr.engines.tesseract_items import numbered_words
from scanflow.text.normalization import normalize
from scanflow.units import points_per_pixel

_LATE = 1  # steps by which a space is said before its middle
_PADDING = 4  # pixels that Tesseract adds around a piece
_SMALLEST = 3  # pixels of a piece's height and width
_FIRST_PICTURE = tesserocr.PT.FLOWING_IMAGE  # kinds of blocks from here on are no text
_STEEP, _LONG_PIECE = 0.012, 5.0  # slope of a mixed row; multiple of the height from which it is looked at
_LEAST_READ = 0.65  # share of the pieces' width that is kept; with less Tesseract reads the whole page
_BESIDE = 1  # words on each side of a doubtful one that are read again with it
# Multiples of a piece's height.
_FLAT, _LONG = 0.25, 3.0  # lower and longer ink is a rule
_HIGH = 0.6  # higher ink is the line's own, although it ends at the picture's edge
_OVER = 0.5  # ink that reaches further into another word is no letter

ReadLine = Callable[[Raster, float], list[Word]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the network may read: pieces in which each word has a confidence of `sure` at least; of pages with
    mixed rows nothing, unless `mixed_rows`.

    A row is mixed where Tesseract took print and a stamp beside it for one line. The base line is steep then,
    and the pictures that Tesseract would cut from such rows are known too roughly: what is left of a stamp is
    hard to read, and a stamp that isn't recognized as one is taken for text.
    """

    sure: float
    mixed_rows: bool


# Measured on real pages (docs/decisions/0016-what-reading-tried.md).
USUAL, QUICK = Limits(0.8, mixed_rows=False), Limits(0.2, mixed_rows=True)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line: its ink, and its picture, in pixels (left, top, right, bottom)."""

    ink: tuple[int, int, int, int]
    picture: tuple[int, int, int, int]
    block: int
    line: int

    def of(self, page: Raster) -> Raster:
        left, top, right, bottom = self.picture
        return np.ascontiguousarray(page[top:bottom, left:right])


@dataclass(frozen=True, slots=True)
class _Span:
    """A word and where it stands from left to right, in pixels of the page."""

    text: str
    confidence: float
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring words of a piece, with their part of it; `again`: whether they are to be read again."""

    part: Piece
    spans: Sequence[_Span]
    again: bool

    @property
    def width(self) -> int:
        return self.part.picture[2] - self.part.picture[0]


def use_one_blas_thread() -> None:
    """Let BLAS work on one thread from here on, also in processes that are forked from this one.

    Several take many times the CPU for matrices of this size, and pages are read in parallel anyway.
    """
    # A confined process may not look for its libraries; the one that it was forked from has done it.
    with suppress(PermissionError):
        threadpool_limits(1, user_api="blas")


class PageReader:
    """Reads pages with a network, on one thread of BLAS."""

    def __init__(self, network: Network) -> None:
        use_one_blas_thread()
        self._network = network

    def read(
        self, api: tesserocr.PyTessBaseAPI, page: Raster, dpi: float, read_line: ReadLine, limits: Limits
    ) -> list[Word] | None:
        """The words of the page that was given to `api`; `read_line` reads pieces that the network can't.

        None if the whole page must be read otherwise: it has turned text or mixed rows, or little of it is
        sure.
        """
        pieces = _pieces(api, page.shape, mixed_rows=limits.mixed_rows)
        if pieces is None:
            return None
        read = self._words_of([piece.of(page) for piece in pieces])
        runs = [
            _runs(piece, _spans(piece, words), limits.sure) for piece, words in zip(pieces, read, strict=True)
        ]
        everything = [run for of_piece in runs for run in of_piece]
        kept = sum(run.width for run in everything if not run.again)
        if kept < _LEAST_READ * sum(run.width for run in everything):
            return None
        ink = _ink(page)
        found: list[Word] = []
        for piece, of_piece in zip(pieces, runs, strict=True):
            spans: list[_Span] = []
            for run in of_piece:
                spans += _read_again(run.part, page, dpi, read_line) if run.again else run.spans
            found += _placed(piece, piece.of(ink), spans, points_per_pixel(dpi))
        return found

    def read_lines(self, lines: Sequence[Raster], dpi: float) -> list[list[Word]]:
        """The words of pictures that hold one line each, with boxes in points of their picture."""
        whole = [(0, 0, line.shape[1], line.shape[0]) for line in lines]
        pieces = [Piece(box, box, 0, 0) for box in whole]
        return [
            list(_placed(piece, _ink(line), _spans(piece, words), points_per_pixel(dpi)))
            for piece, line, words in zip(pieces, lines, self._words_of(lines), strict=True)
        ]

    def _words_of(self, lines: Sequence[Raster]) -> list[list[ReadWord]]:
        """The network's words of each line; none where the line is too wide for it."""
        narrow = [number for number, line in enumerate(lines) if scaled_width(*line.shape) <= WIDEST]
        outputs = outputs_of(self._network, [network_input(lines[number]) for number in narrow])
        read: list[list[ReadWord]] = [[] for _ in lines]
        for number, of_line in zip(narrow, outputs, strict=True):
            read[number] = words_of(self._network, of_line)
        return read


def _ink(page: Raster) -> Raster:
    """255 where ink is, by the threshold that Tesseract chooses."""
    return as_raster(cv2.threshold(page, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)[1])


def _pieces(api: tesserocr.PyTessBaseAPI, shape: tuple[int, ...], *, mixed_rows: bool) -> list[Piece] | None:
    """The pieces of lines that Tesseract would recognize, in its order; None where text is turned, or where
    there is a mixed row and there must be none.
    """
    if api.AnalyseLayout(merge_similar_words=True) is None:
        return []
    items, level = api.GetIterator(), tesserocr.RIL.WORD
    items.SetBoundingBoxComponents(True, True)  # with marks that stand above and below
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
    """Where the base line is in the middle of a piece, in pixels from above, and its slope."""
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
    """The box with room for the row's high and low letters, and with Tesseract's padding."""
    left, top, right, bottom = box
    if baseline is not None:
        row = item.RowAttributes()  # its height is that of small letters, high and low ones together
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


def _runs(piece: Piece, spans: Sequence[_Span], sure: float) -> list[_Run]:
    """The piece cut between its words: those below `sure` and their neighbours are to be read again."""
    if not spans:
        return [_Run(piece, (), again=True)]
    left, top, right, bottom = piece.picture
    cuts = [left, *(int((one.right + other.left) / 2) for one, other in pairwise(spans)), right]
    unsure = [span.confidence < sure for span in spans]
    doubtful = [any(unsure[max(0, number - _BESIDE) : number + _BESIDE + 1]) for number in range(len(spans))]
    found: list[_Run] = []
    for again, run in groupby(range(len(spans)), key=doubtful.__getitem__):
        numbers = list(run)
        first, end = numbers[0], numbers[-1] + 1
        part = replace(piece, picture=(cuts[first], top, cuts[end], bottom))
        found.append(_Run(part, spans[first:end], again))
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


def _placed(piece: Piece, ink: Raster, spans: Sequence[_Span], scale: float) -> Iterator[Word]:
    """The words with the boxes of their ink, in points. `ink`: the piece's picture, 255 where ink is."""
    spans = [span for span in spans if span.text]
    if not spans:
        return
    letters = _letters(piece, ink)
    middles = (letters[:, 0] + letters[:, 2]) / 2
    left, top, right, bottom = piece.ink
    # Tesseract's word in a line's picture may be given the whole line: then the next one's left edge counts.
    edges = [left, *((min(one.right, other.left) + other.left) / 2 for one, other in pairwise(spans)), right]
    firsts = np.searchsorted(middles, edges[1:-1])
    for number, (span, first, end) in enumerate(
        zip(spans, (0, *firsts), (*firsts, len(letters)), strict=True)
    ):
        low, high = edges[number], max(edges[number + 1], edges[number] + 1)
        own = letters[first:end]
        over = np.maximum(low - own[:, 0], own[:, 2] - high) > _OVER * (bottom - top)
        box = (low, top, high, bottom)
        if not over.all():  # what reaches far into other words is no letter of this one
            own = own[~over]
            box = (own[:, 0].min(), max(top, own[:, 1].min()), own[:, 2].max(), min(bottom, own[:, 3].max()))
        yield Word(
            span.text, Box(*(float(edge * scale) for edge in box)), span.confidence, piece.block, piece.line
        )


def _letters(piece: Piece, ink: Raster) -> NDArray[np.int32]:
    """The boxes (n, 4) of the piece's connected ink in pixels of the page, from left to right.

    Ink of the lines above and below that reaches into the picture is left out, and so are rules.
    """
    # With fewer places for labels than 16 bits can count, which takes a third of the time.
    kind = cv2.CV_16U if ink.size < 4 * 0xFFFF else cv2.CV_32S
    stats = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=kind)[2][1:]
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
