"""A page's type from its title, the title's place and print; and pages that get none."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanflow.classify.profile_files import load_profiles
from scanflow.classify.profiles import DocumentType, Profiles
from scanflow.classify.titles import classify_page
from scanflow.model import PageReading
from scanflow.text.folding import fold
from tests.classify.paper import Sheet, card_back, card_front, continuation, form, official, reading

PROFILES = load_profiles()
CUES = [(kind.id, title) for kind in PROFILES.types.values() for title in kind.titles]
ONE_LINE = 50
"""Characters: a title of as many does not stand on one line of a page."""


def best(page: PageReading, profiles: Profiles) -> tuple[str, float]:
    candidates = classify_page(page, profiles)
    return (candidates[0].type, candidates[0].confidence) if candidates else ("unknown", 0.0)


def sure(page: PageReading, profiles: Profiles) -> str:
    kind, confidence = best(page, profiles)
    return kind if confidence >= 0.6 else "unknown"


@pytest.mark.parametrize(("kind", "title"), CUES)
def test_a_clear_title_is_clear(kind: str, title: str, profiles: Profiles) -> None:
    lines = [title.upper()] if len(title) < 45 else [title.upper()[:40].rpartition(" ")[0]]
    if len(title) >= 45:
        lines.append(title.upper()[len(lines[0]) + 1 :])
    page = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "12/2026").title(*lines).prose(20).reading()
    found, confidence = best(page, profiles)
    assert found == kind
    assert confidence >= 0.9


@pytest.mark.parametrize(("kind", "title"), [each for each in CUES[::3] if len(each[1]) < ONE_LINE])
def test_a_title_whose_marks_are_lost_is_still_known(kind: str, title: str, profiles: Profiles) -> None:
    found, confidence = best(form(fold(title).upper()), profiles)
    assert (found, confidence >= 0.6) == (kind, True)


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("TỜ KHAI ĐĂNG KÝ KHAI SlNH", "to-khai-dang-ky-khai-sinh"),
        ("TỜ KHAI ĐĂNGKÝ KẾT HÔN", "to-khai-dang-ky-ket-hon"),
        ("TÒ KHAI ĐÃNG KÝ KHAl TỬ", "to-khai-dang-ky-khai-tu"),
        ("GIẤY CHÚNG SINH", "giay-chung-sinh"),
        ("GIẦY KHAI SINH", "giay-khai-sinh"),
        ("QUYÉT ĐỊNH", "quyet-dinh"),
        (". THÔNG BÁO", "thong-bao"),
        ("- GIAY KHAI SINH", "giay-khai-sinh"),
        ("ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP XÂY DỤNG", "don-de-nghi-cap-giay-phep-xay-dung"),
    ],
)
def test_misread_titles(title: str, kind: str, profiles: Profiles) -> None:
    assert sure(form(title), profiles) == kind


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("GIẤY KHAI SINH", "giay-khai-sinh"),
        ("GIẤY CHỨNG SINH", "giay-chung-sinh"),
        ("GIẤY CHỨNG TỬ", "trich-luc-khai-tu"),
        ("TỜ KHAI ĐĂNG KÝ KHAI SINH", "to-khai-dang-ky-khai-sinh"),
        ("TỜ KHAI ĐĂNG KÝ KHAI TỬ", "to-khai-dang-ky-khai-tu"),
        ("TRÍCH LỤC KHAI SINH", "trich-luc-ho-tich"),
        ("TRÍCH LỤC KHAI TỬ", "trich-luc-khai-tu"),
        ("GIẤY PHÉP XÂY DỰNG", "giay-phep-xay-dung"),
        ("GIẤY CHỨNG NHẬN ĐĂNG KÝ HỘ KINH DOANH", "giay-chung-nhan-dang-ky-ho-kinh-doanh"),
        ("GIẤY ĐỀ NGHỊ ĐĂNG KÝ HỘ KINH DOANH", "giay-de-nghi-dang-ky-ho-kinh-doanh"),
    ],
)
def test_near_titles_are_told_apart(title: str, kind: str, profiles: Profiles) -> None:
    found, confidence = best(official(title), profiles)
    assert found == kind
    assert confidence >= 0.9


@pytest.mark.parametrize(
    "title",
    [
        "KẾ HOẠCH",
        "NGHỊ QUYẾT",
        "TỜ TRÌNH",
        "HỢP ĐỒNG LAO ĐỘNG",
        "ĐƠN XIN XÁC NHẬN CƯ TRÚ",
        "TỜ KHAI ĐĂNG KÝ LẠI KHAI SINH",
        "TỜ KHAI ĐĂNG KÝ KHAI",  # the word that decides is lost
        "GIẤY CHỨNG NHẬN ĐĂNG KÝ XE Ô TÔ",
        "GIẤY SINH",
        "DANH SÁCH NHÂN VIÊN",  # not of members (thành viên)
    ],
)
def test_a_title_that_no_type_has_is_unknown(title: str, profiles: Profiles) -> None:
    assert sure(form(title), profiles) == "unknown"
    assert sure(official(title), profiles) == "unknown"


def test_a_mention_in_running_text_does_not_win(profiles: Profiles) -> None:
    page = form(
        "TỜ KHAI ĐĂNG KÝ KHAI SINH",
        "Giấy tờ kèm theo:",
        "1. Giấy chứng sinh;",
        "- Giấy chứng nhận kết hôn;",
        "Giấy khai sinh",
        "Căn cước công dân",
    )
    assert sure(page, profiles) == "to-khai-dang-ky-khai-sinh"


@pytest.mark.parametrize("mention", ["Giấy khai sinh", "1. Giấy khai sinh", "- GIẤY KHAI SINH (bản sao);"])
def test_a_mention_alone_is_no_title(mention: str, profiles: Profiles) -> None:
    page = Sheet().skip(80).lines("Hồ sơ gồm có các giấy tờ sau đây:", mention).prose(10).reading()
    assert sure(page, profiles) == "unknown"


def test_a_title_in_the_lower_half_counts_less(profiles: Profiles) -> None:
    page = form("TỜ KHAI ĐĂNG KÝ KHAI TỬ")
    low = Sheet(y=600)
    low.title("GIẤY BÁO TỬ")
    words = [*page.words, *(low.words)]
    assert sure(reading(words), profiles) == "to-khai-dang-ky-khai-tu"


def test_the_longer_title_wins(profiles: Profiles) -> None:
    page = Sheet().head("CÔNG AN PHƯỜNG VỊ TÂN", "31/TB-CA")
    page.title("THÔNG BÁO").line("Về kết quả giải quyết, hủy bỏ đăng ký cư trú", "centre").prose(10)
    assert sure(page.reading(), profiles) == "thong-bao-cu-tru"
    other = Sheet().head("CÔNG AN PHƯỜNG VỊ TÂN", "31/TB-CA").title("THÔNG BÁO")
    assert sure(other.line("Về việc nghỉ lễ", "centre").prose(10).reading(), profiles) == "thong-bao"


def test_a_title_in_four_lines(profiles: Profiles) -> None:
    page = (
        Sheet()
        .motto()
        .title(
            "GIẤY CHỨNG NHẬN", "QUYỀN SỬ DỤNG ĐẤT", "QUYỀN SỞ HỮU NHÀ Ở", "VÀ TÀI SẢN KHÁC GẮN LIỀN VỚI ĐẤT"
        )
    )
    assert sure(page.reading(), profiles) == "giay-chung-nhan-qsdd"


def test_titles_in_the_halves_of_a_landscape_sheet(profiles: Profiles) -> None:
    page = Sheet(width=1190, height=842, y=120)
    page.line("GIẤY CHỨNG NHẬN", middle=892, size=22).line("QUYỀN SỬ DỤNG ĐẤT", middle=892, size=18)
    assert sure(page.prose(15).reading(), profiles) == "giay-chung-nhan-qsdd"


def test_a_letter_is_known_without_a_title(profiles: Profiles) -> None:
    page = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "123/UBND-VP")
    page.line("V/v lấy ý kiến về quy hoạch", middle=170).skip(10)
    page.line("Kính gửi: Sở Xây dựng thành phố Cần Thơ", "centre").prose(12).sign()
    assert sure(page.reading(), profiles) == "cong-van"


def test_an_addressed_proposal_is_no_letter(profiles: Profiles) -> None:
    page = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "12/TTr-UBND").title("TỜ TRÌNH")
    page.line("Về việc cấp kinh phí", "centre").line("Kính gửi: Sở Tài chính", "centre").prose(12)
    assert sure(page.reading(), profiles) == "unknown"


@pytest.mark.parametrize("stamp", ["CÔNG VĂN ĐẾN", "CÔNGVĂN ĐẾM", "CÔNG VĂN ĐN"])
def test_the_registrys_stamp_is_no_title(stamp: str, profiles: Profiles) -> None:
    page = Sheet().line(stamp, "centre").line("Số: 1234", "centre").skip(30)
    page.head("ỦY BAN NHÂN DÂN TỈNH", "707/QĐ-UBND").title("QUYẾT ĐỊNH").prose(15)
    assert sure(page.reading(), profiles) == "quyet-dinh"


def test_the_number_of_a_form_is_not_that_of_a_letter(profiles: Profiles) -> None:
    page = Sheet().line("Mẫu số 07/XN-NPT-TCN", "right", 11).motto()
    page.line("Phụ lục bảng kê khai", "centre", 15).line("Kính gửi: Chi cục Thuế", "centre").prose(12)
    assert sure(page.reading(), profiles) == "unknown"


@pytest.mark.parametrize(
    "lines",
    [
        ("VĂN BẢN ĐỀ NGHỊ RA", "QUYẾT ĐỊNH THÔI LÀM HÒA GIẢI VIÊN"),
        ("BÁO CÁO VỀ", "QUYẾT ĐỊNH CHẤP THUẬN"),
        ("GIẤY CHỨNG NHẬN", "CĂN CƯỚC"),
    ],
)
def test_a_line_that_goes_on_with_another_title_begins_none(
    lines: tuple[str, ...], profiles: Profiles
) -> None:
    assert sure(form(lines[1].split()[0] + " " + lines[1].split()[1]), profiles) != "unknown"
    page = Sheet().motto().title(*lines).prose(12).reading()
    assert sure(page, profiles) not in {"quyet-dinh", "can-cuoc"}


@pytest.mark.parametrize(
    "title",
    [
        "HỢP ĐỒNG THUÊ TRỤ SỞ",
        "HỢP ĐỒNG THUÊ TRỤ ĐIỆN",
        "HỢP ĐỒNG THUÊ NHÂN CÔNG",
        "SỔ HỘ NGHÈO",
        "SỔ HỘ KHẨN CẤP",
        "GIẤY KHAI SINA",
    ],
)
def test_another_syllable_before_further_ones_makes_another_title(title: str, profiles: Profiles) -> None:
    known = sure(form(title), profiles)
    assert known == ("giay-khai-sinh" if title == "GIẤY KHAI SINA" else "unknown")


@pytest.mark.parametrize(
    ("title", "number", "kind"),
    [
        ("TỜ KHAI THAY ĐỔI THÔNG TIN CƯ TRÚ", "Mẫu CT01 ban hành kèm theo Thông tư", "to-khai-ct01"),
        ("TỜ KHAI THAY ĐỔI THÔNG TIN CƯ TRÚ", "CT02", "unknown"),
        ("TỜ KHAI THAY ĐỔI THÔNG TIN CƯ TRÚ", "Mẫu CT02 ban hành kèm theo Thông tư", "unknown"),
        ("TỜ KHAI THAY ĐỔI THÔNG TIN VỀ CƯ TRÚ", "CT02", "unknown"),
        ("TỜ KHAI THAY ĐỔI THÔNG TIN CƯ TRÚ", "Mẫu số 05/XYZ", "to-khai-ct01"),
        ("TỜ KHAI THAY ĐỔI THÔNG TIN CƯ TRÚ", "CT07", "to-khai-ct01"),
        ("XÁC NHẬN THÔNG TIN VỀ CƯ TRÚ", "CT09", "unknown"),
        ("ĐƠN ĐĂNG KÝ BIẾN ĐỘNG", "Mẫu số 09/ĐK", "don-dang-ky-bien-dong"),
        ("ĐƠN ĐĂNG KÝ BIẾN ĐỘNG", "Mẫu số 13/ĐK", "unknown"),
        ("ĐƠN ĐĂNG KÝ BIẾN ĐỘNG", "Mẫu số 18", "don-dang-ky-bien-dong"),
    ],
)
def test_the_number_of_another_form_goes_before_a_like_title(
    title: str, number: str, kind: str, profiles: Profiles
) -> None:
    page = form(title, number=number)
    assert sure(page, profiles) == kind
    evidence = (said for each in classify_page(page, profiles) for said in each.evidence)
    assert ("against: another form number" in {said.cue for said in evidence}) is (kind == "unknown")


def test_invented_forms_of_one_title_are_told_apart_by_their_numbers() -> None:
    types = {
        form: DocumentType(form, form, "form", "form", ("Tờ khai nuôi chim yến",), forms=(number,))
        for form, number in (("first", "CY1"), ("second", "CY2"))
    }
    for number, kind in (("CY1", "first"), ("CY2", "second"), ("CY3", "unknown"), ("", "unknown")):
        assert sure(form("TỜ KHAI NUÔI CHIM YẾN", number=number), Profiles({}, types)) == kind


def test_both_sides_of_cards_are_known(profiles: Profiles) -> None:
    assert best(card_front(), profiles) == ("can-cuoc", 0.99)
    assert sure(card_back(), profiles) == "can-cuoc"
    assert classify_page(card_front(), profiles)[0].sides == {"front"}
    assert classify_page(card_back(), profiles)[0].sides == {"back"}


def test_running_text_and_nothing(profiles: Profiles) -> None:
    assert sure(continuation(2), profiles) == "unknown"
    assert classify_page(reading([]), profiles) == []


def test_every_decision_has_its_evidence(profiles: Profiles) -> None:
    first = classify_page(official("GIẤY KHAI SINH"), profiles, page=7)[0]
    title = first.evidence[0]
    assert (title.cue, title.found, title.score, title.page) == (
        "title: Giấy khai sinh",
        "GIẤY KHAI SINH",
        1.0,
        7,
    )


def near_types() -> Profiles:
    """Two types whose titles differ by one mark, and one that resembles both."""
    titles = {"paper": "Đơn xin cấp giấy", "shoes": "Đơn xin cấp giầy", "house": "Đơn xin cấp nhà"}
    types = {id: DocumentType(id, id, "form", "form", (title,)) for id, title in titles.items()}
    return Profiles({}, types)


@pytest.mark.parametrize(("title", "kind"), [("ĐƠN XIN CẤP GIẤY", "paper"), ("ĐƠN XIN CẤP GIẦY", "shoes")])
def test_the_accented_form_decides(title: str, kind: str) -> None:
    assert best(form(title), near_types()) == (kind, 0.99)


def test_a_tie_is_unknown_unless_the_procedure_breaks_it() -> None:
    page = form("ĐƠN XIN CẤP GIAY")
    assert sure(page, near_types()) == "unknown"
    asked = classify_page(page, near_types(), likely=["shoes"])
    assert (asked[0].type, asked[0].confidence >= 0.6) == ("shoes", True)
    assert classify_page(page, near_types(), likely=["shoes", "paper"])[0].confidence < 0.6


RESIDENCE = "THÔNG BÁO VỀ KẾT QUẢ GIẢI QUYẾT ĐĂNG KÝ CƯ TRÚ"


@pytest.mark.parametrize(("word", "misread"), [("GIẢI", "ẢI"), ("QUYẾT", "QUY"), ("THÔNG", "THÔ")])
def test_a_word_that_lost_letters_is_no_other_word(word: str, misread: str) -> None:
    assert sure(form(RESIDENCE.replace(word, misread)), PROFILES) == "thong-bao-cu-tru"


@pytest.mark.parametrize("title", [RESIDENCE.replace("GIẢI", "GOI"), RESIDENCE.replace("CƯ TRÚ", "TRÚ")])
def test_a_title_may_be_the_beginning_of_a_longer_one_that_was_misread(title: str) -> None:
    assert best(form("THÔNG BÁO VỀ VIỆC ĐÓNG CỬA SỔ"), PROFILES)[0] == "thong-bao"
    assert sure(form(title), PROFILES) == "unknown"


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(CUES), st.data())
def test_a_damaged_title_is_right_or_unknown(cue: tuple[str, str], data: st.DataObject) -> None:
    """Two letters are misread or lost anywhere: the type is never another one."""
    kind, title = cue
    letters = list(title.upper())
    for _ in range(2):
        place = data.draw(st.integers(0, len(letters) - 1))
        letters[place] = data.draw(st.sampled_from(["", "I", "O", "E", "T", "Ầ", ".", " "]))
    assert sure(form("".join(letters)), PROFILES) in {kind, "unknown"}
