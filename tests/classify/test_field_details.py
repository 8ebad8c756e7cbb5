"""Each value with its source, place and chance: heads, signatures, zones, cells, doubts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from fixtures.papers.identity import machine_zone
from fixtures.people import Person
from scanflow.classify.fields import SURE, fields_of, read_details
from scanflow.classify.fields.problems import BIRTH_YEAR, FILLED_IN, IN_THE_FUTURE, INCOMPLETE, SOURCES
from scanflow.classify.profiles import Profiles
from scanflow.model import Code, FieldValue, PageReading, Word
from tests.classify.paper import Sheet, form, official

PERSON = Person("Trần Thị Mẫu", True, date(2001, 2, 1), "093301000123", date(2022, 3, 4), "Vị Tân")
QR = "093301000123||Trần Thị Mẫu|01022001|Nữ|phường Vị Tân, thành phố Cần Thơ|04032022"
TODAY = date(2026, 11, 27)


def values(pages: Sequence[PageReading], name: str, profiles: Profiles, kind: str = "") -> list[FieldValue]:
    details = read_details(pages, profiles.types.get(kind), TODAY)
    return [value for value in details if value.name == name]


def one(page: PageReading, name: str, profiles: Profiles, kind: str = "") -> FieldValue:
    return values([page], name, profiles, kind)[0]


def higher(page: PageReading, text: str, factor: float) -> PageReading:
    """The page with one word as high as a pen writes it."""

    def grown(word: Word) -> Word:
        box = replace(word.box, top=word.box.bottom - factor * word.box.height)
        return replace(word, box=box) if word.text == text else word

    return replace(page, words=tuple(map(grown, page.words)))


def family_name_read_as(text: str, confidence: float | None = None) -> PageReading:
    """A decision that Trần Văn Mẫu signs, whose family name was read as `text`, surely unless said."""

    def read(word: Word) -> Word:
        if word.text != "Trần":
            return word
        return replace(word, text=text, confidence=word.confidence if confidence is None else confidence)

    page = official("QUYẾT ĐỊNH")
    return replace(page, words=tuple(map(read, page.words)))


def test_values_of_any_official_paper(profiles: Profiles) -> None:
    sheet = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "707/QĐ-UBND")
    sheet.title("QUYẾT ĐỊNH", size=15).line("Về việc phê duyệt kế hoạch thử nghiệm", "centre")
    page = sheet.skip(30).prose(12).sign().reading()
    found = fields_of(read_details([page], None, TODAY))
    assert found == {
        "agency": "ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN",
        "symbol": "QĐ-UBND",
        "number": "707/QĐ-UBND",
        "date": "05/08/2026",
        "subject": "Về việc phê duyệt kế hoạch thử nghiệm",
        "capacity": "TM. ỦY BAN NHÂN DÂN, CHỦ TỊCH",
        "signer": "Trần Văn Mẫu",
    }
    assert one(page, "number", profiles).box is not None


def test_a_number_written_by_a_pen_is_doubtful(profiles: Profiles) -> None:
    years = ("ngày 05 tháng 8 năm 2026", "ngày 06 tháng 8 năm 2026")
    printed = official("QUYẾT ĐỊNH", *years, number="442 /QĐ-UBND")
    assert one(printed, "number", profiles).confidence >= SURE
    written = one(higher(printed, "442", 1.4), "number", profiles)
    assert (written.value, written.problems) == ("442/QĐ-UBND", (FILLED_IN,))
    assert written.confidence < SURE
    assert one(higher(printed, "442", 1.4), "symbol", profiles).value == "QĐ-UBND"


def test_a_speck_at_the_year_does_not_make_the_day_handwritten(profiles: Profiles) -> None:
    rows = ("ngày 05 tháng 8 năm 2025", "ngày 06 tháng 8 năm 2024")
    page = official("QUYẾT ĐỊNH", *rows)
    assert one(higher(page, "2026", 1.3), "date", profiles).confidence >= SURE
    written = one(higher(page, "05", 1.3), "date", profiles)
    assert (written.problems, written.confidence < SURE) == ((FILLED_IN,), True)


def test_a_day_left_out_makes_no_date(profiles: Profiles) -> None:
    sheet = Sheet().head("BỘ THỬ NGHIỆM", "/QĐ-BTN", "Vị Tân, ngày tháng 8 năm 2026")
    page = sheet.title("QUYẾT ĐỊNH").prose(8).reading()
    date_of_paper, number = one(page, "date", profiles), one(page, "number", profiles)
    assert (date_of_paper.value, date_of_paper.problems) == ("", (INCOMPLETE,))
    assert (number.value, number.problems) == ("", (INCOMPLETE,))


def test_a_date_whose_month_is_not_read_is_open(profiles: Profiles) -> None:
    sheet = Sheet().head("BỘ THỬ NGHIỆM", "12/QĐ-BTN", "Vị Tân, ngày 4 năm 2026")
    date_of_paper = one(sheet.title("QUYẾT ĐỊNH").prose(8).reading(), "date", profiles)
    assert (date_of_paper.value, date_of_paper.problems) == ("", (INCOMPLETE,))


def test_the_day_of_a_law_that_a_paper_rests_on_is_not_its_own(profiles: Profiles) -> None:
    sheet = Sheet().head("BỘ THỬ NGHIỆM", "12/QĐ-BTN", "")  # a stamp hides place and date
    sheet.line("Căn cứ Luật Cư trú ngày 13 tháng 11 năm 2020;", middle=380)
    assert not values([sheet.prose(8).reading()], "date", profiles)


def test_a_model_form_names_no_agency(profiles: Profiles) -> None:
    sheet = Sheet()
    top = sheet.y
    sheet.line("TÊN CƠ QUAN CHỦ QUẢN", middle=170, size=11)
    sheet.line("TÊN CƠ QUAN RA QUYẾT ĐỊNH", middle=170, size=11)
    # The symbol stands a little higher than the label of the number before it.
    row = sheet.y
    sheet.line("Số:", middle=130)
    sheet.y = row - 1
    sheet.line("/QĐ-TGTVPT", middle=200)
    sheet.y = top
    sheet.line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", middle=420, size=11)
    page = sheet.line("Độc lập - Tự do - Hạnh phúc", middle=420).skip(60).prose(8).reading()
    assert values([page], "agency", profiles) == []
    assert one(page, "symbol", profiles).value == "QĐ-TGTVPT"


def test_an_agency_of_several_lines_and_the_superior_one(profiles: Profiles) -> None:
    sheet = Sheet()
    top = sheet.y
    sheet.line("SỞ Y TẾ THÀNH PHỐ CẦN THƠ", middle=170, size=11).line("BỆNH VIỆN", middle=170, size=11)
    sheet.line("ĐA KHOA THỬ NGHIỆM", middle=170, size=11).line("Số: 12/BV-TH", middle=170)
    sheet.y = top
    sheet.line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", middle=420, size=11)
    page = sheet.line("Độc lập - Tự do - Hạnh phúc", middle=420).skip(60).prose(8).reading()
    assert one(page, "agency", profiles).value == "BỆNH VIỆN ĐA KHOA THỬ NGHIỆM"
    assert one(page, "superior_agency", profiles).value == "SỞ Y TẾ THÀNH PHỐ CẦN THƠ"


def test_a_doubtful_mark_is_spelled_as_known_names_are(profiles: Profiles) -> None:
    page = official("QUYẾT ĐỊNH")
    words = tuple(replace(w, text="NHẦN", confidence=0.5) if w.text == "NHÂN" else w for w in page.words)
    agency = one(replace(page, words=words), "agency", profiles)
    assert agency.value == "ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN"
    assert agency.raw == "ỦY BAN NHẦN DÂN PHƯỜNG VỊ TÂN"


def test_a_doubtful_word_that_a_known_name_or_the_text_confirms_is_sure(profiles: Profiles) -> None:
    def agency(doubtful: str, place: str = "Vị Tân") -> FieldValue:
        head = Sheet().head(
            "ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "12/QĐ-UBND", f"{place}, ngày 5 tháng 8 năm 2026"
        )
        page = head.title("QUYẾT ĐỊNH").prose(8).reading()
        words = tuple(replace(w, confidence=0.43) if w.text == doubtful else w for w in page.words)
        return one(replace(page, words=words), "agency", profiles)

    assert agency("NHÂN").confidence >= SURE  # of "ủy ban nhân dân"
    assert agency("TÂN").confidence >= SURE
    assert agency("TÂN", "Cần Thơ").confidence < SURE


def test_a_subject_off_its_titles_middle_has_lost_words(profiles: Profiles) -> None:
    def subject(middle: float) -> FieldValue:
        sheet = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "12/TB-UBND").title("THÔNG BÁO")
        page = sheet.line("Về kết quả giải quyết, hủy bỏ đăng ký", middle=middle).prose(8).reading()
        return one(page, "subject", profiles)

    title = Sheet().title("THÔNG BÁO").words[0].box.left, Sheet().title("THÔNG BÁO").words[-1].box.right
    assert subject(sum(title) / 2).confidence >= SURE
    cut = subject(sum(title) / 2 - 16)
    assert (cut.problems, cut.confidence < SURE) == ((INCOMPLETE,), True)


def test_a_subject_goes_on_with_identity_cards_and_tests(profiles: Profiles) -> None:
    def subject(*lines: str) -> str:
        sheet = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "12/TB-UBND").title("THÔNG BÁO")
        for line in lines:
            sheet.line(line, "centre")
        return one(sheet.skip(20).prose(8).reading(), "subject", profiles).value

    for second in ("căn cước cho công dân phường Vị Tân", "xét tuyển viên chức năm 2026 của phường"):
        assert subject("Về việc thông báo kết quả", second) == f"Về việc thông báo kết quả {second}"


def test_a_name_with_room_for_a_lost_word_is_doubtful(profiles: Profiles) -> None:
    sheet = Sheet().head("SỞ Y TẾ THÀNH PHỐ CẦN THƠ", "12/QĐ-SYT").title("QUYẾT ĐỊNH").prose(8)
    page = sheet.line("GIÁM ĐỐC", middle=430).skip(50).line("Trần Y Mẫu Thị", middle=430).reading()
    cut = replace(page, words=tuple(word for word in page.words if word.text != "Y"))
    for name in ("agency", "signer"):
        assert one(page, name, profiles).confidence >= SURE
        assert one(cut, name, profiles).problems == (INCOMPLETE,)
        assert one(cut, name, profiles).confidence < SURE


def test_a_name_at_a_lines_end_goes_on_only_where_the_line_is_full(profiles: Profiles) -> None:
    def name(*rows: str) -> str:
        sheet = Sheet().head("CÔNG AN PHƯỜNG VỊ TÂN", "12/TB-CA").title("THÔNG BÁO")
        return one(sheet.lines(*rows).prose(8).reading(), "person", profiles).value

    assert name("Kính gửi: Bà Trần Thị Mẫu", "Căn cứ Luật Cư trú") == "Trần Thị Mẫu"
    full = "Trung tâm Phục vụ hành chính công phường Vị Tân đã tiếp nhận hồ sơ của bà Trần Thị"
    assert name(full, "Mẫu, sinh năm 2001") == "Trần Thị Mẫu"


@pytest.mark.parametrize(
    ("rows", "sure"),
    [(["Công an phường Cái Răng thông báo"], True), ([], False)],  # the head's "Cái Răng, ngày …" alone
)
def test_capitals_are_spelled_as_the_text_is_or_doubtful(
    rows: list[str], sure: bool, profiles: Profiles
) -> None:
    sheet = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG CÁI RẰNG", "12/QĐ-UBND", "Cái Răng, ngày 5 tháng 8 năm 2026")
    agency = one(sheet.title("QUYẾT ĐỊNH").lines(*rows).prose(8).reading(), "agency", profiles)
    assert (agency.value, agency.raw[-8:]) == ("ỦY BAN NHÂN DÂN PHƯỜNG CÁI RĂNG", "CÁI RẰNG")
    assert (agency.confidence >= SURE) is sure


def test_a_name_without_its_family_name_is_doubtful(profiles: Profiles) -> None:
    page = official("QUYẾT ĐỊNH")
    signed = one(page, "signer", profiles)
    assert (signed.value, signed.confidence >= SURE) == ("Trần Văn Mẫu", True)
    cut = replace(page, words=tuple(w for w in page.words if w.text != "Trần"))
    assert one(cut, "signer", profiles).confidence < SURE


@pytest.mark.parametrize(("left", "name"), [("Ihuỳnh", "Huỳnh Văn Mẫu"), ("lrần", "Trần Văn Mẫu")])
def test_a_family_name_cut_by_a_seals_ring_is_completed(left: str, name: str, profiles: Profiles) -> None:
    signed = one(family_name_read_as(left, 0.15), "signer", profiles)
    assert (signed.value, signed.confidence >= SURE) == (name, True)


@pytest.mark.parametrize("left", ["Nguyền", "Hoại", "Là"])
def test_a_first_word_that_is_no_family_name_is_doubtful(left: str, profiles: Profiles) -> None:
    assert one(family_name_read_as(left), "signer", profiles).confidence < SURE


@pytest.mark.parametrize(("left", "name"), [("Nguyền", "Nguyễn Văn Mẫu"), ("Lè", "Lê Văn Mẫu")])
def test_a_family_name_with_other_marks_is_the_one_with_its_letters(
    left: str, name: str, profiles: Profiles
) -> None:
    signed = one(family_name_read_as(left, 0.8), "signer", profiles)
    assert (signed.value, signed.confidence >= SURE) == (name, True)


def signed_by(first: str, second: str, name: str = "Trần Văn Mẫu", middle: float = 430) -> PageReading:
    """A decision with these rows above the signer's name."""
    sheet = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "12/QĐ-UBND").title("QUYẾT ĐỊNH").prose(9)
    for row in (first, second):
        sheet.line(row, middle=430)
    return sheet.skip(50).line(name, middle=middle).reading()


def test_what_is_left_of_a_name_is_kept_as_doubtful_and_its_capacity_given(profiles: Profiles) -> None:
    page = signed_by("GIÁM", "TRƯỞN G PHÒNG", "ae Nhật Quỳnh Mẫu")
    signed, capacity = one(page, "signer", profiles), one(page, "capacity", profiles)
    assert (signed.value, signed.problems) == ("Nhật Quỳnh Mẫu", (INCOMPLETE,))
    assert (capacity.value, capacity.confidence >= SURE) == ("TRƯỞNG PHÒNG", True)
    assert (signed.raw, capacity.raw) == ("ae Nhật Quỳnh Mẫu", "TRƯỞN G PHÒNG")


def test_a_name_that_begins_like_one_and_lies_off_its_middle_has_lost_its_first_word(
    profiles: Profiles,
) -> None:
    """`Hoàng` is a family name too: of `Lê Hoàng Mẫu` the rest lies seven tenths of a line's height off."""
    rows = ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH")
    assert one(signed_by(*rows, "Hoàng Sơn Mẫu"), "signer", profiles).confidence >= SURE
    assert one(signed_by(*rows, "Hoàng Sơn Mẫu", 439), "signer", profiles).confidence < SURE


@pytest.mark.parametrize(
    ("read", "sure", "name"),
    [
        ("NGUYỄN", 0.88, "NGUYỄN THỊ MẪU"),
        ("TRẤN", 0.5, "TRẦN THỊ MẪU"),
        ("HÁ", 0.5, None),  # Hà or Hạ
        ("HỒ", 0.85, "HỒ THỊ MẪU"),
        ("HÔ", 0.85, None),  # Hồ or Hờ
        ("NGUYỄN", 0.5, None),
    ],
)
def test_a_doubtful_family_name_is_the_one_that_has_its_letters(
    read: str, sure: float, name: str | None, profiles: Profiles
) -> None:
    page = form("ĐƠN ĐỀ NGHỊ", "Họ và tên: NGUYỄN THỊ MẪU")
    words = (replace(w, text=read, confidence=sure) if w.text == "NGUYỄN" else w for w in page.words)
    assert sure_person(replace(page, words=tuple(words)), profiles) == name


def sure_person(page: PageReading, profiles: Profiles) -> str | None:
    person = one(page, "person", profiles)
    return person.value if person.confidence >= SURE else None


def test_a_name_that_a_paper_prints_twice_confirms_itself(profiles: Profiles) -> None:
    def father(requester: str) -> FieldValue:
        rows = (f"Họ, chữ đệm, tên người yêu cầu: {requester}", "Họ, chữ đệm, tên người cha: Lê Văn Bích")
        page = form("TỜ KHAI ĐĂNG KÝ KHAI SINH", *rows)
        doubtful = [word for word in page.words if word.text == "Bích"][-1]
        words = tuple(replace(w, confidence=0.8) if w is doubtful else w for w in page.words)
        return one(replace(page, words=words), "father_name", profiles, "to-khai-dang-ky-khai-sinh")

    assert father("Lê Văn Bích").confidence >= SURE
    assert father("Lê Văn Bính").confidence < SURE


@pytest.mark.parametrize("left", ["CHỦ TỊCH", "HỌ CHỦ TỊCH", "Ó CHỦ TỊCH", "PHÓ CHỦ TỊCH"])
def test_who_signs_for_a_head_is_the_deputy(left: str, profiles: Profiles) -> None:
    capacity = one(signed_by("KT. CHỦ TỊCH", left), "capacity", profiles)
    assert (capacity.value, capacity.confidence >= SURE) == ("KT. CHỦ TỊCH, PHÓ CHỦ TỊCH", True)


@pytest.mark.parametrize(
    ("first", "second"),
    [("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"), ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), ("TL. GIÁM ĐỐC", "TRƯỞNG PHÒNG")],
)
def test_no_deputy_is_made_of_other_capacities(first: str, second: str, profiles: Profiles) -> None:
    assert one(signed_by(first, second), "capacity", profiles).value == f"{first}, {second}"


def test_a_rest_that_several_family_names_have_stays_doubtful(profiles: Profiles) -> None:
    page = official("QUYẾT ĐỊNH")
    words = tuple(replace(w, text="Iương", confidence=0.3) if w.text == "Trần" else w for w in page.words)
    assert one(replace(page, words=words), "signer", profiles).confidence < SURE


def card(*zone: str, codes: tuple[Code, ...] = ()) -> PageReading:
    sheet = Sheet(y=120).line("CĂN CƯỚC CÔNG DÂN", x=215, size=10)
    sheet.line("Số / No.: 093301000123", x=220, size=8).line("Họ và tên / Full name:", x=220, size=6)
    sheet.line("TRẦN THỊ MẪU", x=220, size=7).line("Ngày sinh / Date of birth: 01/02/2001", x=220, size=6)
    for row in zone:
        sheet.line(row, x=150, size=8)
    return replace(sheet.reading(), codes=codes)


def test_a_zone_goes_before_print_and_a_code_before_both(profiles: Profiles) -> None:
    zone = machine_zone(PERSON)
    assert one(card(*zone), "identity_number", profiles, "can-cuoc").source == "mrz"
    by_code = card(*zone, codes=(Code(QR, "QRCode"),))
    number = one(by_code, "identity_number", profiles, "can-cuoc")
    assert (number.source, number.value, number.problems) == ("qr", PERSON.number, ())
    assert one(by_code, "name", profiles, "can-cuoc").value == "Trần Thị Mẫu"
    assert one(by_code, "address", profiles, "can-cuoc").source == "qr"


def test_sources_that_disagree_are_both_kept_and_said(profiles: Profiles) -> None:
    other = QR.replace("01022001", "02022001")
    births = values([card(codes=(Code(other, "QRCode"),))], "birth_date", profiles, "can-cuoc")
    assert [(each.source, each.value) for each in births] == [("qr", "02/02/2001"), ("print", "01/02/2001")]
    assert all(SOURCES in each.problems for each in births)
    assert births[0].confidence >= SURE > births[1].confidence


def test_a_misread_zone_is_not_believed_against_print(profiles: Profiles) -> None:
    """Two digits misread together (`00` as `99`) keep a field's check digit, not that of the whole zone."""
    person = replace(PERSON, born=date(2000, 2, 1), number="093300000123")
    first, second, third = machine_zone(person)
    page = card(first, second.replace("000201", "990201", 1), third)
    words = {"093301000123": person.number, "01/02/2001": "01/02/2000"}
    page = replace(page, words=tuple(replace(w, text=words.get(w.text, w.text)) for w in page.words))
    births = values([page], "birth_date", profiles, "can-cuoc")
    assert [(each.source, each.value) for each in births] == [("mrz", "01/02/1999"), ("print", "01/02/2000")]
    assert all(each.confidence < SURE for each in births)
    assert one(page, "identity_number", profiles, "can-cuoc").confidence >= SURE


@pytest.mark.parametrize(
    ("rows", "address"),
    [
        (["Nơi thường trú / Place of residence:", "số 9, xã Vị Tân, thành", "phố Cần Thơ"],
         "số 9, xã Vị Tân, thành phố Cần Thơ"),
        (["Nơi thường trú Puacg", "tổ 3, xã Tân Thành, thành phố Cần Thơ"],
         "tổ 3, xã Tân Thành, thành phố Cần Thơ"),
        (["Nơi thường trú Place of residence:", "tổ 3, xã Vị Tân"], ""),
        (["Nơi cư trú/Place of residence: Tổ 5,", "phường Vị Tân, thành phố Cần Thơ"],
         "Tổ 5, phường Vị Tân, thành phố Cần Thơ"),
        (["Nơi thường trú Place of residence:", "số 9, xã Vị Tân, thành", "Có giá trị đến: 01/02/2041"], ""),
        (["Nơi thường trú Tổ 5, khu phố 2", "phường Vị Tân, thành phố Cần Thơ"], ""),
    ],
)  # fmt: skip
def test_the_address_of_a_card(rows: list[str], address: str, profiles: Profiles) -> None:
    sheet = Sheet(y=120).line("CĂN CƯỚC CÔNG DÂN", x=215, size=10)
    for row in rows:
        sheet.line(row, x=220, size=6)
    found = values([sheet.reading()], "address", profiles, "can-cuoc")
    assert [value.value for value in found] == ([address] if address else [])


def test_what_a_reader_confuses_in_a_zone_is_put_right_where_check_digits_agree(profiles: Profiles) -> None:
    first, second, third = machine_zone(PERSON)
    read = card(first.replace("0", "O"), second.replace("0", "O"), third)
    assert one(read, "identity_number", profiles, "can-cuoc").value == PERSON.number
    wrong = second.replace("010201", "010301")
    births = values([card(first, wrong, third)], "birth_date", profiles, "can-cuoc")
    assert [each.source for each in births] == ["print"]


def test_a_passport(profiles: Profiles) -> None:
    """Number, birth and expiry with their check digits, of an invented person."""
    rows = ("P<VNMTRAN<<THI<MAU<<<<<<<<<<<<<<<<<<<<<<<<<<", "C1234567<0VNM0102018F3203042093301000123<<88")
    sheet = Sheet(y=400).line("HỘ CHIẾU", x=215)
    for row in rows:
        sheet.line(row, x=60, size=8)
    page = sheet.reading()
    assert one(page, "birth_date", profiles, "ho-chieu").value == "01/02/2001"
    assert one(page, "number", profiles, "ho-chieu").value == "C1234567"
    assert one(page, "identity_number", profiles, "ho-chieu").value == PERSON.number
    assert one(page, "expiry_date", profiles, "ho-chieu").value == "04/03/2032"
    assert one(page, "name", profiles, "ho-chieu").value == "TRAN THI MAU"


def test_a_number_that_contradicts_the_birth_is_doubtful(profiles: Profiles) -> None:
    row = "Số định danh cá nhân: {} cấp ngày: 01/02/2022"
    name, birth = "Họ, chữ đệm, tên người yêu cầu: Trần Văn Mẫu", "Ngày, tháng, năm sinh: 25/01/1994"
    good = form("TỜ KHAI THỬ", name, birth, row.format("093094000041"))
    assert one(good, "person_number", profiles).problems == ()
    bad = form("TỜ KHAI THỬ", name, birth, row.format("093085000041"))
    number = one(bad, "person_number", profiles)
    assert BIRTH_YEAR in number.problems and number.confidence < SURE


def test_a_date_in_the_future_is_doubtful(profiles: Profiles) -> None:
    sheet = Sheet().head("BỘ THỬ NGHIỆM", "1/QĐ-BTN", "Vị Tân, ngày 05 tháng 8 năm 2027")
    found = one(sheet.title("QUYẾT ĐỊNH").prose(8).reading(), "date", profiles)
    assert IN_THE_FUTURE in found.problems and found.confidence < SURE


def test_a_value_in_the_next_cell_of_a_table(profiles: Profiles) -> None:
    sheet = Sheet().motto().title("GIẤY ĐỀ NGHỊ ĐĂNG KÝ HỘ KINH DOANH").prose(6)
    sheet.line("Tên hộ kinh doanh", x=90)
    sheet.y -= 13 * 1.35
    page = sheet.line("TẠP HÓA THỬ NGHIỆM", x=330).reading()
    found = one(page, "business_name", profiles, "giay-de-nghi-dang-ky-ho-kinh-doanh")
    assert found.value == "TẠP HÓA THỬ NGHIỆM"


def test_figures_and_words_of_an_amount(profiles: Profiles) -> None:
    def receipt(words: str) -> PageReading:
        return form("BIÊN LAI THU TIỀN", "Số tiền: 28.000 đồng", f"(Viết bằng chữ): {words}")

    agreed = one(receipt("Hai mươi tám nghìn đồng"), "amount", profiles, "bien-lai")
    assert (agreed.value, agreed.problems) == ("28000", ())
    other = one(receipt("Hai mươi chín nghìn đồng"), "amount", profiles, "bien-lai")
    assert other.problems == ("amount-in-words",) and other.confidence < SURE
