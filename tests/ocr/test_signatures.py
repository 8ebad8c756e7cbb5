"""Signatures side by side are read one after the other; forms, tables and columns are left alone."""

from dataclasses import replace

from scanflow.model import Word
from scanflow.ocr.layout.reading_order import reading_order
from tests.ocr.lines import SIZE, joined, line, text

PROSE = [
    *line("Hai bên cam kết chịu trách nhiệm trước pháp luật về những thông tin đã", 80, 400, 0),
    *line("ghi ở trên và cùng ký tên dưới đây.", 80, 416, 0, 1),
]


def centred(words: str, axis: float, top: float, block: int, number: int = 0) -> list[Word]:
    """A line centred on an axis."""
    plain = line(words, 0, top, block, number)
    return line(words, axis - plain[-1].box.right / 2, top, block, number)


def pair(left: str, right: str, top: float, block: int, number: int = 0) -> list[Word]:
    return joined(centred(left, 170, top, block, number), centred(right, 430, top, block, number))


def unsure(words: list[Word]) -> list[Word]:
    return [replace(word, confidence=0.5) for word in words]


CALLS = [
    *pair("BÊN CHO THUÊ", "BÊN THUÊ", 450, 1),
    *pair("(Ký, ghi rõ họ tên)", "(Ký, ghi rõ họ tên)", 466, 1, 1),
]
NAMES = pair("Lý Hoàng Phúc", "Ngô Thị Lệ Quyên", 560, 3)
IN_ORDER = [
    *text(PROSE),
    *("BÊN CHO THUÊ", "(Ký, ghi rõ họ tên)", "Lý Hoàng Phúc"),
    *("BÊN THUÊ", "(Ký, ghi rõ họ tên)", "Ngô Thị Lệ Quyên"),
]


def test_two_signatures() -> None:
    assert text(reading_order([*PROSE, *CALLS, *NAMES], SIZE)) == IN_ORDER


def test_a_pens_scraps_go_with_the_column_they_lie_in() -> None:
    scraps = unsure(joined(line("» ~", 120, 510, 2), line("TT", 400, 510, 2)))
    ordered = text(reading_order([*PROSE, *CALLS, *scraps, *NAMES], SIZE))
    assert [one for one in ordered if one not in {"» ~", "TT"}] == IN_ORDER
    assert ordered.index("» ~") < ordered.index("BÊN THUÊ") < ordered.index("TT")


def test_what_follows_the_signatures_stays_behind_them() -> None:
    after = line("Chứng thực chữ ký của ông Lý Hoàng Phúc và bà Ngô Thị Lệ Quyên tại", 80, 620, 4)
    assert text(reading_order([*PROSE, *CALLS, *NAMES, *after], SIZE)) == [*IN_ORDER, *text(after)]


def test_three_signatures() -> None:
    titles = [
        *centred("NGƯỜI LẬP", 120, 450, 1),
        *[replace(word, block=1, line=0) for word in centred("KẾ TOÁN", 300, 450, 1)],
        *[replace(word, block=1, line=0) for word in centred("GIÁM ĐỐC", 470, 450, 1)],
    ]
    names = [
        *centred("Lê An", 120, 540, 2),
        *[replace(word, block=2, line=0) for word in centred("Trần Bình Minh", 300, 540, 2)],
        *[replace(word, block=2, line=0) for word in centred("Võ Ca", 470, 540, 2)],
    ]
    assert text(reading_order([*PROSE, *titles, *names], SIZE))[2:] == [
        *("NGƯỜI LẬP", "Lê An"),
        *("KẾ TOÁN", "Trần Bình Minh"),
        *("GIÁM ĐỐC", "Võ Ca"),
    ]


def test_a_forms_fields_are_no_signatures() -> None:
    form = [
        *joined(line("Dân tộc: Kinh", 80, 450, 1), line("Quốc tịch: Việt Nam", 350, 450, 1)),
        *joined(line("Giới tính: Nam", 80, 466, 1, 1), line("Tôn giáo: Không", 350, 466, 1, 1)),
        *joined(line("Nghề nghiệp: Nông dân", 80, 560, 2), line("Học vấn: Đại học", 350, 560, 2)),
    ]
    assert text(reading_order([*PROSE, *form], SIZE)) == text([*PROSE, *form])


def test_a_table_without_a_space_to_sign_in_is_none() -> None:
    table = [
        *pair("Họ và tên", "Quan hệ", 450, 1),
        *pair("Nguyễn Văn Anh", "Cha", 466, 1, 1),
        *pair("Lê Thị Bình", "Mẹ", 482, 1, 2),
        *pair("Nguyễn Minh", "Em", 498, 1, 3),
    ]
    assert text(reading_order([*PROSE, *table], SIZE)) == text([*PROSE, *table])


def test_columns_that_begin_at_one_place_are_none() -> None:
    lists = [
        *joined(line("Sở Tư pháp", 80, 450, 1), line("Văn phòng", 350, 450, 1)),
        *joined(line("Sở Tài chính", 80, 560, 2), line("Công an xã", 350, 560, 2)),
    ]
    assert text(reading_order([*PROSE, *lists], SIZE)) == text([*PROSE, *lists])
