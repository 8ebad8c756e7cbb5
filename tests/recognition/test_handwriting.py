"""A form filled in by hand: handwritten words are kept and marked, and are no part of the page's text."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from fixtures import fonts
from scanflow.archive.documents.page_words import page_text
from scanflow.model import PageReading
from scanflow.ocr.confidence import mean_confidence
from scanflow.ocr.engines.base import open_engine
from scanflow.recognition.page import read_page
from scanflow.settings import Settings
from tests.ocr.pages import BODY, TITLE, as_captured, official_page

LABELS = ("Họ và tên:", "Nơi sinh:", "Nghề nghiệp:", "Địa chỉ:")
VALUES = ("Nguyễn Thị Hồng Gấm", "Xã Vị Thủy, Hậu Giang", "Thợ xây dựng", "Ấp Mỹ Hưng, Ngã Bảy")
FIRST_LINE = 1200  # pixels


@pytest.fixture(scope="module")
def reading() -> PageReading:
    """The official page with four dotted lines, written on with a pen of another slant than print's."""
    image = Image.fromarray(official_page())
    draw = ImageDraw.Draw(image)
    for no, (label, value) in enumerate(zip(LABELS, VALUES, strict=True)):
        y = FIRST_LINE + 90 * no
        draw.text((230, y), label, font=fonts.at("serif", 36), anchor="ls")
        for x in range(500, 1400, 9):
            draw.ellipse((x - 1, y + 4, x + 1, y + 6), fill=60)
        draw.text((520, y), value, font=fonts.at(fonts.HAND, 46), fill=70, anchor="ls")
    settings = Settings()
    return read_page(as_captured(np.asarray(image)), open_engine(settings.ocr), settings)


def test_handwritten_words_are_kept_where_they_stand(reading: PageReading) -> None:
    marked = [word for word in reading.words if word.kind == "handwriting"]
    assert marked
    assert all(
        word.box.top > (FIRST_LINE - 90) * 72 / 200 and word.box.left > 480 * 72 / 200 for word in marked
    )


def test_print_stays_the_text(reading: PageReading) -> None:
    text = page_text(reading.words)
    assert set(" ".join((TITLE, *BODY[:4], "Họ và tên:", "Địa chỉ:")).split()) <= set(text.split())
    assert text.split() == [word.text for word in reading.printed]
    assert len(reading.printed) < len(reading.words)


def test_the_page_is_as_sure_as_its_print(reading: PageReading) -> None:
    assert reading.confidence == pytest.approx(mean_confidence(reading.printed))
    assert reading.confidence > 0.95
