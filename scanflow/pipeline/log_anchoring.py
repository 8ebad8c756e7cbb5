"""The audit log's way into the bucket: regularly while a program runs, and at its end.

What was logged since the last time is all that a superuser of the database could change unnoticed.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog

from scanflow.archive.catalog import Catalog
from scanflow.archive.identity import pair
from scanflow.archive.log import segments
from scanflow.archive.store.base import ObjectStore, open_store
from scanflow.clock import add_years, now
from scanflow.errors import ScanflowError
from scanflow.settings import Settings

log = structlog.get_logger(__name__)


@contextmanager
def anchoring(settings: Settings, store: ObjectStore, catalog: Catalog) -> Iterator[None]:
    """Anchor the log whenever it is due, during the context, and at its end."""
    keeper = _Keeper(settings, store, catalog)
    thread = threading.Thread(target=keeper.run, name="log", daemon=True)
    thread.start()
    try:
        yield
    finally:
        keeper.stop.set()
        thread.join()
        keeper.end()


def anchor_if_due(settings: Settings, catalog: Catalog) -> None:
    """For commands that open no store: what they logged waits for the next program if the store is away."""
    audit = settings.audit
    if segments.is_due(catalog, audit.anchor_entries, timedelta(seconds=audit.anchor_seconds)):
        try:
            store = open_store(settings)
            store.check()
            pair(store, catalog)  # not into the empty folder where a share should be
            anchor(settings, store, catalog)
        except ScanflowError as error:
            log.warning("log not anchored", reason=error.message)


def anchor(settings: Settings, store: ObjectStore, catalog: Catalog) -> int:
    """Copy what is new of the log to the bucket, locked for the longest time that anything is."""
    return segments.anchor(store, catalog, add_years(now(), max(settings.retention.years.values())))


class _Keeper:
    def __init__(self, settings: Settings, store: ObjectStore, catalog: Catalog) -> None:
        self.stop = threading.Event()
        self._settings = settings
        self._store = store
        self._catalog = catalog
        self._away = False

    def run(self) -> None:
        """Until `stop` is set. Where store or database are away, later."""
        while not self.stop.wait(min(self._settings.work.heartbeat, self._settings.audit.anchor_seconds)):
            self._anchor(only_if_due=True)

    def end(self) -> None:
        """Once more; not where the store was away just now: the program is to end soon."""
        if not self._away:
            self._anchor(only_if_due=False)

    def _anchor(self, *, only_if_due: bool) -> None:
        audit = self._settings.audit
        age = timedelta(seconds=audit.anchor_seconds)
        try:
            if not only_if_due or segments.is_due(self._catalog, audit.anchor_entries, age):
                anchor(self._settings, self._store, self._catalog)
            self._away = False
        except ScanflowError as error:
            log.warning("log not anchored", reason=error.message)
            self._away = True
        except Exception as error:  # the database's driver may raise anything while it is away
            log.warning("log not anchored", reason=type(error).__name__)
            self._away = True
