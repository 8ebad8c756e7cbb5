"""Documents are brought up to new profiles, index and PDF; what people set stays, and all of it can be
undone.
"""

from collections.abc import Iterator
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select, update

from scanflow.archive.database.tables import documents, page_texts
from scanflow.archive.database.tables import night_items as night_rows
from scanflow.archive.database.tables import night_runs as run_rows
from scanflow.archive.documents.filed_documents import document_of as filed_document
from scanflow.archive.logbook import READING_UNDONE, WORKED_ON_AGAIN, document_subject
from scanflow.archive.manifest import write_manifest
from scanflow.archive.repair.verify import differences, verify
from scanflow.archive.search.index import SearchIndex
from scanflow.errors import StoreError
from scanflow.ledger.nightly import night_items, night_runs
from scanflow.ledger.nightly.night_items import NewItem
from scanflow.ledger.nightly.night_runs import NightRun
from scanflow.model import Document, Evidence
from scanflow.model.night_states import REWORK, ItemState, RunState
from scanflow.night.reocr import SAME
from scanflow.night.rework import INDEX, PDF, PROFILES, RENEWED, foresee, rework_job
from scanflow.night.runs.choosing import Query
from scanflow.night.runs.document_item import GONE
from scanflow.night.runs.pace import Pace
from scanflow.night.runs.running import carry_out
from scanflow.night.undo import undo
from scanflow.pipeline.filing.papers import CHOSEN
from scanflow.pipeline.services import Services
from scanflow.review.access import open_document
from scanflow.review.context import Review
from scanflow.review.pages import WIDTHS, picture
from tests.e2e.conftest import scanflow
from tests.night.filed_papers import OLD_TYPE, TRUE_TYPE, file, placed, results
from tests.night.nights import kill, start
from tests.night.weak_archive import WHO, build, cases, document, images, signed, text_of
from tests.patience import PATIENCE, wait_until
from tests.pipeline.archives import open_archive

BACKENDS = ["folder", pytest.param("s3", marks=[pytest.mark.s3, pytest.mark.postgresql])]


@pytest.fixture(params=BACKENDS)
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    with open_archive(tmp_path / "home", request, request.param) as opened:
        yield opened


def rework(services: Services, *parts: str, **more: object) -> str:
    """A run over all that is filed, to its end; its id."""
    asked = {"query": Query().to_json(), "parts": list(parts), **more}
    with services.catalog.transaction() as connection:
        run = night_runs.begin_run(connection, REWORK, asked, by="tester")
    state = carry_out(services, rework_job(services, run), Pace(services.catalog, None, Event()))
    assert state is RunState.DONE
    return run.id


def document_of(services: Services, number: str) -> Document:
    with services.catalog.reading() as connection:
        found = filed_document(connection, "default", number, 1)
    assert found is not None
    return found[1]


def test_types_follow_the_profiles_but_where_a_person_set_them(services: Services) -> None:
    wrong = file(services, "H13.42-261127-0001", type=OLD_TYPE)
    chosen = file(services, "H13.42-261127-0002", type=OLD_TYPE, cue=CHOSEN, name="Người Sửa")
    right = file(services, "H13.42-261127-0003", type=TRUE_TYPE)
    before = {each: placed(services, each).document for each in (wrong, chosen, right)}
    asked = {"parts": [PROFILES]}
    foreseen = foresee(services, Query(), None, asked, lambda _done, _total: None)
    run_id = rework(services, PROFILES)
    assert results(services, run_id)[RENEWED] == foreseen[RENEWED] >= 1
    after = placed(services, wrong).document
    assert after.type == TRUE_TYPE
    assert after.versions == before[wrong].versions
    log = services.catalog.log_entries(document_subject("H13.42-261127-0001", 1))
    (entry,) = [each for each in log if each.action == WORKED_ON_AGAIN]
    assert (entry.actor, entry.before["type"], entry.after["type"]) == ("tester", OLD_TYPE, TRUE_TYPE)
    assert entry.after["run"] == run_id
    persons = placed(services, chosen).document
    assert (persons.type, persons.rows) == (OLD_TYPE, before[chosen].rows)
    assert persons.fields["ho_ten"] == "Người Sửa"
    assert differences(services.store, services.catalog).ok
    assert set(results(services, rework(services, PROFILES))) == {SAME}  # once more changes nothing

    made = undo(services, run_id, "tester")
    assert (made.undone, made.changed_since) == (foreseen[RENEWED], 0)
    assert {each: placed(services, each).document for each in before} == before
    undone = services.catalog.log_entries(document_subject("H13.42-261127-0001", 1))
    assert [e.action for e in undone].count(READING_UNDONE) == 1
    assert differences(services.store, services.catalog).ok


def test_what_a_person_set_since_is_not_undone(services: Services) -> None:
    wrong = file(services, "H13.42-261127-0001", type=OLD_TYPE)
    run_id = rework(services, PROFILES)
    by_person = [asdict(Evidence(CHOSEN, "", 1.0, 0))]
    with services.catalog.transaction() as connection:
        row = documents.c.id == wrong
        connection.execute(update(documents).where(row).values(type="khac", evidence=by_person))
    assert undo(services, run_id, "tester").changed_since == 1
    assert placed(services, wrong).document.type == "khac"


def test_what_follows_filing_is_tried_again_and_stays_undoable(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = file(services, "H13.42-261127-0001", type=OLD_TYPE)
    failures = iter([StoreError("a store that says no for once")])

    def refusing(*args: Any, **more: Any) -> Any:
        for error in failures:
            raise error
        return write_manifest(*args, **more)

    monkeypatch.setattr("scanflow.night.runs.document_item.write_manifest", refusing)
    run_id = rework(services, PROFILES)
    assert results(services, run_id) == {RENEWED: 1}
    assert differences(services.store, services.catalog).ok
    assert undo(services, run_id, "tester").undone == 1
    assert placed(services, wrong).document.type == OLD_TYPE


def test_killed_nights_go_on_and_change_each_document_once(services: Services) -> None:
    numbers = [f"H13.42-261127-{no:04}" for no in range(1, 25)]
    before = {number: placed(services, file(services, number, type=OLD_TYPE)).document for number in numbers}

    def done() -> int:
        with services.catalog.reading() as connection:
            found = night_runs.runs(connection, kind=REWORK)
            counts = night_items.counts(connection, found[0].id) if found else {}
        return counts.get(RENEWED, 0)

    def night(least: int) -> None:
        """A night that is killed when so many are done."""
        process = start(services, "rework", "--profiles")
        assert wait_until(lambda: done() >= least or process.poll() is not None)
        kill(process)

    night(2)
    night(8)
    last = start(services, "rework", "--profiles")
    said, _ = last.communicate(timeout=PATIENCE)
    assert last.returncode == 0, said
    with services.catalog.reading() as connection:
        runs = night_runs.runs(connection, kind=REWORK)
    run = runs[-1]  # where the kills came too late, the last night began another, which changed nothing
    assert results(services, run.id) == {RENEWED: len(numbers)}
    assert all(set(results(services, each.id)) <= {SAME} for each in runs[:-1])
    for number in numbers:
        after = document_of(services, number)
        assert (after.type, after.versions) == (TRUE_TYPE, before[number].versions)
        log = services.catalog.log_entries(document_subject(number, 1))
        assert [each.action for each in log].count(WORKED_ON_AGAIN) == 1
    assert differences(services.store, services.catalog).ok
    made = undo(services, run.id, "tester")
    assert (made.undone, made.changed_since) == (len(numbers), 0)
    assert {number: document_of(services, number) for number in numbers} == before
    assert differences(services.store, services.catalog).ok


def test_an_item_whose_document_has_another_number_now_is_left_alone(services: Services) -> None:
    own = file(services, "H13.42-261127-0001", type=OLD_TYPE)
    asked = {"query": Query().to_json(), "parts": [PROFILES]}
    with services.catalog.transaction() as connection:
        run = night_runs.begin_run(connection, REWORK, asked, by="tester")
        # As after a rebuild, which numbers rows anew.
        night_items.add_items(connection, run.id, [NewItem("H13.42-261127-0002/01", own, 1)])
        night_runs.move_cursor(connection, run.id, run.last_document)
    carry_out(services, rework_job(services, run), Pace(services.catalog, None, Event()))
    assert results(services, run.id) == {GONE: 1}
    assert placed(services, own).document.type == OLD_TYPE


def test_what_search_finds_is_made_anew(services: Services) -> None:
    own = file(services, "H13.42-261127-0001", type=TRUE_TYPE)
    with services.catalog.transaction() as connection:
        text = connection.scalar(select(page_texts.c.text))
        connection.execute(update(page_texts).values(text="lost"))
    was = placed(services, own).document
    run_id = rework(services, INDEX)
    assert results(services, run_id) == {RENEWED: 1}
    with services.catalog.reading() as connection:
        assert connection.scalar(select(page_texts.c.text)) == text
    assert placed(services, own).document == was


@pytest.mark.parametrize("backend", BACKENDS)
def test_pdfs_are_written_anew_with_the_same_images(
    request: pytest.FixtureRequest, tmp_path: Path, backend: str
) -> None:
    (tmp_path / "home").mkdir()
    with open_archive(tmp_path / "home", request, backend) as services:
        plain, kept = made = list(cases(("plain", "signed")))
        build(services, made)
        was = {case.number: document(services, case) for case in made}
        assert results(services, rework(services, PDF)) == {SAME: 2}  # the present writer made them
        agency = services.settings.pdf.model_copy(update={"agency": "UBND phường Thử"})
        settings = services.settings.model_copy(update={"pdf": agency})
        run_id = rework(replace(services, settings=settings), PDF, every=True)
        assert results(services, run_id) == {RENEWED: 1, SAME: 1}
        now = document(services, plain)
        assert now.versions[:-1] == was[plain.number].versions
        assert now.versions[-1].made_by["run"] == run_id
        assert images(services, plain, 2) == images(services, plain, 1)
        assert text_of(services, plain, 2) == text_of(services, plain, 1)
        written = services.store.get(now.versions[-1].pdf.key)
        assert "UBND phường Thử".encode() in written
        assert now.versions[-1].made_by["conformance"] == now.versions[0].made_by["conformance"] != ""
        until = {services.store.retained_until(e.pdf.key, e.pdf.version_id) for e in now.versions}
        assert len(until) == 1 and until != {None}
        assert services.store.get(document(services, kept).versions[-1].pdf.key) == signed(kept.scan)
        _forget(services, run_id)
        again = night_run(services, run_id)
        carry_out(services, rework_job(services, again), Pace(services.catalog, None, Event()))
        assert document(services, plain).versions == now.versions  # nothing twice
        assert results(services, run_id) == {RENEWED: 1, SAME: 1}
        assert undo(services, run_id, "tester").undone == 1
        assert document(services, plain).versions[-1].pdf == now.versions[0].pdf
        assert verify(services.store, services.catalog).ok


def test_small_pictures_need_no_work_again(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """They are made of the newest file when they are asked for, and kept in memory only, by checksum: a
    running server shows those of the new PDF, whatever it has kept of the old one.
    """
    home = tmp_path / "home"
    home.mkdir()
    with open_archive(home, request, "folder") as services:
        (case,) = cases(("plain",))
        build(services, [case])
        review = Review(services, services.children, SearchIndex(services.catalog, None))

        def small_picture() -> bytes:
            return picture(review, open_document(review, WHO, case.number, 1), 1, WIDTHS[0])

        def stored() -> set[Path]:
            return {path for path in home.rglob("*") if path.is_file() and path.parent != home}

        there = stored()
        first = small_picture()
        assert Image.open(BytesIO(first)).width == WIDTHS[0]
        assert stored() == there
        kept = document(services, case).versions[-1].pdf.sha256
        review = Review(services, services.children, review.index)
        review.pictures.put((kept, 1, WIDTHS[0], None), b"of an older kind", 16)
        assert small_picture() == b"of an older kind"
        agency = services.settings.pdf.model_copy(update={"agency": "UBND phường Thử"})
        settings = services.settings.model_copy(update={"pdf": agency})
        assert results(services, rework(replace(services, settings=settings), PDF, every=True)) == {
            RENEWED: 1
        }
        assert small_picture() == first


def _forget(services: Services, run_id: str) -> None:
    """What a run knows of its items, as in a catalog that was restored from before it, and then repaired."""
    values = {"state": ItemState.WAITING, "result": None, "version_before": None, "version_after": None}
    with services.catalog.transaction() as connection:
        own = night_rows.c.run_id == run_id
        connection.execute(update(night_rows).where(own).values(**values, before=None, after=None))
        connection.execute(update(run_rows).where(run_rows.c.id == run_id).values(state=RunState.OPEN))


def night_run(services: Services, run_id: str) -> NightRun:
    with services.catalog.reading() as connection:
        return night_runs.get_run(connection, run_id)


def test_it_works_as_a_command(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with open_archive(home, request, "folder") as services:
        wrong = file(services, "H13.42-261127-0001", type=OLD_TYPE)
        dry = scanflow(home, "rework", "--profiles", "--dry-run", "--json")
        assert dry.returncode == 0, dry.stderr
        assert RENEWED in dry.stdout
        assert placed(services, wrong).document.type == OLD_TYPE
        done = scanflow(home, "rework", "--profiles", "--report", tmp_path / "report")
        assert done.returncode == 0, done.stderr
        assert placed(services, wrong).document.type == TRUE_TYPE
        assert len(list((tmp_path / "report").iterdir())) == 2
        with services.catalog.reading() as connection:
            (run,) = night_runs.runs(connection, kind=REWORK)
        undone = scanflow(home, "rework", "undo", run.id)
        assert undone.returncode == 0, undone.stderr
        assert placed(services, wrong).document.type == OLD_TYPE
