"""Pages beside the viewer: versions word by word, signatures, kept files, the history of a document."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from fixtures.signing import sign
from scanflow.archive.store.keys import document_key
from scanflow.desk.context import Desk
from scanflow.review import pages
from scanflow.web.addresses import dossier_address
from scanflow.web.app import make_app
from tests.review.filing import file_document
from tests.web.reviewing import NORTH, OURS, PAGES, THEIRS, signed_in

SIGNED = "H57.132-260804-0080"


def test_versions_stand_side_by_side_word_by_word(desk: Desk, thu: TestClient) -> None:
    number = "H57.132-260804-0081"
    file_document(desk.services.store, desk.services.catalog, number, PAGES, agency=NORTH)
    base = dossier_address(number, 1)
    line = {"version": "1", "first": "4", "count": "3", "text": "Nguyễn Thị <b>"}
    assert thu.post(f"{base}/pages/1/correct", data=line).status_code == 303
    text = thu.get(f"{base}/compare?version=2&with=1&page=1").text
    assert "<del>Hoa</del>" in text and "<ins>&lt;b&gt;</ins>" in text
    assert text.count("<tr>") == 2  # the head, and one change
    assert f'{base}/compare?version=2&amp;with=1&amp;page=1"' in text.replace("&with", "&amp;with").replace(
        "&page", "&amp;page"
    )
    # Without a page, the first on which words changed.
    line = {"version": "2", "first": "0", "count": "1", "text": "khác"}
    assert thu.post(f"{base}/pages/2/correct", data=line).status_code == 303
    assert "<ins>khác</ins>" in thu.get(f"{base}/compare?version=3&with=2").text
    assert "giống nhau" in thu.get(f"{base}/compare?version=2&with=2").text
    assert thu.get(f"{base}/compare?version=2&with=4").status_code == 404
    assert thu.get(f"{base}/compare?version=1&with=2&page=50").status_code == 200  # the last page


def test_a_signed_files_certificate_is_shown(desk: Desk, thu: TestClient) -> None:
    data = desk.services.store.get(document_key(OURS, 2, "can-cuoc", 1))
    file_document(
        desk.services.store,
        desk.services.catalog,
        SIGNED,
        PAGES[:1],
        agency=NORTH,
        kept=True,
        file=sign(data),
    )
    text = thu.get(f"{dossier_address(SIGNED, 1)}/about").text
    assert "scanflow fixtures: trust nothing signed with this" in text
    assert "nội dung chưa thay đổi từ khi ký" in text and "ký toàn bộ tệp" in text
    assert "không có chữ ký số" in thu.get(f"{dossier_address(OURS, 2)}/about").text


def test_a_documents_own_history_row_and_versions_are_shown(thu: TestClient) -> None:
    text = thu.get(f"{dossier_address(OURS, 1)}/about").text
    assert "lưu vào kho" in text and "không có chữ ký số" in text
    assert "Không có tệp gốc" in text and "Phiên bản 1" in text


def test_pages_are_arranged_split_joined_and_compared(desk: Desk, thu: TestClient) -> None:
    number = "H57.132-260804-0082"
    file_document(desk.services.store, desk.services.catalog, number, PAGES, agency=NORTH)
    base, form = dossier_address(number, 1), {"version": "1"}
    assert thu.get(f"{base}/arrange").text.count('class="sheet-card"') == 3
    pages = {"page": ["3", "1", "2"], "turn": ["0", "90", "0"]}
    assert thu.post(f"{base}/arrange", data=form | pages).headers["location"] == f"{base}?done=arranged"
    assert "trang cuối" in thu.get(f"{base}/pages/1/text.txt").text
    assert thu.post(f"{base}/arrange", data=form | pages).status_code == 409
    assert thu.post(f"{base}/arrange", data={"version": "2", "page": ["1"], "turn": []}).status_code == 422
    split = thu.post(f"{base}/split", data={"version": "2", "at": "2"}).headers["location"]
    assert split == f"{dossier_address(number, 2)}?done=split" and "2 trang" in thu.get(split).text
    joined = {"version": "3", "other": "2", "other_version": "1"}
    assert thu.post(f"{base}/join", data=joined).headers["location"] == f"{base}?done=joined"
    assert thu.get(dossier_address(number, 2)).status_code == 404
    other = "H57.132-260804-0084"
    file_document(desk.services.store, desk.services.catalog, other, PAGES[:1], agency=NORTH)
    for typed, shown in (
        (other.lower(), "Gộp giấy tờ 1 của hồ sơ"),
        (THEIRS, 'id="problem"'),
        ("x", 'id="problem"'),
    ):
        text = thu.get(f"{base}/arrange", params={"other_dossier": typed}).text
        assert shown in text and ("phương nam" not in text)
    form = {"version": "4", "other": "1", "other_version": "1"}
    assert thu.post(f"{base}/join", data={**form, "other_dossier": THEIRS}).status_code == 404
    assert thu.post(f"{base}/join", data={**form, "other_dossier": other}).status_code == 303
    assert thu.get(dossier_address(other, 1)).status_code == 404
    assert thu.post(f"{base}/compared", data={"version": "5", "compared": "true"}).status_code == 303
    assert "Bỏ xác nhận đối chiếu" in thu.get(base).text
    text = thu.get(dossier_address(number)).text
    for wanted in ("tách giấy tờ", "được gộp vào", "sắp xếp lại trang", "đối chiếu với bản chính"):
        assert wanted in text, wanted
    signed = thu.get(f"{dossier_address(SIGNED, 1)}/arrange")
    assert signed.status_code in (404, 409)  # filed by the test above, where that came first


def test_pages_of_a_long_file_are_shown_from_portions_of_it(
    desk: Desk, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = "H57.132-260804-0083"
    lines = [[f"trang {no}"] for no in range(20)]
    file_document(desk.services.store, desk.services.catalog, number, lines, agency=NORTH)
    thu, base = signed_in(app, "thu"), dossier_address(number, 1)
    whole = [thu.get(f"{base}/pages/{no}/picture.jpg?width=160").content for no in (1, 17, 20)]
    monkeypatch.setattr(pages, "_SHORT_FILE", 0)
    again = signed_in(make_app(desk), "thu")  # another application: nothing is kept in memory
    parts = [again.get(f"{base}/pages/{no}/picture.jpg?width=160").content for no in (1, 17, 20)]
    assert parts == whole and len(set(parts)) == 3
