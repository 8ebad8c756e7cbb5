"""A stack at the desk, from its first page until it is filed."""

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import update

from scanflow.archive.database.tables import batches, counters, documents, pages
from scanflow.counter_messages import Hello, OrderReport, ScannerInfo
from scanflow.desk import stacks
from scanflow.desk.arriving import orders
from scanflow.desk.changing import changes
from scanflow.desk.stack_view import pictures
from scanflow.desk.stack_view.verdicts import SILENT
from scanflow.desk.stack_view.view_model import DeskPage, StackView
from scanflow.errors import (
    ChangedError,
    ChecksumError,
    NoScannerError,
    NotReadyError,
    NotYoursError,
    ScannerBusyError,
    UsageError,
)
from scanflow.model.order_states import OrderState
from scanflow.pipeline.batch_outcome import load_outcome
from tests.desk.conftest import CLERK, COUNTER, OTHER, Counter
from tests.desk.patience import wait_for
from tests.desk.sheets import blank, turned, upper_halves

MARRIAGE = upper_halves("quay-1")
BIRTH = upper_halves("H13.42-260804-0017")


def types(seen: StackView) -> list[list[str]]:
    return [[paper.type for paper in dossier.papers] for dossier in seen.dossiers]


def nos(seen: StackView) -> list[list[int]]:
    return [[page.no for page in paper.pages] for d in seen.dossiers for paper in d.papers]


def captured(counter: Counter) -> list[str]:
    stored = counter.desk.services.store.list(f"intake/{counter.stack}/")
    return [each.key for each in stored if "manifest" not in each.key]


def stops(seen: StackView) -> set[str]:
    """What stands in the way of filing."""
    return {problem.code for problem in seen.problems if problem.severity == "stop"}


def codes(page: DeskPage) -> set[str]:
    return {verdict.code for verdict in page.verdicts}


def test_missing_papers_are_reported_before_filing(counter: Counter) -> None:
    counter.begin(counter.number, "1.001193")
    counter.scan(BIRTH[0])
    (dossier,) = counter.read().dossiers
    assert dossier.checklist is not None
    missing = [item.types for item in dossier.checklist.items if item.missing]
    assert missing and all("to-khai-dang-ky-khai-sinh" not in kinds for kinds in missing)
    counter.scan(BIRTH[2])
    (dossier,) = counter.read().dossiers
    assert dossier.checklist is not None
    assert len([item for item in dossier.checklist.items if item.missing]) < len(missing)


def test_a_persons_decisions_are_filed(counter: Counter) -> None:
    """Order, borders, type, removed pages and compared papers are filed as the clerk decided."""
    counter.begin(counter.number, "1.001193")
    counter.scan(BIRTH[2], BIRTH[0], MARRIAGE[4])
    first = counter.read()
    assert nos(first) == [[1], [2], [3]]
    desk, stack = counter.desk, counter.stack
    changes.arrange(desk, stack, CLERK, [[2], [1], [3]])
    assert nos(counter.seen) == [[2], [1], [3]]
    changes.join(desk, stack, CLERK, 1)
    changes.choose_type(desk, stack, CLERK, 2, "giay-uy-quyen")
    changes.attest(desk, stack, CLERK, 2, on=True)
    changes.remove(desk, stack, CLERK, 3)
    seen = counter.seen
    assert nos(seen) == [[2, 1]] and types(seen) == [["giay-uy-quyen"]]
    (paper,) = seen.dossiers[0].papers
    assert paper.chosen and paper.attested is not None and paper.attested.by == CLERK
    assert [(page.no, page.state) for page in seen.aside] == [(3, "removed")]
    outcome = counter.file()
    assert [(filed.type, filed.pages) for filed in outcome.filed] == [("giay-uy-quyen", 2)]
    assert [(laid.code, laid.where) for laid in outcome.laid] == [("removed", "set_aside")]
    dossier = desk.services.catalog.dossier(counter.number)
    assert dossier is not None and dossier.documents[0].attested == paper.attested
    # The removed page is still there, and in time the only one.
    wait_for(lambda: captured(counter), lambda keys: len(keys) == 1)


def test_each_change_of_a_stack_is_taken_back(counter: Counter) -> None:
    counter.begin(counter.number)
    counter.scan(BIRTH[0], MARRIAGE[4])
    counter.read()
    desk, stack = counter.desk, counter.stack
    changes.join(desk, stack, CLERK, 2)
    assert nos(counter.seen) == [[1, 2]]
    changes.split(desk, stack, CLERK, 2)
    assert nos(counter.seen) == [[1], [2]]
    changes.remove(desk, stack, CLERK, 1)
    changes.restore(desk, stack, CLERK, 1)
    assert nos(counter.seen) == [[1], [2]]
    changes.choose_type(desk, stack, CLERK, 1, "ban-ve")
    changes.choose_type(desk, stack, CLERK, 1, None)
    assert not counter.seen.dossiers[0].papers[0].chosen


def test_a_turned_page_is_read_again_as_the_clerk_turned_it(counter: Counter) -> None:
    counter.begin(counter.number)
    counter.scan(turned(BIRTH[0], 180))
    page = counter.read().dossiers[0].papers[0].pages[0]
    assert "turned" in codes(page) and page.words > 20
    changes.rotate(counter.desk, counter.stack, CLERK, 1, 90)
    on_its_side = counter.read().dossiers[0].papers[0].pages[0]
    assert on_its_side.size == (page.size or (0, 0))[::-1]
    assert on_its_side.picture != page.picture
    for _ in range(3):
        changes.rotate(counter.desk, counter.stack, CLERK, 1, 90)
    back = counter.read().dossiers[0].papers[0].pages[0]
    assert (back.size, back.words) == (page.size, page.words)


def test_a_page_scanned_again_takes_its_place(counter: Counter) -> None:
    counter.begin(counter.number, "1.001193")
    counter.scan(BIRTH[0], MARRIAGE[4], BIRTH[2])
    counter.read()
    changes.split(counter.desk, counter.stack, CLERK, 2)
    counter.scan(BIRTH[4], replaces=2)
    seen = counter.read()
    assert nos(seen) == [[1], [4], [3]]
    assert [(page.no, codes(page), page.replaced_by) for page in seen.aside] == [(2, {"rescanned"}, 4)]
    outcome = counter.file()
    assert (outcome.count.filed, outcome.count.set_aside) == (3, 1)


def test_blank_and_doubled_pages_are_reported(counter: Counter) -> None:
    counter.begin(counter.number)
    counter.scan(BIRTH[0], blank(), BIRTH[0])
    seen = counter.read()
    assert [(page.no, page.state) for page in seen.aside] == [(2, "blank")]
    assert "doubled" in {code for d in seen.dossiers for p in d.papers for g in p.pages for code in codes(g)}
    changes.restore(counter.desk, counter.stack, CLERK, 2)
    assert sorted(no for paper in nos(counter.seen) for no in paper) == [1, 2, 3]
    assert counter.seen.aside == ()


def test_a_file_that_cannot_be_taken_apart_is_shown_as_a_file(counter: Counter) -> None:
    counter.begin(counter.number)
    counter.scan(BIRTH[0], b"no image at all")
    seen = counter.read()
    assert nos(seen) == [[1]] and seen.aside == ()
    assert [(file.no, file.verdict.code) for file in seen.bad_files] == [(2, "bad")]


def test_a_receipt_with_another_number_than_typed_is_reported(counter: Counter) -> None:
    counter.begin(counter.number)
    counter.scan(MARRIAGE[0])
    assert "other-number" in {problem.code for problem in counter.read().problems}


def test_a_stack_is_not_filed_before_it_can_be(counter: Counter) -> None:
    counter.begin()
    desk, stack = counter.desk, counter.stack
    with pytest.raises(NotReadyError):  # nothing in it
        stacks.submit(desk, stack, CLERK, counter.seen.revision)
    with desk.services.catalog.transaction() as connection:  # no agent is present
        connection.execute(update(counters).values(seen_at=None))
    order = orders.scan(desk, stack, CLERK, device="test:0", profile="papers")
    counter.deliver(order, 1, BIRTH[0])
    seen = counter.read()  # nothing is left to be read, so that only this test moves the revision
    assert stops(seen) == {SILENT, "no-number"}
    with pytest.raises(NotReadyError):  # the scan has not ended
        stacks.submit(desk, stack, CLERK, seen.revision)
    orders.report_order(desk, COUNTER, order, OrderReport(OrderState.DONE, 1))
    seen = counter.seen
    assert stops(seen) == {"no-number"}
    with pytest.raises(NotReadyError):  # nobody knows its number
        stacks.submit(desk, stack, CLERK, seen.revision)
    before = counter.seen.revision
    with pytest.raises(UsageError):
        stacks.describe(desk, stack, CLERK, "H13.42-269904-0017", None)
    stacks.describe(desk, stack, CLERK, f" {counter.number.lower()} ", None)
    assert counter.seen.number == counter.number
    with pytest.raises(ChangedError):
        stacks.submit(desk, stack, CLERK, before)
    assert counter.file().state == "closed"


def test_the_same_page_twice_is_one_and_another_under_its_number_is_kept_elsewhere(counter: Counter) -> None:
    counter.begin(counter.number)
    order = orders.scan(counter.desk, counter.stack, CLERK, device="test:0", profile="papers")
    counter.deliver(order, 1, BIRTH[0])
    counter.deliver(order, 1, BIRTH[0])
    counter.deliver(order, 1, BIRTH[2])
    with pytest.raises(ChecksumError):
        counter.deliver(order, 2, BIRTH[2], sha="0" * 64)
    orders.report_order(counter.desk, COUNTER, order, OrderReport(OrderState.DONE, 1))
    assert nos(counter.read()) == [[1]]
    assert counter.file().count.captured == 1
    counter.deliver(order, 1, BIRTH[0])  # sent again after it was filed: it is stored
    counter.deliver(order, 3, BIRTH[4])
    (late,) = [each for each in stacks.unclaimed(counter.desk, CLERK) if each.late]
    assert (late.pages, late.late) == (2, stacks.LateStack(counter.stack, counter.number, (1, 2)))


def test_two_clerks_never_have_the_same_stack(counter: Counter) -> None:
    counter.begin(counter.number)
    counter.scan(BIRTH[0])
    counter.read()
    desk, stack = counter.desk, counter.stack
    for act in (
        lambda: changes.remove(desk, stack, OTHER, 1),
        lambda: stacks.submit(desk, stack, OTHER, 0),
        lambda: pictures.picture(desk, stack, OTHER, 1, 100),
        lambda: orders.scan(desk, stack, OTHER, device="", profile="papers"),
        lambda: stacks.claim(desk, stack, OTHER, COUNTER),
    ):
        with pytest.raises(NotYoursError):
            act()
    assert stacks.my_stacks(desk, OTHER) == []
    assert stack in {summary.batch_id for summary in stacks.my_stacks(desk, CLERK)}


def test_a_batch_without_a_number_is_claimed_once_and_goes_on_at_the_desk(counter: Counter) -> None:
    counter.begin(counter.number)
    counter.scan(BIRTH[0], blank())
    counter.read()
    desk, stack = counter.desk, counter.stack
    with desk.services.catalog.transaction() as connection:
        connection.execute(
            batches.update().where(batches.c.id == stack).values(state="taken", clerk_number=None)
        )
    desk.submit(stack)
    wait_for(lambda: load_outcome(desk.services, stack), lambda outcome: outcome.state == "unassigned")
    (summary,) = [each for each in stacks.unclaimed(desk, CLERK) if not each.late]
    assert summary.batch_id == stack and summary.reason_vi
    stacks.claim(desk, stack, CLERK, COUNTER)
    with pytest.raises(NotYoursError):
        stacks.claim(desk, stack, OTHER, COUNTER)
    assert [(page.no, page.state) for page in counter.seen.aside] == [(2, "blank")]
    stacks.describe(desk, stack, CLERK, counter.number, None)
    outcome = counter.file()
    assert (outcome.state, outcome.count.filed, outcome.count.set_aside) == ("closed", 1, 1)


def test_a_stack_given_up_is_kept_but_filed_nowhere(counter: Counter) -> None:
    counter.begin(counter.number)
    order = orders.scan(counter.desk, counter.stack, CLERK, device="test:0", profile="papers")
    counter.deliver(order, 1, BIRTH[0])
    with pytest.raises(NotReadyError):
        stacks.give_up(counter.desk, counter.stack, CLERK)
    orders.report_order(counter.desk, COUNTER, order, OrderReport(OrderState.DONE, 1))
    counter.read()
    stacks.give_up(counter.desk, counter.stack, CLERK)
    outcome = wait_for(
        lambda: load_outcome(counter.desk.services, counter.stack), lambda outcome: outcome.state == "closed"
    )
    assert (outcome.count.filed, [laid.code for laid in outcome.laid]) == (0, ["given-up"])
    with counter.desk.services.catalog.reading() as connection:
        mine = connection.execute(documents.select().where(documents.c.batch_id == counter.stack))
        assert mine.fetchall() == []
        (row,) = connection.execute(pages.select().where(pages.c.batch_id == counter.stack)).fetchall()
    assert counter.desk.services.store.get(row.object_key) == BIRTH[0]


def test_a_scanner_is_given_one_order_at_a_time(counter: Counter) -> None:
    first = counter.begin(counter.number)
    order = orders.scan(counter.desk, first, CLERK, device="test:0", profile="papers")
    counter.begin("H13.42-260806-0031")
    with pytest.raises(ScannerBusyError):
        orders.scan(counter.desk, counter.stack, CLERK, device="test:0", profile="papers")
    given = orders.next_order(counter.desk, COUNTER)
    assert given is not None and (given.id, given.single, given.stop) == (order, False, False)
    orders.agent_seen(counter.desk, COUNTER)
    orders.report_order(counter.desk, COUNTER, order, OrderReport(OrderState.RUNNING, 0))
    assert orders.next_order(counter.desk, COUNTER) is None
    orders.stop(counter.desk, first, CLERK)
    given = orders.next_order(counter.desk, COUNTER)
    assert given is not None and given.stop
    orders.report_order(counter.desk, COUNTER, order, OrderReport(OrderState.STOPPED, 0, "scan-cancelled"))
    assert orders.next_order(counter.desk, COUNTER) is None
    too_late = OrderReport(OrderState.DONE, 9)
    orders.report_order(counter.desk, COUNTER, order, too_late)
    counter.stack = first
    assert counter.seen.feeding is not None and counter.seen.feeding.state == "stopped"


def test_a_scanner_that_the_counter_hasnt_is_refused(counter: Counter) -> None:
    counter.begin(counter.number)
    orders.note_hello(counter.desk, COUNTER, Hello("", (ScannerInfo("test:0"),), ("papers",)))
    with pytest.raises(NoScannerError):
        orders.scan(counter.desk, counter.stack, CLERK, device="net:elsewhere:1", profile="papers")
    assert orders.scan(counter.desk, counter.stack, CLERK, device="test:0", profile="papers")


def test_a_front_whose_sheet_is_fed_again_is_not_there_twice(counter: Counter) -> None:
    counter.begin(counter.number)
    desk, stack = counter.desk, counter.stack
    order = orders.scan(desk, stack, CLERK, device="test:0", profile="duplex")
    for no, page in enumerate([BIRTH[0], blank(), BIRTH[2]], start=1):
        counter.deliver(order, no, page)
    jam = OrderReport(OrderState.FAILED, 3, "paper-jam", "jam", "Kẹt giấy.", half_sheet=True)
    orders.report_order(desk, COUNTER, order, jam)
    assert counter.read().feeding.reason_vi == "Kẹt giấy."  # type: ignore[union-attr]
    again = orders.scan(desk, stack, CLERK, device="test:0", profile="duplex")
    for no, page in enumerate([BIRTH[2], blank()], start=1):
        counter.deliver(again, no, page)
    orders.report_order(desk, COUNTER, again, OrderReport(OrderState.DONE, 2))
    seen = counter.read()
    assert nos(seen) == [[1], [4]]
    assert {page.no: codes(page) for page in seen.aside}[3] == {"fed-again"}


def test_pictures_are_upright_and_no_larger_than_asked_for(counter: Counter) -> None:
    counter.begin(counter.number)
    counter.scan(turned(BIRTH[0], 90))
    counter.read()
    small = Image.open(BytesIO(pictures.picture(counter.desk, counter.stack, CLERK, 1, 160)))
    assert small.width == 160 and small.height > small.width
    large = Image.open(BytesIO(pictures.picture(counter.desk, counter.stack, CLERK, 1, 5000)))
    assert large.width == Image.open(BytesIO(BIRTH[0])).width


def test_a_number_of_another_agencys_dossier_is_refused_without_saying_why(counter: Counter) -> None:
    desk = counter.desk
    desk.services.catalog.ensure_dossier(counter.number, "1.001193", agency="H57.133")
    counter.begin(counter.number)
    counter.scan(BIRTH[0])
    seen = counter.read()
    assert not seen.can_file
    assert "number-refused" in {problem.code for problem in seen.problems}
    told = [problem.text + problem.text_vi for problem in seen.problems]
    assert not any("agency" in each or "cơ quan" in each or "H57" in each for each in told)
    (dossier,) = seen.dossiers
    assert not dossier.known
    with pytest.raises(NotReadyError):
        stacks.submit(desk, counter.stack, CLERK, seen.revision)
    stacks.describe(desk, counter.stack, CLERK, f"{counter.number}1", None)
    assert counter.file().state == "closed"
