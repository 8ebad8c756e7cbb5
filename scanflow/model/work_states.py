"""How far the work on a batch, a file and a page is."""

from enum import StrEnum

REBUILT = "rebuilt"
"""Why a batch waits for a person: the bucket alone doesn't say what was to become of it."""


class BatchState(StrEnum):
    """How far a batch is. `scanflow.ledger.states` says which state may follow which."""

    TAKING = "taking"
    """Its files are being stored."""
    DESK = "desk"
    """A clerk works on it at the desk, or released it there."""
    TAKEN = "taken"
    """It is to be worked on without a person."""
    UNASSIGNED = "unassigned"
    """It waits for a person: nobody knows which dossier it belongs to."""
    FAILED = "failed"
    """It waits for a person: it was tried too often."""
    CLOSED = "closed"
    """All of its pages and files are accounted for."""


class FileState(StrEnum):
    """How far a file of a batch is."""

    EXPECTED = "expected"
    """Announced; its bytes are not stored yet."""
    TAKEN = "taken"
    """Its bytes are stored and were read back."""
    UNPACKED = "unpacked"
    """Its pages are in the ledger."""
    QUARANTINED = "quarantined"
    """It can't be read; the reason is noted."""
    WITHDRAWN = "withdrawn"
    """It went away before it was stored, or another batch has it: nothing of it is kept here."""


class PageState(StrEnum):
    """How far a page of a batch is."""

    TAKEN = "taken"
    """It is to be read."""
    READ = "read"
    """It was read, or is a page of a signed file that can't be read, with the reason."""
    FILED = "filed"
    """It stands in a document."""
    SET_ASIDE = "set_aside"
    """It is kept, but stands in no document; the reason is noted."""
    QUARANTINED = "quarantined"
    """It can't be read or written; the reason is noted."""


SETTLED = (PageState.FILED, PageState.SET_ASIDE, PageState.QUARANTINED)
"""The states of a page with which nothing more is to be done."""
