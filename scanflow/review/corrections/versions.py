"""Storing a document's next version for a reviewer: its objects first, then the catalog, then the
manifests.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from scanflow.archive.documents.page_words import PageWords
from scanflow.archive.manifest import write_batch_manifest, write_manifest
from scanflow.errors import InputError, NotFoundError
from scanflow.model import DocumentVersion
from scanflow.pipeline.filing import next_version
from scanflow.pipeline.filing.next_version import StoredPlace, entering, printed
from scanflow.pipeline.sandbox.pool import outcome
from scanflow.review.context import Review

__all__ = ["StoredPlace", "entering", "printed", "renewed", "store_version", "write_manifests"]


def renewed(review: Review, old: DocumentVersion, pages: Sequence[PageWords]) -> bytes:
    """A written PDF with the words of `pages` in its text layer. Raises InputError, StoreError."""
    before = review.services.store.get(old.pdf.key, old.pdf.version_id)
    made = outcome(review.children.renew_text(before, [printed(page) for page in pages]), "the document")
    if isinstance(made, InputError):
        raise made
    return made


def store_version(  # noqa: PLR0913, PLR0917 - where it goes, what it follows, and what is in it
    review: Review,
    place: StoredPlace,
    old: DocumentVersion,
    pages: Sequence[PageWords],
    data: bytes | None,
    made_by: Mapping[str, str],
) -> DocumentVersion:
    """Store the objects of a version that follows `old`; `data` None: its PDF is the old one's.

    The objects are locked as long as the old ones are. Raises CatalogBehindError, StoreError.
    """
    return next_version.store_version(review.services.store, review.catalog, place, old, pages, data, made_by)


def write_manifests(review: Review, numbers: Sequence[str], batch_ids: Sequence[str]) -> None:
    """Write the manifests of dossiers and batches as they are now. Raises StoreError, CatalogBehindError."""
    for number in numbers:
        write_manifest(review.services.store, review.catalog, number)
    for batch_id in batch_ids:
        with suppress(NotFoundError):  # a rebuilt catalog may know a document whose batch left no manifest
            write_batch_manifest(review.services.store, review.catalog, batch_id)
