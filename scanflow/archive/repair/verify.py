"""Checking (kiểm tra) every object against its checksum, and the catalog against the store."""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from typing import Literal

from scanflow.archive.bucket_ahead import batch_series, dossier_series
from scanflow.archive.catalog import Catalog
from scanflow.archive.log.check import LogCheck, check_log
from scanflow.archive.manifest import dossier_content, is_known, read_manifest
from scanflow.archive.repair.leftovers import is_unfinished
from scanflow.archive.repair.unplaced import describe_unplaced, unplaced_pages
from scanflow.archive.store.base import ObjectStore, sha256_hex
from scanflow.archive.store.keys import (
    ARCHIVE,
    DOSSIERS,
    decode_owner,
    dossier_prefix,
    manifest_number,
    parse_segment_key,
)
from scanflow.errors import ChecksumError, ObjectNotFoundError, StoreError
from scanflow.model import StoredObject

Progress = Callable[[int, int], None]
"""Called with how many objects are done and how many there are."""


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What `verify` found.

    `missing` and `damaged` are losses: restore them; an object that a delete has hidden is missing, too.
    `newer` are manifests with more than the catalog has, `unknown` are objects in no manifest and not in the
    catalog, `outdated` are dossiers whose newest manifest differs from the catalog, `unplaced` are pages
    without a place in the catalog: `repair` corrects these. `unfinished` objects belong to a batch that is
    being processed, or will be, and do no harm. `log` says whether the audit log was changed.
    """

    checked: int
    bytes: int
    missing: tuple[StoredObject, ...]
    damaged: tuple[StoredObject, ...]
    unknown: tuple[StoredObject, ...]
    unfinished: tuple[StoredObject, ...]
    newer: tuple[StoredObject, ...]
    outdated: tuple[str, ...]
    unplaced: tuple[str, ...]
    log: LogCheck

    @property
    def ok(self) -> bool:
        """Whether nothing is lost, and bucket and catalog agree."""
        apart = self.unknown or self.newer or self.outdated or self.unplaced
        return not (self.missing or self.damaged or apart or self.log.problems)


@dataclass(frozen=True, slots=True)
class Differences:
    """Differences between bucket and catalog, from keys and manifests alone; fields as in `VerifyReport`."""

    unknown: tuple[StoredObject, ...]
    unfinished: tuple[StoredObject, ...]
    newer: tuple[StoredObject, ...]
    outdated: tuple[str, ...]
    unplaced: tuple[str, ...]
    log: LogCheck

    @property
    def ok(self) -> bool:
        """Whether both agree, and the audit log was not changed."""
        return not (self.unknown or self.newer or self.outdated or self.unplaced or self.log.problems)


def differences(store: ObjectStore, catalog: Catalog) -> Differences:
    """Compare manifests and keys of objects with the catalog. Raises StoreUnavailableError, CatalogError."""
    before = catalog.objects()
    visible = list(store.list())
    return _differences(store, catalog, visible, {*before, *catalog.objects()})  # filing goes on meanwhile


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
    still_expected = set(catalog.objects())  # a page that was filed meanwhile left intake
    found = _differences(store, catalog, visible.values(), set(expected) | still_expected)
    return VerifyReport(
        checked=len(expected),
        bytes=sum(stored.size for stored in expected),
        missing=tuple(each for each in missing if each in still_expected),
        damaged=tuple(damaged),
        unknown=found.unknown,
        unfinished=found.unfinished,
        newer=found.newer,
        outdated=found.outdated,
        unplaced=found.unplaced,
        log=found.log,
    )


def _differences(
    store: ObjectStore, catalog: Catalog, visible: Iterable[StoredObject], expected: Set[StoredObject]
) -> Differences:
    kinds = _sorted_out(store, catalog, visible, expected)
    return Differences(
        unknown=kinds["unknown"],
        unfinished=kinds["unfinished"],
        newer=kinds["newer"],
        outdated=tuple(
            summary.number
            for summary in catalog.dossiers()
            if not _manifest_is_current(store, catalog, summary.number)
        ),
        unplaced=_unplaced(catalog),
        log=check_log(store, catalog),
    )


def _unplaced(catalog: Catalog) -> tuple[str, ...]:
    with catalog.reading() as connection:
        return tuple(map(describe_unplaced, unplaced_pages(connection)))


_Kind = Literal["unknown", "unfinished", "newer"]


def _sorted_out(
    store: ObjectStore, catalog: Catalog, visible: Iterable[StoredObject], expected: Set[StoredObject]
) -> dict[_Kind, tuple[StoredObject, ...]]:
    """Objects in the store that the catalog has not entered, by kind, in the order of keys."""
    known = {(stored.key, stored.version_id) for stored in expected}
    keys = {stored.key for stored in expected}
    found: dict[_Kind, list[StoredObject]] = {"unknown": [], "unfinished": [], "newer": []}
    for stored in sorted(visible, key=lambda stored: stored.key):
        # A segment that was written by somebody who was killed then is nobody's loss: `check_log` reads all.
        ours = stored.key == ARCHIVE or parse_segment_key(stored.key)
        if not ours and (stored.key, stored.version_id) not in known:
            # Other bytes over what was filed are nobody's leftover.
            kind: _Kind = "unknown" if stored.key in keys else _kind(store, catalog, stored)
            found[kind].append(stored)
    return {kind: tuple(each) for kind, each in found.items()}


def _kind(store: ObjectStore, catalog: Catalog, stored: StoredObject) -> _Kind:
    if manifest_number(stored.key) is not None:
        owner = decode_owner(stored.key)
        series = dossier_series(owner) if stored.key.startswith(DOSSIERS) else batch_series(owner)
        return "unfinished" if is_known(store, catalog, series, stored) else "newer"
    with catalog.reading() as connection:
        return "unfinished" if is_unfinished(connection, stored.key) else "unknown"


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
