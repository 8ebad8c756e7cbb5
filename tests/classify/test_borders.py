"""Borders between papers: annexes, model forms, page numbers, cards, blank backs, and similar cases without
one.
"""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from scanflow.classify.borders.border_context import BorderContext, Placing
from scanflow.classify.borders.border_signals import SIGNALS, measure
from scanflow.classify.borders.cut_chance import StackToCut, cut_chances, read_weights, shipped_weights
from scanflow.classify.profiles import Profiles
from scanflow.classify.separation import is_doubtful, known_type, page_facts, separate
from scanflow.model import Code, PageReading
from tests.classify.paper import Sheet, card_back, card_front, continuation, form, official, reading


def starts(pages: Sequence[PageReading], profiles: Profiles) -> list[int]:
    """The indices at which papers begin."""
    return [paper.pages[0] for paper in separate(pages, {}, profiles)]


def decision(*articles: str, number: str = "12/2026/QĐ-UBND") -> PageReading:
    """An agency's decision with these articles, signed on its page."""
    sheet = (
        Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", number).title("QUYẾT ĐỊNH", "Về việc ban hành quy định")
    )
    sheet.prose(6).lines(*articles)
    return sheet.line("Quyết định này có hiệu lực kể từ ngày ký./.").sign().reading()


def circular() -> PageReading:
    sheet = Sheet().head("BỘ TÀI CHÍNH", "21/2026/TT-BTC").title("THÔNG TƯ", "Hướng dẫn quản lý tài sản công")
    sheet.prose(8).line("Điều 3. Ban hành kèm theo Thông tư này các mẫu biểu từ Mẫu số 01 đến Mẫu số 03.")
    return sheet.line("Thông tư này có hiệu lực kể từ ngày ký./.").sign().reading()


def model_form(number: int, title: str = "BIÊN BẢN KIỂM KÊ") -> PageReading:
    """A form that nobody filled in, with a national head and a signature block of its own."""
    sheet = Sheet().line(f"Mẫu số {number:02}", "right", 12)
    sheet.head("TÊN CƠ QUAN CHỦ QUẢN", "/BB-KK", "ngày tháng năm 20").title(title)
    sheet.lines("Tên đơn vị:", "Địa chỉ:", "Người đại diện:", "Chức vụ:", "Số tài khoản:", "Nội dung:")
    return sheet.line("(Ký tên, đóng dấu)", middle=430).reading()


def filled_form(number: int = 3) -> PageReading:
    """A citizen's form that was typed, numbered like a model."""
    sheet = Sheet().line(f"Mẫu số {number:02}", "right", 12)
    sheet.line("(Ban hành kèm theo Thông tư số 04/2024/TT-BTP)", "right", 10)
    sheet.motto().title("TỜ KHAI CẤP BẢN SAO GIẤY TỜ")
    sheet.line("Kính gửi: Ủy ban nhân dân phường Vị Tân", "centre")
    sheet.lines("Họ và tên: Trần Thị Mẫu", "Ngày sinh: 01/02/1990", "Số định danh cá nhân: 093190000123")
    sheet.lines("Nơi cư trú: số 5, đường Hòa Bình", "Điện thoại: 0900000123", "Nội dung đề nghị: cấp bản sao")
    return (
        sheet.line("Vị Tân, ngày 05 tháng 8 năm 2026", "right")
        .line("(Ký, ghi rõ họ tên)", middle=430)
        .reading()
    )


def test_the_end_of_a_decision_is_no_decision(profiles: Profiles) -> None:
    first = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "12/QĐ-UBND").title("QUYẾT ĐỊNH").prose(25)
    first.line("Ông Trần Văn Mẫu và thủ trưởng các cơ quan có liên quan chịu trách nhiệm thi hành")
    last = Sheet(y=60).line("Quyết định này./.").skip(15).line("Nơi nhận:", size=11)
    last.line("- Như Điều 3;", size=11).sign()
    assert starts([first.reading(), last.reading()], profiles) == [0]


def test_a_decision_behind_another_is_one(profiles: Profiles) -> None:
    assert starts([decision(), decision(number="13/2026/QĐ-UBND")], profiles) == [0, 1]


def test_an_annex_with_a_national_head_belongs_to_its_decision(profiles: Profiles) -> None:
    annex = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "").title("QUY CHẾ", "Tiếp công dân")
    annex.line("(Ban hành kèm theo Quyết định số 12/2026/QĐ-UBND)", "centre").prose(20)
    pages = [decision("Điều 1. Ban hành kèm theo Quyết định này Quy chế tiếp công dân."), annex.reading()]
    assert starts(pages, profiles) == [0]


def test_model_forms_belong_to_their_circular(profiles: Profiles) -> None:
    pages = [circular(), model_form(1), model_form(2, "GIẤY ỦY QUYỀN"), model_form(3, "QUYẾT ĐỊNH")]
    assert starts(pages, profiles) == [0]


def test_appendices_follow_each_other(profiles: Profiles) -> None:
    pages = [decision("Chi tiết tại các phụ lục kèm theo Quyết định này.")]
    for no in ("I", "II"):
        pages.append(Sheet(y=60).title(f"PHỤ LỤC {no}", "ĐỊNH MỨC CHI TIÊU").prose(12).reading())
    assert starts(pages, profiles) == [0]


def test_a_list_that_is_announced_belongs_to_its_decision(profiles: Profiles) -> None:
    roll = Sheet(y=60).title("DANH SÁCH", "Các hộ được hỗ trợ").prose(12).reading()
    assert starts([decision("Điều 1. Danh sách kèm theo Quyết định này gồm 12 hộ."), roll], profiles) == [0]


def test_annexes_that_count_their_pages_each_anew_stay(profiles: Profiles) -> None:
    second = Sheet().line("2", "centre").prose(10).reading()
    forms = [model_form(no, "QUYẾT ĐỊNH") for no in (1, 2, 3)]
    pages = [circular(), *(page for each in forms for page in (each, second))]
    assert starts(pages, profiles) == [0]
    (paper,) = separate(pages, {}, profiles)
    assert not [border for border in paper.borders[1:] if "number_missing" in str(border.evidence)]


def test_an_annex_cites_its_act_by_number_where_a_letter_of_the_agency_is_misread(profiles: Profiles) -> None:
    annex = Sheet().title("QUY CHẾ", "Tiếp công dân")
    annex.line("(Ban hành kèm theo Quyết định số 12/2026/QĐ-UBND)", "centre").prose(20)

    def cites(number: str) -> bool:
        found = _measured([decision(number=number), annex.reading()], profiles)
        assert ("cites_this_act" in found) is not ("cites_another_act" in found)
        return "cites_this_act" in found

    assert cites("12/2026/QĐ-UBNO") and cites("/QĐ-UBND")
    assert not cites("13/2026/QĐ-UBNO") and not cites("12/2026/KH-UBNO")


@pytest.mark.parametrize("kind", ["Chỉ thị", "Thông báo", "Báo cáo", "Quyết định"])
def test_what_is_attached_to_any_kind_of_act_cites_it(kind: str, profiles: Profiles) -> None:
    symbol = {"Chỉ thị": "CT", "Thông báo": "TB", "Báo cáo": "BC", "Quyết định": "QĐ"}[kind]
    act = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", f"9/{symbol}-UBND").title(kind.upper(), "Về hộ tịch")
    act.prose(9).line(f"Quy định được ban hành kèm theo {kind} này.").sign()
    annex = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "", "").title("QUY ĐỊNH", "Về hộ tịch")
    annex.line(f"(Kèm theo {kind} số 9/{symbol}-UBND ngày 05 tháng 8 năm 2026)", "centre").prose(20)
    pages = [act.reading(), annex.reading()]
    assert "cites_this_act" in _measured(pages, profiles)
    assert starts(pages, profiles) == [0]


def test_the_first_annex_of_an_act_whose_pages_are_numbered_has_no_number(profiles: Profiles) -> None:
    annex = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "", "").title("QUY CHẾ", "Về hộ tịch")
    annex.line("(Kèm theo Quyết định số 12/2026/QĐ-UBND)", "centre").prose(20)
    second = Sheet().line("2", "centre").prose(10).sign().reading()
    pages = [decision(), second, annex.reading()]
    assert "number_missing" not in _measured(pages, profiles)
    receipt = Sheet().title("GIẤY BIÊN NHẬN").prose(9).reading()
    assert "number_missing" in _measured([decision(), second, receipt], profiles)
    assert starts(pages, profiles) == [0]


def test_a_filled_form_behind_a_decision_is_a_paper_of_its_own(profiles: Profiles) -> None:
    assert starts([decision(), filled_form(), filled_form(4)], profiles) == [0, 1, 2]


def test_the_next_act_behind_annexes_begins_a_paper(profiles: Profiles) -> None:
    assert starts([circular(), model_form(1), model_form(2), decision()], profiles) == [0, 3]


def test_an_act_whose_number_a_pen_wrote_behind_annexes_begins_a_paper(profiles: Profiles) -> None:
    plan = Sheet().head("SỞ Y TẾ TỈNH SÔNG XANH", "/KH-SYT", "Sông Xanh, ngày 12 tháng 5 năm 2026")
    page = plan.title("KẾ HOẠCH", "Về khám bệnh, chữa bệnh").prose(20).reading()
    assert starts([circular(), model_form(1), page], profiles) == [0, 2]
    annex = Sheet().head("BỘ TÀI CHÍNH", "", "").title("KẾ HOẠCH", "Về khám bệnh, chữa bệnh")
    annex.line("(Ban hành kèm theo Thông tư số 21/2026/TT-BTC)", "centre")
    assert starts([circular(), model_form(1), annex.prose(20).reading()], profiles) == [0]


@pytest.mark.parametrize(
    "opening",
    [
        "Họ và tên: Trần Thị Mẫu",
        "Ngày sinh: 01/02/1990",
        "Tên đơn vị hoặc người nộp tiền: Trần Thị Mẫu",
        "Về bảo hiểm y tế",
    ],
)
def test_a_heading_followed_by_a_person_or_subject_begins_a_paper(opening: str, profiles: Profiles) -> None:
    project = Sheet().motto().title("BẢN THUYẾT MINH").prose(20).line("Người thuyết minh.").reading()

    def page(below: str) -> PageReading:
        return Sheet().title("BẢN TƯỜNG TRÌNH").line(below).prose(20).reading()

    def chance(below: str) -> float:
        return separate([project, page(below)], {}, profiles)[-1].borders[-1].chance

    assert starts([project, page(opening)], profiles) == [0, 1]
    assert chance(opening) > chance("Bảo đảm nguồn nhân lực cho công tác này") + 0.05


def test_a_page_with_a_signature_alone_belongs_to_what_it_signs(profiles: Profiles) -> None:
    pledge = Sheet().title("BẢN CAM KẾT").prose(34).reading()
    signature = Sheet().line("NGƯỜI CAM KẾT", middle=430).line("(Ký, ghi rõ họ tên)", middle=430).skip(40)
    assert starts([pledge, signature.line("Trần Thị Mẫu", middle=430).reading()], profiles) == [0]


def test_pages_that_say_which_of_how_many_they_are(profiles: Profiles) -> None:
    def page(no: int, of: int) -> PageReading:
        return Sheet(y=60).prose(20).skip(360).line(f"Trang {no}/{of}", "right", 11).reading()

    assert starts([page(1, 2), page(2, 2), page(1, 2), page(2, 2)], profiles) == [0, 2]


@pytest.mark.parametrize("back_first", [False, True])
def test_both_sides_of_a_card_on_two_pages(back_first: bool, profiles: Profiles) -> None:
    sides = [card_back(), card_front()] if back_first else [card_front(), card_back()]
    assert starts([official("BIÊN BẢN"), *sides, form("GIẤY ỦY QUYỀN")], profiles) == [0, 1, 3]


def test_the_back_of_a_sheet_goes_with_its_front(profiles: Profiles) -> None:
    other = Sheet(y=60).title("BẢNG KÊ CHI TIẾT").prose(12).reading()
    pages = [official("BIÊN BẢN"), other]
    alone = _chance(pages, profiles, Placing())
    assert _chance(pages, profiles, Placing(overleaf={1})) < alone < _chance(pages, profiles, Placing({1}))


def test_pages_of_another_scanner_more_likely_begin_a_paper(profiles: Profiles) -> None:
    first, second = continuation(), continuation(first="Hồ sơ gồm các giấy tờ sau đây")
    other = reading(second.words, (500.0, 700.0))
    assert _chance([first, other], profiles, Placing()) > _chance([first, second], profiles, Placing())


def _measured(pages: Sequence[PageReading], profiles: Profiles) -> dict[str, float]:
    facts = [page_facts(index, page, profiles, frozenset()) for index, page in enumerate(pages)]
    return measure(BorderContext(facts[:-1], facts[-1]))


def test_a_second_copy_is_a_paper_of_its_own(profiles: Profiles) -> None:
    assert starts([form("GIẤY ỦY QUYỀN"), form("GIẤY ỦY QUYỀN")], profiles) == [0, 1]


def test_a_separator_sheet_stands_between_two_papers_and_is_none_of_them(profiles: Profiles) -> None:
    code = Code("H13.42-260804-0018", "QRCode")
    sheet = replace(Sheet().skip(400).line("H13.42-260804-0018", "centre", 14).reading(), codes=(code,))
    pages = [form("ĐƠN XIN NUÔI ONG"), continuation(2), sheet, form("ĐƠN XIN NUÔI CHIM YẾN")]
    assert starts(pages, profiles) == [0, 2, 3]


def test_a_chance_near_a_half_is_doubtful(profiles: Profiles) -> None:
    blank_form = model_form(1)
    papers = separate([decision(), blank_form, filled_form()], {}, profiles)
    borders = {border.page: border for paper in papers for border in paper.borders}
    assert sorted(borders) == [0, 1, 2]
    assert borders[0].chance == 1.0 and not is_doubtful(borders[0])
    assert all(border.evidence and 0 < border.chance < 1 for no, border in borders.items() if no)
    assert {each.found for each in borders[1].evidence} <= {"for", "against"}


def test_what_is_certain_is_not_weighed(profiles: Profiles) -> None:
    pages = [form("GIẤY ỦY QUYỀN"), form("TỜ KHAI ĐĂNG KÝ KHAI TỬ"), continuation()]
    papers = separate(pages, {1: False, 2: True}, profiles)
    assert [paper.pages for paper in papers] == [(0, 1), (2,)]
    assert [border.chance for paper in papers for border in paper.borders] == [1.0, 0.0, 1.0]
    assert papers[1].evidence[0].cue == "begins: a certain border"


def test_each_signal_has_a_weight_and_evidence_for_it() -> None:
    assert set(shipped_weights().of_signal) == set(SIGNALS)
    with pytest.raises(ValueError, match="moon_phase"):
        read_weights('{"bias": 0, "signals": {"moon_phase": {"weight": 1}}}')


@pytest.mark.parametrize("name", sorted(SIGNALS))
def test_signals_run_from_0_to_1_on_any_pages(name: str, profiles: Profiles) -> None:
    empty = reading([])
    pages = [decision(), empty, card_front(), model_form(1), filled_form(), continuation(2)]
    facts = [page_facts(index, page, profiles, frozenset()) for index, page in enumerate(pages)]
    types = [known_type(page, profiles) for page in facts]
    for page in range(1, len(pages)):
        for start in range(page):
            context = BorderContext(facts[start:page], facts[page], types[start], types[page])
            assert 0 <= SIGNALS[name](context) <= 1


def test_what_is_measured_are_the_signals_that_are_there(profiles: Profiles) -> None:
    facts = [page_facts(i, page, profiles, frozenset()) for i, page in enumerate([decision(), filled_form()])]
    found = measure(BorderContext(facts[:1], facts[1]))
    assert found["cites_another_act"] == found["after_act"] == 1.0
    assert "number_follows" not in found


def _chance(pages: Sequence[PageReading], profiles: Profiles, placing: Placing) -> float:
    """The chance of a cut before the second page."""
    facts = [page_facts(index, page, profiles, frozenset()) for index, page in enumerate(pages)]
    stack = StackToCut(facts, [known_type(page, profiles) for page in facts], placing)
    return cut_chances(stack, {}, shipped_weights())[1]
