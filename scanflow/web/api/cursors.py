"""Cursors of lists: where the next page begins, as an opaque text."""

import base64
from datetime import datetime
from typing import Annotated

from fastapi import Query

from scanflow.errors import UsageError

Cursor = Annotated[str, Query(max_length=500, description="from the answer before")]
Limit = Annotated[int, Query(ge=1, le=200)]


def written(at: datetime, key: str) -> str:
    """The cursor behind an entry of a list that is sorted by time and key."""
    return base64.urlsafe_b64encode(f"{at.isoformat()} {key}".encode()).decode()


def position_of(cursor: str) -> tuple[datetime, str] | None:
    """The time and key of a cursor (the reverse of `written`); None for the beginning. Raises UsageError."""
    if not cursor:
        return None
    try:
        time, _, key = base64.urlsafe_b64decode(cursor.encode("ascii")).decode().partition(" ")
        at = datetime.fromisoformat(time)
    except ValueError:
        raise UsageError("not a cursor of this list") from None
    if at.tzinfo is None or "\0" in key:
        raise UsageError("not a cursor of this list")
    return at, key
