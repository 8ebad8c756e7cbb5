"""Finding pages, as people type."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.search import query as finding
from scanflow.archive.search.index import SearchIndex
from scanflow.archive.search.language import parse
from scanflow.archive.search.question import Hit, Question
from scanflow.archive.search.snippets import snippet
from scanflow.archive.store.folder import FolderStore
from scanflow.errors import QuestionError
from scanflow.sections import SecretStr
from scanflow.settings import CatalogSettings, Settings
from tests.archive.filing import NUMBER, OTHER, add_version, file_paper
from tests.archive.searching import ask, search

FORM = """CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
TỜ KHAI ĐĂNG KÝ KHAI SINH
Kính gửi: Ủy ban nhân dân xã Thạnh Hoà, số 12/QĐ-UBND
Diện tích 120,5 m² thửa đất 0583"""

WITHOUT_ACCENTS = "Noi dung dang ky khai sinh khong dau, dang ky khai sinh, dang ky khai sinh"


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def filed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SearchIndex]:
    """Three documents in two dossiers, and their index."""
    home = tmp_path_factory.mktemp("filed")
    settings = Settings(home=home)
    if request.param == "postgresql":
        cluster = request.getfixturevalue("postgresql_cluster")
        url = cluster.url(cluster.new_database(request.getfixturevalue("postgresql_template")))
        settings = Settings(home=home, catalog=CatalogSettings(url=SecretStr(url)))
    folder = FolderStore(home / "objects")
    with open_catalog(settings) as catalog, SearchIndex(catalog, None) as index:
        file_paper(folder, catalog, [FORM, "Trang hai: người đi khai sinh ký tên"], fields={"so": "77/2026"})
        file_paper(
            folder,
            catalog,
            [WITHOUT_ACCENTS],
            number=OTHER,
            type="giay-uy-quyen",
            title="Giấy ủy quyền",
            batch_id="b2",
        )
        page = ["Đăng kí tạm trú"]
        file_paper(folder, catalog, page, type="to-khai-ct01", title="", batch_id="b3", first_page=9)
        assert index.update()
        yield index


def places(hits: list[Hit]) -> list[tuple[str, int, int]]:
    return [(hit.dossier, hit.document, hit.page) for hit in hits]


FORM_PAGE = (NUMBER, 1, 1)
SECOND_PAGE = (NUMBER, 1, 2)
UNACCENTED_PAGE = (OTHER, 1, 1)
LODGING_PAGE = (NUMBER, 2, 1)


def test_without_accents_all_are_found(filed: SearchIndex) -> None:
    assert set(places(ask(filed, "dang ky khai sinh"))) == {FORM_PAGE, UNACCENTED_PAGE}


def test_with_accents_the_exactly_accented_come_first(filed: SearchIndex) -> None:
    hits = ask(filed, "đăng ký khai sinh")
    assert places(hits) == [FORM_PAGE, UNACCENTED_PAGE]
    assert [hit.exact for hit in hits] == [True, False]


def test_as_typed_comes_first_without_accents_too(filed: SearchIndex) -> None:
    assert places(ask(filed, '"dang ky khai sinh"')) == [UNACCENTED_PAGE, FORM_PAGE]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("THẠNH HOÀ", {FORM_PAGE}),
        ("thạnh hòa", {FORM_PAGE}),
        ("thanh hoa", {FORM_PAGE}),
        ("đăng kí", {FORM_PAGE, UNACCENTED_PAGE, LODGING_PAGE}),
        ("đăng ký", {FORM_PAGE, UNACCENTED_PAGE, LODGING_PAGE}),
        ("đ\u0103ng ky\u0301 ta\u0323m trú", {LODGING_PAGE}),
        ("12/QĐ-UBND", {FORM_PAGE}),
        ("QĐ-12/UBND", set()),
        ("120,5 m2", {FORM_PAGE}),
        ("m²", {FORM_PAGE}),
        ('"nhân dân xã"', {FORM_PAGE}),
        ('"dân nhân xã"', set()),
        ('"nhân dân', {FORM_PAGE}),
        ("dân nhân xã", {FORM_PAGE}),
        ("thạ*", {FORM_PAGE}),
        ("thạ", set()),
        ("khai - sinh", {FORM_PAGE, SECOND_PAGE, UNACCENTED_PAGE}),
        ("khai NOT tạm", set()),
        ("không có chữ này", set()),
    ],
)
def test_queries_find_the_expected_pages(
    filed: SearchIndex, query: str, expected: set[tuple[str, int, int]]
) -> None:
    assert set(places(ask(filed, query))) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (OTHER, [UNACCENTED_PAGE]),
        ("giấy ủy quyền", [UNACCENTED_PAGE]),
        ("giay-uy-quyen", [UNACCENTED_PAGE]),
        ("to-khai-ct01", [LODGING_PAGE]),
        ("77/2026", [FORM_PAGE]),
        (f"{NUMBER} ký tên", [SECOND_PAGE]),
        (f"{NUMBER} tạm trú", [LODGING_PAGE]),
        (f"{OTHER} tạm trú", []),
    ],
)
def test_numbers_types_titles_and_fields(
    filed: SearchIndex, query: str, expected: list[tuple[str, int, int]]
) -> None:
    """What only the head answers finds the document's first page, not each of its pages."""
    assert places(ask(filed, query)) == expected


def test_a_dossier_number_finds_each_document_once(filed: SearchIndex) -> None:
    assert sorted(places(ask(filed, NUMBER))) == [FORM_PAGE, LODGING_PAGE]


def test_a_hit_says_what_it_is(filed: SearchIndex) -> None:
    [hit] = ask(filed, "thanh hoa 12/QD")
    assert (hit.type, hit.title) == ("to-khai-dang-ky-khai-sinh", "Tờ khai đăng ký khai sinh")
    assert hit.snippet.count("[Thạnh Hoà]") == 1
    assert "[12/QĐ]-UBND" in hit.snippet
    assert "\n" not in hit.snippet


def test_pages_of_results(filed: SearchIndex) -> None:
    everything = places(ask(filed, "khai"))
    assert len(set(everything)) == 4
    question, found = Question("khai", None, limit=1), []
    while True:
        results = finding.search(filed, question)
        assert results.total == 4
        found += places(list(results.hits))
        if not results.cursor:
            break
        question = replace(question, cursor=results.cursor)
    assert found == everything


def test_only_the_newest_version_is_found(catalog: Catalog, folder: FolderStore) -> None:
    ref = file_paper(folder, catalog, ["chữ đọc nhầm", "trang hai"])
    add_version(folder, catalog, ref, ["chữ đọc đúng"], version=2)
    assert places(search(catalog, "chữ đọc")) == [FORM_PAGE]
    assert search(catalog, "nhầm") == []
    assert search(catalog, '"trang hai"') == []


def test_pages_larger_than_any_index_row(catalog: Catalog, folder: FolderStore) -> None:
    """Words longer than PostgreSQL takes, more of them, and more often than it counts; `㎡` is no letter.

    PostgreSQL's own index of words takes at most 2,046 bytes of a word and 1 MiB of different words.
    """
    long_word = "đ" * 5000
    crowded = " ".join(f"chữ{n:x}" * 30 for n in range(5000))
    assert len(crowded.encode()) > 2**20
    repeated = "thửa đất " * 400 + "cuối trang ㎡"
    file_paper(folder, catalog, [f"{long_word} sau", f"đầu {crowded}", repeated])
    assert places(search(catalog, "sau")) == [FORM_PAGE]
    assert places(search(catalog, "đầu")) == [SECOND_PAGE]
    for query in ('"cuối trang"', "m2 cuối", "㎡", '"thửa đất" cuối'):
        assert places(search(catalog, query)) == [(NUMBER, 1, 3)]


def test_the_snippet_is_where_the_most_words_are() -> None:
    text = "khai " * 40 + "rồi đến chỗ đăng ký khai sinh của ông Thử " + "sinh " * 40
    found = "".join(f"[{p.text}]" if p.matched else p.text for p in snippet(text, parse("dang ky khai sinh")))
    assert "[đăng ký khai sinh] của ông Thử" in found
    assert found.startswith("… ")
    assert found.endswith(" …")


def test_the_snippet_of_a_page_without_the_words_is_its_beginning() -> None:
    [piece] = snippet("Một trang\nngắn", parse("gì đó"))
    assert (piece.text, piece.matched) == ("Một trang ngắn", False)
    assert snippet("", parse("gì đó")) == ()


_ODD = st.text(max_size=60) | st.text(alphabet='"*()[]{}:^-+/\\ANDORT NEAR,.đĐặ1₫\x00\ud800', max_size=40)


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=_ODD)
@example(query='"')
@example(query='""')
@example(query='AND OR NOT NEAR("a" b, 3)')
@example(query="exact : khai")
@example(query="khai*khai**")
@example(query="khai" * 1000)
@example(query=" ".join(["khai"] * 1000))
@example(query="'; DROP TABLE page_texts; --")
@example(query="\ud800 \x00")
@example(query="½ ² Ⅷ 𝟙 ﬁ")
def test_a_query_is_answered_or_refused_with_the_place(filed: SearchIndex, query: str) -> None:
    try:
        hits = ask(filed, query)
    except QuestionError as error:
        assert 0 <= error.position <= len(query)
    else:
        assert all(hit.snippet for hit in hits)
