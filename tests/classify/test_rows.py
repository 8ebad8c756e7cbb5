"""A paper is matched with the rows of its own procedure's list by title, form number and kind."""

from collections.abc import Sequence

import pytest

from scanflow.classify.checklist import RowsMet, build_checklist
from scanflow.classify.kinds import KindIndex
from scanflow.classify.page_view import view
from scanflow.classify.procedures.published import PublishedPaper, PublishedProcedure
from scanflow.classify.procedures.rows import read_rows
from scanflow.classify.profiles import Procedure, Profiles, RequiredPaper
from scanflow.classify.rows.listed_rows import RowIndex, row_index
from scanflow.classify.rows.printed_titles import printed_titles
from scanflow.classify.rows.row_scores import match_rows, row_chances, score_rows
from scanflow.classify.rows.row_words import common_words
from scanflow.classify.separation import separate
from scanflow.model import PageReading, RowMatch
from tests.classify.invented_procedure import procedure
from tests.classify.paper import Sheet, form

NAME = "Cấp giấy phép nuôi chim yến"
LISTED = (
    PublishedPaper(
        "- Đơn đề nghị cấp giấy phép nuôi chim yến theo Mẫu số 05/CY ban hành kèm theo Nghị định này"
    ),
    PublishedPaper("Bản thuyết minh hệ thống chuồng trại và thiết bị phát âm thanh dẫn dụ (01 bản chính)"),
    PublishedPaper(
        "Văn bản cam kết bảo vệ môi trường của chủ cơ sở, đối với trường hợp nuôi trong khu dân cư"
    ),
    PublishedPaper("Bản sao hợp đồng thuê nhà nuôi chim yến (nếu có)"),
    PublishedPaper("Sơ đồ vị trí cơ sở nuôi"),
)


@pytest.fixture(scope="module")
def rows() -> tuple[RequiredPaper, ...]:
    read = read_rows(PublishedProcedure("9.999999", NAME, papers=LISTED))
    return tuple(each.paper for each in read if each.paper is not None)


@pytest.fixture(scope="module")
def index(rows: Sequence[RequiredPaper], profiles: Profiles) -> RowIndex:
    return row_index(rows, common_words(), KindIndex(profiles.kinds), name=NAME)


def titled(*lines: str, number: str = "", subject: Sequence[str] = ()) -> PageReading:
    sheet = Sheet()
    if number:
        sheet.line(number, "right", 11)
    sheet.motto().title(*lines)
    sheet.y -= 8
    for line in subject:
        sheet.line(line, "centre")
    return sheet.skip(12).line("Kính gửi: Ủy ban nhân dân phường Vị Tân", "centre").prose(10).reading()


def met(reading: PageReading, index: RowIndex) -> tuple[RowMatch, ...]:
    return match_rows([view(reading)], index)


@pytest.mark.parametrize(
    ("lines", "row"),
    [
        (("ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP NUÔI CHIM YẾN",), 0),
        (("ĐƠN ĐỀ NGHỊ", "CẤP GIẤY PHÉP", "NUÔI CHIM YẾN"), 0),
        (("ĐON ĐÊ NGHI CẮP GIÂY PHEP NU0I CHIM YÊN",), 0),
        (("THUYẾT MINH HỆ THỐNG CHUỒNG TRẠI", "VÀ THIẾT BỊ PHÁT ÂM THANH"), 1),
        (("BẢN THUYẾT MINH HỆ THỐNG CHUỒNG TRẠI",), 1),
        (("BẢN CAM KẾT BẢO VỆ MÔI TRƯỜNG",), 2),
        (("HỢP ĐỒNG THUÊ NHÀ NUÔI CHIM YẾN",), 3),
        (("SƠ ĐỒ VỊ TRÍ CƠ SỞ NUÔI NĂM 2026",), 4),
    ],
)
def test_a_title_is_matched_shortened_broken_and_misread(
    lines: tuple[str, ...], row: int, index: RowIndex, rows: Sequence[RequiredPaper]
) -> None:
    found = met(titled(*lines), index)
    assert [match.row for match in found] == [rows[row].id]
    assert found[0].evidence[0].found == " ".join(lines)


@pytest.mark.parametrize(
    "lines",
    [
        ("ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP NUÔI CÁ SẤU",),
        ("ĐƠN ĐỀ NGHỊ CẤP LẠI BẰNG TỐT NGHIỆP",),
        ("HỢP ĐỒNG THUÊ XE Ô TÔ",),
        ("VĂN BẢN CAM KẾT HOÀN TRẢ KINH PHÍ ĐÀO TẠO",),
        ("BIÊN BẢN HỌP GIA ĐÌNH",),
    ],
)
def test_a_paper_of_another_procedure_meets_no_row(lines: tuple[str, ...], index: RowIndex) -> None:
    assert met(titled(*lines), index) == ()


def index_of(profiles: Profiles, *rows: RequiredPaper) -> RowIndex:
    return row_index(rows, common_words(), KindIndex(profiles.kinds))


def test_a_misread_word_that_is_another_syllable_matches_the_row(profiles: Profiles) -> None:
    plan = RequiredPaper("ke-hoach", "Kế hoạch", (), titles=("Kế hoạch an ninh cơ sở nuôi",))
    index = index_of(profiles, plan, RequiredPaper("so-do", "Sơ đồ", (), titles=("Sơ đồ vị trí",)))
    assert [match.row for match in met(titled("KẾ HOẠCH A NINH CƠ SỞ NUÔI"), index)] == ["ke-hoach"]


def test_a_word_that_lists_know_is_not_another_one_misread(profiles: Profiles) -> None:
    card = RequiredPaper("cmnd", "Giấy chứng minh nhân dân", (), titles=("Giấy chứng minh nhân dân",))
    other = RequiredPaper("to-khai", "Tờ khai", (), titles=("Tờ khai đăng ký khai tử",))
    assert met(titled("GIẤY CHỨNG SINH"), index_of(profiles, card, other)) == ()


@pytest.mark.parametrize(
    ("title", "is_met"),
    [
        ("ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP SÁT HẠCH", True),
        ("ĐƠN ĐỀ NGHỊ CẤP LẠI GIẤY PHÉP SÁT HẠCH", False),
        ("ĐƠN ĐỀ NGHỊ GIA HẠN GIẤY PHÉP SÁT HẠCH", False),
        ("ĐƠN ĐỀ NGHỊ THU HỒI GIẤY PHÉP SÁT HẠCH", False),
    ],
)
def test_another_action_is_another_paper(title: str, *, is_met: bool, profiles: Profiles) -> None:
    row = RequiredPaper("don", "Đơn", (), titles=("Đơn đề nghị cấp giấy phép sát hạch",))
    other = RequiredPaper("so-do", "Sơ đồ", (), titles=("Sơ đồ vị trí bãi tập",))
    assert bool(met(titled(title), index_of(profiles, row, other))) == is_met


def test_marks_and_signers_are_no_titles(profiles: Profiles) -> None:
    prospectus = RequiredPaper("cao-bach", "Bản cáo bạch", (), titles=("Bản cáo bạch",))
    report = RequiredPaper(
        "bao-cao", "Báo cáo Chủ tịch", (), titles=("Báo cáo Chủ tịch Ủy ban nhân dân cấp tỉnh",)
    )
    page = Sheet().line("BẢN SAO", "centre", 15).motto().title("GIẤY ĐỀ NGHỊ HÒA GIẢI").prose(8).skip(20)
    page.line("TM. ỦY BAN NHÂN DÂN", "centre", 14).line("CHỦ TỊCH", "centre", 14)
    assert met(page.reading(), index_of(profiles, prospectus, report)) == ()


def test_an_abbreviation_is_what_its_letters_stand_for(profiles: Profiles) -> None:
    green = RequiredPaper("moi-truong", "Tờ khai", (), titles=("Tờ khai thuế bảo vệ môi trường",))
    mines = RequiredPaper("tai-nguyen", "Tờ khai", (), titles=("Tờ khai thuế tài nguyên",))
    page = titled("TỜ KHAI THUẾ BVMT")
    assert [match.row for match in met(page, index_of(profiles, green, mines))] == ["moi-truong"]
    assert met(page, index_of(profiles, mines)) == ()


def test_a_long_row_with_a_titles_words_scattered_is_not_met(profiles: Profiles) -> None:
    wording = (
        "Bản sao một trong các giấy tờ: hợp đồng lao động, giấy xác nhận thông tin của đơn vị sử dụng, quyết"
        " định tuyển dụng hoặc văn bản khác chứng minh quan hệ lao động và tín nhiệm của tổ chức"
    )
    long = RequiredPaper("chung-minh", wording, (), titles=("Hợp đồng lao động", "Quyết định tuyển dụng"))
    index = index_of(profiles, long)
    assert met(titled("HỢP ĐỒNG TÍN DỤNG"), index) == ()
    assert met(titled("GIẤY CHỨNG MINH QUYỀN SỬ DỤNG ĐỘNG CƠ"), index) == ()


def test_a_sentence_right_below_a_title_is_none_of_it(index: RowIndex, rows: Sequence[RequiredPaper]) -> None:
    sheet = Sheet().motto().line("Sơ đồ vị trí cơ sở nuôi", "centre", 15)
    sheet.line("Thời gian thực hiện từ ngày 01 tháng 3 năm 2026; địa điểm thực hiện tại phường Vị Tân, thành")
    assert [match.row for match in met(sheet.prose(10).reading(), index)] == [rows[4].id]


@pytest.mark.parametrize(
    "lines",
    [
        ("ĐƠN ĐỀ NGHỊ CẤP GIẤY XÁC NHẬN", "CĂN CƯỚC CÔNG DÂN"),
        ("PHIẾU KẾT QUẢ", "XÉT NGHIỆM MÁU"),
        ("TỜ TRÌNH ĐỀ NGHỊ", "XÉT TẶNG DANH HIỆU"),
    ],
)
def test_a_title_goes_on_with_words_that_begin_like_a_legal_basis(
    lines: tuple[str, ...], profiles: Profiles
) -> None:
    titles = printed_titles(view(titled(*lines)), KindIndex(profiles.kinds))
    assert titles[0].text == " ".join(lines)


@pytest.mark.parametrize("basis", ["CĂN CỨ LUẬT CƯ TRÚ", "XÉT TỜ TRÌNH CỦA", "THEO ĐỀ NGHỊ CỦA"])
def test_a_legal_basis_is_no_part_of_a_title(basis: str, profiles: Profiles) -> None:
    titles = printed_titles(view(titled("QUYẾT ĐỊNH THU HỒI ĐẤT", basis)), KindIndex(profiles.kinds))
    assert titles[0].text == "QUYẾT ĐỊNH THU HỒI ĐẤT"


def decided(*body: str) -> PageReading:
    sheet = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "12/QĐ-UBND").title("QUYẾT ĐỊNH").skip(30)
    return sheet.lines(*body).prose(8).reading()


def test_the_body_says_which_of_two_rows_a_bare_title_meets(profiles: Profiles) -> None:
    approval = RequiredPaper(
        "moi-truong", "Quyết định", (), titles=("Quyết định phê duyệt báo cáo đánh giá tác động môi trường",)
    )
    investment = RequiredPaper("dau-tu", "Quyết định", (), titles=("Quyết định chủ trương đầu tư dự án",))
    index = index_of(profiles, approval, investment)

    def chances(*body: str) -> list[float]:
        return row_chances(score_rows([view(decided(*body))], index))

    plain = chances("Điều khoản thi hành.")
    said = chances("Điều 1. Nay phê duyệt báo cáo đánh giá tác động", "môi trường của chủ cơ sở nuôi.")
    assert said[0] > plain[0]
    assert said[0] > said[1]
    enumerated = chances("1. Báo cáo phê duyệt báo cáo đánh giá tác động môi trường;")
    assert enumerated[0] == plain[0]


def test_a_paper_with_more_pages_than_its_type_has_speaks_against_the_row(profiles: Profiles) -> None:
    card = RequiredPaper("can-cuoc", "Căn cước công dân", ("can-cuoc",), titles=("Căn cước công dân",))
    index = row_index([card], common_words(), KindIndex(profiles.kinds), types=profiles.types)
    page = view(titled("CĂN CƯỚC CÔNG DÂN"))
    assert index.rows[0].most_pages == 2
    (few,), (many,) = (row_chances(score_rows([page] * pages, index)) for pages in (2, 9))
    assert many < few
    cues = [each.cue for each in score_rows([page] * 9, index)[0].evidence]
    assert "against: more pages than such a paper has" in cues


def test_titles_named_in_the_body_are_no_titles(index: RowIndex) -> None:
    page = Sheet().motto().title("BIÊN BẢN KIỂM TRA THỰC ĐỊA").line("Hồ sơ gồm có:")
    page.line("1. Đơn đề nghị cấp giấy phép nuôi chim yến;").line("2. Sơ đồ vị trí cơ sở nuôi;").prose(10)
    assert met(page.reading(), index) == ()


def test_a_form_number_makes_a_doubtful_title_sure_and_another_one_speaks_against(index: RowIndex) -> None:
    lines = ("ĐƠN ĐỀ NGHỊ", "CẤP GIẤY PHÉP NUÔI YẾN")
    alone, numbered, other = (
        next(iter(met(titled(*lines, number=number), index)), RowMatch("", 0.0)).chance
        for number in ("", "Mẫu số 05/CY", "Mẫu số 11/TS")
    )
    assert numbered > alone > other


def test_several_cases_that_ask_for_the_same_paper_are_all_met(profiles: Profiles) -> None:
    twice = [
        RequiredPaper("mot", "Tờ khai gốc", (), titles=("Tờ khai nuôi chim yến",), group="Trường hợp 1"),
        RequiredPaper("hai", "Tờ khai gốc", (), titles=("Tờ khai nuôi chim yến",), group="Trường hợp 2"),
        RequiredPaper("ba", "Sơ đồ", (), titles=("Sơ đồ vị trí cơ sở nuôi",)),
    ]
    index = row_index(twice, common_words(), KindIndex(profiles.kinds))
    assert {match.row for match in met(titled("TỜ KHAI NUÔI CHIM YẾN"), index)} == {"mot", "hai"}


def test_two_rows_that_a_title_may_mean_are_left_to_a_person(profiles: Profiles) -> None:
    alike = [
        RequiredPaper("cap", "Đơn", (), titles=("Đơn đề nghị cấp giấy phép nuôi chim yến",)),
        RequiredPaper("gia-han", "Đơn", (), titles=("Đơn đề nghị gia hạn giấy phép nuôi chim yến",)),
    ]
    index = row_index(alike, common_words(), KindIndex(profiles.kinds))
    assert met(titled("ĐƠN ĐỀ NGHỊ"), index) == ()
    assert [match.row for match in met(titled("ĐƠN ĐỀ NGHỊ GIA HẠN GIẤY PHÉP"), index)] == ["gia-han"]


def test_separation_says_kind_and_rows(profiles: Profiles, rows: tuple[RequiredPaper, ...]) -> None:
    asked = procedure(*rows)
    known = Profiles({asked.code: asked}, profiles.types, kinds=profiles.kinds)
    pages = [titled("SƠ ĐỒ VỊ TRÍ CƠ SỞ NUÔI"), form("BIÊN BẢN HỌP GIA ĐÌNH")]
    first, second = separate(pages, {1: True}, known, procedure=asked.code)
    assert first.kind == "ban-ve"
    assert [match.row for match in first.rows] == [rows[4].id]
    assert (second.kind, second.rows) == ("bien-ban", ())


def test_a_row_is_met_by_what_was_matched_or_by_type() -> None:
    asked: Procedure = procedure(
        RequiredPaper("the", "Thẻ", ("can-cuoc",)),
        RequiredPaper("so-do", "Sơ đồ", ()),
        RequiredPaper("ban-sao", "Bản sao thẻ", ("can-cuoc",)),
    )
    found = build_checklist(
        asked,
        [(1, "unknown"), (2, "can-cuoc")],
        met=RowsMet({1: (RowMatch("so-do", 0.9),), 2: (RowMatch("ban-sao", 0.9),)}),
    )
    assert [item.documents for item in found.items] == [(), (1,), (2,)]
    # A row that is not of this list says nothing, nor one that does not take a known type.
    found = build_checklist(
        asked, [(1, "can-cuoc")], met=RowsMet({1: (RowMatch("so-do", 0.9), RowMatch("la", 0.9))})
    )
    assert found.items[0].documents == (1,)
