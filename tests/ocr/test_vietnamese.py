import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanflow.text.vietnamese import (
    canonical_tone,
    fold,
    is_plausible,
    is_syllable,
    nfc,
    search_key,
    syllables,
    tidy,
)

SHARED_TEXT = Path(__file__).parents[3] / "shared" / "data" / "text"

LEGAL = """
    nghiêng người yêu ý khuỷu khuya quốc quyền quý giêng giết gì gìn giữa giá hòa hoà thủy thuỷ ngoằn uống
    Ủy UỶ ăn ấp ích ỉa mía múa mưa rượu khoèo xoong quẹt quỳnh nghệch đường lý lí ghế kẻ cá oanh uyên uỷ
    khuếch huơ thuở loắt quặt quân
"""
# A wrong letter for the onset, a level tone on a stop, no such rhyme, the tone on the wrong letter, no word.
ILLEGAL = """
    ngiêng ghà kà cê gê qá hàc tàp mảt bỉch aă tưo ươg bz hẹllo nguyêng mùa! quốcc tiềp đ 12 fa wu zô jun
    bơng
"""

MACHINE_READABLE = "IDVNM2030003754093203000375<<4"
CODES = ["042/HĐLĐ/2026", "12/QĐ-UBND", "21/2026/TT-BCT,", "H13.42-260804-0017", "707/QĐ-TTg", "CT01-2"]

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


def test_tidy() -> None:
    assert tidy(unicodedata.normalize("NFD", "Ðường")) == "Đường"


@pytest.mark.parametrize("word", LEGAL.split())
def test_legal_syllables(word: str) -> None:
    assert is_syllable(word)
    assert is_syllable(unicodedata.normalize("NFD", word))


@pytest.mark.parametrize("word", ["", *ILLEGAL.split()])
def test_illegal_syllables(word: str) -> None:
    assert not is_syllable(word)


def test_tone_of_open_ia_ua_stands_on_the_first_vowel() -> None:
    assert is_syllable("mía")
    assert not is_syllable("miá")
    assert is_syllable("của")
    assert not is_syllable("cuả")


@given(st.sampled_from(sorted(syllables())))
def test_every_syllable_is_nfc_and_folds_to_ascii(syllable: str) -> None:
    assert syllable == nfc(syllable)
    assert fold(syllable).isascii()
    assert fold(syllable).isalpha()
    assert search_key(syllable) in syllables()


@given(st.sampled_from(sorted(syllables())))
def test_stop_codas_bear_only_two_tones(syllable: str) -> None:
    if fold(syllable).endswith(("c", "ch", "p", "t")):
        marks = set(unicodedata.normalize("NFD", syllable)) & set("\u0300\u0301\u0303\u0309\u0323")
        assert len(marks) == 1
        assert marks <= {"\u0301", "\u0323"}


@pytest.mark.shared_data
def test_words_with_marks_of_a_word_list_are_legal() -> None:
    """The list's unmarked words are largely English; a Vietnamese mark says that a word is ours."""
    path = SHARED_TEXT / "tesslstm-vie.wordlist"
    if not path.exists():
        pytest.skip("no shared data")
    words = [nfc(word) for word in path.read_text(encoding="utf-8").split()]
    marked = [w for w in words if w.isalpha() and not w.isascii() and not w.isupper() and fold(w).isascii()]
    legal = [word for word in marked if is_syllable(word)]
    assert len(marked) > 4000
    assert len(legal) / len(marked) > 0.97


@pytest.mark.parametrize(
    "word",
    [
        "“hòa”",
        "2026",
        "16/6/2025;",
        "(Điều",
        "8.500",
        "1%",
        "ngày:",
        "g)",
        "Nationality:",
        "REPUBLIC",
        MACHINE_READABLE,
        *CODES,
    ],
)
def test_plausible_words(word: str) -> None:
    assert is_plausible(word)


@pytest.mark.parametrize(
    "word",
    [
        "",
        "…",
        "th@wÔj",
        MACHINE_READABLE[:20],
        "w)",
        "A)",
        "<" * 30,
        "—————",
        "˜y",
        "qujên",
        "|",
        "KẾHOẠCH",
        "a",
        "6/.„4",
        "ƒ-2",
        "-A",
        "UBND",
    ],
)
def test_implausible_words(word: str) -> None:
    assert not is_plausible(word)
