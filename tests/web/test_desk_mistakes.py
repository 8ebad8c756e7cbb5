"""Mistakes with keyboard, mouse or barcode scanner file nothing, misplace no paper, and can be undone."""

from playwright.sync_api import Locator, expect

from tests.scanner.escl import Fault
from tests.web import sheets
from tests.web.clerk import Clerk
from tests.web.place import Place

NUMBER, OTHER = "H13.42-260804-0061", "H13.42-260804-0062"

_KEYS = """keys => keys.forEach(each => (document.activeElement ?? document.body).dispatchEvent(
  new KeyboardEvent("keydown", {bubbles: true, cancelable: true, ...each})))"""


def test_barcode_scanners_input_methods_and_the_mouse_file_nothing(place: Place, clerk: Clerk) -> None:
    """One stack for all of it: each part leaves three papers of a page each."""
    place.scanner.load(sheets.birth()[:3])
    clerk.scan_new("")
    clerk.expect_ended()
    clerk.expect_pages(3)
    clerk.expect_numbers([1], [2], [3])
    for part in (
        _codes,
        _telex,
        _undo_after_reload,
        _enter_after_click,
        _several_at_once,
        _number,
        _given_back,
    ):
        part(clerk)


def _codes(clerk: Clerk) -> None:
    """A code fills in a missing number, also from a slow barcode scanner; a code of another dossier is asked
    about.
    """
    page = clerk.page
    page.locator("#papers").focus()
    clerk.read_code(NUMBER, pace=60)
    expect(page.locator("h1.number")).to_contain_text(NUMBER)
    page.locator("#papers").focus()
    clerk.read_code(NUMBER)  # again, it changes nothing
    page.locator("#papers").focus()
    clerk.read_code(OTHER, pace=60)
    expect(page.locator("#other-code")).to_contain_text(OTHER)
    expect(page.locator("#other-code button").first).to_be_focused()
    page.wait_for_timeout(600)  # an Enter that comes at once is the reader's second one
    clerk.press("Enter")
    expect(page.locator("#dialog")).to_be_hidden()
    clerk.read_code("X7-XTGL-99", pace=60)  # no letter of it is a command
    expect(page.locator("#reader")).to_be_visible()
    expect(page.locator("#stack h1.number")).to_contain_text(NUMBER)
    clerk.expect_numbers([1], [2], [3])


def _telex(clerk: Clerk) -> None:
    """The letter that "o" and "x" become is the key X; a key of a composition is that key, its Enter none."""
    page = clerk.page
    page.locator("#thumb-1").click()
    page.wait_for_timeout(600)  # a pause, as between two thoughts: what follows is no code
    page.evaluate(_KEYS, [{"key": "Backspace"}, {"key": "õ"}])
    expect(page.locator("#aside #thumb-1")).to_be_visible()
    assert clerk.chosen == 2  # the next page that is kept
    page.wait_for_timeout(600)
    page.evaluate(_KEYS, [{"key": "Process", "code": "KeyX", "isComposing": True}])
    expect(page.locator("#aside #thumb-2")).to_be_visible()
    page.evaluate(_KEYS, [{"key": "Enter", "isComposing": True}])
    expect(page.locator("#again")).to_be_hidden()
    page.wait_for_timeout(600)
    clerk.press("o")
    expect(page.locator("#type-search")).to_be_focused()
    page.evaluate(_KEYS, [{"key": "Backspace"}, {"key": "õ"}])
    expect(page.locator("#type-search")).to_have_value("x")
    clerk.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()


def _undo_after_reload(clerk: Clerk) -> None:
    page = clerk.page
    page.reload()
    clerk.wait_for_stack()
    expect(page.locator("#undo")).to_contain_text("Đã loại trang 2")
    clerk.press("Control+z")
    expect(page.locator("#undo")).to_contain_text("Đã loại trang 1")
    page.locator("#undo-button").click()
    clerk.expect_numbers([1], [2], [3])


def _enter_after_click(clerk: Clerk) -> None:
    """Enter does not press a clicked button again; doubtful papers are asked about, by key and by mouse."""
    page = clerk.page
    page.locator("#thumb-3").click()
    page.locator(".tools").get_by_role("button", name="Loại trang").click()
    expect(page.locator("#aside #thumb-3")).to_be_visible()
    clerk.press("Enter")
    expect(page.locator("#again")).to_be_visible()
    expect(page.locator("#file")).to_be_focused()
    expect(page.locator("#aside #thumb-3")).to_be_visible()
    clerk.press("Control+z")
    clerk.expect_numbers([1], [2], [3])
    # The same after a turn by mouse: it is turned once, and Enter asks before it saves.
    page.locator("#thumb-3").click()
    page.locator(".tools").get_by_role("button", name="Xoay phải").click()
    expect(page.locator("#undo")).to_contain_text("Đã xoay trang 3")
    clerk.expect_pages(3)
    step = page.locator("#undo-button").get_attribute("hx-vals")
    clerk.press("Enter")
    expect(page.locator("#again")).to_be_visible()
    assert page.locator("#undo-button").get_attribute("hx-vals") == step
    clerk.press("Control+z")
    expect(page.locator("#undo")).not_to_contain_text("Đã xoay")
    clerk.expect_pages(3)
    page.locator("#file").click()
    expect(page.locator("#again")).to_be_visible()


def _several_at_once(clerk: Clerk) -> None:
    page = clerk.page
    page.locator("#thumb-1").click()
    page.locator("#thumb-2").click(modifiers=["Control"])
    clerk.press("x")
    expect(page.locator("#aside .thumb")).to_have_count(2)
    clerk.press("Control+z")
    clerk.expect_numbers([1], [2], [3])
    page.locator("#thumb-3").click()
    clerk.press("r")
    expect(page.locator("#undo")).to_contain_text("Đã xoay trang 3")
    assert clerk.chosen == 3  # also while it is read again, in no paper
    clerk.expect_pages(3)
    expect(page.locator("#papers")).not_to_contain_text("đã tự xoay lại")  # a hand did
    clerk.press("Shift+C")
    expect(page.locator(".attest input:checked")).to_have_count(3)


def _number(clerk: Clerk) -> None:
    """The dialog keeps what was typed, says what is wrong beside it, and a second scan replaces it."""
    page = clerk.page
    clerk.press("e")
    expect(page.locator("#describe-number")).to_be_focused()
    clerk.type("H13.42-269999-0018")
    clerk.press("Enter")
    expect(page.locator("#describe-number-error")).to_be_visible()
    expect(page.locator("#describe-number")).to_have_value("H13.42-269999-0018")
    clerk.read_into_field(OTHER)
    clerk.press("Enter")
    expect(page.locator("h1.number")).to_contain_text(OTHER)
    expect(page.locator("#dialog")).to_be_hidden()
    clerk.press("Control+z")
    expect(page.locator("h1.number")).to_contain_text(NUMBER)


def _given_back(clerk: Clerk) -> None:
    """A stack that is given back waits for any clerk."""
    page = clerk.page
    clerk.press("n")
    page.locator("#list .stacks li", has_text=NUMBER).get_by_role("button", name="Trả lại").click()
    waiting = page.locator("#unclaimed-title + ul li", has_text=NUMBER)
    waiting.get_by_role("button", name="Nhận xử lý").click()
    clerk.wait_for_stack()
    expect(page.locator("#papers .thumb")).to_have_count(3)


def test_a_dragged_page_stays_where_it_was_dropped(place: Place, clerk: Clerk) -> None:
    page = clerk.page
    page.emulate_media(reduced_motion="no-preference")  # pages make room with motion, as on most PCs
    place.scanner.load(sheets.birth()[:3])
    clerk.scan_new("H13.42-260804-0063")
    clerk.expect_ended()
    clerk.expect_numbers([1], [2], [3])
    clerk.drag(2, page.locator("#paper-1 .pages"))
    clerk.expect_numbers([1, 2], [3])  # dropped into a paper it is a page of it
    clerk.drag(3, page.locator("#papers .gap").first)
    clerk.expect_numbers([3], [1, 2])  # dropped between papers it is one of its own
    # Keys change the order only: a page leaves its paper at its end, and passes the next one.
    page.locator("#thumb-1").click()
    clerk.press("Shift+ArrowUp")
    clerk.expect_numbers([3], [1], [2])
    clerk.press("Shift+ArrowUp")
    clerk.expect_numbers([1], [3], [2])
    for _ in range(4):
        clerk.undo()
    clerk.expect_numbers([1], [2], [3])
    # Who wants no motion sees none of pages that make room, and drags all the same.
    assert page.evaluate(_MOTION) == [120]
    page.emulate_media(reduced_motion="reduce")
    page.reload()
    clerk.wait_for_stack()
    assert page.evaluate(_MOTION) == [0]
    clerk.drag(2, page.locator("#paper-1 .pages"))
    clerk.expect_numbers([1, 2], [3])


_MOTION = """() => [...new Set(
  [...document.querySelectorAll("[data-sortable]")].map(each => Sortable.get(each).option("animation")))]"""


def test_a_jam_is_asked_about_before_saving(place: Place, clerk: Clerk) -> None:
    page = clerk.page
    card, *rest = sheets.birth()[2:4] + sheets.birth()[:1]
    place.scanner.load([card, *rest])
    place.scanner.fail_after(1, Fault.JAM, place.pages_arrived(1))
    clerk.scan_new("H13.42-260804-0064")
    expect(page.locator("#failure")).to_be_visible()
    clerk.expect_pages(1)
    expect(page.locator("#file")).to_be_enabled()
    problem: Locator = page.locator(".file .verdicts", has_text="Lượt quét chưa xong")
    expect(problem).to_be_visible()
    page.locator("#papers").focus()
    clerk.press("Enter")
    expect(page.locator("#again")).to_be_visible()
    expect(page.locator("#stack")).to_be_visible()
    place.scanner.unload()
    place.scanner.clear()
    place.scanner.load(rest)
    clerk.press("s")
    clerk.expect_pages(3)
    expect(page.locator("#feeding .state.is-good")).to_have_text("Đã quét xong, tập có 3 trang")
    expect(problem).to_have_count(0)
    # An empty feeder broke nothing off, and is said once.
    clerk.press("s")
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("#failure")).to_have_count(0)
    expect(page.locator("#scan")).to_contain_text("Quét thêm")
    clerk.press("e")
    page.locator("#give-up summary").click()
    page.locator("#give-up button").click()
    expect(page.locator("#filed h1")).to_have_text("Đã hủy tập này")
    expect(page.locator("#filed")).not_to_contain_text("Đã lưu")
