"""The checklist of a dossier: what of its procedure's list it has (có), lacks (thiếu), and extra papers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from scanflow.classify.procedures.finding import procedures_asking_for, procedures_named
from scanflow.classify.profiles import ANY_TYPE, Procedure, Profiles, RequiredPaper, in_force, root_code
from scanflow.model import Checklist, ChecklistItem, Evidence, Paper, RowMatch


@dataclass(frozen=True, slots=True)
class RowsMet:
    """The rows that documents meet: `listed` by a document's number, `held` in the order of those held."""

    listed: Mapping[int, Sequence[RowMatch]] = field(default_factory=dict)
    held: Sequence[Sequence[RowMatch]] = ()


def build_checklist(
    procedure: Procedure,
    documents: Sequence[tuple[int, str]],
    *,
    held: Sequence[str] = (),
    met: RowsMet | None = None,
    on: date | None = None,
) -> Checklist:
    """Put each document (its number and type) into the row that asks for it.

    `held` are the types of documents that the dossier holds already, besides these: they are only counted. A
    document that meets rows of this list (`met`) is put into one of those, any other where its type is asked
    for. With `on` (the day of intake) only rows in force that day count. Where a type fits several rows, as
    many places as possible are filled, those of required rows first; surplus documents stay in a row that
    accepts them. `extra` (ngoài thành phần hồ sơ) are documents that no row asks for, of unknown type too;
    receipts and results are neither in a row that does not ask for them nor extra.
    """
    rows = in_force(procedure, on).required if on else procedure.required
    met = met or RowsMet()
    of_held = [*met.held, *([()] * (len(held) - len(met.held)))]
    everything = [
        *(_Placeable(None, type, _own_rows(rows, type, of)) for type, of in zip(held, of_held, strict=True)),
        *(_Placeable(no, type, _own_rows(rows, type, met.listed.get(no, ()))) for no, type in documents),
    ]
    placed = _fill(procedure, rows, everything)
    places: list[list[int]] = [[] for _ in rows]
    had = [0] * len(rows)
    extra: list[int] = []
    for index, each in enumerate(everything):
        row = placed.get(index)
        if row is None:
            row = next((i for i, r in enumerate(rows) if _accepts(procedure, r, each)), None)
        if each.no is None:
            if row is not None:
                had[row] += 1
        elif row is not None:
            places[row].append(each.no)
        elif each.type not in procedure.intake and each.type not in procedure.results:
            extra.append(each.no)
    items = tuple(
        ChecklistItem(
            row.id, row.name, row.types, row.required, row.count, tuple(numbers), number_held, row.title
        )
        for row, numbers, number_held in zip(rows, places, had, strict=True)
    )
    return Checklist(procedure.code, items, tuple(extra))


def infer_procedure(papers: Sequence[Paper], profiles: Profiles) -> tuple[str, Evidence] | None:
    """The procedure that a batch belongs to, and why; None where that would be a guess.

    A receipt's procedure code decides, then its procedure name, then a form that only one procedure asks
    for. A receipt that names a procedure without a profile, or papers that disagree, give None.
    """
    receipts = [p for p in papers if p.type in profiles.types and profiles.types[p.type].role == "receipt"]
    coded = [(p, root_code(p.fields["procedure_code"])) for p in receipts if "procedure_code" in p.fields]
    if coded:
        known = [_said(paper, "procedure_code", code) for paper, code in coded if code in profiles.procedures]
        return _agreed(known) if len(known) == len(coded) else None
    named = [
        (p, _named(p.fields["procedure_name"], profiles)) for p in receipts if "procedure_name" in p.fields
    ]
    if any(code for _, code in named):
        return _agreed([_said(paper, "procedure_name", code) for paper, code in named if code])
    by_form = [
        (codes[0], Evidence("form of one procedure only", paper.type, paper.confidence, paper.pages[0]))
        for paper in papers
        if len(codes := _asking_procedures(paper.type, profiles)) == 1
    ]
    return _agreed(by_form)


@dataclass(frozen=True, slots=True)
class _Placeable:
    """A document to be put into a row. `rows` are those that it meets, empty where its type decides."""

    no: int | None
    type: str
    rows: frozenset[str]


def _own_rows(rows: Sequence[RequiredPaper], type: str, met: Sequence[RowMatch]) -> frozenset[str]:
    """The rows of this list that a document meets; where rows ask for its type, none but those."""
    taking = {row.id for row in rows if type in row.types}
    there = {row.id for row in rows} & {match.row for match in met}
    return frozenset(there & taking if taking else there)


def _accepts(procedure: Procedure, row: RequiredPaper, document: _Placeable) -> bool:
    """Whether a document meets the row; `*` takes any but the centre's own papers."""
    if document.rows:
        return row.id in document.rows
    return document.type in row.types or (ANY_TYPE in row.types and document.type not in procedure.intake)


def _fill(
    procedure: Procedure, rows: Sequence[RequiredPaper], documents: Sequence[_Placeable]
) -> dict[int, int]:
    """The row of each document that fills one of a row's places.

    A bipartite matching by augmenting paths. A place once filled stays filled, so required rows come first
    and rows that take any paper last.
    """
    order = sorted(range(len(rows)), key=lambda row: (not rows[row].required, ANY_TYPE in rows[row].types))
    slots = [row for row in order for _ in range(rows[row].count)]
    holder: dict[int, int] = {}  # document → slot

    def give(slot: int, tried: set[int]) -> bool:
        for document, placeable in enumerate(documents):
            if document in tried or not _accepts(procedure, rows[slots[slot]], placeable):
                continue
            tried.add(document)
            if document not in holder or give(holder[document], tried):
                holder[document] = slot
                return True
        return False

    for slot in range(len(slots)):
        give(slot, set())
    return {document: slots[slot] for document, slot in holder.items()}


def _named(name: str, profiles: Profiles) -> str | None:
    """The one procedure that bears this name (or had it), if there is exactly one."""
    codes = set(procedures_named(profiles, name))
    return codes.pop() if len(codes) == 1 else None


def _asking_procedures(type: str, profiles: Profiles) -> list[str]:
    """The procedures that ask for a form of this type."""
    if type not in profiles.types or profiles.types[type].role != "form":
        return []
    return procedures_asking_for(profiles, type)


def _said(paper: Paper, field: str, code: str) -> tuple[str, Evidence]:
    return code, Evidence(f"receipt: {field}", paper.fields[field], paper.confidence, paper.pages[0])


def _agreed(found: Sequence[tuple[str, Evidence]]) -> tuple[str, Evidence] | None:
    """The first of them if all name one procedure."""
    return found[0] if len({code for code, _ in found}) == 1 else None
