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

    `raw` is the text as read; `value` its normal form (days as dd/mm/yyyy, numbers without spaces, names and
    other texts in NFC), empty where `raw` has none. `confidence` is the chance (0 to 1) that `value` is
    right. `page` counts the paper's own pages from 1; `box` is in upright points of that page, None where the
    source has no place on it (a code). `problems` are codes of the reasons to doubt the value
    (`scanflow.classify.fields.problems`). A paper may have several values of one name: of several people, or
    different values from two sources. `source` is `person` where a person typed or confirmed it. `person`:
    values with the same number (from 1) belong to one person; 0: whose it is, is not known.
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
    """How likely a paper begins at a page (0 to 1), with the evidence for and against it, strongest first.

    `page` is the page's index in the batch. A chance of 0 or 1 is certain: a file begins there, or a person
    decided it.
    """

    page: int
    chance: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """Consecutive pages that make one paper (giấy tờ), as the classifier sees them, before filing.

    `pages` are indices into the batch's read pages (blank and quarantined ones are not among them). `kind` is
    the family that the paper belongs to (quyết định, hợp đồng, đơn …), empty where that is not known either.
    `rows` are the rows of the procedure's list that it meets, the likeliest first. `fields` are the values
    that are not doubtful, by name, in their normal form; `field_details` are all values. `borders` has one
    item for each page: for the first page how likely this paper begins there, for each other page how likely
    another paper does.
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

    `name` is the row's text as published, `title` a short name of the paper. `count` is how many documents
    are required. `documents` are the numbers of documents that meet the row; `held` counts further documents
    that the dossier already has, of which only the types are known.
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
    """What a dossier has (có), lacks (thiếu), and has beyond its list (ngoài thành phần hồ sơ).

    `extra` are the numbers of documents that no row asks for.
    """

    procedure: str
    items: tuple[ChecklistItem, ...]
    extra: tuple[int, ...] = ()
