"""The protocol of object stores (kho lưu trữ): what every store guarantees, and how one is opened.

Every store passes `tests/archive/test_store_contract.py`. It guarantees:

- A `put` that returns was synced by the store and read back: its bytes hash to what was given.
- Putting to a key that is taken keeps the older version under its version id; of several that are put at
  once each is kept.
- A key that `keys.check_key` refuses is a StoreError.
- `get` and `stat` without a version id mean the newest; `get` hashes what it read and never hands out
  bytes that are not those that were put.
- `delete` without a version id hides the key and keeps the bytes; with one it removes that version
  for good, unless it is retained (lưu trữ có thời hạn): then ObjectLockedError, until its time is over.
  Hiding a key, and putting a new version over it, are still possible, and remove nothing.
- The end of retention of a version can be extended, never shortened.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Protocol

from scanflow.errors import (
    ChecksumError,
    ObjectExistsError,
    ObjectLockedError,
    ObjectNotFoundError,
    StoreError,
    StoreUnavailableError,
)
from scanflow.model import StoredObject
from scanflow.plugins import STORES, find_opener
from scanflow.settings import Settings


class ObjectStore(Protocol):
    """A place for immutable objects under keys of `scanflow.archive.store.keys`."""

    def put(  # noqa: PLR0913 - an object and its circumstances, all but two by name
        self,
        key: str,
        data: bytes,
        *,
        content_type: str,
        metadata: Mapping[str, str] | None = None,
        if_absent: bool = False,
        retain_until: datetime | None = None,
    ) -> StoredObject:
        """Store `data` and read it back.

        `if_absent`: when the key holds the same bytes already, that object is returned and nothing is
        written; when it holds others, ObjectExistsError. ChecksumError: what came back isn't what was put.
        `metadata` is for people and tools that look into the store; scanflow never reads it back.
        `retain_until` does what `retain` does, to the version that is returned.
        """
        ...

    def retain(self, key: str, version_id: str | None, until: datetime) -> None:
        """Lock a version against deletion until an aware time, or longer where it is locked longer already.

        Nothing happens where that time is past, or where `retains` is false. ObjectNotFoundError; StoreError
        when the store said yes, but doesn't hold the lock.
        """
        ...

    def retained_until(self, key: str, version_id: str | None = None) -> datetime | None:
        """Until when a version is locked; None for one that never was. ObjectNotFoundError."""
        ...

    def retains(self) -> bool:
        """Whether this store can lock objects and is set to do so."""
        ...

    def get(self, key: str, version_id: str | None = None) -> bytes:
        """The bytes. ObjectNotFoundError, or ChecksumError when they are not those that were put."""
        ...

    def stat(self, key: str, version_id: str | None = None) -> StoredObject:
        """The store's data on an object, without its bytes. ObjectNotFoundError."""
        ...

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """The newest versions of all keys that start with `prefix`, in the order of their keys."""
        ...

    def keys(self, prefix: str = "") -> Iterator[str]:
        """The same keys without a request for each object: much cheaper than `list`."""
        ...

    def delete(self, key: str, version_id: str | None = None) -> None:
        """Hide a key, or remove one version for good; nothing happens when it isn't there.

        ObjectLockedError for a version that is retained.
        """
        ...

    def check(self) -> None:
        """Make the store ready. StoreUnavailableError or StoreError with the remedy."""
        ...

    def bind(self, key: str, data: bytes) -> None:
        """From now on treat this store as unavailable unless it has these bytes under this key.

        So a share or a bucket that is unmounted or exchanged while a program runs is noticed.
        """
        ...

    def require_bound(self) -> None:
        """StoreUnavailableError where the store no longer holds what it was bound to; one small read."""
        ...


StoreOpener = Callable[[Settings], ObjectStore]
"""Makes a store from the settings without contacting it. Raises SettingsError where its options are wrong.

Entry points of `scanflow.stores` are such; a store's own options are in `settings.store.options`.
"""


def open_store(settings: Settings) -> ObjectStore:
    """The store that the settings name. Nothing is touched or contacted yet: `check` does that.

    Raises SettingsError for an unknown kind.
    """
    kind = settings.store.kind
    return find_opener(STORES, _OURS, kind, "[store] kind", "loại kho lưu trữ")(settings)


# Imported when they are opened: the stores import this module, and a folder needs no S3 client.


def _open_folder(settings: Settings) -> ObjectStore:
    from scanflow.archive.store.folder import FolderStore  # noqa: PLC0415 - as said above

    locks = settings.store.lock_mode != "off"
    return FolderStore(settings.store.folder or settings.home / "objects", locks=locks)


def _open_s3(settings: Settings) -> ObjectStore:
    from scanflow.archive.store.s3 import S3Store  # noqa: PLC0415 - as said above

    return S3Store(settings.store)


_OURS: Mapping[str, StoreOpener] = {"folder": _open_folder, "s3": _open_s3}


def sha256_hex(data: bytes) -> str:
    return sha256(data).hexdigest()


def require_checksum(key: str, data: bytes, expected: str) -> bytes:
    """`data`, or ChecksumError when it doesn't hash to `expected`."""
    if sha256_hex(data) != expected:
        raise damaged(key)
    return data


def damaged(key: str) -> ChecksumError:
    """The error for an object whose bytes are not those that were put."""
    return ChecksumError(
        f"{key}: the stored bytes are not those that were written; restore it from a backup",
        "Tài liệu trong kho đã bị sai lệch so với lúc lưu. Hãy báo ngay cho người quản trị hệ thống.",
    )


def is_there(store: ObjectStore, stored: StoredObject) -> bool:
    """Whether the store has these bytes at this moment, under this version or, copied back, another.

    Raises StoreUnavailableError. The bytes aren't read: `verify` does that.
    """
    for version_id in dict.fromkeys((stored.version_id, None)):
        try:
            if store.stat(stored.key, version_id).sha256 == stored.sha256:
                return True
        except StoreUnavailableError:
            raise
        except StoreError:  # no such object, or a version id that this store never gave
            continue
    return False


def exchanged(place: str) -> StoreUnavailableError:
    return StoreUnavailableError(
        f"{place}: the archive's store went away or was exchanged for another (its archive.json is not "
        "there); is its share mounted, is it the right bucket?"
    )


def not_found(key: str) -> ObjectNotFoundError:
    return ObjectNotFoundError(
        f"{key}: no such object",
        "Không có tài liệu này trong kho lưu trữ. Hãy báo cho người quản trị hệ thống.",
    )


def whole_seconds(until: datetime) -> datetime:
    """`until` in UTC, rounded up to what an S3 server can keep."""
    until = until.astimezone(UTC)
    return until if until.microsecond == 0 else until.replace(microsecond=0) + timedelta(seconds=1)


def locked(key: str, until: datetime) -> ObjectLockedError:
    return ObjectLockedError(
        f"{key}: retained until {until.isoformat()}; nothing was deleted",
        f"Tài liệu đang trong thời hạn lưu trữ (đến {until:%d/%m/%Y}) nên không được xóa.",
    )


def taken(key: str) -> ObjectExistsError:
    return ObjectExistsError(
        f"{key}: the key is taken by other bytes; nothing was overwritten",
        "Trong kho đã có tài liệu khác cùng tên, nên không ghi đè. Hãy báo cho người quản trị hệ thống.",
    )
