"""Quality: numbers that mean the same at each resolution, and warn of what a reader can't read."""

import numpy as np
import pytest

from scanflow.imaging.measures.quality import measure_quality
from scanflow.imaging.raster import Raster
from scanflow.settings import ImagingSettings
from tests.imaging.pages import blurred, fixture_pages, plain_page, sheet, text_page, turned, written_pages

SETTINGS = ImagingSettings()


def faint(page: Raster, depth: float) -> Raster:
    return (245 - (245 - page.astype(np.float32)).clip(0) * depth).astype(np.uint8)


@pytest.mark.parametrize("dpi", [200.0, 300.0, 400.0])
def test_good_pages_are_good_at_each_resolution(dpi: float) -> None:
    quality = measure_quality(text_page(dpi), dpi, SETTINGS)
    assert quality.sharpness > 0.8
    assert quality.contrast > 0.6
    assert quality.warnings == ()


def test_bilevel_pages_are_good() -> None:
    page = np.where(text_page(200) < 140, 0, 255).astype(np.uint8)
    quality = measure_quality(page, 200, SETTINGS)
    assert (quality.sharpness, quality.contrast, quality.warnings) == (1.0, 1.0, ())


@pytest.mark.parametrize("dpi", [150.0, 200.0, 300.0])
def test_blur_is_measured_in_millimetres(dpi: float) -> None:
    page = text_page(dpi)
    values = [measure_quality(blurred(page, mm, dpi), dpi, SETTINGS) for mm in (0.08, 0.16, 0.24, 0.5)]
    sharpness = [quality.sharpness for quality in values]
    assert sharpness == sorted(sharpness, reverse=True)
    assert "blurred" not in values[0].warnings
    assert "blurred" in values[3].warnings


def test_faint_print_is_warned_of_and_stays_sharp() -> None:
    page = plain_page()
    quality = measure_quality(faint(page.grey, 0.25), page.dpi, SETTINGS)
    assert quality.warnings == ("faint",)
    assert quality.sharpness > 0.7


def test_thresholds_are_settings() -> None:
    page = text_page(150)
    assert measure_quality(page, 150, SETTINGS).warnings == ("low-resolution",)
    strict = ImagingSettings(min_dpi=100, min_contrast=1.0)
    assert measure_quality(page, 150, strict).warnings == ("faint",)
    assert measure_quality(page, 149.9, ImagingSettings(min_dpi=150)).warnings == ()


def test_an_empty_sheet_is_neither_blurred_nor_faint() -> None:
    quality = measure_quality(sheet(200), 200, SETTINGS)
    assert (quality.sharpness, quality.contrast, quality.warnings) == (1.0, 1.0, ())


@pytest.mark.parametrize(
    ("side", "rows", "columns"),
    [
        ("left", slice(None), slice(260, None)),
        ("right", slice(None), slice(None, 700)),
        ("top", slice(360, None), slice(None)),
        ("bottom", slice(None), slice(None, 1521)),
    ],
)
def test_print_cut_at_one_side(side: str, rows: slice, columns: slice) -> None:
    page = text_page(200)
    if side == "bottom":
        rows, columns = columns, slice(None)
    quality = measure_quality(np.ascontiguousarray(page[rows, columns]), 200, SETTINGS)
    assert quality.cut_edges == (side,)
    assert f"cut-{side}" in quality.warnings


def test_edges_of_fixtures() -> None:
    for page in fixture_pages():
        upright = turned(page.grey, page.geometry.rotation)
        found = measure_quality(upright, page.dpi, SETTINGS).cut_edges
        assert found == (("left",) if "cut-left" in page.damages else ()), page.name


def test_scanner_edges_cut_nothing() -> None:
    page = text_page(200)
    page[:, :25] = 10
    page[:30] = 90
    page[:, -8:] = np.random.default_rng(1).integers(0, 255, (page.shape[0], 8)).astype(np.uint8)
    assert measure_quality(page, 200, SETTINGS).cut_edges == ()


def test_fixtures_are_warned_of_as_they_were_damaged() -> None:
    for page in written_pages():
        warnings = measure_quality(page.grey, page.dpi, SETTINGS).warnings
        assert ("faint" in warnings) == ("faint" in page.damages), page.name
        assert ("low-resolution" in warnings) == ("low-dpi" in page.damages), page.name
