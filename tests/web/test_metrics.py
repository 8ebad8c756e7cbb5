"""`/metrics` as Prometheus reads it, for this machine or with a token; and the dashboard in deploy/."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from scanflow.desk.context import Desk
from scanflow.errors import CatalogUnavailableError
from scanflow.membership import Scope
from scanflow.settings import Settings
from scanflow.web.app import make_app
from scanflow.web_settings import WebSettings
from tests.web.calling import new_token
from tests.web.reviewing import OURS, THEIRS, reviewed_desk, signed_in

BOARD = Path(__file__).parents[2] / "deploy" / "grafana-board.json"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with reviewed_desk(Settings(home=tmp_path_factory.mktemp("metrics"), jobs=1)) as opened:
        yield opened


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    return make_app(desk)


def local(app: FastAPI, **headers: str) -> TestClient:
    return TestClient(app, headers=headers, client=("127.0.0.1", 5000))


def values(text: str) -> dict[str, float]:
    """Sums of all samples by their names."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0) + sample.value
    return found


def test_it_tells_how_much_there_is_and_how_the_server_answers(app: FastAPI) -> None:
    client = local(app)
    client.get("/sign-in")
    client.get("/nowhere-12345")
    text = client.get("/metrics").text
    found = values(text)
    assert (found["scanflow_catalog_up"], found["scanflow_dossiers"], found["scanflow_documents"]) == (
        1,
        2,
        3,
    )
    assert found["scanflow_http_request_seconds_count"] >= 2 and found["scanflow_log_entries"] > 0
    assert 'section="sign-in"' in text and 'section="other"' in text
    assert OURS not in text and THEIRS not in text and "12345" not in text and "H57" not in text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_nobody_sees_it_through_a_proxy_or_from_elsewhere(app: FastAPI, header: str) -> None:
    assert local(app, **{header: "127.0.0.1"}).get("/metrics").status_code == 404
    assert TestClient(app, client=("10.0.0.5", 1)).get("/metrics").status_code == 404
    assert signed_in(app, "thu").get("/metrics").status_code == 404


def test_a_token_needs_the_scope(app: FastAPI, desk: Desk) -> None:
    def status(token: str) -> int:
        client = TestClient(app, headers={"Authorization": f"Bearer {token}"}, client=("10.0.0.5", 1))
        return int(client.get("/metrics").status_code)

    assert status(new_token(desk, Scope.METRICS)) == 200
    assert status(new_token(desk, *(set(Scope) - {Scope.METRICS}))) == 404
    assert status("sft_forged") == 404
    assert local(app, Authorization="Bearer sft_forged").get("/metrics").status_code == 404


def test_the_setting_closes_it_on_loopback(tmp_path: Path) -> None:
    with reviewed_desk(Settings(home=tmp_path, jobs=1, web=WebSettings(metrics_on_loopback=False))) as desk:
        assert local(make_app(desk)).get("/metrics").status_code == 404


def test_it_says_so_where_the_catalog_is_away(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise CatalogUnavailableError("away")

    monkeypatch.setattr("scanflow.review.waiting_items.work.work_figures", away)
    found = values(local(app).get("/metrics").text)
    assert found["scanflow_catalog_up"] == 0 and "scanflow_dossiers" not in found


def test_the_board_asks_for_metrics_that_are_there(app: FastAPI) -> None:
    client = local(app)
    client.get("/sign-in")
    told = set(values(client.get("/metrics").text))
    board = json.loads(BOARD.read_text("utf-8"))
    asked = set(
        re.findall(r"scanflow_\w+", " ".join(t["expr"] for p in board["panels"] for t in p["targets"]))
    )
    assert len(asked) > 10 and asked <= told
