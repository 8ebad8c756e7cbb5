"""A pen's words among print, on a page drawn in a printer's and in a pen's type."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from fixtures import fonts
from scanflow.imaging.raster import Raster, as_raster
from scanflow.model import Box, Word
from scanflow.ocr.confidence import drop_noise, mean_confidence
from scanflow.ocr.engines.confidence_scale import TESSERACT
from scanflow.ocr.postcorrection.handwriting import mark_handwriting

DPI = 200.0
PRINT = (
    "Ủy",
    "ban",
    "nhân",
    "dân",
    "thành",
    "phố",
    "chịu",
    "trách",
    "nhiệm",
    "thi",
    "hành",
    "Quyết",
    "định",
    "này",
)
PEN = ("Nguyễn", "Thị", "Hồng", "Gấm", "sinh", "Vị", "Thanh", "Hậu", "Giang")


def page(pen: str = fonts.HAND, size: float = 16) -> tuple[Raster, list[Word], list[Word]]:
    """The page, its printed words and those in the other type; all boxes as the ink lies."""
    image = Image.new("L", (1654, 900), 255)
    draw = ImageDraw.Draw(image)
    words: dict[str, list[Word]] = {"serif": [], pen: []}
    for no, (font, points, texts) in enumerate(
        [("serif", 13, PRINT[:7]), ("serif", 13, PRINT[7:]), (pen, size, PEN[:5]), (pen, size, PEN[5:])]
    ):
        x, type_face = 120.0, fonts.at(font, points * DPI / 72)
        for text in texts:
            at = (x, 100 + 90 * no)
            draw.text(at, text, fill=30, font=type_face)
            box = Box(*(edge * 72 / DPI for edge in draw.textbbox(at, text, font=type_face)))
            words[font].append(Word(text, box, 0.96, 0, no))
            x += draw.textlength(text, font=type_face) + 25
    return as_raster(np.asarray(image)), words["serif"], words[pen]


def doubted(words: list[Word], confidence: float = 0.6) -> list[Word]:
    return [replace(word, confidence=confidence) for word in words]


def misread(words: list[Word]) -> list[Word]:
    """As no syllable, which is how a reader of print sees a pen's words."""
    return [replace(word, text=f"{word.text}#x") for word in doubted(words)]


def marked(words: list[Word], raster: Raster, dotted: Raster | None = None) -> list[Word]:
    done = mark_handwriting(words, raster, raster if dotted is None else dotted, DPI, TESSERACT)
    assert [replace(word, kind="print") for word in done] == words
    return [word for word in done if word.kind == "handwriting"]


def test_handwritten_words_are_marked_and_doubtful_print_is_not() -> None:
    raster, printed, written = page()
    found = marked([*printed, *misread(written), *misread(printed)], raster)
    assert len(found) >= 0.5 * len(written)
    assert {word.text for word in found} <= {f"{text}#x" for text in PEN}


def test_a_short_form_of_recipients_lists_is_print() -> None:
    raster, printed, written = page()
    short = [replace(word, text="ph/h") for word in doubted(written)]
    assert marked([*printed, *short], raster) == []


def test_a_doubtful_legal_syllable_counts_as_print() -> None:
    raster, printed, written = page()
    assert len(marked([*printed, *doubted(written)], raster)) < len(
        marked([*printed, *misread(written)], raster)
    )


@pytest.mark.parametrize("face", ["serif-italic", "serif-bold", "sans"])
def test_print_in_another_type_is_print(face: str) -> None:
    raster, printed, others = page(face, 13)
    assert marked([*printed, *doubted(others)], raster) == []
    assert len(marked([*printed, *misread(others)], raster)) <= 1


def test_what_the_reader_is_sure_of_is_print() -> None:
    raster, printed, written = page()
    sure = [replace(word, confidence=0.85) for word in misread(written)]
    assert marked([*printed, *sure], raster) == []


def test_without_print_to_compare_nothing_is_marked() -> None:
    raster, _, written = page()
    assert marked(misread(written), raster) == []


def test_on_a_dotted_line_less_evidence_is_enough() -> None:
    raster, printed, written = page()
    dotted = raster.copy()
    dotted[320:322, 100::6] = 0
    without = marked([*printed, *doubted(written[:5])], raster)
    assert len(without) < 5
    on_dots = marked([*printed, *doubted(written[:5])], raster, dotted)
    assert len(on_dots) == 5


def test_dirt_and_signs_are_no_handwriting() -> None:
    raster, printed, _ = page()
    box = printed[0].box
    dirt = [
        Word("x", Box(box.left, box.top, box.left + 4, box.top + 3), 0.1, 1, 0),
        Word("…", box, 0.1, 1, 0),
        Word("x", Box(400, 250, 440, 270), 0.1, 1, 0),
    ]
    assert marked([*printed, *dirt], raster) == []


def test_handwritten_words_are_neither_noise_nor_part_of_the_confidence() -> None:
    box = Box(0, 0, 1, 1)
    printed, pen = Word("Số:", box, 0.9, 0, 0), Word("Jx#", box, 0.01, 0, 0, kind="handwriting")
    assert drop_noise([printed, pen], TESSERACT) == [printed, pen]
    assert mean_confidence([printed, pen]) == pytest.approx(0.9)
    assert mean_confidence([pen]) == 0.0
