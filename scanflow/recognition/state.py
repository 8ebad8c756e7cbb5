"""The values that recognition works with: the decoded page, the state of a reading, the run as a whole."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.engine_copy import HIGHEST_DPI, engine_dpi, has_small_print
from scanflow.imaging.parts import Part
from scanflow.imaging.raster import Raster
from scanflow.imaging.seals import PressedSeal
from scanflow.imaging.textmask import PAGE_DPI, TextMask, find_text
from scanflow.imaging.upright import to_upright
from scanflow.model import Box, Geometry, Word
from scanflow.ocr.confidence import believable_letters, count_letters
from scanflow.ocr.engines.base import Engine

if TYPE_CHECKING:
    from scanflow.child_settings import ChildSettings
    from scanflow.settings import ImagingSettings, Settings


@dataclass(frozen=True)
class Sheet:
    """A decoded page.

    `image`: the raster, not rotated, (h, w) grey or (h, w, 3) blue-green-red; `grey`: the same in grey (h,
    w); `dpi`: their resolution, at which print has its usual size; `points`: width and height of the raster
    in points, at that resolution. `photograph`: where the raster is a sheet that was taken out of a
    photograph, the 3×3 matrix from its pixels to those of the photograph.
    """

    image: Raster
    grey: Raster
    dpi: float
    points: tuple[float, float]
    photograph: NDArray[np.float64] | None = None

    @cached_property
    def text(self) -> TextMask:
        """The letters of the raster as it lies; several measures go by them."""
        return find_text(self.grey, self.dpi, PAGE_DPI)

    @cached_property
    def engine_dpi(self) -> float:
        """The resolution that the sheet is read at."""
        reduced = self.dpi > HIGHEST_DPI
        return engine_dpi(self.dpi, small_print=reduced and has_small_print(self.text))

    def turned(self, geometry: Geometry) -> tuple[Raster, TextMask | None]:
        """The grey raster made upright; and its letters, where it was already."""
        upright = to_upright(self.grey, geometry)
        return upright, self.text if upright is self.grey else None

    def size(self, geometry: Geometry) -> tuple[float, float]:
        """Width and height of the upright page in points."""
        width, height = (side * geometry.canvas for side in self.points)
        return (height, width) if geometry.rotation % 180 else (width, height)


@dataclass(frozen=True, slots=True)
class RecognitionState:
    """The state of reading a page in one geometry. Each step returns it with its changes.

    `copy`: the grey raster (h, w) that the engine reads, at `dpi`; upright after the step `make_upright`.
    `with_leaders`: `copy` before dotted leaders were removed, None if none were. `is_read`: whether
    the words were read in a batch. `numbers`: what was read in digit boxes. `tables`: the cells of each ruled
    table. `parts`: what was straightened by itself. Boxes of words, numbers and cells are in points of
    `copy`, after `to_page_points` in points of the page. `seals` stand where they were found on the sheet's
    raster.
    """

    sheet: Sheet
    geometry: Geometry
    copy: Raster
    dpi: float
    with_leaders: Raster | None = None
    words: Sequence[Word] = ()
    is_read: bool = False
    numbers: Sequence[Word] = ()
    tables: Sequence[Sequence[Box]] = ()
    parts: Sequence[Part] = ()
    seals: Sequence[PressedSeal] = ()

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the upright page in points."""
        return self.sheet.size(self.geometry)

    @property
    def before_leaders(self) -> Raster:
        """The upright copy with its dotted leaders."""
        return self.copy if self.with_leaders is None else self.with_leaders

    @property
    def score(self) -> float:
        """Believable letters; 0 for a page that is sideways, although Tesseract can read it."""
        return 0.0 if self.sideways else believable_letters(self.words)

    @property
    def sideways(self) -> bool:
        """Whether most words are vertical."""
        boxes = [word.box for word in self.words if len(word.text) > 2]
        return 2 * sum(box.height > box.width for box in boxes) > len(boxes)

    @property
    def score_per_letter(self) -> float:
        """`score` divided by the number of letters that were read, 0 to 1."""
        return self.score / max(1, count_letters(self.words))


@dataclass(slots=True)
class Run:
    """The recognition of one page: the engine, the settings, the steps to leave out, and the time of each
    step.

    `seconds`: CPU seconds of this process by the name of the step.
    """

    engine: Engine
    settings: "ChildSettings | Settings"
    skip: frozenset[str] = frozenset()
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def imaging(self) -> "ImagingSettings":
        return self.settings.imaging

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the CPU time of the context to that of a step."""
        begun = time.process_time()
        try:
            yield
        finally:
            self.seconds[step] = self.seconds.get(step, 0.0) + time.process_time() - begun
