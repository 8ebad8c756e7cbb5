"""Figures by day: what is counted, that the counts follow changes, and that they are of one agency."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import (
    batches,
    daily_figures,
    documents,
    dossiers,
    files,
    night_items,
    pages,
    search_changes,
    versions,
)
from scanflow.archive.documents.document_corrections import move, reindex_document
from scanflow.archive.documents.doubts import DoubtRules
from scanflow.archive.figures import backlog, daily
from scanflow.archive.figures.counting import bring_up_to_date
from scanflow.archive.figures.daily import FiguresScope
from scanflow.archive.figures.facts import Figures, FiledPaper, Rules
from scanflow.archive.figures.nights import nights
from scanflow.ledger.nightly.night_runs import begin_run
from scanflow.model import BatchState, FileState, PageState
from scanflow.model.night_states import REOCR, ItemState

CHOSEN, FOUND = "chosen", "found"
DAY = date(2026, 11, 20)
MORNING = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)  # half past nine in Vietnam
LATE = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)  # the next day there


def rows(procedure: str | None, _at: datetime, filed: Sequence[FiledPaper]) -> tuple[int, int] | None:
    """Each dossier of a known procedure is to have a birth form and a card."""
    there = {type for _, type, _ in filed} & {"form", "card"}
    return (2, len(there)) if procedure else None


RULES = Rules(rows, DoubtRules(CHOSEN, 0.8, 0.9, 0.9), FOUND, frozenset({"result"}))
ALL = FiguresScope(date(2026, 1, 1), date(2026, 12, 31), None)


@pytest.fixture
def filed(catalog: Catalog) -> Iterator[Catalog]:
    with catalog.transaction() as c:
        for id, number, agency, at in (
            (1, "N1", "A", MORNING), (2, "N2", "A", MORNING), (3, "N3", "B", LATE),
        ):  # fmt: skip
            values = {"id": id, "number": number, "procedure_code": "1.1", "created_at": at, "agency": agency}
            c.execute(insert(dossiers).values(values))
        for no, (batch, agency, counter) in enumerate(
            (("b1", "A", "Q1"), ("b2", "A", None), ("b3", "B", None))
        ):
            values = {
                "id": batch, "origin": "test", "operator": "lan", "state": BatchState.CLOSED,
                "agency": agency, "created_at": MORNING, "updated_at": MORNING, "counter": counter,
            }  # fmt: skip
            c.execute(insert(batches).values(values))
            signed = {
                "id": no + 1, "batch_id": batch, "no": 1, "name": "x", "sha256": "0", "size": 1,
                "state": FileState.UNPACKED, "signed": batch == "b2",
            }  # fmt: skip
            c.execute(insert(files).values(signed))
    file(catalog, 1, 1, "b1", 1, "form")
    file(catalog, 2, 1, "b1", 2, "card", number="123", attested=True)
    file(catalog, 3, 2, "b2", 1, "result")
    file(catalog, 4, 2, "b2", 2, "card", number="123", sha256="b1-2", at=LATE)
    file(catalog, 5, 3, "b3", 1, "card", number="123", at=LATE)
    yield catalog


def file(  # noqa: PLR0917 - all that a document is counted by
    catalog: Catalog, id: int, dossier: int, batch: str, page: int, type: str, *,
    number: str | None = None, sha256: str = "", at: datetime = MORNING, attested: bool = False,
    evidence: Sequence[tuple[str, str]] = (), confidence: float = 0.95,
) -> None:  # fmt: skip
    with catalog.transaction() as c:
        values = {
            "id": id, "dossier_id": dossier, "no": page, "type": type, "confidence": confidence, "title": "",
            "evidence": [{"cue": cue, "found": found, "score": 1, "page": 0} for cue, found in evidence],
            "fields": {}, "batch_id": batch, "first_page": page, "created_at": at, "paper_number": number,
            "attested_by": "lan" if attested else None, "attested_at": at if attested else None,
        }  # fmt: skip
        c.execute(insert(documents).values(values))
        for version in (1, 2):
            made = dict.fromkeys(("pdf_key", "pdf_sha256", "words_key", "words_sha256"), f"{id} {version}")
            more = {"pdf_size": 1, "words_size": 1, "pages": 3, "confidence": 1.0, "made_by": {}}
            c.execute(insert(versions).values(document_id=id, version=version, created_at=at, **made, **more))
        c.execute(
            insert(pages).values(
                batch_id=batch, no=page, file_id=int(batch[1]), sha256=sha256 or f"{batch}-{page}",
                media_type="image/jpeg", state=PageState.FILED, document_id=id,
            )
        )  # fmt: skip
        reindex_document(c, id)


def counted(catalog: Catalog, asked: FiguresScope = ALL) -> dict[date, Figures]:
    assert bring_up_to_date(catalog, RULES) == 0
    with catalog.reading() as connection:
        return daily.by_day(connection, asked)


def test_a_days_dossiers_and_papers_are_those_of_vietnams_day(filed: Catalog) -> None:
    found = counted(filed)
    assert list(found) == [DAY, DAY + timedelta(days=1)]
    first, second = found.values()
    assert (first.dossiers, first.complete, first.asked, first.met) == (2, 1, 4, 3)
    assert (first.papers, first.pages) == (3, 9)
    assert (first.results, first.electronic) == (1, 1)
    assert (second.dossiers, second.papers) == (1, 2)


def test_a_paper_that_another_dossier_of_the_agency_has_counts_as_held(filed: Catalog) -> None:
    """The same number, or the same bytes; another agency's is not told."""
    _, second = counted(filed).values()
    assert (second.held, second.reused) == (1, 1)
    with filed.transaction() as c:
        c.execute(update(pages).where(pages.c.document_id == 4).values(sha256="scanned again"))
        reindex_document(c, 4)
    _, second = counted(filed).values()
    assert (second.held, second.reused) == (1, 0)


def test_automatic_types_are_judged_by_what_people_said(filed: Catalog) -> None:
    first, _ = counted(filed).values()
    assert (first.confirmed, first.right, first.wrong) == (1, 1, 0)  # compared with the original
    for id, (found, doubtful) in enumerate((("form", 0.3), ("unknown", 0.3), ("card", 1.0)), start=10):
        evidence = (("title", "x"), (CHOSEN, "card"), (FOUND, found))
        file(filed, id, 1, "b1", id, "card", evidence=evidence, confidence=doubtful)
    file(filed, 20, 1, "b1", 20, "card", evidence=[(CHOSEN, "card")])  # of a release that kept nothing
    file(filed, 21, 1, "b1", 21, "unknown", evidence=[(CHOSEN, "row"), (FOUND, "form")])
    file(filed, 22, 1, "b1", 22, "form", confidence=0.3)
    first, _ = counted(filed).values()
    assert (first.confirmed, first.right, first.wrong) == (4, 2, 1)
    assert (first.doubtful, first.untyped) == (1, 1)


def test_counts_follow_what_is_moved_and_what_is_gone(filed: Catalog) -> None:
    counted(filed)
    with filed.transaction() as c:
        for id in (3, 4):
            move(c, id, "N2", "N1")
            reindex_document(c, id)
    first, _ = counted(filed).values()
    assert (first.dossiers, first.papers) == (1, 3), "an empty dossier is not counted"
    with filed.transaction() as c:
        c.execute(update(pages).where(pages.c.document_id == 3).values(document_id=None))
        c.execute(delete(versions).where(versions.c.document_id == 3))
        c.execute(delete(documents).where(documents.c.id == 3))
        reindex_document(c, 3)
    first, _ = counted(filed).values()
    assert (first.papers, first.results) == (2, 0)


def test_a_catalog_that_was_made_anew_is_counted_anew(filed: Catalog) -> None:
    before = counted(filed)
    with filed.transaction() as c:
        c.execute(update(search_changes).values(token="another"))
        c.execute(update(daily_figures).values(papers=77))
    assert counted(filed) == before


def test_figures_of_another_agency_are_left_out(filed: Catalog) -> None:
    counted(filed)
    with filed.reading() as c:
        own = FiguresScope(ALL.first, ALL.last, "B")
        assert sum(each.papers for each in daily.by_day(c, own).values()) == 1
        assert [each.agency for each in daily.by_counter(c, own)] == ["B"]
        assert {each[0] for each in daily.rows(c, own)} == {"B"}
        assert set(daily.by_agency(c, ALL)) == {"A", "B"}
        other = FiguresScope(ALL.first, ALL.last, "A", "1.2")
        assert daily.by_procedure(c, other) == {} == daily.by_day(c, other)


def test_a_counter_has_its_pages_and_the_hours_of_its_work(filed: Catalog) -> None:
    file(filed, 30, 1, "b1", 30, "form", at=MORNING + timedelta(hours=1))
    counted(filed)
    with filed.reading() as c:
        [elsewhere, counter] = daily.by_counter(c, FiguresScope(ALL.first, ALL.last, "A"))
    assert (elsewhere.counter, counter.counter) == ("", "Q1")
    assert (counter.papers, counter.pages, counter.hours, counter.pages_an_hour) == (3, 9, 2, 4.5)


def test_what_waits_is_counted_by_state(filed: Catalog) -> None:
    with filed.transaction() as c:
        c.execute(update(batches).where(batches.c.id == "b2").values(state=BatchState.UNASSIGNED))
        c.execute(update(pages).where(pages.c.document_id == 1).values(state=PageState.QUARANTINED))
    with filed.reading() as c:
        waiting = backlog.open_batches(c, "A")
        assert tuple(waiting) == backlog.OPEN
        assert waiting[BatchState.UNASSIGNED] == backlog.Waiting(1, 2, MORNING)
        assert waiting[BatchState.DESK] == backlog.Waiting(0, 0, None)
        assert (backlog.pages_in_quarantine(c, "A"), backlog.pages_in_quarantine(c, "B")) == (1, 0)


def test_what_is_counted_is_not_counted_again(filed: Catalog) -> None:
    counted(filed)
    with filed.transaction() as c:
        c.execute(update(daily_figures).values(papers=77))
    assert {each.papers for each in counted(filed).values()} == {77 * 1, 77 * 2}
    with filed.reading() as c:
        assert len(c.execute(select(daily_figures)).all()) == 3


def test_counting_stops_when_its_time_is_over(filed: Catalog) -> None:
    assert bring_up_to_date(filed, RULES, seconds=-1) == 5
    assert bring_up_to_date(filed, RULES) == 0


def test_figures_of_nights_count_the_own_agencys_documents(filed: Catalog) -> None:
    with filed.transaction() as c:
        run = begin_run(c, REOCR, {}, by="test")
        for document, result in ((1, "better"), (2, "better"), (3, "same"), (5, "better"), (4, None)):
            values = {
                "run_id": run.id, "document_id": document, "subject": str(document), "pages": 3,
                "state": ItemState.DONE if result else ItemState.WAITING, "result": result,
            }  # fmt: skip
            c.execute(insert(night_items).values(values))
    always = FiguresScope(date(2020, 1, 1), date(2100, 1, 1), "A")
    with filed.reading() as c:
        (night,) = nights(c, always)
        assert (night.documents, night.pages, night.results) == (3, 9, {"better": 2, "same": 1})
        assert [each.documents for each in nights(c, replace(always, agency="B"))] == [1]
        assert [each.documents for each in nights(c, replace(always, agency=None))] == [4]
        assert nights(c, replace(always, last=date(2020, 1, 2))) == []
        assert nights(c, replace(always, procedure="1.2")) == []
