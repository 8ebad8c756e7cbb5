"""A page number alone in the middle of head or foot is read where the engine lost it, and nothing else."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from fixtures import fonts
from scanflow.model import Box, Word
from scanflow.ocr.engines.base import LineEngine, open_engine
from scanflow.ocr.postcorrection.page_number import read_page_number
from scanflow.settings import OcrSettings
from tests.tools import missing

DPI = 150
PER_POINT = DPI / 72
WIDTH, HEIGHT = 1240, 1754
HEAD, FOOT = 105, 1660

Copy = NDArray[np.uint8]


@pytest.fixture(scope="module")
def engine() -> LineEngine:
    engine = open_engine(OcrSettings())
    assert isinstance(engine, LineEngine)
    return engine


def page(*texts: tuple[str, int, int]) -> Copy:
    """A blank page with texts, each in the middle of a place in pixels."""
    try:
        font = fonts.at("serif", round(13 * PER_POINT))
    except FileNotFoundError as error:
        missing(str(error))
    image = Image.new("L", (WIDTH, HEIGHT), 252)
    draw = ImageDraw.Draw(image)
    for text, x, y in texts:
        draw.text((x, y), text, font=font, anchor="mm", fill=25)
    return np.array(image.rotate(0.3, Image.Resampling.BICUBIC, fillcolor=252), dtype=np.uint8)


def word(text: str, x: float, y: float, confidence: float = 0.9) -> Word:
    box = Box((x - 10) / PER_POINT, (y - 12) / PER_POINT, (x + 10) / PER_POINT, (y + 12) / PER_POINT)
    return Word(text, box, confidence, 1, 1)


BELOW = word("Điều", 200, 300)


@pytest.mark.parametrize(
    ("number", "y"), [("2", HEAD), ("3", HEAD), ("3", FOOT), ("5", FOOT), ("8", HEAD), ("14", FOOT)]
)
def test_a_lost_number_is_read(number: str, y: int, engine: LineEngine) -> None:
    copy = page((number, WIDTH // 2, y))
    words = read_page_number([BELOW], copy, DPI, engine)
    (found,) = (each for each in words if each is not BELOW and each.text != "Điều")
    assert found.text == number and found.confidence >= engine.scale.sure_digits
    assert (found.box.top + found.box.bottom) / 2 == pytest.approx(y / PER_POINT, abs=4)


def test_it_takes_the_place_of_noise_and_comes_first(engine: LineEngine) -> None:
    copy = page(("3", WIDTH // 2, HEAD))
    words = read_page_number([word("&)", WIDTH // 2, HEAD, 0.0), BELOW], copy, DPI, engine)
    assert [each.text for each in words] == ["3", "Điều"]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        pytest.param((("4", 620, HEAD),), (word("4", 620, HEAD),), id="read already"),
        pytest.param((("4", 1100, HEAD),), (), id="at the edge"),
        pytest.param((("4", 620, 600),), (), id="in the text"),
        pytest.param((("Số", 560, HEAD), ("4", 620, HEAD)), (), id="in a line"),
        pytest.param((("4", 620, HEAD),), (word("Nghị", 500, HEAD),), id="beside a word"),
        pytest.param((("4", 620, HEAD), ("quy định", 700, HEAD + 26)), (), id="above a line"),
        pytest.param((("1", 620, HEAD),), (), id="a one, that may be a speck"),
        pytest.param((("B", 620, HEAD),), (), id="a letter"),
        pytest.param((("*", 620, HEAD),), (), id="a star"),
    ],
)
def test_what_is_no_lost_number_stays(
    texts: tuple[tuple[str, int, int], ...], words: tuple[Word, ...], engine: LineEngine
) -> None:
    assert read_page_number([*words, BELOW], page(*texts), DPI, engine) == [*words, BELOW]


def test_a_pens_number_and_a_line_of_dirt_stay(engine: LineEngine) -> None:
    pen = Word("4", word("4", 620, HEAD).box, 0.1, 1, 1, kind="handwriting")
    copy = page(("4", 620, HEAD))
    assert read_page_number([pen], copy, DPI, engine) == [pen]
    dirt = page()
    cv2.line(dirt, (620, HEAD - 10), (620, HEAD + 10), 30, 3)
    cv2.circle(dirt, (600, FOOT), 9, 30, -1)
    assert read_page_number([BELOW], dirt, DPI, engine) == [BELOW]
