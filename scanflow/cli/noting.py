"""Enters in the audit log what commands do and show; the actor is the user of the operating system."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scanflow.archive.catalog import Catalog
    from scanflow.settings import Settings


def os_user() -> str:
    """The user who runs the command, from the kernel (LOGNAME may be anything); `uid 10001` if nameless."""
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


@contextmanager
def noted_catalog(settings: "Settings") -> Iterator["Catalog"]:
    """The catalog, for what needs no object; at the end its log is copied to the bucket, if that is due."""
    from scanflow.archive.identity import open_for_reading
    from scanflow.pipeline.log_anchoring import anchor_if_due

    with open_for_reading(settings) as catalog:
        yield catalog
        anchor_if_due(settings, catalog)


def note_look(catalog: "Catalog", action: str, *subjects: str, after: Any = None) -> None:
    """Enter this command's action in the log, before it prints; `after` belongs to the first subject."""
    from scanflow.archive.logbook import LogEntry
    from scanflow.clock import now

    with catalog.transaction() as connection:
        for subject in subjects:
            entry = LogEntry(now(), os_user(), action, subject, after=after)
            catalog.append_log(entry, connection=connection)
            after = None
