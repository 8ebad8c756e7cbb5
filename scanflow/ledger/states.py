"""Which state of a batch, a file or a page may follow which.

docs/architecture.md, "States", draws these tables; a test holds the drawing against them. The functions of
the ledger that set a state (`set_batch_state`, and those of `files` and `pages`) refuse any other step with
StateError. Whatever is in a state may be set to that state once more: a step may be done again.

Repair and rebuild (`scanflow.archive.repair`) put a catalog into the states that the bucket shows, whatever
they were before; and a batch of which the bucket does not tell what was to become of it into `unassigned`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from scanflow.errors import StateError
from scanflow.model import BatchState, FileState, PageState

State = TypeVar("State", bound=StrEnum)

BATCH_BEGINS = frozenset((BatchState.TAKING, BatchState.DESK, BatchState.UNASSIGNED))
FILE_BEGINS = frozenset((FileState.EXPECTED,))
PAGE_BEGINS = frozenset((PageState.TAKEN, PageState.QUARANTINED))

BATCH_FOLLOWS: Mapping[BatchState, frozenset[BatchState]] = {
    BatchState.TAKING: frozenset((BatchState.TAKEN,)),
    BatchState.DESK: frozenset((BatchState.TAKEN,)),
    BatchState.TAKEN: frozenset((BatchState.UNASSIGNED, BatchState.FAILED, BatchState.CLOSED)),
    BatchState.UNASSIGNED: frozenset((BatchState.TAKEN, BatchState.DESK, BatchState.CLOSED)),
    BatchState.FAILED: frozenset((BatchState.TAKEN,)),
    BatchState.CLOSED: frozenset((BatchState.TAKEN,)),
}

FILE_FOLLOWS: Mapping[FileState, frozenset[FileState]] = {
    FileState.EXPECTED: frozenset((FileState.TAKEN, FileState.QUARANTINED, FileState.WITHDRAWN)),
    FileState.TAKEN: frozenset((FileState.UNPACKED, FileState.QUARANTINED, FileState.WITHDRAWN)),
    FileState.UNPACKED: frozenset((FileState.QUARANTINED,)),
    FileState.QUARANTINED: frozenset(),
    FileState.WITHDRAWN: frozenset(),
}

PAGE_FOLLOWS: Mapping[PageState, frozenset[PageState]] = {
    PageState.TAKEN: frozenset((PageState.READ, PageState.SET_ASIDE, PageState.QUARANTINED)),
    PageState.READ: frozenset((PageState.TAKEN, PageState.FILED, PageState.SET_ASIDE, PageState.QUARANTINED)),
    PageState.FILED: frozenset((PageState.TAKEN,)),
    PageState.SET_ASIDE: frozenset((PageState.READ, PageState.FILED)),
    PageState.QUARANTINED: frozenset((PageState.FILED,)),
}


def may_become(follows: Mapping[State, frozenset[State]], state: State) -> tuple[State, ...]:
    """The states in which something may be set to `state`: those before it, and itself."""
    return (state, *(before for before, after in follows.items() if state in after and before != state))


def require_beginning(begins: frozenset[State], state: State, what: str) -> None:
    """Raise StateError where nothing new begins in this state."""
    if state not in begins:
        raise StateError(f"{what} can't begin as {state.value}")


def refused(what: str, state: StrEnum) -> StateError:
    """The error of something that is in a state which `state` may not follow, or is not there."""
    return StateError(f"{what} can't become {state.value} from the state that it is in")
