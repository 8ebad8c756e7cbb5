"""What is special about the S3 store: servers that are away, refuse, give wrong bytes, or lack conditions."""

import socket
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from urllib3 import PoolManager

from scanflow.archive.store import s3
from scanflow.archive.store.base import open_store
from scanflow.archive.store.s3 import S3Store
from scanflow.errors import ChecksumError, ObjectExistsError, StoreError, StoreUnavailableError
from scanflow.model import StoredObject
from scanflow.sections import SecretStr
from scanflow.settings import Settings, StoreSettings
from tests.faults.proxy import failing_proxy
from tests.patience import PATIENCE
from tests.servers import client_of

pytestmark = pytest.mark.s3
PDF = "application/pdf"


def test_the_bucket_is_made_with_versions_and_lock(s3_settings: StoreSettings) -> None:
    S3Store(s3_settings).check()
    client = client_of(s3_settings)
    assert client.get_bucket_versioning(s3_settings.bucket).status == "Enabled"
    client.get_object_lock_config(s3_settings.bucket)  # raises where lock is off


def test_versions_are_switched_on_in_a_bucket_that_was_there(s3_settings: StoreSettings) -> None:
    client = client_of(s3_settings)
    client.make_bucket(s3_settings.bucket)
    S3Store(s3_settings).put("k", b"x", content_type=PDF)
    assert client.get_bucket_versioning(s3_settings.bucket).status == "Enabled"


def test_a_missing_bucket_is_named(s3_settings: StoreSettings) -> None:
    store = S3Store(s3_settings)
    with pytest.raises(StoreError, match="no such bucket"):
        store.get("k")
    with pytest.raises(StoreError, match="no such bucket"):
        list(store.list())


def test_the_settings_open_it(s3_settings: StoreSettings) -> None:
    store = open_store(Settings(store=s3_settings))
    assert isinstance(store, S3Store)
    store.check()


def test_metadata_is_ascii_and_has_the_checksum(s3_settings: StoreSettings) -> None:
    stored = S3Store(s3_settings).put(
        "k", b"x", content_type=PDF, metadata={"title": "Đơn đề nghị", "number": "12/QĐ"}
    )
    found = client_of(s3_settings).stat_object(s3_settings.bucket, "k")
    assert found.metadata is not None
    assert found.metadata["x-amz-meta-title"] == "%C4%90%C6%A1n %C4%91%E1%BB%81 ngh%E1%BB%8B"
    assert found.metadata["x-amz-meta-sha256"] == stored.sha256
    assert found.content_type == PDF


def test_objects_of_other_programs_are_hashed(s3_settings: StoreSettings) -> None:
    store = S3Store(s3_settings)
    ours = store.put("theirs", b"xyz", content_type=PDF)
    client_of(s3_settings).put_object(s3_settings.bucket, "theirs", BytesIO(b"xyz"), 3)
    assert store.stat("theirs").sha256 == ours.sha256
    assert store.get("theirs") == b"xyz"


def test_bytes_that_do_not_match_their_checksum(s3_settings: StoreSettings) -> None:
    store = S3Store(s3_settings)
    stored = store.put("k", b"right", content_type=PDF)
    client_of(s3_settings).put_object(
        s3_settings.bucket, "k", BytesIO(b"wrong"), 5, metadata={"sha256": stored.sha256}
    )
    with pytest.raises(ChecksumError):
        store.get("k")
    assert store.get("k", stored.version_id) == b"right"


def test_a_server_that_gives_other_bytes_is_noticed_at_the_put(s3_settings: StoreSettings) -> None:
    with failing_proxy(s3_settings.endpoint) as proxy:
        store = S3Store(s3_settings.model_copy(update={"endpoint": proxy.endpoint}))
        store.check()
        proxy.fault = "damage-download"
        with pytest.raises(ChecksumError):
            store.put("k", b"some bytes", content_type=PDF)


@pytest.mark.parametrize("theirs", [b"mine", b"theirs"])
def test_two_writers_on_a_server_without_conditions(
    s3_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch, theirs: bytes
) -> None:
    """As on Ceph: another writes between our look and our write, and the server lets both. Ours goes."""
    monkeypatch.setattr(s3._HttpClient, "urlopen", PoolManager.urlopen)
    early, late = S3Store(s3_settings), S3Store(s3_settings)
    stored: list[StoredObject] = []
    really_stat = late.stat

    def stat(key: str, version_id: str | None = None) -> StoredObject:
        if stored:
            return really_stat(key, version_id)
        try:
            return really_stat(key, version_id)
        finally:
            stored.append(early.put(key, theirs, content_type=PDF, if_absent=True))

    monkeypatch.setattr(late, "stat", stat)
    if theirs == b"mine":
        assert late.put("k", b"mine", content_type=PDF, if_absent=True) == stored[0]
    else:
        with pytest.raises(ObjectExistsError):
            late.put("k", b"mine", content_type=PDF, if_absent=True)
    versions = client_of(s3_settings).list_objects(s3_settings.bucket, include_version=True)
    assert [each.version_id for each in versions] == [stored[0].version_id]


@pytest.mark.parametrize("wrong", ["access_key", "secret_key"])
def test_bad_credentials_are_named(s3_settings: StoreSettings, wrong: str) -> None:
    store = S3Store(s3_settings.model_copy(update={wrong: SecretStr("wrong-but-secret")}))
    with pytest.raises(StoreError, match="credentials") as caught:
        store.check()
    assert not isinstance(caught.value, StoreUnavailableError)
    assert "wrong-but-secret" not in str(caught.value)


def test_a_refused_connection_is_reported(s3_settings: StoreSettings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        port = taken.getsockname()[1]
        store = S3Store(s3_settings.model_copy(update={"endpoint": f"127.0.0.1:{port}"}))
        with pytest.raises(StoreUnavailableError, match=r"cannot reach.*refused"):
            store.check()
        with pytest.raises(StoreUnavailableError):
            store.put("k", b"x", content_type=PDF)
        with pytest.raises(StoreUnavailableError):
            list(store.list())


def test_a_server_that_never_answers_is_given_up_after_the_timeout(s3_settings: StoreSettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"127.0.0.1:{silent.getsockname()[1]}"
        store = S3Store(s3_settings.model_copy(update={"endpoint": endpoint, "timeout": 0.2}))
        with ThreadPoolExecutor() as pool, pytest.raises(StoreUnavailableError):
            pool.submit(store.get, "k").result(PATIENCE)  # without the setting it takes longer


@pytest.mark.parametrize(
    "changes", [{"endpoint": ""}, {"endpoint": "http://host/path"}, {"bucket": "Not a Bucket!"}]
)
def test_wrong_settings_are_refused(s3_settings: StoreSettings, changes: dict[str, str]) -> None:
    with pytest.raises(StoreError, match=r"\[store\]"):
        S3Store(s3_settings.model_copy(update=changes)).check()
