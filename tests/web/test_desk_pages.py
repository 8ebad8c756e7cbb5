"""The desk's pages: accessible, in both languages, on one screen, with nothing from other servers."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.web import sheets
from tests.web.browsers import require_access
from tests.web.clerk import Clerk
from tests.web.late_scripts import late_scripts, wait_for_head
from tests.web.place import COUNTER, Place


def require_one_screen(page: Page) -> None:
    """At 1366 × 768 the page as a whole does not scroll."""
    size = page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert size[0] <= 1366 and size[1] <= 768, size


def test_each_page_is_for_everybody_and_on_one_screen(
    place: Place, new_clerk: Callable[[str], Clerk]
) -> None:
    clerk = new_clerk("lan")
    page = clerk.page
    page.goto("/")
    require_access(page)
    clerk.sign_in()
    require_access(page)
    require_one_screen(page)
    place.scanner.load([sheets.blurred(sheets.birth()[0])])
    clerk.scan_new("H13.42-260804-0051")
    clerk.expect_ended()
    clerk.expect_pages(1)
    require_access(page)
    require_one_screen(page)
    clerk.press("s")
    expect(page.locator("#empty")).to_be_visible()
    require_access(page)
    require_one_screen(page)
    clerk.press("?")
    expect(page.locator("#help")).to_be_visible()
    require_access(page)
    clerk.press("Escape", "e")
    expect(page.locator("#describe-number")).to_be_focused()
    require_access(page)
    clerk.press("Escape")
    # Names of procedures are sentences.
    page.locator(".whose .hint").evaluate("name => { name.textContent = 'thủ tục '.repeat(60); }")
    require_one_screen(page)
    assert page.locator("#file").bounding_box()["x"] < 1366  # type: ignore[index]  # it is shown
    clerk.file()
    require_access(page)
    require_one_screen(page)
    page.goto("/desk/counter")
    expect(page.get_by_role("button", name=COUNTER)).to_be_visible()
    require_access(page)
    page.goto("/nowhere")
    expect(page.locator("h1")).to_have_text("Chưa thực hiện được")
    require_access(page)


def test_every_page_is_also_in_english(place: Place, clerk: Clerk) -> None:
    page = clerk.page
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", name="New stack")).to_be_visible()
    clerk.wait_until_live()
    place.scanner.load(sheets.birth()[:1])
    clerk.scan_new("H13.42-260804-0052")
    expect(page.locator("#feeding .state.is-good")).to_have_text("Scan complete, pages in the stack: 1")
    clerk.expect_pages(1)
    expect(page.locator(".rows .is-missing .verdict").first).to_have_text("missing")
    clerk.press("s")
    expect(page.locator("#empty")).to_contain_text("feeder")
    expect(page.locator("#empty")).not_to_contain_text("Khay")
    page.get_by_role("button", name="Tiếng Việt").click()
    expect(page.locator("#empty")).to_contain_text("Khay nạp giấy đang trống")


def test_keys_leave_fields_alone(place: Place, clerk: Clerk) -> None:
    place.scanner.load(sheets.birth()[:1])
    clerk.scan_new("H13.42-260804-0053")
    clerk.expect_pages(1)
    clerk.press("e")
    expect(clerk.page.locator("#describe-number")).to_be_focused()
    clerk.press("Control+a")
    clerk.type("sdrxyz?n")
    expect(clerk.page.locator("#describe-number")).to_have_value("sdrxyz?n")
    expect(clerk.page.locator("#aside")).to_have_count(0)
    clerk.press("Escape", "z")
    expect(clerk.page.locator("body.is-near")).to_be_visible()
    clerk.press("?")
    expect(clerk.page.locator("#help")).to_be_visible()
    clerk.press("x", "Escape")
    expect(clerk.page.locator("#help")).to_be_hidden()
    clerk.press("n")
    expect(clerk.page.locator("#number")).to_be_focused()
    expect(clerk.page.get_by_role("link", name="H13.42-260804-0053")).to_be_visible()


def test_a_barcode_scanner_files_nothing_by_mistake(place: Place, clerk: Clerk) -> None:
    """The next citizen's receipt is scanned while the last stack is still shown."""
    place.scanner.load(sheets.birth()[:1])
    clerk.scan_new("H13.42-260804-0054")
    clerk.expect_pages(1)
    expect(clerk.page.locator("#file")).to_be_enabled()
    clerk.page.locator("#papers").focus()
    clerk.read_code("H13.42-260804-0055")
    expect(clerk.page.locator("#other-code")).to_contain_text("H13.42-260804-0055")
    expect(clerk.page.locator("#file")).not_to_be_focused()
    expect(clerk.page.locator("#stack")).to_be_visible()


def test_nothing_is_fetched_from_elsewhere(place: Place, new_clerk: Callable[[str], Clerk]) -> None:
    clerk = new_clerk("minh")
    asked: list[str] = []
    clerk.page.on("request", lambda request: asked.append(request.url))
    clerk.sign_in()
    assert len(asked) > 5
    assert [url for url in asked if not url.startswith(place.address)] == []


def test_a_page_is_shown_when_its_scripts_have_come(clerk: Clerk) -> None:
    """Without scripts the browser would ask for the list again, with a code that was read in it."""
    page = clerk.page
    with late_scripts(page):
        page.goto("/desk", wait_until="commit")
        wait_for_head(page)
        assert page.evaluate("document.body") is None
    expect(page.locator("#number")).to_be_focused()


def test_what_is_typed_for_a_new_stack_stays_when_the_list_changes(place: Place, clerk: Clerk) -> None:
    page = clerk.page
    clerk.type("H13.42-260804-0099")
    clerk.press("Tab")
    clerk.search("#procedure", "ket hon", "Đăng ký kết hôn")
    expect(page.locator("#unclaimed-title + ul")).to_have_count(0)
    path = place.folder / "paper.jpg"
    path.write_bytes(sheets.wedding()[1])
    place.run("ingest", path)
    expect(page.locator("#unclaimed-title + ul li")).to_have_count(1)
    expect(page.locator("#number")).to_have_value("H13.42-260804-0099")
    expect(page.locator("#procedure")).to_have_value("Đăng ký kết hôn")
    expect(page.locator("#procedure")).to_be_focused()
    expect(page.locator("[name=procedure]")).to_have_value("1.000894")
