"""What published rows ask for, with invented rows of each kind."""

import pytest

from scanflow.classify.procedures.published import PublishedPaper, PublishedProcedure, published_procedure
from scanflow.classify.procedures.rows import RowReading, canonical_titles, read_rows
from scanflow.classify.profiles import DocumentType


def read(name: str, **columns: object) -> RowReading:
    paper = PublishedPaper(name, **columns)  # type: ignore[arg-type]  # columns are named by each test
    (reading,) = read_rows(PublishedProcedure("1.234567", "Cấp phép thả diều", papers=(paper,)))
    return reading


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("Đơn đề nghị cấp phép thả diều", ("Đơn đề nghị cấp phép thả diều",)),
        ("- Đơn đề nghị cấp phép thả diều theo mẫu;", ("Đơn đề nghị cấp phép thả diều",)),
        ("a) Đơn đề nghị cấp phép thả diều theo Mẫu số 02 Phụ lục I", ("Đơn đề nghị cấp phép thả diều",)),
        ("(iv) Điều lệ của câu lạc bộ thả diều", ("Điều lệ của câu lạc bộ thả diều", "Điều lệ")),
        ("+++ Thành phần hồ sơ: Bản cam kết an toàn bay", ("Bản cam kết an toàn bay",)),
        ("1.2. Giấy khám sức khỏe do bệnh viện cấp không quá 06 tháng", ("Giấy khám sức khỏe",)),
        (
            "Bản sao hợp đồng ủy quyền cho tổ chức thực hiện thủ tục thả diều, đối với trường hợp ủy quyền",
            ("Hợp đồng ủy quyền", "Hợp đồng ủy quyền cho tổ chức thực hiện thủ tục thả diều"),
        ),
        (
            "Quyết định của Hội đồng quản trị về việc thành lập đội diều",
            (
                "Quyết định về việc thành lập đội diều",
                "Quyết định của Hội đồng quản trị về việc thành lập đội diều",
            ),
        ),
        ("02 ảnh màu cỡ 4cm x 6cm chụp trong thời gian 06 tháng", ("Ảnh màu",)),
        ("Báo cáo tình hình thả diều, trong đó bao gồm:", ("Báo cáo tình hình thả diều",)),
        ("Các chứng từ (bản chính) liên quan đến việc mua diều", ("Chứng từ liên quan đến việc mua diều",)),
        ("02 tờ khai thả diều theo mẫu", ("Tờ khai thả diều",)),
        ("Bản chính hoặc biểu mẫu điện tử Đơn đề nghị bay", ("Đơn đề nghị bay",)),
        (
            "Bản chính xác nhận của ngân hàng về số dư",
            ("Xác nhận về số dư", "Xác nhận của ngân hàng về số dư"),
        ),
        ("Người thả diều phải nộp thêm bản sao bằng tốt nghiệp phi công", ("Bằng tốt nghiệp phi công",)),
        ("Hợp đồng tặng cho trong trường hợp tặng cho diều", ("Hợp đồng tặng cho",)),
        ("Đơn đăng ký đất đai, tài sản gắn liền với đất", ("Đơn đăng ký đất đai, tài sản gắn liền với đất",)),
    ],
)
def test_titles_are_what_the_paper_bears(name: str, titles: tuple[str, ...]) -> None:
    paper = read(name).paper
    assert paper is not None
    assert paper.titles[: len(titles)] == titles


@pytest.mark.parametrize(
    ("name", "titles", "together"),
    [
        ("Giấy khai sinh, hộ chiếu", {"Giấy khai sinh", "Hộ chiếu"}, True),
        ("Bản sao Chứng minh nhân dân hoặc hộ chiếu", {"Chứng minh nhân dân", "Hộ chiếu"}, False),
        ("Hộ chiếu/Thẻ căn cước", {"Hộ chiếu", "Thẻ căn cước"}, False),
        (
            "Một trong các giấy tờ sau: sổ hộ khẩu; giấy khai sinh; học bạ",
            {"Sổ hộ khẩu", "Giấy khai sinh", "Học bạ"},
            False,
        ),
        (
            "Danh sách phi công theo Mẫu số 05 và Bản thông tin cá nhân theo Mẫu số 06",
            {"Danh sách phi công", "Bản thông tin cá nhân"},
            True,
        ),
        (
            "Bản sao hoặc bản chính nghị quyết hoặc quyết định về việc đổi tên",
            {"Nghị quyết về việc đổi tên", "Quyết định về việc đổi tên"},
            False,
        ),
    ],
)
def test_several_papers_in_one_row(name: str, titles: set[str], together: bool) -> None:
    reading = read(name)
    assert reading.paper is not None
    assert titles <= set(reading.paper.titles)
    assert reading.together is together


def test_the_paper_asked_for_is_not_a_second_paper() -> None:
    paper = read("Đơn đề nghị cấp giấy phép hoặc giấy chứng nhận thả diều").paper
    assert paper is not None
    assert all(title.startswith("Đơn") for title in paper.titles)


def test_each_action_that_a_form_serves_is_a_title() -> None:
    paper = read("Đơn đề nghị cấp, cấp lại hoặc gia hạn giấy phép thả diều").paper
    assert paper is not None
    assert {f"Đơn đề nghị {verb} giấy phép thả diều" for verb in ("cấp", "cấp lại", "gia hạn")} <= set(
        paper.titles
    )


@pytest.mark.parametrize(
    ("name", "columns", "numbers"),
    [
        ("Tờ khai theo Mẫu số 09/ĐK", {}, ("09/ĐK",)),
        ("Tờ khai (Mẫu CT01 ban hành kèm theo Thông tư số 99/2030/TT-BCA)", {}, ("CT01",)),
        ("Tờ khai mẫu TK1-TS", {}, ("TK1-TS",)),
        ("Bảng kê mẫu số BK05-ĐK-TCT kèm theo", {}, ("BK05-ĐK-TCT",)),
        ("Giấy đề nghị theo Mẫu B03", {}, ("B03",)),
        (
            "Văn bản đề nghị theo mẫu tại Phụ lục II-1 kèm theo Nghị định số 5/2030/NĐ-CP",
            {},
            ("Phụ lục II-1",),
        ),
        ("Danh sách theo Mẫu số 91, Mẫu số 101 Phụ lục", {}, ("91", "101")),
        ("Đơn đăng ký", {"form_no": "18"}, ("18",)),
        ("Đơn đăng ký", {"form": "Mẫu số 36..docx"}, ("36",)),
        ("Đơn đăng ký", {"form": "Mau 05 - Phu luc II.doc"}, ("05",)),
        ("Đơn đăng ký theo Nghị định số 123/2030/NĐ-CP", {}, ()),
        ("Mẫu nhãn sản phẩm", {}, ()),
    ],
)
def test_form_numbers(name: str, columns: dict[str, str], numbers: tuple[str, ...]) -> None:
    paper = read(name, **columns).paper
    assert paper is not None
    assert paper.form_numbers == numbers


@pytest.mark.parametrize(
    ("name", "columns", "originals", "copies", "count"),
    [
        ("02 bản chính Hợp đồng thuê", {}, 2, 0, 2),
        ("Hợp đồng thuê: 01 bản chụp", {}, 0, 1, 1),
        ("Hợp đồng thuê (03 bản sao có chứng thực)", {}, 0, 3, 3),
        ("Hợp đồng thuê", {"original": 2, "copy": 1}, 2, 1, 2),
        ("Bản sao có chứng thực hoặc bản sao kèm bản chính để đối chiếu Hợp đồng thuê", {}, 0, 1, 1),
        ("Bản chính hoặc bản sao Hợp đồng thuê", {}, 1, 0, 1),
        ("03 ảnh 3x4", {}, 3, 0, 1),
    ],
)
def test_originals_and_copies(
    name: str, columns: dict[str, int], originals: int, copies: int, count: int
) -> None:
    paper = read(name, **columns).paper
    assert paper is not None
    assert (paper.originals, paper.copies, paper.count) == (originals, copies, count)


@pytest.mark.parametrize(
    ("name", "condition", "title"),
    [
        ("Giấy phép cũ (nếu có)", "nếu có", "Giấy phép cũ"),
        ("Giấy phép cũ đối với trường hợp cấp lại", "đối với trường hợp cấp lại", "Giấy phép cũ"),
        ("Trường hợp cấp lại: Giấy phép cũ", "Trường hợp cấp lại", "Giấy phép cũ"),
        (
            "Trường hợp diều bị hỏng thì phải nộp Biên bản hư hỏng",
            "Trường hợp diều bị hỏng",
            "Biên bản hư hỏng",
        ),
    ],
)
def test_a_condition_is_kept_and_makes_the_row_optional(name: str, condition: str, title: str) -> None:
    paper = read(name).paper
    assert paper is not None
    assert paper.titles[0] == title
    assert condition in paper.condition
    assert not paper.required


def test_a_case_as_heading_makes_its_rows_optional() -> None:
    paper = read("Giấy phép cũ", group="a) Trường hợp cấp lại giấy phép:").paper
    assert paper is not None
    assert paper.group == "a) Trường hợp cấp lại giấy phép:"
    assert not paper.required


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("Giấy tờ nộp kèm", {"kind": "note"}),
        ("* Lưu ý: Người nộp mang theo diều", {}),
        ("Số lượng hồ sơ: 01 bộ", {}),
        ("Trường hợp nộp trực tuyến thì người nộp chịu trách nhiệm về dữ liệu", {}),
        ("Bản chụp các giấy tờ phải bảo đảm rõ nét, đầy đủ", {}),
        ("Người nộp hồ sơ không phải công chứng", {}),
        ("Đối với cá nhân:", {}),
        ("Bước 2. Nộp diều", {}),
        ("- ;", {}),
    ],
)
def test_notes_are_no_papers(name: str, columns: dict[str, str]) -> None:
    reading = read(name, **columns)
    assert reading.paper is None
    assert reading.reason


def test_known_types_meet_a_row() -> None:
    types = {
        "giay-khai-sinh": DocumentType("giay-khai-sinh", "Giấy khai sinh", "g", "proof", ("Giấy khai sinh",)),
        "ho-chieu": DocumentType("ho-chieu", "Hộ chiếu", "g", "identity", ("Hộ chiếu",)),
    }
    papers = tuple(map(PublishedPaper, ("Bản sao giấy khai sinh", "Giấy tờ tùy thân", "Giấy phép thả diều")))
    readings = read_rows(PublishedProcedure("1.234567", "x", papers=papers), types)
    assert [r.paper.types for r in readings if r.paper] == [("giay-khai-sinh",), ("ho-chieu",), ()]


def test_kinds_come_from_each_title() -> None:
    papers = (PublishedPaper("Đơn xin phép hoặc tờ khai diều"),)
    (reading,) = read_rows(
        PublishedProcedure("1.234567", "x", papers=papers),
        kind_of_title=lambda title: title.split()[0].lower(),
    )
    assert reading.paper is not None
    assert reading.paper.kinds == ("đơn", "tờ")


def test_ids_are_unique_and_a_row_keeps_its_id() -> None:
    a, b, c = (PublishedPaper(f"Giấy phép diều {end}") for end in ("(nếu có)", "theo mẫu", ""))
    first = read_rows(PublishedProcedure("1.234567", "x", papers=(a,)))
    ids = {(r.published.name, r.published.group): r.paper.id for r in first if r.paper}
    again = read_rows(PublishedProcedure("1.234567", "x", papers=(c, b, a, a)), known_ids=ids)
    found = {r.published.name: r.paper.id for r in again if r.paper}
    assert len(found) == len(again) == 3  # the row that stands twice is one row
    assert found[a.name] == "giay-phep-dieu"
    assert len(set(found.values())) == 3


def test_results_have_titles_too() -> None:
    assert canonical_titles("Giấy phép thả diều (Mẫu số 03)")[0] == "Giấy phép thả diều"
    assert canonical_titles("G04-KQ001234") == ()


def test_a_published_object_says_what_is_wrong() -> None:
    with pytest.raises(TypeError, match="original"):
        published_procedure({"code": "1.234567", "name": "x", "papers": [{"name": "y", "original": "2"}]})
    with pytest.raises(ValueError, match="kind"):
        published_procedure({"code": "1.234567", "name": "x", "papers": [{"name": "y", "kind": "z"}]})
