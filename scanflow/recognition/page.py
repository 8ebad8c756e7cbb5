"""Recognition of one page, from its captured bytes to its words: decoding, geometry, codes, steps.

A page is prepared for the engine and read. If the result is poor, the page is read again without preparation;
if the result looks like that of a page in a wrong orientation, other orientations are tried. The best attempt
is kept.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from scanflow.capture.codes import read_codes
from scanflow.imaging.decoding.decode import decode, square
from scanflow.imaging.geometry.photograph_sheet import FlatSheet, flatten_sheet
from scanflow.imaging.geometry.upright import to_upright
from scanflow.imaging.measures.blank import is_blank
from scanflow.imaging.measures.fingerprint import fingerprint
from scanflow.imaging.measures.quality import measure_quality
from scanflow.imaging.measures.scan_look import measure_look
from scanflow.imaging.measures.stated_resolution import believable_resolution, dpi_of_paper, measure_letters
from scanflow.imaging.raster import has_two_tones, shrink, to_grey
from scanflow.model import CapturedPage, PageReading, Quality, ScanLook
from scanflow.ocr.confidence import mean_confidence
from scanflow.ocr.engines.base import Engine
from scanflow.recognition import page_geometry
from scanflow.recognition.page_coordinates import moved_seals, moved_words, page_matrix
from scanflow.recognition.state import RecognitionState, Run, Sheet
from scanflow.recognition.step_names import skipped
from scanflow.recognition.steps import STEPS, StepLists, run_steps
from scanflow.units import POINTS_PER_INCH

if TYPE_CHECKING:
    from scanflow.child_settings import ChildSettings
    from scanflow.settings import ImagingSettings, LimitSettings, Settings

TEXT_LAYER = "text-layer"

# An attempt in another orientation must have a score (in letters) above TURN_FACTOR times the best one plus
# TURN_LETTERS. A lower limit would let chance decide on a drawing with few words. Set by judgement.
TURN_FACTOR, TURN_LETTERS = 1.5, 5.0

FINGERPRINT_DPI = 50.0
OPEN, DESCRIBE = "open_page", "describe_page"
"""The names in `PageReading.step_seconds` of the work before and after all steps."""

A4_LONG = 11.69
"""Inches: a sheet in a photograph on which no print can be measured is taken for A4."""


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
    run = Run(engine, settings, skipped(settings))
    if rotation is not None:
        page = replace(page, geometry=replace(page.geometry, rotation=rotation))
        run.skip |= {"rotate_pages"}
    with run.timed(OPEN):
        page, opened = _open(page, settings.limits, flatten="flatten_photographs" not in run.skip)
        blank = page.words is None and is_blank(opened.sheet.grey, opened.sheet.dpi)
    if page.words is not None:
        return _page_reading(page, replace(opened, words=page.words), TEXT_LAYER, run)
    if blank:
        return replace(_page_reading(page, opened, "", run), blank=True)
    best = _best_attempt(opened, run, steps)
    if opened.sheet.photograph is not None and best.score_per_letter < engine.scale.poor_page:
        # What was taken for the photographed sheet may be only a bright part of it.
        whole = _best_attempt(_open(page, settings.limits, flatten=False)[1], run, steps)
        best = max(best, whole, key=lambda attempt: attempt.score)
    return _page_reading(page, run_steps(steps.finish, best, run), engine.name, run)


def open_page(page: CapturedPage, limits: "LimitSettings") -> RecognitionState:
    """The decoded page before the first step. Raises InputError where it cannot be decoded."""
    return _open(page, limits)[1]


def _open(
    page: CapturedPage, limits: "LimitSettings", *, flatten: bool = True
) -> tuple[CapturedPage, RecognitionState]:
    """The page with a believable resolution, and its state before the first step.

    `flatten`: if the page is a photograph of a sheet, the state has only the sheet, without perspective.
    """
    image = decode(page, limits)
    grey = to_grey(image)
    page, print_dpi = believable_resolution(page, grey)
    squared, dpi = square(image, page)
    if squared is not image:
        image, grey = squared, to_grey(squared)
    if flatten and page.kind == "scan" and squared is image and (flat := flatten_sheet(image, grey)):
        sheet = _sheet_of(flat)
        return page, RecognitionState(sheet, page.geometry, sheet.grey, sheet.dpi)
    points = _stated_points(page)
    if print_dpi:
        # No step may depend on the resolution that the file states: the steps use the one at which the
        # letters have the size of print.
        points = (image.shape[1] * POINTS_PER_INCH / print_dpi, image.shape[0] * POINTS_PER_INCH / print_dpi)
    sheet = Sheet(image, grey, print_dpi or dpi, points)
    return page, RecognitionState(sheet, page.geometry, sheet.grey, sheet.dpi)


def _sheet_of(flat: FlatSheet) -> Sheet:
    grey = to_grey(flat.image)
    height, width = grey.shape
    letters = measure_letters(grey)
    dpi = dpi_of_paper(width, height, letters) if letters else max(width, height) / A4_LONG
    points = (width * POINTS_PER_INCH / dpi, height * POINTS_PER_INCH / dpi)
    return Sheet(flat.image, grey, dpi, points, flat.matrix)


def _stated_points(page: CapturedPage) -> tuple[float, float]:
    return page.width * POINTS_PER_INCH / page.dpi[0], page.height * POINTS_PER_INCH / page.dpi[1]


def _best_attempt(opened: RecognitionState, run: Run, steps: StepLists) -> RecognitionState:
    """The attempt to read a page with the highest score, before the steps of `finish`.

    A page with a poor first attempt is tried again unprepared, then in other orientations.
    """
    scale = run.engine.scale
    geometry, sure = page_geometry.find_geometry(opened.sheet, opened.geometry, run)
    start = replace(opened, geometry=geometry)
    best = prepared = run_steps((*steps.prepare, *steps.read), start, run)
    if best.score_per_letter >= scale.poor_page:
        return best
    if "read_unprepared" not in run.skip:
        plain = run_steps(steps.read_unprepared, replace(start, seals=prepared.seals), run)
        best = max(best, plain, key=lambda attempt: attempt.score)
    if best.score_per_letter >= scale.turned_page or {"rotate_pages", "try_other_orientations"} & run.skip:
        return best
    for other in page_geometry.other_geometries(opened.sheet, geometry, run, sure=sure):
        turned = replace(opened, geometry=other)
        attempt = run_steps((*steps.prepare, *steps.read), turned, run)
        if attempt.score > TURN_FACTOR * best.score + TURN_LETTERS:
            best = attempt
    return best


def _page_reading(page: CapturedPage, best: RecognitionState, engine: str, run: Run) -> PageReading:
    with run.timed(DESCRIBE):  # its time is in the reading, too: `step_seconds` is the same dict
        return _described(page, best, engine, run)


def _described(page: CapturedPage, best: RecognitionState, engine: str, run: Run) -> PageReading:
    """The reading made of the best attempt, with the other facts about the page: quality, codes and so on."""
    sheet = best.sheet
    small, _ = shrink(sheet.grey, sheet.dpi, FINGERPRINT_DPI)
    # A photograph is shown as it is: skew and perspective were removed only in the sheet that was read.
    geometry = best.geometry if sheet.photograph is None else replace(best.geometry, skew=0.0, canvas=1.0)
    size = replace(sheet, points=_stated_points(page)).size(geometry)
    matrix = page_matrix(page, best, geometry, size)
    words = moved_words(best.words, matrix)
    return PageReading(
        geometry=geometry,
        size=size,
        dpi=page.dpi,
        dpi_source=page.dpi_source,
        stated_dpi=page.stated_dpi,
        blank=False,
        quality=_quality(page, best, run.imaging),
        # Of the upright page, so that a sheet that was scanned twice, once upside down, is found.
        fingerprint=fingerprint(to_upright(small, best.geometry)),
        codes=read_codes(sheet.grey, two_tones=has_two_tones(sheet.grey)),
        words=words,
        confidence=mean_confidence(words),
        engine=engine,
        seals=moved_seals(best, matrix),
        look=ScanLook() if page.kind == "text" else measure_look(sheet.image),
        step_seconds=run.seconds,
    )


def _quality(page: CapturedPage, best: RecognitionState, settings: "ImagingSettings") -> Quality:
    """The quality of the page; cut edges are named as a person sees the upright page.

    A page with a text layer of its own has the best quality.
    """
    if page.kind == "text":
        return Quality(sharpness=1.0, contrast=1.0)
    upright, text = best.sheet.turned(replace(best.geometry, skew=0.0, canvas=1.0))
    return measure_quality(upright, best.sheet.dpi, settings, text)
