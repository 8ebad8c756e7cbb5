"""Finds out whether the bucket is ahead of the catalog, as after a restore from an older backup.

Then nothing may be filed there: a manifest would be written without the newer papers, and their numbers would
be given a second time. `scanflow repair` enters what the catalog lacks.

A writer that was killed also leaves objects that the catalog has not entered, but nothing in them that the
catalog doesn't know: the next process goes on from there.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from scanflow.archive.database.tables import batches, documents, dossiers, files, pages, versions
from scanflow.archive.store.keys import dossier_prefix, intake_prefix, manifest_number
from scanflow.errors import CatalogBehindError
from scanflow.model import SETTLED, BatchState, FileState, PageState

_DOCUMENT = re.compile(r"dossiers/[^/]+/(?P<no>\d+)-[^/]+/[^/]+")

Content = dict[str, Any]

Contains = Callable[[Connection, Content], bool]
"""Tells whether the catalog has everything that a manifest lists."""


@dataclass(frozen=True, slots=True)
class Series:
    """The manifests of a dossier or a batch: their place, and the test whether one lists anything new."""

    prefix: str
    knows: Contains
    what: str


def dossier_series(number: str) -> Series:
    return Series(f"{dossier_prefix(number)}manifest/", knows_dossier, "a dossier")


def batch_series(batch_id: str) -> Series:
    return Series(f"{intake_prefix(batch_id)}manifest/", knows_batch, f"batch {batch_id}")


def behind(what: str) -> CatalogBehindError:
    return CatalogBehindError(
        f"{what}: the bucket has more than the catalog knows (was it restored from an older backup?); "
        "nothing was written over; run `scanflow repair`, then it goes on by itself"
    )


def document_number(key: str) -> int | None:
    """The number of the document that a key belongs to, or None where it is no document's."""
    match = _DOCUMENT.fullmatch(key)
    return int(match["no"]) if match and manifest_number(key) is None else None


def knows_dossier(connection: Connection, content: Content) -> bool:
    """Whether the catalog has every document and version that a dossier's manifest lists; a document that has
    been moved since may be in another dossier.
    """
    listed, number = content["documents"], content["dossier"]["number"]
    batch_ids = {each["batch_id"] for each in listed}
    query = (
        select(
            dossiers.c.number,
            documents.c.no,
            documents.c.batch_id,
            documents.c.first_page,
            versions.c.version,
            versions.c.pdf_sha256,
        )
        .select_from(documents)
        .join(dossiers)
        .outerjoin(versions)
        .where((dossiers.c.number == number) | documents.c.batch_id.in_(batch_ids))
    )
    rows = connection.execute(query).fetchall()
    # Its last number says that documents were moved away from there: up to it.
    last = connection.scalar(select(dossiers.c.last_no).where(dossiers.c.number == number)) or 0
    here = {(row.no, row.batch_id, row.first_page) for row in rows if row.number == number}
    elsewhere = {(row.batch_id, row.first_page) for row in rows if row.number != number}
    made = {(row.batch_id, row.first_page, row.version, row.pdf_sha256) for row in rows}

    def is_known(each: Content) -> bool:
        which = each["batch_id"], each["first_page"]
        moved = each["no"] <= last and which in elsewhere
        return ((each["no"], *which) in here or moved) and all(
            (*which, version["version"], version["pdf_sha256"]) in made for version in each["versions"]
        )

    return all(map(is_known, listed))


def knows_batch(connection: Connection, content: Content) -> bool:
    """Whether the catalog has every file and page that a batch's manifest lists, in the same or a later
    state.
    """
    batch_id, stated = content["batch"]["id"], content["batch"]["state"]
    state = connection.scalar(select(batches.c.state).where(batches.c.id == batch_id))
    if state is None or (stated == BatchState.CLOSED != state) or (state == BatchState.TAKING != stated):
        return False
    query = select(files.c.no, files.c.state).where(files.c.batch_id == batch_id)
    taken = {row.no for row in connection.execute(query) if row.state is not FileState.EXPECTED}
    of_pages = select(pages.c.no, pages.c.state, pages.c.object_key).where(pages.c.batch_id == batch_id)
    known: dict[int, tuple[PageState, str | None]] = {
        row.no: (row.state, row.object_key) for row in connection.execute(of_pages)
    }
    return all(
        each["no"] in taken or each["state"] == FileState.EXPECTED for each in content["files"]
    ) and all(each["no"] in known and not says_more(each, *known[each["no"]]) for each in content["pages"])


def says_more(page: Content, state: PageState, object_key: str | None) -> bool:
    """Whether a manifest has a page's final state or place and the catalog (`state`,
    `object_key`) doesn't.
    """
    if state not in SETTLED:
        return page["state"] in SETTLED
    return state is not PageState.FILED and object_key is None and page["object_key"] is not None
