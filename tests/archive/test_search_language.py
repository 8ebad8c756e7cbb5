"""The query language, the order of hits, counts and suggestions, and that only the own agency's pages are
seen.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from scanflow.archive.catalog import open_catalog
from scanflow.archive.database.tables import dossiers
from scanflow.archive.search.closest import suggest
from scanflow.archive.search.index import SearchIndex
from scanflow.archive.search.language import MOST_TERMS, parse
from scanflow.archive.search.query import count_facets, every, search
from scanflow.archive.search.question import Facet, Names, Question, Sort
from scanflow.archive.search.snippets import matching_words
from scanflow.archive.store.folder import FolderStore
from scanflow.errors import QuestionError
from scanflow.membership import DEFAULT_AGENCY
from scanflow.settings import CatalogSettings, Settings
from tests.archive.filing import file_paper, words_of
from tests.archive.searching import ask

PAPERS = {
    # dossier: (agency, type, title, fields, pages)
    "A-1": ("", "to-khai", "Tờ khai đăng ký khai sinh", {"name": "Nguyễn Văn Thử", "date": "05/04/2021"},
            ["TỜ KHAI ĐĂNG KÝ KHAI SINH\nHọ tên: Nguyễn Văn Thử", "Trang hai: chữ ký"]),
    "A-2": ("", "don", "Đơn", {"name": "Trần Thị Mẫu", "number": "77/2026", "date": "06/07/2022"},
            ["Người khai (Ký), đăng lại; ngày sinh 1990. UBND xã Bình Hòa"]),
    "A-3": ("", "quyet-dinh", "Quyết định", {"number": "12/QĐ-UBND", "agency": "Ủy ban nhân dân xã Thử"},
            ["Về việc đăng ký khai sinh cho trẻ em. Ủy ban nhân dân", "đáng kỳ khái sính"]),
    "A-4": ("", "to-khai", "Tờ khai", {}, ["dang ky khai sinh viet khong dau", "dẫn kỳ khải sỉnh"]),
    "B-1": ("kin", "giay-kin", "Giấy kín đáo", {"name": "Nguyễn Ẩn Danh"},
            ["TỜ KHAI ĐĂNG KÝ KHAI SINH của cơ quan khác: bimatkin"]),
}  # fmt: skip
NAMES = Names(
    types={"to-khai": "Tờ khai", "don": "Đơn đề nghị", "giay-kin": "Giấy kín"},
    procedures={"1.001193": "Đăng ký khai sinh"},
)
OWN = frozenset({DEFAULT_AGENCY})


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    """Five documents of two agencies; the databases differ in nothing that is asked of the language."""
    with filed(Settings(home=tmp_path_factory.mktemp("search"))) as opened:
        yield opened


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SearchIndex]:
    """The same on each of the two databases: whose a page is, is asked of both index and catalog."""
    settings = Settings(home=tmp_path)
    if request.param == "postgresql":
        make_catalog: Callable[[bool], CatalogSettings] = request.getfixturevalue("new_postgresql")
        settings = Settings(home=tmp_path, catalog=make_catalog(True))
    with filed(settings) as opened:
        yield opened


@contextmanager
def filed(settings: Settings) -> Iterator[SearchIndex]:
    """An index of the papers above."""
    folder = FolderStore(settings.home / "objects")
    with open_catalog(settings) as catalog, SearchIndex(catalog, None) as opened:
        for no, (number, (agency, type, title, fields, pages)) in enumerate(PAPERS.items()):
            file_paper(
                folder, catalog, pages, number=number, type=type, title=title, fields=fields,
                batch_id=f"b{no}", agency=agency or DEFAULT_AGENCY,
            )  # fmt: skip
        assert opened.update()
        yield opened


def found(index: SearchIndex, text: str, **more: object) -> list[str]:
    """Dossiers with their pages, in the order of the hits, of one's own agency."""
    hits = ask(index, text, **{"agencies": OWN, "names": NAMES} | more)
    return [f"{hit.dossier}/{hit.page}" for hit in hits]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        # Side by side before apart; accents as typed, then the vowels, then bare; the title first.
        ("đăng ký khai sinh", ["A-1/1", "A-3/1", "A-3/2", "A-4/1", "A-2/1"]),
        ("ủy ban nhân dân", ["A-3/1", "A-2/1"]),
        ("UBND", ["A-3/1", "A-2/1"]),
        ("ho_ten:thử", ["A-1/1"]),
        ('ho_ten:"nguyen van"', ["A-1/1"]),
        ("name:mau", ["A-2/1"]),
        ("ho_ten: thử", ["A-1/1"]),
        ("ho_te\u0302n:thu\u031b\u0309", ["A-1/1"]),
        ("nga\u0300y:2021", ["A-1/1"]),
        ("so:77/2026", ["A-2/1"]),
        ("so:77", ["A-2/1"]),
        ("so:12/QD-UBND", ["A-3/1"]),
        ("loai:don", ["A-2/1"]),
        ('loai:"đề nghị"', ["A-2/1"]),
        ("thu_tuc:1.001193 loai:don", ["A-2/1"]),
        ('thu_tuc:"khai sinh" loai:don', ["A-2/1"]),
        ("thu_tuc:1.9", []),
        ('co_quan:"ủy ban nhân dân"', ["A-3/1"]),
        ("ngay:2021-04..2021-06", ["A-1/1"]),
        ("ngay:05/04/2021", ["A-1/1"]),
        ("ngay:..2022-07-05 ho_ten:thu", ["A-1/1"]),
        ("date:06/2022..2022", ["A-2/1"]),
        ("nop:2020..", ["A-1/1", "A-2/1", "A-3/1", "A-4/1"]),
        ("ma_ho_so:A-2", ["A-2/1"]),
        ("ma_ho_so:a2*", ["A-2/1"]),
        ("ma_ho_so:A-1 chữ", ["A-1/2"]),
        ('tieu_de:"khai sinh"', ["A-1/1"]),
        ("khai -sinh", []),
        ('khai -"khai sinh"', ["A-2/1"]),
        ("khai -loai:to-khai -loai:quyet-dinh", ["A-2/1"]),
        ("nguyem", []),
        ("~nguyem", ["A-1/1"]),
        ('"sinh cho trẻ em"', ["A-3/1"]),
        ('"sinh trẻ cho em"', []),
        ('"khai sinh c*', []),
        ('"khai sinh ch"*', ["A-3/1"]),
        ("b*", ["A-2/1", "A-3/1"]),
        ("bin* ho*", ["A-2/1"]),
    ],
)  # fmt: skip
def test_queries_find_pages_in_the_expected_order(
    index: SearchIndex, typed: str, expected: list[str]
) -> None:
    hits = found(index, typed)
    if typed in ("đăng ký khai sinh", "ủy ban nhân dân"):
        assert hits == expected
    assert sorted(hits) == sorted(expected)


def test_a_title_goes_before_words_that_stand_apart(index: SearchIndex) -> None:
    hits = found(index, "dang ky khai sinh")
    assert hits[-1] == "A-2/1"
    assert set(hits[:2]) == {"A-4/1", "A-1/1"}


def test_the_right_vowels_go_before_bare_letters(index: SearchIndex) -> None:
    """`đáng kỳ` has the letters of `dang ky`, `đăng` has a vowel of its own."""
    hits = ask(index, "đằng ký", agencies=OWN)
    order = [f"{hit.dossier}/{hit.page}" for hit in hits if hit.together]
    assert order.index("A-1/1") < order.index("A-4/1")
    assert order.index("A-1/1") < order.index("A-3/2")


def test_pages_are_found_and_sorted_by_day(index: SearchIndex) -> None:
    assert found(index, "loai:to-khai ngay:..2022", sort=Sort.NEWEST) == ["A-1/1"]
    newest = found(index, "khai", sort=Sort.NEWEST)
    assert found(index, "khai", sort=Sort.OLDEST)[0] == "A-1/1"
    assert newest[-2:] == ["A-2/1", "A-1/1"]


def test_facets_count_pages_and_narrow(index: SearchIndex) -> None:
    question = Question("khai", OWN, names=NAMES)
    counts = count_facets(index, question)
    types = {each.name: each.pages for each in counts[Facet.TYPE]}
    assert types == {"Tờ khai": 3, "quyet-dinh": 2, "Đơn đề nghị": 1}
    assert {each.value: each.pages for each in counts[Facet.AGENCY]} == {DEFAULT_AGENCY: 6}
    chosen = replace(question, chosen={Facet.TYPE: frozenset({"don"})})
    assert [hit.dossier for hit in search(index, chosen).hits] == ["A-2"]
    narrowed = count_facets(index, chosen)
    assert {each.value for each in narrowed[Facet.TYPE]} == {"to-khai", "quyet-dinh", "don"}
    assert {each.value: each.pages for each in narrowed[Facet.YEAR]} == {"2022": 1}
    assert {hit.type for hit in every(index, question)} == {"to-khai", "quyet-dinh", "don"}


def test_nothing_of_another_agency_is_found(shared: SearchIndex) -> None:
    """Not found, not counted, not suggested, not offered as a word that is like another."""
    index = shared
    for typed in (
        "bimatkin",
        "ho_ten:Danh",
        "ma_ho_so:B-1",
        "loai:giay-kin",
        "co_quan:kin",
        "bimatki*",
        "~bimatkim",
    ):
        results = search(index, Question(typed, OWN, names=NAMES))
        assert (results.hits, results.total) == ((), 0)
        assert not results.closest
        assert not any(count_facets(index, Question(typed, OWN, names=NAMES)).values())
        assert search(index, Question(typed, None, names=NAMES)).total == 1
        assert search(index, Question(typed, frozenset(), names=NAMES)).total == 0
    assert "bimatkin" in search(index, Question("bimatkim", None)).closest
    assert search(index, Question("bimatkim", OWN)).closest == ()
    assert [each.text for each in suggest(index, "kin", None)] == ["Giấy kín đáo"]
    assert suggest(index, "kin", OWN) == []
    chosen = Question("", OWN, chosen={Facet.AGENCY: frozenset({"kin"})})
    assert search(index, chosen).total == 0
    assert [hit.dossier for hit in every(index, Question("khai sinh", OWN)) if hit.agency == "kin"] == []


def test_a_page_whose_dossier_went_to_another_agency_is_not_shown_before_the_index_knows(
    shared: SearchIndex,
) -> None:
    with shared.catalog.transaction() as connection:
        connection.execute(update(dossiers).where(dossiers.c.number == "A-2").values(agency="kin"))
    assert [hit.dossier for hit in search(shared, Question("ubnd xa binh hoa", OWN)).hits] == []
    assert list(every(shared, Question("ubnd xa binh hoa", OWN))) == []


def test_suggestions_while_typing(index: SearchIndex) -> None:
    assert [each.text for each in suggest(index, "dang ky kh", OWN)] == ["Tờ khai đăng ký khai sinh"]
    assert [each.text for each in suggest(index, "Văn T", OWN)] == ["Nguyễn Văn Thử"]
    assert [each.text for each in suggest(index, "to khai", OWN)][:1] == ["Tờ khai"]
    assert suggest(index, " ", OWN) == []


def test_similar_words_are_offered_for_words_that_are_not_found(index: SearchIndex) -> None:
    results = search(index, Question("nguyem sinh", OWN))
    assert results.total == 0
    assert "nguyễn" in results.closest


def test_words_of_other_agencies_hide_none_of_ones_own(tmp_path: Path) -> None:
    """A dozen words of theirs are more like what was typed than ours is."""
    with filed(Settings(home=tmp_path)) as index:
        theirs = " ".join(f"nguyem{letter}" for letter in "abcdeghiklmn")
        file_paper(
            FolderStore(tmp_path / "objects"), index.catalog, [theirs], number="B-2", type="giay-kin",
            title="", fields={}, batch_id="b9", agency="kin",
        )  # fmt: skip
        assert index.update()
        assert search(index, Question("nguyemx", None)).closest[0].startswith("nguyem")
        assert search(index, Question("nguyemx", OWN)).closest == ("nguyễn",)


@pytest.mark.parametrize(
    ("typed", "position"),
    [
        ("", 0), ("  ", 0), ('""', 0), ("-khai", 0), ("ten_la:a", 0), ("khai x:y", 5),
        ("khai ho_ten:", 5), ("ho_ten: ", 0),
        ("khai ngay:2021-13", 5),
        ("ngay:2022..2021", 0), ("ngay:hôm", 0), ("khai so:-", 5), ("a " * MOST_TERMS + "b", 64),
        ("a" * 1001, 1000),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused_with_its_place(
    index: SearchIndex, typed: str, position: int
) -> None:
    with pytest.raises(QuestionError) as caught:
        search(index, Question(typed, OWN))
    assert caught.value.position == position
    assert caught.value.message_vi != QuestionError.default_vi


def test_an_invalid_cursor_is_refused(index: SearchIndex) -> None:
    for cursor in ("x", "////", "MCAwIA=="):
        with pytest.raises(QuestionError):
            search(index, Question("khai", OWN, cursor=cursor))


def test_the_words_of_a_page_that_were_found() -> None:
    words = words_of("TỜ KHAI ĐĂNG KÝ\nỦy ban nhân dân, số 12/QĐ-UBND nguyem").words
    assert matching_words(words, 'khai "uy ban"') == [(1,), (4, 5)]
    assert matching_words(words, "UBND") == [(4, 5, 6, 7), (9,)]
    assert matching_words(words, "12/qd") == [(9,)]
    assert matching_words(words, "~nguyen -khai ho_ten:ban") == [(10,)]


def test_a_url_is_no_field() -> None:
    assert [term.field for term in parse("https://dichvucong.gov.vn 12:30")] == ["", ""]
