"""Boxes to tick (ô đánh dấu), empty □ or ticked ☑.

Tesseract's models have neither character, so a box is read as a letter (O, D, L]) or not at all. A box is a
small frame of four straight sides without gaps. Ink in it is a tick or a cross, unless it is a filled block
as in the corners of a QR code.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.raster import Raster, components, shrink
from scanflow.imaging.textmask import find_ink
from scanflow.model import Box, Word
from scanflow.ocr.layout.placement import insert_words
from scanflow.units import pixels_per_mm, points_per_pixel

EMPTY, TICKED = "□", "☑"

# Frames are looked for at the first resolution, or up to twice of it, and measured at the second one.
COARSE_DPI, WORKING_DPI = 100.0, 200.0
# Set by judgement; on 132 real and rendered pages without boxes none is found (docs/reading.md).
# Millimetres.
SMALLEST, LARGEST = 2.2, 6.5  # the length of a side
TOLERANCE = 0.3  # of both at the coarse resolution
SIDE = 0.6  # a side is looked for within this distance of the frame's edge
INSIDE = 0.8  # what is further than this from the edge is inside
AROUND = 2.0  # the margin around a frame in which it is measured
# Ratios and shares.
SQUARE = 1.25  # the longer side is at most so many times as long as the shorter one
WHOLE = 0.97  # least share of a side that is ink; between the strokes of an H less is
COARSE = 0.8  # the same at the coarse resolution
DIRT, TICK = 0.02, 0.04  # ink of the inside: up to the first it is empty, from the second on ticked
FULL = 0.6  # with more ink of the inside it is a black square
BLOCK = 0.85  # a piece of ink that covers at least this share of its own box is a filled block
MOST = 60  # frames of a page: what has more is a pattern, not boxes
SURE = 0.9  # the confidence that a box gets as a word


@dataclass(frozen=True, slots=True)
class TickBox:
    """The place of a box in points, and whether it is ticked."""

    box: Box
    ticked: bool


def find_tick_boxes(copy: Raster, dpi: float) -> list[TickBox]:
    """The boxes to tick on a grey upright page (h, w), from top to bottom."""
    small, small_dpi = shrink(copy, dpi, COARSE_DPI)
    frames = list(islice(_frames(find_ink(small, small_dpi), small_dpi), MOST + 1))
    if not frames or len(frames) > MOST:
        return []
    fine, fine_dpi = shrink(copy, dpi, WORKING_DPI)
    scale, around = points_per_pixel(fine_dpi), round(AROUND * pixels_per_mm(fine_dpi))
    found = []
    for frame in frames:
        left, top = (max(0, round(edge / scale) - around) for edge in (frame.left, frame.top))
        right, bottom = (round(edge / scale) + around for edge in (frame.right, frame.bottom))
        part = np.ascontiguousarray(fine[top:bottom, left:right])
        boxes = _boxes(find_ink(part, fine_dpi), fine_dpi)
        found += [replace(each, box=each.box.moved(left * scale, top * scale)) for each in boxes]
    return sorted(set(found), key=lambda each: each.box.top)


def _frames(ink: Raster, dpi: float) -> Iterator[Box]:
    """The places, in points, of what may be a box by its size and sides, at the coarse resolution."""
    mm, scale = pixels_per_mm(dpi), points_per_pixel(dpi)
    labels, stats = components(ink)
    for label in _of_size(stats, mm, SMALLEST - TOLERANCE, LARGEST + TOLERANCE):
        left, top, across, along, _ = stats[label].tolist()
        frame = labels[top : top + along, left : left + across] == label
        strips = (frame[:3], frame[-3:], frame[:, :3].T, frame[:, -3:].T)
        if all(_covered(strip) >= COARSE for strip in strips):
            yield Box(left * scale, top * scale, (left + across) * scale, (top + along) * scale)


def _of_size(stats: NDArray[np.int32], mm: float, least: float, most: float) -> list[int]:
    """The labels of the components that are about square, with sides of `least` to `most` millimetres.

    `mm`: pixels per millimetre.
    """
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    low, high = np.minimum(width, height), np.maximum(width, height)
    fits = (low >= least * mm) & (high <= most * mm) & (high <= SQUARE * low)
    fits[0] = False
    return [int(label) for label in np.flatnonzero(fits)]


def _boxes(ink: Raster, dpi: float) -> Iterator[TickBox]:
    """The boxes on a part of the page, with places in points of that part."""
    mm, scale = pixels_per_mm(dpi), points_per_pixel(dpi)
    labels, stats = components(ink)
    for label in _of_size(stats, mm, SMALLEST, LARGEST):
        left, top, across, along, _ = stats[label].tolist()
        part = np.s_[top : top + along, left : left + across]
        frame = labels[part] == label
        side = max(2, round(SIDE * mm))
        strips = (frame[:side], frame[-side:], frame[:, :side].T, frame[:, -side:].T)
        if not all(_covered(strip) >= WHOLE for strip in strips):
            continue
        edge = round(INSIDE * mm)
        inside = ink[part][edge:-edge, edge:-edge]
        share = float(inside.mean()) if inside.size else 1.0
        if share <= DIRT or (TICK <= share <= FULL and not _is_block(inside)):
            box = Box(left * scale, top * scale, (left + across) * scale, (top + along) * scale)
            yield TickBox(box, ticked=share >= TICK)


def _covered(strip: NDArray[np.bool_]) -> float:
    """The greatest share of ink in two neighbouring rows of a strip together.

    It is low for the curved sides of O and D.
    """
    pairs = strip[:-1] | strip[1:]
    return float(pairs.sum(axis=1).max() / pairs.shape[1])


def _is_block(inside: Raster) -> bool:
    """Whether the largest piece of ink is a filled rectangle."""
    _, stats = components(np.ascontiguousarray(inside))
    _, _, width, height, area = stats[1:][stats[1:, cv2.CC_STAT_AREA].argmax()].tolist()
    return bool(area >= BLOCK * width * height)


def insert_tick_boxes(words: Sequence[Word], boxes: Sequence[TickBox]) -> list[Word]:
    """The words, with each box as a word of its own in place of the letters that were read there.

    A page without words stays without.
    """
    result = list(words)
    for each in boxes:
        result = [word for word in result if not _is_in(word, each.box)]
        text = TICKED if each.ticked else EMPTY
        result = insert_words(result, [Word(text, each.box, SURE, 0, 0)]) if result else result
    return result


def _is_in(word: Word, box: Box) -> bool:
    """Whether a word of at most three characters was read at the place of the box."""
    return len(word.text) <= 3 and box.holds(word.box) and word.box.width <= 1.6 * box.width
