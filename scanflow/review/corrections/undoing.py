"""Undoing the last change of a document's type or values, as long as nobody has changed it since."""

import json
from collections.abc import Mapping
from typing import Any

from scanflow.archive.documents import document_corrections as corrections
from scanflow.archive.documents.field_details import from_json
from scanflow.archive.log.queries import newest_change
from scanflow.archive.logbook import FIELD_SET, TYPE_SET, UNDONE, LogEntry, document_subject
from scanflow.errors import OutdatedError
from scanflow.review.access import Opened, Reviewer
from scanflow.review.context import Review
from scanflow.review.corrections.correcting import changing

_UNDOABLE = (TYPE_SET, FIELD_SET)


def undoable(review: Review, who: Reviewer, opened: Opened) -> LogEntry | None:
    """This person's last change of a document, if it can be undone and nobody has changed it since."""
    subject = document_subject(opened.number, opened.document.no)
    with review.catalog.reading() as connection:
        entry = newest_change(connection, subject)
    if entry is None or entry.actor != who.name or entry.action not in _UNDOABLE:
        return None
    # Entries of older releases don't have the whole former state.
    return entry if isinstance(entry.before, Mapping) and "was" in entry.before else None


def undo(review: Review, who: Reviewer, opened: Opened) -> None:
    """Undo it. Raises OutdatedError where there is nothing left to undo."""
    entry = undoable(review, who, opened)
    if entry is None:
        raise OutdatedError(
            "there is no change of yours to undo: it was undone already, or the document was changed again",
            "Không còn thay đổi nào của bạn để hoàn tác: đã hoàn tác rồi, hoặc giấy tờ đã được sửa tiếp.",
        )
    was: Mapping[str, Any] = json.loads(entry.before["was"])
    before = {"undone": entry.action}
    after = {name: value for name, value in entry.before.items() if name != "was"}
    with changing(review, who, opened, UNDONE, before, after) as connection:
        if entry.action == TYPE_SET:
            corrections.set_type(connection, opened.place.id, was)
        else:
            details = from_json(was["field_details"])
            corrections.set_fields(connection, opened.place.id, was["fields"], details)
