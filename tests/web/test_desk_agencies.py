"""Two agencies and an absent clerk, in real browsers."""

from collections.abc import Callable

from playwright.sync_api import expect

from scanflow.archive.people import accounts, agencies, counter_accounts
from scanflow.membership import Membership, Role
from tests.web import sheets
from tests.web.clerk import Clerk
from tests.web.place import CLERKS, PASSWORD, Place

SOUTH, SOUTH_COUNTER = "H57.133", "Quầy Nam"
NUMBER = "H13.42-260804-0021"


def test_two_agencies_and_an_absent_clerk(place: Place, new_clerk: Callable[[str], Clerk]) -> None:
    with place.catalog() as catalog:
        agencies.add_agency(catalog, SOUTH, "UBND phường Nam")
        counter_accounts.make_counter(catalog, SOUTH_COUNTER, agency=SOUTH)
        accounts.add_user(catalog, "nam", "Vũ Thị Nam", PASSWORD, member=Membership(SOUTH))
        supervisor = Membership(role=Role.SUPERVISOR)
        accounts.add_user(catalog, "hoa", "Phạm Thị Hoa", PASSWORD, member=supervisor)
    lan, nam, hoa = new_clerk("lan"), new_clerk("nam"), new_clerk("hoa")
    place.scanner.load(sheets.birth()[1:2])
    lan.sign_in()
    lan.scan_new(NUMBER)
    lan.expect_papers("Giấy chứng sinh")
    address = lan.page.url.partition("?")[0]

    nam.sign_in(SOUTH_COUNTER)
    expect(nam.page.locator("main")).not_to_contain_text(NUMBER)
    nam.page.goto(address)
    expect(nam.page.locator("main")).to_contain_text("Không có tập giấy tờ")
    assert nam.page.request.get(f"{address}/pages/1.jpg").status == 404
    nam.page.goto("/desk/counter")
    expect(nam.page.locator("[name=counter]")).to_have_count(1)

    hoa.sign_in()
    others = hoa.page.locator("#others")
    expect(others).to_contain_text(NUMBER)
    expect(others).to_contain_text(CLERKS["lan"])
    others.get_by_role("button", name="Chuyển").click()
    dialog = hoa.page.locator("#dialog")
    expect(dialog).to_contain_text(CLERKS["lan"])
    expect(dialog.locator("option")).to_have_text(
        ["Phạm Thị Hoa", CLERKS["minh"], "Trả lại hàng chờ, ai nhận xử lý cũng được"]
    )
    dialog.get_by_role("button", name="Chuyển").click()
    expect(hoa.page.locator("#mine-" + address.rpartition("/")[2])).to_contain_text(NUMBER)
    # Lan comes back to the page that was left open.
    expect(lan.page.locator("#notice")).to_contain_text("đã được chuyển cho Phạm Thị Hoa")
    lan.page.goto("/desk")
    expect(lan.page.locator("#away")).to_contain_text("đã chuyển cho Phạm Thị Hoa")
    hoa.page.get_by_role("link", name="Tiếp tục").click()
    hoa.wait_for_stack()
    hoa.expect_papers("Giấy chứng sinh")
    hoa.file()
    assert len(place.dossier(NUMBER).documents) == 1
