"""Codes on pages and dossier numbers in texts. All numbers are invented."""

import io
from datetime import date

import cv2
import numpy as np
import pytest
import segno
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from scanflow.capture.codes import read_codes
from scanflow.errors import UsageError
from scanflow.settings import CodeSettings
from scanflow.text.dossier_numbers import find_dossier_number, normalise_dossier_number

GRAMMARS = CodeSettings().dossier_grammars
OLD, NEW, INSURANCE = "000.00.19.H47-260105-0001", "H57.132-260804-0583", "03706/2026/07906"


def qr(text: str, scale: int) -> NDArray[np.uint8]:
    target = io.BytesIO()
    segno.make(text, error="m", micro=False).save(target, kind="png", scale=scale)
    return np.asarray(Image.open(target).convert("L"))


def bars(text: str) -> NDArray[np.uint8]:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    return np.array(zxingcpp.write_barcode_to_image(code, scale=4), np.uint8)


def page_with(code: NDArray[np.uint8], dpi: int = 300) -> NDArray[np.uint8]:
    page = np.full((round(11.69 * dpi), round(8.27 * dpi)), 255, np.uint8)
    for line in range(12):  # print below, as on a receipt
        page[dpi * 4 + line * 60 : dpi * 4 + line * 60 + 20, 200:-200:3] = 0
    page[120 : 120 + code.shape[0], 150 : 150 + code.shape[1]] = code
    return page


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize(
    ("code", "symbology"), [(qr(OLD, 5), "QRCode"), (bars(NEW), "Code128")], ids=["qr", "bars"]
)
def test_codes_are_read_whichever_way_the_page_lies(
    code: NDArray[np.uint8], symbology: str, turn: int
) -> None:
    (found,) = read_codes(np.ascontiguousarray(np.rot90(page_with(code), turn)))
    assert found.text in (OLD, NEW)
    assert found.symbology == symbology


@pytest.mark.parametrize("dpi", [150, 200, 300, 600])
def test_a_receipts_qr_is_read_at_every_resolution(dpi: int) -> None:
    """25 modules on 15 mm, slightly turned and blurred."""
    scale = max(1, round(15 / 25.4 * dpi / 33))
    page = page_with(qr(OLD, scale), dpi)
    turn = cv2.getRotationMatrix2D((page.shape[1] / 2, page.shape[0] / 2), 1.7, 1)
    turned = cv2.warpAffine(page, turn, page.shape[::-1], borderValue=255)
    (found,) = read_codes(np.asarray(cv2.GaussianBlur(turned, (0, 0), dpi / 400), np.uint8))
    assert found.text == OLD


@pytest.mark.parametrize("code", [qr(OLD, 8), bars(NEW)], ids=["qr", "bars"])
def test_a_small_code_of_two_tones_is_read_at_full_resolution(code: NDArray[np.uint8]) -> None:
    """Modules of 2.3 pixels, scanned somewhat askew with grain: hardly one pixel each in the reduced copy."""
    module = 8 if code.shape[0] == code.shape[1] else 4
    small = cv2.resize(code, None, fx=2.3 / module, fy=2.3 / module, interpolation=cv2.INTER_AREA)
    page = page_with(np.asarray(small, np.uint8))
    turn = cv2.getRotationMatrix2D((300, 200), 2.5, 1)
    grey = cv2.warpAffine(page, turn, page.shape[::-1], borderValue=255).astype(np.float32)
    grain = np.random.default_rng(6).normal(0, 20, page.shape)
    scan = np.where(cv2.GaussianBlur(grey, (0, 0), 0.7) + grain > 128, 255, 0).astype(np.uint8)
    assert not zxingcpp.read_barcodes(cv2.resize(scan, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    assert [code.text for code in read_codes(scan, two_tones=True)] in ([OLD], [NEW])


def test_vietnamese_payloads_are_in_nfc() -> None:
    (found,) = read_codes(page_with(qr("093456789012||Trần Thử Nghiệm|01011990|Nữ", 4)))
    assert found.text.split("|")[2] == "Trần Thử Nghiệm"


def test_a_page_without_codes_has_none() -> None:
    assert read_codes(page_with(np.full((9, 9), 255, np.uint8))) == ()
    assert read_codes(np.zeros((3, 3), np.uint8)) == ()


@pytest.mark.parametrize("number", [OLD, NEW, INSURANCE])
@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "Mã hồ sơ: {}.",
        "https://dichvucong.example.vn/tra-cuu?ma={}&loai=1",
        "https://dichvucong.example.vn/hs/{}",
        "{}.pdf",
        "Hồ sơ ({}), bản chính",
        "HS_{}_1",
    ],
)
def test_numbers_are_found_in_payloads_links_and_prose(number: str, text: str) -> None:
    assert find_dossier_number(text.format(number), GRAMMARS) == number


def test_numbers_are_found_in_encoded_links_and_odd_typing() -> None:
    assert find_dossier_number("https://x.example/?so=03706%2F2026%2F07906", GRAMMARS) == INSURANCE
    assert find_dossier_number("h57.132–260804–0583", GRAMMARS) == NEW


@pytest.mark.parametrize(
    "text",
    [
        "00.00.19.H47-260105-0001",  # a digit of the head is missing: the rest looks like the new form
        "000.00.19.H47-260105-00",
        "H57.132-261304-0583",  # month 13
        "H57.132-260230-0583",  # 30 February
        "H57.132-260804-0583-2",
        "AH57.132-260804-0583",
        "H57.132-260804-0583B",
        "103706/2026/07906",
        "03706/2026/07906/1",
        "03706/1826/07906",
        "",
        "Số: 12/QĐ-UBND",
    ],
)
def test_pieces_and_impossible_dates_are_no_numbers(text: str) -> None:
    assert find_dossier_number(text, GRAMMARS) is None
    with pytest.raises(UsageError):
        normalise_dossier_number(text, GRAMMARS)


def test_the_first_real_one_wins() -> None:
    assert find_dossier_number(f"H57.132-269999-0001 {INSURANCE} {NEW}", GRAMMARS) == INSURANCE


def test_what_a_clerk_types_gets_its_one_spelling() -> None:
    assert normalise_dossier_number("  h57.132 - 260804 – 0583 ", GRAMMARS) == NEW
    assert normalise_dossier_number(INSURANCE, GRAMMARS) == INSURANCE
    with pytest.raises(UsageError) as caught:
        normalise_dossier_number("tờ khai", GRAMMARS)
    assert "Mã hồ sơ" in caught.value.message_vi


def test_a_site_can_have_its_own_grammar() -> None:
    assert find_dossier_number("số TP-2026-77", [r"TP-\d{4}-\d+"]) == "TP-2026-77"
    assert find_dossier_number(NEW, [r"TP-\d{4}-\d+"]) is None


DATES = st.dates(date(2000, 1, 1), date(2068, 12, 31)).map(lambda day: day.strftime("%y%m%d"))
NUMBERS = st.one_of(
    st.builds(
        "{:03d}.{:02d}.{:02d}.{}{:02d}-{}-{:04d}".format,
        st.integers(0, 999),
        st.integers(0, 99),
        st.integers(0, 99),
        st.sampled_from("GHK"),
        st.integers(0, 99),
        DATES,
        st.integers(0, 99_999),
    ),
    st.builds(
        "H{:02d}.{}-{}-{:04d}".format,
        st.integers(0, 99),
        st.integers(0, 999),
        DATES,
        st.integers(0, 99_999),
    ),
)
AROUND = st.text(st.characters(categories=("Zs", "Po", "Ps", "Pe"), exclude_characters="./%"), max_size=5)


@given(NUMBERS, AROUND, AROUND)
def test_every_real_number_is_found_among_spaces_and_marks(number: str, before: str, after: str) -> None:
    assert find_dossier_number(f"{before}{number}{after}", GRAMMARS) == number
    assert normalise_dossier_number(number, GRAMMARS) == number


@given(NUMBERS, st.integers(0, 40))
def test_a_number_that_lost_its_beginning_is_never_taken_for_another(number: str, cut: int) -> None:
    """Except where the rest is the same number in another form of a grammar."""
    rest = number[cut:]
    found = find_dossier_number(rest, GRAMMARS)
    assert found is None or found == rest


@given(st.text(max_size=60))
def test_numbers_can_be_searched_in_any_text(text: str) -> None:
    found = find_dossier_number(text, GRAMMARS)
    assert found is None or normalise_dossier_number(found, GRAMMARS) == found
