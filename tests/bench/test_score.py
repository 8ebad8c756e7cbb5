"""Which differences between a reading and its truth count as errors."""

from pathlib import Path

import pytest

from bench import sets
from bench.alignment import arranged
from bench.score import score


def test_a_moved_block_costs_order_and_no_letters() -> None:
    result = score("Số: 12/QĐ-UBND\nCỘNG HÒA\nHà Nội, ngày 3", "CỘNG HÒA\nSố: 12/QĐ-UBND\nHà Nội, ngày 3")
    assert result.letters == 0
    assert result.cer > 0
    assert result.order < 100
    assert result.recall == 100


def test_a_misread_word_of_a_moved_block_goes_with_its_block() -> None:
    truth = ["Bên", "A", "ký", "tên", "An", "Bên", "B", "đóng", "dấu"]
    read = ["Bên", "B", "dong", "dấu", "Bên", "A", "ký", "ten", "An"]
    assert arranged(truth, read) == ["Bên", "A", "ký", "ten", "An", "Bên", "B", "dong", "dấu"]


def test_what_was_not_read_or_read_too_much_still_counts() -> None:
    assert score("một hai ba bốn", "ba bốn một").letters == pytest.approx(100 * 4 / 14)
    assert score("một hai", "một xxx hai").letters == pytest.approx(100 * 4 / 7)


def test_dotted_leaders_are_no_text() -> None:
    assert score("Họ tên: ........ Nam", "Họ tên: Nam").cer == 0
    assert score("Ngày….tháng", "Ngày tháng").cer == 0
    assert score("Hết... rồi", "Hết rồi").cer > 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "1.pdf").touch()
    text = "QUYẾT ĐỊNH\nCăn cứ Luật này;\nĐiều 1. Ban hành./.\nTHỦ TƯỚNG\nPhụ lục\nMẫu số 01./.\n"
    (tmp_path / "1.txt").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_body_ends_where_the_decree_does(folder: Path) -> None:
    body, whole = (next(sets._real_pdfs(folder, body=body)) for body in (True, False))
    assert body.truth == "Căn cứ Luật này;\nĐiều 1. Ban hành"
    assert whole.truth.endswith("Mẫu số 01")
    # The stop is misread, a page is turned, recipients follow.
    read = "Số 1\nCăn cứ Luật này;\f2\nĐiều 1. Ban hành,\nNơi nhận:\n- Như trên;"
    assert body.cut(read) == "Căn cứ Luật này;\fĐiều 1. Ban hành"


def test_wrong_marks_in_capitals_and_initials_are_counted_by_themselves() -> None:
    result = score("TRƯỜNG ĐẠI HỌC Điện lực mới", "TRƯỜNG DẠI HỌC Điên lưc mơi")
    assert (result.untoned, result.capitals) == (4, 2)
