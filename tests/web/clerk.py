"""What a clerk does on the desk's pages, and what the pages then show."""

import re
import time
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.patience import PATIENCE
from tests.web.place import COUNTER, PASSWORD

_PACE = 120
"""Milliseconds between two keys: faster keys may be a barcode scanner's."""

_READ = """([code, pace]) => {
  const keys = [...code, "Enter"];
  const end = performance.now();
  for (const [at, key] of keys.entries()) {
    const target = document.activeElement ?? document.body;
    const told = new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true});
    Object.defineProperty(told, "timeStamp", {value: end - (keys.length - 1 - at) * pace});
    if (target.dispatchEvent(told) && key === "Enter" && target.matches("button, a")) target.click();
  }
}"""
"""Chromium activates the focused element only for real keys. The events carry their own times, since a busy
machine would deliver them late.
"""
_READERS_PACE = 0.01
"""Seconds between two keys of a barcode scanner."""

expect.set_options(timeout=1000 * PATIENCE)


@dataclass(frozen=True)
class Clerk:
    """A clerk at a browser; `press` and `type` are what a person can do with a keyboard."""

    name: str
    page: Page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.wait_for_timeout(_PACE)
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def read_code(self, code: str, pace: int = 0) -> None:
        """Type a code as a barcode scanner does: keys and Enter, so many milliseconds apart."""
        self.page.wait_for_timeout(pace * (len(code) + 1))  # so that they come after what was done before
        self.page.evaluate(_READ, [code, pace])

    def read_into_field(self, code: str) -> None:
        """Type a code as a barcode scanner does, into the field that has the focus, without Enter."""
        keyboard = self.page.context.new_cdp_session(self.page)
        start = time.time() - len(code) * _READERS_PACE
        for no, key in enumerate(code):
            when = {"key": key, "timestamp": start + no * _READERS_PACE}
            keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": key, **when})
            keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **when})
        keyboard.detach()

    def sign_in(self, counter: str = COUNTER) -> None:
        """From the first page to the list of stacks, by keyboard."""
        self.page.goto("/")
        expect(self.page.locator("#name")).to_be_focused()
        self.type(self.name)
        self.press("Tab")
        self.type(PASSWORD)
        self.press("Enter")
        expect(self.page.locator("[name=counter], #list").first).to_be_visible()
        if self.page.locator("[name=counter]").count():
            expect(self.page.get_by_role("button", name=counter)).to_be_focused()
            self.press("Enter")
        self.wait_until_live()

    def wait_until_live(self) -> None:
        """Wait until the page listens to the server."""
        expect(self.page.locator("body[data-live]")).to_be_visible()

    def scan_new(self, number: str) -> None:
        """Type the number as a barcode scanner does, and Enter; the scanner begins."""
        expect(self.page.locator("#number")).to_be_focused()
        expect(self.page.locator("button[name=scan]")).to_be_enabled()
        self.type(number)
        self.press("Enter")
        self.wait_for_stack()

    def wait_for_stack(self) -> None:
        expect(self.page.locator("#stack")).to_be_visible()
        self.wait_until_live()

    def expect_papers(self, *names: str | re.Pattern[str]) -> None:
        """Wait until all pages are read and these are the papers."""
        expect(self.page.locator("#waiting")).to_have_count(0)
        expect(self.papers).to_have_count(len(names))
        for paper, name in zip(self.papers.all(), names, strict=True):
            expect(paper.locator(".type")).to_have_text(name)

    def expect_ended(self) -> None:
        """Wait until the scanner has ended without a fault."""
        expect(self.page.locator("#feeding .state.is-good")).to_be_visible()

    def expect_pages(self, count: int) -> None:
        """Wait until so many pages are read and in papers."""
        expect(self.page.locator("#waiting")).to_have_count(0)
        expect(self.page.locator("[data-sortable] .thumb")).to_have_count(count)

    def expect_numbers(self, *papers: list[int]) -> None:
        """Wait until these are the pages' numbers, paper by paper, on the server."""
        until = time.monotonic() + PATIENCE
        while self._numbers() != list(papers):
            assert time.monotonic() < until, self._numbers()
            self.page.wait_for_timeout(50)

    def _numbers(self) -> list[list[int]]:
        """All numbers at once: between two queries the page may be drawn anew."""
        found: list[list[int]] = self.papers.evaluate_all(
            "papers => papers.map(paper =>"
            " [...paper.querySelectorAll('.thumb')].map(thumb => Number(thumb.dataset.page)))"
        )
        return found

    @property
    def papers(self) -> Locator:
        return self.page.locator(".paper:not(#waiting, #aside)")

    @property
    def chosen(self) -> int:
        """The page that is shown large."""
        return int(str(self.page.locator("#large").get_attribute("data-no")))

    def search(self, field: str, text: str, wanted: str) -> None:
        """Type into a field that searches, and take the first that it finds, by keyboard."""
        expect(self.page.locator(field)).to_be_focused()
        self.type(text)
        expect(self.page.locator(f"{field}-list [aria-selected=true]")).to_contain_text(wanted)
        self.press("Enter")

    def drag(self, no: int, where: Locator) -> None:
        """Drag a page with the mouse into a list of pages, behind those that are there, and drop it."""
        what, mouse = self.page.locator(f"#thumb-{no}"), self.page.mouse
        what.scroll_into_view_if_needed()
        start = what.bounding_box()
        assert start
        x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + 9, y + 9, steps=3)
        expect(self.page.locator("body.is-dragging")).to_be_visible()
        there = where.locator(f"#thumb-{no}")
        until = time.monotonic() + PATIENCE
        step = 0
        while not there.count():  # as a person does: until the page lies where it is to be
            assert time.monotonic() < until
            end = (where.locator(".thumb").last if where.locator(".thumb").count() else where).bounding_box()
            assert end
            step += 1
            beyond = min(end["width"], 80) + 24 - 4 * (step % 2)
            mouse.move(end["x"] + beyond, end["y"] + end["height"] / 2, steps=4)
            self.page.wait_for_timeout(_PACE)
        mouse.up()

    def undo(self) -> None:
        """Undo the newest step, and wait until the server has done so."""
        step = self.page.locator("#undo-button").get_attribute("hx-vals")
        self.press("Control+z")
        expect(self.page.locator(f"#undo-button[hx-vals='{step}']")).to_have_count(0)

    def row(self, name: str) -> Locator:
        """A row of the checklist."""
        return self.page.locator(".rows li", has_text=name)

    def file(self) -> None:
        """Press Enter, once more where something is missing, and wait until it is filed."""
        expect(self.page.locator("#file")).to_be_enabled()
        self.page.locator("#papers").focus()
        self.press("Enter")
        asked = self.page.locator("#again:not([hidden])")
        # What is doubtful may change until that moment.
        expect(asked.or_(self.page.locator("#filed")).first).to_be_visible()
        if asked.count():
            expect(self.page.locator("#file")).to_be_focused()
            self.press("Enter")
        expect(self.page.locator("#filed h1.state.is-good")).to_have_text("Đã lưu vào kho")
