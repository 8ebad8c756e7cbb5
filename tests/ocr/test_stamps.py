"""The words of a received-stamp go; print beside it, and the same words elsewhere, stay."""

from scanflow.model import Box, Word
from scanflow.ocr.layout.stamps import part_received_stamps

HEIGHT = 842.0


def line(no: int, top: float, *words: tuple[str, float]) -> list[Word]:
    """Words of one line, each with its left edge; eight points high."""
    return [Word(text, Box(left, top, left + 6 * len(text), top + 8), 0.9, 0, no) for text, left in words]


HEAD = [
    *line(0, 74, ("CỘNG", 232), ("HÒA", 274), ("VIỆT", 444), ("NAM", 481)),
    *line(1, 91, ("Độc", 288), ("lập", 315), ("phúc", 426)),
]
OFFICE = line(2, 112, ("VĂN", 419), ("PHÒNG", 446), ("CHÍNH", 484), ("PHỦ", 522))
STAMP = [
    *line(2, 112, ("VĂN", 419), ("PHÒNG", 446), ("PHỦ", 525)),
    *line(3, 130, ("CÔNG", 430), ("VĂN", 470), ("ĐẾN", 498)),
    *line(4, 154, ("Giờ.....C...", 417), ("Ngày.....2Z", 495)),
    *line(5, 175, ("Kính", 416), ("chuyển", 439)),
]
BODY = [
    *line(6, 190, ("Bãi", 74), ("bỏ", 97), ("một", 114), ("phần", 140), ("khoản", 400), ("2", 440)),
    *line(7, 206, ("tháng", 74), ("3", 110), ("năm", 121)),
]


def left(words: list[Word]) -> list[str]:
    return [word.text for word in part_received_stamps(words, HEIGHT) if word.kind != "stamp"]


def test_stamp_goes_and_print_stays() -> None:
    assert left([*HEAD, *STAMP, *BODY]) == [word.text for word in [*HEAD, *BODY]]


def test_what_the_stamp_says_is_kept_behind_the_text_in_its_lines() -> None:
    found = part_received_stamps([*HEAD, *STAMP, *BODY], HEIGHT)
    assert [word.text for word in found] == [word.text for word in [*HEAD, *BODY, *STAMP]]
    apart = found[-len(STAMP) :]
    assert {word.kind for word in apart} == {"stamp"}
    assert {word.block for word in apart}.isdisjoint(word.block for word in found[: -len(STAMP)])
    assert len({word.line for word in apart}) == 4


def test_a_mark_without_a_letter_beside_a_stamp_is_no_label() -> None:
    lone = line(8, 140, ("\u0323", 390))  # as an engine may read a speck: a combining dot below, alone
    assert left([*HEAD, *STAMP, *lone, *BODY]) == [word.text for word in [*HEAD, *lone, *BODY]]


def test_stamp_pressed_on_a_line_of_the_head() -> None:
    date = line(8, 132, ("Hà", 318), ("Nội,", 339), ("ngày", 362), ("28", 380), ("tháng", 394))
    stamped = [*HEAD, *date, *STAMP]
    assert left(stamped) == [word.text for word in [*HEAD, *date]]


def test_stamp_whose_dots_were_not_read() -> None:
    bare = [
        *line(2, 112, ("VĂN", 419), ("PHÒNG", 440), ("ỦY", 474), ("BAN", 489)),
        *line(3, 130, ("CÔNG", 430), ("VĂN", 470), ("ĐẾN", 498)),
        *line(4, 154, ("Giờ", 430), ("Ngày", 465)),
    ]
    assert left([*HEAD, *bare, *BODY]) == [word.text for word in [*HEAD, *BODY]]
    assert left([*HEAD, *bare[:-2], *BODY]) == [word.text for word in [*HEAD, *BODY]]


def test_stamp_whose_title_print_lies_over() -> None:
    unread = [*OFFICE, *line(3, 130, ("hôjg", 430), ("ƑĐẾN", 498)), *STAMP[6:]]
    assert left([*HEAD, *unread, *BODY]) == [word.text for word in [*HEAD, *BODY]]


def test_an_office_over_a_number_and_a_date_is_no_stamp() -> None:
    head = [
        *OFFICE,
        *line(3, 130, ("Số:", 420), ("12/VP", 450)),
        *line(4, 154, ("Ngày", 420), ("5", 450)),
    ]
    assert left([*HEAD, *head, *BODY]) == [word.text for word in [*HEAD, *head, *BODY]]
    elsewhere = line(5, 175, ("Kính", 116), ("chuyển", 139))
    assert left([*HEAD, *head, *elsewhere]) == [word.text for word in [*HEAD, *head, *elsewhere]]


def test_a_register_is_no_stamp() -> None:
    register = [
        *line(3, 130, ("SỔ", 200), ("CÔNG", 230), ("VĂN", 270), ("ĐẾN", 298)),
        *line(4, 154, ("Ngày", 200), ("Số", 240)),
    ]
    assert left(register) == [word.text for word in register]


def test_print_beside_a_stamp_on_one_line_with_it_stays() -> None:
    """As the Government's portal stamped the decrees of 2010: the engine makes one line of both."""
    stamped = [
        *line(2, 112, ("CỔNG", 60), ("THÔNG", 88), ("TIN", 122), ("ĐIỆN", 144), ("TỬ", 172), ("dân", 233)),
        *line(3, 128, ("CỘNG,", 80), ("ẶN", 115), ("ĐẾN", 150)),
        *line(4, 144, ("Số:", 62), ("..48.", 100), ("THỦ", 233), ("TƯỚNG", 255)),
        *line(5, 166, ("Kính", 62), ("chuyển:", 90), ("CHÍNH", 300), ("PHỦ", 334)),
        *line(6, 190, ("Căn", 127), ("cứ", 150), ("Điều", 168), ("20", 197)),
    ]
    assert left(stamped) == ["dân", "THỦ", "TƯỚNG", "CHÍNH", "PHỦ", "Căn", "cứ", "Điều", "20"]


def test_no_stamp_without_its_labels() -> None:
    title = line(3, 130, ("VỀ", 200), ("VIỆC", 220), ("ĐỀN", 250), ("BÙ", 270))
    date = line(4, 154, ("ngày", 318), ("28", 350), ("tháng", 360))
    assert left([*title, *date]) == [word.text for word in [*title, *date]]


def test_form_far_down_the_page_is_none() -> None:
    form = [*line(0, 500, ("ĐẾN", 80)), *line(1, 515, ("Ngày:......", 80), ("Giờ:......", 200))]
    assert left(form) == [word.text for word in form]


def test_nothing_to_read() -> None:
    assert left([]) == []
