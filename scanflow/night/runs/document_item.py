"""Items of a run that are filed documents: the steps before and after the work on a document."""

from collections.abc import Callable
from typing import Any

from scanflow.archive.documents.documents_again import PlacedDocument, placed_document
from scanflow.archive.filing_guard import require_dossier_current
from scanflow.archive.manifest import write_manifest
from scanflow.errors import InputError, OutdatedError
from scanflow.ledger.nightly import night_items
from scanflow.ledger.nightly.night_items import NightItem, item_done
from scanflow.model import DocumentVersion
from scanflow.model.night_states import ItemState
from scanflow.night.readings.people import CORRECTED
from scanflow.night.runs.running import ATTEMPTS
from scanflow.pipeline.services import Services

UNREADABLE = "unreadable"
"""The filed file could not be taken apart."""
GONE = "gone"
"""The document is not there any more: not under its number."""
CHANGED = "changed"
"""Somebody else changed the document each time that it was worked on."""
UNDONE_BY = "undone"
"""The key of `made_by`, in a version that brings an older text back, with the run that was undone."""

Enter = Callable[[], None]


def work_on_document(
    services: Services, item: NightItem, made: str, prepare: Callable[[PlacedDocument], Enter | None]
) -> None:
    """Work on an item's document; a document that was filed before a kill is only finished.

    The same holds if the newest version is of this run and the item does not say so: then the catalog was
    restored from an older backup, and `repair` has entered the version from the bucket. The result is then
    `made`.

    `prepare` finds out what is to be changed. It gives a function that enters the change, or None if it has
    noted the result itself (`done`). That function raises OutdatedError if somebody has changed the document
    meanwhile; then the item is tried again.
    """
    with services.catalog.reading() as connection:
        placed = placed_document(connection, item.document_id or 0)
    if placed is None or item.subject != subject_of(placed.number, placed.document.no):
        done(services, item, result=GONE)
        return
    if item.state is ItemState.FILED:
        _finish(services, item, placed.number)
        return
    require_dossier_current(services.store, services.catalog, placed.number)
    if _is_of_run(placed.document.versions[-1], item.run_id):
        newest = placed.document.versions[-1].version
        done(services, item, result=made, version_before=newest - 1, version_after=newest)
    else:
        _work(services, item, placed, prepare)


def _work(
    services: Services,
    item: NightItem,
    placed: PlacedDocument,
    prepare: Callable[[PlacedDocument], Enter | None],
) -> None:
    version = placed.document.versions[-1].version
    try:
        enter = prepare(placed)
    except InputError as error:
        done(services, item, result=UNREADABLE, reason=error.message, version_before=version)
        return
    if enter is None:
        return
    try:
        enter()
    except OutdatedError:
        if item.attempts >= ATTEMPTS:
            done(services, item, result=CHANGED, version_before=version)
            return
        with services.catalog.transaction() as connection:
            night_items.retry_later(connection, item, CHANGED)
        return
    _finish(services, item, placed.number)


def subject_of(number: str, no: int) -> str:
    """The name of an item that is a document."""
    return f"{number}/{no:02}"


def _is_of_run(version: DocumentVersion, run_id: str) -> bool:
    """Whether a version was made by this run, and not later by a person (such a version keeps the run's name)
    or by `undo`.
    """
    made_by = version.made_by
    return made_by.get("run") == run_id and not {CORRECTED, UNDONE_BY}.intersection(made_by)


def done(services: Services, item: NightItem, **values: Any) -> None:
    """Note an item's result (`night_items.item_done`)."""
    with services.catalog.transaction() as connection:
        item_done(connection, item.id, **values)


def _finish(services: Services, item: NightItem, number: str) -> None:
    """What follows filing, again if a kill came between."""
    write_manifest(
        services.store, services.catalog, number, then=lambda connection: item_done(connection, item.id)
    )
