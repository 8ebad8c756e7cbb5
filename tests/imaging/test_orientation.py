"""Orientation: all four turns of every fixture are found, or found unsure; none is sure and wrong."""

import numpy as np
import pytest

from fixtures.damage import Scan, scan_sheet
from fixtures.writer import Writer
from scanflow.imaging.geometry.orientation import SURE, UNSURE, find_rotation
from scanflow.imaging.raster import as_raster
from tests.imaging.pages import fixture_pages, plain_page, sheet, skewed, turned, write, written_pages


@pytest.mark.parametrize("clockwise", [0, 90, 180, 270])
def test_pages_of_text_are_turned_right_and_surely(clockwise: int) -> None:
    for page in written_pages():
        found = find_rotation(turned(page.grey, clockwise), page.dpi)
        assert found.rotation == (page.geometry.rotation - clockwise) % 360, page.name
        assert found.confidence >= SURE, page.name


def test_a_page_with_little_on_it_is_never_turned_wrongly_with_certainty() -> None:
    for page in fixture_pages():
        found = find_rotation(page.grey, page.dpi)
        assert found.confidence < SURE or found.rotation == page.geometry.rotation, page.name


@pytest.mark.parametrize("angle", [-9.0, 4.0, 12.0])
@pytest.mark.parametrize("clockwise", [90, 180])
def test_skew_does_not_hide_the_turn(angle: float, clockwise: int) -> None:
    page = plain_page()
    found = find_rotation(turned(skewed(page.grey, angle), clockwise), page.dpi)
    assert found.rotation == (360 - clockwise)
    assert found.confidence >= SURE


@pytest.mark.parametrize(("angle", "clockwise"), [(16.0, 0), (-24.0, 180), (33.0, 90), (-43.0, 270)])
def test_a_page_at_any_angle_is_turned_right(angle: float, clockwise: int) -> None:
    """A page at 16 degrees was once taken for one upside down."""
    page = plain_page()
    found = find_rotation(turned(skewed(page.grey, angle), clockwise), page.dpi)
    assert found.rotation == (360 - clockwise) % 360
    assert UNSURE >= found.confidence >= 0.6


@pytest.mark.parametrize("dpi", [100.0, 150.0, 300.0])
def test_a_page_without_lines_gives_no_confidence(dpi: float) -> None:
    page = sheet(dpi)
    assert find_rotation(page, dpi).confidence == 0
    write(page, "Trang 3", 100, 280, dpi)
    assert find_rotation(page, dpi).confidence < SURE


@pytest.mark.parametrize("clockwise", [0, 90, 180, 270])
def test_a_few_words_beside_a_specked_edge_give_no_certainty(clockwise: int) -> None:
    writer = Writer()
    writer.line("6", align="centre")
    writer.skip(6)
    writer.line("Biên bản được lập thành hai bản có giá trị như nhau.")
    writer.line("Nơi nhận: Như trên; Lưu: VT.")
    for text in ("CHỦ TỊCH", "Trần Văn Út"):
        writer.skip(15)
        writer.line(text, "serif-bold", align="right")
    copy = scan_sheet(writer.sheet, Scan(200, "bitonal", skew=-0.2, photocopy=True), 5).convert("L")
    found = find_rotation(turned(as_raster(np.asarray(copy)), clockwise), 200)
    assert found.confidence < SURE
