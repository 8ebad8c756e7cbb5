"""Prevents filing where the bucket is ahead of the catalog: checked before each filing."""

from collections.abc import Iterable

from sqlalchemy import select

from scanflow.archive.bucket_ahead import Series, batch_series, behind, document_number, dossier_series
from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import documents, dossiers
from scanflow.archive.manifest import enter_manifest
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.keys import dossier_prefix, manifest_number


def require_dossier_current(store: ObjectStore, catalog: Catalog, number: str) -> None:
    """Raises CatalogBehindError where a dossier's manifests or documents in the bucket are ahead."""
    keys = list(store.keys(dossier_prefix(number)))
    with catalog.reading() as connection:
        query = select(dossiers.c.last_no, documents.c.no).outerjoin(documents)
        rows = connection.execute(query.where(dossiers.c.number == number)).fetchall()
        known = {stored.key for stored in catalog.objects(dossier_prefix(number), connection)}
    _require_manifests_known(store, catalog, dossier_series(number), keys, known)
    used = {key: no for key in keys if (no := document_number(key)) is not None}
    given = {row.no for row in rows}
    moved_away = max((row.last_no or 0 for row in rows), default=0)
    # Up to the highest number that a document was moved away with, all were given here: what the catalog
    # doesn't know of them was stored for a version that somebody else's came before, or that was killed.
    if any(no > moved_away and no not in given and key not in known for key, no in used.items()):
        raise behind("a dossier")


def require_batch_current(store: ObjectStore, catalog: Catalog, batch_id: str) -> None:
    """Raises CatalogBehindError where a batch's manifests in the bucket are ahead."""
    series = batch_series(batch_id)
    keys = list(store.keys(series.prefix))
    known = {stored.key for stored in catalog.objects(series.prefix)}
    _require_manifests_known(store, catalog, series, keys, known)


def _require_manifests_known(
    store: ObjectStore, catalog: Catalog, series: Series, keys: Iterable[str], known: Iterable[str]
) -> None:
    """`keys`: what the bucket has, looked at before `known`, what the catalog has."""
    newest = max((manifest_number(key) or 0 for key in known), default=0)
    for key in sorted(key for key in keys if (manifest_number(key) or 0) > newest):
        enter_manifest(store, catalog, series, key)
