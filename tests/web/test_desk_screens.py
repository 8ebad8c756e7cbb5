"""The desk's pages on small screens, with large letters and in dark colours; what a clerk looks at."""

from base64 import b64encode

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.web import sheets
from tests.web.browsers import NARROW, WIDE, require_access
from tests.web.clerk import Clerk
from tests.web.place import CLERKS, Place

NUMBER, OTHER = "H13.42-260804-0071", "H13.42-260804-0072"

SCREENS = {
    "1024": ViewportSize(width=1024, height=768),
    "150 %": ViewportSize(width=911, height=512),
    "200 %": ViewportSize(width=683, height=384),
    "390": NARROW,
}
"""Sizes of a screen; a zoom makes one of 1366 × 768 smaller."""

_OVERLAPS = """() => {
  const parts = [".bar", ".head", "#papers", "#preview", ".check", ".new", ".lists", ".file > button"]
    .flatMap(selector => [...document.querySelectorAll(selector)]).filter(each => each.offsetParent);
  const found = [];
  for (const one of parts) for (const other of parts) {
    if (one === other || one.contains(other) || other.contains(one)) continue;
    const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
      found.push([one.className || one.id, other.className || other.id]);
  }
  return found;
}"""

_DROP = """async ([name, data]) => {
  const bytes = Uint8Array.from(atob(data), each => each.charCodeAt(0));
  const dropped = new DataTransfer();
  dropped.items.add(new File([bytes], name));
  for (const kind of ["dragover", "drop"]) {
    const told = {dataTransfer: dropped, bubbles: true, cancelable: true};
    document.body.dispatchEvent(new DragEvent(kind, told));
  }
}"""


def require_room(page: Page) -> None:
    """On every kind of screen no element covers another, and nobody has to scroll sideways."""
    for name, size in SCREENS.items():
        page.set_viewport_size(size)
        page.evaluate("() => window.scrollTo(0, 0)")
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= size["width"], (name, wide)
        assert page.evaluate(_OVERLAPS) == [], name


@pytest.fixture
def stack(place: Place, clerk: Clerk) -> Clerk:
    """A clerk with a stack of which a page was scanned twice and some papers are missing."""
    form, certificate, *_ = sheets.birth()
    place.scanner.load([form, certificate, certificate])
    clerk.scan_new(NUMBER)
    clerk.expect_ended()
    clerk.expect_pages(3)
    return clerk


@pytest.mark.usefixtures("one_day")
def test_pages_are_for_every_screen_and_what_is_missing_stays_said(stack: Clerk) -> None:
    page = stack.page
    expect(page.locator("body")).to_have_attribute("data-sounded", "done")
    _look(stack)
    _drop(stack)
    require_room(page)
    page.emulate_media(color_scheme="dark")
    require_access(page)
    page.set_viewport_size(WIDE)
    require_access(page)
    stack.press("?")
    expect(page.locator("#help")).to_be_visible()
    require_access(page)
    stack.press("Escape")
    stack.file()
    # Saved: what the dossier lacks is said there, too, and the day's list has it.
    expect(page.locator("#filed .missing")).to_contain_text("Hồ sơ còn thiếu")
    require_room(page)
    require_access(page)
    page.goto("/desk")
    require_room(page)
    require_access(page)
    page.locator("#today").click()
    saved = page.locator("#todays tbody tr", has_text=NUMBER)
    expect(saved).to_contain_text("đã lưu vào kho")
    expect(saved).to_contain_text(CLERKS["lan"])
    require_room(page)
    require_access(page)
    saved.get_by_role("link", name=NUMBER, exact=True).click()
    expect(page.locator("#filed")).to_contain_text(NUMBER)
    _correct(stack)
    # What was decided on it comes later, into the dossier that is there.
    page.goto("/desk")
    page.locator("#number").fill(NUMBER)
    page.locator("#existing").check()
    page.get_by_role("button", name="Mở tập, chưa quét").click()
    stack.wait_for_stack()
    expect(page.locator("h1.number")).to_contain_text(NUMBER)


def _correct(clerk: Clerk) -> None:
    """Until the day's end: one paper has another type, another is moved to the dossier whose it is."""
    page = clerk.page
    page.locator("#correct-saved").click()
    expect(page.locator("#correct article")).to_have_count(4)
    expect(page.locator("#correct img").first).to_have_js_property("complete", True)
    assert page.locator("#correct img").first.evaluate("image => image.naturalWidth") > 0
    require_room(page)
    require_access(page)
    page.locator("#choice-2").select_option(label="Giấy ủy quyền")
    page.locator("#saved-2").get_by_role("button", name="Đổi loại").click()
    expect(page.locator("#done")).to_contain_text("Đã đổi loại")
    expect(page.locator("#saved-2 h2")).to_have_text("Giấy ủy quyền")
    page.locator("#to-4").fill(OTHER)
    clerk.press("Enter")
    expect(page.locator("#saved-4")).to_contain_text(OTHER)
    expect(page.locator("#saved-1")).to_contain_text(NUMBER)
    page.get_by_role("link", name=f"Quét bổ sung vào {OTHER}").click()
    expect(page.locator("#number")).to_have_value(OTHER)
    expect(page.locator("#existing")).to_be_checked()


def _look(clerk: Clerk) -> None:
    """A page is as wide as its column at first, then larger by steps; keys lead to what needs a look."""
    page = clerk.page
    picture = page.locator("#large-picture")
    expect(picture).not_to_have_js_property("naturalWidth", 0)
    width = _width(page, "width")
    assert width > 600
    clerk.press("z")
    assert _width(page, "150") > 1.4 * width
    clerk.press("Shift+Z", "Shift+Z")
    assert _width(page, "whole") < width
    clerk.press("z")
    assert _width(page, "width") == width
    clerk.press("PageDown")
    assert page.locator("#large-sheet").evaluate("sheet => sheet.scrollTop") > 0
    page.locator("#thumb-1").click()
    expect(page.locator("#next-doubtful")).to_be_visible()
    clerk.press("j")
    expect(page.locator("#large[data-no='3']")).to_be_visible()
    clerk.press("Shift+K", "Shift+K")
    expect(page.locator("#large[data-no='1']")).to_be_visible()
    clerk.press("k")
    expect(page.locator("#large[data-no='2']")).to_be_visible()


def _width(page: Page, step: str) -> int:
    """How wide the page is shown at a step of the zoom."""
    expect(page.locator("body")).to_have_attribute("data-size", step)
    width: int = page.locator("#large-picture").evaluate("picture => picture.clientWidth")
    return width


def _drop(clerk: Clerk) -> None:
    """A file that is dropped on the page comes into the stack; a broken one is reported with its number."""
    page = clerk.page
    card = sheets.birth()[2]
    page.evaluate(_DROP, ["can-cuoc.jpg", b64encode(card).decode()])
    clerk.expect_pages(4)
    page.evaluate(_DROP, ["hong.pdf", b64encode(b"%PDF-1.7 and nothing more").decode()])
    expect(page.locator("#aside")).to_contain_text("Tệp 5")
    expect(page.locator("#dropping")).to_be_hidden()
