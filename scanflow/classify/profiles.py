"""Procedures and document types as values: what a dossier must hold, and how each paper is recognized.

They come from YAML files (`scanflow.classify.profile_files`). What an agency decides stays in those files,
with its dates of force.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from scanflow.settings import RetentionCode
from scanflow.text.folding import fold
from scanflow.text.normalization import search_key

if TYPE_CHECKING:
    from scanflow.classify.learned.learned_types import LearnedTypes
    from scanflow.classify.procedures.index import ProcedureIndex

ANY_TYPE = "*"

Side = Literal["front", "back"]
FieldKind = Literal[
    "text",  # a code or number: every letter counts
    "phrase",  # words: a name of something, an address
    "address",
    "whole-address",  # one that ends with its province, as on a card
    "person",
    "date",
    "citizen-number",
    "old-identity-number",
    "procedure-code",
    "tax-number",
    "sex",
    "money",
]
FieldPlace = Literal["head", "page", "paper"]
Layout = Literal["paper", "card"]
Column = Literal["left"]


@dataclass(frozen=True, slots=True)
class Cue:
    """A sign of a type besides its title: `text` on a line of its own, or a `pattern` in a folded line.

    `weight` (0 to 1) is the confidence by the cue alone; `side` is the side of a card that bears it. With
    `column` the line must be in that column of the head: the subject of a letter is on the left, below its
    number, that of any other paper in the middle, below its title.
    """

    weight: float
    text: str = ""
    pattern: re.Pattern[str] | None = None
    side: Side | None = None
    column: Column | None = None

    @property
    def name(self) -> str:
        """What the cue looks for, as text of the evidence; the line that was found is given beside it."""
        return self.text or "a line that is typical of such papers"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one field is read: the group `value` of `pattern`, searched in folded text.

    `where` limits the search: upper half of the first page, the first page, or the whole paper.
    """

    name: str
    pattern: re.Pattern[str]
    kind: FieldKind
    where: FieldPlace = "paper"


@dataclass(frozen=True, slots=True)
class Kind:
    """A family of papers (quyết định, đơn, hợp đồng …), for whatever has no type of its own.

    A title of this kind begins with one of `titles`; an official document's number and symbol (số, ký hiệu)
    has one of `symbols` after its number (`12/QĐ-UBND`). `parent` is the id of the wider kind that it is of
    too.
    """

    id: str
    name: str
    group: str
    titles: tuple[str, ...]
    symbols: tuple[str, ...] = ()
    heads: tuple[Cue, ...] = ()
    parent: str = ""


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A document type (loại giấy tờ) and how to recognize it. `kind` is the id of the family that it is of.

    With the `layout` `card` the title may be anywhere on the sheet (a card on a copier's glass). `max_pages`
    is the greatest number of pages of such a paper, None for any number. `forms` are the numbers of its
    forms, as printed.
    """

    id: str
    name: str
    group: str
    role: str
    titles: tuple[str, ...] = ()
    heads: tuple[Cue, ...] = ()
    negative: tuple[Cue, ...] = ()
    layout: Layout = "paper"
    max_pages: int | None = None
    fields: tuple[FieldRule, ...] = ()
    kind: str = ""
    forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequiredPaper:
    """A required paper (thành phần hồ sơ), one row of a procedure's list; `count` of them are needed.

    A paper of any of `types` meets it, and so does one that bears any of `titles` (canonical titles, each
    without conditions and sources: several where the row says "either … or") or any of `form_numbers`
    (`CT01`, `09/ĐK`, as printed on the form). `kinds` are the kinds of those papers (see `Kind`). `name` is
    the row as published, `condition` the words that say when it is asked for, `group` the heading above it in
    the list (a case of the procedure). `originals` and `copies` are how many of each are asked.
    """

    id: str
    name: str
    types: tuple[str, ...]
    required: bool = True
    count: int = 1
    effective_from: date | None = None
    effective_to: date | None = None
    titles: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    form_numbers: tuple[str, ...] = ()
    condition: str = ""
    group: str = ""
    originals: int = 0
    copies: int = 0

    @property
    def title(self) -> str:
        """How the paper is called in short: its first canonical title, else the row as published."""
        return self.titles[0] if self.titles else self.name


@dataclass(frozen=True, slots=True)
class Procedure:
    """An administrative procedure (thủ tục hành chính), as in force from `effective_from`.

    `code` is the root code (`1.001193`); `aliases` are names and older codes of the same procedure;
    `intake` are the types that the centre itself adds to any dossier (receipt, request for more papers).
    `results` are the types of what the procedure gives, `result_titles` the titles that those papers bear.
    """

    code: str
    name: str
    agency: str
    field: str
    legal_basis: tuple[str, ...]
    required: tuple[RequiredPaper, ...]
    results: tuple[str, ...]
    retention: RetentionCode
    effective_from: date
    effective_to: date | None = None
    version: int = 1
    aliases: tuple[str, ...] = ()
    intake: tuple[str, ...] = ()
    result_titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcedureName:
    """The name of a procedure, the agency that carries it out, and its field (lĩnh vực)."""

    code: str
    name: str
    field: str
    agency: str


@dataclass(frozen=True)
class Profiles:
    """All procedures by root code, the newest version of each, all document types and all kinds by id.

    `earlier`: the older versions of the same procedures, the newest first. Where there are imported lists,
    `index` finds procedures, and the mappings load one at a time: to search, call
    `scanflow.classify.procedures.finding` instead of iterating over all. `learned` is the model that was
    learned from the site's own confirmed papers, None without one.
    """

    procedures: Mapping[str, Procedure]
    types: Mapping[str, DocumentType]
    earlier: Mapping[str, tuple[Procedure, ...]] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    index: "ProcedureIndex | None" = field(default=None, compare=False)
    learned: "LearnedTypes | None" = field(default=None, compare=False, repr=False)

    @cached_property
    def kind_names(self) -> frozenset[str]:
        """The names with which papers' titles begin, as search keys; those of several words folded too."""
        keys = {search_key(title) for kind in self.kinds.values() for title in kind.titles}
        return frozenset(keys | {fold(key) for key in keys if " " in key})

    def procedure(self, code: str | None, day: date) -> Procedure | None:
        """A procedure as it is in force on `day`, by its root code; None for an unknown code.

        A day before all versions gives the oldest: an older dossier still gets a list.
        """
        newest = self.procedures.get(code or "")
        if newest is None:
            return None
        versions = (newest, *self.earlier.get(newest.code, ()))
        return next((each for each in versions if each.effective_from <= day), versions[-1])

    @property
    def receipts(self) -> frozenset[str]:
        """The ids of the types that are a receipt (giấy tiếp nhận): each begins a dossier's stack."""
        return frozenset(
            document_type.id for document_type in self.types.values() if document_type.role == "receipt"
        )


def types_asked_for(profiles: Profiles, code: str | None) -> frozenset[str]:
    """The ids of all types that belong to a procedure: required, given as its result, or added at intake.

    Empty for an unknown procedure; `code` is a root code.
    """
    procedure = profiles.procedures.get(code) if code else None
    if procedure is None:
        return frozenset()
    required = (type for row in procedure.required for type in row.types)
    return frozenset((*required, *procedure.results, *procedure.intake))


def root_code(code: str) -> str:
    """The root of a procedure code (mã TTHC): `1.012783.000.00.00.H61`, `1.012783.02` → `1.012783`."""
    return ".".join(code.strip().split(".")[:2])


def in_force(procedure: Procedure, day: date) -> Procedure:
    """The procedure with only those required papers that are in force on `day` (its intake)."""
    rows = tuple(r for r in procedure.required if _covers(r.effective_from, r.effective_to, day))
    return replace(procedure, required=rows)


def _covers(start: date | None, end: date | None, day: date) -> bool:
    return (start is None or start <= day) and (end is None or day <= end)
