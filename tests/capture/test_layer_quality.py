"""The score of a text layer, on texts alone."""

import numpy as np
import pytest

from scanflow.capture.pdf.layer_quality import covers_ink
from scanflow.model import Box, Word
from tests.capture.layers import quality, without_marks
from tests.capture.samples import VIETNAMESE

SOUND, POOR = 0.9, 0.6


TEXT = " ".join(VIETNAMESE)


@pytest.mark.parametrize("scan", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "GIẤY KHAI SINH",
        "QUYẾT ĐỊNH Số: 12/QĐ-UBND ngày 24/11/2026",
        "STT 1 2 3 4 5 1.250.000 đồng 36,5 m² H57.132-260804-0583",
        "The fee is set by the council and shall be paid to the office within ten days of the decision.",
        "Le présent arrêté est publié au recueil des actes et prend effet dans les communes de la région.",
    ],
)
def test_sound_texts_score_high(text: str, scan: bool) -> None:
    assert quality(text, scan=scan) >= SOUND


@pytest.mark.parametrize("scan", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        without_marks(TEXT),
        TEXT.encode().decode("latin1"),
        TEXT.encode("ascii", "replace").decode(),
        TEXT.encode("latin1", "ignore").decode("latin1"),
        TEXT.replace("đ", "ñ").replace("Đ", "Ñ"),
        "".join("\ue123" if c >= "\u1ea0" else c for c in TEXT),
        "".join("\ufffd" if c >= "\u1ea0" else c for c in TEXT),
        "Céng hßa x· héi chñ nghÜa ViÖt Nam §éc lËp - Tù do - H¹nh phóc",
        "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam Ñoäc laäp - Töï do - Haïnh phuùc",
        '"7+%- #$& (!) 0123',
        "CQNG HQA XA HQI CHU NGHiA VIET NAM DQc lap Tu do Hanh phuc nguoi dugc vi6c chirc",
        "",
    ],
    ids=[
        *("marks lost", "mojibake", "question marks", "letters lost", "enye", "private use", "replacement"),
        *("TCVN3", "VNI", "no mapping", "misread", "nothing"),
    ],
)
def test_garbage_scores_low(text: str, scan: bool) -> None:
    assert quality(text, scan=scan) <= POOR


def test_a_legacy_font_needs_proof_that_its_text_is_unicode() -> None:
    assert quality("Cong hoa xa hoi", font="ABCDEF+.VnTimeH") == 0
    assert quality("XYZ", font="VNI-Times") == 0
    assert quality(TEXT, font=".VnTime") >= SOUND


def test_a_scans_layer_must_be_more_than_plausible() -> None:
    headings = "Table Contents Heading Body"
    assert quality(headings, scan=False) >= SOUND
    assert quality(headings, scan=True) <= POOR


def test_a_scans_layer_with_a_few_misread_words_is_not_worth_keeping() -> None:
    sound = f"{TEXT} b) dài 30 cm"
    assert quality(sound) >= SOUND
    for words_misread in ("nghiêng dugc", "phô bỗ", "vẫ thưc"):
        many = f"{TEXT} {words_misread} {words_misread}"
        assert quality(many) < quality(sound)
        assert quality(many, scan=False) >= SOUND
    assert quality(f"{TEXT} vi6c dugc chirc hqi") <= POOR
    assert (
        quality(" ".join("phô" if word == "phố" else word for word in f"{TEXT} phố phố phố".split())) <= 0.8
    )


def test_three_letters_of_an_old_font_count_as_that_font() -> None:
    long = " ".join([TEXT] * 8)
    assert quality(f"{long} Núñez", scan=False) >= SOUND
    assert quality(f"{long} ñược ñó ñất") <= POOR
    assert quality(f"{long} ñược ñó ñất", scan=False) <= POOR


def test_ink_outside_the_words_shows_that_the_layer_says_too_little() -> None:
    page = np.full((500, 350), 255, np.uint8)
    page[40:60, 40:200] = 0
    layer = [Word("tiêu", Box(40 * 1.44, 40 * 1.44, 200 * 1.44, 60 * 1.44), 1.0, 0, 0)]
    assert covers_ink(layer, page, 50)
    page[100:400, 40:300:2] = 30
    assert not covers_ink(layer, page, 50)
    assert covers_ink([], np.full((50, 50), 250, np.uint8), 50)
