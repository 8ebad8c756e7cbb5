"""Objects in a bucket of any S3 server, through minio-py.

Servers differ (Ceph ignores `If-None-Match` in versioned buckets, some ETags aren't hashes), so nothing
here depends on one of those alone: what was put is read back whole and hashed, and put-if-absent looks
before it writes, asks the server to refuse, and looks afterwards which version came first. A version is
locked once it is known to be whole and to stay, and the lock is read back like the bytes.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime
from io import BytesIO
from threading import Lock
from typing import Any
from urllib.parse import quote

import certifi
import urllib3
from minio import Minio
from minio.commonconfig import ENABLED
from minio.datatypes import Object
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from minio.retention import Retention
from minio.versioningconfig import VersioningConfig

from scanflow.archive.store.base import (
    exchanged,
    locked,
    not_found,
    require_checksum,
    sha256_hex,
    taken,
    whole_seconds,
)
from scanflow.archive.store.keys import check_key
from scanflow.clock import now
from scanflow.errors import (
    ChecksumError,
    ObjectExistsError,
    ObjectLockedError,
    ObjectNotFoundError,
    StoreError,
    StoreUnavailableError,
)
from scanflow.logs import get_logger
from scanflow.model import StoredObject
from scanflow.settings import StoreSettings

log = get_logger(__name__)

_SHA256 = "sha256"
_LOCK_MODE = "x-amz-object-lock-mode"
_LOCKED_UNTIL = "x-amz-object-lock-retain-until-date"
_MAX_SINGLE_PUT = 5 * 2**30
_ABSENT = {"NoSuchKey", "NoSuchVersion", "NoSuchObject", "MethodNotAllowed"}  # the last: a delete marker
_REFUSED = {"PreconditionFailed", "ConditionalRequestConflict"}
_OURS_ALREADY = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}
_BAD_CREDENTIALS = {
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AccessDenied",
    "AuthorizationHeaderMalformed",
}
_BUSY = {"InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout", "XMinioServerNotInitialized"}


class S3Store:
    """An `ObjectStore` in one bucket. Nothing is contacted before the first call."""

    def __init__(self, settings: StoreSettings) -> None:
        self._bucket = settings.bucket
        self._endpoint = settings.endpoint
        self._region = settings.region
        self._lock_mode = settings.lock_mode
        self._lock_required = settings.lock_required
        self._locks = False
        self._ready = False
        self._preparing = Lock()
        self._bound: tuple[str, bytes] | None = None
        with self._explained(""):
            self._client = client_of(settings)

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
        stored = self._put(check_key(key), data, content_type, metadata or {}, if_absent)
        if retain_until is not None:
            self.retain(key, stored.version_id, retain_until)
        return stored

    def _put(
        self, key: str, data: bytes, content_type: str, metadata: Mapping[str, str], if_absent: bool
    ) -> StoredObject:
        self._prepare()
        digest = sha256_hex(data)
        garbled: str | None = None
        if if_absent:
            deleted = set(self._version_ids(key))  # all of them, unless the look below finds the key
            try:
                return self._same(key, self.stat(key), digest)
            except ObjectNotFoundError:
                pass
            except ChecksumError:  # by its own label ours, but garbled on its way here: it is replaced
                if_absent, garbled = False, self.stat(key).version_id
        # Header values must be ASCII.
        headers = {name: quote(value, safe=" /:;,.-_") for name, value in metadata.items()}
        try:
            with self._explained(key), _if_none_match(if_absent):
                result = self._client.put_object(
                    self._bucket,
                    key,
                    BytesIO(data),
                    len(data),
                    content_type=content_type,
                    metadata={**headers, _SHA256: digest},
                    part_size=_MAX_SINGLE_PUT,  # in one piece: conditions don't hold for parts
                )
        except ObjectExistsError:
            return self._same(key, self.stat(key), digest)
        stored = StoredObject(key, digest, len(data), result.version_id)
        require_checksum(key, self._read(key, result.version_id)[0], digest)
        if garbled:
            with suppress(ObjectLockedError):
                self.delete(key, garbled)
        return self._first(stored, deleted) if if_absent else stored

    def get(self, key: str, version_id: str | None = None) -> bytes:
        data, digest = self._read(check_key(key), version_id)
        return data if digest is None else require_checksum(key, data, digest)

    def stat(self, key: str, version_id: str | None = None) -> StoredObject:
        with self._explained(check_key(key)):
            found = self._client.stat_object(self._bucket, key, version_id=version_id)
        digest = _stated_sha256(found.metadata)
        if digest is None:  # put here by another program
            digest = sha256_hex(self._read(key, version_id)[0])
        return StoredObject(key, digest, found.size or 0, found.version_id)

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        for found in self._listed(prefix):
            # Deleted since the listing: then it isn't there.
            with suppress(ObjectNotFoundError):
                yield self.stat(_name(found))

    def keys(self, prefix: str = "") -> Iterator[str]:
        for found in self._listed(prefix):
            yield _name(found)

    def delete(self, key: str, version_id: str | None = None) -> None:
        asked_at = now()  # the lock may end before the server is asked why it refused
        try:
            with suppress(ObjectNotFoundError), self._explained(check_key(key)):
                self._client.remove_object(self._bucket, key, version_id)
        except StoreUnavailableError:
            raise
        except StoreError as error:
            # Servers say no in different words (AccessDenied, InvalidRequest, …), so ask why.
            until = None if version_id is None else self.retained_until(key, version_id)
            if until is None or until <= asked_at:
                raise
            raise locked(key, until) from error

    def retain(self, key: str, version_id: str | None, until: datetime) -> None:
        self._prepare()
        until = whole_seconds(until)
        if not self._locks or until <= now():
            return
        mode, before = self._lock_of(key, version_id)
        if before is not None and before >= until:
            return
        with self._explained(check_key(key)):
            # A lock's mode is kept: to change it one needs rights that scanflow should not have.
            wanted = Retention(mode or self._lock_mode.upper(), until)
            self._client.set_object_retention(self._bucket, key, wanted, version_id)
        after = self._lock_of(key, version_id)[1]
        if after is None or after < until:
            raise StoreError(
                f"{self._endpoint}/{self._bucket}: the S3 server took a lock until {until.isoformat()}, but "
                'does not hold it; without locks: [store] lock_mode = "off"'
            )

    def retained_until(self, key: str, version_id: str | None = None) -> datetime | None:
        return self._lock_of(key, version_id)[1]

    def retains(self) -> bool:
        self._prepare()
        return self._locks

    def _lock_of(self, key: str, version_id: str | None) -> tuple[str | None, datetime | None]:
        """Mode and end of a version's lock, from the answer's head: minio-py can't read every server's
        retention document (Ceph).
        """
        with self._explained(check_key(key)):
            found = self._client.stat_object(self._bucket, key, version_id=version_id)
        headers = found.metadata or {}
        until = headers.get(_LOCKED_UNTIL)
        return headers.get(_LOCK_MODE), datetime.fromisoformat(until) if until else None

    def check(self) -> None:
        self._ready = False
        self._prepare()

    def bind(self, key: str, data: bytes) -> None:
        self._bound = (key, data)

    def require_bound(self) -> None:
        if self._bound is None:
            return
        key, data = self._bound
        place = f"{self._endpoint}/{self._bucket}"
        try:
            there = self.get(key)
        except StoreUnavailableError:
            raise
        except StoreError as error:  # no such key, no such bucket
            raise exchanged(place) from error
        if there != data:
            raise exchanged(place)

    def _prepare(self) -> None:
        """Make the bucket on first use: with versions, and with object lock where the server has it."""
        with self._preparing, self._explained(""):
            if self._ready:
                return
            if not self._client.bucket_exists(self._bucket):
                self._make_bucket()
            if self._client.get_bucket_versioning(self._bucket).status != ENABLED:
                self._client.set_bucket_versioning(self._bucket, VersioningConfig(ENABLED))
            self._locks = self._lock_mode != "off" and self._has_lock()
            self._ready = True

    def _has_lock(self) -> bool:
        try:
            self._client.get_object_lock_config(self._bucket)
        except S3Error as error:
            if error.code in _BUSY or error.code in _BAD_CREDENTIALS:
                raise  # not to be allowed to ask is no answer: objects would be left unlocked
            place = f"{self._endpoint}/{self._bucket}"
            if self._lock_required:
                raise StoreError(
                    f"{place}: no object lock ({error.code}), and [store] lock_required asks for one; name a "
                    "new bucket by [store] bucket (it is made with object lock where the server has it)",
                    "Kho lưu trữ không hỗ trợ khóa thời hạn lưu trữ. Hãy báo cho người quản trị hệ thống.",
                ) from error
            log.warning("no-object-lock", bucket=place, reason=error.code)
            return False
        return True

    def _make_bucket(self) -> None:
        try:
            self._client.make_bucket(self._bucket, self._region, object_lock=True)
        except S3Error as error:
            if error.code in _OURS_ALREADY:
                return
            if error.code not in {"NotImplemented", "InvalidRequest", "InvalidArgument"}:
                raise
            self._client.make_bucket(self._bucket, self._region)

    def _read(self, key: str, version_id: str | None) -> tuple[bytes, str | None]:
        """The bytes, and the SHA-256 that was stored with them."""
        with self._explained(key):
            response = self._client.get_object(self._bucket, key, version_id=version_id)
            try:
                return response.read(), _stated_sha256(response.headers)
            finally:
                response.close()
                response.release_conn()

    def _same(self, key: str, found: StoredObject, digest: str) -> StoredObject:
        if found.sha256 != digest:
            raise taken(key)
        require_checksum(key, self._read(key, found.version_id)[0], digest)
        return found

    def _first(self, mine: StoredObject, deleted: set[str]) -> StoredObject:
        """After two put-if-absent at the same time: the first version is kept, ours is removed."""
        rivals = [version for version in self._version_ids(mine.key) if version not in deleted]
        if mine.version_id is None or not rivals or rivals[-1] == mine.version_id:
            return mine
        self.delete(mine.key, mine.version_id)
        return self._same(mine.key, self.stat(mine.key, rivals[-1]), mine.sha256)

    def _version_ids(self, key: str) -> Sequence[str]:
        """The versions of one key, the newest first, as S3 lists them; without delete markers."""
        return [
            found.version_id
            for found in self._listed(key, versions=True)
            if _name(found) == key and found.version_id and not found.is_delete_marker
        ]

    def _listed(self, prefix: str, *, versions: bool = False) -> Iterator[Object]:
        with self._explained(prefix):
            yield from self._client.list_objects(
                self._bucket, prefix=prefix or None, recursive=True, include_version=versions
            )

    @contextmanager
    def _explained(self, key: str) -> Iterator[None]:
        """Turn what minio-py and urllib3 raise into our errors, with what to do."""
        place = f"{self._endpoint}/{self._bucket}"
        try:
            yield
        except S3Error as error:
            if error.code in _ABSENT:
                raise not_found(key) from error
            if error.code in _REFUSED:
                raise taken(key) from error
            if error.code == "NoSuchBucket" and self._bound:
                raise exchanged(place) from error
            if error.code == "NoSuchBucket":
                raise StoreError(
                    f"{place}: no such bucket; check [store] bucket (the first put makes it)",
                    "Chưa có kho lưu trữ với tên đã cấu hình. Hãy báo cho người quản trị hệ thống.",
                ) from error
            if error.code in _BAD_CREDENTIALS:
                raise StoreError(
                    f"{place}: the S3 server refuses these credentials ({error.code}); check [store] "
                    "access_key and secret_key, their rights on the bucket, and this machine's clock",
                    "Kho lưu trữ từ chối tài khoản đang dùng. Hãy báo cho người quản trị hệ thống.",
                ) from error
            if error.code in _BUSY:
                raise StoreUnavailableError(f"{place}: the S3 server is not ready ({error.code})") from error
            raise StoreError(f"{place}: {error.code}: {error.message}") from error
        except (ServerError, InvalidResponseError) as error:
            raise StoreUnavailableError(f"{place}: no sensible answer from the S3 server: {error}") from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            reason = getattr(error, "reason", None) or error
            raise StoreUnavailableError(
                f"{place}: cannot reach the S3 server ({reason}); "
                "check [store] endpoint and secure, and the network"
            ) from error
        except (MinioException, ValueError) as error:
            raise StoreError(f"{place}: {error}; check [store] endpoint, bucket and region") from error


def client_of(settings: StoreSettings) -> Minio:
    """A client with the settings' keys and time-outs. Raises ValueError for an endpoint that is none."""
    return Minio(
        settings.endpoint,
        access_key=settings.access_key.get_secret_value(),
        secret_key=settings.secret_key.get_secret_value(),
        secure=settings.secure,
        region=settings.region,
        http_client=_http_client(settings.timeout),
    )


_conditional: ContextVar[bool] = ContextVar("conditional", default=False)


@contextmanager
def _if_none_match(wanted: bool) -> Iterator[None]:
    """Within it the PUTs of this thread ask to be refused where the key exists."""
    token = _conditional.set(wanted)
    try:
        yield
    finally:
        _conditional.reset(token)


class _HttpClient(urllib3.PoolManager):
    """minio-py 7.2 has no parameter for conditions. The header needs no signature, so it is added here."""

    # The signature is PoolManager's own, which differs from that of its base class.
    def urlopen(self, method: str, url: str, redirect: bool = True, **kw: Any) -> Any:  # type: ignore[override]
        if method == "PUT" and _conditional.get():
            kw["headers"] = {**(kw.get("headers") or {}), "If-None-Match": "*"}
        return super().urlopen(method, url, redirect, **kw)


def _http_client(timeout: float) -> urllib3.PoolManager:
    """As minio-py makes one, but with our time-out and few retries: the job queue retries anyway."""
    return _HttpClient(
        timeout=urllib3.Timeout(connect=min(timeout, 10.0), read=timeout),
        maxsize=10,
        cert_reqs="CERT_REQUIRED",
        ca_certs=os.environ.get("SSL_CERT_FILE") or certifi.where(),
        retries=urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=[502, 503, 504]),
    )


def _stated_sha256(headers: Mapping[str, str] | None) -> str | None:
    return headers.get(f"x-amz-meta-{_SHA256}") if headers is not None else None


def _name(found: Object) -> str:
    return found.object_name or ""
