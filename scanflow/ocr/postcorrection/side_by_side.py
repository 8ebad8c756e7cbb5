"""Reads small pieces of print, such as single digits, side by side in one picture.

An engine often misreads a picture of one digit, but seldom a line of several.
"""

from collections.abc import Sequence

import numpy as np

from scanflow.imaging.raster import Raster, as_raster, cut_out
from scanflow.model import Box, Word
from scanflow.ocr.engines.base import LineEngine
from scanflow.units import POINTS_PER_MM, pixels_per_point

# Points.
SPACE = 3.0 * POINTS_PER_MM  # between two pieces in the picture that is read
EDGE = 0.7 * POINTS_PER_MM  # the margin around a piece
PAPER = 255

_Place = tuple[float, float]
"""The left and the right end of a piece in the picture, in pixels, with half of the space on each side."""


def read_side_by_side(
    boxes: Sequence[Box], copy: Raster, dpi: float, engine: LineEngine
) -> list[tuple[str, float]]:
    """The text in each box (points of the copy) and the engine's confidence; an empty text if it is unclear
    which of the words that were read belongs to the box.
    """
    picture, places = side_by_side(boxes, copy, dpi)
    found = engine.recognize_line(picture, dpi)
    return [_text_at(place, places, found, pixels_per_point(dpi)) for place in places]


def _text_at(
    place: _Place, places: Sequence[_Place], found: Sequence[Word], scale: float
) -> tuple[str, float]:
    """The text at a place and its confidence: the only word there, or its character of a longer word.

    The latter only if the word has as many characters as it covers places. Else the text is empty.
    """
    middle = sum(place) / 2 / scale
    over = [word for word in found if word.box.left <= middle <= word.box.right]
    if len(over) != 1:
        return "", 0.0
    word = over[0]
    covered = [each for each in places if word.box.left <= sum(each) / 2 / scale <= word.box.right]
    if len(covered) == 1:
        return word.text, word.confidence
    single = len(covered) == len(word.text)
    return (word.text[covered.index(place)] if single else ""), word.confidence


def side_by_side(
    boxes: Sequence[Box], copy: Raster, dpi: float, edge: float = EDGE, space: float = SPACE
) -> tuple[Raster, list[_Place]]:
    """The picture (grey, h, w) of the boxes' parts of the copy side by side, and the place of each in it.

    `edge` and `space` are in points. All parts have the same height and are aligned at the bottom.
    """
    scale = pixels_per_point(dpi)
    tallest = max(box.height for box in boxes) + 2 * edge
    height = round(tallest * scale)
    gap = np.full((height, round(space * scale)), PAPER, np.uint8)
    parts: list[Raster] = [gap]
    places = []
    at = float(gap.shape[1])
    for box in boxes:
        bottom = box.bottom + edge
        wanted = Box(box.left - edge / 2, bottom - tallest, box.right + edge / 2, bottom)
        part = np.full((height, round(wanted.width * scale)), PAPER, np.uint8)
        cut = cut_out(copy, wanted, scale)[-height:, : part.shape[1]]
        part[height - cut.shape[0] :, : cut.shape[1]] = cut
        parts += [part, gap]
        half = gap.shape[1] / 2
        places.append((at - half, at + part.shape[1] + half))
        at += part.shape[1] + gap.shape[1]
    return np.ascontiguousarray(as_raster(np.hstack(parts))), places
