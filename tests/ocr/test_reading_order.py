from hypothesis import given
from hypothesis import strategies as st

from scanflow.model import Box, Word
from scanflow.ocr.layout.reading_order import reading_order
from tests.ocr.lines import SIZE, joined, line, text


def official_head() -> list[Word]:
    return [
        *joined(line("ỦY BAN NHÂN DÂN", 90, 60, 0), line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 280, 60, 0)),
        *joined(line("PHƯỜNG VỊ TÂN", 100, 75, 0, 1), line("Độc lập - Tự do - Hạnh phúc", 310, 76, 0, 1)),
        *joined(line("Số: 12/QĐ-UBND", 95, 100, 1), line("Vị Tân, ngày 05 tháng 8 năm 2026", 290, 103, 1)),
    ]


BODY = [
    *line("QUYẾT ĐỊNH", 270, 140, 2),
    *line("Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6", 100, 170, 3),
    *line("năm 2025 và các văn bản hướng dẫn thi hành của Chính phủ;", 80, 186, 3, 1),
]
HEAD_IN_ORDER = [
    "ỦY BAN NHÂN DÂN",
    "PHƯỜNG VỊ TÂN",
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Số: 12/QĐ-UBND",
    "Vị Tân, ngày 05 tháng 8 năm 2026",
]


def test_head_is_read_left_block_then_right() -> None:
    ordered = reading_order([*official_head(), *BODY], SIZE)
    assert text(ordered) == [*HEAD_IN_ORDER, *text(BODY)]
    blocks = {word.text: word.block for word in ordered}
    assert blocks["ỦY"] == blocks["PHƯỜNG"] != blocks["CỘNG"] == blocks["Độc"]


def test_number_at_the_height_of_the_mottos_second_line_comes_behind_the_motto() -> None:
    words = [
        *joined(line("BỘ TÀI CHÍNH", 90, 60, 0), line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 280, 60, 0)),
        *joined(line("Số: 12/QĐ-BTC", 95, 80, 1), line("Độc lập - Tự do - Hạnh phúc", 310, 76, 1)),
        *line("Hà Nội, ngày 05 tháng 8 năm 2026", 290, 103, 7),
    ]
    assert text(reading_order([*words, *BODY], SIZE))[:5] == [
        "BỘ TÀI CHÍNH",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Số: 12/QĐ-BTC",
        "Hà Nội, ngày 05 tháng 8 năm 2026",
    ]


def test_head_whose_columns_the_engine_found_itself() -> None:
    right = [
        *line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 280, 60, 0),
        *line("Độc lập - Tự do - Hạnh phúc", 310, 76, 0, 1),
        *line("Vị Tân, ngày 05 tháng 8 năm 2026", 290, 103, 0, 2),
    ]
    left = [
        *line("ỦY BAN NHÂN DÂN", 90, 58, 1),
        *line("PHƯỜNG VỊ TÂN", 100, 74, 1, 1),
        *line("Số: 12/QĐ-UBND", 95, 100, 1, 2),
    ]
    assert text(reading_order([*right, *left, *BODY], SIZE)) == [*HEAD_IN_ORDER, *text(BODY)]


def test_subject_of_an_official_letter_stays_with_its_number() -> None:
    subject = [*line("V/v trả lời đơn kiến nghị", 75, 116, 2), *line("của công dân", 100, 130, 2, 1)]
    body = line("Kính gửi: Sở Xây dựng thành phố Cần Thơ", 190, 160, 3)
    ordered = text(reading_order([*official_head(), *subject, *body], SIZE))
    assert ordered[4:] == [
        "Số: 12/QĐ-UBND",
        "V/v trả lời đơn kiến nghị",
        "của công dân",
        "Vị Tân, ngày 05 tháng 8 năm 2026",
        "Kính gửi: Sở Xây dựng thành phố Cần Thơ",
    ]


def test_what_stands_above_the_head_comes_first() -> None:
    ordered = reading_order([*official_head(), *BODY, *line("Trang 1", 500, 20, 9)], SIZE)
    assert text(ordered)[0] == "Trang 1"


def test_citizen_form_with_a_centred_motto_has_no_columns() -> None:
    form = [
        *line("Mẫu số 01", 480, 40, 0),
        *line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 180, 60, 1),
        *line("Độc lập - Tự do - Hạnh phúc", 220, 76, 1, 1),
        *line("TỜ KHAI ĐĂNG KÝ KHAI SINH", 210, 110, 2),
        *line("Họ, chữ đệm, tên người yêu cầu:", 80, 140, 3),
    ]
    assert text(reading_order(form, SIZE)) == text(form)


def test_foot_is_read_recipients_then_signature() -> None:
    foot = [
        *joined(line("Nơi nhận:", 80, 600, 5), line("TM. ỦY BAN NHÂN DÂN", 350, 598, 5)),
        *joined(line("- Như Điều 3;", 80, 614, 5, 1), line("CHỦ TỊCH", 380, 613, 5, 1)),
        *line("- Lưu: VT.", 80, 628, 5, 2),
        *line("Trần Văn Thử", 370, 690, 6),
    ]
    assert text(reading_order([*BODY, *foot], SIZE)) == [
        *text(BODY),
        "Nơi nhận:",
        "- Như Điều 3;",
        "- Lưu: VT.",
        "TM. ỦY BAN NHÂN DÂN",
        "CHỦ TỊCH",
        "Trần Văn Thử",
    ]


def test_table_is_read_row_by_row() -> None:
    rows = [("1", "Giấy chứng sinh", "01"), ("2", "Tờ khai", "02"), ("3", "Căn cước", "03")]
    cells = [
        word
        for column, left in enumerate((80, 150, 400))
        for number, row in enumerate(rows)
        for word in line(row[column], left, 300 + 20 * number, column, number)
    ]
    assert text(reading_order(cells, SIZE)) == [" ".join(row) for row in rows]


def test_columns_of_prose_stay_columns() -> None:
    columns = [
        word
        for block, left in enumerate((60, 320))
        for number in range(8)
        for word in line(
            f"dòng {number} của cột {block} viết đầy đến hết", left, 200 + 14 * number, block, number
        )
    ]
    assert text(reading_order(columns, SIZE)) == text(columns)


def test_empty_page() -> None:
    assert reading_order([], SIZE) == []


boxes = st.builds(
    lambda left, top, width, height: Box(left, top, left + width, top + height),
    *(st.floats(0, 500), st.floats(0, 800), st.floats(1, 200), st.floats(1, 40)),
)
any_words = st.lists(
    st.builds(
        Word,
        st.sampled_from(["Nơi", "nhận:", "CỘNG", "HÒA", "CHỦ NGHĨA", "VIỆT NAM", "Số:", "ngày", "—"]),
        boxes,
        st.floats(0, 1),
        st.integers(0, 4),
        st.integers(0, 4),
    ),
    max_size=25,
)


@given(any_words)
def test_no_word_is_lost_or_altered_and_numbers_rise(words: list[Word]) -> None:
    ordered = reading_order(words, SIZE)

    def bag(some: list[Word]) -> list[tuple[str, float, float, float]]:
        return sorted((w.text, w.box.left, w.box.top, w.confidence) for w in some)

    assert bag(ordered) == bag(words)
    places = [(word.block, word.line) for word in ordered]
    assert places == sorted(places)
    assert {block for block, _ in places} == set(range(len({block for block, _ in places})))


def test_capacity_above_the_recipients_goes_with_the_signature() -> None:
    foot = [
        *line("THỦ TƯỚNG", 400, 500, 4),
        *line("Nơi nhận:", 80, 520, 5),
        *line("- Như Điều 3;", 80, 534, 5, 1),
        *line("- Lưu: VT, KTN.", 80, 548, 5, 2),
        *line("Trần Văn An", 395, 600, 6),
    ]
    assert text(reading_order([*official_head(), *BODY, *foot], SIZE))[-5:] == [
        "Nơi nhận:",
        "- Như Điều 3;",
        "- Lưu: VT, KTN.",
        "THỦ TƯỚNG",
        "Trần Văn An",
    ]


def test_a_list_that_the_engine_gives_first_is_read_where_it_stands() -> None:
    upper = line("TỜ KHAI ĐỀ NGHỊ TRỢ GIÚP XÃ HỘI", 200, 150, 1)
    name = line("1. Họ và tên: người khai ghi ở đây", 80, 180, 1, 1)
    inner = [*line("Hộ khẩu thường trú: như trên", 95, 210, 0), *line("Nơi ở: như trên", 95, 230, 0, 1)]
    after = line("Tôi xin cam đoan những lời khai trên là đúng sự thật", 80, 260, 2)
    assert text(reading_order([*inner, *upper, *name, *after], SIZE)) == [
        "TỜ KHAI ĐỀ NGHỊ TRỢ GIÚP XÃ HỘI",
        "1. Họ và tên: người khai ghi ở đây",
        "Hộ khẩu thường trú: như trên",
        "Nơi ở: như trên",
        "Tôi xin cam đoan những lời khai trên là đúng sự thật",
    ]


HEADER = Box(50, 300, 150, 340), Box(150, 300, 250, 340), Box(250, 300, 350, 340)
FIRST = Box(50, 340, 150, 360), Box(150, 340, 250, 360), Box(250, 340, 350, 360)


def table() -> list[Word]:
    """A head of two lines a cell and a row of one line, as an engine reads them, between lines of text."""
    return [
        *line("Danh sách kèm theo", 50, 280, 0),
        *line("Số lượng", 60, 305, 1),
        *joined(line("Số lượng", 160, 305, 1), line("Ghi chú", 260, 312, 1)),
        *joined(line("cổ phần", 60, 320, 1, 1), line("cổ đông", 160, 320, 1, 1)),
        *joined(joined(line("10", 60, 345, 1, 2), line("20", 160, 346, 1, 2)), line("không", 260, 344, 1, 2)),
        *line("Hà Nội, ngày 5 tháng 8", 50, 370, 2),
    ]


def test_a_ruled_table_is_read_by_its_cells() -> None:
    ordered = reading_order(table(), SIZE, [[*HEADER, *FIRST]])
    assert text(ordered) == [
        "Danh sách kèm theo",
        "Số lượng",
        "cổ phần",
        "Số lượng",
        "cổ đông",
        "Ghi chú",
        "10 20 không",
        "Hà Nội, ngày 5 tháng 8",
    ]
    assert len({word.block for word in ordered}) == 3


def test_of_a_line_that_reaches_into_a_table_the_rest_stays_outside() -> None:
    words = [*table(), *line("(1)", 400, 305, 1)]
    ordered = reading_order(words, SIZE, [[*HEADER, *FIRST]])
    assert sorted(word.text for word in ordered) == sorted(word.text for word in words)
    assert "(1)" not in text(ordered)[2:7]


def test_a_table_without_words_changes_nothing() -> None:
    empty = [Box(50, 600, 150, 640), Box(150, 600, 250, 640), Box(50, 640, 150, 680), Box(150, 640, 250, 680)]
    assert reading_order(table(), SIZE, [empty]) == reading_order(table(), SIZE)


def test_a_word_whose_cell_was_not_found_is_not_lost() -> None:
    cells = [HEADER[0], HEADER[2], *FIRST]
    ordered = reading_order(table(), SIZE, [cells])
    assert sorted(word.text for word in ordered) == sorted(word.text for word in table())
