"""A page's geometry: orientation and skew as the source states them, corrected by the page's lines and the
engine.
"""

import math
from dataclasses import replace

import numpy as np

from scanflow.imaging.geometry.orientation import SURE, find_rotation
from scanflow.imaging.geometry.skew import find_skew
from scanflow.imaging.geometry.upright import to_upright, upright_matrix, upright_size
from scanflow.model import Geometry
from scanflow.recognition.state import Run, Sheet
from scanflow.units import pixels_per_mm

KEEPS_SIZE = 10.0
"""Degrees of skew up to which the upright page has the captured page's size: only margins are rotated out of
it. Set by judgement.
"""

MARGIN = 3.0  # millimetres that stay free around the print of an enlarged page
PRINT_PERCENTILE = 99.9  # of the print's pixels: further out a speck in a corner may be dirt

ASK_BELOW = 0.6
"""A rotation with a lower confidence is checked with the engine before reading.

The check takes 0.25 s, an unnecessary attempt upside down 0.6 s, and the score of an attempt shows that its
rotation was wrong. So the check saves time only where the rotation is nearly unknown.
"""


def find_geometry(sheet: Sheet, stated: Geometry, run: Run) -> tuple[Geometry, bool]:
    """The geometry that makes the page upright, and whether its rotation is certain.

    `stated`: the geometry that the source states.
    """
    if "rotate_pages" in run.skip:
        return _deskewed(sheet, stated, run), True
    with run.timed("rotate_pages"):
        grey, text = sheet.turned(stated)
        found = find_rotation(grey, sheet.dpi, text)
    geometry = _deskewed(sheet, _rotated(stated, found.rotation), run)
    if found.confidence >= ASK_BELOW:
        return geometry, found.confidence >= SURE
    wanted = _ask_engine(sheet, geometry, run)
    return wanted or geometry, wanted is not None


def other_geometries(sheet: Sheet, geometry: Geometry, run: Run, *, sure: bool) -> list[Geometry]:
    """Geometries to try where an attempt looks like that of a page in a wrong orientation.

    The one that the engine's orientation detection finds; if it finds none, all other rotations, or nothing
    if the first rotation is `sure`.
    """
    wanted = _ask_engine(sheet, geometry, run)
    if wanted is not None:
        return [wanted] if wanted.rotation != geometry.rotation else []
    rotations = () if sure else (180, 90, 270)
    return [_deskewed(sheet, _rotated(geometry, degrees), run) for degrees in rotations]


def _ask_engine(sheet: Sheet, geometry: Geometry, run: Run) -> Geometry | None:
    """The geometry that the engine's orientation detection finds; None where it cannot tell."""
    if "orientation" not in run.engine.capabilities:
        return None
    with run.timed("rotate_pages"):
        found = run.engine.detect_orientation(to_upright(sheet.grey, geometry), sheet.dpi)
    if found is None or found[1] < run.engine.scale.sure_orientation:
        return None
    return _deskewed(sheet, _rotated(geometry, found[0]), run) if found[0] else geometry


def _rotated(geometry: Geometry, degrees: int) -> Geometry:
    return replace(geometry, rotation=(geometry.rotation + degrees) % 360)


def _deskewed(sheet: Sheet, geometry: Geometry, run: Run) -> Geometry:
    straight = replace(geometry, skew=0.0, canvas=1.0)
    if "deskew" in run.skip:
        return straight
    with run.timed("deskew"):
        grey, text = sheet.turned(straight)
        found = replace(straight, skew=find_skew(grey, sheet.dpi, text))
        return found if abs(found.skew) <= KEEPS_SIZE else replace(found, canvas=_canvas(sheet, found))


def _canvas(sheet: Sheet, geometry: Geometry) -> float:
    """How many times larger than the captured page the upright page must be to hold all print."""
    text = sheet.text.pixels
    height, width = text.shape
    rows, columns = np.nonzero(text)
    if not len(rows):
        return 1.0
    matrix = upright_matrix(width, height, geometry)
    x, y = matrix @ np.vstack([columns + 0.5, rows + 0.5, np.ones(len(rows))])
    upright_width, upright_height = upright_size(width, height, geometry)
    margin = MARGIN * pixels_per_mm(sheet.text.dpi)
    half_width, half_height = upright_width / 2, upright_height / 2
    across = (float(np.percentile(np.abs(x - half_width), PRINT_PERCENTILE)) + margin) / half_width
    along = (float(np.percentile(np.abs(y - half_height), PRINT_PERCENTILE)) + margin) / half_height
    return max(1.0, math.ceil(100 * max(across, along)) / 100)
