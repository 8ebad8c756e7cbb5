"""The two lines that head every official paper, also where they were misread."""

import pytest

from scanflow.text.folding import fold
from scanflow.text.national_head import contains_motto, contains_national_name, is_national_head


@pytest.mark.parametrize(
    "line",
    ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "CONG HOA XÃ HOI CHỦ NGHIA VIET NAM", "Độc lập - Tư do Hạnh phúc"],
)
def test_a_line_of_the_national_head_is_known(line: str) -> None:
    assert is_national_head(fold(line))


@pytest.mark.parametrize("line", ["VIỆT NAM", "Hội đồng nhân dân", "ỦY BAN NHÂN DÂN XÃ CỘNG HÒA", ""])
def test_other_lines_are_not(line: str) -> None:
    assert not is_national_head(fold(line))


def test_the_agency_may_stand_on_the_same_line() -> None:
    assert contains_national_name(fold("BỘ CÔNG THƯƠNG CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"))
    assert contains_motto(fold("Số: 12/QĐ Độc lập - Tự do - Hạnh phúc"))
    assert not contains_national_name(fold("Số: 12/QĐ Độc lập - Tự do - Hạnh phúc"))
