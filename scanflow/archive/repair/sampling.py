"""Reads and hashes a part of all objects (kiểm tra theo mẫu): each night another part, until all were
checked.

The order is that of their checksums, which is as good as random and stays the same from night to night. A
cursor holds the position; after the last object the order begins again.
"""

import re
from dataclasses import dataclass
from math import ceil

from sqlalchemy import ColumnElement, Connection, func, select, true

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import objects
from scanflow.archive.repair.verify import Progress
from scanflow.archive.store.base import ObjectStore, sha256_hex
from scanflow.errors import ChecksumError, ObjectNotFoundError, UsageError
from scanflow.model import StoredObject

_SIZE = re.compile(r"(\d+(?:[.,]\d+)?)\s*%|(\d+)")


@dataclass(frozen=True, slots=True)
class SampleReport:
    """The result: `checked` of `total` objects. `cursor`: where the next sample begins. `missing`: not in the
    store, or hidden by a delete.
    """

    total: int
    checked: int
    bytes: int
    missing: tuple[StoredObject, ...]
    damaged: tuple[StoredObject, ...]
    cursor: str

    @property
    def ok(self) -> bool:
        """Whether all of them exist and are undamaged."""
        return not (self.missing or self.damaged)


def sample_size(text: str, total: int) -> int:
    """The number of objects for a size such as `1%` or `500`, at least one. Raises UsageError."""
    match = _SIZE.fullmatch(text.strip())
    share = float(match[1].replace(",", ".")) if match and match[1] else 0.0
    count = int(match[2]) if match and match[2] else ceil(total * share / 100)
    if match is None or share > 100 or not (share or count):
        raise UsageError(
            f"a sample of {text!r}: write a share or a number, 1% or 500",
            f"Mẫu kiểm tra {text!r} chưa đúng: hãy viết tỷ lệ hoặc số lượng, ví dụ 1% hoặc 500.",
        )
    return min(total, max(1, count))


def verify_sample(
    store: ObjectStore, catalog: Catalog, size: str, after: str = "", progress: Progress | None = None
) -> SampleReport:
    """Read and hash as many objects as `size` says, from the cursor `after` on.

    Raises StoreUnavailableError, CatalogError, UsageError for an invalid size.
    """
    with catalog.reading() as connection:
        total = connection.scalar(select(func.count()).select_from(objects)) or 0
        chosen = _chosen(connection, sample_size(size, total), after) if total else []
    missing, damaged = [], []
    for done, stored in enumerate(chosen, start=1):
        try:
            data = store.get(stored.key, stored.version_id)
            if sha256_hex(data) != stored.sha256:
                damaged.append(stored)
            store.stat(stored.key)  # hidden by a delete: who looks into the bucket doesn't see it
        except ObjectNotFoundError:
            missing.append(stored)
        except ChecksumError:
            damaged.append(stored)
        if progress:
            progress(done, len(chosen))
    with catalog.reading() as connection:
        lost = tuple(each for each in missing if _is_known(connection, each))  # filed meanwhile: left intake
    return SampleReport(
        total=total,
        checked=len(chosen),
        bytes=sum(each.size for each in chosen),
        missing=lost,
        damaged=tuple(damaged),
        cursor=chosen[-1].sha256 if chosen else "",
    )


def _chosen(connection: Connection, count: int, after: str) -> list[StoredObject]:
    """The next objects after a cursor, all of the last checksum among them, and again from the beginning."""
    found = _next(connection, objects.c.sha256 > after, count)
    if found and len(found) == count:
        same = _next(connection, objects.c.sha256 == found[-1].sha256, None)
        return [*(each for each in found if each.sha256 != found[-1].sha256), *same]
    return found + _next(connection, objects.c.sha256 <= after if found else true(), count - len(found))


def _next(connection: Connection, which: ColumnElement[bool], count: int | None) -> list[StoredObject]:
    query = select(objects).where(which).order_by(objects.c.sha256, objects.c.key, objects.c.version_id)
    return [
        StoredObject(row.key, row.sha256, row.size, row.version_id or None)
        for row in connection.execute(query.limit(count))
    ]


def _is_known(connection: Connection, stored: StoredObject) -> bool:
    own = (objects.c.key == stored.key) & (objects.c.version_id == (stored.version_id or ""))
    return connection.execute(select(objects.c.key).where(own)).first() is not None
