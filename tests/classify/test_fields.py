"""Fields: read where their rules say, given only where they have the structure of their kind."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanflow.classify.fields import (
    citizen_number,
    find_procedure_code,
    parse_date,
    person,
    read_fields,
    read_receipt,
    with_fields,
)
from scanflow.classify.profiles import Profiles
from scanflow.model import PageReading, Paper
from tests.classify.paper import Sheet, card_front, form, official


def test_a_birth_form(profiles: Profiles) -> None:
    page = form(
        "TỜ KHAI ĐĂNG KÝ KHAI SINH",
        "Họ, chữ đệm, tên người yêu cầu: Trần Văn Mẫu",
        "Số định danh cá nhân: 093094000041 cấp ngày: 01/02/2022",
        "Đề nghị cơ quan đăng ký khai sinh cho người dưới đây:",
        "Họ, chữ đệm, tên: Trần Thị Thử Nghiệm.........",
        "Ngày, tháng, năm sinh: 25/01/2026 Giới tính: Nữ",
        "Họ, chữ đệm, tên người mẹ: Lê Thị Mẫu",
        "Họ, chữ đệm, tên người cha: Trần Văn Mẫu",
        "Làm tại: Vị Tân, ngày 05 tháng 8 năm 2026",
    )
    assert read_fields([page], profiles.types["to-khai-dang-ky-khai-sinh"]) == {
        "name": "Trần Văn Mẫu",
        "child_name": "Trần Thị Thử Nghiệm",
        "birth_date": "25/01/2026",
        "mother_name": "Lê Thị Mẫu",
        "father_name": "Trần Văn Mẫu",
        "identity_number": "093094000041",
        "date": "05/08/2026",
    }


def test_a_card(profiles: Profiles) -> None:
    assert read_fields([card_front()], profiles.types["can-cuoc"]) == {
        "number": "093301000123",
        "identity_number": "093301000123",
        "name": "TRẦN THỊ MẪU",
        "birth_date": "01/02/2001",
        "expiry_date": "01/02/2041",
    }


def test_number_and_date_come_from_the_head_not_from_the_laws_cited(profiles: Profiles) -> None:
    cited = ("Căn cứ Kế hoạch số 325/KH-UBND ngày 03 tháng 12 năm 2025;", "số 99/2015/NĐ-CP")
    page = official("QUYẾT ĐỊNH", *cited, number="707/QĐ-UBND")
    fields = read_fields([page], profiles.types["quyet-dinh"])
    assert (fields["number"], fields["date"]) == ("707/QĐ-UBND", "05/08/2026")
    blank = Sheet().head("ỦY BAN NHÂN DÂN TỈNH", "/QĐ-UBND", "Vị Tân, ngày tháng năm 2026")
    fields = read_fields([blank.title("QUYẾT ĐỊNH").lines(*cited).reading()], profiles.types["quyet-dinh"])
    assert fields == {"agency": "ỦY BAN NHÂN DÂN TỈNH", "symbol": "QĐ-UBND"}


def test_a_number_cut_off_is_none(profiles: Profiles) -> None:
    fields = read_fields([official("QUYẾT ĐỊNH", number="22/QĐ-")], profiles.types["quyet-dinh"])
    assert "number" not in fields


def test_the_tenants_number_is_not_the_landlords(profiles: Profiles) -> None:
    page = (
        Sheet()
        .motto()
        .title("HỢP ĐỒNG THUÊ NHÀ Ở", "Số: 42/2026/HĐTN")
        .lines(
            "Hôm nay, ngày 28 tháng 5 năm 2026, tại phường Vị Tân, chúng tôi gồm có:",
            "BÊN CHO THUÊ (BÊN A):",
            "Ông: Trần Văn Chủ, sinh ngày 18/04/1979.",
            "Căn cước công dân số 093079000988, cấp ngày 13/03/2024.",
            "BÊN THUÊ (BÊN B):",
            "Bà: Lê Thị Thuê, sinh ngày 30/05/1986.",
            "Căn cước công dân số 093186000288, cấp ngày 11/02/2022.",
        )
    )
    fields = read_fields([page.reading()], profiles.types["hop-dong-thue-nha"])
    assert (fields["owner_name"], fields["name"]) == ("Trần Văn Chủ", "Lê Thị Thuê")
    assert (fields["identity_number"], fields["date"]) == ("093186000288", "28/05/2026")


def test_a_land_certificate(profiles: Profiles) -> None:
    page = (
        Sheet()
        .motto()
        .title("GIẤY CHỨNG NHẬN", "QUYỀN SỬ DỤNG ĐẤT")
        .lines(
            "Ông: Trần Văn Mẫu, sinh năm 1979, CCCD số 093079000321.",
            "a) Thửa đất số: 583, tờ bản đồ số: 14",
            "c) Diện tích: 101,2 m²",
            "CT 991786",
            "Số vào sổ cấp GCN: CS06409",
        )
    )
    fields = read_fields([page.reading()], profiles.types["giay-chung-nhan-qsdd"])
    assert fields == {
        "serial": "CT 991786",
        "book_number": "CS06409",
        "map_plot": "583",
        "map_sheet": "14",
        "area": "101,2",
        "name": "Trần Văn Mẫu",
        "identity_number": "093079000321",
    }


@pytest.mark.parametrize(
    ("lines", "area"),
    [
        (["Diện tích:. 320,6 m2", "- Diện tích xây dựng tầng 1: 92 m2"], "320,6"),
        (["Diện tích: ? m2", "- Diện tích xây dựng tầng 1: 92 m2", "- Diện tích sàn: 184 m2"], None),
    ],
)
def test_the_area_of_a_parcel_is_not_that_of_a_house(
    lines: list[str], area: str | None, profiles: Profiles
) -> None:
    page = form("ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP XÂY DỰNG", *lines)
    assert read_fields([page], profiles.types["don-de-nghi-cap-giay-phep-xay-dung"]).get("area") == area


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH", "certified"),
        ("(BẢN SAO)", "copy"),
        ("Bản sao giấy này có giá trị như bản chính", None),
    ],
)
def test_marks_of_copies_are_known(line: str, kind: str | None, profiles: Profiles) -> None:
    fields = read_fields([official("GIẤY KHAI SINH", line)], profiles.types["giay-khai-sinh"])
    assert fields.get("copy_kind") == kind


def unsure(page: PageReading, text: str) -> PageReading:
    """The page with one word read as a guess."""
    words = tuple(replace(w, confidence=0.1) if w.text == text else w for w in page.words)
    return replace(page, words=words)


def test_no_value_rests_on_a_guess_or_on_handwriting(profiles: Profiles) -> None:
    page = form("TỜ KHAI ĐĂNG KÝ KHAI TỬ", "Họ, chữ đệm, tên người yêu cầu: Trần Văn Mẫu")
    kind = profiles.types["to-khai-dang-ky-khai-tu"]
    assert read_fields([page], kind)["name"] == "Trần Văn Mẫu"
    assert "name" not in read_fields([unsure(page, "Văn")], kind)
    written = tuple(replace(w, kind="handwriting") if w.text == "Văn" else w for w in page.words)
    assert "name" not in read_fields([replace(page, words=written)], kind)


def test_a_receipt(profiles: Profiles) -> None:
    page = official(
        "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
        "Mã hồ sơ: H57.132-260804-0583",
        "Trung tâm tiếp nhận hồ sơ của: Ông Trần Văn Mẫu",
        "Nội dung yêu cầu giải quyết: Đăng ký khai sinh (mã TTHC: 1.001193)",
    )
    receipt = read_receipt(page, profiles.types["giay-tiep-nhan"])
    assert (receipt.dossier_number, receipt.procedure_code) == ("H57.132-260804-0583", "1.001193")
    assert receipt.procedure_name is not None and receipt.procedure_name.startswith("Đăng ký khai sinh")
    blank = read_receipt(form("GIẤY ỦY QUYỀN"), profiles.types["giay-tiep-nhan"])
    assert (blank.dossier_number, blank.procedure_code, blank.procedure_name) == (None, None, None)


def test_no_space_stands_in_a_dossier_number(profiles: Profiles) -> None:
    page = official("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", "Mã hồ sơ: H57.132- 260804- 0583")
    assert read_receipt(page, profiles.types["giay-tiep-nhan"]).dossier_number == "H57.132-260804-0583"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Mã TTHC: 1.001193", "1.001193"),
        ("thủ tục 1.012783.000.00.00.H61 nộp", "1.012783.000.00.00.H61"),
        ("1.012783.H61", "1.012783.H61"),
        ("1.012783.02", "1.012783.02"),
        ("(1,001193)", "1.001193"),
        ("1. 001193", "1.001193"),
        ("21.001193", None),
        ("1.0011934", None),
        ("ngày 1.01", None),
        ("", None),
    ],
)
def test_procedure_codes(text: str, code: str | None) -> None:
    assert find_procedure_code(text) == code


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("093201000123", "093201000123"),
        ("093 201 000 123", "093201000123"),
        ("O932O1OOO123", "093201000123"),
        ("097201000123", None),
        ("000201000123", None),
        ("093901000123", None),
        ("09320100012", None),
    ],
)
def test_citizen_numbers(text: str, number: str | None) -> None:
    assert citizen_number(text) == number


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
def test_dates_in_words_and_figures(day: date) -> None:
    shown = f"{day:%d/%m/%Y}"
    assert parse_date(shown) == shown
    assert parse_date(f"{day.day} tháng {day.month} năm {day.year}") == shown


@pytest.mark.parametrize("text", ["30 tháng 02 năm 2026", "5/13/2026", "2026", "01/01/3026", ""])
def test_no_days_of_the_calendar(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Trần Thị Mẫu", "Trần Thị Mẫu"),
        ("TRẦN THỊ MẪU", "TRẦN THỊ MẪU"),
        (".....Trần Thị Mẫu..........Giới tính: Nữ", "Trần Thị Mẫu"),
        ("Trần Thị Mẫu Giới tính", "Trần Thị Mẫu"),
        ("Trần Thị Mẫu sinh ngày 1/1/2000", "Trần Thị Mẫu"),
        ("Bà Trần Thị Mẫu; sinh năm", "Trần Thị Mẫu"),
        ("Ông/Bà Trần Văn Mẫu — Chức vụ", "Trần Văn Mẫu"),
        ("H'Nga Niê", "H'Nga Niê"),
        ("Trần \ufffd Mẫu", None),
        ("Mẫu", None),
        ("12 Trần Mẫu", None),
        ("(ghi theo tờ khai)", None),
        ("", None),
    ],
)
def test_names(text: str, name: str | None) -> None:
    assert person(text) == name


def test_fields_are_read_from_all_pages_of_the_paper(profiles: Profiles) -> None:
    last = Sheet(y=35).line("2", "centre").line("Cần Thơ, ngày 05 tháng 8 năm 2026", "right").reading()
    pages = [form("TỜ KHAI ĐĂNG KÝ KHAI SINH"), last]
    paper = with_fields(Paper((0, 1), "to-khai-dang-ky-khai-sinh", 0.9), pages, profiles.types)
    assert paper.fields["date"] == "05/08/2026"
    date = next(value for value in paper.field_details if value.name == "date")
    assert (date.page, date.source, date.raw) == (2, "print", "05 tháng 8 năm 2026")
