"""What a clerk may choose from while typing: procedures (thủ tục) and types of paper (loại giấy tờ).

Accents are optional, words may come in any order, and what the clerk chose last comes first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from scanflow.classify.procedures import finding
from scanflow.classify.profiles import (
    ANY_TYPE,
    ProcedureName,
    Profiles,
    RequiredPaper,
    in_force,
    root_code,
)
from scanflow.desk.context import Desk
from scanflow.errors import UsageError
from scanflow.ledger import decisions
from scanflow.ledger.batches import procedures_of_operator
from scanflow.model import UNKNOWN_TYPE, ChecklistItem
from scanflow.text.collation import vietnamese_key
from scanflow.text.folding import folded_key

ROW = "row:"
"""The value of a choice begins with this if it is a row of a list, not a type."""

MOST = 40
"""Choices that are shown at once."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose: the value that is stored, its name, and what tells it from others of that name."""

    value: str
    text: str
    hint: str = ""


def search_procedures(desk: Desk, clerk: str, query: str) -> tuple[list[Choice], list[Choice]]:
    """Procedures that fit a query: those that the clerk used last, and all others."""
    profiles = desk.services.profiles
    with desk.services.catalog.reading() as connection:
        used = [code for code in procedures_of_operator(connection, clerk) if code in profiles.procedures]
    found = [_choice(each) for each in finding.search_procedures(profiles, query, MOST)]
    if not query.strip():
        # Without a query all procedures match, so those used last are among them.
        names = {code: profiles.procedures[code] for code in used}
        found += [Choice(p.code, p.name, _hint(p.code, p.agency)) for p in names.values()]
    return _used_first(found, used)


def resolve_procedure(profiles: Profiles, code: str, text: str) -> str | None:
    """The code of the procedure that was chosen, or typed; None where none was.

    Raises UsageError where what was typed is neither a code nor the name of exactly one procedure.
    """
    if code or not text.strip():
        return code or None
    if (typed := root_code(text)) in profiles.procedures:
        return typed
    named = finding.procedures_named(profiles, text)
    if len(named) == 1:
        return named[0]
    count = len(finding.search_procedures(profiles, text, MOST))
    raise UsageError(
        f"{count} procedures fit what was typed; choose one from the list or leave the field empty",
        f"Có {count} thủ tục khớp với nội dung đã gõ. Hãy chọn một thủ tục trong danh sách, "
        "hoặc để trống ô thủ tục.",
    )


def _choice(name: ProcedureName) -> Choice:
    return Choice(name.code, name.name, _hint(name.code, name.agency))


def _hint(code: str, agency: str) -> str:
    return f"{code} · {agency}" if agency else code


def asked_rows(desk: Desk, procedure: str, day: date) -> tuple[RequiredPaper, ...]:
    """The rows of a procedure's list as in force on a day; none for a procedure without a profile."""
    found = desk.services.profiles.procedure(procedure, day)
    return in_force(found, day).required if found else ()


def search_types(
    desk: Desk, clerk: str, query: str, rows: Iterable[ChecklistItem | RequiredPaper]
) -> tuple[list[Choice], list[Choice], list[Choice]]:
    """What a paper may be, as far as it fits a query: what the rows of a checklist ask for (a type, or the
    row itself where it names none), types that the clerk chose last, and all others.
    """
    listed = list(rows)
    asked = {kind for row in listed for kind in row.types}
    by_row = [
        Choice(ROW + row.id, row.title or row.name) for row in listed if not set(row.types) - {ANY_TYPE}
    ]
    types = [kind for kind in desk.services.profiles.types.values() if kind.id != UNKNOWN_TYPE]
    found = matching(query, [Choice(kind.id, kind.name) for kind in types])
    with desk.services.catalog.reading() as connection:
        used = decisions.types_of_operator(connection, clerk)
    recent, rest = _used_first([each for each in found if each.value not in asked], used)
    return [*matching(query, by_row), *(each for each in found if each.value in asked)], recent, rest


def matching(query: str, choices: Iterable[Choice]) -> list[Choice]:
    """The choices that have all words of a query, or words that begin with them; the nearest first."""
    wanted = folded_key(query).split()
    ranked = [
        (rank, vietnamese_key(each.text), each)
        for each in choices
        if (rank := _rank(wanted, each)) is not None
    ]
    return [each for _, _, each in sorted(ranked, key=lambda found: found[:2])][:MOST]


def _rank(wanted: Sequence[str], choice: Choice) -> tuple[int, int] | None:
    """How near a choice is to the words of a query, the nearest lowest; None where it lacks one."""
    text = folded_key(choice.text)
    words = text.split()
    if not all(any(word.startswith(each) for word in words) for each in wanted):
        return None
    query = " ".join(wanted)
    if text == query:
        return (0, len(words))
    if text.startswith(query):
        return (1, len(words))
    return (2 if query in text else 3, len(words))


def _used_first(found: Sequence[Choice], used: Sequence[str]) -> tuple[list[Choice], list[Choice]]:
    of = {each.value: each for each in found}
    first = [of[value] for value in used if value in of]
    return first, [each for each in found if each not in first]
