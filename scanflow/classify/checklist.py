"""What a dossier holds against what its procedure asks for: có, thiếu, thừa."""

from collections.abc import Sequence
from datetime import date

from scanflow.classify.procedures.finding import procedures_asking_for, procedures_named
from scanflow.classify.profiles import ANY_TYPE, Procedure, Profiles, RequiredPaper, in_force, root_code
from scanflow.model import Checklist, ChecklistItem, Evidence, Paper


def build_checklist(
    procedure: Procedure,
    documents: Sequence[tuple[int, str]],
    *,
    held: Sequence[str] = (),
    on: date | None = None,
) -> Checklist:
    """Put each document (its number and type) into the row that asks for it.

    `held` are the types of documents that the dossier holds already, beside these: they are only counted.
    With `on` (the day of intake) only rows in force that day count. Where a type fits several rows, as many
    places as possible are filled, those of required rows first; what goes beyond a row's count stays in
    that row. `extra` (thừa) are documents that no row asks for, of unknown type too; receipts and
    results are neither in a row that does not ask for them nor extra.
    """
    rows = in_force(procedure, on).required if on else procedure.required
    everything = [*((None, kind) for kind in held), *documents]
    placed = _fill(procedure, rows, [kind for _, kind in everything])
    places: list[list[int]] = [[] for _ in rows]
    had = [0] * len(rows)
    extra: list[int] = []
    for index, (no, kind) in enumerate(everything):
        row = placed.get(index)
        if row is None:
            row = next((i for i, r in enumerate(rows) if _accepts(procedure, r, kind)), None)
        if no is None:
            if row is not None:
                had[row] += 1
        elif row is not None:
            places[row].append(no)
        elif kind not in procedure.intake and kind not in procedure.results:
            extra.append(no)
    items = tuple(
        ChecklistItem(row.id, row.name, row.types, row.required, row.count, tuple(numbers), number_held)
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


def _accepts(procedure: Procedure, row: RequiredPaper, kind: str) -> bool:
    """Whether a paper of this type meets the row; `*` takes any but the centre's own papers."""
    return kind in row.types or (ANY_TYPE in row.types and kind not in procedure.intake)


def _fill(procedure: Procedure, rows: Sequence[RequiredPaper], kinds: Sequence[str]) -> dict[int, int]:
    """The row of each document that fills one of a row's places.

    A matching by augmenting paths: a place once filled stays filled, so required rows come first and
    those that take any paper last.
    """
    order = sorted(range(len(rows)), key=lambda row: (not rows[row].required, ANY_TYPE in rows[row].types))
    slots = [row for row in order for _ in range(rows[row].count)]
    holder: dict[int, int] = {}  # document → slot

    def give(slot: int, tried: set[int]) -> bool:
        for document, kind in enumerate(kinds):
            if document in tried or not _accepts(procedure, rows[slots[slot]], kind):
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


def _asking_procedures(kind: str, profiles: Profiles) -> list[str]:
    """The procedures that ask for a form of this type."""
    if kind not in profiles.types or profiles.types[kind].role != "form":
        return []
    return procedures_asking_for(profiles, kind)


def _said(paper: Paper, field: str, code: str) -> tuple[str, Evidence]:
    return code, Evidence(f"receipt: {field}", paper.fields[field], paper.confidence, paper.pages[0])


def _agreed(found: Sequence[tuple[str, Evidence]]) -> tuple[str, Evidence] | None:
    """The first of them if all name one procedure."""
    return found[0] if len({code for code, _ in found}) == 1 else None
