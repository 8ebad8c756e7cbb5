"""Copying the audit log to the bucket, regularly while a program runs and at its end.

A superuser of the database could change only entries since the last copy without being noticed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from scanflow.archive.catalog import Catalog
from scanflow.archive.identity import pair
from scanflow.archive.log import segments
from scanflow.archive.store.base import ObjectStore, open_store
from scanflow.clock import add_years, now
from scanflow.errors import ScanflowError
from scanflow.logs import get_logger
from scanflow.pipeline.periodic import Periodic
from scanflow.settings import Settings

log = get_logger(__name__)


@contextmanager
def anchoring(settings: Settings, store: ObjectStore, catalog: Catalog) -> Iterator[None]:
    """Anchor the log whenever it is due, during the context, and at its end."""
    audit = settings.audit
    age = timedelta(seconds=audit.anchor_seconds)

    def anchor_what_is_due(last: bool) -> None:
        if last or segments.is_due(catalog, audit.anchor_entries, age):
            anchor(settings, store, catalog)

    periodic = Periodic("log", anchor_what_is_due, "log not anchored")
    with periodic.every(min(settings.work.heartbeat, audit.anchor_seconds)):
        yield


def anchor_if_due(settings: Settings, catalog: Catalog) -> None:
    """For commands that open no store. If the store can't be reached, the next program copies
    their entries.
    """
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
