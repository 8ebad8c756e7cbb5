"""Figures and the audit log in Chromium: accessible, wide and narrow, without sideways scrolling."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.browsers import require_good_page, search_page
from tests.web.reviewing import small_desk
from tests.web.serving import serving_agents


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with small_desk(tmp_path_factory.mktemp("reports")) as desk, serving_agents(desk) as server:
        yield server


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Page]:
    """An auditor, who sees all of these pages."""
    with search_page(browser, address, "binh") as opened:
        yield opened


def test_figures_are_chosen_shown_and_downloaded(page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Số liệu").click()
    expect(page.locator("#shares tbody tr")).to_have_count(6)
    expect(page.get_by_role("img", name="Giấy tờ đã lưu theo ngày")).to_be_visible()
    require_good_page(page)
    page.locator("input[name=from]").fill("2026-01-01")
    page.locator("input[name=to]").fill("2030-12-31")
    page.locator("#time button[type=submit]").click()
    expect(page).to_have_url(re.compile("from=2026-01-01"))
    expect(page.locator("#papers-title")).to_have_text("Giấy tờ đã lưu theo tháng")
    page.locator("#procedures a").first.click()
    expect(page.locator("#chosen")).to_be_visible()
    with page.expect_download() as file:
        page.locator("#csv").click()
    assert file.value.suggested_filename == "so-lieu.csv"


def test_figures_are_printed_without_what_is_for_the_screen(page: Page) -> None:
    page.goto("/review/figures")
    page.emulate_media(media="print")
    expect(page.locator("#time")).to_be_hidden()
    expect(page.locator("header.bar")).to_be_hidden()
    expect(page.locator(".plot")).to_be_visible()
    page.emulate_media(media="screen")


def test_the_log_is_narrowed_and_says_how_far_the_chain_is_whole(page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Nhật ký").click()
    expect(page.locator("#chain")).to_contain_text("nguyên vẹn")
    require_good_page(page)
    page.get_by_label("Người thực hiện").fill("binh")
    page.get_by_label("Việc").select_option("log read")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Xem", exact=True).click()
    expect(page.locator("#entries tbody tr").first).to_contain_text("xem nhật ký")
    expect(page.locator("#entries")).not_to_contain_text("đăng nhập")
