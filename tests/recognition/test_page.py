"""Reading a page from its captured bytes, with the real imaging and the real engine."""

import io
from dataclasses import replace

import cv2
import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image

from scanflow.capture.files.unpack import unpack
from scanflow.errors import DamagedInputError, OversizedInputError
from scanflow.imaging import engine_copy
from scanflow.imaging.geometry.orientation import Orientation
from scanflow.imaging.geometry.upright import to_upright
from scanflow.imaging.measures.fingerprint_distance import distance
from scanflow.model import Box, CapturedPage, Geometry, PageReading, Word
from scanflow.ocr.engines.base import Engine, open_engine
from scanflow.recognition import page_geometry
from scanflow.recognition.page import read_page
from scanflow.settings import Settings
from scanflow.units import POINTS_PER_INCH
from tests.imaging.pages import turned
from tests.ocr.pages import (
    BODY,
    DPI,
    HEIGHT,
    LEFT,
    RIGHT,
    TITLE,
    WIDTH,
    as_captured,
    official_page,
    photograph_of,
    skewed,
    two_cards,
)

SETTINGS = Settings()
ALL_WORDS = " ".join((*LEFT, *RIGHT, TITLE, *BODY)).split()


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine(SETTINGS.ocr)


@pytest.fixture(scope="module")
def page() -> NDArray[np.uint8]:
    return official_page()


def recall(reading: PageReading) -> float:
    found = [word.text for word in reading.words]
    return sum(word in found for word in ALL_WORDS) / len(ALL_WORDS)


def lines(reading: PageReading) -> list[str]:
    grouped: dict[tuple[int, int], list[str]] = {}
    for word in reading.words:
        grouped.setdefault((word.block, word.line), []).append(word.text)
    return [" ".join(line) for line in grouped.values()]


def test_an_official_page(engine: Engine, page: NDArray[np.uint8]) -> None:
    reading = read_page(as_captured(page), engine, SETTINGS)
    assert recall(reading) > 0.97
    assert lines(reading)[:7] == [*LEFT[:2], *RIGHT[:2], LEFT[2], RIGHT[2], TITLE]
    assert reading.geometry == Geometry()
    assert reading.size == pytest.approx((WIDTH * 72 / DPI, HEIGHT * 72 / DPI))
    assert reading.confidence > 0.85
    assert reading.engine == engine.name
    assert not reading.blank
    assert reading.quality.warnings == ()


def test_a_page_with_streaks_of_the_scanners_glass(engine: Engine, page: NDArray[np.uint8]) -> None:
    dirty = page.copy()
    for column in (350, 512, 780, 1103):
        dirty[:, column : column + 3] //= 3
    reading = read_page(as_captured(dirty), engine, SETTINGS)
    assert recall(reading) > 0.97
    assert lines(reading)[:7] == [*LEFT[:2], *RIGHT[:2], LEFT[2], RIGHT[2], TITLE]


def test_a_page_whose_greys_are_dots(engine: Engine, page: NDArray[np.uint8]) -> None:
    grey = Image.fromarray((60 + page * 0.7).astype(np.uint8))
    dotted = np.asarray(grey.convert("1"), np.uint8) * 255
    assert recall(read_page(as_captured(dotted), engine, SETTINGS)) > 0.97


def laid_down(image: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    """What was cut out of a sheet at this angle: turned clockwise, with nothing around it."""
    high, wide = image.shape
    side = high + wide
    around = np.full((side, side), 255, np.uint8)
    top, left = (side - high) // 2, (side - wide) // 2
    around[top : top + high, left : left + wide] = image
    tilted = skewed(around, degrees)
    rows, columns = np.nonzero(tilted < 128)
    return tilted[rows.min() - 20 : rows.max() + 20, columns.min() - 20 : columns.max() + 20]


@pytest.mark.parametrize("skew", [16.0, -35.0])
def test_print_at_any_angle_is_read_and_none_of_it_leaves_the_page(
    engine: Engine, page: NDArray[np.uint8], skew: float
) -> None:
    lines = page[520:860, 200:1560]
    captured = as_captured(laid_down(lines, skew))
    reading = read_page(captured, engine, SETTINGS)
    assert reading.geometry.rotation == 0
    assert reading.geometry.skew == pytest.approx(skew, abs=0.2)
    assert [word.text for word in reading.words] == " ".join(BODY[:5]).split()
    assert skew > 0 or reading.geometry.canvas > 1.05
    for word in reading.words:
        assert 0 <= word.box.left < word.box.right <= reading.size[0]


def test_two_cards_are_read_each_straight_and_their_words_stand_where_they_lie(engine: Engine) -> None:
    sheet = two_cards(4.0, -14.0)
    reading = read_page(as_captured(sheet), engine, SETTINGS)
    wanted = " ".join(BODY).split()
    found = [word.text for word in reading.words]
    assert sum(found.count(text) >= 2 * wanted.count(text) for text in wanted) > 0.95 * len(wanted)
    # Where they lie on the page as it is shown: turned by its own skew only.
    assert share_on_ink(reading, sheet) > 0.97


def test_a_photographed_page_is_read_flat_and_kept_as_it_is(engine: Engine, page: NDArray[np.uint8]) -> None:
    photograph = turned(photograph_of(page), 180)
    reading = read_page(as_captured(photograph), engine, SETTINGS)
    assert recall(reading) > 0.95
    assert reading.geometry == Geometry(rotation=180)
    assert reading.size == pytest.approx([side * POINTS_PER_INCH / DPI for side in photograph.shape[::-1]])
    assert share_on_ink(reading, photograph) > 0.97


def share_on_ink(reading: PageReading, image: NDArray[np.uint8]) -> float:
    """The share of the words in whose boxes there is ink, on the page as it is shown."""
    shown = to_upright(image, reading.geometry)
    scale = shown.shape[1] / reading.size[0]
    inked = [
        (shown < 128)[
            round(box.top * scale) : round(box.bottom * scale),
            round(box.left * scale) : round(box.right * scale),
        ].mean()
        for box in (word.box for word in reading.words)
    ]
    return float(np.mean((np.array(inked) > 0.05) & (np.array(inked) < 0.6)))


@pytest.mark.parametrize("lies", [0, 90, 180, 270])
@pytest.mark.parametrize("skew", [0.0, 1.3])
def test_a_page_is_read_in_every_orientation(
    engine: Engine, page: NDArray[np.uint8], lies: int, skew: float
) -> None:
    captured = as_captured(turned(skewed(page, skew), lies))
    reading = read_page(captured, engine, SETTINGS)
    assert reading.geometry.rotation == (360 - lies) % 360
    assert reading.geometry.skew == pytest.approx(skew, abs=0.15)
    assert recall(reading) > 0.95
    # The first word of the body, where it was drawn.
    box = next(word for word in reading.words if word.text == "Căn").box
    assert box.left == pytest.approx(230 * 72 / DPI, abs=4)
    assert box.top == pytest.approx(545 * 72 / DPI, abs=5)


def test_the_same_sheet_upside_down_has_the_same_fingerprint(engine: Engine, page: NDArray[np.uint8]) -> None:
    one, other = (read_page(as_captured(turned(page, lies)), engine, SETTINGS) for lies in (0, 180))
    assert distance(one.fingerprint, other.fingerprint) < 20


@pytest.mark.parametrize("lies", [90, 180, 270])
@pytest.mark.parametrize("confidence", [0.99, 0.7, 0.1])
def test_a_wrong_guess_at_the_turn_is_noticed(
    engine: Engine, page: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch, lies: int, confidence: float
) -> None:
    """Also a sure guess; Tesseract reads lines that run downwards, but they are not upright."""
    monkeypatch.setattr(page_geometry, "find_rotation", lambda *_: Orientation(0, confidence))
    reading = read_page(as_captured(turned(page, lies)), engine, SETTINGS)
    assert reading.geometry.rotation == (360 - lies) % 360
    assert recall(reading) > 0.95


def test_without_the_engines_opinion_every_turn_is_tried(
    engine: Engine, page: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_geometry, "find_rotation", lambda *_: Orientation(0, 0.1))
    monkeypatch.setattr(type(engine), "detect_orientation", lambda *_: None)
    reading = read_page(as_captured(turned(page, 270)), engine, SETTINGS)
    assert reading.geometry.rotation == 90
    assert recall(reading) > 0.95


def test_a_wrong_statement_of_the_source_is_corrected(engine: Engine, page: NDArray[np.uint8]) -> None:
    captured = replace(as_captured(page), geometry=Geometry(rotation=180))
    reading = read_page(captured, engine, SETTINGS)
    assert reading.geometry.rotation == 0
    assert recall(reading) > 0.95


def test_rotation_and_deskew_can_be_turned_off(engine: Engine, page: NDArray[np.uint8]) -> None:
    imaging = SETTINGS.imaging.model_copy(update={"rotate_pages": False, "deskew": False})
    settings = SETTINGS.model_copy(update={"imaging": imaging})
    reading = read_page(as_captured(turned(skewed(page, 1.3), 180)), engine, settings)
    assert reading.geometry == Geometry()
    assert recall(reading) < 0.2


def test_few_words_upside_down(engine: Engine) -> None:
    """Too little for a guess from the lines: the reading itself decides."""
    page = np.full((HEIGHT, WIDTH), 255, dtype=np.uint8)
    page[200:450] = official_page()[400:650]
    reading = read_page(as_captured(turned(page, 180)), engine, SETTINGS)
    assert reading.geometry.rotation == 180
    assert {"QUYẾT", "ĐỊNH"} <= {word.text for word in reading.words}


def test_a_preparation_that_does_harm_is_undone(
    engine: Engine, page: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Levelling once made the prepared copy of two pages blank."""

    def ruin(grey: NDArray[np.uint8], dpi: float) -> NDArray[np.uint8]:
        return np.full(grey.shape, 255, dtype=np.uint8)

    monkeypatch.setattr(engine_copy, "level_background", ruin)
    reading = read_page(as_captured(page), engine, SETTINGS)
    assert recall(reading) > 0.95
    assert reading.geometry.rotation == 0


def test_a_blank_page_is_not_read(engine: Engine) -> None:
    reading = read_page(as_captured(np.full((HEIGHT, WIDTH), 250, dtype=np.uint8)), engine, SETTINGS)
    assert reading.blank
    assert (reading.words, reading.codes, reading.confidence, reading.engine) == ((), (), 0.0, "")
    assert reading.fingerprint


def test_a_drawing_keeps_the_way_it_was_scanned(engine: Engine) -> None:
    page = np.full((HEIGHT, WIDTH), 255, dtype=np.uint8)
    for step in range(6):
        cv2.rectangle(page, (200 + 90 * step, 300 + 120 * step), (1400, 2000), 0, 3)
        cv2.circle(page, (800, 1100), 100 + 60 * step, 0, 2)
    reading = read_page(as_captured(page), engine, SETTINGS)
    assert reading.geometry.rotation == 0
    assert not reading.blank


def test_other_resolutions_across_than_along(engine: Engine, page: NDArray[np.uint8]) -> None:
    """A fax: half as many rows as columns an inch."""
    squeezed = np.asarray(
        cv2.resize(page, (WIDTH, HEIGHT // 2), interpolation=cv2.INTER_AREA), dtype=np.uint8
    )
    captured = replace(as_captured(squeezed), dpi=(200.0, 100.0))
    reading = read_page(captured, engine, SETTINGS)
    assert reading.size == pytest.approx((WIDTH * 72 / 200, HEIGHT // 2 * 72 / 100))
    box = next(word for word in reading.words if word.text == "Xét").box
    assert box.top == pytest.approx((540 + 124 + 5) * 72 / DPI, abs=5)


def test_a_text_page_keeps_its_own_words(engine: Engine, page: NDArray[np.uint8]) -> None:
    words = (Word("Quyết", Box(72, 72, 110, 84), 1.0, 0, 0), Word("định", Box(114, 72, 140, 84), 1.0, 0, 0))
    file = io.BytesIO()
    Image.fromarray(page).save(file, "PDF", resolution=DPI)
    captured = CapturedPage(
        no=1,
        data=file.getvalue(),
        media_type="application/pdf",
        width=round(WIDTH * 300 / DPI),
        height=round(HEIGHT * 300 / DPI),
        dpi=(300.0, 300.0),
        dpi_source="stated",
        kind="text",
        words=words,
    )
    reading = read_page(captured, engine, SETTINGS)
    assert reading.words == words
    assert reading.engine == "text-layer"
    assert reading.confidence == 1.0
    assert reading.size == pytest.approx((WIDTH * 72 / DPI, HEIGHT * 72 / DPI), abs=0.5)
    assert reading.quality.warnings == ()


@pytest.mark.parametrize("lies", [0, 90, 180, 270])
def test_a_cut_edge_is_named_as_a_person_sees_it(engine: Engine, page: NDArray[np.uint8], lies: int) -> None:
    ink = np.flatnonzero((page < 128).any(axis=0))
    cut = np.ascontiguousarray(page[:, ink[0] + round(DPI * 0.6) :])
    reading = read_page(as_captured(turned(cut, lies)), engine, SETTINGS)
    assert reading.quality.cut_edges == ("left",)


def test_a_rotated_pdf_scan(engine: Engine, page: NDArray[np.uint8]) -> None:
    """/Rotate says how to show it; it is right here, and must not be applied twice."""
    file, rotated = io.BytesIO(), io.BytesIO()
    Image.fromarray(turned(page, 270)).convert("1").save(file, "PDF", resolution=DPI)
    with pikepdf.open(file) as pdf:
        pdf.pages[0].obj["/Rotate"] = 90
        pdf.save(rotated)
    limits = SETTINGS.limits
    (captured,) = unpack(rotated.getvalue(), "rotated.pdf", limits, SETTINGS.ocr.min_layer_quality).pages
    assert captured.geometry.rotation == 90
    reading = read_page(captured, engine, SETTINGS)
    assert reading.geometry.rotation == 90
    assert recall(reading) > 0.9


def test_a_damaged_page(engine: Engine, page: NDArray[np.uint8]) -> None:
    with pytest.raises(DamagedInputError):
        read_page(replace(as_captured(page), data=b"\x89PNG\r\n\x1a\nbut no more"), engine, SETTINGS)


def test_a_page_past_the_limit_of_pixels(engine: Engine, page: NDArray[np.uint8]) -> None:
    limits = SETTINGS.limits.model_copy(update={"pixels": 1_000_000})
    with pytest.raises(OversizedInputError):
        read_page(as_captured(page), engine, SETTINGS.model_copy(update={"limits": limits}))


def test_boxes_reach_the_foot_of_a_page_stretched_by_one_per_cent(
    engine: Engine, page: NDArray[np.uint8]
) -> None:
    """Too little for resampling, yet eight points at the foot."""
    low = np.roll(page, 1300, axis=0)
    captured = replace(as_captured(low), dpi=(200.0, 202.0))
    reading = read_page(captured, engine, SETTINGS)
    box = next(word for word in reading.words if word.text == "Xét").box
    assert box.top == pytest.approx((540 + 124 + 8 + 1300) * 72 / 202, abs=3)
    assert reading.size[1] == pytest.approx(HEIGHT * 72 / 202)
