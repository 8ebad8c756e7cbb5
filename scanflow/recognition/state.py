"""What recognition works with: the decoded page, the state of an attempt to read it, and the run."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scanflow.imaging.engine_copy import HIGHEST_DPI, engine_dpi, has_small_print
from scanflow.imaging.geometry.parts import Part
from scanflow.imaging.geometry.upright import to_upright
from scanflow.imaging.marks.seals import PressedSeal
from scanflow.imaging.raster import Raster
from scanflow.imaging.textmask import PAGE_DPI, TextMask, find_text
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
    w); `dpi`: the resolution at which its letters have the size of print; `points`: width and height of the
    raster in points at that resolution. `photograph`: None unless the raster is a sheet that was cut out of a
    photograph; then the 3×3 matrix from its pixels to those of the photograph.
    """

    image: Raster
    grey: Raster
    dpi: float
    points: tuple[float, float]
    photograph: NDArray[np.float64] | None = None

    @cached_property
    def text(self) -> TextMask:
        """The mask of the letters of `grey`; several measurements use it."""
        return find_text(self.grey, self.dpi, PAGE_DPI)

    @cached_property
    def engine_dpi(self) -> float:
        """The resolution of the copy that the engine reads."""
        reduced = self.dpi > HIGHEST_DPI
        return engine_dpi(self.dpi, small_print=reduced and has_small_print(self.text))

    def turned(self, geometry: Geometry) -> tuple[Raster, TextMask | None]:
        """The grey raster made upright; and `text` if it was upright already, else None."""
        upright = to_upright(self.grey, geometry)
        return upright, self.text if upright is self.grey else None

    def size(self, geometry: Geometry) -> tuple[float, float]:
        """Width and height of the upright page in points."""
        width, height = (side * geometry.canvas for side in self.points)
        return (height, width) if geometry.rotation % 180 else (width, height)


@dataclass(frozen=True, slots=True)
class RecognitionState:
    """The state of one attempt to read a page, in one geometry. Each step returns it with its changes.

    `copy`: the grey raster (h, w) that the engine reads, at `dpi`; upright after the step `make_upright`.
    `with_leaders`: `copy` before the step `remove_dot_leaders`, None without that step. `words`: what was
    read so far; `read_in_batch`: whether `read_in_batch` has read them. `numbers`: what was read in digit
    boxes. `tables`: the cells of each ruled table. `parts`: the parts of the page that were straightened by
    themselves. Boxes of words, numbers and cells are in points of `copy`, after the step `to_page_points` in
    points of the upright sheet; those of `seals` are in pixels of the sheet's raster.
    """

    sheet: Sheet
    geometry: Geometry
    copy: Raster
    dpi: float
    with_leaders: Raster | None = None
    words: Sequence[Word] = ()
    read_in_batch: bool = False
    numbers: Sequence[Word] = ()
    tables: Sequence[Sequence[Box]] = ()
    parts: Sequence[Part] = ()
    seals: Sequence[PressedSeal] = ()

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the upright page in points."""
        return self.sheet.size(self.geometry)

    @property
    def copy_with_leaders(self) -> Raster:
        """The upright copy with its dotted leaders: rules and boxes to tick are looked for in this one."""
        return self.copy if self.with_leaders is None else self.with_leaders

    @property
    def score(self) -> float:
        """`believable_letters` of the words; 0 for a page that is sideways: Tesseract reads vertical lines
        without being told to, so their letters do not show that the rotation is wrong.
        """
        return 0.0 if self.sideways else believable_letters(self.words)

    @property
    def sideways(self) -> bool:
        """Whether most words of more than two characters are higher than wide."""
        boxes = [word.box for word in self.words if len(word.text) > 2]
        return 2 * sum(box.height > box.width for box in boxes) > len(boxes)

    @property
    def score_per_letter(self) -> float:
        """`score` divided by the number of characters that were read, 0 to 1."""
        return self.score / max(1, count_letters(self.words))


@dataclass(slots=True)
class Run:
    """The recognition of one page, with all attempts: engine, settings, and the time of each step.

    `skip`: the names of the steps to leave out. `seconds`: CPU seconds of this process by the name of the
    step, the sum over all attempts.
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
        """Add the CPU time that the `with` block takes to that of a step."""
        begun = time.process_time()
        try:
            yield
        finally:
            self.seconds[step] = self.seconds.get(step, 0.0) + time.process_time() - begun
