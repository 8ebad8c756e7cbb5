"""Enters what a caller sees in the audit log, before the answer."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from scanflow.archive.logbook import LogEntry
from scanflow.clock import now
from scanflow.web.api.callers import Caller
from scanflow.web.viewing import ViewLog


def note_view(
    request: Request, caller: Caller, action: str, subject: str, after: Mapping[str, Any] | None = None
) -> None:
    """Enter a view, each time. Raises CatalogError."""
    views: ViewLog = request.app.state.views
    views.note(LogEntry(now(), caller.name, action, subject, after=after))
