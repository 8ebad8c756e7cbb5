"""The orientation of a page: what its source states, corrected by its lines and by the engine."""

from dataclasses import replace

from scanflow.imaging.orientation import SURE, find_rotation
from scanflow.imaging.skew import find_skew
from scanflow.imaging.upright import to_upright
from scanflow.model import Geometry
from scanflow.recognition.state import Run, Sheet

ASK_BELOW = 0.6
"""Guesses at the turn less likely than this are checked with the engine before reading.

Asking costs 0.25 s, reading a page on its head in vain 0.6 s, and the reading itself tells which it was:
so it pays to ask only when the guess is little better than a coin toss.
"""


def find(sheet: Sheet, stated: Geometry, run: Run) -> tuple[Geometry, bool]:
    """How to make the page upright, and whether that is sure."""
    if "rotate_pages" in run.skip:
        return _straighten(sheet, stated, run), True
    with run.timed("rotate_pages"):
        found = find_rotation(to_upright(sheet.grey, stated), sheet.dpi)
    geometry = _straighten(sheet, _turned(stated, found.rotation), run)
    if found.confidence >= ASK_BELOW:
        return geometry, found.confidence >= SURE
    wanted = _ask_engine(sheet, geometry, run)
    return wanted or geometry, wanted is not None


def others(sheet: Sheet, geometry: Geometry, run: Run, *, sure: bool) -> list[Geometry]:
    """What to try where a reading looks like that of a turned page: the engine's wish, else all turns."""
    wanted = _ask_engine(sheet, geometry, run)
    if wanted is not None:
        return [wanted] if wanted.rotation != geometry.rotation else []
    turns = () if sure else (180, 90, 270)
    return [_straighten(sheet, _turned(geometry, turn), run) for turn in turns]


def _ask_engine(sheet: Sheet, geometry: Geometry, run: Run) -> Geometry | None:
    """The geometry that the engine's orientation detection wants, None where it cannot tell."""
    if "orientation" not in run.engine.capabilities:
        return None
    with run.timed("rotate_pages"):
        found = run.engine.detect_orientation(to_upright(sheet.grey, geometry), sheet.dpi)
    if found is None or found[1] < run.engine.scale.sure_orientation:
        return None
    return _straighten(sheet, _turned(geometry, found[0]), run) if found[0] else geometry


def _turned(geometry: Geometry, turn: int) -> Geometry:
    return replace(geometry, rotation=(geometry.rotation + turn) % 360)


def _straighten(sheet: Sheet, geometry: Geometry, run: Run) -> Geometry:
    straight = replace(geometry, skew=0.0)
    if "deskew" in run.skip:
        return straight
    with run.timed("deskew"):
        return replace(straight, skew=find_skew(to_upright(sheet.grey, straight), sheet.dpi))
