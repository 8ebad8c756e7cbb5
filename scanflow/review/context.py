"""What the reviewers' functions work with: the services, child processes for pictures, bounded caches."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from scanflow.archive.catalog import Catalog
from scanflow.archive.documents.filed_documents import (
    DocumentToCheck,
    DossierToCheck,
    changed_documents,
    changed_dossiers,
    documents_below,
    documents_of_ids,
    dossiers_below,
    dossiers_of_ids,
)
from scanflow.archive.search.index import SearchIndex
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.services import Services
from scanflow.review.waiting_items.older_items import OlderRows, RowSource

Value = TypeVar("Value")

_PICTURE_BYTES = 64 * 2**20
_WORDS_BYTES = 64 * 2**20
_FILE_BYTES = 128 * 2**20


class BoundedCache(Generic[Value]):
    """Values by their keys, in memory, up to a number of bytes in all; the least recently used is dropped.

    A value larger than a quarter of that is not kept. Threads may share it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Value | None:
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: Value, size: int) -> None:
        with self._lock:
            if size > self._most // 4 or key in self._values:
                return
            self._values[key] = (value, size)
            self._size += size
            while self._size > self._most:
                _, (_, gone) = self._values.popitem(last=False)
                self._size -= gone


@dataclass(frozen=True, slots=True)
class Review:
    """`children` decode pages for pictures. The caches' keys are checksums, so that entries stay valid.
    Access rights are checked before each use of a cache.
    """

    services: Services
    children: ChildProcesses
    index: SearchIndex
    pictures: BoundedCache[bytes] = field(default_factory=lambda: BoundedCache(_PICTURE_BYTES))
    words: BoundedCache[tuple[bytes, ...]] = field(default_factory=lambda: BoundedCache(_WORDS_BYTES))
    files: BoundedCache[bytes] = field(default_factory=lambda: BoundedCache(_FILE_BYTES))
    older_documents: OlderRows[DocumentToCheck] = field(
        default_factory=lambda: OlderRows(RowSource(documents_below, documents_of_ids, changed_documents))
    )
    older_dossiers: OlderRows[DossierToCheck] = field(
        default_factory=lambda: OlderRows(RowSource(dossiers_below, dossiers_of_ids, changed_dossiers))
    )

    @property
    def catalog(self) -> Catalog:
        return self.services.catalog
