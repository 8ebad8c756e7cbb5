"""Which words look like words of a Vietnamese paper."""

import pytest

from scanflow.text.plausibility import is_plausible

MACHINE_READABLE = "IDVNM2030003754093203000375<<4"
CODES = ["042/HĐLĐ/2026", "12/QĐ-UBND", "21/2026/TT-BCT,", "H13.42-260804-0017", "707/QĐ-TTg", "CT01-2"]


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
        "b/c)",
        "th/h",
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
