"""From the sheets in the feeder to the dossier in the archive, in a real browser."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.web import sheets
from tests.web.clerk import Clerk
from tests.web.place import CLERKS, COUNTER, PASSWORD, Place


def test_a_dossier_is_filed_by_keyboard_alone(place: Place, new_clerk: Callable[[str], Clerk]) -> None:
    clerk = new_clerk("lan")
    place.scanner.load(sheets.birth())
    clerk.sign_in()
    clerk.scan_new(sheets.BIRTH)
    clerk.expect_ended()
    clerk.expect_papers(
        "Tờ khai đăng ký khai sinh",
        "Giấy chứng sinh",
        "Căn cước / Căn cước công dân",
        "Căn cước / Căn cước công dân",
    )
    expect(clerk.page.locator(".rows .is-missing")).to_have_count(0)
    # The form is filled in by hand: the names are those of the cards.
    expect(clerk.page.locator("#applicant")).to_contain_text("Hồ Hải Đăng, Huỳnh Thanh Trúc")
    expect(clerk.row("Giấy chứng sinh")).to_contain_text("có")
    for number in range(1, 5):
        expect(clerk.page.locator(f"#large[data-no='{number}']")).to_be_visible()
        clerk.press("c")
        expect(clerk.page.locator(f"#paper-{number} .attest")).to_contain_text(CLERKS["lan"])
        clerk.press("ArrowDown")
    clerk.file()
    expect(clerk.page.locator("#filed")).to_contain_text(sheets.BIRTH)
    expect(clerk.page.locator("#filed tbody tr")).to_have_count(4)
    clerk.press("Enter")
    expect(clerk.page.locator("#number")).to_be_focused()
    documents = place.dossier(sheets.BIRTH).documents
    assert [document.attested.by if document.attested else None for document in documents] == ["lan"] * 4
    # All of it is in the log of what was done; none of it in what the programs say.
    told = place.logs
    assert "serving" in told
    assert [secret for secret in (sheets.BIRTH, CLERKS["lan"], PASSWORD, "KHAI SINH") if secret in told] == []


def test_a_paper_that_the_archive_has_already_is_reported(place: Place, clerk: Clerk) -> None:
    """The same paper is scanned again."""
    number = "H13.42-260804-0019"
    for again in (False, True):
        place.scanner.load(sheets.birth()[1:2])
        clerk.scan_new(number)
        clerk.expect_papers("Giấy chứng sinh")
        if not again:
            clerk.press("e")
            clerk.page.locator("#describe-procedure").focus()
            clerk.search("#describe-procedure", "khai sinh", "Đăng ký khai sinh")
            clerk.page.get_by_role("button", name="Lưu", exact=True).click()
            expect(clerk.row("Tờ khai đăng ký khai sinh")).to_contain_text("thiếu")
            clerk.file()
            expect(clerk.page.locator("#filed")).to_contain_text(number)
            clerk.press("Enter")
    expect(clerk.page.locator("#papers .verdicts")).to_contain_text(number)
    # The dossier's procedure is known from before, and so is what it has.
    expect(clerk.row("Giấy chứng sinh")).to_contain_text("đã có trong kho")
    clerk.press("x")
    expect(clerk.page.locator("#aside .thumb")).to_have_count(1)


def test_a_missing_paper_is_seen_and_asked_about(place: Place, clerk: Clerk) -> None:
    number = "H13.42-260804-0018"
    place.scanner.load(sheets.birth()[:1])
    clerk.scan_new(number)
    clerk.expect_papers("Tờ khai đăng ký khai sinh")
    expect(clerk.row("Tờ khai đăng ký khai sinh")).to_contain_text("có")
    expect(clerk.row("Giấy chứng sinh")).to_contain_text("thiếu")
    clerk.press("Enter")
    expect(clerk.page.locator("#again")).to_be_visible()
    expect(clerk.page.locator("#stack")).to_be_visible()
    clerk.file()
    assert len(place.dossier(number).documents) == 1


def test_what_is_missing_is_asked_for_on_a_slip(place: Place, clerk: Clerk) -> None:
    place.scanner.load(sheets.birth()[:1])
    clerk.scan_new("H13.42-260804-0020")
    clerk.expect_papers("Tờ khai đăng ký khai sinh")
    met = clerk.row("Tờ khai đăng ký khai sinh").locator(".met")
    expect(met).to_contain_text("Trang 1: tiêu đề «TỜ KHAI ĐĂNG KÝ KHAI SINH»")
    clerk.page.locator("#slip-1").click()
    slip = clerk.page.locator(".slip")
    expect(slip).to_contain_text("PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ")
    expect(slip).to_contain_text("H13.42-260804-0020")
    expect(slip).to_contain_text(CLERKS["lan"])
    asked = slip.locator("tbody tr td:nth-child(2)").all_inner_texts()
    assert "Giấy chứng sinh" in asked and "Tờ khai đăng ký khai sinh" not in asked
    # On paper only the slip is seen.
    clerk.page.emulate_media(media="print")
    expect(clerk.page.locator(".bar")).to_be_hidden()
    expect(slip).to_be_visible()


def test_several_receipts_make_several_dossiers(place: Place, clerk: Clerk) -> None:
    place.scanner.load([*sheets.wedding(), *sheets.land()])
    clerk.scan_new("")
    clerk.expect_ended()
    clerk.expect_pages(4)
    names = clerk.page.locator("#papers h2.dossier")
    expect(names).to_have_text([sheets.WEDDING, sheets.LAND])
    expect(clerk.page.locator("h1.number")).to_have_text(f"{sheets.WEDDING} +1")
    # Beside the number whose they are, as the receipts say: who sits there sees a wrong dossier at once.
    expect(clerk.page.locator("#applicant")).to_contain_text("Võ Công Hậu, Ngô Thị Mỹ Duyên")
    expect(clerk.page.locator(".dossier-check")).to_have_count(2)
    expect(clerk.page.locator("#check-1")).to_contain_text("thiếu")
    clerk.file()
    expect(clerk.page.locator("#filed table")).to_have_count(2)
    assert [len(place.dossier(number).documents) for number in (sheets.WEDDING, sheets.LAND)] == [2, 2]


def test_an_invalid_number_is_refused_and_kept_in_the_field(clerk: Clerk) -> None:
    expect(clerk.page.locator("#number")).to_be_focused()
    clerk.type("H13.42-269999-0018")
    clerk.press("Enter")
    expect(clerk.page.locator("#list .notice.is-stop")).to_be_visible()
    expect(clerk.page.locator("#number")).to_have_value("H13.42-269999-0018")
    clerk.press("End")  # nothing is selected now: a second scan replaces the first all the same
    clerk.read_into_field("H13.42-269999-0019")
    clerk.press("Enter")
    expect(clerk.page.locator("#number")).to_have_value("H13.42-269999-0019")


def test_a_number_typed_with_a_pause_is_kept_whole(clerk: Clerk) -> None:
    expect(clerk.page.locator("#number")).to_be_focused()
    clerk.type("H13.4")
    clerk.page.wait_for_timeout(700)  # longer than between two characters of a reader
    clerk.type("2-269999-0018")
    clerk.press("Enter")
    expect(clerk.page.locator("#list .notice.is-stop")).to_be_visible()
    expect(clerk.page.locator("#number")).to_have_value("H13.42-269999-0018")


def test_two_clerks_never_have_the_same_batch(place: Place, new_clerk: Callable[[str], Clerk]) -> None:
    (place.folder / "paper.jpg").write_bytes(sheets.birth()[1])
    place.run("ingest", place.folder / "paper.jpg")
    lan, minh = new_clerk("lan"), new_clerk("minh")
    for clerk in (lan, minh):
        clerk.sign_in()
        expect(clerk.page.get_by_role("button", name="Nhận xử lý từ")).to_be_visible()
    # Both press it before either page has heard of the other.
    minh.page.context.set_offline(True)
    lan.page.get_by_role("button", name="Nhận xử lý từ").click()
    lan.wait_for_stack()
    lan.expect_papers("Giấy chứng sinh")
    address = lan.page.url
    minh.page.context.set_offline(False)
    answer = minh.page.request.post(
        f"{address.partition('?')[0]}/claim", headers={"Origin": place.address, "HX-Request": "true"}
    )
    assert answer.ok and "HX-Redirect" not in answer.headers
    expect(minh.page.get_by_role("button", name="Nhận xử lý từ")).to_have_count(0)
    minh.page.goto(address)
    expect(minh.page.locator("main")).to_contain_text(f"đang do {CLERKS['lan']} xử lý")
    picture = minh.page.request.get(f"{address.partition('?')[0]}/pages/1.jpg")
    assert picture.status == 403
    lan.press("e")
    expect(lan.page.locator("#describe-number")).to_be_focused()
    lan.type("H13.42-260804-0019")
    lan.press("Enter")
    expect(lan.page.locator("h1.number")).to_have_text("H13.42-260804-0019")
    lan.file()
    assert [document.batch_id for document in place.dossier("H13.42-260804-0019").documents] != []


def test_the_counter_is_remembered(place: Place, clerk: Clerk) -> None:
    clerk.page.get_by_role("button", name="Đăng xuất").click()
    expect(clerk.page.locator("#name")).to_be_focused()
    clerk.sign_in()
    expect(clerk.page.locator("header")).to_contain_text(COUNTER)
    expect(clerk.page.locator("#number")).to_be_focused()
