"""Moving a document to another dossier's number: the wrong receipt was scanned, or a number mistyped.

Its objects stay where they are; the manifests of both dossiers and of its batch say where it belongs. Its
former number is never used again.
"""

from contextlib import suppress

from scanflow.archive.documents import document_corrections as corrections
from scanflow.archive.filing_guard import require_dossier_current
from scanflow.archive.logbook import MOVED_IN, MOVED_OUT, LogEntry, document_subject
from scanflow.archive.manifest import write_batch_manifest, write_manifest
from scanflow.clock import now
from scanflow.errors import NotFoundError, ObjectNotFoundError, OutdatedError, UsageError
from scanflow.model import Dossier
from scanflow.pipeline.filing.retention import retained_until
from scanflow.review.access import Opened, Reviewer, open_dossier
from scanflow.review.context import Review
from scanflow.text.dossier_numbers import normalise_dossier_number


def move_document(review: Review, who: Reviewer, opened: Opened, typed: str) -> tuple[str, int]:
    """Move a document to the dossier of the number that a person typed, which is made if it isn't there.

    Gives that number and the document's there. Raises UsageError for what is no number, or the same one;
    OtherAgencyError for another agency's; OutdatedError.
    """
    catalog, store = review.catalog, review.services.store
    number = normalise_dossier_number(typed, review.services.settings.codes.dossier_grammars)
    if number == opened.number:
        raise UsageError("it is in this dossier already", "Giấy tờ đang ở chính hồ sơ này.")
    if not opened.is_newest:
        raise OutdatedError
    for each in (opened.number, number):
        require_dossier_current(store, catalog, each)
    place = opened.place
    at = now()
    with catalog.transaction() as connection:
        corrections.lock_document(
            connection, place.id, dossier_id=place.dossier_id, version=opened.version.version
        )
        catalog.ensure_dossier(number, agency=who.agency, created_at=at, connection=connection)
        no = corrections.move(connection, place.id, opened.number, number)
        corrections.reindex_document(connection, place.id)
        which = {"batch": place.batch_id, "first_page": place.first_page}
        old, new = document_subject(opened.number, opened.document.no), document_subject(number, no)
        for entry in (
            LogEntry(at, who.name, MOVED_OUT, old, after={"to": number, "no": no, **which}),
            LogEntry(at, who.name, MOVED_IN, new, after={"from": opened.number, **which}),
        ):
            catalog.append_log(entry, connection=connection)
    # First the new dossier's: after a kill between the two writes both list it, and the later one counts.
    _retain(review, opened, number)
    write_manifest(store, catalog, number)
    write_manifest(store, catalog, opened.number)
    with suppress(NotFoundError):  # a rebuilt catalog may know a document whose batch left no manifest
        write_batch_manifest(store, catalog, place.batch_id)
    return number, no


def other_dossier(review: Review, who: Reviewer, opened: Opened, typed: str) -> Dossier | None:
    """The dossier of the number that a person typed; None where that is the document's own.

    Raises UsageError for what is no number, NotFoundError for what the person may not see.
    """
    number = normalise_dossier_number(typed, review.services.settings.codes.dossier_grammars)
    return None if number == opened.number else open_dossier(review, who, number)


def _retain(review: Review, opened: Opened, number: str) -> None:
    """Lock the document's objects as long as its new dossier's procedure asks, if that is longer.

    A lost object can't be locked: `verify` reports it, and the document is moved nevertheless.
    """
    until = retained_until(review.services, number, opened.document.versions[0].created_at)
    objects = [stored for version in opened.document.versions for stored in (version.pdf, version.words)]
    objects += [source.stored for source in opened.document.sources]
    for stored in objects:
        with suppress(ObjectNotFoundError):
            review.services.store.retain(stored.key, stored.version_id, until)
