"""Stray signs go, codes read in two are joined, letters among digits become digits; all else stays."""

import pytest

from scanflow.model import Box, Word
from scanflow.ocr.engines.confidence_scale import TESSERACT
from scanflow.ocr.postcorrection.token_repair import drop_scraps, repair_tokens

WIDTH = 595.0


def word(text: str, left: float = 100, *, sure: float = 0.9, line: int = 0) -> Word:
    return Word(text, Box(left, 10, left + 6 * len(text), 20), sure, 0, line)


def row(*texts: str, space: float = 1.0) -> list[Word]:
    words: list[Word] = []
    for text in texts:
        words.append(word(text, words[-1].box.right + space if words else 100))
    return words


@pytest.mark.parametrize("text", ["|", "`", "_", ".", ":", "]", "......", "|...", "'", "¬", "ˆ"])
def test_a_sign_that_no_paper_has_alone_goes(text: str) -> None:
    assert drop_scraps([word(text)], WIDTH, TESSERACT) == []


@pytest.mark.parametrize("text", ["-", "–", "-/-", "/", "+", "—", "=", "a", "1", "12/QĐ", "(b)", "Điều"])
def test_words_and_signs_that_papers_have_stay(text: str) -> None:
    assert drop_scraps([word(text)], WIDTH, TESSERACT) == [word(text)]


def test_an_unsure_dash_is_a_piece_of_a_rule_and_a_list_mark_is_none() -> None:
    assert drop_scraps([word("—", sure=0.6), word("=", sure=0.6)], WIDTH, TESSERACT) == []
    assert drop_scraps([word("-", sure=0.6)], WIDTH, TESSERACT)


def test_an_unsure_letter_of_its_own_goes_unless_it_is_a_syllable() -> None:
    assert drop_scraps([word("N", sure=0.7), word("s", sure=0.7)], WIDTH, TESSERACT) == []
    kept = [word("N", sure=0.9), word("ý", sure=0.6), word("a)", sure=0.6), word("7", sure=0.6)]
    assert drop_scraps(kept, WIDTH, TESSERACT) == kept


def test_a_rule_alone_on_its_line_is_none() -> None:
    assert repair_tokens([word("——", line=3), word("a", line=4)]) == [word("a", line=4)]
    assert len(repair_tokens([word("—"), word("Tự", 150)])) == 2
    assert len(repair_tokens([word("-", line=3)])) == 1


def test_a_letter_on_the_sheets_edge_goes_and_a_cut_word_stays() -> None:
    assert drop_scraps([word("Ỉ", 2), word("l", 586)], WIDTH, TESSERACT) == []
    assert len(drop_scraps([word("an", 0), word("i", 80)], WIDTH, TESSERACT)) == 2


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (("80-", "NQ/TW"), "80-NQ/TW"),
        (("93/2009/QĐ-", "TTg"), "93/2009/QĐ-TTg"),
        (("(18/2025/TT-", "BCT);"), "(18/2025/TT-BCT);"),
        (("04/2008/", "UBTVQH12"), "04/2008/UBTVQH12"),
    ],
)
def test_a_code_read_in_two_is_one(parts: tuple[str, str], whole: str) -> None:
    (found,) = repair_tokens(row(*parts))
    assert found.text == whole
    assert found.raw == " ".join(parts)
    assert (found.box.left, found.box.right) == (100, row(*parts)[1].box.right)


@pytest.mark.parametrize(
    "parts", [("5.000.", "000"), ("2.", "000.000)"), ("27/", "11/2008"), ("1.250,", "5;")]
)
def test_a_number_read_in_two_is_one_unless_a_space_stands_between(parts: tuple[str, str]) -> None:
    (found,) = repair_tokens(row(*parts, space=1.5))
    assert found.text == "".join(parts)
    assert found.raw == " ".join(parts)
    assert len(repair_tokens(row(*parts, space=4))) == 2


@pytest.mark.parametrize("parts", [("1", "000"), ("s00.", "000"), ("1.", "Điều"), ("năm.", "2026")])
def test_words_close_together_that_are_no_number_stay_apart(parts: tuple[str, str]) -> None:
    assert len(repair_tokens(row(*parts, space=1.5))) == 2


@pytest.mark.parametrize(
    "parts",
    [("2026-", "Ủy"), ("lập-", "Tự"), ("do-", "HẠNH"), ("27", "NQ/TW"), ("QĐ-", "ngày"), ("và/", "HOẶC")],
)
def test_other_words_stay_apart(parts: tuple[str, str]) -> None:
    assert [one.text for one in repair_tokens(row(*parts))] == list(parts)


def test_a_wide_space_or_another_line_keeps_a_code_apart() -> None:
    assert len(repair_tokens(row("TT-", "BCT", space=12))) == 2
    assert len(repair_tokens([word("TT-"), word("BCT", 119, line=1)])) == 2


@pytest.mark.parametrize(
    ("read", "stands"), [("l6", "16"), ("I2.", "12."), ("l945", "1945"), ("l00);", "100);"), ("O5", "05")]
)
def test_a_letter_before_digits_is_a_digit(read: str, stands: str) -> None:
    assert [(one.text, one.raw) for one in repair_tokens([word(read)])] == [(stands, read)]


@pytest.mark.parametrize("text", ["l", "I", "I.1", "l6a", "B12", "lI", "O2", "CO2"])
def test_a_letter_elsewhere_stays(text: str) -> None:
    assert repair_tokens([word(text)]) == [word(text)]


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("2l", "21"),
        ("202G,", "2026,"),
        ("15I/TB-ĐHKTCN", "151/TB-ĐHKTCN"),
        ("04/2008/UBTVQHI2", "04/2008/UBTVQH12"),
        ("04/2008/UBTVQHI12", "04/2008/UBTVQH12"),
        ("64/2025/QH1l", "64/2025/QH11"),
        ("chỨc", "chức"),
        ("ChỨc", "Chức"),
        ("nƯỚC;", "nước;"),
    ],
)
def test_letters_among_digits_and_capitals_inside_words_are_changed(text: str, better: str) -> None:
    (found,) = repair_tokens([word(text)])
    assert (found.text, found.raw) == (better, text)


@pytest.mark.parametrize(
    "text",
    ["B1", "2a", "QH15", "64/2025/QH15", "TTg", "QĐ-TTg", "Chức", "CHỨC", "LaTeX", "5G", "ĐHQGHN"],
)
def test_right_codes_and_words_stay(text: str) -> None:
    assert repair_tokens([word(text)]) == [word(text)]


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (("số", "1", "93/2025/NĐ-CP"), "193/2025/NĐ-CP"),
        (("số:", "15", "I/TB-ĐHKTCN"), "151/TB-ĐHKTCN"),
    ],
)
def test_a_codes_number_that_was_read_in_two_is_one(parts: tuple[str, ...], whole: str) -> None:
    assert [one.text for one in repair_tokens(row(*parts, space=3))] == [parts[0], whole]
    assert len(repair_tokens(row("khoản", *parts[1:], space=3))) == 3
    assert len(repair_tokens(row(*parts, space=8))) == 3
