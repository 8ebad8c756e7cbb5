"""Keys of workers: they file and lock, and can't delete or unlock; `doctor` reports which kind is in use."""

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from minio.error import S3Error

from scanflow.archive.store.base import whole_seconds
from scanflow.archive.store.s3 import S3Store, client_of
from scanflow.archive.store.s3_rights import can_end_locks
from scanflow.clock import now
from scanflow.errors import ObjectLockedError, StoreError
from scanflow.sections import SecretStr
from scanflow.settings import StoreSettings
from tests.servers import LESSER_KEY, LESSER_SECRET, UNAWARE_KEY

pytestmark = pytest.mark.s3

_BYPASS = {"x-amz-bypass-governance-retention": "true"}


@pytest.fixture
def lesser(s3_settings: StoreSettings) -> StoreSettings:
    """The keys that docker/s3.json.example gives to workers; the administrator has made the bucket."""
    S3Store(s3_settings).check()
    keys = {"access_key": SecretStr(LESSER_KEY), "secret_key": SecretStr(LESSER_SECRET)}
    return s3_settings.model_copy(update=keys)


def test_keys_of_administrators_and_workers_are_distinguished(
    s3_settings: StoreSettings, lesser: StoreSettings
) -> None:
    assert can_end_locks(s3_settings, seconds=3) is True
    assert can_end_locks(lesser, seconds=3) is False
    assert list(S3Store(s3_settings).keys()) == []  # nothing is left of the trial


def test_nothing_locked_and_compliance_are_not_tried(s3_settings: StoreSettings) -> None:
    assert can_end_locks(s3_settings.model_copy(update={"lock_mode": "off"})) is None
    assert can_end_locks(s3_settings.model_copy(update={"lock_mode": "compliance"})) is False


def test_a_workers_keys_file_and_lock_and_take_nothing_back(lesser: StoreSettings) -> None:
    store, until = S3Store(lesser), now() + timedelta(days=1)
    store.check()
    assert store.retains()
    stored = store.put("dossiers/a/x", b"filed", content_type="application/pdf", retain_until=until)
    assert store.get(stored.key) == b"filed"
    with pytest.raises(ObjectLockedError):
        store.delete(stored.key, stored.version_id)
    client = client_of(lesser)
    query: dict[str, str | list[str] | tuple[str]] = {"versionId": stored.version_id or ""}
    shorter = (
        b"<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>"
        + (now() + timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
        + b"</RetainUntilDate></Retention>"
    )
    summed = {"Content-MD5": base64.b64encode(hashlib.md5(shorter, usedforsecurity=False).digest()).decode()}
    bucket = lesser.bucket
    for attempt in (
        lambda: client._execute("DELETE", bucket, stored.key, headers=dict(_BYPASS), query_params=query),
        lambda: client._execute(
            "PUT",
            bucket,
            stored.key,
            body=shorter,
            headers={**_BYPASS, **summed},
            query_params={**query, "retention": ""},
        ),
        lambda: client.delete_object_lock_config(bucket),
        lambda: client.remove_bucket(bucket),
    ):
        _refused(attempt)
    assert store.retained_until(stored.key, stored.version_id) == whole_seconds(until)


def _refused(attempt: Callable[[], object]) -> None:
    with pytest.raises(S3Error):
        attempt()


def test_keys_that_may_not_ask_for_the_lock_are_refused(lesser: StoreSettings) -> None:
    """Otherwise everything would be filed without a lock, with only a line in the log."""
    store = S3Store(lesser.model_copy(update={"access_key": SecretStr(UNAWARE_KEY)}))
    with pytest.raises(StoreError, match="refuses these credentials"):
        store.check()
