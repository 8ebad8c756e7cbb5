"""The object store misbehaves in every way: nothing is half done, and work goes on when it is back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from scanflow.archive.catalog import open_catalog
from scanflow.archive.store.base import ObjectStore, open_store
from scanflow.errors import StoreError, StoreUnavailableError
from scanflow.pipeline.batch_outcome import Outcome, load_outcome
from scanflow.pipeline.profiles_in_use import ProfilesInUse
from scanflow.pipeline.queue.worker import work_on
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.services import Services, open_services
from scanflow.settings import Settings, StoreSettings, WorkSettings
from tests.faults.archives import (
    filed,
    require_filed_once,
    require_whole_objects,
    take_paper,
    write_paper,
)
from tests.faults.proxy import FAULTS, Fault, Proxy, failing_proxy
from tests.patience import PATIENCE, wait_until
from tests.pipeline.live_archive import lease, process

pytestmark = pytest.mark.s3


@pytest.fixture
def proxy(s3_settings: StoreSettings) -> Iterator[Proxy]:
    with failing_proxy(s3_settings.endpoint) as started:
        yield started


@pytest.fixture
def services(
    tmp_path: Path, s3_settings: StoreSettings, proxy: Proxy, children: ChildProcesses
) -> Iterator[Services]:
    store = s3_settings.model_copy(update={"endpoint": proxy.endpoint, "timeout": PATIENCE})
    work = WorkSettings(attempts=1000, backoff=0.05, heartbeat=0.2)
    settings = Settings(home=tmp_path, jobs=1, store=store, work=work)
    with open_catalog(settings) as catalog:
        bucket = open_store(settings)
        bucket.check()
        yield Services(settings, bucket, catalog, ProfilesInUse(settings), children)


def honest_store(services: Services, real: StoreSettings) -> ObjectStore:
    """The same bucket, past the proxy."""
    store = services.settings.store.model_copy(update={"endpoint": real.endpoint, "timeout": PATIENCE})
    return open_store(services.settings.model_copy(update={"store": store}))


def hasty(services: Services) -> Services:
    """The same services with a short timeout, for a server that never answers."""
    store = services.settings.store.model_copy(update={"timeout": 0.7})
    return replace(services, store=open_store(services.settings.model_copy(update={"store": store})))


@pytest.mark.parametrize("fault", FAULTS)
def test_taking_through_a_bad_store(
    fault: Fault, services: Services, proxy: Proxy, s3_settings: StoreSettings, tmp_path: Path
) -> None:
    path = write_paper(tmp_path / "inbox")
    honest = honest_store(services, s3_settings)
    proxy.fault = fault
    if fault == "lie-about-checksum":  # what was put is read back, whatever the labels say
        take_paper(services, path)
    else:
        with pytest.raises(StoreError) as caught:
            take_paper(hasty(services) if fault == "hang" else services, path)
        assert proxy.hits
        assert caught.value.message
        assert caught.value.message_vi
    assert path.exists()
    require_whole_objects(services, honest)
    proxy.fault = None
    taken = take_paper(services, path)
    again = take_paper(services, path)
    assert len(taken.batches) == 1
    assert taken.batches == again.batches
    require_filed_once(services, process(services, taken.batches[0]))


@pytest.mark.parametrize("fault", ["error-503", "cut-answer", "damage-upload", "damage-download"])
def test_filing_through_a_bad_store(
    fault: Fault, services: Services, proxy: Proxy, s3_settings: StoreSettings, tmp_path: Path
) -> None:
    honest = honest_store(services, s3_settings)
    (batch_id,) = take_paper(services, write_paper(tmp_path / "inbox")).batches
    proxy.fault, proxy.hits = fault, 0
    outcomes: list[Outcome] = []
    stop = Event()
    working = Thread(target=work_on(services, stop, outcomes.append), args=(lease(services, batch_id),))
    working.start()
    try:
        assert wait_until(lambda: proxy.hits >= 2)
        assert not filed(services)
        assert not outcomes
        require_whole_objects(services, honest)
        proxy.fault = None
        assert wait_until(lambda: outcomes)
    finally:
        stop.set()
        working.join()
    (outcome,) = outcomes
    require_filed_once(services, outcome)
    require_whole_objects(services, honest)


def test_clerk_sees_that_a_batch_waits_for_the_store(
    services: Services, proxy: Proxy, tmp_path: Path
) -> None:
    (batch_id,) = take_paper(services, write_paper(tmp_path / "inbox")).batches
    proxy.fault = "refuse"
    stop = Event()
    working = Thread(target=work_on(services, stop), args=(lease(services, batch_id),))
    working.start()
    try:
        assert wait_until(lambda: "store could not be reached" in load_outcome(services, batch_id).reason)
        assert "kho lưu trữ" in load_outcome(services, batch_id).reason_vi
        proxy.fault = None
        assert wait_until(lambda: load_outcome(services, batch_id).state == "closed")
    finally:
        stop.set()
        working.join()
    assert load_outcome(services, batch_id).reason == ""


def test_a_store_that_cannot_be_reached_at_all(tmp_path: Path) -> None:
    store = StoreSettings(kind="s3", endpoint="127.0.0.1:1", secure=False, timeout=0.5)
    with pytest.raises(StoreUnavailableError) as caught, open_services(Settings(home=tmp_path, store=store)):
        pass
    assert "127.0.0.1:1" in caught.value.message
