"""One spelling for equal words, and folding for search."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanflow.text.folding import aligned_fold, fold, folded_key
from scanflow.text.normalization import canonical_tone, normalize, search_key, without_marks
from scanflow.text.syllables import syllables

vietnamese_text = st.text(
    st.sampled_from(sorted({letter for s in syllables() for letter in s} | set(" ,.-ĐÀ123")))
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đăng ký khai sinh", "dang ky khai sinh"),
        ("ĐƯỜNG Nguyễn Huệ", "duong nguyen hue"),
        ("Ðức", "duc"),  # with the Icelandic eth that some fonts and models give
        ("85 m²", "85 m2"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_fold_is_idempotent_and_blind_to_normal_form(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(vietnamese_text)
def test_search_key_is_idempotent_and_blind_to_normal_form_and_case(text: str) -> None:
    key = search_key(text)
    assert (
        search_key(key) == key == search_key(unicodedata.normalize("NFD", text)) == search_key(text.upper())
    )
    assert fold(key).replace("y", "i") == fold(text).replace("y", "i")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hòa", "hoà"),
        ("thủy", "thuỷ"),
        ("HÓA", "hoá"),
        ("khỏe", "khoẻ"),
        ("tòan", "toàn"),
        ("húynh", "huýnh"),
        ("kĩ", "kỹ"),
        ("Lí", "Lý"),
        ("qúy", "quý"),
        ("quí", "quý"),
        ("công ty", "công ti"),
        ("Ðỗ", "Đỗ"),
    ],
)
def test_search_key_makes_equal_spellings_one(one: str, other: str) -> None:
    assert search_key(one) == search_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("hoa", "hoà"), ("tai", "tay"), ("thúy", "thúi"), ("ma", "má"), ("dao", "đao"), ("ky", "kỳ")],
)
def test_search_key_keeps_different_words_apart(one: str, other: str) -> None:
    assert search_key(one) != search_key(other)


def test_canonical_tone_moves_only_the_mark() -> None:
    assert canonical_tone("hòa thủy của múa tòa") == "hoà thuỷ của múa toà"


def test_normalize() -> None:
    assert normalize(unicodedata.normalize("NFD", "Ðường")) == "Đường"


def test_without_marks_keeps_the_letter_d_with_stroke() -> None:
    assert without_marks("đổi Đường") == "đoi Đuong"
    assert without_marks(unicodedata.normalize("NFD", "phố")) == "pho"


@given(vietnamese_text)
def test_aligned_fold_keeps_every_place(text: str) -> None:
    assert len(aligned_fold(text)) == len(text)


def test_aligned_fold_leaves_a_letter_that_folds_to_two() -> None:
    assert aligned_fold("ﬁ Đ²") == "ﬁ d2"


def test_folded_key_makes_spellings_without_accents_one() -> None:
    assert folded_key("Hòa kỹ") == folded_key("hoa ki")
