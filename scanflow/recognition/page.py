"""Recognition of one page, from its captured bytes to its words: imaging, codes, reading.

A page is prepared for the engine. If the result is poor, the page is read again without preparation; if the
result looks like that of a page in a wrong orientation, other orientations are tried. The best reading is
kept.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from scanflow.capture.codes import read_codes
from scanflow.imaging.blank import is_blank
from scanflow.imaging.decode import decode, square
from scanflow.imaging.fingerprint import fingerprint
from scanflow.imaging.quality import measure_quality
from scanflow.imaging.raster import shrink, to_grey
from scanflow.imaging.scan_look import measure_look
from scanflow.imaging.stated_resolution import believable_resolution
from scanflow.imaging.upright import to_upright
from scanflow.model import Box, CapturedPage, PageReading, Quality, ScanLook, Word
from scanflow.ocr.confidence import mean_confidence
from scanflow.ocr.engines.base import Engine
from scanflow.recognition import page_geometry
from scanflow.recognition.state import RecognitionState, Run, Sheet
from scanflow.recognition.step_names import skipped
from scanflow.recognition.steps import STEPS, StepLists, run_steps
from scanflow.units import POINTS_PER_INCH

if TYPE_CHECKING:
    from scanflow.child_settings import ChildSettings
    from scanflow.settings import ImagingSettings, LimitSettings, Settings

TEXT_LAYER = "text-layer"

# The score of another orientation (in letters) must be so much higher than that of the first: otherwise the
# few words on a drawing would rotate it at random.
TURN_FACTOR, TURN_LETTERS = 1.5, 5.0

FINGERPRINT_DPI = 50.0


def read_page(
    page: CapturedPage,
    engine: Engine,
    settings: "ChildSettings | Settings",
    rotation: int | None = None,
    steps: StepLists = STEPS,
) -> PageReading:
    """Recognize one captured page.

    A page of kind `text` gives its own words; any other is read by `engine`, unless it is blank. `rotation`
    is what a person chose: clockwise degrees (0, 90, 180, 270) from the captured raster. Raises InputError
    (damaged, truncated, oversized) where the page cannot be decoded.
    """
    run = Run(engine, settings, skipped(settings.ocr) | _not_wanted(settings.imaging))
    if rotation is not None:
        page = replace(page, geometry=replace(page.geometry, rotation=rotation))
        run.skip |= {"rotate_pages"}
    page, untouched = _opened(page, settings.limits)
    if page.words is not None:
        return _page_reading(page, replace(untouched, words=page.words), TEXT_LAYER, run)
    if is_blank(untouched.sheet.grey, untouched.sheet.dpi):
        return replace(_page_reading(page, untouched, "", run), blank=True)
    return _page_reading(
        page, run_steps(steps.finish, _read_well(untouched, run, steps), run), engine.name, run
    )


def open_page(page: CapturedPage, limits: "LimitSettings") -> RecognitionState:
    """The decoded page before the first step. Raises InputError where it cannot be decoded."""
    return _opened(page, limits)[1]


def _opened(page: CapturedPage, limits: "LimitSettings") -> tuple[CapturedPage, RecognitionState]:
    """The page with a believable resolution, and its state before the first step."""
    image = decode(page, limits)
    grey = to_grey(image)
    page, of_print = believable_resolution(page, grey)
    squared, dpi = square(image, page)
    if squared is not image:
        image, grey = squared, to_grey(squared)
    points = _stated_points(page)
    if of_print:
        # The size at which print has its usual one: no step may depend on what the file states.
        points = (image.shape[1] * POINTS_PER_INCH / of_print, image.shape[0] * POINTS_PER_INCH / of_print)
    sheet = Sheet(image, grey, of_print or dpi, points)
    return page, RecognitionState(sheet, page.geometry, sheet.grey, sheet.dpi)


def _stated_points(page: CapturedPage) -> tuple[float, float]:
    return page.width * POINTS_PER_INCH / page.dpi[0], page.height * POINTS_PER_INCH / page.dpi[1]


def _not_wanted(settings: "ImagingSettings") -> frozenset[str]:
    wanted = {"rotate_pages": settings.rotate_pages, "deskew": settings.deskew}
    return frozenset(step for step, on in wanted.items() if not on)


def _read_well(untouched: RecognitionState, run: Run, steps: StepLists) -> RecognitionState:
    """The best reading of a page; a page that reads poorly is read again in other ways."""
    scale = run.engine.scale
    geometry, sure = page_geometry.find_geometry(untouched.sheet, untouched.geometry, run)
    start = replace(untouched, geometry=geometry)
    best = run_steps((*steps.prepare, *steps.read), start, run)
    if best.score_per_letter >= scale.poor_page:
        return best
    if "read_unprepared" not in run.skip:
        plain = run_steps(steps.read_unprepared, start, run)
        best = max(best, plain, key=lambda attempt: attempt.score)
    if best.score_per_letter >= scale.turned_page or {"rotate_pages", "try_other_orientations"} & run.skip:
        return best
    for other in page_geometry.other_geometries(untouched.sheet, geometry, run, sure=sure):
        turned = replace(untouched, geometry=other)
        attempt = run_steps((*steps.prepare, *steps.read), turned, run)
        if attempt.score > TURN_FACTOR * best.score + TURN_LETTERS:
            best = attempt
    return best


def _page_reading(page: CapturedPage, kept: RecognitionState, engine: str, run: Run) -> PageReading:
    sheet = kept.sheet
    small, _ = shrink(sheet.grey, sheet.dpi, FINGERPRINT_DPI)
    size = replace(sheet, points=_stated_points(page)).size(kept.geometry)
    words = _scaled(kept.words, size[0] / kept.size[0], size[1] / kept.size[1])
    return PageReading(
        geometry=kept.geometry,
        size=size,
        dpi=page.dpi,
        dpi_source=page.dpi_source,
        stated_dpi=page.stated_dpi,
        blank=False,
        quality=_quality(page, kept, run.imaging),
        # Of the upright page, so that a sheet that was scanned twice, once upside down, is found.
        fingerprint=fingerprint(to_upright(small, kept.geometry)),
        codes=read_codes(sheet.grey),
        words=words,
        confidence=mean_confidence(words),
        engine=engine,
        look=ScanLook() if page.kind == "text" else measure_look(sheet.image),
        step_seconds=run.seconds,
    )


def _scaled(words: Sequence[Word], across: float, along: float) -> tuple[Word, ...]:
    """The words on a page that is larger by these factors."""
    if across == along == 1:
        return tuple(words)

    def scaled(box: Box) -> Box:
        return Box(box.left * across, box.top * along, box.right * across, box.bottom * along)

    return tuple(replace(word, box=scaled(word.box)) for word in words)


def _quality(page: CapturedPage, kept: RecognitionState, settings: "ImagingSettings") -> Quality:
    """The quality of the upright page: its left is a person's left. A digital page has the best quality."""
    if page.kind == "text":
        return Quality(sharpness=1.0, contrast=1.0)
    upright, text = kept.sheet.turned(replace(kept.geometry, skew=0.0, canvas=1.0))
    return measure_quality(upright, kept.sheet.dpi, settings, text)
