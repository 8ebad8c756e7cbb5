"""Numbers with one digit per box (ô chữ số), as forms have them for personal identity numbers.

An engine reads the borders as letters (`[0]9]3|0`), and digits that are so far apart as separate words. Here
a row of boxes is found by its vertical borders; its digits are put side by side in one picture and read as a
number. If the confidence is low (handwriting), only the borders are removed, and the digits are read with the
page.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster, as_raster, components, cut_out, distinct, shrink
from scanflow.imaging.textmask import find_ink
from scanflow.model import Box, Word
from scanflow.ocr.engines.base import LineEngine
from scanflow.units import POINTS_PER_INCH, POINTS_PER_MM, pixels_per_point

WORKING_DPI = 100.0  # boxes are looked for at this resolution or up to twice of it
# Lengths are in points; the values were set by judgement. A border is higher than the letters of the text,
# and a box is about as wide as high.
MIN_HEIGHT, MAX_HEIGHT, MAX_BORDER = 4.5 * POINTS_PER_MM, 12.0 * POINTS_PER_MM, 1.2 * POINTS_PER_MM
MIN_WIDTH, MAX_WIDTH = 3.5 * POINTS_PER_MM, 11.0 * POINTS_PER_MM
LEVEL = 1.5 * POINTS_PER_MM  # how far the ends of two neighbouring borders may differ
EVEN = 0.25  # how far the widths of a row's boxes may differ, as a share of their mean
SOUND = 0.85  # of the borders' height: a shorter border is broken
RULED = 0.5  # least share of a rule's length that is ink
MOST = 1000  # borders of a page: what has more is a pattern, not boxes
FEWEST = 4  # boxes of a row at least
MARGIN = 0.5 * POINTS_PER_MM  # around a border
GAP = 0.6 * POINTS_PER_MM  # between two digits in the picture that is read
SMALLEST = 1.0 * POINTS_PER_MM  # the least height of a digit; smaller ink is dirt
DEPTH = 50  # grey levels: ink is darker than the paper by more than this
PAPER = 255


def read_digit_boxes(copy: Raster, dpi: float, engine: LineEngine) -> tuple[Raster, list[Word]]:
    """Read the numbers in boxes on a grey upright page (h, w).

    Gives the page without the borders and without the digits that were read (the same raster if it has no
    boxes), and the numbers, with their boxes in points of the page.
    """
    small, small_dpi = shrink(copy, dpi, WORKING_DPI)
    rows = list(_rows(find_ink(small, small_dpi), pixels_per_point(small_dpi)))
    if not rows:
        return copy, []
    cleaned = copy.copy()
    numbers: list[Word] = []
    for row in rows:
        number = _read(row, copy, dpi, engine)
        numbers += [number] if number else []
        for place in [_around(row)] if number else _frames(row):
            cut_out(cleaned, place, pixels_per_point(dpi))[:] = PAPER
    return cleaned, numbers


# --- finding the boxes ------------------------------------------------------------------------------------


def _rows(ink: Raster, scale: float) -> Iterator[list[Box]]:
    """The borders of each row of boxes, left to right; `scale`: pixels of `ink` per point."""
    borders = _borders(ink, scale)
    if len(borders) <= FEWEST:
        return
    labels, stats = components(ink)
    taken: set[int] = set()
    for first, border in enumerate(borders):
        if first in taken:
            continue
        row = [border]
        for place in range(first + 1, len(borders)):
            if borders[place].left - row[-1].left > 2 * MAX_WIDTH:
                break
            if place not in taken and _follows(borders[place], row[-1], ink, scale):
                row.append(borders[place])
                taken.add(place)
        framed = len(row) > FEWEST and _is_framed(row, labels, stats, scale)
        if framed and (whole := _whole(row, ink, scale)):
            yield whole


def _is_framed(row: Sequence[Box], labels: NDArray[np.int32], stats: NDArray[np.int32], scale: float) -> bool:
    """Whether one piece of ink connects the borders over at least half of the row.

    The vertical strokes of a large title's letters are as high and as evenly spaced, but not connected.
    """
    widest = 0
    for border in row:
        left, top, right, bottom = (
            round(edge * scale) for edge in (border.left, border.top, border.right, border.bottom)
        )
        found = distinct(labels[top:bottom, left : max(left + 1, right)])
        widest = max(widest, *stats[found[found > 0], cv2.CC_STAT_WIDTH].tolist(), 0)
    return widest >= 0.5 * (row[-1].right - row[0].left) * scale


def _borders(ink: Raster, scale: float) -> list[Box]:
    """The vertical strokes that are as high as a box, left to right."""
    shortest = cv2.getStructuringElement(cv2.MORPH_RECT, (1, round(MIN_HEIGHT * scale)))
    upright = as_raster(cv2.morphologyEx(ink, cv2.MORPH_OPEN, shortest))
    if not upright.any():
        return []
    _, stats = components(upright)
    boxes = [
        Box(left / scale, top / scale, (left + width) / scale, (top + height) / scale)
        for left, top, width, height, _ in stats[1:].tolist()
    ]
    strokes = [box for box in boxes if box.width <= MAX_BORDER and box.height <= MAX_HEIGHT]
    return sorted(strokes, key=lambda box: box.left) if len(strokes) <= MOST else []


def _follows(border: Box, last: Box, ink: Raster, scale: float) -> bool:
    """Whether a border is level with another one and follows it after one box, or two where a border is
    missing.
    """
    level = abs(border.top - last.top) <= LEVEL and abs(border.bottom - last.bottom) <= LEVEL
    step = border.left - last.left
    return level and step >= MIN_WIDTH and any(_ruled(last, step, ink, scale))


def _whole(row: Sequence[Box], ink: Raster, scale: float) -> list[Box] | None:
    """The row with its missing borders added.

    None if the boxes have different widths, or if the rules continue beyond the row, as in a table.
    """
    height = median(border.height for border in row)
    sound = [border for border in row if border.height >= SOUND * height]
    width = median(other.left - one.left for one, other in pairwise(sound))
    whole = sound[:1]
    for one, other in pairwise(sound):
        boxes = round((other.left - one.left) / width)
        if boxes not in {1, 2} or abs(other.left - one.left - boxes * width) > EVEN * width:
            return None
        lost = [one.moved((other.left - one.left) / 2, (other.top - one.top) / 2)] if boxes == 2 else []
        whole += [*lost, other]
    for end in (-1, 0):
        step = width if end else -width
        if all(_ruled(whole[end], step, ink, scale)):
            further = whole[end].moved(step, 0)
            if all(_ruled(further, step, ink, scale)):
                return None
            whole.insert(len(whole) if end else 0, further)
    return whole if MIN_WIDTH <= width <= MAX_WIDTH and len(whole) > FEWEST else None


def _ruled(border: Box, step: float, ink: Raster, scale: float) -> tuple[bool, bool]:
    """Whether rules above and below connect a border with the next one, `step` points to its right (left, if
    negative): above, below.
    """
    near, far = sorted((border.left + 0.2 * step, border.left + 0.8 * step))
    columns = slice(max(0, round(near * scale)), round(far * scale))
    above, below = (
        ink[max(0, round((edge - LEVEL) * scale)) : round((edge + LEVEL) * scale), columns]
        for edge in (border.top, border.bottom)
    )
    return _is_rule(above), _is_rule(below)


def _is_rule(strip: Raster) -> bool:
    return bool(strip.size and strip.mean(axis=1).max() > RULED)


def _around(row: Sequence[Box]) -> Box:
    return Box(
        row[0].left - MARGIN,
        min(border.top for border in row) - MARGIN,
        row[-1].right + MARGIN,
        max(border.bottom for border in row) + MARGIN,
    )


def _frames(row: Sequence[Box]) -> Iterator[Box]:
    """The places of the four borders of each box."""
    for border in row:
        yield Box(border.left - MARGIN, border.top - MARGIN, border.right + MARGIN, border.bottom + MARGIN)
    for one, other in pairwise(row):
        for edge in ((one.top + other.top) / 2, (one.bottom + other.bottom) / 2):
            yield Box(one.left, edge - MARGIN, other.right, edge + MARGIN)


# --- reading the digits -------------------------------------------------------------------------------


def _read(row: Sequence[Box], copy: Raster, dpi: float, engine: LineEngine) -> Word | None:
    """The row's number, one digit for each box with ink.

    None if the engine reads something else, or if its confidence is low.
    """
    digits = list(_digits(row, copy, dpi))
    if len(digits) < FEWEST:
        return None
    space = np.full((digits[0].shape[0], round(GAP * dpi / POINTS_PER_INCH)), PAPER, np.uint8)
    picture = np.hstack([space, *(piece for digit in digits for piece in (digit, space))])
    words = engine.recognize_line(np.ascontiguousarray(picture), dpi)
    text = "".join(word.text for word in words)
    confidence = min((word.confidence for word in words), default=0.0)
    if len(text) != len(digits) or not text.isdecimal() or confidence < engine.scale.sure_digits:
        return None
    return Word(text, _around(row), confidence, 0, 0)


def _digits(row: Sequence[Box], copy: Raster, dpi: float) -> Iterator[Raster]:
    """The picture of the ink in each box that has any, without dirt; all of the same height."""
    top = max(border.top for border in row) + MARGIN
    bottom = min(border.bottom for border in row) - MARGIN
    for one, other in pairwise(row):
        place = Box(one.right + MARGIN, top, other.left - MARGIN, bottom)
        inside = cut_out(copy, place, pixels_per_point(dpi))
        if not inside.size:
            continue
        labels, stats = components(as_raster(inside < np.median(inside) - DEPTH))
        large = stats[:, cv2.CC_STAT_HEIGHT] >= SMALLEST * dpi / POINTS_PER_INCH
        large[0] = False
        kept = np.take(large, labels)
        columns = np.flatnonzero(kept.any(axis=0))
        if len(columns):
            digit = np.where(kept | (labels == 0), inside, np.uint8(PAPER))
            yield digit[:, columns[0] : columns[-1] + 1]
