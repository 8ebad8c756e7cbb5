"""Papers as they are classified: type, fields, rows of a procedure's list, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from scanflow.model.pages import Box

FieldSource = Literal["qr", "mrz", "print", "person"]

UNKNOWN_TYPE = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why something was decided: which cue, what stood on the page, how well it matched (0 to 1)."""

    cue: str
    found: str
    score: float
    page: int


def on_page(evidence: Iterable[Evidence], page: int) -> tuple[Evidence, ...]:
    """The same evidence as found on another page."""
    return tuple(Evidence(each.cue, each.found, each.score, page) for each in evidence)


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A value that was read from a paper, and its source.

    `raw` is what stands there as read; `value` its normal form (days as dd/mm/yyyy, numbers without spaces,
    names and texts NFC as they stand), empty where what was read has none. `confidence` is the chance (0 to
    1) that `value` is right. `page` counts the paper's own pages from 1; `box` is in upright points of that
    page, None where the source has no place (a code). `problems` are codes of what speaks against it
    (`scanflow.classify.fields.problems`). A paper may have several values of one name: further people, or
    different values from two sources. `source` is `person` where somebody typed or confirmed it. `person`:
    values that bear the same number (from 1) are one person's.
    """

    name: str
    raw: str
    value: str
    confidence: float
    source: FieldSource = "print"
    page: int = 1
    box: Box | None = None
    problems: tuple[str, ...] = ()
    person: int = 0


@dataclass(frozen=True, slots=True)
class Attestation:
    """That a paper was compared with its original (đã đối chiếu với bản chính): by whom and when."""

    by: str
    at: datetime


Doubt = Literal["", "type", "row"]
"""What a person is asked of a document: its type, the row of its dossier's list that it meets, or neither."""


@dataclass(frozen=True, slots=True)
class RowMatch:
    """That a paper meets a row of its procedure's list; `row` is its id, `chance` (0 to 1) how likely."""

    row: str
    chance: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Border:
    """How likely a paper begins at a page (0 to 1), and what speaks for and against it, the strongest first.

    `page` is the page's index in the batch. A chance of 0 or 1 is certain: the border of a file, or a
    person's decision.
    """

    page: int
    chance: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """Consecutive pages that make one paper (giấy tờ), as the classifier sees them, before filing.

    `pages` are indices into the batch's read pages (blank and quarantined ones are not among them). `kind` is
    the family that the paper belongs to (quyết định, hợp đồng, đơn …), empty where that is not known either.
    `rows` are the rows of the procedure's list that it meets, the likeliest first. `fields` are the sure
    values by name, in their normal form; `field_details` are all values, doubtful ones too. `borders` are one
    for each page: at the first that the paper begins there, at the others that another one does.
    """

    pages: tuple[int, ...]
    type: str
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    title: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    attested: Attestation | None = None
    kind: str = ""
    rows: tuple[RowMatch, ...] = ()
    field_details: tuple[FieldValue, ...] = ()
    borders: tuple[Border, ...] = ()


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One row of a dossier's checklist (thành phần hồ sơ): a required paper and the documents for it.

    `name` is the row as published, `title` what the paper is called in short.
    `documents` are numbers; `held` is how many more the dossier holds already, where the numbers are others'.
    """

    id: str
    name: str
    types: tuple[str, ...]
    required: bool
    count: int
    documents: tuple[int, ...] = ()
    held: int = 0
    title: str = ""

    @property
    def missing(self) -> bool:
        return self.required and len(self.documents) + self.held < self.count


@dataclass(frozen=True, slots=True)
class Checklist:
    """What is there (có), missing (thiếu) and extra (ngoài thành phần hồ sơ): numbers no row asks for."""

    procedure: str
    items: tuple[ChecklistItem, ...]
    extra: tuple[int, ...] = ()
