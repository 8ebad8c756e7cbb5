"""Vietnamese alphabetical order, as a dictionary and a list of people have it."""

import unicodedata

import pytest

from scanflow.text.collation import name_key, vietnamese_key

WORDS = (
    "an", "ăn", "ân", "ba", "bà", "bả", "bã", "bá", "bạ", "ca", "da", "dân", "đa", "đá", "en", "ên", "ong",
    "ông", "ơn", "ưng", "ỷ", "ý",
)  # fmt: skip
"""As a dictionary has them."""


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_letters_decide_before_tones(form: str) -> None:
    words = [unicodedata.normalize(form, word) for word in WORDS]  # type: ignore[arg-type]  # one of its literals
    assert sorted(words[1::2] + words[::2], key=vietnamese_key) == words
    assert sorted(["đất 10", "Đất 1", "dữ"], key=vietnamese_key) == ["dữ", "Đất 1", "đất 10"]


def test_people_go_by_their_given_names() -> None:
    people = ["Đỗ Văn Đạt", "Trần Thị Lan", "Lê Văn An", "Nguyễn Ân", "Bùi Lan", ""]
    assert sorted(people, key=name_key) == [
        "",
        "Lê Văn An",
        "Nguyễn Ân",
        "Đỗ Văn Đạt",
        "Bùi Lan",
        "Trần Thị Lan",
    ]
