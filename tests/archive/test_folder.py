"""What is special about the folder store: plain files, and writers that are killed while they write."""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from scanflow.archive.store import folder
from scanflow.archive.store.folder import FolderStore
from scanflow.disk import sync_folder, write_synced
from scanflow.errors import ChecksumError, ObjectNotFoundError, StoreError, StoreUnavailableError
from scanflow.file_locks import try_lock

KEY = "dossiers/H57.132-260804-0583/01-to-khai/v1.pdf"
PDF = "application/pdf"


class Killed(BaseException):
    """Stands for SIGKILL: no code of ours catches it."""


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects")


def test_the_newest_version_is_a_plain_file(store: FolderStore) -> None:
    store.put(KEY, b"one", content_type=PDF)
    store.put(KEY, b"two", content_type=PDF)
    assert (store.root / KEY).read_bytes() == b"two"
    visible = [path for path in store.root.rglob("*") if not any(p.startswith(".") for p in path.parts)]
    assert [path for path in visible if path.is_file()] == [store.root / KEY]


def test_a_changed_file_is_reported(store: FolderStore) -> None:
    store.put(KEY, b"one", content_type=PDF)
    (store.root / KEY).write_bytes(b"0ne")
    with pytest.raises(ChecksumError):
        store.get(KEY)


def test_a_changed_file_with_older_versions_is_reported(store: FolderStore) -> None:
    first = store.put(KEY, b"one", content_type=PDF)
    second = store.put(KEY, b"two", content_type=PDF)
    (store.root / KEY).write_bytes(b"2wo")
    with pytest.raises(ChecksumError):
        store.get(KEY)
    with pytest.raises(ChecksumError):
        store.get(KEY, second.version_id)
    assert store.get(KEY, first.version_id) == b"one"


def test_put_if_absent_does_not_trust_a_changed_file(store: FolderStore) -> None:
    store.put(KEY, b"one", content_type=PDF)
    (store.root / KEY).write_bytes(b"0ne")
    with pytest.raises(ChecksumError):
        store.put(KEY, b"one", content_type=PDF, if_absent=True)


def test_leftovers_of_a_killed_writer_are_ignored(store: FolderStore) -> None:
    stored = store.put(KEY, b"one", content_type=PDF)
    (store.root / KEY).with_name(".unfinished").write_bytes(b"tw")
    assert list(store.list()) == [stored]
    assert store.put(KEY, b"two", content_type=PDF).size == 3
    assert store.get(KEY) == b"two"


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("before", [None, b"one"])
def test_killed_at_any_step_a_put_happened_or_did_not(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch, call: str, before: bytes | None
) -> None:
    """Kill the put at its first sync or rename, at its second, and so on, until it gets through."""
    old = store.put(KEY, before, content_type=PDF) if before is not None else None
    for steps in range(1, 40):
        with monkeypatch.context() as patch:
            _kill_at(patch, call, steps)
            try:
                stored = store.put(KEY, b"two", content_type=PDF)
            except Killed:
                stored = None
        if stored is not None:
            assert store.get(KEY) == b"two"
            break
        _holds_either(store, before)
        if old is not None:
            assert store.get(KEY, old.version_id) == before
    else:
        pytest.fail("the put never got through")
    assert steps > 2
    assert store.put(KEY, b"three", content_type=PDF) == store.stat(KEY)


def _kill_at(patch: pytest.MonkeyPatch, call: str, step: int) -> None:
    count = 0

    def killed_first(*_args: object, **_kwargs: object) -> None:
        nonlocal count
        count += 1
        if count == step:
            raise Killed

    if call == "fsync":
        really_sync = os.fsync

        def fsync(descriptor: int) -> None:
            killed_first()
            really_sync(descriptor)

        patch.setattr(os, "fsync", fsync)
        return
    really_replace = Path.replace

    def replace(self: Path, target: Path) -> Path:
        killed_first()
        return really_replace(self, target)

    patch.setattr(Path, "replace", replace)


def _holds_either(store: FolderStore, before: bytes | None) -> None:
    """The key holds what was there before or what was put, completely, and so the listing says."""
    try:
        data = store.get(KEY)
    except ObjectNotFoundError:
        assert before is None
        assert list(store.list()) == []
        return
    assert data in (before, b"two")
    assert list(store.list()) == [store.stat(KEY)]


@pytest.mark.parametrize("versioned", [False, True])
def test_empty_folders_go(store: FolderStore, versioned: bool) -> None:
    stored = store.put("intake/b1/0001.jpg", b"one", content_type="image/jpeg")
    kept = store.put("intake/b2/0001.jpg", b"two", content_type="image/jpeg")
    if versioned:
        store.delete(stored.key)
    store.delete(stored.key, stored.version_id)
    assert not (store.root / "intake/b1").exists()
    assert list(store.list()) == [kept]


def test_a_file_put_in_by_hand_is_listed(store: FolderStore) -> None:
    store.put(KEY, b"one", content_type=PDF)
    stray = store.root / "dossiers/stray.pdf"
    stray.write_bytes(b"by hand")
    assert [each.key for each in store.list()] == [KEY, "dossiers/stray.pdf"]
    assert store.get("dossiers/stray.pdf") == b"by hand"


def test_check_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match=r"\[store\] folder"):
        FolderStore(tmp_path / "file" / "objects").check()


def test_a_full_disk_is_unavailable(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnavailableError, match="No space left"):
        store.put(KEY, b"one", content_type=PDF)


_SEGMENT = strategies.text(
    strategies.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1, max_size=20
).filter(lambda segment: not segment.startswith("."))


def test_a_stopped_holder_of_the_lock_is_not_waited_for_without_end(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker may be stopped (SIGSTOP, a frozen container) while it writes."""
    monkeypatch.setattr(folder, "_TURN_SECONDS", 0.2)
    store.put("a/x", b"one", content_type="text/plain")
    with ExitStack() as stack:
        for place in (store.root / ".locks").iterdir():
            assert try_lock(stack.enter_context(place.open("w")))
        with pytest.raises(StoreUnavailableError, match="kept the folder's lock"):
            store.put("a/x", b"two", content_type="text/plain")
        assert store.get("a/x") == b"one"
    store.put("a/x", b"two", content_type="text/plain")
    assert store.get("a/x") == b"two"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(segments=strategies.lists(_SEGMENT, min_size=1, max_size=4), data=strategies.binary(max_size=50))
def test_any_legal_key_comes_back(store: FolderStore, segments: list[str], data: bytes) -> None:
    key = "k/" + "/".join(segments) + "/file"
    stored = store.put(key, data, content_type=PDF)
    assert store.get(key) == data
    assert stored in list(store.list(key))
    assert (store.root / key).resolve().is_relative_to(store.root.resolve())


def test_an_unmounted_folder_is_unavailable_and_not_empty(tmp_path: Path) -> None:
    """A share that is no longer mounted leaves an empty folder: no object counts as missing, none is written
    there.
    """
    root, elsewhere = tmp_path / "objects", tmp_path / "elsewhere"
    store = FolderStore(root)
    store.check()
    store.put("intake/b1/0001.pdf", b"page", content_type="application/pdf")
    root.rename(elsewhere)
    root.mkdir()
    with pytest.raises(StoreUnavailableError, match="mounted"):
        store.get("intake/b1/0001.pdf")
    with pytest.raises(StoreUnavailableError, match="mounted"):
        store.put("intake/b1/0002.pdf", b"page", content_type="application/pdf")
    assert list(root.iterdir()) == []
    root.rmdir()
    elsewhere.rename(root)
    assert store.get("intake/b1/0001.pdf") == b"page"
    with pytest.raises(ObjectNotFoundError):
        store.get("intake/b1/0002.pdf")


def test_a_put_into_an_unmounted_share_is_not_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The share is unmounted after it was checked, and mounted again before the next check."""
    root, elsewhere, under = tmp_path / "objects", tmp_path / "elsewhere", tmp_path / "under"
    store = FolderStore(root)
    store.check()

    def unmounted(path: Path, data: bytes) -> None:
        if not elsewhere.exists():
            root.rename(elsewhere)
            path.parent.mkdir(parents=True)
        write_synced(path, data)

    def mounted(path: Path) -> None:
        sync_folder(path)
        if elsewhere.exists() and (path / "0001.pdf").is_file():
            root.rename(under)
            elsewhere.rename(root)

    with monkeypatch.context() as patched:
        patched.setattr("scanflow.archive.store.folder.write_synced", unmounted)
        patched.setattr("scanflow.archive.store.folder.sync_folder", mounted)
        with pytest.raises(StoreUnavailableError, match="mounted"):
            store.put("intake/b1/0001.pdf", b"page", content_type="application/pdf")
    assert (under / "intake/b1/0001.pdf").read_bytes() == b"page"
    store.put("intake/b1/0001.pdf", b"page", content_type="application/pdf", if_absent=True)
    assert store.get("intake/b1/0001.pdf") == b"page"
