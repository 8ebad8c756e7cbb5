"""The states of batches, files and pages."""

from enum import StrEnum

REBUILT = "rebuilt"
"""Why a batch waits for a person after the catalog was rebuilt: the bucket does not say what was to be done
with it.
"""


class BatchState(StrEnum):
    """The state of a batch. `scanflow.ledger.states` says which state may follow which."""

    TAKING = "taking"
    """Its files are being stored."""
    DESK = "desk"
    """A clerk works on it at the desk, or released it there."""
    TAKEN = "taken"
    """The workers are to process it."""
    UNASSIGNED = "unassigned"
    """It waits for a person: nobody knows which dossier it belongs to."""
    FAILED = "failed"
    """It waits for a person: it was tried too often."""
    CLOSED = "closed"
    """All of its pages and files are accounted for."""


class FileState(StrEnum):
    """The state of a file of a batch."""

    EXPECTED = "expected"
    """Announced; its bytes are not stored yet."""
    TAKEN = "taken"
    """Its bytes are stored and were read back."""
    UNPACKED = "unpacked"
    """Its pages are in the ledger."""
    QUARANTINED = "quarantined"
    """It can't be read; the reason is noted."""
    WITHDRAWN = "withdrawn"
    """It disappeared before it was stored, or another batch has it: this batch keeps nothing of it."""


class PageState(StrEnum):
    """The state of a page of a batch."""

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
"""The final states of a page."""
