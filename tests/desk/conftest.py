"""A counter with a desk: a real archive, real reading, and an agent that the test plays."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest

from scanflow.archive.database.tables import orders as orders_table
from scanflow.archive.people.accounts import add_user
from scanflow.archive.people.counter_accounts import make_counter
from scanflow.counter_messages import OrderReport
from scanflow.desk import stacks
from scanflow.desk.arriving import orders
from scanflow.desk.context import Desk
from scanflow.desk.opening import open_desk
from scanflow.desk.stack_view.view import view
from scanflow.desk.stack_view.view_model import StackView
from scanflow.model.order_states import OrderState
from scanflow.pipeline.batch_outcome import Outcome, load_outcome
from scanflow.pipeline.services import open_services
from tests.desk.patience import wait_for
from tests.pipeline.live_archive import LiveArchive

COUNTER = "Quầy 1"
CLERK, OTHER = "lan", "minh"


@dataclass
class Counter:
    """A counter, its clerk and its agent, all in this process."""

    desk: Desk
    number: str
    stack: str = ""

    def begin(self, number: str | None = None, procedure: str | None = None) -> str:
        self.stack = stacks.open_stack(
            self.desk, clerk=CLERK, counter=COUNTER, number=number, procedure=procedure
        )
        return self.stack

    def scan(self, *pages: bytes, replaces: int | None = None, end: OrderReport | None = None) -> int:
        """Order a scan and deliver it, as the agent does: pages, then what became of the order."""
        order = orders.scan(
            self.desk, self.stack, CLERK, device="test:0", profile="papers", replaces=replaces
        )
        for no, page in enumerate(pages, start=1):
            self.deliver(order, no, page)
        orders.report_order(self.desk, COUNTER, order, end or OrderReport(OrderState.DONE, len(pages)))
        return order

    def deliver(self, order: int, no: int, page: bytes, sha: str | None = None) -> None:
        digest = sha or sha256(page).hexdigest()
        orders.take_page(self.desk, COUNTER, order, no, page, "image/jpeg", digest)

    @property
    def seen(self) -> StackView:
        return view(self.desk, self.stack, CLERK)

    def read(self) -> StackView:
        """The stack once every page has been read."""
        return wait_for(lambda: self.seen, lambda seen: not seen.waiting and self._none_arriving(seen))

    def _none_arriving(self, seen: StackView) -> bool:
        return not any(problem.code == "reading" for problem in seen.problems)

    def file(self, clerk: str = CLERK) -> Outcome:
        """File the stack as it is seen now; what became of it."""
        stacks.submit(self.desk, self.stack, clerk, view(self.desk, self.stack, clerk).revision)
        return wait_for(
            lambda: load_outcome(self.desk.services, self.stack),
            lambda outcome: outcome.state in ("closed", "unassigned", "failed"),
        )


@contextmanager
def opened(home: Path, **variables: str) -> Iterator[Desk]:
    """A desk of a new archive, with two clerks and a counter."""
    settings = LiveArchive(home, {"SCANFLOW_OCR__FAST": "true", **variables}).settings()
    with open_services(settings) as services, open_desk(services) as desk:
        for name in (CLERK, OTHER):
            add_user(services.catalog, name, name.title(), "mat-khau-thu-nghiem")
        make_counter(services.catalog, COUNTER)
        yield desk


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory.mktemp("shared")) as desk:
        yield desk


_serial = count(1)


@pytest.fixture
def counter(shared_desk: Desk) -> Counter:
    """A counter in an archive that other tests use too: each test has a dossier number of its own."""
    with shared_desk.services.catalog.transaction() as connection:  # end an order that an earlier test left
        connection.execute(orders_table.update().values(state="done"))
    return Counter(shared_desk, f"H13.42-260804-{next(_serial):04}")


@pytest.fixture
def new_counter(tmp_path: Path) -> Iterator[Counter]:
    """A counter in an archive of its own, where a receipt's code says the number.

    Not in a module with the other: the jobs' engine is one a process.
    """
    with opened(tmp_path) as desk:
        yield Counter(desk, "H13.42-260804-0017")
