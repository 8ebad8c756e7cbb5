"""Checks the chain in steps while a program runs: each step continues where the last one ended.

Of the checked part only the last entry is read again, whose hash covers all before it.
Comparing with the copies in the bucket is `scanflow.archive.log.check`.
"""

import threading
import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import log, objects
from scanflow.archive.log import chain
from scanflow.archive.log.hashing import GENESIS, line_hash
from scanflow.archive.log.segments import last_anchored
from scanflow.archive.store.keys import LOG
from scanflow.clock import now

_PORTION = 2000


@dataclass(frozen=True, slots=True)
class ChainState:
    """How many entries there are, up to which number the chain was found whole and when that was, at which
    number it is broken (None: nowhere), up to which number the bucket has copies and since when. `hash` is
    that of the last entry that was found whole.
    """

    entries: int
    checked: int
    checked_at: datetime | None
    hash: str
    broken_at: int | None
    anchored: int
    anchored_at: datetime | None


class ChainWatch:
    """Remembers how far the chain was checked. Threads may share it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._seq, self._hash = 0, GENESIS
        self._at: datetime | None = None
        self._broken: int | None = None

    def look(self, seconds: float) -> ChainState:
        """Continue the check for so many seconds, or to the end. Raises CatalogError."""
        with self._lock:
            self._check(time.monotonic() + seconds)
            with self._catalog.reading() as connection:
                newest = select(objects.c.created_at).where(objects.c.key.startswith(LOG))
                return ChainState(
                    entries=chain.head(connection)[0],
                    checked=self._seq,
                    checked_at=self._at,
                    hash=self._hash,
                    broken_at=self._broken,
                    anchored=last_anchored(connection),
                    anchored_at=connection.scalar(newest.order_by(objects.c.key.desc()).limit(1)),
                )

    def _check(self, ends: float) -> None:
        if self._seq:
            with self._catalog.reading() as connection:
                stands = connection.scalar(select(log.c.hash).where(log.c.seq == self._seq))
            if stands != self._hash:  # changed since, or another log: from the beginning
                self._seq, self._hash = 0, GENESIS
        self._broken = None
        while True:
            with self._catalog.reading() as connection:
                query = select(log).where(log.c.seq > self._seq).order_by(log.c.seq).limit(_PORTION)
                found = chain.entries_of(connection, query)
            for each in found:
                if each.seq != self._seq + 1 or line_hash(self._hash, each.line) != each.hash:
                    self._broken = self._seq + 1
                    break
                self._seq, self._hash = each.seq, each.hash
            self._at = now()
            if self._broken is not None or len(found) < _PORTION or time.monotonic() > ends:
                return
