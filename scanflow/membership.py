"""Who may do what: agencies, roles of users, and scopes of programs' tokens.

Not in `scanflow.model`, which takes long to load: the command line's help needs only these.
"""

from dataclasses import dataclass
from enum import StrEnum

DEFAULT_AGENCY = "default"
"""The agency (cơ quan) of everything where no other is named: a site of one agency needs no other."""


class Role(StrEnum):
    """What a user may do beside their own stacks."""

    CLERK = "clerk"
    SUPERVISOR = "supervisor"
    """Sees who has which stack in the own agency, and hands stacks over."""
    OPERATOR = "operator"
    """The same in every agency."""
    REVIEWER = "reviewer"
    """Finds, sees and corrects the filed papers of the own agency (`scanflow.review`)."""
    AUDITOR = "auditor"
    """Sees the same, and the log, but changes nothing and sits at no counter."""


class Scope(StrEnum):
    """What a program's token may be used for."""

    READ = "read"
    """Dossiers, documents, pages, words, files, procedures, the states of batches."""
    SEARCH = "search"
    UPLOAD = "upload"
    CORRECT = "correct"
    EVENTS = "events"
    METRICS = "metrics"
    """`/metrics`, which tells of all agencies together and of no dossier."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Where a user belongs. `counters`: where they may sit; None: at every counter of the agency."""

    agency: str = DEFAULT_AGENCY
    role: Role = Role.CLERK
    counters: tuple[str, ...] | None = None


DEFAULT_MEMBERSHIP = Membership()
