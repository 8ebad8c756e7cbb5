"""Documents that can't be written: the page that is to blame goes to quarantine, the others are filed."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace

import pytest
from sqlalchemy import select

from scanflow.archive.database.tables import pages
from scanflow.archive.repair.verify import verify
from scanflow.errors import DamagedInputError, InputError, LimitError
from scanflow.pdf.document import OutputType, PdfMetadata, PdfPage, WrittenPdf
from scanflow.pipeline.batch_outcome import Outcome
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.services import Services, open_services
from scanflow.settings import Settings
from tests.pipeline.live_archive import page, process, take_batch

Refusal = Callable[[int], InputError | None]
"""Gives for a number of pages what is wrong with writing them, or None."""


class RefusingChildren(ChildProcesses):
    """Real children that refuse to write some images: no real file is known that is read and can't be
    written.
    """

    refuse_pages: frozenset[bytes] = frozenset()
    refuse: Refusal = staticmethod(lambda _pages: None)
    asked = 0

    def write(
        self, pages: Sequence[PdfPage], metadata: PdfMetadata, output_type: OutputType = "pdfa"
    ) -> "Future[WrittenPdf]":
        self.asked += 1
        error = self.refuse(len(pages))
        if any(page.captured.data in self.refuse_pages for page in pages):
            error = DamagedInputError("an image page cannot be decoded")
        if error is None:
            return super().write(pages, metadata, output_type)
        refused: Future[WrittenPdf] = Future()
        refused.set_exception(error)
        return refused


@pytest.fixture
def children(services: Services) -> Iterator[RefusingChildren]:
    with RefusingChildren(services.settings) as started:
        yield started


@pytest.fixture
def services(new_settings: Callable[[str], Settings]) -> Iterator[Services]:
    settings = new_settings("home").model_copy(update={"jobs": 2})
    limits = settings.limits.model_copy(update={"retry_seconds": 0.01})
    with open_services(settings.model_copy(update={"limits": limits})) as opened:
        yield opened


PAGES = [page(f"{no}", lines=no) for no in (1, 2, 3)]


def file_with(
    services: Services, children: RefusingChildren, scans: Sequence[bytes]
) -> tuple[Outcome, list[str]]:
    """File a batch; what became of it and the states of its pages."""
    batch_id = take_batch(services, scans)
    outcome = process(replace(services, children=children), batch_id)
    with services.catalog.reading() as connection:
        states = list(connection.scalars(select(pages.c.state).order_by(pages.c.no)))
    assert outcome.state == "closed"
    assert verify(services.store, services.catalog).ok
    assert not verify(services.store, services.catalog).unknown
    return outcome, states


def test_a_page_that_cannot_be_written_is_quarantined_alone(
    services: Services, children: RefusingChildren
) -> None:
    children.refuse_pages = frozenset(PAGES[1:2])
    outcome, states = file_with(services, children, PAGES)
    assert states == ["filed", "quarantined", "filed"]
    assert [filed.pages for filed in outcome.filed] == [2]
    (laid,) = outcome.laid
    assert (laid.file, laid.page, laid.code) == ("scan2.png", 1, "damaged")
    assert laid.reason_vi


def test_paper_of_one_such_page_leaves_nothing_to_file(
    services: Services, children: RefusingChildren
) -> None:
    children.refuse_pages = frozenset(PAGES)
    outcome, states = file_with(services, children, PAGES[:1])
    assert states == ["quarantined"]
    assert outcome.filed == ()


def test_pages_that_can_only_be_written_alone_are_quarantined(
    services: Services, children: RefusingChildren
) -> None:
    children.refuse = lambda count: LimitError("too large") if count > 1 else None
    outcome, states = file_with(services, children, PAGES)
    assert states == ["quarantined"] * 3
    assert {laid.code for laid in outcome.laid} == {"limit"}


def test_a_child_that_dies_while_it_writes_says_nothing_of_the_page(
    services: Services, children: RefusingChildren
) -> None:
    errors = iter([LimitError("its process died")])
    children.refuse = lambda _count: next(errors, None)
    outcome, states = file_with(services, children, PAGES)
    assert states == ["filed"] * 3
    assert [filed.pages for filed in outcome.filed] == [3]
    assert children.asked == 2
