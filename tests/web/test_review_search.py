"""The search page: the own agency's pages only, whatever is asked; logged; safe in a spreadsheet."""

from fastapi import FastAPI
from fastapi.testclient import TestClient

from scanflow.archive.log.queries import LogQuery, find
from scanflow.archive.logbook import EXPORTED, FOUND, SEARCHED, document_subject
from scanflow.desk.context import Desk
from scanflow.web.addresses import dossier_address
from tests.review.filing import file_document
from tests.web.reviewing import NORTH, OURS, SOUTH, THEIRS, signed_in


def test_a_hit_leads_to_its_place_on_the_paper(thu: TestClient) -> None:
    text = thu.get("/review?q=nguyen+thi").text
    place = f"{dossier_address(OURS, 1)}?page=1&q=nguyen+thi"
    assert place in text and "<mark>Nguyễn Thị</mark>" in text.replace("</mark> <mark>", " ")
    assert 'class="box is-hit"' in thu.get(place).text


def test_nothing_of_another_agency_is_found_counted_or_suggested(app: FastAPI, thu: TestClient) -> None:
    for address in (
        "/review?q=phương+nam",
        f"/review?q=ma_ho_so:{THEIRS}",
        f"/review?q=co_quan:{SOUTH}",
        f"/review?q=hoa&agency={SOUTH}",
        f"/review?q=hoa&type=to-khai-dang-ky-khai-sinh&agencies={SOUTH}",
    ):
        assert dossier_address(THEIRS) not in thu.get(address).text, address
    assert "Không tìm thấy" in thu.get("/review?q=phương+nam").text
    assert THEIRS in signed_in(app, "nam").get("/review?q=phương+nam").text
    assert OURS not in signed_in(app, "nam").get("/review?q=hoa").text
    counted = thu.get("/review?q=hoa").text
    assert "2 trang" in counted  # both of the north's, none of the south's
    assert "phương" not in thu.get("/review/suggest?q=phương").text
    assert "phương" not in thu.get("/review?q=phuong").text.split("facets")[-1].replace("phuong", "")


def test_results_are_narrowed_sorted_and_come_in_pages(desk: Desk, app: FastAPI, thu: TestClient) -> None:
    number = "H57.132-260804-0080"
    pages = [[f"mục lục trang {no}"] for no in range(25)]
    file_document(desk.services.store, desk.services.catalog, number, pages, agency=NORTH, type="can-cuoc")
    app.state.review.index.update()
    first = thu.get("/review?q=%22mục+lục%22")
    assert first.text.count('class="snippet"') == 20
    more = first.text.partition('id="more" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert thu.get(more).text.count('class="snippet"') == 5
    narrowed = thu.get("/review?q=hoa&type=can-cuoc&sort=newest").text
    assert f"{dossier_address(OURS, 2)}?page=1" in narrowed and f"{dossier_address(OURS, 1)}?" not in narrowed
    assert thu.get("/review?q=hoa&sort=upside-down").status_code == 422
    assert thu.get("/review?q=hoa&cursor=xyz").status_code == 422


def test_a_question_that_cannot_be_understood_is_explained(thu: TestClient) -> None:
    said = thu.get("/review?q=-hoa")
    assert said.status_code == 422 and "Chỉ có từ loại trừ" in said.text
    pasted = thu.get("/review", params={"q": "a" * 10_000})
    assert pasted.status_code == 422 and "dài quá" in pasted.text
    assert thu.get("/review").status_code == 200


def test_searches_and_lists_are_in_the_log_and_formulas_are_not_worked_out(
    desk: Desk, app: FastAPI, thu: TestClient
) -> None:
    number = "H57.132-260804-0090"
    store, catalog = desk.services.store, desk.services.catalog
    file_document(store, catalog, number, [["độc lập"]], agency=NORTH, type="unknown", title="=1+1 độc lập")
    app.state.review.index.update()
    said = thu.get('/review/found.csv?q="độc+lập"')
    assert said.headers["content-type"] == "text/csv; charset=utf-8" and said.text.startswith(
        "\ufeffma_ho_so"
    )
    assert "'=1+1" in said.text and ",=1" not in said.text
    thu.get("/review?q=hoa")
    seen = [each.entry for each in find(catalog, LogQuery(person="thu"), 1000)]
    assert [e for e in seen if e.action == EXPORTED and e.after and e.after.get("query") == '"độc lập"']
    assert [e for e in seen if e.action == SEARCHED and e.after["query"] == "hoa"]
    assert [e for e in seen if (e.action, e.subject) == (FOUND, document_subject(OURS, 1))]


def test_clerks_cannot_search(app: FastAPI) -> None:
    for path in ("/review?q=hoa", "/review/suggest?q=hoa", "/review/found.csv?q=hoa"):
        assert signed_in(app, "lan").get(path).status_code == 403
        assert signed_in(app, "binh").get(path).status_code == 200
