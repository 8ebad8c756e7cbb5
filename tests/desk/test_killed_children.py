"""Child processes of the desk are killed: a good page is tried again, a bad one not for ever."""

from concurrent.futures import Future
from pathlib import Path

import pytest

from scanflow.capture.files.unpacked import Unpacked
from scanflow.desk import stacks
from scanflow.desk.arriving.arrivals import _ArrivingPages
from scanflow.desk.change_events import ChangeEvents
from scanflow.desk.context import Desk
from scanflow.ledger.desk_work.arrivals import files_with_work
from scanflow.ledger.files import batch_files
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.services import open_services
from scanflow.settings import Settings
from tests.desk.conftest import CLERK
from tests.pipeline.live_archive import LiveArchive, page, process, take_batch


class Killed(ChildProcesses):
    """Children that are killed while they take a file apart, the first `kills` times."""

    def __init__(self, settings: Settings, kills: int) -> None:
        super().__init__(settings)
        self.kills = kills

    def unpack(self, data: bytes, name: str) -> "Future[Unpacked]":
        if self.kills:
            self.kills -= 1
            self._threads.submit(self._first_child).result()
            for child in self._children:
                child._process.kill()
                child._process.join()
                child.is_used_up = lambda: False  # type: ignore[method-assign]  # it died under way, not before
        return super().unpack(data, name)


@pytest.mark.parametrize(("kills", "state"), [(1, "unpacked"), (5, "quarantined")])
def test_file_whose_child_is_killed_is_taken_apart_again(tmp_path: Path, kills: int, state: str) -> None:
    live_archive = LiveArchive(tmp_path, {"SCANFLOW_JOBS": "1"})
    with open_services(live_archive.settings()) as services, Killed(services.settings, kills) as quick:
        batch_id = take_batch(services, [page("1")], number=None)
        process(services, batch_id)
        desk = Desk(services, lambda _batch_id: None, quick, ChangeEvents())
        stacks.claim(desk, batch_id, CLERK, None)
        reader = _ArrivingPages(desk)
        with services.catalog.transaction() as connection:  # as when it has just come
            connection.exec_driver_sql("UPDATE files SET state = 'taken'")
            connection.exec_driver_sql("UPDATE pages SET state = 'taken'")
        for _ in range(services.settings.limits.attempts + 1):
            with services.catalog.reading() as connection:
                rows = files_with_work(connection)
            for row in rows:
                reader._take_apart(row)
        reader._pool.shutdown()
        with services.catalog.reading() as connection:
            (file,) = batch_files(connection, batch_id)
        assert file.state == state
