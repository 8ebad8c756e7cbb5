"""The messages between a counter's agent and the server, as both sides know them.

Each call of the agents' interface (docs/decisions/0011-the-counter.md) sends and answers one of these classes
as JSON, with the names of the fields as keys. `decode` checks a message; unknown keys come from a newer
release and are ignored.
"""

from dataclasses import asdict, dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, TypeAdapter

from scanflow.errors import ScanflowError
from scanflow.model.order_states import OrderKind, ReportedState

PROTOCOL = 2
"""The version of these messages. Version 1 has no proofs, and no numbers that release a page and a stack."""

CHECKSUM_HEADER = "X-Scanflow-Sha256"
"""The header of a sent page: the SHA-256 of its bytes in lower-case hexadecimal."""

MOST_PAGES = 100_000
"""No page of an order has a higher number."""
MOST_LISTED = 100
"""Scanners, profiles or stacks in one message."""
LONGEST_SENTENCE = 500
"""Characters of a sentence in a list of stacks; a single report has room for `LONGEST_REPORT`."""
LONGEST_REPORT = 2000
HIGHEST_ORDER = 2**62
_NO_LIMIT = 2**62

Name = Annotated[str, Field(max_length=200)]
OrderNo = Annotated[int, Field(ge=0, le=HIGHEST_ORDER)]
PageCount = Annotated[int, Field(ge=0, le=MOST_PAGES)]
Code = Annotated[str, Field(max_length=100)]
Choice = Annotated[str, BeforeValidator(lambda value: value or "")]
"""A choice for a scan; empty or null means the counter's own setting."""


@dataclass(frozen=True, slots=True)
class ScannerInfo:
    """A scanner that an agent has found, by SANE's name for it, with its maker's words."""

    name: Annotated[str, Field(max_length=500)]
    vendor: Name = ""
    model: Name = ""
    kind: Name = ""


@dataclass(frozen=True, slots=True)
class Hello:
    """Sent when an agent starts and when its scanners change.

    `highest_order` is the highest number of an order of which pages lie at the counter's PC.
    """

    program: Name = ""
    scanners: Annotated[tuple[ScannerInfo, ...], Field(max_length=MOST_LISTED)] = ()
    profiles: Annotated[tuple[Name, ...], Field(max_length=MOST_LISTED)] = ()
    highest_order: OrderNo = 0


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What the server takes: bytes of a page, pages of one order."""

    page_bytes: Annotated[int, Field(gt=0)] = _NO_LIMIT
    order_pages: Annotated[int, Field(gt=0)] = _NO_LIMIT


@dataclass(frozen=True, slots=True)
class HelloAnswer:
    """Which counter the agent's token is of, and what the server takes."""

    counter: str
    limits: ServerLimits
    protocol: int = 1


@dataclass(frozen=True, slots=True)
class Order:
    """What an agent is to do. `single`: scan one sheet; `stop`: end the order."""

    id: int
    kind: OrderKind
    device: Choice = ""
    profile: Choice = ""
    single: bool = False
    stop: bool = False


@dataclass(frozen=True, slots=True)
class OrderReport:
    """The state of an order: `pages` is the number of complete pages; code and messages tell why it ended.

    `half_sheet`: the last page is a front without its back.
    """

    state: ReportedState
    pages: PageCount = 0
    code: Code = ""
    message: Annotated[str, Field(max_length=LONGEST_REPORT)] = ""
    message_vi: Annotated[str, Field(max_length=LONGEST_REPORT)] = ""
    half_sheet: bool = False


def report_of_error(state: ReportedState, error: ScanflowError, pages: int = 0) -> OrderReport:
    """The report of an order that ended with an error."""
    message, message_vi = error.message[:LONGEST_REPORT], error.message_vi[:LONGEST_REPORT]
    return OrderReport(state, pages, error.code, message, message_vi)


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """How many pages of an order are safe at the server."""

    order: int
    held: int


@dataclass(frozen=True, slots=True)
class UndeliveredStack:
    """A stack that an agent can't deliver now: its order, its pages that are still at the counter, and why.

    `since` is the time that the counter's PC gave the stack, in ISO 8601.
    """

    order: OrderNo
    pages: PageCount
    since: Annotated[str, Field(max_length=40)] = ""
    code: Code = ""
    message: Annotated[str, Field(max_length=LONGEST_SENTENCE)] = ""
    message_vi: Annotated[str, Field(max_length=LONGEST_SENTENCE)] = ""


@dataclass(frozen=True, slots=True)
class UndeliveredList:
    """All that an agent can't deliver now; sent whenever that changes."""

    stacks: Annotated[tuple[UndeliveredStack, ...], Field(max_length=MOST_LISTED)] = ()


@dataclass(frozen=True, slots=True)
class UndeliveredAnswer:
    """How many stacks were noted."""

    stacks: int


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """A page is safe: the SHA-256 under which it was stored; `late`: not in the stack of its order."""

    order: int
    no: int
    sha256: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """Why a call was refused: a stable code, a sentence for the operator, one for clerks."""

    code: str = ""
    message: str = ""
    message_vi: str | None = None


Message = TypeVar("Message")


def encode(message: Any) -> dict[str, Any]:
    """Return a message as plain values for JSON."""
    return asdict(message)


def decode(kind: type[Message], data: bytes) -> Message:
    """Return the message of class `kind` from JSON. Raises ValueError where it is not one.

    Types are strict: a number in quotation marks is refused.
    """
    return TypeAdapter(kind).validate_json(data, strict=True)
