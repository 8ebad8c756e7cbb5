"""The reviewers' pages: who sees them, what another agency's reviewer finds, what the log says of it."""

from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from scanflow.archive.log.queries import LogQuery, find
from scanflow.archive.logbook import EXPORTED, VIEWED, document_subject, dossier_subject
from scanflow.archive.people.counter_accounts import make_counter
from scanflow.archive.store.keys import words_key
from scanflow.desk.context import Desk
from scanflow.web.addresses import dossier_address, number_key, number_of
from scanflow.web.review.routers import ROUTERS
from tests.review.filing import file_document, value
from tests.web.reviewing import NOBODYS, NORTH, OURS, PAGES, THEIRS, signed_in

FORM = {
    "version": "1", "first": "0", "count": "1", "text": "x", "index": "0", "was": "x", "choice": "can-cuoc",
    "to": "H57.132-260804-0099", "older": "1",
    "page": ["2", "1", "3"], "turn": ["0", "0", "0"], "at": "2",
    "other": "2", "other_version": "1", "compared": "true",
}  # fmt: skip


def routes_of_dossiers() -> list[tuple[str, str]]:
    found = [
        (method, route.path)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and "{key}" in route.path
        for method in sorted(route.methods or ())
    ]
    assert len(found) >= 8
    return found


def filled(path: str, number: str) -> str:
    path = path.replace("{key}", number_key(number)).replace("{no}", "1").replace("{page_no}", "1")
    return path.replace("{file_no}", "1") + "?q=hoa&width=160"


def test_each_route_treats_another_agencys_dossier_as_one_that_nobody_has(app: FastAPI) -> None:
    thu = signed_in(app, "thu")
    for method, path in routes_of_dossiers():
        answers = []
        for number in (NOBODYS, THEIRS):
            said = thu.request(method, filled(path, number), data=FORM if method == "POST" else None)
            told = said.text.replace(number, "?").replace(number_key(number), "?")
            answers.append((said.status_code, told, said.headers.get("location", "")))
        assert answers[0] == answers[1], path
        assert answers[0][0] in (404, 422), path


def test_only_reviewers_auditors_and_operators_see_the_pages(app: FastAPI) -> None:
    for name in ("lan", "hoa"):
        clerk = signed_in(app, name)
        for method, path in [("GET", "/review/dossiers"), *routes_of_dossiers()]:
            said = clerk.request(method, filled(path, OURS), data=FORM if method == "POST" else None)
            assert said.status_code == 403, path
    for name in ("thu", "binh"):
        assert signed_in(app, name).get("/").headers["location"] == "/review"
        assert signed_in(app, name).get(dossier_address(OURS)).status_code == 200
    stranger = TestClient(app, follow_redirects=False)
    assert stranger.get(dossier_address(OURS)).headers["location"].startswith("/sign-in")


def test_an_auditor_sits_at_no_counter(app: FastAPI, desk: Desk) -> None:
    make_counter(desk.services.catalog, "Quầy 7", agency="H57.132")
    auditor = signed_in(app, "binh")
    assert "Quầy 7" not in auditor.get("/desk/counter").text
    assert auditor.post("/desk/counter", data={"counter": "Quầy 7"}).status_code == 404


def test_lists_hold_the_own_agencys_dossiers_only(app: FastAPI) -> None:
    assert OURS in signed_in(app, "thu").get("/review/dossiers").text
    assert THEIRS not in signed_in(app, "thu").get("/review/dossiers").text
    assert OURS not in signed_in(app, "nam").get("/review/dossiers").text


def test_a_dossiers_page_shows_documents_checklist_fields_and_history(thu: TestClient) -> None:
    text = thu.get(dossier_address(OURS)).text
    for wanted in ("Tờ khai đăng ký khai sinh", "tệp giữ nguyên", "Thiếu", "lưu vào kho", "3 trang"):
        assert wanted in text, wanted
    viewer = thu.get(f"{dossier_address(OURS, 1)}?q=nguyen").text
    assert 'class="box is-hit"' in viewer and "is-doubtful" in viewer
    assert "cần xem lại" in viewer and "04/08/2026" in viewer


def test_a_pages_picture_is_a_jpeg_of_the_asked_width(thu: TestClient) -> None:
    for no in (1, 2):  # written by us, and a file kept as it came
        said = thu.get(f"{dossier_address(OURS, no)}/pages/1/picture.jpg?width=160")
        assert said.status_code == 200 and said.headers["content-type"] == "image/jpeg"
        assert said.content.startswith(b"\xff\xd8") and said.headers["cache-control"] == "no-store"
    for wrong in ("pages/1/picture.jpg?width=161", "pages/4/picture.jpg?width=160", "pages/0/picture.jpg"):
        assert thu.get(f"{dossier_address(OURS, 1)}/{wrong}").status_code == 404


def test_hits_are_found_on_other_pages(thu: TestClient) -> None:
    base = dossier_address(OURS, 1)
    said = thu.get(f"{base}/pages/1/hit?q=nguyễn&step=1")
    assert said.headers["location"] == f"{base}?page=3&q=nguy%E1%BB%85n"
    assert thu.get(f"{base}/pages/3/hit?q=nguyen&step=-1").headers["location"].startswith(f"{base}?page=1&")
    assert thu.get(f"{base}/pages/1/hit?q=nowhere&step=1").headers["location"].startswith(f"{base}?page=1&")
    assert thu.get(f"{base}/pages/1/hit?q=x&step=7").status_code == 422


def test_the_pdf_and_the_text_are_given_and_logged(desk: Desk, app: FastAPI) -> None:
    thu = signed_in(app, "thu")
    base = dossier_address(OURS, 1)
    said = thu.get(f"{base}/file.pdf")
    dossier = desk.services.catalog.dossier(OURS)
    assert dossier is not None
    assert said.content == desk.services.store.get(dossier.documents[0].versions[-1].pdf.key)
    assert said.headers["content-disposition"] == f'inline; filename="{OURS}.01.pdf"'
    assert "script-src" not in said.headers["content-security-policy"]
    assert thu.get(f"{base}/file.pdf?download=true").headers["content-disposition"].startswith("attachment")
    assert thu.get(f"{base}/pages/1/text.txt").text.splitlines()[1] == "Nguyễn Thị Hoa"
    assert thu.get(f"{base}/file.pdf?version=2").status_code == 404
    thu.get(f"{base}/pages/2/picture.jpg?width=1100")
    thu.get(dossier_address(OURS))
    seen = [each.entry for each in find(desk.services.catalog, LogQuery(person="thu"), 1000)]
    subject = document_subject(OURS, 1)
    assert [each for each in seen if (each.action, each.subject) == (EXPORTED, subject)]
    pictured = {"page": "2", "width": "1100"}
    assert [e for e in seen if (e.action, e.subject, e.after) == (VIEWED, subject, pictured)]
    assert [e for e in seen if (e.action, e.subject) == (VIEWED, dossier_subject(OURS))]


def test_people_correct_text_type_values_and_number(desk: Desk, app: FastAPI) -> None:
    number, right = "H57.132-260804-0060", "H57.132-260804-0061"
    fields = [value("name", "Nguyễn Thị Hoa", 0.6)]
    file_document(desk.services.store, desk.services.catalog, number, PAGES, agency=NORTH, fields=fields)
    thu, base = signed_in(app, "thu"), dossier_address(number, 1)
    texts = ["Nguyễn Thị Hòa", "sinh năm 1991"]
    lines = {"version": "1", "first": ["4", "7"], "count": ["3", "3"], "text": texts}
    said = thu.post(f"{base}/pages/1/correct", data=lines)
    assert said.headers["location"] == f"{base}?page=1&done=text"
    assert "Hòa" in thu.get(said.headers["location"]).text
    assert thu.post(f"{base}/pages/1/correct", data=lines).status_code == 409  # an older version
    assert thu.post(f"{base}/pages/1/correct", data=lines | {"text": "x"}).status_code == 422
    older = thu.get(f"{base}?version=1").text
    assert 'id="restore"' in older and "không phải bản mới nhất" in older
    form = {"version": "2"}
    assert thu.post(f"{base}/type", data={**form, "choice": "giay-chung-sinh"}).status_code == 303
    field = {**form, "index": "0", "was": "Nguyễn Thị Hoa", "text": "Nguyễn Thị Hòa"}
    assert thu.post(f"{base}/fields", data=field).status_code == 303
    text = thu.get(base).text
    assert "cán bộ đã xác nhận" in text and "Giấy chứng sinh" in text
    auditor = signed_in(app, "binh")
    assert 'id="move"' not in auditor.get(base).text and 'id="correct"' not in auditor.get(base).text
    for path, data in ((f"{base}/move", {**form, "to": right}), (f"{base}/type", FORM)):
        assert auditor.post(path, data=data).status_code == 403
    assert auditor.get(f"{base}/pages/1/correct").status_code == 403
    assert thu.post(f"{base}/move", data={**form, "to": THEIRS}).status_code == 409
    moved = thu.post(f"{base}/move", data={**form, "to": right}).headers["location"]
    assert moved == f"{dossier_address(right, 1)}?done=moved" and thu.get(moved).status_code == 200
    assert "chuyển giấy tờ đi" in thu.get(dossier_address(number)).text


def test_a_page_of_another_site_can_correct_nothing(desk: Desk, app: FastAPI) -> None:
    thu = signed_in(app, "thu")
    changing = [path for method, path in routes_of_dossiers() if method == "POST"]
    assert changing
    for path in changing:
        said = thu.post(filled(path, OURS), data=FORM, headers={"Origin": "https://evil.example"})
        assert said.status_code == 403 and said.text == "not from here\n", path


def test_scripts_in_text_names_and_values_are_text(desk: Desk, app: FastAPI) -> None:
    number, evil = "H57.132-260804-0070", "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    lines = [[evil, "javascript:alert(1)"]]
    fields = [value("name", evil, 0.5), value("<b>", evil)]
    store, catalog = desk.services.store, desk.services.catalog
    file_document(store, catalog, number, lines, agency=NORTH, title=evil, type="unknown", fields=fields)
    thu, base = signed_in(app, "thu"), dossier_address(number)
    for path in (
        "",
        "/1",
        "/1/pages/1",
        "/1/pages/1/correct",
        "/1/about",
        "/1/arrange",
        "/1/values",
        "/1/compare?version=1&with=1",
        f"/1?q={quote(evil)}",
    ):
        text = thu.get(base + path).text
        assert "<script>alert" not in text and "<img src=x" not in text, path
        assert "&lt;script&gt;alert(1)" in text, path
    said = thu.get(f"{base}/1/pages/1/text.txt")
    assert said.headers["content-type"].startswith("text/plain")
    assert said.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("number", ["03706/2026/07906", "../../etc/passwd", "a~b%2F", "số 1 ö"])
def test_addresses_hold_any_number_in_one_segment(thu: TestClient, number: str) -> None:
    assert "/" not in number_key(number) and number_of(number_key(number)) == number
    assert thu.get(dossier_address(number)).status_code == 404


def test_odd_parameters_are_refused(thu: TestClient) -> None:
    base = dossier_address(OURS, 1)
    for wrong in (
        "?page=0",
        "?page=99999999999999999999",
        "?version=0",
        "/thumbs?page=-1",
        "?q=" + "x" * 2001,
    ):
        assert thu.get(base + wrong).status_code == 422, wrong
    assert thu.get(f"{base}?page=50").status_code == 200  # the last page
    assert thu.get(dossier_address(OURS, 0)).status_code == 404
    assert thu.get(f"{dossier_address(OURS)}/..%2f..%2fetc").status_code in (404, 422)


def test_a_paper_whose_words_are_lost_or_damaged_is_still_shown(desk: Desk, app: FastAPI) -> None:
    store, thu = desk.services.store, signed_in(app, "thu")
    number = "H57.132-260804-0071"
    doubtful = [value("name", "A", 0.5)]
    for damaged in (False, True):
        # Other words than any that were looked at before: those are in memory.
        pages = [[f"lần {damaged}", "Hoa"], ["hai"]]
        no = file_document(store, desk.services.catalog, number, pages, agency=NORTH, fields=doubtful)
        base = f"{dossier_address(number)}/{no}"
        key = words_key(number, no, "to-khai-dang-ky-khai-sinh", 1)
        path = desk.services.settings.home / "objects" / key
        path.unlink()
        if damaged:
            path.write_bytes(b"no words")
        said = thu.get(f"{base}?q=hoa")
        assert said.status_code == 200 and 'id="lost"' in said.text
        assert 'id="correct"' not in said.text
        assert 'id="lost"' in thu.get(f"{base}/pages/2?q=hoa").text
        assert thu.get(f"{base}/pages/1/picture.jpg").content.startswith(b"\xff\xd8")
        assert thu.get(f"{base}/pages/1/hit?q=hoa").headers["location"].startswith(f"{base}?page=1&")
        assert thu.get(f"{base}/values").status_code == thu.get(f"{base}/arrange").status_code == 200
        assert thu.get(f"{base}/pages/3").status_code == 404


def test_a_store_that_cannot_be_reached_is_reported_and_nothing_changes(desk: Desk, app: FastAPI) -> None:
    thu, number = signed_in(app, "thu"), "H57.132-260804-0072"
    no = file_document(desk.services.store, desk.services.catalog, number, [["kho vắng"]], agency=NORTH)
    base = dossier_address(number, no)
    objects = desk.services.settings.home / "objects"
    objects.rename(objects.with_name("away"))
    try:
        for said in (
            thu.get(base),
            thu.post(f"{base}/move", data={"version": "1", "to": NOBODYS}),
            thu.post(f"{base}/type", data={"version": "1", "choice": "can-cuoc"}),
        ):
            assert said.status_code == 503 and "nên chưa xem, chưa sửa được" in said.text
        assert not objects.exists()
    finally:
        objects.with_name("away").rename(objects)
    assert thu.get(base).status_code == 200
    assert thu.get(dossier_address(NOBODYS)).status_code == 404


def test_an_error_leads_back_to_the_reviewers_pages(thu: TestClient) -> None:
    said = thu.get(f"{dossier_address(OURS)}/77")
    assert said.status_code == 404 and "không có giấy tờ 77" in said.text
    assert 'href="/review"' in said.text and "/static/station.js" not in said.text
    assert "có thể đã được chuyển" in said.text


def test_small_pictures_come_a_portion_at_a_time(desk: Desk, app: FastAPI) -> None:
    number = "H57.132-260804-0050"
    store, catalog = desk.services.store, desk.services.catalog
    file_document(store, catalog, number, [[f"trang {no}"] for no in range(60)], agency="H57.132")
    thu = signed_in(app, "thu")
    first = thu.get(dossier_address(number, 1)).text
    assert first.count('class="thumb"') == 24 and "thumbs?page=25" in first
    more = thu.get(f"{dossier_address(number, 1)}/thumbs?page=49").text
    assert more.count('class="thumb"') == 12 and "thumbs?page" not in more
