"""Misread marks are put right by their neighbours; codes and persons' names are never touched."""

from dataclasses import replace

import pytest

from scanflow.model import Box, Word
from scanflow.ocr.postcorrection.language_model import correct_diacritics, load_language


def words_of(text: str, confidence: float = 0.85) -> list[Word]:
    return [
        Word(word, Box(50.0 * no, 10, 50.0 * no + 40, 20), confidence, 0, 0)
        for no, word in enumerate(text.split())
    ]


def put_right(words: list[Word]) -> str:
    return " ".join(word.text for word in correct_diacritics(words, load_language()))


@pytest.mark.parametrize(
    ("read", "stands"),
    [
        ("Ủy ban nhân dân thành phó", "Ủy ban nhân dân thành phố"),
        ("được sửa đối, bỗ sung bởi Luật số", "được sửa đổi, bổ sung bởi Luật số"),
        ("quy định chức năng, nhiệm vụ, quyên hạn và cơ câu tô chức", None),
        ("có hiệu lực thi hành kê từ ngày 29", "có hiệu lực thi hành kể từ ngày 29"),
    ],
)
def test_marks_are_put_right(read: str, stands: str | None) -> None:
    expected = stands or "quy định chức năng, nhiệm vụ, quyền hạn và cơ cấu tổ chức"
    assert put_right(words_of(read)) == expected


def test_what_the_engine_said_stays_beside_it() -> None:
    words = words_of("nhân dân thành phó.")
    changed = correct_diacritics(words, load_language())
    assert [(word.text, word.raw) for word in changed[2:]] == [("thành", None), ("phố.", "phó.")]
    assert [replace(word, text=w.text, raw=None) for word, w in zip(changed, words, strict=True)] == words


@pytest.mark.parametrize(
    "text",
    [
        "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;",
        "CÔNG TY TNHH HÓA PHÁT",  # a firm's name: capitals that are not counted
        "Thi",  # an initial without neighbours
        "SOCIALIST REPUBLIC OF VIET NAM",  # no Vietnamese
        "Số No.: 093094000318",  # a card's label in two languages
        "Ông Trần Văn Bỗ, sinh năm 1980",  # a name
        "lan toả, hoà bình, thuỷ lợi",  # the tone over the other vowel is no mistake
        "gian dối",  # đ is another letter than d
        "số 12/phó-2026",  # a code
        "thành İN phố",  # a letter that lower case writes as two characters: i and a combining dot
        "buổi chiều từ 13 giờ",  # of laws alone the counts know but a buổi chiếu phim
        "đề nghị quý cơ quan cho ý kiến",  # for laws it is quỹ
    ],
)
def test_what_is_right_or_no_small_syllable_stays(text: str) -> None:
    assert put_right(words_of(text, 0.95)) == text


@pytest.mark.parametrize(
    ("read", "stands"),
    [
        ("TRƯỜNG ĐẠI HỌC QUÓC TÉ", "TRƯỜNG ĐẠI HỌC QUỐC TẾ"),
        ("BAN NHÂN DÂN THÀNH PHÓ HỎ CHÍ MINH", "BAN NHÂN DÂN THÀNH PHỐ HỒ CHÍ MINH"),
        ("THÀNH PHỐ CẢN THƠ", "THÀNH PHỐ CẦN THƠ"),
        ("ĐƯỢC SỬA ĐÔI, BÓ SUNG", "ĐƯỢC SỬA ĐỔI, BỔ SUNG"),
        ("tại Trường Dại học", "tại Trường Đại học"),
        ("Chi tiêu năm", None),
    ],
)
def test_capitals_are_corrected_where_the_counts_are_overwhelming(read: str, stands: str | None) -> None:
    assert put_right(words_of(read, 0.93)) == (stands or read)


def test_what_the_engine_said_of_capitals_stays_beside_them() -> None:
    changed = correct_diacritics(words_of("TỈNH LÂM ĐÒNG:", 0.93), load_language())
    assert [(word.text, word.raw) for word in changed] == [
        ("TỈNH", None),
        ("LÂM", None),
        ("ĐỒNG:", "ĐÒNG:"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Họ và tên: QUÓC TÉ",
        "Ông Đại Học",
        "NGUYỄN QUÓC TÉ",
        "Lâm Đòng",  # a line of initials that may be a signer's name
        "do Phan Thục Quyên đại diện",
    ],
)
def test_persons_names_stay_whatever_the_counts_say(text: str) -> None:
    assert put_right(words_of(text, 0.85)) == text


def test_the_surer_the_reader_the_more_it_takes() -> None:
    assert put_right(words_of("sáng sơm", 0.7)) == "sáng sớm"
    assert put_right(words_of("sáng sơm", 0.97)) == "sáng sơm"


def test_sentences_end_at_points_and_columns() -> None:
    left = words_of("thành")
    right = [replace(word, block=1) for word in words_of("phó chủ tịch")]
    assert put_right([*left, *right]) == "thành phó chủ tịch"


def test_empty_page() -> None:
    assert correct_diacritics([], load_language()) == []
