"""The log's copy in the bucket: segments `log/<first>-<last>.<hash>.jsonl.zst`, locked and never changed.

A segment is Zstandard over lines of UTF-8. The first is {"previous": "<hash before the first entry>",
"schema": 1}, the others are entries as `scanflow.archive.log.hashing` writes them; the last one's hash is in
the key. So each can be verified by itself, and fixes all entries before it. Segments may overlap where two
processes wrote at once; their entries are then the same.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import zstandard
from sqlalchemy import Connection, func, select

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import log, objects
from scanflow.archive.log import chain
from scanflow.archive.log.chain import Chained
from scanflow.archive.log.hashing import GENESIS, entry_line, line_entry, line_hash
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.canonical_json import dumps
from scanflow.archive.store.keys import LOG, SegmentName, parse_segment_key, segment_key
from scanflow.clock import now
from scanflow.errors import ObjectExistsError, StoreError

CONTENT_TYPE = "application/zstd"
_SCHEMA = 1
_MOST_ENTRIES = 10_000
_MAX_BYTES = 2**30


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment's name, the hash before it, and its entries; the last one's hash is as named."""

    name: SegmentName
    previous: str
    entries: tuple[Chained, ...]


def anchor(store: ObjectStore, catalog: Catalog, retain_until: datetime) -> int:
    """Copy entries to the bucket that it doesn't have yet; gives how many.

    After a kill the next call writes them again. Raises StoreError, CatalogError.
    """
    written = 0
    while True:
        with catalog.reading() as connection:
            first = last_anchored(connection) + 1
            entries = list(chain.entries_from(connection, first, first + _MOST_ENTRIES - 1))
            previous = _hash_before(connection, first)
        if not entries:
            return written
        key = segment_key(first, entries[-1].seq, entries[-1].hash)
        data = encode(previous, entries)
        try:
            stored = store.put(
                key, data, content_type=CONTENT_TYPE, if_absent=True, retain_until=retain_until
            )
        except ObjectExistsError:  # written by a release that compresses otherwise: the key holds its hash
            read_segment(store, key)
            stored = store.stat(key)
            store.retain(key, stored.version_id, retain_until)
        catalog.record_object(stored)
        written += len(entries)


def is_due(catalog: Catalog, most: int, age: timedelta) -> bool:
    """Whether `most` entries are not copied yet, or one that is older than `age`."""
    with catalog.reading() as connection:
        query = select(func.count(), func.min(log.c.at)).where(log.c.seq > last_anchored(connection))
        count, oldest = connection.execute(query).one()
    return count >= most or (oldest is not None and oldest <= now() - age)


def last_anchored(connection: Connection) -> int:
    """The number of the last entry that is known to be in the bucket; 0 if none is."""
    newest = connection.scalar(select(func.max(objects.c.key)).where(objects.c.key.startswith(LOG)))
    name = parse_segment_key(newest) if newest else None
    return name.last if name else 0


def encode(previous: str, entries: list[Chained]) -> bytes:
    """The bytes of a segment; the same entries always give the same."""
    lines = [dumps({"schema": _SCHEMA, "previous": previous}), *(each.line for each in entries)]
    return zstandard.ZstdCompressor(level=9).compress(("\n".join(lines) + "\n").encode())


def read_segment(store: ObjectStore, key: str, version_id: str | None = None) -> Segment:
    """A segment, verified by the hash in its key. Raises StoreError if the hash differs."""
    name = parse_segment_key(key)
    if name is None:
        raise StoreError(f"{key}: not the name of a segment of the log")
    try:
        previous, entries = _decode(store.get(key, version_id))
    except (zstandard.ZstdError, ValueError, LookupError, TypeError) as error:
        raise StoreError(f"{key}: not a segment of the log ({type(error).__name__})") from error
    numbers = [each.seq for each in entries]
    if not numbers or numbers != list(range(name.first, name.last + 1)) or entries[-1].hash != name.hash:
        raise StoreError(f"{key}: a segment of the log that does not lead to the hash in its name")
    return Segment(name, previous, entries)


def _decode(data: bytes) -> tuple[str, tuple[Chained, ...]]:
    raw = zstandard.ZstdDecompressor().decompress(data, max_output_size=_MAX_BYTES)
    header, *lines = raw.decode().removesuffix("\n").split("\n")  # not `splitlines`: U+2028 is no end
    stated: dict[str, Any] = json.loads(header)
    if stated["schema"] != _SCHEMA:
        raise ValueError("a segment of another schema: upgrade scanflow")
    previous = str(stated["previous"])
    return previous, tuple(_chained(previous, lines))


def _chained(previous: str, lines: list[str]) -> Iterator[Chained]:
    for line in lines:
        seq, entry = line_entry(line)
        if entry_line(seq, entry) != line:
            raise ValueError("not canonical")
        previous = line_hash(previous, line)
        yield Chained(seq, previous, entry)


def _hash_before(connection: Connection, first: int) -> str:
    if first == 1:
        return GENESIS
    found = connection.scalar(select(log.c.hash).where(log.c.seq == first - 1))
    # An entry that was anchored is gone: `verify` says so; what came after it is kept all the same.
    return found or ""
