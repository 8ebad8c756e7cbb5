"""Family names: what is left of one whose first letter was lost, and what only looks like that."""

import pytest

from scanflow.text.surnames import restored_surname, surname_of_letters


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("Ihuỳnh", "Huỳnh"),
        ("Ituỳnh", "Huỳnh"),
        ("lrần", "Trần"),
        ("|guyễn", "Nguyễn"),
        ("Nguyễn", "Nguyễn"),
        ("Irịnh", None),  # Trịnh, or Trình with a misread mark
        ("|hạm", None),  # Phạm or Nhâm
        ("Ihan", None),  # Phan or Nhan
        ("Iương", None),  # Dương, Lương, Vương …
        ("Thuỳnh", None),  # T is no stroke
        ("IIIIhuỳnh", None),
        ("ý", None),
    ],
)
def test_the_rest_of_a_family_name(word: str, name: str | None) -> None:
    assert restored_surname(word) == name


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("Lè", "Lê"),
        ("TRẤN", "Trần"),
        ("Hồ", "Hồ"),
        ("Hô", None),  # Hồ or Hờ
        ("Hà", None),  # Hà or Hạ
        ("Giang", "Giang"),
        ("Gìang", None),  # Giang or Giàng
        ("Mầu", None),  # Mâu or Mẫu
        ("Tình", None),
    ],
)
def test_the_family_name_of_a_words_letters(word: str, name: str | None) -> None:
    assert surname_of_letters(word) == name
