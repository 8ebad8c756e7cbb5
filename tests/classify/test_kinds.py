"""Every paper is of a kind: known by the symbol after its number, its title, or its head."""

from pathlib import Path

import pytest

from scanflow.classify.kinds import KindIndex, kind_of_page, kind_of_title
from scanflow.classify.known_papers import MIN_KIND
from scanflow.classify.page_view import view
from scanflow.classify.profile_files import check_profiles, load_profiles
from scanflow.classify.profile_yaml import SHIPPED
from scanflow.classify.profiles import Profiles
from scanflow.model import PageReading
from tests.classify.paper import Sheet, continuation, form, official

# The 29 kinds of Nghị định 30/2020/NĐ-CP, article 7, with the abbreviations of its annex III.
OFFICIAL = {
    "NQ": "nghi-quyet",
    "QĐ": "quyet-dinh",
    "CT": "chi-thi",
    "QC": "quy-che",
    "QyĐ": "quy-dinh",
    "TC": "thong-cao",
    "TB": "thong-bao",
    "HD": "huong-dan",
    "CTr": "chuong-trinh",
    "KH": "ke-hoach",
    "PA": "phuong-an",
    "ĐA": "de-an",
    "DA": "du-an",
    "BC": "bao-cao",
    "BB": "bien-ban",
    "TTr": "to-trinh",
    "HĐ": "hop-dong",
    "CĐ": "cong-dien",
    "BGN": "ban-ghi-nho",
    "BTT": "ban-thoa-thuan",
    "GUQ": "giay-uy-quyen",
    "GM": "giay-moi",
    "GGT": "giay-gioi-thieu",
    "GNP": "giay-nghi-phep",
    "PG": "phieu-gui",
    "PC": "phieu-chuyen",
    "PB": "phieu-bao",
}


@pytest.fixture(scope="module")
def index(profiles: Profiles) -> KindIndex:
    return KindIndex(profiles.kinds)


def kind(reading: PageReading, index: KindIndex) -> str:
    return kind_of_page(view(reading), index).kind


def numbered(symbol: str, *titles: str) -> PageReading:
    return Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", symbol).title(*titles).prose(8).sign().reading()


@pytest.mark.parametrize(("symbol", "expected"), OFFICIAL.items())
def test_the_symbol_names_the_kind_even_where_the_title_is_unreadable(
    symbol: str, expected: str, index: KindIndex
) -> None:
    found = kind_of_page(view(numbered(f"12/{symbol}-UBND", "///")), index)
    assert found.kind == expected
    assert found.chance >= 0.9
    assert found.evidence[0].cue == "number and symbol"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("/QĐ-UBND", "quyet-dinh"),
        ("02/2026/QĐ-UBND", "quyet-dinh"),
        ("65 /QD - UBND", "quyet-dinh"),
        ("15/2026/NĐ-CP", "nghi-dinh"),
        ("08/2026/TT-BTC", "thong-tu"),
        ("08/2026/TTLT-BTC-BNV", "thong-tu"),
        ("24/2026/QH15", "luat"),
        ("115/NQ-HĐND", "nghi-quyet"),
        ("02-NQ/TW", "nghi-quyet"),
        ("7/2026/DS-ST", "ban-an"),
        ("31/TLKT-BS", "trich-luc"),
    ],
)
def test_numbers_come_in_many_forms(number: str, expected: str, index: KindIndex) -> None:
    assert kind(numbered(number, "///"), index) == expected


def test_a_symbol_without_an_agency_says_less_than_a_title(index: KindIndex) -> None:
    assert kind(numbered("12/CT", "HỢP ĐỒNG BẢO HIỂM"), index) == "hop-dong"
    alone = kind_of_page(view(numbered("12/CT", "///")), index)
    assert (alone.kind, alone.chance < MIN_KIND) == ("chi-thi", True)


def test_a_letter_has_no_title_but_a_subject_and_an_addressee(index: KindIndex) -> None:
    sheet = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "12/UBND-VX")
    sheet.line("V/v tổ chức lễ hội mùa xuân", middle=170).line("Kính gửi: Sở Văn hóa", "centre")
    found = kind_of_page(view(sheet.prose(8).sign().reading()), index)
    assert found.kind == "cong-van"
    assert found.chance >= 0.9


def test_a_subject_below_a_title_makes_no_letter(index: KindIndex) -> None:
    sheet = Sheet().motto().title("ĐỒ HỌA LẠ LÙNG").line("V/v mở trung tâm mới", "centre")
    page = sheet.line("Kính gửi: Sở Văn hóa", "centre").prose(8).sign().reading()
    assert kind(page, index) == ""


def test_a_name_that_many_others_begin_with_is_too_little_alone(index: KindIndex) -> None:
    assert kind_of_page(view(form("PHIẾU")), index).chance < MIN_KIND
    assert kind_of_page(view(form("PHIẾU THEO DÕI")), index).chance >= MIN_KIND
    assert kind_of_page(view(official("QUYẾT ĐỊNH")), index).chance >= MIN_KIND


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("ĐƠN XIN CẤP LẠI BẢN ĐỒ", "don"),
        ("TỜ KHAI ĐĂNG KÝ TÀU CÁ", "to-khai"),
        ("GIẤY ĐỀ NGHỊ THANH TOÁN", "giay-de-nghi"),
        ("BẢN CAM KẾT BẢO VỆ RỪNG", "cam-ket"),
        ("HỢP ĐỒNG LAO ĐỘNG", "hop-dong-lao-dong"),
        ("HỢP ĐỒNG HỢP TÁC", "hop-dong"),
        ("BÁO CÁO TÀI CHÍNH NĂM 2026", "bao-cao-tai-chinh"),
        ("BÁO CÁO GIÁM SÁT", "bao-cao"),
        ("SỔ THEO DÕI", "so"),
        ("BẢNG KÊ HÀNG HÓA", "danh-sach"),
        ("BẰNG TỐT NGHIỆP", "bang"),
    ],
)
def test_a_title_begins_with_the_name_of_its_kind(title: str, expected: str, index: KindIndex) -> None:
    assert kind(form(title), index) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("VĂN BẢN ĐỀ", "NGHỊ MIỄN TIỀN CHẬM NỘP"), "giay-de-nghi"),
        (("CÔNG VĂN ĐỀ", "NGHỊ XÉT DUYỆT"), "giay-de-nghi"),
    ],
)
def test_a_line_that_resembles_a_registrys_stamp_may_be_of_a_title(
    lines: tuple[str, ...], expected: str, index: KindIndex
) -> None:
    assert kind(Sheet().motto().title(*lines).prose(12).reading(), index) == expected


def test_what_names_no_kind_has_none(index: KindIndex) -> None:
    assert kind(form("MỘT TỜ GIẤY LẠ"), index) == ""
    assert kind(continuation(3), index) == ""


def test_a_kind_named_in_running_text_is_none(index: KindIndex) -> None:
    page = Sheet().motto().lines("Căn cứ Số: 12/QĐ-UBND của Ủy ban", "quyết định này có hiệu lực").prose(10)
    assert kind(page.reading(), index) == ""


def test_a_title_that_contradicts_the_number_makes_it_less_sure(index: KindIndex) -> None:
    agreeing = kind_of_page(view(official("QUYẾT ĐỊNH", number="12/QĐ-UBND")), index)
    contradicting = kind_of_page(view(official("THÔNG BÁO", number="12/QĐ-UBND")), index)
    assert contradicting.chance < 0.85 < agreeing.chance


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("a) Bản sao có chứng thực giấy phép đã cấp", "giay-phep"),
        ("02 ảnh màu cỡ 3x4 cm", "anh"),
        ("- Một trong các hợp đồng lao động", "hop-dong-lao-dong"),
        ("Giấy uỷ quyền", "giay-uy-quyen"),
        ("Hoặc bản sao Quyết định thành lập", "quyet-dinh"),
        ("Dữ liệu về dân cư", ""),
        ("", ""),
    ],
)
def test_a_row_of_a_list_has_the_kind_of_what_it_names(row: str, expected: str, index: KindIndex) -> None:
    assert kind_of_title(row, index) == expected


def test_every_shipped_type_is_of_a_kind(profiles: Profiles) -> None:
    assert {type.kind for type in profiles.types.values()} <= set(profiles.kinds)
    assert set(OFFICIAL.values()) < set(profiles.kinds)


def test_a_later_layer_changes_one_kind_and_faults_are_named(tmp_path: Path) -> None:
    shipped = load_profiles()
    (tmp_path / "kinds.yaml").write_text(
        "kinds:\n  - { id: don, name: Lá đơn, group: request, titles: [Đơn thư] }\n", encoding="utf-8"
    )
    layered = load_profiles((SHIPPED, tmp_path))
    assert layered.kinds["don"].titles == ("Đơn thư",)
    assert layered.kinds.keys() == shipped.kinds.keys()
    (tmp_path / "kinds.yaml").write_text(
        "kinds:\n"
        "  - { id: la, name: Lạ, group: request, titles: [Quyết định], parent: khong-co }\n"
        "  - { id: la, name: Lạ, group: request, titles: [Lạ] }\n",
        encoding="utf-8",
    )
    faults = "\n".join(check_profiles((SHIPPED, tmp_path)))
    assert "kinds: id la stands twice" in faults
    (tmp_path / "kinds.yaml").write_text(
        "kinds:\n  - { id: la, name: Lạ, group: request, titles: [Quyết định], parent: khong-co }\n",
        encoding="utf-8",
    )
    faults = "\n".join(check_profiles((SHIPPED, tmp_path)))
    assert "kinds.la.titles: 'Quyết định' is of quyet-dinh too" in faults
    assert "kinds.la.parent: no kind khong-co" in faults
