"""A batch belongs to one agency, from inbox to dossier; another agency's dossier gets nothing of it."""

import threading

import pytest

from scanflow.archive.manifest import batch_content, dossier_content
from scanflow.archive.people.agencies import add_agency
from scanflow.errors import SettingsError
from scanflow.ledger.batches import set_batch
from scanflow.ledger.lease import lock
from scanflow.pipeline.batch_outcome import load_outcome
from scanflow.pipeline.intake.watcher import empty_inboxes
from scanflow.pipeline.queue.jobs import open_submitter
from scanflow.pipeline.services import Services
from tests.pipeline.live_archive import NUMBER, LiveArchive, batch, page, process, take_batch

NORTH, SOUTH = "H57.132", "H57.133"


def give_to(services: Services, batch_id: str, agency: str) -> None:
    with services.catalog.transaction() as connection:
        set_batch(lock(connection, batch_id), agency=agency)


def test_another_agencys_number_leaves_the_batch_waiting(live_archive: LiveArchive) -> None:
    with live_archive.services() as services:
        own = take_batch(services, [page("1")])
        give_to(services, own, NORTH)
        assert process(services, own).state == "closed"
        assert services.catalog.agency_of_dossier(NUMBER) == NORTH
        foreign = take_batch(services, [page("2")])
        give_to(services, foreign, SOUTH)
        outcome = process(services, foreign)
        assert (outcome.state, outcome.filed) == ("unassigned", ())
        assert NORTH not in outcome.reason + outcome.reason_vi and outcome.reason
        assert load_outcome(services, own).count.filed == 1
        dossier = services.catalog.dossier(NUMBER)
        assert dossier is not None and len(dossier.documents) == 1
        with services.catalog.reading() as connection:
            assert dossier_content(services.catalog, connection, NUMBER)["dossier"]["agency"] == NORTH
            assert batch_content(services.catalog, connection, foreign)["batch"]["agency"] == SOUTH


def test_an_inbox_is_one_agencys(live_archive: LiveArchive) -> None:
    for name in ("north", "other"):
        (live_archive.home / name).mkdir(parents=True)
        (live_archive.home / name / "scan.png").write_bytes(page(name))
    folders = [str(live_archive.home / "north"), str(live_archive.home / "other")]
    quick = {"settle": 0.0, "batch_gap": 0.0}
    with live_archive.services() as services:
        inbox = services.settings.inbox.model_validate(
            {"folders": folders, "agencies": {folders[0]: NORTH}, **quick}
        )
        object.__setattr__(services, "settings", services.settings.model_copy(update={"inbox": inbox}))
        with open_submitter(services.settings, services.catalog) as submitter:
            with pytest.raises(SettingsError, match=NORTH):
                list(empty_inboxes(services, submitter, threading.Event()))
            add_agency(services.catalog, NORTH, "UBND phường Bắc")
            taken = list(empty_inboxes(services, submitter, threading.Event()))
        assert sorted(batch(services, each).agency for each in taken) == [NORTH, "default"]
