"""Checking (kiểm tra) every object against its checksum, and the catalog against the store."""

from collections.abc import Callable
from dataclasses import dataclass

from scanflow.archive.catalog import Catalog
from scanflow.archive.keys import ARCHIVE, dossier_prefix, manifest_number, parse_segment_key
from scanflow.archive.log.check import LogCheck, check_log
from scanflow.archive.manifest import dossier_content, read_manifest
from scanflow.archive.objects import ObjectStore, sha256_hex
from scanflow.errors import ChecksumError, ObjectNotFoundError, StoreError
from scanflow.model import StoredObject

Progress = Callable[[int, int], None]
"""Called with how many objects are done and how many there are."""


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What `verify` found.

    `missing` and `damaged` are losses: restore them. `unknown` are objects that the catalog says nothing of
    (leftovers of a filing that was killed, or put there by others). `outdated` are dossiers whose newest
    manifest doesn't say what the catalog says: write it again. `log` says whether the audit log was
    changed.
    """

    checked: int
    bytes: int
    missing: tuple[StoredObject, ...]
    damaged: tuple[StoredObject, ...]
    unknown: tuple[StoredObject, ...]
    outdated: tuple[str, ...]
    log: LogCheck

    @property
    def ok(self) -> bool:
        """Nothing is lost and the bucket is enough; unknown objects do no harm."""
        return not (self.missing or self.damaged or self.outdated or self.log.problems)


def verify(store: ObjectStore, catalog: Catalog, progress: Progress | None = None) -> VerifyReport:
    """Read and hash every object that the catalog knows. Raises StoreUnavailableError, CatalogError."""
    expected = catalog.objects()
    visible = {stored.key: stored for stored in store.list()}
    missing, damaged = [], []
    for done, stored in enumerate(expected, start=1):
        try:
            data = store.get(stored.key, stored.version_id)
            if sha256_hex(data) != stored.sha256:  # whole in itself, but not what was filed
                damaged.append(stored)
            elif stored.key not in visible:
                missing.append(stored)  # hidden by a delete: who looks into the bucket doesn't see it
        except ObjectNotFoundError:
            missing.append(stored)
        except ChecksumError:
            damaged.append(stored)
        if progress:
            progress(done, len(expected))
    known = {(stored.key, stored.version_id) for stored in expected}
    unknown = [
        stored
        for stored in visible.values()
        # A segment that was written by somebody who was killed then is nobody's loss: `check_log` reads all.
        if (stored.key, stored.version_id) not in known
        and stored.key != ARCHIVE
        and not parse_segment_key(stored.key)
    ]
    return VerifyReport(
        checked=len(expected),
        bytes=sum(stored.size for stored in expected),
        missing=tuple(missing),
        damaged=tuple(damaged),
        unknown=tuple(sorted(unknown, key=lambda stored: stored.key)),
        outdated=tuple(
            summary.number
            for summary in catalog.dossiers()
            if not _manifest_is_current(store, catalog, summary.number)
        ),
        log=check_log(store, catalog),
    )


def _manifest_is_current(store: ObjectStore, catalog: Catalog, number: str) -> bool:
    known = catalog.objects(f"{dossier_prefix(number)}manifest/")
    newest = max(known, key=lambda stored: manifest_number(stored.key) or 0, default=None)
    if newest is None:
        return False
    try:
        written = read_manifest(store.get(newest.key, newest.version_id))
    except StoreError:
        return False
    with catalog.reading() as connection:
        wanted = dossier_content(catalog, connection, number)
    # The log goes on after the last change (a view is logged too); it is written along with the next.
    return {**written, "log": None} == {**wanted, "log": None}
