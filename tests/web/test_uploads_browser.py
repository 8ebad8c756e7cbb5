"""Files dropped on a page in Chromium: progress, pause, broken connections, a reload."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import delete

from scanflow.archive.database.tables import sessions
from scanflow.desk.context import Desk
from scanflow.ledger.files import batch_files
from scanflow.pipeline.intake import uploads
from scanflow.pipeline.intake.uploads import Uploader
from tests.pipeline.archives import archive_settings
from tests.web.browsers import fill_in_sign_in, require_good_page, search_page
from tests.web.reviewing import NORTH, OURS, reviewed_desk
from tests.web.serving import serving_agents

PIECE = 2 * 2**20
THU = Uploader("thu", NORTH)


@pytest.fixture(scope="module")
def address(desk: Desk) -> Iterator[str]:
    with serving_agents(desk) as server:
        yield server


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with uploading(browser, address) as opened:
        yield opened


@contextmanager
def uploading(browser: Browser, address: str) -> Iterator[Page]:
    """A reviewer before the page of uploads."""
    with search_page(browser, address, "thu") as opened:
        opened.goto("/review/uploads")
        yield opened


def new_file(folder: Path, name: str, size: int) -> Path:
    path = folder / name
    path.write_bytes(hashlib.sha256(name.encode()).digest() * (size // 32))
    return path


def held(desk: Desk, name: str) -> uploads.Upload:
    found = uploads.own_uploads(desk.services.settings, THU)
    return next(each for each in found if each.name == name)


def test_a_file_goes_on_after_the_connection_broke(desk: Desk, page: Page, tmp_path: Path) -> None:
    sent: list[int] = []

    def break_second(route: Route) -> None:
        sent.append(int(route.request.headers["upload-offset"]))
        if len(sent) == 2:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(re.compile("/api/v1/uploads/[0-9a-f]+$"), lambda route: (
        break_second(route) if route.request.method == "PATCH" else route.continue_()
    ))  # fmt: skip
    page.locator("#dossier").fill(OURS)
    page.locator("#files").set_input_files(new_file(tmp_path, "broken.pdf", 3 * PIECE))
    expect(page.locator("#uploads .state")).to_have_text("đang đọc và lưu")
    assert sent == [0, PIECE, PIECE, 2 * PIECE], "what arrived is not sent again"
    done = held(desk, "broken.pdf")
    assert (done.offset, done.number) == (3 * PIECE, OURS) and done.batch


def test_a_file_is_paused_and_goes_on_also_after_a_reload(desk: Desk, page: Page, tmp_path: Path) -> None:
    path = new_file(tmp_path, "paused.pdf", 3 * PIECE)
    stopped: list[Route] = []

    def hold_second(route: Route) -> None:
        if route.request.method == "PATCH" and route.request.headers["upload-offset"] != "0":
            stopped.append(route)
        else:
            route.continue_()

    address = re.compile("/api/v1/uploads/[0-9a-f]+$")
    page.route(address, hold_second)
    page.locator("#files").set_input_files(path)
    expect(page.locator("#uploads progress")).to_have_js_property("value", 1 / 3)
    page.get_by_role("button", name="Tạm dừng").click()
    expect(page.locator("#uploads .state")).to_have_text("đang tạm dừng")
    assert held(desk, "paused.pdf").offset == PIECE
    require_good_page(page)
    page.unroute(address)
    page.reload()
    page.locator("#files").set_input_files(path)
    expect(page.locator("#uploads .state")).to_have_text("đang đọc và lưu")
    names = [each.name for each in uploads.own_uploads(desk.services.settings, THU)]
    assert names.count("paused.pdf") == 1 and held(desk, "paused.pdf").batch


def test_a_file_goes_on_after_the_session_ended(desk: Desk, page: Page, tmp_path: Path) -> None:
    sent: list[int] = []

    def end_session(route: Route) -> None:
        if route.request.method == "PATCH":
            sent.append(int(route.request.headers["upload-offset"]))
            if len(sent) == 2:
                with desk.services.catalog.transaction() as connection:
                    connection.execute(delete(sessions))
        route.continue_()

    page.route(re.compile("/api/v1/uploads/[0-9a-f]+$"), end_session)
    page.locator("#files").set_input_files(new_file(tmp_path, "ended.pdf", 3 * PIECE))
    expect(page.locator("#uploads .state")).to_contain_text("Đăng nhập lại")
    other = page.context.new_page()
    other.goto("/review/uploads")
    with other.expect_navigation():
        fill_in_sign_in(other, "thu")
    other.close()
    page.get_by_role("button", name="Gửi tiếp").click()
    expect(page.locator("#uploads .state")).to_have_text("đang đọc và lưu")
    assert sent == [0, PIECE, PIECE, 2 * PIECE], "what arrived is not sent again"
    assert held(desk, "ended.pdf").batch


@pytest.mark.s3
@pytest.mark.postgresql
def test_a_file_is_stored_and_taken_on_postgresql_and_s3(
    browser: Browser, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    settings = archive_settings(tmp_path / "home", request, "s3")
    with (
        reviewed_desk(settings) as desk,
        serving_agents(desk) as address,
        uploading(browser, address) as page,
    ):
        page.locator("#dossier").fill(OURS)
        page.locator("#files").set_input_files(new_file(tmp_path, "shared.pdf", 2 * PIECE))
        expect(page.locator("#uploads .state")).to_have_text("đang đọc và lưu")
        batch = held(desk, "shared.pdf").batch
        with desk.services.catalog.reading() as connection:
            (file,) = batch_files(connection, batch or "")
        stored = desk.services.store.get(file.object_key or "")
        assert hashlib.sha256(stored).hexdigest() == file.sha256 and len(stored) == 2 * PIECE


def test_files_that_are_dropped_together_are_one_batch(desk: Desk, page: Page, tmp_path: Path) -> None:
    tried: list[Route] = []

    def break_first(route: Route) -> None:
        tried.append(route)
        if len(tried) == 1:
            # It arrived; the answer did not.
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/api/v1/batches", break_first)
    page.locator("#together").check()
    page.locator("#files").set_input_files([new_file(tmp_path, f"photo{no}.jpg", 64) for no in (1, 2)])
    expect(page.locator("#uploads .state").last).to_have_text(re.compile("đọc|chờ"))
    assert held(desk, "photo1.jpg").batch == held(desk, "photo2.jpg").batch
    assert len(tried) == 2


def test_a_refused_upload_is_reported_and_a_cancelled_one_is_removed(
    desk: Desk, page: Page, tmp_path: Path
) -> None:
    page.locator("#dossier").fill("không phải mã")
    page.locator("#files").set_input_files(new_file(tmp_path, "wrong.pdf", 64))
    expect(page.locator("#uploads .is-failed .state")).to_contain_text("Mã hồ sơ chưa đúng")
    page.get_by_role("button", name="Hủy").click()
    expect(page.locator("#uploads li")).to_have_count(0)
    assert "wrong.pdf" not in [each.name for each in uploads.own_uploads(desk.services.settings, THU)]
