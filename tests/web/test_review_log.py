"""The auditor's page: only auditors, only their agency's entries, paged, as CSV, itself logged; the chain."""

import csv
import io

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from scanflow.archive.log.queries import LogQuery, find, find_of_agency
from scanflow.archive.log.watching import ChainWatch
from scanflow.archive.logbook import EXPORTED, LOG_READ, LogEntry, document_subject
from scanflow.clock import now
from scanflow.desk.context import Desk
from scanflow.review import auditing
from scanflow.web.app import make_app
from tests.web.reviewing import NORTH, OURS, SOUTH, THEIRS, signed_in
from tests.web.serving import ORIGIN

LOG = "/review/log"


@pytest.fixture(scope="module")
def binh(app: FastAPI) -> TestClient:
    return signed_in(app, "binh")


def enter(desk: Desk, *entries: tuple[str, str, str]) -> None:
    with desk.services.catalog.transaction() as connection:
        for actor, action, subject in entries:
            desk.services.catalog.append_log(LogEntry(now(), actor, action, subject), connection=connection)


def rows(text: str) -> str:
    return text.partition('<table id="entries">')[2]


def test_only_auditors_read_the_log(app: FastAPI, binh: TestClient) -> None:
    for path in (LOG, f"{LOG}/log.csv"):
        for name in ("thu", "lan", "hoa"):
            assert signed_in(app, name).get(path).status_code == 403
        assert binh.get(path).status_code == 200
    assert "/review/log" in binh.get("/review").text
    assert "/review/log" not in signed_in(app, "thu").get("/review").text


def test_the_own_agencys_entries_are_shown_and_no_other(desk: Desk, app: FastAPI, binh: TestClient) -> None:
    enter(
        desk,
        ("nam", "viewed", document_subject(THEIRS, 1)),
        ("nam", "searched", "archive"),
        ("scanflow", "repaired", "archive"),
        ("nam", "viewed", document_subject(OURS, 1)),
        ("thu", "agency renamed", f"agencies/{SOUTH}"),
        ("nam", "password changed", "users/nam"),
        ("nam", "agency renamed", f"agencies/{NORTH}"),
    )
    shown = rows(binh.get(LOG).text)
    assert OURS in shown and THEIRS not in shown and SOUTH not in shown
    assert "nam" in shown, "views of the own dossiers are shown"
    assert "users/nam" not in shown and "repaired" not in shown
    assert rows(binh.get(f"{LOG}?person=nam").text).count("<tr>") == 3  # with the heads
    assert 'id="none"' in binh.get(f"{LOG}?dossier={THEIRS}").text
    assert THEIRS not in binh.get(f"{LOG}/log.csv?person=nam").text


def test_entries_are_chosen_by_person_dossier_kind_and_time(desk: Desk, binh: TestClient) -> None:
    enter(desk, ("thu", "type set", document_subject(OURS, 1)), ("thu", "viewed", document_subject(OURS, 2)))
    of_person = rows(binh.get(f"{LOG}?person=thu&dossier={OURS.lower()}").text)
    assert "sửa loại giấy tờ" in of_person and "xem" in of_person and "test" not in of_person
    changes = rows(binh.get(f"{LOG}?person=thu&kind=changes").text)
    assert "sửa loại giấy tờ" in changes and f"{OURS}</a> · Giấy tờ 2" not in changes
    looks = rows(binh.get(f"{LOG}?person=thu&kind=looks").text)
    assert "sửa loại giấy tờ" not in looks and "Giấy tờ 2" in looks
    assert "sửa loại" in rows(binh.get(f"{LOG}?kind=type+set").text)
    assert 'id="none"' in binh.get(f"{LOG}?to=2020-01-01").text
    assert "thu" in rows(binh.get(f"{LOG}?from=2020-01-01&person=thu").text)
    assert binh.get(f"{LOG}?from=2026-02-01&to=2026-01-01").status_code == 422


def test_the_log_comes_in_pages(desk: Desk, binh: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(desk, *[("hoa", "searched", "archive")] * 7)
    monkeypatch.setattr(auditing, "SHOWN", 3)
    address, seen = f"{LOG}?person=hoa&kind=searched", 0
    for _ in range(3):
        said = binh.get(address).text
        seen += rows(said).count("<tr>") - 1
        address = said.partition('id="more" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert (seen, address) == (7, "")


def test_many_entries_of_others_are_passed_over(desk: Desk) -> None:
    enter(desk, *[("nam", "searched", "archive")] * 1200)
    found, before = find_of_agency(desk.services.catalog, LogQuery(), NORTH, 2)
    assert len(found) == 2 and before == found[-1].seq
    assert find_of_agency(desk.services.catalog, LogQuery(person="nobody"), NORTH, 2) == ([], None)


def test_the_list_is_a_file_and_reading_is_logged(desk: Desk, binh: TestClient) -> None:
    enter(desk, ("thu", "=1+1", document_subject(OURS, 1)))
    found = list(
        csv.DictReader(io.StringIO(binh.get(f"{LOG}/log.csv?person=thu").text.removeprefix("\ufeff")))
    )
    assert found[0]["viec"] == "'=1+1" and found[0]["nguoi"] == "thu" and len(found[0]["ma_bam"]) == 64
    binh.get(f"{LOG}?person=thu")
    own = [each.entry for each in find(desk.services.catalog, LogQuery(person="binh"), 1000)]
    assert {(LOG_READ, "thu"), (EXPORTED, "thu")} <= {
        (entry.action, (entry.after or {}).get("person")) for entry in own if entry.subject == "log"
    }


def test_what_is_in_the_log_is_shown_as_text(desk: Desk, binh: TestClient) -> None:
    enter(desk, ("thu", "<b>", "<script>alert(1)</script>"))
    said = binh.get(f"{LOG}?person=thu").text
    assert "<script>alert" not in said and "&lt;script&gt;" in said
    for odd in ("before=0", "before=x", f"before={10**30}"):
        assert binh.get(f"{LOG}?{odd}").status_code == 422
    assert binh.get(f"{LOG}?person=%00&from=x&kind=<script>").status_code == 200


def test_a_chain_that_was_tampered_with_is_said_to_be_broken(desk: Desk, binh: TestClient) -> None:
    assert "nguyên vẹn" in binh.get(LOG).text
    watch = ChainWatch(desk.services.catalog)
    whole = watch.look(60)
    assert (whole.checked, whole.broken_at) == (whole.entries, None)
    enter(desk, ("thu", "viewed", document_subject(OURS, 1)))
    assert watch.look(60).checked == whole.checked + 1
    engine = desk.services.catalog.engine
    with engine.begin() as connection:  # as somebody would who may do anything to the file
        names = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
        for name in names:
            connection.execute(text(f'DROP TRIGGER "{name}"'))
        connection.execute(text("UPDATE log SET actor = 'minh' WHERE seq = 3"))
    assert watch.look(60).broken_at is None, "only the last entry is checked here; `verify` checks all"
    anew = ChainWatch(desk.services.catalog).look(60)
    assert (anew.checked, anew.broken_at) == (2, 3)
    with TestClient(make_app(desk), headers={"Origin": ORIGIN}) as client:
        client.post("/sign-in", data={"name": "binh", "password": "một mật khẩu dài"})
        assert "bị đứt ở mục 3" in client.get(LOG).text
