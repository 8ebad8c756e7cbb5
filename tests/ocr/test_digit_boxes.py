"""A number written one digit to a box is read as the number; anything else stays on the page."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from fixtures import fonts
from scanflow.model import Box, Word
from scanflow.ocr.engines.base import LineEngine, open_engine
from scanflow.ocr.engines.confidence_scale import TESSERACT
from scanflow.ocr.preprocessing.digit_boxes import read_digit_boxes
from scanflow.settings import OcrSettings
from tests.tools import missing

DPI = 200.0
MM = DPI / 25.4
TOP, LEFT = 200, 300
Copy = NDArray[np.uint8]


class AnsweringEngine:
    """Answers each row with a text, and keeps the pictures that it was given."""

    scale = TESSERACT

    def __init__(self, text: str = "", sure: float = 0.9) -> None:
        self.text, self.sure = text, sure
        self.pictures: list[Copy] = []

    def recognize_line(self, grey: Copy, dpi: float) -> list[Word]:
        assert dpi == DPI
        self.pictures.append(grey)
        return [Word(self.text, Box(0, 0, 1, 1), self.sure, 0, 0)] if self.text else []


def page(digits: str, *, wide: float = 7.0, high: float = 6.0) -> Copy:
    """White, with a row of boxes (millimetres), a digit or a space in each."""
    image = Image.new("L", (1654, 800), 255)
    draw = ImageDraw.Draw(image)
    try:
        face = fonts.at("serif", 35)
    except FileNotFoundError as error:
        missing(str(error))
    for no, digit in enumerate(digits):
        left = LEFT + no * wide * MM
        draw.rectangle((left, TOP, left + wide * MM, TOP + high * MM), outline=0, width=2)
        draw.text((left + wide * MM / 2, TOP + high * MM / 2), digit, font=face, anchor="mm", fill=0)
    return np.array(image, dtype=np.uint8)


@pytest.fixture(scope="module")
def engine() -> LineEngine:
    opened = open_engine(OcrSettings())
    assert isinstance(opened, LineEngine)
    return opened


@pytest.mark.parametrize("digits", ["093099000899", "261058341   ", "0931"])
def test_a_number_is_read_and_leaves_the_page(digits: str, engine: LineEngine) -> None:
    copy = page(digits)
    cleaned, numbers = read_digit_boxes(copy, DPI, engine)
    assert [word.text for word in numbers] == [digits.strip()]
    box = numbers[0].box
    assert box.left == pytest.approx(LEFT * 72 / DPI, abs=3)
    assert box.width == pytest.approx(7.0 * len(digits) * 72 / 25.4, abs=6)
    assert cleaned.min() == 255
    assert copy.min() < 50


def test_a_skewed_row_is_found() -> None:
    copy = page("093099000899")
    matrix = cv2.getRotationMatrix2D((800, 300), 0.4, 1)
    turned = np.asarray(cv2.warpAffine(copy, matrix, copy.shape[::-1], borderValue=255), dtype=np.uint8)
    _, numbers = read_digit_boxes(turned, DPI, AnsweringEngine("093099000899"))
    assert [word.text for word in numbers] == ["093099000899"]


@pytest.mark.parametrize("lost", [0, 4, 12])
def test_a_border_that_a_copy_lost_is_put_back(lost: int, engine: LineEngine) -> None:
    copy = page("093099000899")
    at = round(LEFT + lost * 7 * MM)
    copy[TOP + 3 : TOP + 44, at - 2 : at + 3] = 255
    _, numbers = read_digit_boxes(copy, DPI, engine)
    assert [word.text for word in numbers] == ["093099000899"]


def test_dirt_in_a_box_is_no_digit(engine: LineEngine) -> None:
    copy = page("093099000899")
    copy[TOP + 20 : TOP + 22, LEFT + 46 : LEFT + 48] = 0
    copy[TOP + 30 : TOP + 33, LEFT + 640 : LEFT + 643] = 0
    _, numbers = read_digit_boxes(copy, DPI, engine)
    assert [word.text for word in numbers] == ["093099000899"]


def test_boxes_of_a_date_on_the_same_row_are_no_part_of_the_number() -> None:
    copy = page("093099000899")
    for left in (LEFT - 200, LEFT - 145):
        cv2.rectangle(copy, (left, TOP), (left + 55, TOP + round(6 * MM)), 0, 2)
    says = AnsweringEngine("093099000899")
    _, numbers = read_digit_boxes(copy, DPI, says)
    assert [word.text for word in numbers] == ["093099000899"]
    assert numbers[0].box.left == pytest.approx(LEFT * 72 / DPI, abs=3)


def test_boxes_that_are_open_above(engine: LineEngine) -> None:
    copy = page("093099000899")
    copy[TOP - 2 : TOP + 3, LEFT + 3 : LEFT + 659] = 255
    _, numbers = read_digit_boxes(copy, DPI, engine)
    assert [word.text for word in numbers] == ["093099000899"]


def test_narrow_columns_of_a_table_are_no_boxes() -> None:
    copy = page("093099000899")
    cv2.rectangle(copy, (LEFT - 250, TOP), (LEFT, TOP + round(6 * MM)), 0, 2)
    says = AnsweringEngine("093099000899")
    cleaned, numbers = read_digit_boxes(copy, DPI, says)
    assert cleaned is copy
    assert numbers == []


@pytest.mark.parametrize(
    "says",
    [
        AnsweringEngine("09309900089"),
        AnsweringEngine("O93099000899"),
        AnsweringEngine("093099000899", sure=0.5),
        AnsweringEngine(),
    ],
)
def test_what_is_no_sure_number_stays_without_its_borders(says: AnsweringEngine) -> None:
    copy = page("093099000899")
    cleaned, numbers = read_digit_boxes(copy, DPI, says)
    assert numbers == []
    assert (cleaned < 100).sum() < 0.7 * (copy < 100).sum()
    inside = np.s_[TOP + 10 : TOP + 38, LEFT + 10 : LEFT + 46]
    assert (cleaned[inside] == copy[inside]).all()


def test_the_digits_are_closed_up() -> None:
    says = AnsweringEngine("093099000899")
    read_digit_boxes(page("093099000899"), DPI, says)
    assert says.pictures[0].shape[1] < 0.5 * 12 * 7 * MM


@pytest.mark.parametrize(
    ("digits", "wide", "high"),
    [(" " * 12, 7, 6), ("093", 7, 6), ("093099", 20, 6), ("093099", 7, 25), ("0" * 12, 7, 3)],
    ids=["empty", "too few", "too wide", "too high", "too low"],
)
def test_other_frames_hold_no_numbers(digits: str, wide: float, high: float) -> None:
    says = AnsweringEngine("093099")
    _, numbers = read_digit_boxes(page(digits, wide=wide, high=high), DPI, says)
    assert numbers == []
    assert says.pictures == []


def test_a_page_without_boxes_is_not_copied() -> None:
    copy = page("")
    cleaned, numbers = read_digit_boxes(copy, DPI, AnsweringEngine("1"))
    assert cleaned is copy
    assert numbers == []


def test_a_hatched_drawing_holds_no_numbers() -> None:
    copy = page("")
    copy[::50] = 0
    copy[:, 10::6] = 0
    copy[42::50] = copy[43::50] = copy[44::50] = copy[45::50] = 255
    says = AnsweringEngine("093099")
    cleaned, numbers = read_digit_boxes(copy, DPI, says)
    assert cleaned is copy
    assert numbers == []
    assert says.pictures == []


@pytest.mark.parametrize(("title", "size"), [("QUYẾT ĐỊNH", 58), ("GIẤY CHỨNG NHẬN", 50), ("TỜ TRÌNH", 56)])
def test_a_large_title_is_no_row_of_boxes(title: str, size: int) -> None:
    """Its stems are as high as borders, level, and joined by serifs above or below."""
    image = Image.new("L", (1654, 500), 255)
    ImageDraw.Draw(image).text((100, 150), title, font=fonts.at("serif", size), fill=0)
    small = image.resize((827, 250), Image.Resampling.BILINEAR)
    blurred = small.resize(image.size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(1.5))
    copy = np.array(blurred, dtype=np.uint8)
    cleaned, numbers = read_digit_boxes(copy, DPI, AnsweringEngine())
    assert cleaned is copy
    assert numbers == []
