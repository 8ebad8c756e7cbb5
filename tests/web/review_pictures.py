"""Takes the pictures of docs/vi/huong-dan-tra-cuu.md from the archive that `make demo` made.

scanflow user add thu --name "Phạm Thị Thu" --role reviewer      # password: that of `tests.web.serving`
scanflow user add binh --name "Lê Bình" --role auditor           # the same
python -m tests.web.review_pictures http://127.0.0.1:PORT
"""

import sys

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.web.browsers import WIDE
from tests.web.conftest import ARGUMENTS, CHROMIUM
from tests.web.pictures import IMAGES
from tests.web.serving import PASSWORD

BIRTH, LAND, SHOP = "H13.42-260804-0017", "H13.57-260818-0108", "H13.07-260618-0204"
PLACES = {
    "search": "/review?q=dang+ky+khai+sinh",
    "page": f"/review/dossiers/{BIRTH}/2?q=khai+sinh",
    "lines": f"/review/dossiers/{SHOP}/2/pages/1/correct",
    "arrange": f"/review/dossiers/{LAND}/3/arrange",
    "queue": "/review/queue",
    "uploads": f"/review/uploads?dossier={BIRTH}",
    "figures": "/review/figures",
}
_COLOURS = 256


def main() -> None:
    """Write docs/images/review-*.png."""
    address = sys.argv[1]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        thu = _signed_in(browser, address, "thu")
        for name, place in PLACES.items():
            thu.goto(place)
            _take(thu, name)
        thu.goto(f"/review/dossiers/{BIRTH}/1")
        for about in ("#set-type summary", "#move summary"):
            if thu.locator(about).count():
                thu.locator(about).click()
        thu.locator("#move").scroll_into_view_if_needed()
        _take(thu, "move")
        binh = _signed_in(browser, address, "binh")
        binh.goto("/review/log")
        _take(binh, "log")
        browser.close()


def _signed_in(browser: Browser, address: str, name: str) -> Page:
    page = browser.new_context(viewport=WIDE, base_url=address, locale="vi-VN").new_page()
    page.goto("/")
    page.locator("#name").fill(name)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#q")
    return page


def _take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    path = IMAGES / f"review-{name}.png"
    page.screenshot(path=path, animations="disabled", caret="hide")
    # Flat colours and grey papers: a palette does, at a third of the size.
    with Image.open(path) as image:
        image.convert("RGB").quantize(_COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    main()
