"""When two pages of a stack are taken for one sheet scanned twice."""

import pytest

from scanflow.desk.verdicts import doubles
from scanflow.ledger.records import PlacedPage
from scanflow.model import Box, Geometry, PageReading, Quality, Word

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
def test_doubles(second: str, look: str, doubled: bool) -> None:
    assert doubles([page(1, CARD), page(2, second, look)]) == ({2: 1} if doubled else {})
