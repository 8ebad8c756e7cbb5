"""Reads a page's number where it stands alone in the middle of the head or foot, and the engine lost it.

A digit alone is often read as a mark or not at all; which page of a paper this is tells where papers begin.
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

# Shares of the page: the height of head and foot, and how far from its middle the number's middle may be.
ZONE, OFF_MIDDLE = 0.1, 0.04
# Points: a digit's height, the width of a number, and the room around it that has no ink.
LOWEST, HIGHEST, WIDEST = 1.5 * POINTS_PER_MM, 4.0 * POINTS_PER_MM, 8.0 * POINTS_PER_MM
ROOM = 1.2 * POINTS_PER_MM
# What is lower is a dash beside the number, or dust.
DUST = 0.8 * POINTS_PER_MM

TIMES = 3
"""How often the number is put side by side."""
WAYS = ((2.0, 0.7, 0.6), (2.5, 0.5, 1.5), (1.5, 0.5, 0.6), (1.5, 0.9, 1.5), (2.0, 0.3, 0.6))
"""How much it is enlarged, and with what margin and space (millimetres): tried in turn until it is read.

Of 36 such ways on twelve digits, most of which the engine had lost, none gave a wrong number, the best nine.
"""
_NUMBER = re.compile(r"[1-9]\d{0,2}")
_UNLIKELY = "1"
"""Specks and cut letters look like it, and the first page's number is seldom printed."""


def read_page_number(words: Sequence[Word], copy: Raster, dpi: float, engine: LineEngine) -> list[Word]:
    """The words read from `copy` (grey, h, w), with a page number that was not read as one.

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
    """Whether what the engine read there may be right."""
    return word.kind != "print" or word.confidence >= engine.scale.unlikely


def _read(box: Box, copy: Raster, dpi: float, engine: LineEngine) -> tuple[str, float] | None:
    """The number in a box that is read the same each time, and how sure that is."""
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
    """The box of what is the only ink of its row in a zone, in the middle, and as large as a number."""
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
        off = abs((box.left + box.right) / 2 - middle / scale)
        if box.width <= WIDEST and off <= OFF_MIDDLE * part.shape[1] / scale:
            return box.moved(zone.left, zone.top)
    return None
