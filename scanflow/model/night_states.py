"""Kinds and states of nightly runs and of their items."""

from enum import StrEnum


class RunState(StrEnum):
    """How far a run is.

    open ──► done | stopped | failed ──► undone      (stopped ──► open)

    A run outside of its time window, or on which no worker works, stays open.
    """

    OPEN = "open"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"


class ItemState(StrEnum):
    """How far an item of a run is.

    waiting ──► in hand ──► filed ──► done      (in hand ──► waiting | done)

    `in hand`: a worker works on it. `filed`: its result is in the catalog; the dossier's manifest, which is
    written afterwards, may still be missing.
    """

    WAITING = "waiting"
    IN_HAND = "in hand"
    FILED = "filed"
    DONE = "done"


REOCR = "reocr"
"""The kind of a run that reads documents again."""
REWORK = "rework"
"""The kind of a run that works on documents again without reading them."""
