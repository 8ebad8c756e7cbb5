"""Tests whether the access keys have a right that scanflow does not need: to end a lock early.

Servers don't tell a key's rights, so it is tried on a test object that is locked for a few seconds.
"""

import time
from datetime import timedelta
from uuid import uuid4

from minio.error import S3Error

from scanflow.archive.store.s3 import S3Store, client_of
from scanflow.clock import now
from scanflow.errors import ObjectNotFoundError, StoreError
from scanflow.settings import StoreSettings

_BYPASS = {"x-amz-bypass-governance-retention": "true"}
_MORE_SECONDS = 1.5
"""Waited for beyond the lock's end, as locks end on whole seconds."""


def can_end_locks(settings: StoreSettings, seconds: int = 10) -> bool | None:
    """Whether these keys can delete an object that a governance lock holds; None where nothing is locked.

    Takes `seconds` where they can't, and leaves nothing behind. Nobody ends compliance locks, so those are
    not tried. Raises StoreError and StoreUnavailableError.
    """
    store = S3Store(settings)
    if not store.retains():
        return None
    if settings.lock_mode == "compliance":
        return False
    until = now() + timedelta(seconds=seconds)
    probe = store.put(
        f"intake/probe-{uuid4().hex}/lock", b"", content_type="application/octet-stream", retain_until=until
    )
    _delete_past_lock(settings, probe.key, probe.version_id)
    try:
        store.stat(probe.key, probe.version_id)
    except ObjectNotFoundError:
        return True
    time.sleep(max(0.0, (until - now()).total_seconds()) + _MORE_SECONDS)
    store.delete(probe.key, probe.version_id)
    return False


def _delete_past_lock(settings: StoreSettings, key: str, version_id: str | None) -> None:
    """Ask the server to delete a version in spite of its lock; it may refuse."""
    client = client_of(settings)
    query: dict[str, str | list[str] | tuple[str]] = {"versionId": version_id} if version_id else {}
    try:
        # minio-py deletes single objects without this header.
        client._execute("DELETE", settings.bucket, key, headers=dict(_BYPASS), query_params=query)
    except S3Error as error:
        if error.code not in ("AccessDenied", "InvalidRequest", "ObjectLocked", "MethodNotAllowed"):
            raise StoreError(
                f"{settings.endpoint}/{settings.bucket}: {error.code}: {error.message}"
            ) from error
