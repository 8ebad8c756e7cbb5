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
    _require_manifests_known(store, catalog, dossier_series(number), keys)
    used = {key: no for key in keys if (no := document_number(key)) is not None}
    if not used:
        return
    with catalog.reading() as connection:
        query = select(documents.c.no).join(dossiers).where(dossiers.c.number == number)
        given = set(connection.scalars(query))
        last = select(dossiers.c.last_no).where(dossiers.c.number == number)
        moved_away = int(connection.scalar(last) or 0)
        known = {stored.key for stored in catalog.objects(dossier_prefix(number), connection)}
    # Up to the highest number that a document was moved away with, all were given here: what the catalog
    # doesn't know of them was stored for a version that somebody else's came before, or that was killed.
    if any(no > moved_away and no not in given and key not in known for key, no in used.items()):
        raise behind("a dossier")


def require_batch_current(store: ObjectStore, catalog: Catalog, batch_id: str) -> None:
    """Raises CatalogBehindError where a batch's manifests in the bucket are ahead."""
    series = batch_series(batch_id)
    _require_manifests_known(store, catalog, series, store.keys(series.prefix))


def _require_manifests_known(
    store: ObjectStore, catalog: Catalog, series: Series, keys: Iterable[str]
) -> None:
    known = catalog.objects(series.prefix)
    newest = max((manifest_number(stored.key) or 0 for stored in known), default=0)
    for key in sorted(key for key in keys if (manifest_number(key) or 0) > newest):
        enter_manifest(store, catalog, series, key)
