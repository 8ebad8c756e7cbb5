"""Runs, quarantine, comparisons, signatures and joining in Chromium: accessible, also without a mouse."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from fixtures.signing import sign
from scanflow.archive.store.keys import document_key
from scanflow.desk.context import Desk
from scanflow.web.addresses import dossier_address
from scanflow.web.app import make_app
from tests.review.filing import file_document
from tests.web.browsers import require_good_page, search_page
from tests.web.review_items import improved_run, picture, quarantined
from tests.web.reviewing import NORTH, OURS, PAGES, signed_in
from tests.web.serving import serving_agents

SIGNED, CHANGED = "H57.132-260804-0085", "H57.132-260804-0086"
_PUT_NUMBERS = """() => {
  const kinds = ["a[href]", "button", "input", "select", "summary"].map(each => `main ${each}`);
  const all = [...document.querySelectorAll(kinds.join(","))]
    .filter(each => !each.disabled && each.type !== "hidden" && each.tabIndex >= 0 && each.checkVisibility());
  const radios = new Set();
  const found = all.filter(each => each.type !== "radio" || !radios.has(each.name) && radios.add(each.name));
  found.forEach((each, n) => { each.dataset.n = n; });
  document.querySelector("a[href], button").focus();
  return found.length;
}"""
_REACHED = "() => document.activeElement.dataset.n ?? document.activeElement.name ?? ''"


@pytest.fixture(scope="module")
def places(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The pages, with something on each of them."""
    store, catalog = desk.services.store, desk.services.catalog
    data = store.get(document_key(OURS, 2, "can-cuoc", 1))
    file_document(store, catalog, SIGNED, PAGES[:1], agency=NORTH, kept=True, file=sign(data))
    file_document(store, catalog, CHANGED, PAGES, agency=NORTH)
    changed = dossier_address(CHANGED, 1)
    line = {"version": "1", "first": "4", "count": "3", "text": "Nguyễn Thị Hòa"}
    app = make_app(desk)
    assert signed_in(app, "thu").post(f"{changed}/pages/1/correct", data=line).status_code == 303
    broken = picture()
    batch = quarantined(desk, Path(tmp_path_factory.mktemp("broken")), broken[: len(broken) // 2])
    thu = signed_in(app, "thu")
    kinds = [each for each in ("file", "quarantine") if thu.get(f"/review/queue/{each}/{batch}/1").is_success]
    return {
        "runs": "/review/runs",
        "run": f"/review/runs/{improved_run(desk)}",
        "quarantine": f"/review/queue/{kinds[0]}/{batch}/1",
        "versions": f"{changed}/compare?version=2&with=1",
        "signature": f"{dossier_address(SIGNED, 1)}/about",
        "lines": f"{dossier_address(OURS, 1)}/pages/1/correct",
        "join": f"{dossier_address(OURS, 1)}/arrange?other_dossier={CHANGED}",
    }


@pytest.fixture(scope="module")
def page(places: dict[str, str], desk: Desk, browser: Browser) -> Iterator[Page]:
    """A reviewer's page. The browser starts after `places`: no file can be signed beside its event loop."""
    with serving_agents(desk) as address, search_page(browser, address, "thu") as opened:
        yield opened


@pytest.mark.parametrize("what", ["runs", "run", "quarantine", "versions", "signature", "lines", "join"])
def test_each_page_is_accessible_fits_and_needs_no_mouse(
    places: dict[str, str], page: Page, what: str
) -> None:
    answer = page.goto(places[what])
    assert answer is not None and answer.ok
    require_good_page(page)
    count = page.evaluate(_PUT_NUMBERS)
    reached = set()
    for _ in range(count + 60):  # the bar's own come before
        reached.add(page.evaluate(_REACHED))
        page.keyboard.press("Tab")
        if len(reached & {str(n) for n in range(count)}) == count:
            break
    assert {str(n) for n in range(count)} <= reached


def test_a_runs_examples_show_the_picture_and_both_texts_in_place(places: dict[str, str], page: Page) -> None:
    page.goto(places["run"])
    example = page.locator("#examples li", has_text=CHANGED)
    example.locator("summary").click()
    row = example.locator("tbody tr").first
    expect(row.locator("ins")).to_contain_text("Hòa")
    expect(row.locator("del")).not_to_be_empty()
    assert row.locator("svg image").count() == 1
    require_good_page(page)
