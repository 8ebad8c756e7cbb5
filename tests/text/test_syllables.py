"""The legal syllables: what the rules allow, and what they don't."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.extra import EXTRA
from scanflow.text.folding import fold
from scanflow.text.normalization import nfc, search_key
from scanflow.text.syllables import folded_syllables, is_syllable, syllables

LEGAL = """
    nghiêng quyết thuở giặt giếng chuyển hươu ngoèo xoắn quẹo quýt uyên ủy ỷ ƯỚC Đặng ĐIỀU
    nghiêng người yêu ý khuỷu khuya quốc quyền quý giêng giết gì gìn giữa giá hòa hoà thủy thuỷ ngoằn uống
    Ủy UỶ ăn ấp ích ỉa mía múa mưa rượu khoèo xoong quẹt quỳnh nghệch đường lý lí ghế kẻ cá oanh uyên uỷ
    khuếch huơ thuở loắt quặt quân
"""
# A wrong letter for the onset, a level tone on a stop, no such rhyme, the tone on the wrong letter, no word.
ILLEGAL = """
    street with vi6c dugc chirc hqi kràng càp hoảc kòa ấấ bcd w nghiêp nhâp
    ngiêng ghà kà cê gê qá hàc tàp mảt bỉch aă tưo ươg bz hẹllo nguyêng mùa! quốcc tiềp đ 12 fa wu zô jun
    bơng
"""


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
    path = EXTRA / "text" / "tesslstm-vie.wordlist"
    if not path.exists():
        pytest.skip("no shared data")
    words = [nfc(word) for word in path.read_text(encoding="utf-8").split()]
    marked = [w for w in words if w.isalpha() and not w.isascii() and not w.isupper() and fold(w).isascii()]
    legal = [word for word in marked if is_syllable(word)]
    assert len(marked) > 4000
    assert len(legal) / len(marked) > 0.97


@pytest.mark.parametrize("word", ["nguyen", "duong", "hoa", "thuy"])
def test_vietnamese_without_marks_is_known_as_such(word: str) -> None:
    assert word in folded_syllables()


@pytest.mark.parametrize("word", ["street", "which", "council", "nguyễn"])
def test_other_words_are_not(word: str) -> None:
    assert word not in folded_syllables()
