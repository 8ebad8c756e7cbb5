"""Everything that happens to one page between its capture and the classifier: imaging, codes, reading.

A page is prepared for the reader, but no preparation is trusted: what reads poorly is read again as it
came, and the other way up where there is doubt, and the better reading is kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scanflow.capture.codes import read_codes
from scanflow.imaging.blank import is_blank
from scanflow.imaging.decode import decode, square
from scanflow.imaging.fingerprint import fingerprint
from scanflow.imaging.ink import reader_copy, reader_dpi
from scanflow.imaging.orientation import SURE, find_rotation
from scanflow.imaging.quality import measure_quality
from scanflow.imaging.raster import Raster, shrink, to_grey
from scanflow.imaging.skew import find_skew
from scanflow.imaging.upright import to_upright, upright_size
from scanflow.model import CapturedPage, Geometry, PageReading, Word
from scanflow.ocr.confidence import count_letters, mean_confidence, without_noise, worth
from scanflow.ocr.engine import Engine
from scanflow.ocr.layout import reading_order
from scanflow.settings import ImagingSettings, Settings

TEXT_LAYER = "text-layer"
POINTS = 72.0

POOR = 0.6
"""A reading worth less than this a letter is looked at again; see `docs/benchmarks.md`."""

OSD_SURE = 2.0
"""Tesseract's orientation confidence from which on it is believed against our own guess."""

FINGERPRINT_DPI = 50.0


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A decoded page: the raster before any turn, its grey, and their one resolution."""

    image: Raster
    grey: Raster
    dpi: float

    def size(self, geometry: Geometry) -> tuple[float, float]:
        """Width and height of the upright page in points."""
        height, width = self.grey.shape
        across, along = upright_size(width, height, geometry)
        return across * POINTS / self.dpi, along * POINTS / self.dpi


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A way the page may lie, and what was read then."""

    geometry: Geometry
    words: Sequence[Word] = ()

    @property
    def score(self) -> float:
        return worth(self.words)

    @property
    def poor(self) -> bool:
        return self.score < POOR * max(1, count_letters(self.words))


def read_page(page: CapturedPage, engine: Engine, settings: Settings) -> PageReading:
    """Find out everything about one captured page.

    A page of kind `text` gives its own words; any other is read by `engine`, unless it is blank. Raises
    InputError (damaged, truncated, oversized) where it cannot be decoded.
    """
    image, dpi = square(decode(page, settings.limits), page)
    sheet = _Sheet(image, to_grey(image), dpi)
    if page.words is not None:
        return _report(page, sheet, _Attempt(page.geometry, page.words), TEXT_LAYER, settings)
    if is_blank(sheet.grey, dpi):
        return replace(_report(page, sheet, _Attempt(page.geometry), "", settings), blank=True)
    best = _read(sheet, _find_geometry(sheet, page.geometry, engine, settings.imaging), engine)
    if best.poor:
        best = max([best, *_second_looks(sheet, best, engine, settings.imaging)], key=lambda a: a.score)
    ordered = reading_order(without_noise(best.words), sheet.size(best.geometry))
    return _report(page, sheet, replace(best, words=ordered), engine.name, settings)


def _report(
    page: CapturedPage, sheet: _Sheet, kept: _Attempt, engine: str, settings: Settings
) -> PageReading:
    small, _ = shrink(sheet.grey, sheet.dpi, FINGERPRINT_DPI)
    return PageReading(
        geometry=kept.geometry,
        size=sheet.size(kept.geometry),
        dpi=page.dpi,
        dpi_source=page.dpi_source,
        blank=False,
        quality=measure_quality(sheet.grey, sheet.dpi, settings.imaging),
        # Of the upright page, so that a sheet scanned twice, once upside down, is known again.
        fingerprint=fingerprint(to_upright(small, kept.geometry)),
        codes=read_codes(sheet.grey),
        words=tuple(kept.words),
        confidence=mean_confidence(kept.words),
        engine=engine,
    )


# --- which way it lies ---------------------------------------------------------------------------------


def _find_geometry(sheet: _Sheet, stated: Geometry, engine: Engine, settings: ImagingSettings) -> Geometry:
    """How to make the page upright: its source's word, corrected by what stands on it."""
    if not settings.rotate_pages:
        return _straighten(sheet, stated, settings)
    found = find_rotation(to_upright(sheet.grey, stated), sheet.dpi)
    geometry = _straighten(sheet, _turned(stated, found.rotation), settings)
    if found.confidence >= SURE:
        return geometry
    return _ask_engine(sheet, geometry, engine, settings) or geometry


def _ask_engine(
    sheet: _Sheet, geometry: Geometry, engine: Engine, settings: ImagingSettings
) -> Geometry | None:
    """The geometry that the engine's orientation detection wants, None where it cannot tell."""
    found = engine.detect_orientation(to_upright(sheet.grey, geometry), sheet.dpi)
    if found is None or found[1] < OSD_SURE:
        return None
    return _straighten(sheet, _turned(geometry, found[0]), settings) if found[0] else geometry


def _turned(geometry: Geometry, turn: int) -> Geometry:
    return replace(geometry, rotation=(geometry.rotation + turn) % 360)


def _straighten(sheet: _Sheet, geometry: Geometry, settings: ImagingSettings) -> Geometry:
    straight = replace(geometry, skew=0.0)
    if not settings.deskew:
        return straight
    return replace(straight, skew=find_skew(to_upright(sheet.grey, straight), sheet.dpi))


# --- reading -------------------------------------------------------------------------------------------


def _read(sheet: _Sheet, geometry: Geometry, engine: Engine) -> _Attempt:
    dpi = reader_dpi(sheet.dpi)
    return _Attempt(geometry, engine.recognize(reader_copy(sheet.image, sheet.dpi, geometry), dpi))


def _read_plain(sheet: _Sheet, geometry: Geometry, engine: Engine) -> _Attempt:
    """The page as it came, only turned."""
    return _Attempt(geometry, engine.recognize(to_upright(sheet.grey, geometry), sheet.dpi))


def _second_looks(
    sheet: _Sheet, first: _Attempt, engine: Engine, settings: ImagingSettings
) -> Iterator[_Attempt]:
    """Other readings of a page that read poorly: unprepared, and turned where the engine is in doubt."""
    yield _read_plain(sheet, first.geometry, engine)
    if not settings.rotate_pages:
        return
    wanted = _ask_engine(sheet, first.geometry, engine, settings)
    if wanted is not None:
        if wanted.rotation != first.geometry.rotation:
            yield _read(sheet, wanted, engine)
        return
    for turn in (180, 90, 270):
        yield _read(sheet, _straighten(sheet, _turned(first.geometry, turn), settings), engine)
