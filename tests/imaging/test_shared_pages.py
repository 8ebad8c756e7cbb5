"""On real scans, where they are at hand."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from fixtures.extra import EXTRA
from scanflow.capture.files.unpack import unpack
from scanflow.imaging.decoding.decode import decode, square
from scanflow.imaging.engine_copy import level_background
from scanflow.imaging.geometry.orientation import SURE, find_rotation
from scanflow.imaging.geometry.skew import find_skew
from scanflow.imaging.geometry.upright import to_upright
from scanflow.imaging.measures.blank import is_blank
from scanflow.imaging.measures.quality import measure_quality
from scanflow.imaging.raster import Raster, as_raster, to_grey
from scanflow.settings import ImagingSettings
from tests.imaging.pages import LIMITS, blurred, turned

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not EXTRA.exists(), reason="no extra files here"),
]

Page = tuple[str, Raster, float]


def real_pages() -> Iterator[Page]:
    """The five first pages, upright, 200 dpi."""
    for path in sorted((EXTRA / "real-pages").glob("*.png")):
        yield path.name, as_raster(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)), 200.0


def real_scans() -> Iterator[Page]:
    """The first pages of the scanned PDFs, turned as their files say, which is upright."""
    for path in sorted((EXTRA / "real-pdfs").glob("*.pdf")):
        page = unpack(path.read_bytes(), path.name, LIMITS, 1.1).pages[0]
        image, dpi = square(decode(page, LIMITS), page)
        yield path.name, to_upright(to_grey(image), page.geometry), dpi


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    """Both, decoded once."""
    return [*real_pages(), *real_scans()]


@pytest.mark.parametrize("clockwise", [0, 90, 180, 270])
def test_real_pages_are_turned_rightly_and_never_wrongly_with_certainty(
    clockwise: int, pages: list[Page]
) -> None:
    sure = 0
    for name, grey, dpi in pages:
        found = find_rotation(turned(grey, clockwise), dpi)
        assert found.confidence < SURE or found.rotation == -clockwise % 360, name
        sure += found.confidence >= SURE
    assert sure >= 0.9 * len(pages)


@pytest.mark.parametrize(
    ("name", "angle", "dpi"),
    [(1, -1.4, 600), (2, -2.3, 150), (3, -6.2, 150), (4, 7.1, 150), (5, 3.4, 150), (6, -2.8, 150)],
)
def test_skews_of_real_pages_are_found(name: int, angle: float, dpi: float) -> None:
    image = cv2.imread(str(EXTRA / "skew" / f"sbrunner_deskew-{name}.png"), cv2.IMREAD_GRAYSCALE)
    assert find_skew(as_raster(image), dpi) == pytest.approx(angle, abs=0.2)


def test_real_pages_are_good_and_their_spoilt_copies_are_not() -> None:
    settings = ImagingSettings()
    for name, grey, dpi in real_pages():
        assert measure_quality(grey, dpi, settings).warnings == (), name
        assert "blurred" in measure_quality(blurred(grey, 0.35, dpi), dpi, settings).warnings, name
        faint = (200 + grey * 0.2).astype(np.uint8)
        assert "faint" in measure_quality(as_raster(faint), dpi, settings).warnings, name


def test_print_cut_off_real_scans_is_found_and_nowhere_else(pages: list[Page]) -> None:
    for name, grey, dpi in pages:
        assert measure_quality(grey, dpi, ImagingSettings()).cut_edges == (), name
        width = grey.shape[1]
        if dpi >= 150:  # coarser ones have letters of a few pixels
            cut = np.ascontiguousarray(grey[:, width // 4 :])
            assert "left" in measure_quality(cut, dpi, ImagingSettings()).cut_edges, name


def test_no_real_page_is_blank_or_levelled(pages: list[Page]) -> None:
    for name, grey, dpi in pages:
        assert not is_blank(grey, dpi), name
        assert level_background(grey, dpi) is grey, name


def test_a_real_empty_page_under_a_watermark_is_blank() -> None:
    unpacked = unpack((EXTRA / "real-pdfs" / "10209512.pdf").read_bytes(), "x.pdf", LIMITS, 1.1).pages
    assert [page.no for page in unpacked if is_blank(to_grey(decode(page, LIMITS)), 300)] == [17]
