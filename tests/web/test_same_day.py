"""A clerk corrects what they saved until the day's end: by whom, how long, and what the archive then says."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, update

from scanflow.archive.database.tables import batches
from scanflow.archive.log.queries import LogQuery, find
from scanflow.archive.logbook import JOINED, MOVED_IN, REARRANGED, SPLIT, TYPE_SET
from scanflow.archive.manifest import read_manifest
from scanflow.archive.store.keys import manifest_key
from scanflow.clock import in_vietnam, now
from scanflow.desk.context import Desk
from scanflow.membership import DEFAULT_AGENCY
from scanflow.model import BatchState
from scanflow.web.app import make_app
from tests.review.filing import file_document
from tests.web.reviewing import signed_in
from tests.web.serving import COUNTER, staffed_desk

SAVED, WRONG, RIGHT = "20261127-080000-0000cafe", "H13.42-260804-0081", "H13.42-260804-0082"
AT = f"/desk/stacks/{SAVED}/correct"

pytestmark = pytest.mark.usefixtures("one_day")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Lan has saved a stack of one paper of two pages."""
    with staffed_desk(tmp_path) as opened:
        catalog = opened.services.catalog
        values = {
            "id": SAVED, "origin": "desk", "operator": "lan", "counter": COUNTER, "state": BatchState.CLOSED,
            "agency": DEFAULT_AGENCY, "clerk_number": WRONG, "created_at": now(), "updated_at": now(),
            "closed_at": now(), "held_since": now(),
        }  # fmt: skip
        with catalog.transaction() as connection:
            connection.execute(insert(batches).values(**values))
        file_document(opened.services.store, catalog, WRONG, [["tờ khai"], ["mặt sau"]], batch=SAVED)
        yield opened


@pytest.fixture
def lan(desk: Desk) -> TestClient:
    return signed_in(make_app(desk), "lan", COUNTER)


def close_at(desk: Desk, at: datetime) -> None:
    with desk.services.catalog.transaction() as connection:
        connection.execute(update(batches).where(batches.c.id == SAVED).values(closed_at=at, updated_at=at))


def actions(desk: Desk) -> set[tuple[str, str]]:
    return {(each.entry.actor, each.entry.action) for each in find(desk.services.catalog, LogQuery(), 1000)}


def test_a_wrong_number_is_corrected(desk: Desk, lan: TestClient) -> None:
    assert f'href="{AT}"' in lan.get("/desk/today").text
    assert f'href="{AT}"' in lan.get(f"/desk/stacks/{SAVED}/filed").text
    assert WRONG in lan.get(AT).text
    refused = lan.post(f"{AT}/move", data={"to": "H13.42-269999-0001"})
    assert refused.status_code == 200
    assert "Mã hồ sơ chưa đúng dạng" in refused.text
    assert 'value="H13.42-269999-0001"' not in refused.text  # there is no field for all of one paper
    kept = lan.post(f"{AT}/move", data={"to": "H13.42-269999-0001", "first": "1"})
    assert 'value="H13.42-269999-0001"' in kept.text  # what was typed stays in its field
    assert lan.post(f"{AT}/move", data={"to": f" {RIGHT.lower()} "}).status_code == 303
    catalog, store = desk.services.catalog, desk.services.store
    found = catalog.dossier(RIGHT)
    assert found is not None
    assert [(each.no, each.batch_id) for each in found.documents] == [(1, SAVED)]
    assert catalog.dossier(WRONG).documents == ()  # type: ignore[union-attr]  # it stays, without papers
    (document,) = read_manifest(store.get(manifest_key(RIGHT, 1)))["documents"]
    assert document["batch_id"] == SAVED  # so it is after a rebuild, too
    assert ("lan", MOVED_IN) in actions(desk)
    shown = lan.get(f"{AT}?done=moved").text
    assert "Đã chuyển sang mã hồ sơ đúng" in shown
    assert f"/desk?number={RIGHT}&amp;existing=true" in shown
    assert "checked" in lan.get(f"/desk?number={RIGHT}&existing=true").text


def test_a_type_is_corrected_once_and_a_page_is_shown(desk: Desk, lan: TestClient) -> None:
    form = {"first": "1", "version": "1", "choice": "giay-uy-quyen"}
    assert lan.post(f"{AT}/type", data=form).status_code == 303
    (document,) = desk.services.catalog.dossier(WRONG).documents  # type: ignore[union-attr]  # it is there
    assert document.type == "giay-uy-quyen"
    assert ("lan", TYPE_SET) in actions(desk)
    outdated = lan.post(f"{AT}/type", data={**form, "version": "7"})
    assert outdated.status_code == 200
    assert "is-stop" in outdated.text
    assert lan.post(f"{AT}/type", data={**form, "first": "9"}).status_code == 404
    picture = lan.get(f"{AT}/pages/1.jpg?nth=2")
    assert picture.headers["content-type"] == "image/jpeg"
    assert lan.get(f"{AT}/pages/1.jpg?nth=3").status_code == 404


def pages_of(desk: Desk) -> list[int]:
    found = desk.services.catalog.dossier(WRONG)
    assert found is not None
    return [each.versions[-1].pages for each in found.documents]


def test_pages_are_put_right(desk: Desk, lan: TestClient) -> None:
    paper = {"first": "1", "version": "1", "nth": "2"}
    assert lan.post(f"{AT}/pages", data={**paper, "do": "right"}).status_code == 303
    refused = lan.post(f"{AT}/pages", data={**paper, "do": "left"})  # it was another version that was seen
    assert "is-stop" in refused.text
    paper["version"] = "2"
    assert "is-stop" in lan.post(f"{AT}/pages", data={**paper, "do": "join"}).text  # nothing is before it
    assert "is-stop" in lan.post(f"{AT}/pages", data={**paper, "nth": "1", "do": "earlier"}).text
    assert lan.post(f"{AT}/pages", data={**paper, "do": "earlier"}).status_code == 303
    paper["version"] = "3"
    assert lan.post(f"{AT}/pages", data={**paper, "do": "split"}).status_code == 303
    assert pages_of(desk) == [1, 1]
    shown = lan.get(AT).text
    second = re.findall(r'id="saved-(\d+)"', shown)[1]
    assert shown.count('value="join"') == 1
    joined = lan.post(f"{AT}/pages", data={"first": second, "version": "1", "do": "join"})
    assert joined.status_code == 303
    assert pages_of(desk) == [2]
    filed = lan.get(f"/desk/stacks/{SAVED}/filed").text
    assert filed.count("<td>1</td>") == 1  # one paper, whatever became of it in between
    assert lan.post(f"{AT}/pages", data={**paper, "do": "burn"}).status_code == 422
    assert {action for _, action in actions(desk)} >= {REARRANGED, SPLIT, JOINED}


def test_nobody_else_and_no_other_day(desk: Desk, lan: TestClient) -> None:
    paths = [AT, f"{AT}/pages/1.jpg"]
    minh = signed_in(make_app(desk), "minh", COUNTER)
    assert f'href="{AT}"' not in minh.get("/desk/today").text
    assert [minh.get(path).status_code for path in paths] == [403, 403]
    assert minh.post(f"{AT}/move", data={"to": RIGHT}).status_code == 403
    midnight = in_vietnam(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    close_at(desk, midnight)  # the first moment of this day in Vietnam
    assert lan.get(AT).status_code == 200
    close_at(desk, midnight - timedelta(seconds=1))
    assert [lan.get(path).status_code for path in paths] == [403, 403]
    assert lan.post(f"{AT}/move", data={"to": RIGHT}).status_code == 403
    assert desk.services.catalog.dossier(RIGHT) is None
    assert f'href="{AT}"' not in lan.get(f"/desk/stacks/{SAVED}/filed").text


def test_the_slip_asks_for_what_the_saved_dossier_lacks(desk: Desk, lan: TestClient) -> None:
    assert "/filed/slip?dossier=0" in lan.get(f"/desk/stacks/{SAVED}/filed").text
    slip = lan.get(f"/desk/stacks/{SAVED}/filed/slip?dossier=0").text
    assert "PHIẾU YÊU CẦU BỔ SUNG" in slip
    assert WRONG in slip
    assert "Giấy chứng sinh" in slip
    assert lan.get(f"/desk/stacks/{SAVED}/filed/slip?dossier=1").status_code == 404
