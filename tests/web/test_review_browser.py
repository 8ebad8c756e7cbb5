"""Reviewers in Chromium: the list, a dossier, the viewer by mouse and by keyboard, wide and narrow."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pipeline.archives import EITHER, archive_settings
from tests.review.filing import file_document
from tests.web.browsers import NARROW, WIDE, faultless_pages, require_access, sign_in
from tests.web.late_scripts import late_scripts, wait_for_head
from tests.web.reviewing import OURS, PAGES, SOUTH, reviewed_desk, small_desk
from tests.web.serving import serving_agents

THIRD = "/pages/3/picture.jpg?width=1100"
LOOKED_AT = "H57.133-260804-0007"
Opener = Callable[[str], Page]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with small_desk(tmp_path_factory.mktemp("review")) as desk, serving_agents(desk) as server:
        yield server


@pytest.fixture(scope="module", params=EITHER)
def either(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on SQLite and a folder, and on PostgreSQL and S3, for the main tests."""
    settings = archive_settings(tmp_path_factory.mktemp("either"), request, request.param)
    with reviewed_desk(settings) as desk, serving_agents(desk) as server:
        # Of the other agency, so that no test of this one's papers changes or counts it.
        file_document(desk.services.store, desk.services.catalog, LOOKED_AT, PAGES, agency=SOUTH)
        yield server


@pytest.fixture
def reviewer(browser: Browser, address: str) -> Iterator[Opener]:
    with opener(browser, address) as sign_in:
        yield sign_in


@pytest.fixture
def own_reviewer(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Has an archive of the test's own: what moves to another dossier is not there for other tests."""
    with (
        small_desk(tmp_path) as desk,
        serving_agents(desk) as server,
        opener(browser, server) as sign_in,
    ):
        yield sign_in


@pytest.fixture
def anybody(browser: Browser, either: str) -> Iterator[Opener]:
    with opener(browser, either) as sign_in:
        yield sign_in


@contextmanager
def opener(browser: Browser, address: str) -> Iterator[Opener]:
    """Signs a person in, in a browser of their own."""
    with faultless_pages(browser, address) as open_page:

        def signed_in_page(name: str) -> Page:
            page = open_page()
            sign_in(page, name)
            return page

        yield signed_in_page


def test_from_the_list_to_a_word_on_the_paper(reviewer: Opener) -> None:
    page = reviewer("thu")
    page.get_by_role("navigation").get_by_role("link", name="Hồ sơ đã lưu").click()
    page.get_by_role("link", name=OURS).click()
    expect(page.locator("#documents li")).to_have_count(2)
    expect(page.locator("#history")).to_contain_text("lưu vào kho")
    page.get_by_role("link", name="Tờ khai đăng ký khai sinh").click()
    expect(page.locator("#picture")).to_have_attribute("href", re.compile(r"/pages/1/picture\.jpg"))
    expect(page.locator(".word.is-doubtful", has_text="Hoa")).to_be_visible()
    # A value's place on the paper.
    page.locator("[data-field-box]").first.click()
    expect(page.locator("#field-box")).to_have_attribute("width", "164")
    # The word under the pointer is marked on the paper and in the text.
    page.locator(".word", has_text="CỘNG").hover()
    expect(page.locator("rect.is-pointed")).to_have_count(1)


@pytest.mark.parametrize(
    ("path", "used"),
    [
        ("/review", "#q"),
        (f"/review/dossiers/{OURS}/1", "#page"),
        (f"/review/dossiers/{OURS}/1/pages/2/correct", "#correcting"),
        ("/review/uploads", "#upload"),
    ],
)
def test_a_page_is_shown_when_its_scripts_have_come(reviewer: Opener, path: str, used: str) -> None:
    """What a person does before would be lost, or the browser alone would act on it: Enter in a line that is
    being corrected would send all lines as confirmed.
    """
    page = reviewer("thu")
    with late_scripts(page):
        page.goto(path, wait_until="commit")
        wait_for_head(page)
        assert page.evaluate("document.body") is None
    expect(page.locator(used)).to_be_visible()


def test_an_enter_that_is_held_down_decides_one_item_only(reviewer: Opener) -> None:
    page = reviewer("thu")
    page.goto("/review/queue")
    expect(page.locator("#next-item")).to_be_focused()
    page.keyboard.down("Enter")
    expect(page.locator("#task, .key-line").first).to_be_visible()
    shown = page.url
    page.keyboard.down("Enter")  # Playwright says that it is repeated
    page.wait_for_load_state("networkidle")
    assert page.url == shown
    page.keyboard.up("Enter")


def test_a_word_is_searched_and_found_on_the_paper(anybody: Opener) -> None:
    page = anybody("thu")
    page.keyboard.type("to khai dang")
    expect(page.locator("#suggestions option").first).to_be_attached()
    page.locator("#q").fill("nguyen thi hoa")
    expect(page.locator("#total")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("#total")).to_have_text("Tìm thấy 2 trang")
    expect(page.locator(".snippet mark", has_text="Nguyễn").first).to_be_visible()
    page.locator(".facets").get_by_role("link", name="Tờ khai đăng ký khai sinh").click()
    expect(page.locator("#hits li")).to_have_count(1)
    page.locator("#hits a").click()
    expect(page.locator("rect.is-hit")).to_have_count(4)  # HÒA, too
    page.goto("/review?q=-hoa")
    expect(page.locator("#problem")).to_contain_text("loại trừ")


def test_the_queue_is_worked_off_by_keyboard_alone(anybody: Opener) -> None:
    page = anybody("thu")
    page.goto("/review/queue")
    expect(page.locator("#items li")).to_have_count(2)
    expect(page.locator("#next-item")).to_be_focused()
    page.keyboard.press("Enter")
    # The dossier that lacks papers: why it may be closed is said, and on to the next.
    expect(page.locator("#task")).to_contain_text("thiếu")
    page.locator("#task-reason").focus()
    page.keyboard.type("đã trả dân")
    page.keyboard.press("Enter")
    # A doubtful value beside its picture: Enter confirms it, Enter saves.
    field = page.get_by_label("Họ và tên")
    expect(field).to_be_focused()
    expect(page.locator(".key-line image")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#save")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#did")).to_contain_text("Đã xác nhận")
    expect(page.locator("#none")).to_be_visible()
    page.keyboard.press("z")
    expect(page.locator("#done")).to_contain_text("Đã hoàn tác")
    expect(page.locator("[data-field-box].is-doubtful")).to_contain_text("Nguyễn Thị Hoa")
    page.keyboard.press("t")
    expect(page.locator("#choice")).to_be_focused()


def test_pages_are_arranged_and_the_change_is_seen(anybody: Opener) -> None:
    page = anybody("thu")
    page.goto(f"/review/dossiers/{OURS}/1")
    page.locator("#arrange").click()
    expect(page.locator(".sheet-card")).to_have_count(3)
    page.get_by_role("button", name="Đưa trang 1 ra sau").press("Enter")
    expect(page.locator("#moved")).to_have_text("Trang 1 ở vị trí 2. Chưa lưu.")
    page.get_by_role("button", name="Xoay trang 3 sang phải").click()
    page.get_by_role("button", name="Lưu thứ tự và chiều trang").click()
    expect(page.locator("#done")).to_contain_text("thứ tự và chiều trang")
    expect(page.locator(".text-line").first).to_contain_text("trang thứ hai")
    page.goto(f"/review/dossiers/{OURS}/1?page=3")
    expect(page.locator("#sheet")).to_have_attribute("viewBox", "0 0 297 420")
    page.locator("#correct").click()
    page.get_by_label("Dòng 1").fill("trang sau cùng")
    page.keyboard.press("Enter")
    page.locator("#save").click()
    page.locator("#compare").click()
    expect(page.locator("#changes ins")).to_contain_text("sau cùng")
    # Split, and joined again.
    page.goto(f"/review/dossiers/{OURS}/1/arrange")
    page.get_by_role("button", name="Tách thành giấy tờ mới từ trang 3").click()
    expect(page.locator("#done")).to_contain_text("tách")
    page.goto(f"/review/dossiers/{OURS}")
    expect(page.locator("#documents li")).to_have_count(3)
    page.goto(f"/review/dossiers/{OURS}/1/arrange")
    page.get_by_role("button", name="Gộp giấy tờ 3 vào sau giấy tờ này").click()
    expect(page.locator("#done")).to_contain_text("gộp")
    page.locator("#about").click()
    expect(page.locator("#history")).to_contain_text("tách giấy tờ")
    expect(page.locator("#versions li")).to_have_count(5)


def test_pages_are_turned_zoomed_and_left_by_keyboard(anybody: Opener) -> None:
    page = anybody("nam")
    page.goto(f"/review/dossiers/{LOOKED_AT}/1?q=nguyen")
    expect(page.locator("rect.is-hit")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#page")).to_have_attribute("data-no", "2")
    expect(page).to_have_url(re.compile(r"page=2&q=nguyen"))
    expect(page.locator("#thumb-2")).to_have_attribute("aria-current", "true")
    page.keyboard.press("f")
    expect(page.locator("#page")).to_have_attribute("data-no", "3")
    page.keyboard.press("Shift+F")
    expect(page.locator("#page")).to_have_attribute("data-no", "1")
    before = page.locator("#sheet").bounding_box()
    page.keyboard.press("+")
    expect(page.locator("#picture")).to_have_attribute("href", re.compile("width=2000"))
    after = page.locator("#sheet").bounding_box()
    assert before and after and after["width"] > before["width"] * 1.2
    page.keyboard.press("r")
    expect(page.locator("#sheet")).to_have_attribute("viewBox", "0 0 297 420")
    page.keyboard.press("b")
    expect(page.locator("body.with-boxes")).to_be_visible()
    page.locator("#copy").click()
    expect(page.locator("#copied")).to_have_text("Đã chép")


def test_a_picture_that_does_not_load_is_reported(reviewer: Opener) -> None:
    page = reviewer("binh")
    pictures = re.compile(r"picture\.jpg")
    page.route(pictures, lambda route: route.abort())
    page.goto(f"/review/dossiers/{OURS}/1?page=2")
    expect(page.locator("#picture-lost")).to_be_visible()
    expect(page.locator("#picture-lost")).to_contain_text("Không tải được ảnh")
    page.unroute(pictures)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if THIRD in request.url else None)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#page")).to_have_attribute("data-no", "3")
    expect(page.locator("#picture-lost")).to_be_hidden()
    page.wait_for_load_state("networkidle")
    assert len(asked) == 1, "a picture that comes is fetched once"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_pages_are_accessible_and_fit_a_telephone(reviewer: Opener, language: str) -> None:
    page = reviewer("binh")
    page.locator(f"[name=language][value={language}]").click()
    for path in (
        "/review",
        "/review?q=hoa",
        "/review/queue",
        "/review/dossiers",
        f"/review/dossiers/{OURS}",
        f"/review/dossiers/{OURS}/2?q=hoa",
        f"/review/dossiers/{OURS}/1/about",
        f"/review/dossiers/{OURS}/1/compare?version=1&with=1",
    ):
        page.goto(path)
        require_access(page)
        page.set_viewport_size(NARROW)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
        page.set_viewport_size(WIDE)


def test_a_line_is_keyed_from_its_image_and_the_document_moved(own_reviewer: Opener) -> None:
    page = own_reviewer("thu")
    page.goto(f"/review/dossiers/{OURS}/1")
    page.locator("#correct").click()
    # The doubtful line has the focus, its picture stands beside.
    field = page.get_by_label("Dòng 2")
    expect(field).to_be_focused()
    expect(page.locator(".key-line").nth(1).locator("image")).to_have_count(1)
    field.fill("Nguyễn Thị Hòa")
    page.keyboard.press("Enter")
    expect(page.locator("#save")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_contain_text("phiên bản mới")
    expect(page.locator(".text-line .is-corrected")).to_have_text("Hòa")
    expect(page.locator(".text-line .is-doubtful")).to_have_count(0)
    page.locator("#move summary").click()
    page.locator("#to").fill("H57.132-260804-0033")
    page.get_by_role("button", name="Chuyển giấy tờ").click()
    expect(page.locator("#done")).to_contain_text("Đã chuyển")
    expect(page.locator("h1")).to_contain_text("H57.132-260804-0033")
    page.locator("#move summary").click()
    page.locator("#to").fill(OURS)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(OURS)
    page.goto(f"/review/dossiers/{OURS}")
    expect(page.locator("#history")).to_contain_text("nhận giấy tờ chuyển đến ← H57.132-260804-0033")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_pages_that_change_something_are_accessible_and_fit(reviewer: Opener, language: str) -> None:
    page = reviewer("thu")
    page.locator(f"[name=language][value={language}]").click()
    for path in (
        "/review/queue",
        f"/review/dossiers/{OURS}?task=dossier",
        f"/review/dossiers/{OURS}/2?task=type",
        f"/review/dossiers/{OURS}/2/arrange",
        f"/review/dossiers/{OURS}/2/values",
    ):
        page.goto(path)
        require_access(page)
        page.set_viewport_size(NARROW)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], path
        page.set_viewport_size(WIDE)
