"""Check digits, the calendar, number words, provinces: what a value must satisfy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanflow.classify.fields.amounts import number_from_words
from scanflow.classify.fields.card_code import read_card_code
from scanflow.classify.fields.provinces import Province, province_end, provinces
from scanflow.classify.fields.validators import (
    birth_year_of,
    is_citizen_number,
    is_tax_number,
    mrz_check_digit,
    sex_of,
)
from tests.classify.number_words import words_from_number


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("093094000041", True),
        ("096299000041", True),
        ("097094000041", False),
        ("093494000041", False),
        ("09309400004", False),
    ],
)
def test_citizen_numbers(text: str, right: bool) -> None:
    assert is_citizen_number(text) is right


def test_what_a_citizen_number_says() -> None:
    assert (sex_of("093094000041"), birth_year_of("093094000041")) == ("Nam", 1994)
    assert (sex_of("093301000123"), birth_year_of("093301000123")) == ("Nữ", 2001)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("1800000018", True),  # 31 + 8 · 29 + 3 = 266 leaves 2: the check digit is 8
        ("1800000018-001", True),
        ("1800000017", False),
        ("180000001", False),
        ("1800000018-01", False),
    ],
)
def test_tax_numbers(text: str, right: bool) -> None:
    assert is_tax_number(text) is right


@given(st.integers(min_value=0, max_value=10**9 - 1), st.integers(min_value=0, max_value=9))
def test_at_most_one_check_digit_fits(nine: int, digit: int) -> None:
    fits = [last for last in range(10) if is_tax_number(f"{nine:09d}{last}")]
    assert len(fits) <= 1
    assert is_tax_number(f"{nine:09d}{digit}") == (digit in fits)


def test_the_check_digits_of_icao_9303() -> None:
    """The examples of part 3 of the document."""
    assert mrz_check_digit("520727") == "3"
    assert mrz_check_digit("AB2134<<<") == "5"
    assert mrz_check_digit("L898902C3") == "6"


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("Hai mươi tám nghìn đồng", 28_000),
        ("một triệu hai trăm linh năm nghìn", 1_205_000),
        ("Một trăm lẻ một ngàn đồng chẵn", 101_000),
        ("mười lăm tỷ ba trăm triệu đồng", 15_300_000_000),
        ("hai mươi mốt", 21),
        ("không đồng", 0),
        ("một nghìn tỷ đồng", 10**12),
        ("nghìn một", None),
        ("một nghìn triệu", None),
        ("theo quy định", None),
        ("", None),
    ],
)
def test_amounts_in_words(words: str, number: int | None) -> None:
    assert number_from_words(words) == number


@given(st.integers(min_value=0, max_value=10**15))
def test_words_say_the_number_that_made_them(number: int) -> None:
    assert number_from_words(words_from_number(number)) == number


def test_provinces_before_and_after_july_2025() -> None:
    names = {each.name for each in provinces().values()}
    successors = {each.successor for each in provinces().values()}
    assert (len(names), len(successors)) == (63, 34)
    assert provinces()["93"] == Province("Hậu Giang", "Cần Thơ")
    assert provinces()["46"] == Province("Thừa Thiên Huế", "Huế")
    assert successors - names == {"Huế"}, "every other successor is one of the 63"
    for address in ("phường Vị Tân, tỉnh Hậu Giang", "phường Vị Tân, thành phố Cần Thơ", "phường 2, Huế"):
        assert province_end(f"{address}; Nam") == len(address)


CARD = "093094000041|365000001|Trần Văn Mẫu|05081994|Nam|số 2, phường Vị Tân, Cần Thơ|01022022"


def test_the_code_of_a_card() -> None:
    card = read_card_code(CARD)
    assert card is not None
    assert (card.number, card.old_number, card.name) == ("093094000041", "365000001", "Trần Văn Mẫu")
    assert (card.birth, card.sex, card.issued) == ("05/08/1994", "Nam", "01/02/2022")


@pytest.mark.parametrize(
    "payload",
    [
        "H57.132-260804-0583",
        CARD.replace("093094", "099094"),
        CARD.replace("05081994", "31021994"),
        CARD.replace("Trần Văn Mẫu", "7"),
        "a|b|c",
    ],
)
def test_other_codes_are_no_cards(payload: str) -> None:
    assert read_card_code(payload) is None


def test_further_fields_of_newer_cards_are_passed_over() -> None:
    card = read_card_code(f"{CARD}|Cha|Mẹ||")
    assert card is not None and card.issued == "01/02/2022"
