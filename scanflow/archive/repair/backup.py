"""What isn't in the bucket (agencies, accounts, counters, orders) in one file, put back into a new catalog.

The file holds personal data and secrets: people's names, hashes of passwords and of counters' tokens. Nobody
but its owner may read it (mode 0600); keep it where the bucket's keys are kept.

    {"schema": 1, "sha256": "<of the second line>"}
    {"archive": "<id>", "made_at": "…", "program": "…", "revision": "0007", "tables": {"users": [{…}], …}}

Two lines of JSON, compressed with Zstandard. It holds all tables that `rebuild` does not restore, except
those without use on another machine. A new table that is in none of the lists below is backed up.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import zstandard
from sqlalchemy import Connection, Select, Table, delete, func, insert, select

from scanflow import PROGRAM
from scanflow.archive.catalog import Catalog
from scanflow.archive.database import tables
from scanflow.archive.database.backends import newest_revision
from scanflow.archive.identity import known_id
from scanflow.archive.store.canonical_json import dumps
from scanflow.clock import now
from scanflow.disk import remove_abandoned, sync_folder, write_whole
from scanflow.errors import CatalogError, UsageError
from scanflow.membership import DEFAULT_AGENCY

REBUILT = (
    tables.dossiers,
    tables.documents,
    tables.versions,
    tables.sources,
    tables.page_texts,
    tables.search_changes,
    tables.daily_figures,
    tables.daily_counters,
    tables.counted_documents,
    tables.counted_changes,
    tables.batches,
    tables.files,
    tables.pages,
    tables.objects,
    tables.log,
    tables.archive,
)
"""Tables that `rebuild` restores from the bucket, and counts that are made from them."""

PASSING = (
    tables.file_attempts,
    tables.readings,
    tables.undo_steps,
    tables.workers,
    tables.sessions,
    tables.review_claims,
)
"""Tables without use on another machine. They are made again, and users sign in again. Decisions at the desk
that could still be undone stay as they are.
"""

SUFFIX = ".backup"
"""The end of a backup's name."""

_SCHEMA = 1
_MAX_BYTES = 2**32


@dataclass(frozen=True, slots=True)
class Restored:
    """The number of restored rows for each table, and a line for each problem."""

    rows: dict[str, int]
    problems: tuple[str, ...]


def kept_tables() -> list[Table]:
    """The tables that a backup holds, those that others refer to first."""
    return [each for each in tables.metadata.sorted_tables if each not in (*REBUILT, *PASSING)]


def write_backup(catalog: Catalog, path: Path) -> Path:
    """Write a consistent backup; gives the file's path.

    `path` is the file where its name has an ending (`a.backup`), else the folder for it, made where it isn't
    there. An older file of that name is replaced when the new one is complete. Raises UsageError where it
    can't be written.
    """
    if path.is_dir() or not path.suffix:
        path /= f"scanflow-{now():%Y%m%d-%H%M%S}{SUFFIX}"
    data = _encode(_content(catalog))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, [data])
        remove_abandoned(path.parent)
        sync_folder(path.parent)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", f"Không ghi được tệp {path}.") from error
    return path


def restore_backup(catalog: Catalog, path: Path) -> Restored:
    """Put a backup's rows into a catalog that has none of theirs; all or nothing.

    Rows of batches that the catalog doesn't know (`rebuild` comes first) are left out and reported.
    Raises UsageError for a file that is damaged, of a newer release, or of another archive, and CatalogError
    where there are such rows already.
    """
    content = read_backup(path)
    rows: dict[str, int] = {}
    problems: list[str] = []
    with catalog.transaction() as connection:
        mine = known_id(connection)
        if mine is not None and content["archive"] not in (None, mine):
            raise UsageError(f"{path}: a backup of archive {content['archive']}, this is archive {mine}")
        for table in kept_tables():
            if connection.scalar(_count(table)):
                raise CatalogError(f"the catalog has {table.name} already: restore into a new one")
        for table in kept_tables():
            whole = _usable(connection, table, content["tables"].get(table.name, []), problems)
            if whole:
                connection.execute(delete(table))  # the default agency, which every catalog has
                connection.execute(insert(table), whole)
            rows[table.name] = len(whole)
    return Restored(rows, tuple(problems))


def _count(table: Table) -> Select[int]:
    """The number of a table's rows, without rows that every new catalog has."""
    query = select(func.count()).select_from(table)
    return query.where(table.c.code != DEFAULT_AGENCY) if table is tables.agencies else query


def read_backup(path: Path) -> dict[str, Any]:
    """A backup's content. Raises UsageError for a damaged file, or one of a newer release."""
    try:
        raw = zstandard.ZstdDecompressor().decompress(path.read_bytes(), max_output_size=_MAX_BYTES)
        header, body, _ = raw.decode().split("\n")
        stated = json.loads(header)
        if stated["schema"] != _SCHEMA:
            raise UsageError(f"{path}: a backup of schema {stated['schema']}: upgrade scanflow")
        if sha256(body.encode()).hexdigest() != stated["sha256"]:
            raise ValueError("checksum")
        content: dict[str, Any] = json.loads(body)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", f"Không đọc được tệp {path}.") from error
    except (zstandard.ZstdError, ValueError, LookupError, TypeError):
        raise UsageError(f"{path}: not a backup, or a damaged one", f"Tệp sao lưu {path} bị hỏng.") from None
    if content["revision"] > newest_revision():
        raise UsageError(f"{path}: a backup of a newer release: upgrade scanflow")
    return content


def _content(catalog: Catalog) -> dict[str, Any]:
    with catalog.reading() as connection:
        return {
            "archive": known_id(connection),
            "made_at": now().isoformat(),
            "program": PROGRAM,
            "revision": newest_revision(),
            "tables": {
                table.name: [_plain(row) for row in connection.execute(_in_order(table))]
                for table in kept_tables()
            },
        }


def _encode(content: dict[str, Any]) -> bytes:
    body = dumps(content)
    header = dumps({"schema": _SCHEMA, "sha256": sha256(body.encode()).hexdigest()})
    return zstandard.ZstdCompressor(level=9).compress(f"{header}\n{body}\n".encode())


def _in_order(table: Table) -> Select[Any]:
    return select(table).order_by(*table.primary_key.columns)


def _decoded(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """The columns that this release has, times made times again."""
    return {
        column.name: datetime.fromisoformat(row[column.name])
        if isinstance(column.type, tables.UtcDateTime) and row[column.name]
        else row[column.name]
        for column in table.columns
        if column.name in row
    }


def _plain(row: Any) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row._mapping.items()
    }


def _usable(
    connection: Connection, table: Table, rows: list[dict[str, Any]], problems: list[str]
) -> list[dict[str, Any]]:
    """A table's rows as the database takes them, without those of batches that aren't there."""
    decoded = [_decoded(table, row) for row in rows]
    if "batch_id" not in table.c:
        return decoded
    known = set(connection.scalars(select(tables.batches.c.id)))
    whole = [row for row in decoded if row["batch_id"] is None or row["batch_id"] in known]
    if len(whole) < len(decoded):
        problems.append(
            f"{table.name}: {len(decoded) - len(whole)} of {len(decoded)} belong to batches that are not "
            "here; `scanflow rebuild` comes first"
        )
    return whole
