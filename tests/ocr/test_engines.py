import string
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from scanflow.errors import MissingToolError, SettingsError
from scanflow.model import Word
from scanflow.ocr.engines import tesseract
from scanflow.ocr.engines.base import (
    Capability,
    Engine,
    missing_letters,
    open_engine,
    require_letters,
    require_vietnamese,
)
from scanflow.ocr.engines.confidence_scale import NOT_FITTED, TESSERACT
from scanflow.ocr.engines.traineddata import DEBIAN, SHIPPED, check_models, find_tessdata, read_letters
from scanflow.settings import OcrSettings
from scanflow.text.alphabet import NON_ASCII_LETTERS
from tests.ocr.pages import BODY, DPI, LEFT, TITLE, official_page


@pytest.fixture(scope="module", params=["tesserocr", "pytesseract"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return open_engine(OcrSettings(engine=request.param))


@pytest.fixture(scope="module")
def page() -> NDArray[np.uint8]:
    return official_page()


def line_of(words: list[Word], text: str) -> list[Word]:
    """The words of the line that begins with `text`."""
    first = next(word for word in words if word.text == text)
    return [word for word in words if (word.block, word.line) == (first.block, first.line)]


def test_required_letters() -> None:
    assert len(set(NON_ASCII_LETTERS)) == 134
    assert {"đ", "Đ", "ế", "Ữ", "ỵ"} < set(NON_ASCII_LETTERS)
    assert not any(letter.isascii() for letter in NON_ASCII_LETTERS)
    assert all(len(letter) == 1 for letter in NON_ASCII_LETTERS)


def test_a_model_without_stacked_marks_is_refused() -> None:
    letters = set(NON_ASCII_LETTERS) - set("ấẩế")
    assert set(missing_letters(letters)) == set("ấẩế")
    with pytest.raises(SettingsError, match=r"lacks 3 of 134 .*ấ") as caught:
        require_letters(letters, "half")
    assert "thiếu 3 chữ cái tiếng Việt" in caught.value.message_vi


class NoVietnamese:
    """Another program's engine, whose model knows Latin-1 only."""

    name = "other 1.0"
    letters = frozenset(map(chr, range(256)))
    capabilities: frozenset[Capability] = frozenset()
    scale = TESSERACT
    calibration = NOT_FITTED

    def recognize(self, grey: NDArray[np.uint8], dpi: float) -> list[Word]:
        raise AssertionError(f"asked to read {grey.shape} at {dpi}")

    def detect_orientation(self, grey: NDArray[np.uint8], dpi: float) -> tuple[int, float] | None:
        raise AssertionError(f"asked about {grey.shape} at {dpi}")


def test_any_engine_goes_through_the_gate_and_all_missing_letters_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(SettingsError) as caught:
        require_vietnamese(NoVietnamese())
    missing = missing_letters(NoVietnamese.letters)
    assert len(missing) > 90
    assert f"other 1.0 lacks {len(missing)} of 134 Vietnamese letters ({' '.join(missing)})" in str(
        caught.value
    )
    monkeypatch.setattr(NoVietnamese, "letters", frozenset(NON_ASCII_LETTERS))
    assert require_vietnamese(NoVietnamese()).name == "other 1.0"


@pytest.mark.parametrize("letter", sorted(set(NON_ASCII_LETTERS) - set("ỵỴ")))
def test_one_missing_letter_in_either_case_is_enough(letter: str) -> None:
    with pytest.raises(SettingsError, match=rf"lacks 1 of 134 .*\({letter}\)"):
        require_letters(set(NON_ASCII_LETTERS) - {letter}, "half")


def test_the_letters_of_the_installed_model() -> None:
    letters = read_letters(find_tessdata(OcrSettings()) / "vie.traineddata")
    assert set(string.ascii_letters + string.digits) < letters
    assert set(missing_letters(letters)) <= {"ỵ", "Ỵ"}


def test_our_own_model_knows_what_debians_knows() -> None:
    letters = read_letters(SHIPPED / "scanflow_vie.traineddata")
    assert letters == read_letters(find_tessdata(OcrSettings()) / "vie.traineddata")


def test_english_alone_is_refused() -> None:
    with pytest.raises(SettingsError, match="Vietnamese letters"):
        open_engine(OcrSettings(language="eng"))


def test_english_beside_vietnamese_is_taken() -> None:
    assert open_engine(OcrSettings(language="vie+eng")).name.endswith("vie+eng")


@pytest.mark.parametrize("program", ["tesserocr", "pytesseract"])
def test_our_own_model_beside_debians(program: Literal["tesserocr", "pytesseract"]) -> None:
    settings = OcrSettings(engine=program, language="scanflow_vie+vie")
    both = open_engine(settings)
    assert both.name.endswith(" scanflow_vie+vie")
    assert TITLE.split()[0] in [word.text for word in both.recognize(official_page(), DPI)]
    assert both.detect_orientation(official_page(), DPI) is not None


def test_a_model_of_the_same_name_in_the_users_folder_goes_before_ours(tmp_path: Path) -> None:
    (tmp_path / "scanflow_vie.traineddata").symlink_to(DEBIAN / "vie.traineddata")
    models = check_models(OcrSettings(tessdata=tmp_path, language="scanflow_vie"))
    assert (models.folder, models.names) == (tmp_path, "scanflow_vie")


def test_a_folder_of_models_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingToolError, match="folder of models"):
        check_models(OcrSettings(tessdata=tmp_path / "none", language="scanflow_vie"))


def test_missing_model_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(MissingToolError, match="apt-get install tesseract-ocr-vie"):
        open_engine(OcrSettings(tessdata=tmp_path, language="vie"))


@pytest.mark.parametrize("content", [b"", b"\x18\0\0\0", b"%PDF-1.7 not a model", bytes(400)])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vie.traineddata").write_bytes(content)
    with pytest.raises(SettingsError, match="not a Tesseract"):
        open_engine(OcrSettings(tessdata=tmp_path, language="vie"))


def test_tessdata_prefix(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    assert find_tessdata(OcrSettings()) == tmp_path
    assert find_tessdata(OcrSettings(tessdata=Path("/models"))) == Path("/models")


def test_the_name_has_the_program_and_the_model(engine: Engine) -> None:
    assert engine.name.startswith("tesseract 5.")
    assert engine.name.endswith(" scanflow_vie")


def test_reads_words_with_boxes_in_points(engine: Engine, page: NDArray[np.uint8]) -> None:
    words = engine.recognize(page, DPI)
    text = [word.text for word in words]
    assert {*BODY[0].split(), *TITLE.split(), *LEFT[1].split()} <= set(text)
    first = line_of(words, "Điều")[0]
    # Line 4 of the body was drawn 230 pixels from the left, 726 from the top, in letters 36 pixels high.
    assert first.box.left == pytest.approx(230 * 72 / DPI, abs=2)
    assert 726 * 72 / DPI - 2 <= first.box.top < first.box.bottom <= (726 + 45) * 72 / DPI + 2
    assert all(0 <= word.confidence <= 1 for word in words)
    assert np.mean([word.confidence for word in words]) > 0.85


def test_words_of_a_line_share_its_number_in_order(engine: Engine, page: NDArray[np.uint8]) -> None:
    words = line_of(engine.recognize(page, DPI), "Xét")
    assert [word.text for word in words] == BODY[2].split()
    assert [word.box.left for word in words] == sorted(word.box.left for word in words)


def test_resolution_scales_the_boxes(engine: Engine, page: NDArray[np.uint8]) -> None:
    at_200, at_300 = (line_of(engine.recognize(page, dpi), "Xét")[0].box for dpi in (200, 300))
    assert at_200.left == pytest.approx(1.5 * at_300.left)


def test_an_empty_page_has_no_words_and_no_orientation(engine: Engine) -> None:
    empty = np.full((800, 600), 255, dtype=np.uint8)
    assert engine.recognize(empty, 200) == []
    assert engine.detect_orientation(empty, 200) is None


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_the_orientation_of_a_page_is_detected(
    engine: Engine, page: NDArray[np.uint8], quarters: int
) -> None:
    lying = np.ascontiguousarray(np.rot90(page, quarters))  # numpy turns counter-clockwise
    found = engine.detect_orientation(lying, DPI)
    assert found is not None
    turn, confidence = found
    assert turn == 90 * quarters
    assert confidence > 2


def test_a_page_leaves_no_trace_in_the_next(engine: Engine, page: NDArray[np.uint8]) -> None:
    part = np.ascontiguousarray(page[500:800])
    first = engine.recognize(part, DPI)
    engine.recognize(np.ascontiguousarray(page[::-1]), DPI)
    assert engine.recognize(part, DPI) == first


def test_both_engines_read_the_same(page: NDArray[np.uint8]) -> None:
    one, other = (
        open_engine(OcrSettings(engine=name)).recognize(page, DPI) for name in ("tesserocr", "pytesseract")
    )
    assert [word.text for word in one] == [word.text for word in other]
    assert one[0].box.left == pytest.approx(other[0].box.left, abs=0.5)


def test_a_model_opened_before_is_that_of_the_first_engine_only(page: NDArray[np.uint8]) -> None:
    tesseract._opened_before.clear()
    tesseract.open_shipped_model()
    (opened,) = tesseract._opened_before.values()
    others = tesseract.TesseractEngine(OcrSettings(language="vie"))
    first, second = (tesseract.TesseractEngine(OcrSettings()) for _ in range(2))
    assert [engine._recognizer is opened for engine in (others, first, second)] == [False, True, False]
    assert first.recognize(page, 200) == second.recognize(page, 200) != []
