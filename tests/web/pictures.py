"""Takes the pictures of docs/vi/: `python -m tests.web.pictures` works as a clerk does.

With a folder (`python -m tests.web.pictures FOLDER`) the same pages are taken into it in dark colours and on
a screen of 390 points, too, for a person to look at.
"""

import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests.scanner.escl import Fault
from tests.web import sheets
from tests.web.browsers import NARROW, WIDE
from tests.web.clerk import Clerk
from tests.web.conftest import ARGUMENTS, CHROMIUM
from tests.web.place import Place

IMAGES = Path(__file__).parents[2] / "docs" / "images"
_COLOURS = 256


_looks: list[Path] = []


def main() -> None:
    """Write docs/images/desk-*.png."""
    _looks.extend(map(Path, sys.argv[1:]))
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with Place(Path(folder)) as place:
            page = browser.new_context(viewport=WIDE, base_url=place.address, locale="vi-VN").new_page()
            _tell(place, Clerk("lan", page))
        browser.close()


def _tell(place: Place, clerk: Clerk) -> None:
    page = clerk.page
    clerk.sign_in()
    _waiting_batch(place)
    expect(page.get_by_role("button", name="Nhận xử lý từ")).to_be_visible()
    clerk.type(sheets.BIRTH)
    _take(page, "new")
    form, certificate, *cards = sheets.birth()
    place.scanner.load([form, sheets.blurred(certificate), *cards])
    place.scanner.fail_after(3, Fault.JAM, place.pages_arrived(3))
    clerk.press("Enter")
    clerk.wait_for_stack()
    expect(page.locator("#failure")).to_be_visible()
    clerk.expect_pages(3)
    page.locator("#thumb-2").click()
    _take(page, "jam")
    place.scanner.unload()
    place.scanner.clear()
    place.scanner.load(cards[1:])
    clerk.press("s")
    clerk.expect_ended()
    clerk.expect_pages(4)
    place.scanner.load([certificate])
    clerk.press("y")
    expect(page.locator("#thumb-5")).to_be_visible()
    clerk.expect_pages(4)
    page.locator("#thumb-1").click()
    for _ in range(2):
        clerk.press("c")
        expect(page.locator(".paper.is-chosen .attest .hint")).to_be_visible()
        clerk.press("ArrowDown")
    clerk.press("ArrowUp")
    _take(page, "stack")
    clerk.press("?")
    _take(page, "keys")
    clerk.press("Escape")
    clerk.file()
    _take(page, "filed")
    page.locator("#correct-saved").click()
    expect(page.locator("#correct img")).to_have_count(4)
    _take(page, "correct")
    page.goto("/desk/today")
    _look(page, "today")


def _waiting_batch(place: Place) -> None:
    path = place.folder / "paper.jpg"
    path.write_bytes(sheets.wedding()[1])
    place.run("ingest", path)


def _take(page: Page, name: str) -> None:
    """Take a picture when all visible images of the page have loaded."""
    for picture in page.locator("img").all():
        box = picture.bounding_box()
        if box is not None and box["y"] < WIDE["height"]:
            expect(picture).not_to_have_js_property("naturalWidth", 0)
    _look(page, name)
    path = IMAGES / f"desk-{name}.png"
    page.screenshot(path=path, animations="disabled", caret="hide")
    # Flat colours and grey papers: a palette does, at a third of the size.
    with Image.open(path) as image:
        image.convert("RGB").quantize(_COLOURS).save(path, optimize=True)


def _look(page: Page, name: str) -> None:
    """The page as others see it."""
    for folder in _looks:
        folder.mkdir(exist_ok=True)
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=folder / f"{name}-dark.png", animations="disabled", caret="hide")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(NARROW)
        page.screenshot(path=folder / f"{name}-390.png", full_page=True, animations="disabled", caret="hide")
        page.set_viewport_size(WIDE)


if __name__ == "__main__":
    main()
