"""A small official paper, rendered: enough print to be read, little enough to be quick."""

import io
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from fixtures import fonts
from scanflow.model import CapturedPage
from tests.tools import missing

DPI = 200
WIDTH, HEIGHT = 1654, 2339  # A4

LEFT = ("ỦY BAN NHÂN DÂN", "PHƯỜNG VỊ TÂN", "Số: 12/QĐ-UBND")
RIGHT = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Vị Tân, ngày 05 tháng 8 năm 2026",
)
BODY = (
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;",
    "Căn cứ Luật Đất đai ngày 18 tháng 01 năm 2024 và các văn bản hướng dẫn thi hành;",
    "Xét đề nghị của Trưởng phòng Kinh tế, Hạ tầng và Đô thị phường,",
    "Điều 1. Công nhận quyền sử dụng đất ở cho hộ gia đình có tên trong danh sách",
    "kèm theo Quyết định này, với diện tích được ghi trong trích đo địa chính.",
    "Điều 2. Quyết định này có hiệu lực kể từ ngày ký. Thủ trưởng các đơn vị có liên quan",
    "chịu trách nhiệm thi hành Quyết định này và báo cáo kết quả thực hiện theo quy định.",
)
TITLE = "QUYẾT ĐỊNH"


def official_page(body: Sequence[str] = BODY) -> NDArray[np.uint8]:
    """An A4 page at 200 dpi, grey: the head of two columns, a title, a few lines of `body`."""
    try:
        head, bold, text = (
            fonts.at(key, size) for key, size in (("serif", 33), ("serif-bold", 36), ("serif", 36))
        )
    except FileNotFoundError as error:
        missing(str(error))
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(image)
    for row, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        draw.text((400, 160 + 55 * row), left, font=head, anchor="ma")
        draw.text((1130, 160 + 55 * row), right, font=head, anchor="ma")
    draw.text((WIDTH // 2, 420), TITLE, font=bold, anchor="ma")
    for row, line in enumerate(body):
        draw.text((230, 540 + 62 * row), line, font=text)
    return np.asarray(image, dtype=np.uint8)


def as_captured(image: NDArray[np.uint8], dpi: float = DPI) -> CapturedPage:
    """The raster as a scan that came as PNG."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return CapturedPage(
        no=1,
        data=file.getvalue(),
        media_type="image/png",
        width=image.shape[1],
        height=image.shape[0],
        dpi=(dpi, dpi),
        dpi_source="stated",
    )


def skewed(image: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    """The page turned clockwise about its centre, as a sheet lies askew on the glass."""
    height, width = image.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    turned = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=255)
    return np.asarray(turned, dtype=np.uint8)


def two_cards(*degrees: float) -> NDArray[np.uint8]:
    """An A4 sheet with the page's body as two cards, one below the other, each turned clockwise."""
    card = official_page()[530:990, 200:1560]
    card = np.asarray(cv2.resize(card, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA), np.uint8)
    high, wide = card.shape
    sheet = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for no, angle in enumerate(degrees):
        middle = WIDTH / 2, CARDS[no]
        matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), -angle, 1)
        matrix[:, 2] += (middle[0] - wide / 2, middle[1] - high / 2)
        drawn = cv2.warpAffine(card, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderValue=255)
        sheet = np.minimum(sheet, np.asarray(drawn, np.uint8))
    return sheet


CARDS = 600, 1700
"""The rows of the middle of each of `two_cards`."""


CORNERS = np.array([(330, 260), (1960, 330), (2120, 2760), (180, 2690)], dtype=np.float64)
"""Where the corners of a page lie in `photograph_of`: x and y, clockwise from the top left."""


def photograph_of(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The page on a dark table, photographed from an angle."""
    height, width = page.shape
    paper = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(paper, CORNERS.astype(np.float32))
    picture = cv2.warpPerspective(page, matrix, (2300, 3000), flags=cv2.INTER_AREA, borderValue=60)
    return np.asarray(picture, dtype=np.uint8)
