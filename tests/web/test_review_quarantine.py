"""Quarantined pages: shown, tried again, replaced, set aside with a reason; of the own agency only."""

from pathlib import Path

import msgspec
from fastapi import FastAPI
from fastapi.testclient import TestClient

from scanflow.archive.repair.verify import verify
from scanflow.desk.context import Desk
from scanflow.ledger.batches import get_batch
from scanflow.model import BatchState
from scanflow.settings import Settings
from scanflow.web.app import make_app
from tests.pipeline.live_archive import process
from tests.web.review_items import NUMBER, picture, quarantined
from tests.web.reviewing import NORTH, SOUTH, reviewed_desk, signed_in


def test_a_broken_page_is_seen_replaced_and_settled(desk: Desk, thu: TestClient, tmp_path: Path) -> None:
    data = picture()
    batch_id = quarantined(desk, tmp_path, data[: len(data) // 2])
    base = next(
        f"/review/queue/{kind}/{batch_id}/1"
        for kind in ("quarantine", "file")
        if thu.get(f"/review/queue/{kind}/{batch_id}/1").status_code == 200
    )
    text = thu.get(base).text
    assert NUMBER in text and "Tải bản quét gốc" in text
    assert thu.get(f"{base}/captured").headers["content-disposition"].startswith("attachment")
    assert thu.get(f"{base}/picture.jpg").status_code in (200, 422)
    assert thu.put(f"{base}/replacement?name=..%2F..%2Fx.png", content=b"").status_code == 422
    assert thu.put(f"{base}/replacement?name=..%2F..%2Fx.png", content=picture(401)).status_code == 204
    assert thu.get(base).status_code == 404  # settled
    assert batch_id not in thu.get("/review/queue").text
    entry = next(
        each for each in desk.services.catalog.log_entries(f"batches/{batch_id}") if each.action == "settled"
    )
    assert (entry.actor, entry.after["reason"]) == ("thu", "replaced")
    with desk.services.catalog.reading() as connection:
        row = get_batch(connection, entry.after["batch"])
    assert (row.origin, row.clerk_number, row.agency, row.state) == (
        "review",
        NUMBER,
        NORTH,
        BatchState.TAKEN,
    )
    assert row.operator == "thu"
    assert verify(desk.services.store, desk.services.catalog).ok  # what was captured is still there


def test_what_is_tried_again_goes_the_whole_way(desk: Desk, thu: TestClient, tmp_path: Path) -> None:
    data = picture(402)
    batch_id = quarantined(desk, tmp_path, data[: len(data) // 2])
    kind = "quarantine" if thu.get(f"/review/queue/quarantine/{batch_id}/1").status_code == 200 else "file"
    said = thu.post(f"/review/queue/{kind}/{batch_id}/1/retry")
    assert said.headers["location"] == "/review/queue?done=taken"
    entry = desk.services.catalog.log_entries(f"batches/{batch_id}")[-1]
    again = entry.after["batch"]
    process(desk.services, again)  # it is as broken as before: it waits again, as a new item
    assert f"{again}" in thu.get("/review/queue").text
    reason = {"key": f"{kind}/{again}/1", "reason": "quét lại sau"}
    assert thu.post("/review/queue/settle", data={**reason, "reason": " "}).status_code == 422
    assert thu.post("/review/queue/settle", data=reason).status_code == 303
    assert again not in thu.get("/review/queue").text
    assert thu.post("/review/queue/reopen", data=reason).status_code == 303
    assert again in thu.get("/review/queue").text


def test_another_agencys_quarantine_is_not_there(desk: Desk, thu: TestClient, tmp_path: Path) -> None:
    theirs = quarantined(desk, tmp_path, picture(403)[:900], SOUTH)
    for kind in ("quarantine", "file"):
        for path in ("", "/picture.jpg", "/captured"):
            known = thu.get(f"/review/queue/{kind}/{theirs}/1{path}")
            unknown = thu.get(f"/review/queue/{kind}/20261127-080000-00000000/1{path}")
            assert known.status_code == unknown.status_code == 404
            assert known.text.replace(theirs, "?") == unknown.text.replace("20261127-080000-00000000", "?")
        for path in ("retry", "larger"):
            assert thu.post(f"/review/queue/{kind}/{theirs}/1/{path}").status_code == 404
        assert thu.put(f"/review/queue/{kind}/{theirs}/1/replacement?name=x", content=b"x").status_code == 404
        key = {"key": f"{kind}/{theirs}/1", "reason": "x"}
        assert thu.post("/review/queue/settle", data=key).status_code == 404
        assert thu.post("/review/queue/reopen", data=key).status_code == 404
    assert theirs not in thu.get("/review/queue").text


def test_the_auditor_decides_nothing(app: FastAPI, desk: Desk, tmp_path: Path) -> None:
    batch_id = quarantined(desk, tmp_path, picture(404)[:900])
    auditor = signed_in(app, "binh")
    assert batch_id in auditor.get("/review/queue").text
    for path in ("quarantine", "file"):
        assert auditor.get(f"/review/queue/{path}/{batch_id}/1").status_code == 403
        assert auditor.post(f"/review/queue/{path}/{batch_id}/1/retry").status_code == 403
    for name in ("take", "confirm", "settle", "reopen", "leave", "bulk"):
        form = {"key": f"file/{batch_id}/1", "action": "settle", "reason": "x"}
        assert auditor.post(f"/review/queue/{name}", data=form).status_code == 403, name


def test_larger_limits_show_a_page_that_broke_the_usual_ones(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", jobs=1)
    small = msgspec.structs.replace(settings.limits, pixels=100_000)
    with reviewed_desk(settings.model_copy(update={"limits": small})) as desk:
        thu = signed_in(make_app(desk), "thu")
        batch_id = quarantined(desk, tmp_path, picture())  # 120,000 pixels
        text = thu.get("/review/queue").text
        (kind,) = (each for each in ("quarantine", "file") if f'value="{each}/{batch_id}/1"' in text)
        base = f"/review/queue/{kind}/{batch_id}/1"
        assert thu.get(f"{base}/picture.jpg").status_code in (404, 422)
        assert thu.post(f"{base}/larger").status_code == 303
        assert batch_id not in thu.get("/review/queue").text
