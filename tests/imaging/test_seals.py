"""Seals and stamps are known by their ring or frame, with their place, size and colour."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from fixtures import raster
from fixtures.damage import Scan, scan_sheet
from fixtures.sheet import BLUE, RED, Colour, Rule, Seal, Shape, Sheet, Signature, Text
from scanflow.imaging.marks.grey_seals import find_grey_seals
from scanflow.imaging.marks.seals import COLOURS, PressedSeal, coloured_inks, coloured_seals, ring_seals
from scanflow.imaging.raster import Raster, as_raster
from scanflow.units import pixels_per_mm

DPI = 150
AROUND = "ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN * CẦN THƠ *"


def page_with(*marks: Seal | Signature | Text | Rule | Shape, lines: int = 12) -> Sheet:
    sheet = Sheet(marks=[*marks])
    for no in range(lines):
        sheet.add(Text(30, 60 + 7 * no, "Căn cứ quy định của pháp luật và sau khi xem xét hồ sơ"))
    return sheet


def found_on(sheet: Sheet, scan: Scan) -> Sequence[PressedSeal]:
    picture = np.asarray(scan_sheet(sheet, scan, 3))
    if picture.ndim == 2:
        grey = find_grey_seals(as_raster(picture), scan.dpi)
        return ring_seals(grey.rings, "grey") if grey else []
    return seals_of(as_raster(picture[:, :, ::-1]), scan.dpi)


def seals_of(image: Raster, dpi: float = DPI) -> Sequence[PressedSeal]:
    return coloured_seals(coloured_inks(image, dpi, COLOURS))


def millimetres(seal: PressedSeal, dpi: float) -> list[float]:
    return [side / pixels_per_mm(dpi) for side in (seal.left, seal.top, seal.right, seal.bottom)]


@pytest.mark.parametrize(("ink", "colour"), [(RED, "red"), (BLUE, "blue")])
@pytest.mark.parametrize("scan", [Scan(DPI), Scan(100, noise=5, faint=0.25), Scan(200, skew=1.5)])
def test_a_round_seal_over_a_signature_is_found(ink: Colour, colour: str, scan: Scan) -> None:
    sheet = page_with(Signature(130, 190, 40, 4), Seal(140, 190, 17.5, AROUND, colour=ink))
    (seal,) = found_on(sheet, scan)
    assert (seal.shape, seal.colour) == ("round", colour)
    left, top, right, bottom = millimetres(seal, scan.dpi)
    assert right - left == pytest.approx(35, abs=2) and bottom - top == pytest.approx(35, abs=2)
    # A skew turns the sheet about its middle.
    assert (left + right) / 2 == pytest.approx(140, abs=2.5)
    assert (top + bottom) / 2 == pytest.approx(190, abs=2.5)


def test_a_red_seal_is_found_in_a_grey_scan() -> None:
    sheet = page_with(Seal(140, 190, 17.5, AROUND), lines=25)
    (seal,) = found_on(sheet, Scan(200, "grey", noise=3))
    assert (seal.shape, seal.colour) == ("round", "grey")
    assert millimetres(seal, 200) == pytest.approx([122.5, 172.5, 157.5, 207.5], abs=2)


def test_two_seals_are_two() -> None:
    sheet = page_with(Seal(60, 190, 17.5, AROUND), Seal(150, 230, 16, AROUND))
    assert [seal.shape for seal in found_on(sheet, Scan(DPI))] == ["round", "round"]


def stamp(ink: Colour) -> list[Shape | Text]:
    """A registry's stamp, pressed a little askew."""
    turned = [(x + 0.07 * y, y - 0.07 * x) for x, y in ((30, 40), (76, 40), (76, 64), (30, 64))]
    frame = Shape(tuple(turned), width=0.6, colour=ink)
    lines = ("CÔNG VĂN ĐẾN", "Số: .........", "Ngày: ........")
    return [frame, *(Text(36, 44 + 6 * no, line, "sans", 9, ink) for no, line in enumerate(lines))]


@pytest.mark.parametrize(("ink", "colour"), [(RED, "red"), (BLUE, "blue")])
def test_a_received_stamp_is_rectangular(ink: Colour, colour: str) -> None:
    (seal,) = found_on(page_with(*stamp(ink)), Scan(DPI))
    assert (seal.shape, seal.colour) == ("rectangular", colour)
    left, top, right, bottom = millimetres(seal, DPI)
    assert right - left == pytest.approx(48, abs=3) and bottom - top == pytest.approx(27, abs=3)


@pytest.mark.parametrize("ink", [RED, BLUE])
def test_signatures_titles_and_names_are_no_seals(ink: Colour) -> None:
    words = ("GIẤY CHỨNG NHẬN", "QUYỀN SỬ DỤNG ĐẤT", "QUYỀN SỞ HỮU NHÀ Ở")
    titles = [Text(50, 30 + 6.5 * no, line, "serif-bold", 18, ink) for no, line in enumerate(words)]
    names = [Text(120, 160 + 5 * no, "TM. ỦY BAN NHÂN DÂN", "sans-bold", 13, ink) for no in range(3)]
    pens = [Signature(40 + 30 * seed, 210, 40, seed, ink) for seed in range(3)]
    assert found_on(page_with(*titles, *names, *pens), Scan(DPI)) == ()


def test_a_frame_around_the_page_and_a_patterned_ground_are_no_seals() -> None:
    page = np.ascontiguousarray(np.asarray(raster.draw(page_with(), DPI))[:, :, ::-1])
    cv2.rectangle(page, (40, 40), (page.shape[1] - 40, page.shape[0] - 40), RED[::-1], 6)
    assert seals_of(as_raster(page)) == ()
    ground = np.full(page.shape, (225, 230, 252), np.uint8)
    for x in range(-page.shape[0], page.shape[1], 30):
        cv2.line(ground, (x, 0), (x + page.shape[0], page.shape[0]), (150, 160, 238), 2)
    assert seals_of(as_raster(np.minimum(page, ground))) == ()
