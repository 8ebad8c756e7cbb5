"""Which archive this is (mã kho): one random id, made once, in the store and in the catalog.

A share that is not mounted looks like an empty folder, a bucket may be made anew, a setting may name another
server. So each program compares both ids when it opens an archive (one small read). While it runs, its store
is bound to what it held then. The rules:

    catalog           store                     what happens
    id                the same id               opened
    id                another id, or none       refused: the wrong store, or it is not mounted
    none, empty       nothing                   a new archive: both get an id
    none, empty       an id and nothing else    killed while it was made: the catalog takes the id
    none, empty       objects                   refused: restore the catalog, or `scanflow rebuild`
    none, not empty   all that it counts on     from before ids: it takes the store's, or both get one
    none, not empty   less than that            refused

An empty catalog is one without dossiers and batches; people and counters may be in it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from uuid import uuid4

from sqlalchemy import Connection, exists, select

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database import tables
from scanflow.archive.database.inserts import insert_if_absent
from scanflow.archive.presence import prepare_home, require_archive
from scanflow.archive.store.base import ObjectStore, open_store
from scanflow.archive.store.canonical_json import dump_bytes
from scanflow.archive.store.keys import ARCHIVE, DOSSIERS, INTAKE
from scanflow.clock import now
from scanflow.errors import (
    CatalogBehindError,
    ObjectExistsError,
    ObjectNotFoundError,
    StoreUnavailableError,
    WrongStoreError,
)
from scanflow.settings import Settings

_SCHEMA = 1
_DAYS_A_YEAR = 365


@dataclass(frozen=True, slots=True)
class Identity:
    """The store's id, and the bytes of the object that says it."""

    id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Archive:
    """A store and a catalog that belong together."""

    store: ObjectStore
    catalog: Catalog


@contextmanager
def open_archive(settings: Settings) -> Iterator[Archive]:
    """Open store and catalog. Raises their errors, and WrongStoreError where they don't belong together."""
    prepare_home(settings)
    store = open_store(settings)
    store.check()
    with open_catalog(settings) as catalog:
        pair(store, catalog, retain_until=lock_end(settings))
        yield Archive(store, catalog)


@contextmanager
def open_for_reading(settings: Settings) -> Iterator[Catalog]:
    """Open the catalog for commands that need no object. It is compared with the store, if that can be
    reached.

    Raises NotFoundError where there is no archive: reading never makes one.
    """
    require_archive(settings)
    store = open_store(settings)
    with open_catalog(settings) as catalog:
        with suppress(StoreUnavailableError):  # what is in the catalog can be told without it
            store.check()
            pair(store, catalog, retain_until=lock_end(settings))
        yield catalog


def lock_end(settings: Settings) -> datetime:
    """Until when the id is locked: as long as anything that is filed today."""
    return now() + timedelta(days=_DAYS_A_YEAR * max(settings.retention.years.values()))


def pair(store: ObjectStore, catalog: Catalog, *, retain_until: datetime | None = None) -> str:
    """Make sure that both belong together, and bind the store to its id; the archive's id.

    Raises WrongStoreError, or CatalogBehindError where only the catalog is missing.
    """
    with catalog.reading() as connection:
        known = known_id(connection)
    found = read_identity(store)
    if known is None:
        _require_matching(store, catalog, found)
        if found is None:
            found = make_identity(store, retain_until=retain_until)
        with catalog.transaction() as connection:
            known = adopt(connection, found.id)
    require_same(known, found)
    assert found is not None  # noqa: S101 - else it was refused
    store.bind(ARCHIVE, found.data)
    return found.id


def require_same(known: str, found: Identity | None) -> None:
    """Raises WrongStoreError where the store's id isn't the catalog's."""
    if found is None:
        raise WrongStoreError(
            f"the object store has no {ARCHIVE}, but the catalog belongs to archive {known}: is its share "
            "mounted, and do [store] folder, endpoint and bucket name the right one? If the store lost its "
            "objects: restore it from a backup, then `scanflow repair`"
        )
    if found.id != known:
        raise WrongStoreError(
            f"the object store is that of archive {found.id}, the catalog that of archive {known}: correct "
            "[store] or [catalog] in scanflow.toml"
        )


def known_id(connection: Connection) -> str | None:
    """The catalog's id, or None where it has none yet."""
    return connection.scalar(select(tables.archive.c.id))


def adopt(connection: Connection, archive_id: str) -> str:
    """Give the catalog an id, unless it has one; the one that it has then."""
    insert_if_absent(connection, tables.archive, {"one": 1, "id": archive_id})
    return str(known_id(connection))


def read_identity(store: ObjectStore) -> Identity | None:
    """The store's id, or None where it has none. Raises WrongStoreError for one that can't be understood."""
    try:
        data = store.get(ARCHIVE)
    except ObjectNotFoundError:
        return None
    try:
        content = json.loads(data)
        if content["schema"] == _SCHEMA:
            return Identity(str(content["id"]), data)
    except (ValueError, LookupError, TypeError):
        pass
    raise WrongStoreError(
        f"{ARCHIVE} in the object store can't be understood: restore it, or upgrade scanflow"
    )


def make_identity(
    store: ObjectStore, archive_id: str | None = None, *, retain_until: datetime | None = None
) -> Identity:
    """Write an id (a new one, unless it is given) into a store that has none; the one that it has then."""
    data = dump_bytes({"schema": _SCHEMA, "id": archive_id or uuid4().hex})
    # Another process has written it, or removed a folder that we were about to write into.
    with suppress(ObjectExistsError, ObjectNotFoundError):
        store.put(ARCHIVE, data, content_type="application/json", if_absent=True, retain_until=retain_until)
    found = read_identity(store)
    if found is None:
        raise StoreUnavailableError(f"{ARCHIVE} was written, but is not in the object store; try again")
    return found


def is_empty(connection: Connection) -> bool:
    """Whether the catalog has no dossier and no batch."""
    rows = (exists().select_from(table) for table in (tables.dossiers, tables.batches))
    return not any(connection.scalar(select(row)) for row in rows)


def _require_matching(store: ObjectStore, catalog: Catalog, found: Identity | None) -> None:
    """Raise unless a catalog without an id may take this store's id, or both may get a new one."""
    with catalog.reading() as connection:
        empty = is_empty(connection)
    if not empty:
        missing = _missing(store, catalog)
    elif next(chain(store.keys(DOSSIERS), store.keys(INTAKE)), None) is None:
        return
    with catalog.reading() as connection:
        if known_id(connection) is not None:
            return  # another process opened the same archive meanwhile, and goes on already
    if empty:
        raise CatalogBehindError(
            "the catalog is empty, but the object store is not: restore the catalog from its backup (then "
            "`scanflow repair`), or make it anew with `scanflow rebuild`; is [catalog] right, and the home?"
        )
    if missing:
        whose = f"that of archive {found.id}" if found else f"without {ARCHIVE}"
        raise WrongStoreError(
            f"the object store ({whose}) lacks {missing} objects that the catalog counts on: is its share "
            "mounted, and do [store] folder, endpoint and bucket name the right one? If it lost them: "
            "restore it from a backup, or run `scanflow repair`"
        )


def _missing(store: ObjectStore, catalog: Catalog) -> int:
    """How many objects that the catalog counts on are not in the store. Their keys are compared only."""
    expected = {stored.key for stored in catalog.objects()}
    missing = expected - set(store.keys())
    # A page that was filed meanwhile left intake.
    return len(missing & {stored.key for stored in catalog.objects()}) if missing else 0
