"""When two pages of a stack count as one sheet scanned twice, and the verdicts on doubtful cuts."""

import pytest

from scanflow.desk.stack_view.verdicts import doubles, doubtful_borders
from scanflow.ledger.records import PlacedPage
from scanflow.model import Border, Box, Geometry, PageReading, Paper, Quality, Word

LOOK, NEAR, FAR = "0" * 64, "0" * 60 + "00ff", "f" * 32 + "0" * 32
CARD = "CĂN CƯỚC CÔNG DÂN Số 093201000123 Họ và tên NGUYỄN VĂN AN Ngày sinh 01/02/1990 Quê quán Vị Thanh"


def page(no: int, text: str, look: str = LOOK) -> PlacedPage:
    words = tuple(Word(each, Box(0, 0, 1, 1), 0.9, 0, 0) for each in text.split())
    reading = PageReading(
        Geometry(), (595, 842), (300, 300), "stated", False, Quality(1, 1), look, (), words, 0.9, "t"
    )
    return PlacedPage(no, reading, no, 1, False)


@pytest.mark.parametrize(
    ("second", "look", "doubled"),
    [
        (CARD, NEAR, True),
        (CARD.replace("ngày", "ngay").replace("quán", "quan"), NEAR, True),
        (CARD, FAR, False),  # another page
        (CARD.replace("093201000123", "093185000777"), NEAR, False),  # the same form, another person
        ("GIẤY ỦY QUYỀN hoàn toàn khác về nội dung của người dân", NEAR, False),
    ],
)
def test_two_pages_are_one_sheet_by_fingerprint_and_words(second: str, look: str, doubled: bool) -> None:
    assert doubles([page(1, CARD), page(2, second, look)]) == ({2: 1} if doubled else {})


def test_doubtful_borders_are_reported_with_what_to_do() -> None:
    borders = (Border(4, 0.6), Border(5, 0.02), Border(6, 0.3))
    told = list(doubtful_borders(Paper((4, 5, 6), "unknown", 0.0, borders=borders), [9, 10, 11], 8))
    assert [(verdict.code, verdict.severity) for verdict in told] == [
        ("doubtful-cut", "warning"),
        ("doubtful-joint", "warning"),
    ]
    assert "trang 9" in told[0].text_vi and "trang 8" in told[0].text_vi and "Gộp lên trên" in told[0].text_vi
    assert "trang 11" in told[1].text_vi and "Tách từ đây" in told[1].text_vi


def test_the_batchs_beginning_and_certain_borders_are_not_doubtful() -> None:
    paper = Paper((0, 1), "unknown", 0.0, borders=(Border(0, 1.0), Border(1, 0.0)))
    assert list(doubtful_borders(paper, [1, 2], None)) == []
