"""Faults at a counter: nothing is lost, and the page says what to do."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from scanflow.archive.people import accounts
from tests.scanner.escl import Fault
from tests.web import sheets
from tests.web.clerk import Clerk
from tests.web.place import PAGE_SECONDS, PASSWORD, Place


def test_a_jam_is_cleared_and_the_stack_goes_on(place: Place, clerk: Clerk) -> None:
    first, *rest = sheets.birth()[:3]
    place.scanner.load([first, *rest])
    place.scanner.fail_after(1, Fault.JAM, place.pages_arrived(1))
    clerk.page.add_init_script(_COUNT_TONES)
    clerk.scan_new("H13.42-260804-0031")
    expect(clerk.page.locator("#failure")).to_contain_text("Giấy bị kẹt trong máy quét")
    _expect_tones(clerk, 3)  # for a clerk who does not look at the page
    expect(clerk.page.locator("#failure")).to_contain_text("Quét tiếp")
    clerk.expect_pages(1)
    place.scanner.unload()
    place.scanner.clear()
    place.scanner.load(rest)
    clerk.press("s")
    expect(clerk.page.locator("#failure")).to_have_count(0)
    clerk.expect_ended()
    clerk.expect_papers("Tờ khai đăng ký khai sinh", "Giấy chứng sinh", "Căn cước / Căn cước công dân")
    _expect_tones(clerk, 5)  # and two of its end
    # Who wants no sound sets that at this computer; it stays so.
    stack = clerk.page.url
    clerk.page.goto("/account")
    clerk.page.locator("#sound").uncheck()
    clerk.page.reload()
    expect(clerk.page.locator("#sound")).not_to_be_checked()
    clerk.page.goto(stack)
    clerk.wait_for_stack()
    place.scanner.load(rest[:1])
    clerk.press("s")
    clerk.expect_pages(4)
    clerk.expect_ended()
    _expect_tones(clerk, 0)
    expect(clerk.page.locator("body[data-sounded]")).to_have_count(0)


def _expect_tones(clerk: Clerk, count: int) -> None:
    """Wait until so many tones were played since the page was loaded; afterwards the browser plays none."""
    clerk.page.wait_for_function("count => (window.tones ?? 0) === count", arg=count)
    clerk.page.wait_for_function("() => !window.played || window.played.state === 'suspended'")


_COUNT_TONES = """
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) {
  window.tones = (window.tones ?? 0) + 1;
  window.played = this.context;
  return start.apply(this, given);
};
"""


def test_a_blurred_page_is_scanned_again_in_its_place(place: Place, clerk: Clerk) -> None:
    form, certificate, *_ = sheets.birth()
    place.scanner.load([sheets.blurred(form), certificate])
    clerk.scan_new("H13.42-260804-0032")
    clerk.expect_ended()
    clerk.expect_pages(2)
    expect(clerk.page.locator("#thumb-1.is-warning")).to_be_visible()
    expect(clerk.page.locator(".verdicts").first).to_contain_text("mờ")
    place.scanner.load([form])
    clerk.page.locator("#thumb-1").click()
    clerk.press("y")
    expect(clerk.page.locator("#thumb-3")).to_be_visible()
    clerk.expect_papers("Tờ khai đăng ký khai sinh", "Giấy chứng sinh")
    clerk.expect_numbers([3], [2])
    expect(clerk.page.locator("#papers .thumb.is-warning")).to_have_count(0)
    expect(clerk.page.locator("#aside #thumb-1")).to_be_visible()


def test_a_server_that_dies_in_the_middle_loses_nothing(place: Place, clerk: Clerk) -> None:
    first, second, third = sheets.birth()[:3]
    place.scanner.load([first, second])
    clerk.scan_new("H13.42-260804-0033")
    expect(clerk.page.locator("#thumb-1")).to_be_visible()
    place.kill_web()
    expect(clerk.page.locator("#offline")).to_be_visible()
    place.start_web()
    expect(clerk.page.locator("#offline")).to_be_hidden()
    clerk.expect_papers("Tờ khai đăng ký khai sinh", "Giấy chứng sinh")
    clerk.expect_ended()
    place.scanner.load([third])
    clerk.press("s")
    clerk.expect_pages(3)
    clerk.file()
    assert len(place.dossier("H13.42-260804-0033").documents) == 3


def test_a_browser_that_is_closed_loses_nothing(
    place: Place, new_clerk: Callable[[str], Clerk], clerk: Clerk
) -> None:
    place.scanner.load(sheets.birth()[:2])
    clerk.scan_new("H13.42-260804-0034")
    expect(clerk.page.locator("#thumb-1")).to_be_visible()
    clerk.page.context.close()
    again = new_clerk("lan")
    again.sign_in()
    again.page.get_by_role("link", name="H13.42-260804-0034").click()
    again.wait_for_stack()
    again.expect_papers("Tờ khai đăng ký khai sinh", "Giấy chứng sinh")


def test_an_empty_feeder_says_so(place: Place, clerk: Clerk) -> None:
    clerk.scan_new("H13.42-260804-0035")
    expect(clerk.page.locator("#empty")).to_contain_text("Khay nạp giấy đang trống")
    expect(clerk.page.locator("#failure")).to_have_count(0)  # nothing was begun, nothing broke off


def test_a_stack_is_stopped_and_given_up(place: Place, clerk: Clerk) -> None:
    place.scanner.page_seconds = 1.0
    try:
        place.scanner.load(sheets.birth() * 15)  # a minute of sheets: the stop comes long before their end
        clerk.scan_new("H13.42-260804-0036")
        expect(clerk.page.locator("#thumb-1")).to_be_visible()
        clerk.press("d")
        expect(clerk.page.locator("#stop")).to_have_count(0)
    finally:
        place.scanner.page_seconds = PAGE_SECONDS
        place.scanner.unload()
    expect(clerk.page.locator("#scan")).to_contain_text("Quét tiếp")
    expect(clerk.page.locator("#waiting")).to_have_count(0)
    clerk.press("e")
    clerk.page.locator("#give-up summary").click()
    clerk.page.locator("#dialog").get_by_role("button", name="Hủy tập này").click()
    expect(clerk.page.locator("#filed h1")).to_have_text("Đã hủy tập này")
    clerk.press("Enter")
    expect(clerk.page.locator("#number")).to_be_focused()
    expect(clerk.page.get_by_role("link", name="H13.42-260804-0036")).to_have_count(0)


def test_a_server_ends_in_good_order_with_pages_open(place: Place, clerk: Clerk) -> None:
    clerk.wait_until_live()
    assert place.stop_web() == 0
    expect(clerk.page.locator("#offline")).to_be_visible()
    place.start_web()
    expect(clerk.page.locator("#offline")).to_be_hidden()


def test_a_page_that_is_left_open_is_gone_when_its_session_has_ended(
    place: Place, new_clerk: Callable[[str], Clerk]
) -> None:
    minh = new_clerk("minh")
    minh.sign_in()
    with place.catalog() as catalog:
        accounts.set_password(catalog, "minh", PASSWORD)  # which ends sessions
    expect(minh.page.locator("#password")).to_be_visible()


def test_an_agent_that_went_away_is_reported(place: Place, clerk: Clerk) -> None:
    """An open page shows it without a change of any stack."""
    expect(clerk.page.locator("#agent")).to_have_class(re.compile("is-good"))
    place.stop_agent()
    place.age_agent()
    expect(clerk.page.locator("#agent")).to_contain_text("chưa kết nối")
    place.start_agent()
    expect(clerk.page.locator("#agent")).to_contain_text("sẵn sàng")


def test_papers_are_joined_split_named_and_turned_by_keys(place: Place, clerk: Clerk) -> None:
    form, certificate, *_ = sheets.birth()
    place.scanner.load([form, certificate])
    clerk.scan_new("H13.42-260804-0037")
    clerk.expect_papers("Tờ khai đăng ký khai sinh", "Giấy chứng sinh")
    clerk.press("ArrowDown")
    assert clerk.chosen == 2
    clerk.press("g")
    clerk.expect_numbers([1, 2])
    clerk.press("t")
    clerk.expect_numbers([1], [2])
    clerk.press("o")
    clerk.search("#type-search", "uy quyen", "Giấy ủy quyền")
    expect(clerk.page.locator("#paper-2 .sure")).to_have_text("đã chọn")
    before = clerk.page.locator("#thumb-2 img").get_attribute("src")
    clerk.page.locator("#thumb-2").click()
    clerk.press("r")
    expect(clerk.page.locator("#thumb-2 img")).not_to_have_attribute("src", str(before))
    clerk.press("x")
    expect(clerk.page.locator("#aside #thumb-2")).to_be_visible()
    clerk.page.locator("#thumb-2").click()
    clerk.press("x")
    clerk.page.locator("#thumb-1").click()
    expect(clerk.page.locator("#aside")).to_have_count(0)
    assert clerk.chosen == 1  # what was looked at meanwhile stays, whenever the answer comes


def test_a_clerk_files_without_the_rest_and_the_rest_is_shown(place: Place, clerk: Clerk) -> None:
    """The scanner hangs, the clerk can't wait; what comes all the same waits with its picture."""
    place.scanner.load(sheets.birth()[:2])
    place.scanner.fail_after(1, Fault.HANG)
    clerk.scan_new("H13.42-260804-0038")
    clerk.expect_pages(1)
    expect(clerk.page.locator("#file")).to_be_disabled()
    clerk.page.locator("#leave-behind").click()
    expect(clerk.page.locator("#dialog")).to_contain_text("Lưu mà không chờ quầy?")
    clerk.page.locator("#leave-behind-now").click()
    expect(clerk.page.locator("#filed h1.state.is-good")).to_have_text("Đã lưu vào kho")
    place.send_page(sheets.birth()[1])
    clerk.press("Enter")
    late = clerk.page.locator("#list .stacks li", has_text="Trang đến muộn")
    expect(late.locator("img")).to_be_visible()
    expect(late.locator("img")).to_have_js_property("complete", True)
    assert late.locator("img").evaluate("image => image.naturalWidth") > 0
    late.get_by_role("button").click()
    clerk.wait_for_stack()
    expect(clerk.page.locator(".thumb").first).to_be_visible()
