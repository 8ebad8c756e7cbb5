"""Reopens batches whose documents are lost while their captured files exist.

This happens when the bucket is restored from a time when the batch was still in `intake/`. Only a batch with
all of its files is processed again, because its papers and dossiers are found from all of its pages.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, exists, select, update

from scanflow import clock
from scanflow.archive.database.tables import batches, documents, files, objects, pages, versions
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.archive.repair.merging import Merge
from scanflow.archive.store.keys import intake_file_key
from scanflow.model import BatchState, FileState, PageState, StoredObject


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a closed batch: the columns that are needed to find its bytes."""

    id: int
    no: int
    name: str
    sha256: str
    object_key: str | None


def reopen_batches(merge: Merge, lost: Collection[str]) -> list[str]:
    """Reopen closed batches with pages in lost objects; gives the ids of the batches.

    `lost` are the keys of objects that are nowhere. A page of an existing document stays where it is; a paper
    that is filed again gets its former number.
    """
    connection = merge.connection
    reopened = []
    for batch_id, page_ids in _lost_pages(connection, merge.stored, lost).items():
        state = connection.scalar(select(batches.c.state).where(batches.c.id == batch_id))
        if state is not BatchState.CLOSED:
            continue
        columns = (files.c.id, files.c.no, files.c.name, files.c.sha256, files.c.object_key)
        of_batch = select(*columns).where(files.c.batch_id == batch_id, files.c.state == FileState.UNPACKED)
        rows = fetch_all(connection, _File, of_batch.order_by(files.c.no))
        captured = {row.id: _captured(merge.stored, batch_id, row) for row in rows}
        back = [each for each in captured.values() if each is not None]
        if not rows or len(back) < len(rows):
            if back:
                merge.report.problems.append(
                    f"batch {batch_id}: {len(rows) - len(back)} of its captured files are not there, so it "
                    "can't be worked on again; the others are kept"
                )
            continue
        _reopen(merge, batch_id, page_ids, {id_: each for id_, each in captured.items() if each})
        merge.report.actions.append(
            f"batch {batch_id}: {len(page_ids)} pages of lost objects are worked on again"
        )
        reopened.append(batch_id)
    return reopened


def _lost_pages(
    connection: Connection, stored: Mapping[str, StoredObject], lost: Collection[str]
) -> dict[str, list[int]]:
    """Ids, by batch, of pages that were in a document without any remaining version, or in a lost object."""
    found: dict[str, list[int]] = {}
    query = select(pages).where(pages.c.file_id.is_not(None)).order_by(pages.c.batch_id, pages.c.no)
    whole: dict[int, bool] = {}
    concerned = set(
        connection.scalars(
            select(documents.c.batch_id).join(versions).where(versions.c.pdf_key.in_(list(lost)))
        )
    ) | set(connection.scalars(select(pages.c.batch_id).where(pages.c.object_key.in_(list(lost)))))
    for row in connection.execute(query.where(pages.c.batch_id.in_(concerned))).fetchall():
        if row.state is PageState.FILED and row.document_id is not None:
            if row.document_id not in whole:
                whole[row.document_id] = _is_left(connection, stored, row.document_id)
            if whole[row.document_id]:
                continue
        elif row.object_key not in lost:
            continue
        found.setdefault(row.batch_id, []).append(row.id)
    return found


def _is_left(connection: Connection, stored: Mapping[str, StoredObject], document_id: int) -> bool:
    """Whether any version of a document is in the store."""
    query = select(versions.c.pdf_key, versions.c.pdf_sha256).where(versions.c.document_id == document_id)
    return any(
        row.pdf_key in stored and stored[row.pdf_key].sha256 == row.pdf_sha256
        for row in connection.execute(query)
    )


def _captured(stored: Mapping[str, StoredObject], batch_id: str, file: _File) -> StoredObject | None:
    """A file's own object, where it is there."""
    key = file.object_key or intake_file_key(batch_id, file.no, file.sha256, file.name)
    found = stored.get(key)
    return found if found is not None and found.sha256 == file.sha256 else None


def _reopen(
    merge: Merge, batch_id: str, page_ids: Sequence[int], captured: Mapping[int, StoredObject]
) -> None:
    connection = merge.connection
    for file_id, each in captured.items():
        at = (objects.c.key == each.key) & (objects.c.version_id == (each.version_id or ""))
        if not connection.scalar(select(exists().where(at))):
            merge.enter_leftover(each)
        connection.execute(update(files).where(files.c.id == file_id).values(object_key=each.key))
    for row in connection.execute(select(pages).where(pages.c.id.in_(page_ids))).fetchall():
        values: dict[str, Any] = {"object_key": None}
        if row.state is PageState.FILED:
            values |= {"state": PageState.TAKEN, "document_id": None}
        elif row.object_key:  # kept by itself: it is put there again, with its reason
            connection.execute(delete(objects).where(objects.c.key == row.object_key))
        connection.execute(update(pages).where(pages.c.id == row.id).values(**values))
    again = {"state": BatchState.TAKEN, "closed_at": None, "reason": None, "attempts": 0, "job": None}
    connection.execute(
        update(batches)
        .where(batches.c.id == batch_id)
        .values(updated_at=clock.now(), turn=batches.c.turn + 1, **again)
    )
