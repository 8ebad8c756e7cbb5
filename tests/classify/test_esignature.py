"""An electronic signature shown on a page gives values; a received-stamp gives none."""

from dataclasses import replace
from datetime import date

import pytest

from scanflow.classify.fields import fields_of, read_details
from scanflow.classify.page_view import view
from scanflow.model import Box, PageReading, Word
from tests.classify.paper import Sheet

TODAY = date(2026, 11, 27)


def stamped(*lines: str) -> PageReading:
    """An official page with a stamp of these lines behind its text."""
    page = (
        Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "707/QĐ-UBND").title("QUYẾT ĐỊNH").prose(12).reading()
    )
    block = 1 + max(word.block for word in page.words)
    words = [
        Word(
            text,
            Box(400 + 30 * at, 10 + 10 * row, 425 + 30 * at, 18 + 10 * row),
            0.97,
            block,
            row,
            kind="stamp",
        )
        for row, line in enumerate(lines)
        for at, text in enumerate(line.split())
    ]
    return replace(page, words=(*page.words, *words))


def said(page: PageReading) -> dict[str, str]:
    found = fields_of(read_details([page], None, TODAY))
    return {name: value for name, value in found.items() if name.startswith("esign")}


def test_who_signed_for_which_agency_and_when() -> None:
    page = stamped(
        "Ký bởi: Ủy ban nhân dân",
        "phường Vị Tân",
        "Email: vitan@example.vn",
        "Cơ quan: Thành phố Cần Thơ",
        "Giờ ký: 5/8/2026 11:25:13 +07:00",
    )
    assert said(page) == {
        "esigned_by": "Ủy ban nhân dân phường Vị Tân",
        "esign_agency": "Thành phố Cần Thơ",
        "esigned_at": "05/08/2026 11:25:13",
    }
    (signer,) = [value for value in read_details([page], None, TODAY) if value.name == "esigned_by"]
    assert signer.page == 1
    assert signer.box == Box(400, 10, 575, 28)
    assert "Ký bởi" not in view(page).text


@pytest.mark.parametrize("time", ["hôm qua", "45/8/2026 11:25", "31/02/2026 11:25", "5/8/2026 25:70"])
def test_an_invalid_time_gives_no_value(time: str) -> None:
    assert said(stamped("Ký bởi: Sở Y tế", f"Giờ ký: {time}")) == {"esigned_by": "Sở Y tế"}


def test_a_received_stamp_is_no_signature() -> None:
    assert said(stamped("SỞ Y TẾ", "CÔNG VĂN ĐẾN", "Ngày: 5/8/2026 10:20")) == {}
