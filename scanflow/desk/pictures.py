"""Pictures of a stack's pages, upright as they will be filed (ảnh thu nhỏ và ảnh xem trước)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from scanflow.archive.agencies import membership
from scanflow.archive.database.tables import batches, files, pages
from scanflow.desk.context import Desk
from scanflow.desk.ownership import owned
from scanflow.errors import InputError, NotFoundError
from scanflow.ledger.decisions import NOTHING, Decision, decided
from scanflow.model import Geometry
from scanflow.pipeline.filing.numbering import LATE
from scanflow.pipeline.sandbox.pool import outcome

WIDEST = 2000
"""Pixels: enough to read a page's smallest print on a screen."""


def picture(desk: Desk, batch_id: str, clerk: str, no: int, width: int) -> bytes:
    """A page of a clerk's own stack as a JPEG of `width` pixels, or less where the page has less.

    Raises NotFoundError, StackGoneError, NotYoursError, and InputError where the page can't be decoded.
    """
    query = (
        select(pages, files.c.name, files.c.object_key.label("file_key"))
        .join(files, files.c.id == pages.c.file_id)
        .where(pages.c.batch_id == batch_id, pages.c.no == no)
    )
    with desk.services.catalog.reading() as connection:
        owned(connection, batch_id, clerk)
        row = connection.execute(query).one_or_none()
        decision = decided(connection, batch_id).get(no, NOTHING)
    if row is None or row.file_key is None:
        raise NotFoundError(f"batch {batch_id} has no page {no}", f"Xấp giấy tờ không có trang {no}.")
    data = desk.services.store.get(row.file_key)
    geometry = geometry_of(row.geometry, decision)
    made = outcome(
        desk.quick.picture(data, row.name, row.file_page, geometry, min(width, WIDEST)), f"page {no}"
    )
    if isinstance(made, InputError):
        raise made
    return made


def late_picture(desk: Desk, batch_id: str, clerk: str, no: int, width: int) -> bytes:
    """The first page of a file of a batch of late pages of the clerk's agency that nobody has taken on yet.

    A JPEG. Raises NotFoundError, also for every other batch, and InputError where the page can't be decoded.
    """
    query = (
        select(files.c.name, files.c.object_key)
        .join(batches, batches.c.id == files.c.batch_id)
        .where(batches.c.id == batch_id, batches.c.state == "unassigned", batches.c.reason == LATE)
        .where(files.c.no == no, files.c.object_key.is_not(None))
    )
    with desk.services.catalog.reading() as connection:
        row = connection.execute(
            query.where(batches.c.agency == membership(connection, clerk).agency)
        ).one_or_none()
    if row is None:
        raise NotFoundError(f"batch {batch_id} has no late page {no}", f"Không có trang đến muộn {no}.")
    data = desk.services.store.get(row.object_key)
    made = outcome(desk.quick.picture(data, row.name, 1, None, min(width, WIDEST)), f"file {no}")
    if isinstance(made, InputError):
        raise made
    return made


def geometry_of(stored: Mapping[str, Any] | None, decision: Decision) -> Geometry | None:
    """How a page is to be shown: as it was read (`stored` in the ledger), unless a person turned it since;
    None where only the source itself can say.
    """
    read = Geometry(**stored) if stored else None
    if decision.turn is None or (read and read.rotation == decision.turn):
        return read
    return replace(read or Geometry(), rotation=decision.turn, skew=0.0)
