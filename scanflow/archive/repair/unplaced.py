"""Pages that the catalog has without a place: in no document, and their file was released.

The pipeline leaves no such page. They can occur if a catalog was restored from the middle of a batch's work,
and then used again.
"""

from sqlalchemy import Connection, select, update

from scanflow.archive.database.tables import files, pages
from scanflow.archive.repair.merging import Merge
from scanflow.archive.store.keys import IntakeName, parse_intake_key
from scanflow.model import FileState, PageState


def unplaced_pages(connection: Connection) -> list[IntakeName]:
    """Batch, number and checksum of each such page."""
    released = files.c.id.is_(None) | ((files.c.state == FileState.UNPACKED) & files.c.object_key.is_(None))
    query = (
        select(pages.c.batch_id, pages.c.no, pages.c.sha256)
        .outerjoin(files, files.c.id == pages.c.file_id)
        .where(
            pages.c.state.in_((PageState.SET_ASIDE, PageState.QUARANTINED)),
            pages.c.object_key.is_(None),
            released,
        )
        .order_by(pages.c.batch_id, pages.c.no)
    )
    return [IntakeName(row.batch_id, row.no, row.sha256, "", False) for row in connection.execute(query)]


def describe_unplaced(page: IntakeName) -> str:
    """A sentence that names such a page."""
    return f"batch {page.batch_id}: page {page.no} is in no document and kept nowhere"


def find_places(merge: Merge) -> None:
    """Enter the places of such pages if their bytes are in `intake/`; the others are reported as problems."""
    unplaced = unplaced_pages(merge.connection)
    names = {key: parse_intake_key(key) for key in merge.stored} if unplaced else {}
    kept = {
        (name.batch_id, name.no, name.sha256): key
        for key, name in names.items()
        if name is not None and not name.is_file
    }
    for page in unplaced:
        key = kept.get((page.batch_id, page.no, page.sha256))
        if key is None:
            merge.report.problems.append(describe_unplaced(page))
            continue
        at = (pages.c.batch_id == page.batch_id) & (pages.c.no == page.no)
        merge.connection.execute(update(pages).where(at).values(object_key=key))
        merge.enter_leftover(merge.stored[key])
        merge.report.actions.append(f"batch {page.batch_id}: page {page.no} found in {key}")
