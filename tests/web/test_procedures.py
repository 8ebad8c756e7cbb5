"""The operator's pages of imported lists, through the application and in a browser."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from scanflow.archive.people import accounts
from scanflow.archive.site_profiles import profiles_of
from scanflow.classify.procedures.importing import plan_import
from scanflow.classify.procedures.published_files import read_source
from scanflow.classify.profile_files import own_profiles
from scanflow.classify.profiles import Profiles
from scanflow.desk.context import Desk
from scanflow.membership import Membership, Role
from scanflow.settings import ClassifySettings
from scanflow.web.app import make_app
from tests.classify.procedures.lists import KITE, write_list
from tests.patience import PATIENCE, wait_until
from tests.web.serving import ORIGIN, PASSWORD, serving_agents, staffed_desk

OPERATOR = "quan-tri"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    read = [each for _, each in read_source(write_list(tmp_path / "list.jsonl")).procedures]
    plan_import(read, own_profiles(tmp_path), date(2026, 1, 1)).write()
    with staffed_desk(tmp_path) as opened:
        catalog = opened.services.catalog
        accounts.add_user(catalog, OPERATOR, "Quản Trị", PASSWORD, member=Membership(role=Role.OPERATOR))
        yield opened


def required(home: Path) -> list[tuple[str, bool]]:
    return required_in(profiles_of(ClassifySettings(), home))


def required_in(profiles: Profiles) -> list[tuple[str, bool]]:
    procedure = profiles.procedures[KITE]
    return [(row.titles[0], row.required) for row in procedure.required]


def signed_in(desk: Desk, name: str) -> TestClient:
    client = TestClient(make_app(desk), headers={"Origin": ORIGIN})
    client.post("/sign-in", data={"name": name, "password": PASSWORD})
    return client


def test_only_operators_see_and_correct_lists(desk: Desk) -> None:
    with signed_in(desk, "lan") as client:
        assert client.get("/procedures").status_code == 403
        assert client.get(f"/procedures/{KITE}").status_code == 403
        sent = client.post(f"/procedures/{KITE}", data={"key": "0" * 16, "action": "none"})
        assert sent.status_code in {403, 404}
    assert not (own_profiles(desk.services.settings.home) / "procedures" / "corrections.jsonl").exists()


def test_what_cannot_be_is_refused(desk: Desk) -> None:
    with signed_in(desk, OPERATOR) as client:
        assert client.get("/procedures/9.999999").status_code == 404
        text = client.get(f"/procedures/{KITE}").text
        key = text.partition('id="row-')[2][:16]
        for wrong in ({"titles": ""}, {"titles": "Đơn", "count": "0"}, {"titles": "x" * 400}):
            sent = client.post(f"/procedures/{KITE}", data={"key": key, "action": "save", **wrong})
            assert sent.status_code == 422
            assert 'id="problem"' in sent.text
        assert client.post(f"/procedures/{KITE}", data={"key": "none", "action": "none"}).status_code == 404


def test_an_operator_corrects_a_row_and_takes_it_back(desk: Desk, browser: Browser) -> None:
    home = desk.services.settings.home
    before = required(home)
    page = browser.new_page(locale="vi-VN")
    page.set_default_timeout(1000 * PATIENCE)
    with serving_agents(desk) as address:
        page.goto(f"{address}/procedures")
        page.fill("#name", OPERATOR)
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/procedures")
        page.fill("#q", "tha dieu")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Cấp giấy phép thả diều", exact=True).click()
        photos = page.locator("article", has_text="02 ảnh màu cỡ 4x6")
        key = photos.locator("[name=key]").input_value()
        photos.locator("summary").click()
        photos.locator("textarea").fill("Ảnh chân dung\nẢnh thẻ")
        photos.locator("[name=required]").uncheck()
        photos.locator("[value=save]").click()
        expect(photos.locator(".state")).to_contain_text("Ảnh chân dung · Ảnh thẻ")
        expect(photos).to_contain_text(OPERATOR)
        corrected = [*before[:2], ("Ảnh chân dung", False)]
        assert required(home) == corrected
        # The services that run use it, too.
        assert wait_until(lambda: required_in(desk.services.profiles) == corrected)
        photos.locator("summary").click()
        photos.locator("[value=undo]").click()
        expect(photos.locator(".state")).to_contain_text("Ảnh màu")
    assert required(home) == before
    page.close()
    said = desk.services.catalog.log_entries(f"procedures/{KITE}/{key}")
    assert [(each.actor, each.action) for each in said] == [(OPERATOR, "procedure row corrected")] * 2
    assert said[0].after["titles"] == ["Ảnh chân dung", "Ảnh thẻ"]
