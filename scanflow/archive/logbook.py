"""Entries of the append-only log (nhật ký), their actions, and the names of their subjects."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scanflow.archive.store.keys import dossier_prefix, encode_segment

SIGNED_IN = "signed in"
SIGN_IN_FAILED = "sign-in failed"
SIGNED_OUT = "signed out"
SESSION_ENDED = "session ended"
VIEWED = "viewed"
LISTED = "listed"
SEARCHED = "searched"
FOUND = "found"
EXPORTED = "exported"
LOG_READ = "log read"
RESTORED = "log restored"

TEXT_CORRECTED = "text corrected"
TYPE_SET = "type set"
FIELD_SET = "field set"
SETTLED = "settled"
REOPENED = "reopened"
UNDONE = "undone"
COMPARED = "compared"
SPLIT = "split"
JOINED = "joined"
JOINED_TO = "joined to"
REARRANGED = "rearranged"
TEXT_READ_AGAIN = "text read again"
WORKED_ON_AGAIN = "worked on again"
READING_UNDONE = "reading undone"
MOVED_OUT = "moved out"
MOVED_IN = "moved in"
CLOSED = "closed"

LOOKS = frozenset({VIEWED, LISTED, SEARCHED, FOUND, EXPORTED, LOG_READ})
"""Actions that change nothing: manifests leave them out, or each view would make a new one."""

SCANFLOW = "scanflow"
"""The actor of actions that the program does by itself."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """Who did what to what, when, and what it was before and after."""

    at: datetime
    actor: str
    action: str
    subject: str
    before: Any = None
    after: Any = None


def dossier_subject(number: str) -> str:
    """How the log names a dossier; what lies in it begins with this and a slash."""
    return dossier_prefix(number).rstrip("/")


def document_subject(number: str, no: int) -> str:
    """How the log names a document."""
    return f"{dossier_subject(number)}/{no:02}"


def batch_subject(batch_id: str) -> str:
    """How the log names a batch."""
    return f"batches/{encode_segment(batch_id)}"


def page_subject(batch_id: str, no: int) -> str:
    """How the log names a page of a batch."""
    return f"{batch_subject(batch_id)}/{no:04}"


def user_subject(name: str) -> str:
    """How the log names an account."""
    return f"users/{encode_segment(name)}"
