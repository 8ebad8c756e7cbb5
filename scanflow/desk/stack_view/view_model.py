"""What a clerk sees of a stack: its papers with their pages and verdicts, and each dossier's checklist."""

from dataclasses import dataclass, field
from typing import Literal

from scanflow.errors import FeederEmptyError
from scanflow.model import Attestation, Checklist, Evidence, NumberSource, RowMatch
from scanflow.model.order_states import OrderState

AT_COUNTER = ("feeding", "counter-silent", "pages-on-their-way")
"""Codes of verdicts on pages and orders that are still at the counter: see `at_counter` in `verdicts`."""

Severity = Literal["stop", "warning", "note"]
"""`stop`: prevents filing; `warning`: a person should check it; `note`: for information."""

DeskPageState = Literal["arrived", "reading", "read", "blank", "removed", "bad"]
"""`arrived`: stored, nothing known yet; `bad`: could not be read and is in quarantine."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A statement about a page or a paper, with a stable code, in English and Vietnamese."""

    code: str
    severity: Severity
    text: str
    text_vi: str


@dataclass(frozen=True, slots=True)
class DeskPage:
    """A page of a stack. `picture` changes whenever it looks different; `size` is in points, upright.

    `replaced_by` is the page that was scanned in its place. `signed`: it is part of a signed file,
    and only the whole file can be moved or removed.
    """

    no: int
    state: DeskPageState
    picture: str
    size: tuple[float, float] | None
    confidence: float
    words: int
    verdicts: tuple[Verdict, ...] = ()
    replaced_by: int | None = None
    signed: bool = False


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file of a stack that could not be taken apart: it has no pages. `no` is its number in the batch."""

    no: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class DeskPaper:
    """A paper of a stack. `first` is the number of its first page; a clerk's decisions are stored with it.

    `kind` and `rows` as in `Paper`. `chosen`: a person set the type; `found`: why the program thinks that it
    is of this type, `because` the strongest evidence of it.
    """

    first: int
    type: str
    name: str
    confidence: float
    chosen: bool
    title: str
    found: str
    pages: tuple[DeskPage, ...]
    attested: Attestation | None = None
    verdicts: tuple[Verdict, ...] = ()
    because: Evidence | None = None
    kind: str = ""
    rows: tuple[RowMatch, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskDossier:
    """The papers of one dossier. `number` is None while it is unknown.

    `checklist` names papers by the numbers of their first pages, and counts what the dossier contains
    already; it is None where the procedure is unknown. `applicant` is the name on its receipt or form, or the
    names on identity cards.
    """

    number: str | None
    source: NumberSource | None
    known: bool
    procedure: str | None
    procedure_name: str
    papers: tuple[DeskPaper, ...]
    checklist: Checklist | None = None
    applicant: str = ""


@dataclass(frozen=True, slots=True)
class Feeding:
    """The state of the scanner for a stack: the newest order; `pages` are those of this order."""

    id: int
    state: OrderState
    pages: int
    device: str
    profile: str
    agent_here: bool
    code: str = ""
    reason: str = ""
    reason_vi: str = ""

    @property
    def found_empty(self) -> bool:
        """Whether nothing lay in the feeder: nothing was begun, so nothing was interrupted."""
        return self.code == FeederEmptyError.code and not self.pages


@dataclass(frozen=True, slots=True)
class Undoable:
    """The clerk's newest change, which can be taken back: its step's id, what it was, and of which page."""

    id: int
    action: str
    page: int | None


@dataclass(frozen=True, slots=True)
class StackView:
    """A stack as a clerk sees it. `aside` are pages in no paper: blank, removed, or bad; `bad_files` have no
    pages.
    """

    batch_id: str
    revision: int
    state: str
    clerk: str
    counter: str | None
    number: str | None
    procedure: str | None
    dossiers: tuple[DeskDossier, ...]
    aside: tuple[DeskPage, ...] = ()
    bad_files: tuple[BadFile, ...] = ()
    waiting: tuple[DeskPage, ...] = ()
    feeding: Feeding | None = None
    undoable: Undoable | None = None
    problems: tuple[Verdict, ...] = field(default=())

    @property
    def can_file(self) -> bool:
        """Whether nothing prevents filing."""
        return not any(problem.severity == "stop" for problem in self.problems)

    @property
    def can_leave_behind(self) -> bool:
        """Whether only pages that are still at the counter prevent filing: a clerk may file without them."""
        stops = {problem.code for problem in self.problems if problem.severity == "stop"}
        return bool(stops) and stops <= set(AT_COUNTER)
