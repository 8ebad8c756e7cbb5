"""Everything that happens to one page between its capture and the classifier: imaging, codes, reading.

A page is prepared for the reader, but no preparation is trusted: what reads poorly is read again as it
came, what reads like a page on its head is tried the other ways up, and the best reading is kept.
"""

from collections.abc import Sequence
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
from scanflow.imaging.tables import find_tables
from scanflow.imaging.upright import to_upright
from scanflow.model import Box, CapturedPage, Geometry, PageReading, Quality, Word
from scanflow.ocr.boxes import read_boxes
from scanflow.ocr.confidence import calibrated, count_letters, mean_confidence, without_noise, worth
from scanflow.ocr.engine import Engine
from scanflow.ocr.handwriting import mark_handwriting
from scanflow.ocr.language import load_language, put_marks_right
from scanflow.ocr.layout import reading_order
from scanflow.ocr.leaders import without_leaders
from scanflow.ocr.leftout import read_left_out
from scanflow.ocr.lines import without_columns
from scanflow.ocr.placing import put_in
from scanflow.ocr.secondlook import LineEngine, look_again
from scanflow.ocr.stamps import without_received_stamps
from scanflow.ocr.tokens import mended, without_scraps
from scanflow.settings import ChildSettings, ImagingSettings, Settings

TEXT_LAYER = "text-layer"
POINTS = 72.0

# How much a letter of a reading is worth (`ocr.confidence.worth`, 0 to 1). Of 56 printed pages in all four
# turns none that lay upright read below 0.71 (forms full of handwriting: 0.53), none on its head above 0.10.
POOR = 0.45
TURNED = 0.3

ASK_BELOW = 0.6
"""Guesses at the turn less likely than this are checked with the engine before reading.

Asking costs 0.25 s, reading a page on its head in vain 0.6 s, and the reading itself tells which it was:
so it pays to ask only when the guess is little better than a coin toss.
"""
OSD_SURE = 2.0  # the engine's own scale: right pages have 10 to 28, and its one error had 1.6

# Another way up must be worth this much more than the first, in letters, or a drawing's scraps of text
# would turn it at random.
TURN_FACTOR, TURN_LETTERS = 1.5, 5.0

FINGERPRINT_DPI = 50.0


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A decoded page: the raster before any turn, its grey, their one resolution, and its size in points."""

    image: Raster
    grey: Raster
    dpi: float
    points: tuple[float, float]

    def size(self, geometry: Geometry) -> tuple[float, float]:
        """Width and height of the upright page in points."""
        width, height = self.points
        return (height, width) if geometry.rotation % 180 else (width, height)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A way the page may lie, and what was read then."""

    geometry: Geometry
    words: Sequence[Word] = ()
    tables: Sequence[Sequence[Box]] = ()

    @property
    def score(self) -> float:
        """Letters that can be believed; none on a page on its side, though Tesseract can read it."""
        return 0.0 if self.sideways else worth(self.words)

    @property
    def sideways(self) -> bool:
        """Whether most words run up or down the page."""
        boxes = [word.box for word in self.words if len(word.text) > 2]
        return 2 * sum(box.height > box.width for box in boxes) > len(boxes)

    @property
    def score_per_letter(self) -> float:
        return self.score / max(1, count_letters(self.words))


def read_page(
    page: CapturedPage, engine: Engine, settings: ChildSettings | Settings, turn: int | None = None
) -> PageReading:
    """Find out everything about one captured page.

    A page of kind `text` gives its own words; any other is read by `engine`, unless it is blank. With `turn`
    a person has said which way up it is: clockwise degrees (0, 90, 180, 270) from the captured raster. Raises
    InputError (damaged, truncated, oversized) where it cannot be decoded.
    """
    if isinstance(settings, Settings):
        settings = settings.for_children
    if turn is not None:
        page = replace(page, geometry=replace(page.geometry, rotation=turn))
        imaging = settings.imaging.model_copy(update={"rotate_pages": False})
        settings = settings.model_copy(update={"imaging": imaging})
    image, dpi = square(decode(page, settings.limits), page)
    points = (page.width * POINTS / page.dpi[0], page.height * POINTS / page.dpi[1])
    sheet = _Sheet(image, to_grey(image), dpi, points)
    if page.words is not None:
        return _report(page, sheet, _Attempt(page.geometry, page.words), TEXT_LAYER, settings)
    if is_blank(sheet.grey, dpi):
        return replace(_report(page, sheet, _Attempt(page.geometry), "", settings), blank=True)
    best = _read_well(sheet, page.geometry, engine, settings)
    size = sheet.size(best.geometry)
    print_ = without_received_stamps(without_scraps(without_noise(best.words), size[0]), size[1])
    ordered = mended(reading_order(print_, size, best.tables))
    if settings.ocr.correct_marks:
        ordered = put_marks_right(ordered, load_language())
    return _report(page, sheet, replace(best, words=calibrated(ordered)), engine.name, settings)


def _report(
    page: CapturedPage, sheet: _Sheet, kept: _Attempt, engine: str, settings: ChildSettings
) -> PageReading:
    small, _ = shrink(sheet.grey, sheet.dpi, FINGERPRINT_DPI)
    return PageReading(
        geometry=kept.geometry,
        size=sheet.size(kept.geometry),
        dpi=page.dpi,
        dpi_source=page.dpi_source,
        blank=False,
        quality=_quality(page, sheet, kept.geometry, settings.imaging),
        # Of the upright page, so that a sheet scanned twice, once upside down, is known again.
        fingerprint=fingerprint(to_upright(small, kept.geometry)),
        codes=read_codes(sheet.grey),
        words=tuple(kept.words),
        confidence=mean_confidence(kept.words),
        engine=engine,
    )


def _quality(page: CapturedPage, sheet: _Sheet, geometry: Geometry, settings: ImagingSettings) -> Quality:
    """Of the page as a person sees it, so that its left is the left; a page born digital has no faults."""
    if page.kind == "text":
        return Quality(sharpness=1.0, contrast=1.0)
    return measure_quality(to_upright(sheet.grey, replace(geometry, skew=0.0)), sheet.dpi, settings)


# --- which way it lies ---------------------------------------------------------------------------------


def _find_geometry(
    sheet: _Sheet, stated: Geometry, engine: Engine, settings: ImagingSettings
) -> tuple[Geometry, bool]:
    """How to make the page upright (the source's word, corrected by what it shows), and if that is sure."""
    if not settings.rotate_pages:
        return _straighten(sheet, stated, settings), True
    found = find_rotation(to_upright(sheet.grey, stated), sheet.dpi)
    geometry = _straighten(sheet, _turned(stated, found.rotation), settings)
    if found.confidence >= ASK_BELOW:
        return geometry, found.confidence >= SURE
    wanted = _ask_engine(sheet, geometry, engine, settings)
    return wanted or geometry, wanted is not None


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


def _read_well(sheet: _Sheet, stated: Geometry, engine: Engine, settings: ChildSettings) -> _Attempt:
    """Read the page, and where that went poorly again in other ways; the best of all."""
    again = not settings.ocr.fast
    geometry, sure = _find_geometry(sheet, stated, engine, settings.imaging)
    best = _read(sheet, geometry, engine, again=again)
    if best.score_per_letter >= POOR:
        return best
    best = max(best, _read_plain(sheet, geometry, engine), key=lambda attempt: attempt.score)
    if best.score_per_letter >= TURNED or not settings.imaging.rotate_pages:
        return best
    for other in _other_ways_up(sheet, geometry, engine, settings.imaging, sure=sure):
        attempt = _read(sheet, other, engine, again=again)
        if attempt.score > TURN_FACTOR * best.score + TURN_LETTERS:
            best = attempt
    return best


def _other_ways_up(
    sheet: _Sheet, geometry: Geometry, engine: Engine, settings: ImagingSettings, *, sure: bool
) -> list[Geometry]:
    """What to try where a reading looks like that of a turned page: the engine's wish, else all turns."""
    wanted = _ask_engine(sheet, geometry, engine, settings)
    if wanted is not None:
        return [wanted] if wanted.rotation != geometry.rotation else []
    turns = () if sure else (180, 90, 270)
    return [_straighten(sheet, _turned(geometry, turn), settings) for turn in turns]


def _read(sheet: _Sheet, geometry: Geometry, engine: Engine, *, again: bool) -> _Attempt:
    """The page prepared: straight, at the reader's resolution, without seals and dotted leaders.

    `again`: with a second look at doubtful lines.
    """
    dpi = reader_dpi(sheet.dpi)
    dotted = reader_copy(sheet.image, sheet.dpi, geometry)
    dotted, numbers = read_boxes(dotted, dpi, engine) if isinstance(engine, LineEngine) else (dotted, [])
    copy = without_leaders(dotted, dpi)
    words = without_columns(engine.recognize(copy, dpi))
    if again and isinstance(engine, LineEngine) and words:
        words = read_left_out(look_again(words, copy, dpi, engine), copy, dpi, engine)
    words = mark_handwriting(words, copy, dotted, dpi)
    for number in numbers:
        words = put_in(words, [number])
    across, along = _fit(copy, dpi, sheet.size(geometry))
    tables = [[_scaled(cell, across, along) for cell in table] for table in find_tables(dotted, dpi)]
    return _Attempt(geometry, _fitted(words, across, along), tables)


def _read_plain(sheet: _Sheet, geometry: Geometry, engine: Engine) -> _Attempt:
    """The page as it came, only turned."""
    copy = to_upright(sheet.grey, geometry)
    words = mark_handwriting(engine.recognize(copy, sheet.dpi), copy, copy, sheet.dpi)
    return _Attempt(geometry, _fitted(words, *_fit(copy, sheet.dpi, sheet.size(geometry))))


def _fit(raster: Raster, dpi: float, size: tuple[float, float]) -> tuple[float, float]:
    """What the raster's points across and along are to be multiplied with to be those of a page of `size`.

    The two differ where the resolutions across and along do by too little for resampling, yet one per cent
    is eight points at the foot of a page.
    """
    height, width = raster.shape
    return size[0] * dpi / (POINTS * width), size[1] * dpi / (POINTS * height)


def _fitted(words: Sequence[Word], across: float, along: float) -> list[Word]:
    return [replace(word, box=_scaled(word.box, across, along)) for word in words]


def _scaled(box: Box, across: float, along: float) -> Box:
    return Box(box.left * across, box.top * along, box.right * across, box.bottom * along)
