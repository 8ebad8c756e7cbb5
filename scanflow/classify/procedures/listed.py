"""Imported lists as files of a profile folder: published rows, and the required papers derived from them.

    procedures/imported.jsonl      one line per version of a procedure, sorted by code and day
    procedures/corrections.jsonl   corrections of operators, one line each, the newest last

An import writes the first file and never the second. Corrections are keyed by the procedure's code and the
row's published words, and are applied to the rows when the profiles are loaded.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import msgspec

from scanflow.classify.procedures.published import PublishedKind, PublishedPaper, PublishedProcedure
from scanflow.classify.procedures.rows import RowReading
from scanflow.classify.profile_yaml import imported_lists
from scanflow.classify.profiles import Procedure, RequiredPaper
from scanflow.settings import RetentionCode

IMPORTED, CORRECTIONS = "imported.jsonl", "corrections.jsonl"
# Ten years, as for a dossier whose procedure nobody knows: the shortest that has a name.
DEFAULT_RETENTION: RetentionCode = "06"

RowKey = tuple[str, str]


class Made(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What was derived from a row: a required paper, without the types and kinds that follow from its titles.

    `together`: where the row names several papers, all of them are asked for.
    """

    id: str
    titles: tuple[str, ...]
    form_numbers: tuple[str, ...] = ()
    condition: str = ""
    originals: int = 0
    copies: int = 0
    count: int = 1
    required: bool = True
    together: bool = False


class ListedRow(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A published row with what was derived from it (`made`), or why it asks for no paper (`no_paper`)."""

    name: str
    form: str = ""
    form_no: str = ""
    original: int | None = None
    copy: int | None = None
    group: str = ""
    kind: PublishedKind = "paper"
    made: Made | None = None
    no_paper: str = ""

    @property
    def key(self) -> RowKey:
        """The identity of a row from one import to the next: its name and the heading above it."""
        return self.name, self.group


class ListedProcedure(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One version of a published procedure, in force from `effective_from` to `effective_to`."""

    code: str
    name: str
    effective_from: date
    effective_to: date | None = None
    field: str = ""
    agency: str = ""
    level: tuple[str, ...] = ()
    decision: str = ""
    legal: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    result_titles: tuple[str, ...] = ()
    retention: RetentionCode = DEFAULT_RETENTION
    papers: tuple[ListedRow, ...] = ()

    def __post_init__(self) -> None:
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise ValueError(
                f"effective_to {self.effective_to} is before effective_from {self.effective_from}"
            )


class Correction(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A correction of a row by an operator (`by`) at `at`. Values of None stay as the import made them.

    `paper` False means that the row asks for no paper, True that it does (then `titles` are given). `undone`
    takes back the earlier corrections of the row.
    """

    code: str
    row: str
    by: str
    at: datetime
    group: str = ""
    paper: bool | None = None
    titles: tuple[str, ...] | None = None
    types: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    form_numbers: tuple[str, ...] | None = None
    condition: str | None = None
    required: bool | None = None
    count: int | None = None
    undone: bool = False


@dataclass(frozen=True, slots=True)
class ListLine:
    """One line of a file of lists; only code and first day of force are decoded."""

    path: Path
    number: int
    code: str
    effective_from: date
    raw: bytes

    @property
    def place(self) -> str:
        return f"{self.path}:{self.number}"


class _Head(msgspec.Struct):
    code: str
    effective_from: date


_heads = msgspec.json.Decoder(_Head)
_procedures = msgspec.json.Decoder(ListedProcedure)
_corrections = msgspec.json.Decoder(Correction)


def list_files(layer: Path) -> list[Path]:
    """The files of imported lists in a profile folder."""
    return [path for path in imported_lists(layer) if path.name != CORRECTIONS]


def read_lines(path: Path) -> Iterator[ListLine | str]:
    """The lines of a file of lists; for a faulty line a text with its place and fault."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if not raw.strip():
                continue
            try:
                head = _heads.decode(raw)
            except msgspec.MsgspecError as error:
                yield f"{path}:{number}: {error}"
            else:
                yield ListLine(path, number, head.code, head.effective_from, raw)


def decode(line: ListLine) -> ListedProcedure:
    """The procedure of a line. Raises msgspec.MsgspecError."""
    return _procedures.decode(line.raw)


def encode(procedure: ListedProcedure) -> bytes:
    """One line of a file of lists, with its end."""
    return msgspec.json.encode(procedure) + b"\n"


def read_corrections(layer: Path) -> Iterator[Correction | str]:
    """The corrections of a profile folder in order; for a faulty line a text with its place and fault."""
    path = layer / "procedures" / CORRECTIONS
    if not path.is_file():
        return
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if raw.strip():
                try:
                    yield _corrections.decode(raw)
                except msgspec.MsgspecError as error:
                    yield f"{path}:{number}: {error}"


def encode_correction(correction: Correction) -> bytes:
    """One line of a file of corrections, with its end."""
    return msgspec.json.encode(correction) + b"\n"


def listed_procedure(
    published: PublishedProcedure,
    readings: Iterable[RowReading],
    result_titles: tuple[str, ...],
    day: date,
    retention: RetentionCode,
) -> ListedProcedure:
    """A version of a procedure that is in force from `day` on."""
    return ListedProcedure(
        code=published.code,
        name=published.name,
        effective_from=day,
        field=published.field,
        agency=published.agency,
        level=published.level,
        decision=published.decision,
        legal=published.legal,
        results=published.results,
        result_titles=result_titles,
        retention=retention,
        papers=tuple(map(_listed_row, readings)),
    )


def _listed_row(reading: RowReading) -> ListedRow:
    published, paper = reading.published, reading.paper
    return ListedRow(
        name=published.name,
        form=published.form,
        form_no=published.form_no,
        original=published.original,
        copy=published.copy,
        group=published.group,
        kind=published.kind,
        no_paper=reading.reason,
        made=None
        if paper is None
        else Made(
            paper.id,
            paper.titles,
            paper.form_numbers,
            paper.condition,
            paper.originals,
            paper.copies,
            paper.count,
            paper.required,
            reading.together,
        ),
    )


def published_of(listed: ListedProcedure) -> PublishedProcedure:
    """The published words of a version, as they were imported."""
    return PublishedProcedure(
        code=listed.code,
        name=listed.name,
        field=listed.field,
        agency=listed.agency,
        level=listed.level,
        papers=tuple(
            PublishedPaper(r.name, r.form, r.form_no, r.original, r.copy, r.group, r.kind)
            for r in listed.papers
        ),
        results=listed.results,
        legal=listed.legal,
        decision=listed.decision,
    )


@dataclass(frozen=True, slots=True)
class CorrectedRow:
    """A row after its corrections; `correction` is the last one, None without any."""

    listed: ListedRow
    made: Made | None
    no_paper: str
    correction: Correction | None = None


def latest(corrections: Iterable[Correction]) -> Mapping[tuple[str, RowKey], Correction]:
    """The valid correction of each row: the last, unless it took the earlier ones back."""
    found: dict[tuple[str, RowKey], Correction] = {}
    for each in corrections:
        key = (each.code, (each.row, each.group))
        if each.undone:
            found.pop(key, None)
        else:
            found[key] = each
    return found


def corrected(row: ListedRow, correction: Correction | None, taken: Iterable[str]) -> CorrectedRow:
    """A row with its correction applied; `taken` are the ids of the other rows of its procedure."""
    if correction is None:
        return CorrectedRow(row, row.made, row.no_paper)
    if correction.paper is False or (row.made is None and not correction.titles):
        return CorrectedRow(row, None, row.no_paper or "an operator said so", correction)
    made = row.made or Made(_free("dong", set(taken)), correction.titles or (row.name,))
    changes = {
        name: value
        for name in ("titles", "form_numbers", "condition", "required", "count")
        if (value := getattr(correction, name)) is not None
    }
    return CorrectedRow(row, msgspec.structs.replace(made, **changes), "", correction)


def _free(stem: str, taken: set[str]) -> str:
    return next(each for number in range(1, len(taken) + 2) if (each := f"{stem}-{number}") not in taken)


def corrected_rows(
    procedure: ListedProcedure, corrections: Mapping[tuple[str, RowKey], Correction]
) -> list[CorrectedRow]:
    """All rows of a version with their corrections."""
    taken = {row.made.id for row in procedure.papers if row.made}
    rows: list[CorrectedRow] = []
    for row in procedure.papers:
        each = corrected(row, corrections.get((procedure.code, row.key)), taken)
        taken |= {each.made.id} if each.made else set()
        rows.append(each)
    return rows


def as_required(row: CorrectedRow, types: tuple[str, ...], kinds: tuple[str, ...]) -> RequiredPaper | None:
    """The required paper of a row; `types` and `kinds` are those of its titles."""
    made = row.made
    if made is None:
        return None
    said = row.correction
    return RequiredPaper(
        id=made.id,
        name=row.listed.name,
        types=said.types if said and said.types is not None else types,
        required=made.required,
        count=made.count,
        titles=made.titles,
        kinds=said.kinds if said and said.kinds is not None else kinds,
        form_numbers=made.form_numbers,
        condition=made.condition,
        group=row.listed.group,
        originals=made.originals,
        copies=made.copies,
    )


def as_procedure(
    listed: ListedProcedure,
    required: tuple[RequiredPaper, ...],
    results: tuple[str, ...],
    intake: tuple[str, ...],
) -> Procedure:
    """The procedure of a version; `results` are the document types of its results."""
    return Procedure(
        code=listed.code,
        name=listed.name,
        agency=listed.agency,
        field=listed.field,
        legal_basis=listed.legal,
        required=required,
        results=results,
        retention=listed.retention,
        effective_from=listed.effective_from,
        effective_to=listed.effective_to,
        intake=intake,
        result_titles=listed.result_titles,
    )
