"""Reads a page's number that stands alone in the middle of the head or foot and that the engine left out.

A single digit is often misread or not read at all. Page numbers matter because they tell where papers begin.
"""

import re
from collections.abc import Sequence

import cv2
import numpy as np

from scanflow.imaging.raster import Raster, as_raster, components, cut_out
from scanflow.imaging.textmask import find_ink
from scanflow.model import Box, Word
from scanflow.ocr.engines.base import LineEngine
from scanflow.ocr.layout.placement import insert_words
from scanflow.ocr.postcorrection.side_by_side import side_by_side
from scanflow.units import POINTS_PER_MM, pixels_per_point

# Shares of the page, set by judgement: the height of head and foot; how far from the middle of the page's
# width the number's centre may be.
ZONE, OFF_MIDDLE = 0.1, 0.04
# Points, set by judgement: a digit's height, a number's width, and the empty margin around it.
LOWEST, HIGHEST, WIDEST = 1.5 * POINTS_PER_MM, 4.0 * POINTS_PER_MM, 8.0 * POINTS_PER_MM
ROOM = 1.2 * POINTS_PER_MM
DUST = 0.8 * POINTS_PER_MM  # lower ink is a dash beside the number, or dust

TIMES = 3
"""How many copies of the number are put side by side in the picture that is read."""
WAYS = ((2.0, 0.7, 0.6), (2.5, 0.5, 1.5), (1.5, 0.5, 0.6), (1.5, 0.9, 1.5), (2.0, 0.3, 0.6))
"""Ways to make that picture, tried in turn until one is read: factor of enlargement, margin and space in mm.

Of 36 ways that were tried on twelve digits, most of which the engine had left out, none gave a wrong number;
the best read nine.
"""
_NUMBER = re.compile(r"[1-9]\d{0,2}")
_UNLIKELY = "1"
"""This number is taken only where the engine had read something: specks and parts of letters look like it,
and the first page's number is seldom printed.
"""


def read_page_number(words: Sequence[Word], copy: Raster, dpi: float, engine: LineEngine) -> list[Word]:
    """The words read from `copy` (grey, h, w), with its page number inserted if that was left out or misread.

    Boxes are in points of the copy.
    """
    scale = pixels_per_point(dpi)
    width, height = copy.shape[1] / scale, copy.shape[0] / scale
    zone = ZONE * height
    for top in (0.0, height - zone):
        box = _lone_ink(copy, Box(0.0, top, width, top + zone), dpi)
        if box is None:
            continue
        beside = [word for word in words if word.box.is_on_row_of(box)]
        over = [word for word in beside if box.holds(word.box) or word.box.holds(box)]
        if len(beside) > len(over) or any(_is_kept(word, engine) for word in over):
            continue
        number = _read(box, copy, dpi, engine)
        if number and (over or number[0] != _UNLIKELY):
            others = [word for word in words if word not in over]
            return insert_words(others, [Word(number[0], box, number[1], 0, 0)])
    return list(words)


def _is_kept(word: Word, engine: LineEngine) -> bool:
    """Whether a word that the engine read there may be right."""
    return word.kind != "print" or word.confidence >= engine.scale.unlikely


def _read(box: Box, copy: Raster, dpi: float, engine: LineEngine) -> tuple[str, float] | None:
    """The number in a box, if all its copies are read alike and surely, and the engine's confidence."""
    around = Box(box.left - ROOM, box.top - ROOM, box.right + ROOM, box.bottom + ROOM)
    scale = pixels_per_point(dpi)
    cut = cut_out(copy, around, scale)
    moved = box.moved(-max(0, round(around.left * scale)) / scale, -max(0, round(around.top * scale)) / scale)
    for factor, edge, space in WAYS:
        larger = as_raster(cv2.resize(cut, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR))
        margins = edge * POINTS_PER_MM, space * POINTS_PER_MM
        picture, _ = side_by_side([moved] * TIMES, larger, factor * dpi, *margins)
        words = engine.recognize_line(picture, factor * dpi)
        text = "".join(word.text for word in words)
        number = text[: len(text) // TIMES]
        if not words or text != number * TIMES or not _NUMBER.fullmatch(number):
            continue
        sure = min(word.confidence for word in words)
        if sure >= engine.scale.sure_digits:
            return number, sure
    return None


def _lone_ink(copy: Raster, zone: Box, dpi: float) -> Box | None:
    """The box of ink in the middle of a zone that is the only one in its row and as large as a number."""
    scale = pixels_per_point(dpi)
    part = cut_out(copy, zone, scale)
    if not part.size:
        return None
    _, stats = components(find_ink(part, dpi))
    pieces = stats[1:][stats[1:, cv2.CC_STAT_HEIGHT] >= DUST * scale]
    if not len(pieces):
        return None
    left, top = pieces[:, cv2.CC_STAT_LEFT], pieces[:, cv2.CC_STAT_TOP]
    right, bottom = left + pieces[:, cv2.CC_STAT_WIDTH], top + pieces[:, cv2.CC_STAT_HEIGHT]
    middle, reach = part.shape[1] / 2, OFF_MIDDLE * part.shape[1] + WIDEST * scale / 2
    central = (left >= middle - reach) & (right <= middle + reach)
    high = (bottom - top >= LOWEST * scale) & (bottom - top <= HIGHEST * scale)
    for first in np.flatnonzero(central & high):
        row = (bottom > top[first] - ROOM * scale) & (top < bottom[first] + ROOM * scale)
        if not (central & high)[row].all():
            continue
        edges = left[row].min(), top[row].min(), right[row].max(), bottom[row].max()
        box = Box(*(float(edge) / scale for edge in edges))
        off = abs(box.centre_x - middle / scale)
        if box.width <= WIDEST and off <= OFF_MIDDLE * part.shape[1] / scale:
            return box.moved(zone.left, zone.top)
    return None
