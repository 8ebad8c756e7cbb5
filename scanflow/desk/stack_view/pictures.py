"""Pictures of a stack's pages, upright as they will be filed (ảnh thu nhỏ và ảnh xem trước)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scanflow.archive.people.agencies import membership
from scanflow.desk.access import owned
from scanflow.desk.context import Desk
from scanflow.errors import InputError, NotFoundError
from scanflow.ledger.decisions import NOTHING, Decision, decided
from scanflow.ledger.desk_work.late_pages import late_file
from scanflow.ledger.files import get_file
from scanflow.ledger.pages import get_page
from scanflow.model import Geometry
from scanflow.pipeline.sandbox.pool import outcome

WIDEST = 2000
"""Pixels: enough to read a page's smallest print on a screen."""


def picture(desk: Desk, batch_id: str, clerk: str, no: int, width: int) -> bytes:
    """A page of a clerk's own stack as a JPEG of `width` pixels, or less where the page has less.

    Raises NotFoundError, StackGoneError, NotYoursError, and InputError where the page can't be decoded.
    """
    with desk.services.catalog.reading() as connection:
        owned(connection, batch_id, clerk)
        page = get_page(connection, batch_id, no)
        file = get_file(connection, page.file_id) if page and page.file_id is not None else None
        decision = decided(connection, batch_id).get(no, NOTHING)
    if page is None or page.file_page is None or file is None or file.object_key is None:
        raise NotFoundError(f"batch {batch_id} has no page {no}", f"Tập giấy tờ không có trang {no}.")
    data = desk.services.store.get(file.object_key)
    geometry = geometry_of(page.geometry, decision)
    made = outcome(
        desk.quick.picture(data, file.name, page.file_page, geometry, min(width, WIDEST)), f"page {no}"
    )
    if isinstance(made, InputError):
        raise made
    return made


def late_picture(desk: Desk, batch_id: str, clerk: str, no: int, width: int) -> bytes:
    """The first page of a file of a batch of late pages of the clerk's agency that nobody has taken on yet.

    A JPEG. Raises NotFoundError, also for every other batch, and InputError where the page can't be decoded.
    """
    with desk.services.catalog.reading() as connection:
        file = late_file(connection, batch_id, no, membership(connection, clerk).agency)
    if file is None:
        raise NotFoundError(f"batch {batch_id} has no late page {no}", f"Không có trang đến muộn {no}.")
    data = desk.services.store.get(file.object_key)
    made = outcome(desk.quick.picture(data, file.name, 1, None, min(width, WIDEST)), f"file {no}")
    if isinstance(made, InputError):
        raise made
    return made


def geometry_of(stored: Mapping[str, Any] | None, decision: Decision) -> Geometry | None:
    """How a page is to be shown: as it was read (`stored` in the ledger), unless a person turned it since;
    None where only the source itself can say.
    """
    read = Geometry(**stored) if stored else None
    if decision.rotation is None or (read and read.rotation == decision.rotation):
        return read
    return replace(read or Geometry(), rotation=decision.rotation, skew=0.0, canvas=1.0)
