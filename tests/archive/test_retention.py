"""Retained versions: no delete gets through before their time, on a folder and on a real S3 server."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from scanflow.archive.catalog import Catalog
from scanflow.archive.manifest import write_manifest
from scanflow.archive.repair.verify import verify
from scanflow.archive.store.base import ObjectStore, open_store, whole_seconds
from scanflow.archive.store.folder import FolderStore
from scanflow.archive.store.keys import dossier_prefix
from scanflow.archive.store.s3 import S3Store
from scanflow.errors import ObjectLockedError, ObjectNotFoundError, StoreError
from scanflow.settings import Settings, StoreSettings
from tests.archive.filing import NUMBER, file_paper
from tests.archive.other_store import OTHERS, open_other
from tests.servers import client_of

KEY = "dossiers/H57.132-260804-0583/01-to-khai/v1.pdf"
PDF = "application/pdf"
UNTIL = datetime(2126, 2, 3, 4, 5, 6, tzinfo=UTC)


@pytest.fixture(
    params=[
        "folder",
        pytest.param("governance", marks=pytest.mark.s3),
        pytest.param("compliance", marks=pytest.mark.s3),
        "example",
        *OTHERS,
    ]
)
def locking(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """An empty store of each kind that locks, as the settings open it."""
    if request.param == "other":
        return open_other(tmp_path)
    if request.param == "folder":
        return open_store(Settings(home=tmp_path))
    if request.param == "example":
        request.getfixturevalue("plugin")
        options = {"file": str(tmp_path / "objects.db")}
        return open_store(Settings(home=tmp_path, store=StoreSettings(kind="example", options=options)))
    s3: StoreSettings = request.getfixturevalue("s3_settings")
    return open_store(Settings(store=s3.model_copy(update={"lock_mode": request.param})))


def test_a_retained_version_cannot_be_deleted(locking: ObjectStore) -> None:
    stored = locking.put(KEY, b"one", content_type=PDF, retain_until=UNTIL)
    assert locking.retains()
    assert locking.retained_until(KEY) == UNTIL
    with pytest.raises(ObjectLockedError, match="2126-02-03") as caught:
        locking.delete(KEY, stored.version_id)
    assert "03/02/2126" in caught.value.message_vi
    assert locking.get(KEY) == b"one"
    assert locking.stat(KEY) == stored


def test_what_is_not_retained_can_be_deleted(locking: ObjectStore) -> None:
    stored = locking.put(KEY, b"one", content_type=PDF)
    assert locking.retained_until(KEY, stored.version_id) is None
    locking.delete(KEY, stored.version_id)
    with pytest.raises(ObjectNotFoundError):
        locking.retained_until(KEY, stored.version_id)


def test_a_version_put_over_stays_locked_and_readable(locking: ObjectStore) -> None:
    first = locking.put(KEY, b"one", content_type=PDF, retain_until=UNTIL)
    second = locking.put(KEY, b"two", content_type=PDF)
    assert (locking.get(KEY), locking.get(KEY, first.version_id)) == (b"two", b"one")
    assert locking.retained_until(KEY) is None
    assert locking.retained_until(KEY, first.version_id) == UNTIL
    with pytest.raises(ObjectLockedError):
        locking.delete(KEY, first.version_id)
    locking.delete(KEY, second.version_id)
    assert (locking.get(KEY), locking.stat(KEY)) == (b"one", first)
    with pytest.raises(ObjectLockedError):
        locking.delete(KEY, first.version_id)


def test_a_delete_hides_a_retained_object_and_keeps_its_version(locking: ObjectStore) -> None:
    stored = locking.put(KEY, b"one", content_type=PDF, retain_until=UNTIL)
    locking.delete(KEY)
    with pytest.raises(ObjectNotFoundError):
        locking.get(KEY)
    assert locking.get(KEY, stored.version_id) == b"one"
    with pytest.raises(ObjectLockedError):
        locking.delete(KEY, stored.version_id)


def test_the_same_again_keeps_or_extends_but_never_shortens(locking: ObjectStore) -> None:
    def put_again(until: datetime | None) -> datetime | None:
        assert locking.put(KEY, b"one", content_type=PDF, if_absent=True, retain_until=until) == stored
        return locking.retained_until(KEY)

    stored = locking.put(KEY, b"one", content_type=PDF, if_absent=True)
    assert put_again(None) is None
    assert put_again(UNTIL) == UNTIL
    assert put_again(UNTIL) == UNTIL
    assert put_again(UNTIL - timedelta(days=1)) == UNTIL
    assert put_again(None) == UNTIL
    later = UNTIL + timedelta(days=1)
    assert put_again(later) == later


def test_an_older_version_can_be_retained(locking: ObjectStore) -> None:
    first = locking.put(KEY, b"one", content_type=PDF)
    locking.put(KEY, b"two", content_type=PDF)
    locking.retain(KEY, first.version_id, UNTIL)
    with pytest.raises(ObjectLockedError):
        locking.delete(KEY, first.version_id)
    assert locking.retained_until(KEY) is None
    with pytest.raises(ObjectNotFoundError):
        locking.retain("dossiers/other", None, UNTIL)


def test_when_its_time_is_over_a_version_can_be_deleted(locking: ObjectStore) -> None:
    locking.retains()  # contacted now: making a bucket takes time
    for seconds in _LOCKED_SECONDS:
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        stored = locking.put(KEY, b"one", content_type=PDF, retain_until=until)
        refused = _is_refused(partial(locking.delete, KEY, stored.version_id))
        if refused or datetime.now(UTC) < until:
            break
    assert refused
    assert locking.retained_until(KEY) == whole_seconds(until) >= until
    _try_until(partial(locking.delete, KEY, stored.version_id), seconds + 60)
    with pytest.raises(ObjectNotFoundError):
        locking.stat(KEY, stored.version_id)


_LOCKED_SECONDS = (2, 4, 60)
"""Seconds of a lock. On a busy machine it may end before the test looks at it; then a longer one is tried."""


def _is_refused(act: Callable[[], None]) -> bool:
    try:
        act()
    except ObjectLockedError:
        return True
    return False


@pytest.mark.s3
def test_a_lock_that_ends_while_it_refuses_is_named(
    s3_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(Settings(store=s3_settings.model_copy(update={"lock_mode": "governance"})))
    assert isinstance(store, S3Store)
    store.retains()  # contacted now: making a bucket takes time
    ask = S3Store._lock_of
    for seconds in _LOCKED_SECONDS[1:]:
        until = whole_seconds(datetime.now(UTC) + timedelta(seconds=seconds))
        stored = store.put(KEY, b"one", content_type=PDF, retain_until=until)

        def ask_when_it_is_over(
            self: S3Store, key: str, version_id: str | None, until: datetime = until
        ) -> tuple[str | None, datetime | None]:
            time.sleep(max(0.0, (until - datetime.now(UTC)).total_seconds() + 0.1))
            return ask(self, key, version_id)

        with monkeypatch.context() as patched:
            patched.setattr(S3Store, "_lock_of", ask_when_it_is_over)
            refused = _is_refused(partial(store.delete, KEY, stored.version_id))
        if refused:
            break
    assert refused


def _try_until(act: Callable[[], None], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return act()
        except ObjectLockedError:
            assert time.monotonic() < deadline, "still locked"
            time.sleep(0.2)


def test_a_time_that_is_past_locks_nothing(locking: ObjectStore) -> None:
    """Papers of long ago, filed today."""
    stored = locking.put(KEY, b"one", content_type=PDF, retain_until=datetime(2001, 1, 1, tzinfo=UTC))
    locking.delete(KEY, stored.version_id)


def test_verify_reports_a_hidden_locked_object_as_missing(locking: ObjectStore, catalog: Catalog) -> None:
    file_paper(locking, catalog, ["một"])
    manifest = write_manifest(locking, catalog, NUMBER, retain_until=UNTIL)
    assert verify(locking, catalog).ok
    locking.delete(manifest.key)
    assert verify(locking, catalog).missing == (manifest,)


def test_a_newest_manifest_without_a_lock_is_locked_at_the_next_write(
    locking: ObjectStore, catalog: Catalog
) -> None:
    """A run that was killed after writing it left it without a lock."""
    file_paper(locking, catalog, ["một"])
    stored = write_manifest(locking, catalog, NUMBER)
    assert locking.retained_until(stored.key) is None
    assert write_manifest(locking, catalog, NUMBER, retain_until=UNTIL) == stored
    assert locking.retained_until(stored.key) == UNTIL
    assert len(list(locking.list(f"{dossier_prefix(NUMBER)}manifest/"))) == 1


# --- a folder ------------------------------------------------------------------------------------------


def test_a_folder_keeps_its_locks_when_locking_is_switched_off(tmp_path: Path) -> None:
    stored = FolderStore(tmp_path).put(KEY, b"one", content_type=PDF, retain_until=UNTIL)
    off = open_store(Settings(store=StoreSettings(folder=tmp_path, lock_mode="off")))
    assert not off.retains()
    with pytest.raises(ObjectLockedError):
        off.delete(KEY, stored.version_id)
    other = off.put("other", b"two", content_type=PDF, retain_until=UNTIL)
    off.delete("other", other.version_id)


def test_a_file_put_in_by_hand_can_be_retained(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    (tmp_path / "stray.pdf").write_bytes(b"by hand")
    found = store.stat("stray.pdf")
    store.retain("stray.pdf", found.version_id, UNTIL)
    assert (store.stat("stray.pdf"), store.get("stray.pdf")) == (found, b"by hand")
    with pytest.raises(ObjectLockedError):
        store.delete("stray.pdf", found.version_id)


# --- S3 ------------------------------------------------------------------------------------------------


@pytest.fixture
def without_lock(s3_settings: StoreSettings) -> StoreSettings:
    """A bucket that was made without object lock."""
    client_of(s3_settings).make_bucket(s3_settings.bucket)
    return s3_settings


@pytest.mark.s3
def test_a_bucket_without_lock_is_reported_once_and_used(without_lock: StoreSettings) -> None:
    store = S3Store(without_lock)
    with capture_logs() as logs:
        store.check()
        stored = store.put(KEY, b"one", content_type=PDF, retain_until=UNTIL)
        store.put(KEY, b"two", content_type=PDF, retain_until=UNTIL)
    assert [entry["event"] for entry in logs] == ["no-object-lock"]
    assert not store.retains()
    store.delete(KEY, stored.version_id)


@pytest.mark.s3
def test_a_bucket_without_lock_is_refused_where_a_lock_is_required(without_lock: StoreSettings) -> None:
    store = S3Store(without_lock.model_copy(update={"lock_required": True}))
    with pytest.raises(StoreError, match="lock_required"):
        store.check()
    with pytest.raises(StoreError, match="lock_required"):
        store.put(KEY, b"one", content_type=PDF, retain_until=UNTIL)
    assert list(client_of(without_lock).list_objects(without_lock.bucket)) == []


@pytest.mark.s3
def test_a_bucket_with_lock_is_accepted_where_one_is_required(s3_settings: StoreSettings) -> None:
    S3Store(s3_settings.model_copy(update={"lock_required": True})).check()


@pytest.mark.s3
def test_locks_switched_off_leave_objects_free(s3_settings: StoreSettings) -> None:
    store = S3Store(s3_settings.model_copy(update={"lock_mode": "off"}))
    stored = store.put(KEY, b"one", content_type=PDF, retain_until=UNTIL)
    assert (store.retains(), store.retained_until(KEY)) == (False, None)
    store.delete(KEY, stored.version_id)


@pytest.mark.s3
def test_the_mode_is_the_one_that_is_set_and_stays(s3_settings: StoreSettings) -> None:
    """Extended by a scanflow that is set otherwise, a lock stays what it was: a bypass needs more rights."""
    governance = S3Store(s3_settings)
    compliance = S3Store(s3_settings.model_copy(update={"lock_mode": "compliance"}))
    client = client_of(s3_settings)

    def mode() -> str:
        retention = client.get_object_retention(s3_settings.bucket, KEY)
        assert retention is not None
        return str(retention.mode)

    governance.put(KEY, b"one", content_type=PDF, retain_until=UNTIL)
    assert mode() == "GOVERNANCE"
    later = UNTIL + timedelta(days=1)
    compliance.put(KEY, b"one", content_type=PDF, if_absent=True, retain_until=later)
    assert (mode(), governance.retained_until(KEY)) == ("GOVERNANCE", later)
    compliance.put(KEY, b"two", content_type=PDF, retain_until=UNTIL)
    assert mode() == "COMPLIANCE"


@pytest.mark.s3
def test_a_server_that_claims_to_lock_and_does_not_is_noticed(
    s3_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = S3Store(s3_settings)
    monkeypatch.setattr(store._client, "set_object_retention", lambda *_args: None)
    with pytest.raises(StoreError, match="does not hold it"):
        store.put(KEY, b"one", content_type=PDF, retain_until=UNTIL)
