"""Where one paper ends and the next begins."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanflow.classify.profile_files import load_profiles
from scanflow.classify.profiles import Profiles
from scanflow.classify.separation import separate
from scanflow.model import UNKNOWN_TYPE, Code, PageReading, Word
from tests.classify.paper import (
    Sheet,
    card_back,
    card_front,
    continuation,
    contract_pages,
    form,
    official,
    reading,
)

RECEIPT = "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ"


def cut(
    pages: Sequence[PageReading], profiles: Profiles, starts: Sequence[int] = ()
) -> list[tuple[str, int]]:
    """Type and number of pages of each paper."""
    return [
        (paper.type, len(paper.pages)) for paper in separate(pages, dict.fromkeys(starts, True), profiles)
    ]


@pytest.mark.parametrize(
    ("payload", "type"),
    [
        ("093301000123||Trần Thị Mẫu|01022001|Nữ|phường Vị Tân, thành phố Cần Thơ|04032022", "can-cuoc"),
        ("https://dichvucong.gov.vn/tra-cuu?ma=H92.21.6", UNKNOWN_TYPE),
    ],
)
def test_a_card_is_known_by_its_code_where_its_print_is_unreadable(
    payload: str, type: str, profiles: Profiles
) -> None:
    page = replace(
        Sheet(y=120).line("C N C C N D N", x=215, size=10).reading(), codes=(Code(payload, "QRCode"),)
    )
    (paper,) = separate([page], {}, profiles)
    assert paper.type == type
    assert all("Mẫu" not in each.found for each in paper.evidence)


def test_a_birth_dossier(profiles: Profiles) -> None:
    pages = [
        official(RECEIPT),
        form("TỜ KHAI ĐĂNG KÝ KHAI SINH"),
        official("GIẤY CHỨNG SINH"),
        card_front(),
        card_back(),
        card_front("093201000124"),
        card_back("093201000124"),
    ]
    papers = separate(pages, {}, profiles)
    assert [(p.type, p.pages) for p in papers] == [
        ("giay-tiep-nhan", (0,)),
        ("to-khai-dang-ky-khai-sinh", (1,)),
        ("giay-chung-sinh", (2,)),
        ("can-cuoc", (3, 4)),
        ("can-cuoc", (5, 6)),
    ]
    assert all(p.confidence >= 0.9 and p.evidence and p.evidence[0].page == p.pages[0] for p in papers)


def test_a_contract_with_headings_like_titles_stays_whole(profiles: Profiles) -> None:
    pages = [*contract_pages(), official("GIẤY KHAI SINH")]
    assert cut(pages, profiles) == [("hop-dong-thue-nha", 3), ("giay-khai-sinh", 1)]


def test_a_page_number_continues_whatever_the_page_looks_like(profiles: Profiles) -> None:
    second = Sheet(y=35).line("2", "centre").skip(20).title("GIẤY KHAI SINH").prose(10).reading()
    assert cut([official("QUYẾT ĐỊNH"), second], profiles) == [("quyet-dinh", 2)]
    unnumbered = Sheet(y=55).skip(20).title("GIẤY KHAI SINH").prose(10).reading()
    assert cut([official("QUYẾT ĐỊNH"), unnumbered], profiles) == [("quyet-dinh", 1), ("giay-khai-sinh", 1)]


def test_trang_2_of_3_continues_a_paper(profiles: Profiles) -> None:
    second = Sheet(y=30).line("Trang 2/3", "right", 10).skip(30).title("THÔNG BÁO").prose(10).reading()
    assert cut([official("BIÊN BẢN"), second], profiles) == [("bien-ban", 2)]


def test_a_sentence_that_goes_on_continues(profiles: Profiles) -> None:
    first = Sheet().motto().title("BIÊN BẢN").prose(20).reading()
    second = Sheet(y=60).line("và được lập thành hai bản").skip(20).title("QUYẾT ĐỊNH").prose(5).reading()
    assert cut([first, second], profiles) == [("bien-ban", 2)]


def test_the_start_of_a_file_is_a_boundary_for_certain(profiles: Profiles) -> None:
    pages = [official("QUYẾT ĐỊNH"), continuation(2), continuation(3)]
    assert cut(pages, profiles) == [("quyet-dinh", 3)]
    assert cut(pages, profiles, starts=[2]) == [("quyet-dinh", 2), (UNKNOWN_TYPE, 1)]


def test_the_back_before_the_front_is_one_card(profiles: Profiles) -> None:
    assert cut([card_back(), card_front()], profiles) == [("can-cuoc", 2)]


def test_two_fronts_are_two_cards(profiles: Profiles) -> None:
    assert cut([card_front(), card_front("093201000124")], profiles) == [("can-cuoc", 1), ("can-cuoc", 1)]


def test_a_page_of_text_is_no_side_of_a_card(profiles: Profiles) -> None:
    assert cut([card_front(), continuation()], profiles) == [("can-cuoc", 1), (UNKNOWN_TYPE, 1)]


def test_an_unreadable_page_after_one_side_is_the_other(profiles: Profiles) -> None:
    faint = Sheet(y=130).line("x1 ~~ 0l", x=160, size=6).reading()
    assert cut([card_front(), faint], profiles) == [("can-cuoc", 2)]
    assert cut([card_front(), card_back(), faint], profiles) == [("can-cuoc", 2), (UNKNOWN_TYPE, 1)]


def test_drawings_are_one_set(profiles: Profiles) -> None:
    def drawing(name: str) -> PageReading:
        sheet = Sheet(width=1190, height=842, y=650).line(name, middle=595, size=16)
        sheet.line("TỶ LỆ 1/100", middle=595).line("CHỦ ĐẦU TƯ: TRẦN VĂN MẪU", x=900)
        return sheet.line("BẢN VẼ SỐ: KT-01", x=900).reading()

    pages = [
        form("ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP XÂY DỰNG"),
        drawing("MẶT BẰNG TẦNG TRỆT"),
        drawing("MẶT CẮT A-A"),
    ]
    assert cut(pages, profiles) == [("don-de-nghi-cap-giay-phep-xay-dung", 1), ("ban-ve", 2)]


def test_an_unknown_paper_is_cut_off_by_its_head(profiles: Profiles) -> None:
    pages = [official("QUYẾT ĐỊNH"), official("KẾ HOẠCH"), continuation(2)]
    papers = separate(pages, {}, profiles)
    assert [(p.type, p.pages) for p in papers] == [("quyet-dinh", (0,)), (UNKNOWN_TYPE, (1, 2))]
    assert papers[1].title == "KẾ HOẠCH"
    assert papers[1].confidence < 0.6


def test_a_paper_of_one_leaf_does_not_grow(profiles: Profiles) -> None:
    pages = [official("GIẤY CHỨNG SINH"), continuation(), continuation()]
    assert cut(pages, profiles) == [("giay-chung-sinh", 2), (UNKNOWN_TYPE, 1)]


def test_an_annex_belongs_to_its_paper(profiles: Profiles) -> None:
    annex = Sheet(y=60).title("DANH MỤC").line("(Kèm theo Quyết định số 12/QĐ-UBND)", "centre").prose(10)
    assert cut([official("QUYẾT ĐỊNH"), annex.reading()], profiles) == [("quyet-dinh", 2)]
    appendix = Sheet(y=60).title("PHỤ LỤC", "DANH SÁCH NGƯỜI ĐƯỢC HƯỞNG").prose(10)
    assert cut([official("QUYẾT ĐỊNH"), appendix.reading()], profiles) == [("quyet-dinh", 2)]


def test_an_unknown_title_after_a_signature_begins_a_paper(profiles: Profiles) -> None:
    other = Sheet(y=60).title("GIẤY CAM KẾT").prose(10).reading()
    assert cut([official("QUYẾT ĐỊNH"), other], profiles) == [("quyet-dinh", 1), (UNKNOWN_TYPE, 1)]
    open_end = Sheet().head("ỦY BAN NHÂN DÂN", "1/QĐ-UBND").title("QUYẾT ĐỊNH").prose(25).reading()
    assert cut([open_end, other], profiles) == [("quyet-dinh", 2)]


def test_receipts_are_found(profiles: Profiles) -> None:
    pages = [official(RECEIPT), form("TỜ KHAI ĐĂNG KÝ KHAI TỬ"), official(RECEIPT), official("GIẤY BÁO TỬ")]
    types = [type for type, _ in cut(pages, profiles)]
    assert [type in profiles.receipts for type in types] == [True, False, True, False]


def test_a_mention_of_a_receipt_is_none(profiles: Profiles) -> None:
    page = form("GIẤY ỦY QUYỀN", "nhận Giấy tiếp nhận hồ sơ và hẹn trả kết quả")
    assert cut([page], profiles) == [("giay-uy-quyen", 1)]


def test_a_higher_threshold_abstains(profiles: Profiles) -> None:
    page = form("GIẤY CHÚNG SlNH")
    assert separate([page], {}, profiles)[0].type == "giay-chung-sinh"
    assert separate([page], {}, profiles, min_confidence=0.95)[0].type == UNKNOWN_TYPE


def test_no_pages_no_papers(profiles: Profiles) -> None:
    assert separate([], {}, profiles) == []


PROFILES = load_profiles()
PAGES = [
    official(RECEIPT),
    form("TỜ KHAI ĐĂNG KÝ KHAI SINH"),
    official("KẾ HOẠCH"),
    card_front(),
    card_back(),
    continuation(),
    continuation(2),
    reading([]),
    *contract_pages(),
]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(PAGES), max_size=8), st.sets(st.integers(0, 8)))
def test_every_page_is_in_exactly_one_paper(pages: list[PageReading], starts: set[int]) -> None:
    papers = separate(pages, dict.fromkeys(starts, True), PROFILES)
    assert [page for paper in papers for page in paper.pages] == list(range(len(pages)))
    begins = {paper.pages[0] for paper in papers}
    assert {start for start in starts if start < len(pages)} <= begins
    assert all(0 <= paper.confidence <= 1 for paper in papers)
    assert all((paper.type == UNKNOWN_TYPE) == (paper.confidence < 0.6) for paper in papers)


WORDS = [word for page in PAGES for word in page.words]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_any_set_of_words_can_be_separated(words: list[Word]) -> None:
    assert len(separate([reading(words)], {}, PROFILES)) == 1


@pytest.mark.parametrize("size", [(595.0, 842.0), (842.0, 595.0), (1.0, 1.0)])
def test_odd_sizes(size: tuple[float, float], profiles: Profiles) -> None:
    assert len(separate([reading(WORDS[:30], size)], {}, profiles)) == 1
