"""The network in NumPy reads as Tesseract does, and Tesseract reads what it can't."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import tesserocr
from numpy.typing import NDArray
from threadpoolctl import threadpool_info, threadpool_limits

from scanflow.model import Box, Word, union
from scanflow.ocr.engines.base import open_engine
from scanflow.ocr.engines.line_network.forward import outputs_of
from scanflow.ocr.engines.line_network.image import network_input
from scanflow.ocr.engines.line_network.page import Limits, PageRecognizer
from scanflow.ocr.engines.line_network.search import words_of
from scanflow.ocr.engines.line_network.weights import Network, UnsupportedNetworkError, open_network
from scanflow.ocr.engines.tesseract import TesseractEngine
from scanflow.ocr.engines.traineddata import SHIPPED, Component, check_models, components
from scanflow.settings import OcrSettings
from scanflow.units import POINTS_PER_INCH
from tests.ocr.pages import DPI, official_page

MODEL = SHIPPED / "scanflow_vie.traineddata"


@pytest.fixture(scope="module")
def network() -> Network:
    return open_network(MODEL)


@pytest.fixture(scope="module")
def engine() -> TesseractEngine:
    opened = open_engine(OcrSettings())
    assert isinstance(opened, TesseractEngine)
    return opened


@pytest.fixture(scope="module")
def page() -> NDArray[np.uint8]:
    return official_page()


@pytest.fixture(scope="module")
def by_tesseract(engine: TesseractEngine, page: NDArray[np.uint8]) -> list[Word]:
    return engine.recognize(page, DPI)


def read(
    engine: TesseractEngine, network: Network, page: NDArray[np.uint8], limits: Limits
) -> tuple[list[Word] | None, int]:
    """The words of a page, and how many pieces of lines Tesseract read."""
    words, widths = read_with_widths(engine, network, page, limits)
    return words, len(widths)


def read_with_widths(
    engine: TesseractEngine, network: Network, page: NDArray[np.uint8], limits: Limits
) -> tuple[list[Word] | None, list[int]]:
    """The words of a page, and the widths in pixels of the pictures that Tesseract read."""
    asked: list[int] = []

    def read_line(line: NDArray[np.uint8], dpi: float) -> list[Word]:
        asked.append(line.shape[1])
        return engine.recognize_line(line, dpi)

    models = check_models(OcrSettings())
    with tesserocr.PyTessBaseAPI(
        path=str(models.folder), lang=models.names, psm=tesserocr.PSM.AUTO, oem=tesserocr.OEM.LSTM_ONLY
    ) as api:
        api.SetImageBytes(page.tobytes(), page.shape[1], page.shape[0], 1, page.shape[1])
        api.SetSourceResolution(DPI)
        words = PageRecognizer(network).read(api, page, DPI, read_line, limits)
    return words, asked


def test_the_network_alone_reads_what_tesseract_reads(
    engine: TesseractEngine, network: Network, page: NDArray[np.uint8], by_tesseract: list[Word]
) -> None:
    words, asked = read(engine, network, page, Limits(0.0, mixed_rows=False))
    assert words is not None
    assert asked == 0
    assert len(words) > 40
    assert [(word.text, word.block, word.line) for word in words] == [
        (word.text, word.block, word.line) for word in by_tesseract
    ]
    for one, other in zip(words, by_tesseract, strict=True):
        assert one.confidence == pytest.approx(other.confidence, abs=0.1)
        assert one.box.left == pytest.approx(other.box.left, abs=2)
        assert one.box.right == pytest.approx(other.box.right, abs=2)
        assert one.box.bottom == pytest.approx(other.box.bottom, abs=3)


@pytest.mark.parametrize("part", [6, 2])  # an unsure word in a half of the lines: most words are sure yet
def test_tesseract_reads_what_is_not_sure(
    engine: TesseractEngine, network: Network, page: NDArray[np.uint8], by_tesseract: list[Word], part: int
) -> None:
    every, _ = read(engine, network, page, Limits(0.0, mixed_rows=False))
    assert every is not None
    lowest: dict[tuple[int, int], float] = {}
    for word in every:
        place = word.block, word.line
        lowest[place] = min(word.confidence, lowest.get(place, 1.0))
    limit = sorted(lowest.values())[len(lowest) // part]
    words, asked = read(engine, network, page, Limits(limit, mixed_rows=False))
    assert words is not None
    assert len(lowest) // part <= asked <= 2 * len(lowest)
    assert [word.text for word in words] == [word.text for word in by_tesseract]


def test_only_an_unsure_word_and_its_neighbours_are_read_again(
    engine: TesseractEngine, network: Network, page: NDArray[np.uint8], by_tesseract: list[Word]
) -> None:
    every, _ = read(engine, network, page, Limits(0.0, mixed_rows=False))
    assert every is not None
    least = min(every, key=lambda word: word.confidence)
    words, widths = read_with_widths(engine, network, page, Limits(least.confidence + 1e-4, mixed_rows=False))
    assert words is not None
    assert [word.text for word in words] == [word.text for word in by_tesseract]
    assert len(widths) == 1
    at = every.index(least)
    near = [word for word in every[at - 1 : at + 2] if (word.block, word.line) == (least.block, least.line)]
    whole = [word for word in every if (word.block, word.line) == (least.block, least.line)]
    assert (
        widths[0]
        < sum(pixels_across(word.box) for word in near) + 5 * least.box.height * DPI / POINTS_PER_INCH
    )
    assert widths[0] < 0.7 * pixels_across(union([word.box for word in whole]))


def pixels_across(box: Box) -> float:
    return box.width * DPI / POINTS_PER_INCH


def test_a_page_of_which_little_is_sure_is_left_to_tesseract(
    engine: TesseractEngine, network: Network, page: NDArray[np.uint8], by_tesseract: list[Word]
) -> None:
    assert read(engine, network, page, Limits(1.0, mixed_rows=False)) == (None, 0)
    turned = np.ascontiguousarray(np.rot90(page))
    assert engine.recognize_in_batch(turned, DPI, quick=False) == engine.recognize(turned, DPI)
    assert [word.text for word in engine.recognize_in_batch(page, DPI, quick=False)] == [
        word.text for word in by_tesseract
    ]


def test_an_empty_page_has_no_words(engine: TesseractEngine) -> None:
    assert engine.recognize_in_batch(np.full((400, 300), 255, np.uint8), DPI, quick=False) == []


def test_a_line_is_read_alike_alone_and_with_others(network: Network, page: NDArray[np.uint8]) -> None:
    inked = (page < 128).any(1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inked, [False]])))
    rows = [(top, bottom) for top, bottom in edges.reshape(-1, 2) if bottom - top > 15]
    left, right = np.flatnonzero((page < 128).any(0))[[0, -1]]
    pictures = [
        network_input(np.ascontiguousarray(page[top - 4 : bottom + 4, left - 4 : right + 4]))
        for top, bottom in rows[-5:]  # of the body: they fill the width
    ]
    together = outputs_of(network, pictures)
    assert len(together) == 5
    for picture, outputs in zip(pictures, together, strict=True):
        (alone,) = outputs_of(network, [picture])
        assert alone.shape == outputs.shape
        assert np.abs(alone - outputs).max() < 1e-3
        words = [word.text for word in words_of(network, outputs)]
        assert len(words) > 8
        assert [word.text for word in words_of(network, alone)] == words


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("phố", True),
        ("BAN", True),
        ("(sau", True),
        ("cứ,", True),
        ("2025", True),
        ("phồs", False),
        ("xqz", False),
    ],
)
def test_the_models_dictionary(network: Network, word: str, known: bool) -> None:
    letters = {letter: network.unichars[label] for label, letter in enumerate(network.letters) if letter}
    assert network.dictionary.knows(tuple(letters[letter] for letter in word)) is known


def test_blas_works_on_one_thread(network: Network) -> None:
    with threadpool_limits(2, user_api="blas"):
        PageRecognizer(network)
        assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {1}


def test_several_models_are_left_to_tesseract(page: NDArray[np.uint8]) -> None:
    both = open_engine(OcrSettings(language="scanflow_vie+vie"))
    assert "batch" not in both.capabilities
    assert isinstance(both, TesseractEngine)
    assert both.recognize_in_batch(page[:600], DPI, quick=False) == both.recognize(page[:600], DPI)


def test_a_network_of_another_shape_is_left_to_tesseract(tmp_path: Path) -> None:
    data = MODEL.read_bytes()
    (tmp_path / "odd_vie.traineddata").write_bytes(data.replace(b"SummLSTM", b"LinLSTM_", 1))
    with pytest.raises(UnsupportedNetworkError, match="odd_vie"):
        open_network(tmp_path / "odd_vie.traineddata")


@pytest.mark.parametrize("component", list(Component))
@pytest.mark.parametrize("kept", [0, 7])
def test_a_damaged_model_is_left_to_tesseract(tmp_path: Path, component: Component, kept: int) -> None:
    data = MODEL.read_bytes()
    part = components(data, MODEL)[component]
    place = data.index(part)
    path = tmp_path / "damaged.traineddata"
    path.write_bytes(data[: place + kept] + bytes(len(part) - kept) + data[place + len(part) :])
    with pytest.raises(UnsupportedNetworkError, match="damaged"):
        open_network(path)


def test_a_model_without_its_end_is_left_to_tesseract(tmp_path: Path) -> None:
    path = tmp_path / "short.traineddata"
    path.write_bytes(MODEL.read_bytes()[:300_000])
    with pytest.raises(UnsupportedNetworkError, match="short"):
        open_network(path)
    shutil.copy(__file__, path)
    with pytest.raises(UnsupportedNetworkError, match="short"):
        open_network(path)
