"""What every store must do: on a folder, on a real S3 server, and on a store of another package."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from scanflow.archive.store.base import ObjectStore, open_store
from scanflow.archive.store.keys import document_key, intake_key
from scanflow.errors import ObjectExistsError, ObjectNotFoundError, StoreError
from scanflow.settings import Settings
from tests.archive.other_store import OTHERS, open_other

KEY = "dossiers/H57.132-260804-0583/01-to-khai-dang-ky-khai-sinh/v1.pdf"
PDF = "application/pdf"


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.s3), "example", *OTHERS])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """Each of the stores, empty, as the settings open it."""
    if request.param == "other":
        return open_other(tmp_path)
    changes: dict[str, object] = {"kind": request.param}
    settings = Settings(home=tmp_path)
    if request.param == "example":
        request.getfixturevalue("plugin")
        changes["options"] = {"file": str(tmp_path / "objects.db")}
    base = request.getfixturevalue("s3_settings") if request.param == "s3" else settings.store
    opened = open_store(settings.model_copy(update={"store": base.model_copy(update=changes)}))
    if request.param != "folder":
        opened.check()
    return opened


def test_what_is_put_comes_back(store: ObjectStore) -> None:
    data = bytes(range(256)) * 40
    stored = store.put(KEY, data, content_type=PDF, metadata={"procedure": "Đăng ký khai sinh"})
    assert (stored.key, stored.size, stored.sha256) == (KEY, len(data), sha256(data).hexdigest())
    assert store.get(KEY) == data
    assert store.get(KEY, stored.version_id) == data
    assert store.stat(KEY) == stored
    assert store.stat(KEY, stored.version_id) == stored


@pytest.mark.parametrize("size", [0, 1, 6 * 2**20])
def test_any_size(store: ObjectStore, size: int) -> None:
    """The largest is past the size at which S3 clients start to send in parts."""
    data = b"\x00\xff" * (size // 2) + b"z" * (size % 2)
    assert store.put(KEY, data, content_type=PDF).size == size
    assert store.get(KEY) == data


@pytest.mark.parametrize(
    "key",
    [
        document_key("03706/2026/07906", 1, "giay-khai-sinh", 1),
        "dossiers/hồ sơ số 1/Giấy khai sinh.pdf",
        "intake/a b+c&d=e/100%.pdf",
        "intake/«ngoặc» 'nháy' (1)/#?.pdf",
        intake_key("lô 1", 3, "0" * 64, "image/jpeg"),
    ],
)
def test_unusual_keys(store: ObjectStore, key: str) -> None:
    stored = store.put(key, key.encode(), content_type=PDF)
    assert store.get(key) == key.encode()
    assert list(store.list(key.rpartition("/")[0] + "/")) == [stored]


def test_older_versions_stay(store: ObjectStore) -> None:
    versions = [store.put(KEY, data, content_type=PDF) for data in (b"one", b"two", b"one")]
    assert store.get(KEY) == b"one"
    assert [store.get(KEY, version.version_id) for version in versions] == [b"one", b"two", b"one"]
    assert len({version.version_id for version in versions}) == 3
    assert list(store.list()) == [versions[-1]]


def test_put_if_absent(store: ObjectStore) -> None:
    first = store.put(KEY, b"one", content_type=PDF, if_absent=True)
    assert store.put(KEY, b"one", content_type=PDF, if_absent=True) == first
    with pytest.raises(ObjectExistsError):
        store.put(KEY, b"two", content_type=PDF, if_absent=True)
    assert store.get(KEY) == b"one"
    assert list(store.list()) == [first]


def test_put_if_absent_after_a_delete(store: ObjectStore) -> None:
    store.put(KEY, b"one", content_type=PDF)
    store.delete(KEY)
    stored = store.put(KEY, b"two", content_type=PDF, if_absent=True)
    assert (store.get(KEY), store.stat(KEY)) == (b"two", stored)


def test_one_of_many_putting_at_once_wins(store: ObjectStore) -> None:
    def put(number: int) -> str:
        try:
            return store.put(KEY, b"%d" % number, content_type=PDF, if_absent=True).sha256
        except ObjectExistsError:
            return "taken"

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(put, range(8)))
    assert results.count("taken") == 7
    assert sha256(store.get(KEY)).hexdigest() in results


def test_many_putting_the_same_at_once_all_succeed(store: ObjectStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        stored = set(pool.map(lambda _: store.put(KEY, b"same", content_type=PDF, if_absent=True), range(8)))
    assert stored == {store.stat(KEY)}


def test_many_versions_put_at_once_are_all_kept(store: ObjectStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda n: store.put(KEY, b"%d" % n, content_type=PDF), range(8)))
    assert sorted(store.get(KEY, each.version_id) for each in stored) == [b"%d" % n for n in range(8)]
    assert store.stat(KEY) in stored


def test_listing_is_in_order_and_by_prefix(store: ObjectStore) -> None:
    keys = ["a/1", "a/10", "a/2", "ab/1", "b/deep/er/1"]
    for key in reversed(keys):
        store.put(key, key.encode(), content_type=PDF)
    assert [each.key for each in store.list()] == keys
    assert [each.key for each in store.list("a/")] == keys[:3]
    assert [each.key for each in store.list("a")] == keys[:4]
    assert [each.key for each in store.list("a/1")] == keys[:2]
    assert list(store.list("nothing/")) == []


def test_delete_hides_and_delete_of_a_version_removes(store: ObjectStore) -> None:
    stored = store.put(KEY, b"one", content_type=PDF)
    store.delete(KEY)
    for absent in (store.get, store.stat):
        with pytest.raises(ObjectNotFoundError):
            absent(KEY)
    assert list(store.list()) == []
    assert store.get(KEY, stored.version_id) == b"one"
    store.delete(KEY, stored.version_id)
    with pytest.raises(ObjectNotFoundError):
        store.get(KEY, stored.version_id)


def test_deleting_the_newest_version_uncovers_the_older(store: ObjectStore) -> None:
    first = store.put(KEY, b"one", content_type=PDF)
    second = store.put(KEY, b"two", content_type=PDF)
    store.delete(KEY, second.version_id)
    assert (store.get(KEY), store.stat(KEY)) == (b"one", first)


def test_deleting_an_older_version_leaves_the_newest(store: ObjectStore) -> None:
    first = store.put(KEY, b"one", content_type=PDF)
    second = store.put(KEY, b"two", content_type=PDF)
    store.delete(KEY, first.version_id)
    assert (store.get(KEY), store.stat(KEY)) == (b"two", second)
    with pytest.raises(ObjectNotFoundError):
        store.stat(KEY, first.version_id)


def test_what_is_not_there(store: ObjectStore) -> None:
    store.put("other", b"", content_type=PDF)
    for absent in (store.get, store.stat):
        with pytest.raises(ObjectNotFoundError):
            absent(KEY)
        with pytest.raises(ObjectNotFoundError):
            absent("other", "999999")
    store.delete(KEY)
    store.delete(KEY, "000001")
    store.delete("other", "no such version")
    assert store.get("other") == b""


def test_an_empty_store_lists_nothing(store: ObjectStore) -> None:
    assert list(store.list()) == []


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/./b", "a/", "a\x00b", ".x/y"]
)
def test_keys_that_would_escape_are_refused(store: ObjectStore, key: str) -> None:
    with pytest.raises(StoreError):
        store.put(key, b"x", content_type=PDF)
    with pytest.raises(StoreError):
        store.get(key)
    with pytest.raises(StoreError):
        store.delete(key)
