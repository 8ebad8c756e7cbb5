"""A batch on the line: pages that break their limits, two workers at once, a worker killed near the end."""

import time

from sqlalchemy import select

from scanflow.archive.database.tables import documents
from scanflow.archive.manifest import read_manifest
from scanflow.archive.repair.verify import verify
from scanflow.archive.store.keys import intake_file_key
from scanflow.capture.files.unpacked import PageProblem, Unpacked
from scanflow.errors import LimitError
from scanflow.ledger.files import batch_files, file_unpacked, quarantine_file
from scanflow.ledger.lease import lock
from scanflow.ledger.pages import batch_pages, first_page_no
from scanflow.ledger.records import TakenFile
from scanflow.pipeline import stages
from scanflow.pipeline.batch_outcome import load_outcome
from scanflow.pipeline.services import Services
from tests.patience import PATIENCE
from tests.pipeline.live_archive import (
    LiveArchive,
    batch,
    comes_to,
    lease,
    page,
    process,
    slow_pages,
    take_batch,
)

TWO_AT_ONCE = """
import sys, time
from scanflow.errors import OvertakenError
from scanflow.ledger.lease import Lease
from scanflow.pipeline.stages import process_batch
from scanflow.pipeline.services import open_services
from scanflow.settings import load_settings
if __name__ == "__main__":
    with open_services(load_settings()) as services:
        time.sleep(max(0, float(sys.argv[2]) - time.time()))
        try:
            process_batch(services, Lease(sys.argv[1], "taken", 0))
        except OvertakenError:
            print("overtaken")
"""


def test_page_beyond_its_limits_goes_to_quarantine_and_the_others_are_filed(
    live_archive: LiveArchive,
) -> None:
    """Whether its memory ends while the file is taken apart or while its page is read."""
    huge = page("9", lines=20, size=(11_000, 11_000))
    with live_archive.services() as services:
        batch_id = take_batch(services, [page("1"), huge, page("3")])
        with live_archive.worker(SCANFLOW_LIMITS__MEMORY=str(900 * 2**20), SCANFLOW_LIMITS__ATTEMPTS="2"):
            assert comes_to(services, batch_id, "closed")
        outcome = load_outcome(services, batch_id)
        assert outcome.count.filed == 2
        (laid,) = outcome.laid
        assert (laid.file, laid.where, laid.code) == ("scan2.png", "quarantined", "limit")
        kept = [each.key for each in services.store.list(f"intake/{batch_id}/") if each.size == len(huge)]
        assert {services.store.get(key) for key in kept} == {huge}


def test_two_workers_on_one_batch_file_each_page_once(live_archive: LiveArchive) -> None:
    with live_archive.services() as services:
        batch_id = take_batch(services, [*slow_pages(4), page("1"), page("2")])
        at = str(time.time() + 3)
        both = [live_archive.start(batch_id, at, program=TWO_AT_ONCE) for _ in range(2)]
        said = [process.communicate(timeout=PATIENCE)[0] for process in both]
        assert [process.returncode for process in both] == [0, 0], said
        outcome = load_outcome(services, batch_id)
        assert outcome.state == "closed"
        assert outcome.count.filed == 6
        assert sum(filed.pages for filed in outcome.filed) == 6
        with services.catalog.reading() as connection:
            assert len(list(connection.scalars(select(documents.c.id)))) == len(outcome.filed)
        assert verify(services.store, services.catalog).ok
        assert _manifest_state(services, batch_id) == "closed"


def test_killed_between_its_end_and_tidying_up_it_is_tidied_up_the_next_time(
    live_archive: LiveArchive,
) -> None:
    with live_archive.services() as services:
        batch_id = take_batch(services, [page("1")])
        stages._work(
            services, lease(services, batch_id), batch(services, batch_id), None
        )  # and here it is killed
        assert batch(services, batch_id).state == "closed"
        assert _manifest_state(services, batch_id) == "taken"
        process(services, batch_id)
        assert _manifest_state(services, batch_id) == "closed"
        report = verify(services.store, services.catalog)
        assert (report.unknown, report.unfinished) == ((), ())
        assert not list(services.store.list(f"intake/{batch_id}/files/"))


def test_killed_before_released_files_were_deleted_they_are_deleted_the_next_time(
    live_archive: LiveArchive,
) -> None:
    data = page("1")
    with live_archive.services() as services:
        batch_id = take_batch(services, [data])
        process(services, batch_id)
        with services.catalog.reading() as connection:
            (file,) = batch_files(connection, batch_id)
        key = intake_file_key(batch_id, file.no, file.sha256, file.name)
        services.store.put(key, data, content_type="image/png", if_absent=True)  # as if it were still there
        process(services, batch_id)
        assert not list(services.store.list(f"intake/{batch_id}/files/"))
        report = verify(services.store, services.catalog)
        assert (report.unknown, report.unfinished) == ((), ())


def test_pages_keep_their_numbers_when_a_file_before_them_fails_at_the_second_try(
    live_archive: LiveArchive,
) -> None:
    """Else the second file's pages would have taken the rows of the first one's."""
    with live_archive.services() as services:
        batch_id = take_batch(services, [page("1"), page("2")])
        stages._unpack_files(services, lease(services, batch_id))
        with services.catalog.transaction() as connection:
            first, second = batch_files(connection, batch_id)
            quarantine_file(lock(connection, batch_id), first.id, LimitError("took too long"))
            assert first_page_no(connection, batch_id, second.id) == 2
        process(services, batch_id)
        with services.catalog.reading() as connection:
            rows = batch_pages(connection, batch_id)
        assert [(row.no, row.file_id, row.state) for row in rows] == [
            (1, first.id, "quarantined"),
            (2, second.id, "filed"),
        ]


def test_new_pages_get_the_next_numbers(live_archive: LiveArchive) -> None:
    with live_archive.services() as services:
        batch_id = take_batch(services, [page("1"), page("2")])
        with services.catalog.transaction() as connection:
            first, second = batch_files(connection, batch_id)
            assert first_page_no(connection, batch_id, second.id) == 1
            unpacked = Unpacked((), (PageProblem(1, LimitError("took too long")),))
            taken = TakenFile(first.id, 1, first.name, first.stored_key, first.sha256, 1, unpacked)
            file_unpacked(lock(connection, batch_id), taken)
            assert first_page_no(connection, batch_id, first.id) == 1
            assert first_page_no(connection, batch_id, second.id) == 2


def _manifest_state(services: Services, batch_id: str) -> str:
    newest = max(each.key for each in services.store.list(f"intake/{batch_id}/manifest/"))
    return str(read_manifest(services.store.get(newest))["batch"]["state"])
