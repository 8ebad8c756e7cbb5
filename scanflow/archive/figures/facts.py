"""Counts of one day's dossiers and documents."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from scanflow.archive.database.tables import batches, documents, dossiers, files, pages, versions
from scanflow.archive.documents.doubts import DoubtRules, doubt_of, is_value_doubtful
from scanflow.archive.documents.field_details import from_json
from scanflow.clock import VIETNAM, in_vietnam
from scanflow.model import UNKNOWN_TYPE, Doubt, Evidence, RowMatch

FiledPaper = tuple[int, str, tuple[RowMatch, ...]]
"""A document's number in its dossier, its type, and the rows that it meets."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of counting, from the profiles and settings.

    `rows` gives for a dossier (procedure, time of intake, papers) how many papers its list requires and how
    many of those are present; None where it has no list. `doubts` says what is doubtful. `found` is the cue
    of the evidence with the program's own type, where a person set a type. `results` are the types of
    results.
    """

    rows: Callable[[str | None, datetime, Sequence[FiledPaper]], tuple[int, int] | None]
    doubts: DoubtRules
    found: str
    results: frozenset[str]


@dataclass(slots=True)
class Figures:
    """Counts. Of dossiers taken in: `dossiers`; `complete`, in which no required paper is missing; papers
    that their lists ask for (`asked`) and that are there (`met`).

    Of papers filed: `papers`, their `pages`; `doubtful`, whose type, row or a value is doubtful still;
    `doubtful_rows`, whose row is (some of the former); `untyped`;
    `confirmed`, whose type a person set or confirmed, of which the program's own was `right` or `wrong`, or
    none; `results`, and those that came with a digital signature (`electronic`); `held`, which the agency had
    in another dossier already, and of those `reused` as they were, without another scan.
    """

    dossiers: int = 0
    complete: int = 0
    asked: int = 0
    met: int = 0
    papers: int = 0
    pages: int = 0
    doubtful: int = 0
    doubtful_rows: int = 0
    untyped: int = 0
    confirmed: int = 0
    right: int = 0
    wrong: int = 0
    results: int = 0
    electronic: int = 0
    held: int = 0
    reused: int = 0

    def add(self, other: "Figures") -> None:
        """Add another's counts."""
        for name, count in asdict(other).items():
            setattr(self, name, getattr(self, name) + count)


@dataclass(slots=True)
class CounterDay:
    """What a counter filed in a day: papers, pages, and in which hours of the day."""

    papers: int = 0
    pages: int = 0
    hours: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Day:
    """A day's figures by agency and procedure, and by agency and counter; empty where there is none."""

    figures: dict[tuple[str, str], Figures] = field(default_factory=lambda: defaultdict(Figures))
    counters: dict[tuple[str, str], CounterDay] = field(default_factory=lambda: defaultdict(CounterDay))


def count_day(connection: Connection, day: date, rules: Rules) -> Day:
    """Count what was taken in and filed on a day in Vietnam."""
    counted = Day()
    _count_dossiers(connection, day, rules, counted)
    _count_papers(connection, day, rules, counted)
    return counted


def _within(column: Any, day: date) -> ColumnElement[bool]:
    start = datetime.combine(day, time(), VIETNAM).astimezone(UTC)
    return and_(column >= start, column < start + timedelta(days=1))


def _count_dossiers(connection: Connection, day: date, rules: Rules, counted: Day) -> None:
    """Count dossiers; those without a filed document are left out, because all of theirs were moved."""
    query = (
        select(
            dossiers.c.id,
            dossiers.c.agency,
            dossiers.c.procedure_code,
            dossiers.c.created_at,
            documents.c.no,
            documents.c.type,
            documents.c.row_matches,
        )
        .join(documents, documents.c.dossier_id == dossiers.c.id)
        .where(_within(dossiers.c.created_at, day), documents.c.joined_to.is_(None))
        .where(select(versions.c.id).where(versions.c.document_id == documents.c.id).exists())
        .order_by(dossiers.c.id, documents.c.no)
    )
    papers = defaultdict[tuple[int, str, str | None, datetime], list[FiledPaper]](list)
    for id, agency, procedure, at, no, type, met in connection.execute(query):
        papers[id, agency, procedure, at].append((no, type, _row_matches(met)))
    for (_, agency, procedure, at), filed in papers.items():
        figures = counted.figures[agency, procedure or ""]
        figures.dossiers += 1
        asked = rules.rows(procedure, at, filed)
        if asked is not None:
            figures.asked += asked[0]
            figures.met += asked[1]
            figures.complete += asked[0] == asked[1]


def _row_matches(raw: Sequence[Mapping[str, Any]] | None) -> tuple[RowMatch, ...]:
    return tuple(
        RowMatch(each["row"], each["chance"], tuple(Evidence(**one) for one in each["evidence"]))
        for each in raw or ()
    )


def _count_papers(connection: Connection, day: date, rules: Rules, counted: Day) -> None:
    filed = _within(documents.c.created_at, day)
    made = versions.alias("made")
    newest = select(func.max(made.c.version)).where(made.c.document_id == documents.c.id)
    query = (
        select(documents, dossiers.c.agency, dossiers.c.procedure_code, batches.c.counter, versions.c.pages)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .join(versions, versions.c.document_id == documents.c.id)
        .outerjoin(batches, batches.c.id == documents.c.batch_id)
        .where(filed, versions.c.version == newest.scalar_subquery(), documents.c.joined_to.is_(None))
    )
    reused = _reused(connection, filed)
    held = reused | _held_by_number(connection, filed)
    signed = _signed(connection, filed, rules.results)
    for row in connection.execute(query):
        agency = row.agency
        counter = counted.counters[agency, row.counter or ""]
        counter.papers += 1
        counter.pages += row.pages
        counter.hours.add(in_vietnam(row.created_at).hour)
        doubt = _doubt(row, rules)
        one = Figures(
            papers=1,
            pages=row.pages,
            doubtful=int(bool(doubt) or _has_doubtful_value(row, rules)),
            doubtful_rows=int(doubt == "row"),
            untyped=int(row.type == UNKNOWN_TYPE and not row.row_matches),
            results=int(row.type in rules.results),
            electronic=int(row.id in signed),
            held=int(row.id in held),
            reused=int(row.id in reused),
        )
        verdict = _verdict(row, rules)
        if verdict is not None:
            one.confirmed, one.right, one.wrong = 1, int(verdict == "right"), int(verdict == "wrong")
        counted.figures[agency, row.procedure_code or ""].add(one)


def _doubt(row: Any, rules: Rules) -> Doubt:
    return doubt_of(
        rules.doubts,
        type=row.type,
        confidence=row.confidence,
        evidence=row.evidence,
        rows=row.row_matches,
    )


def _has_doubtful_value(row: Any, rules: Rules) -> bool:
    return any(is_value_doubtful(each, rules.doubts.field) for each in from_json(row.field_details))


def _verdict(row: Any, rules: Rules) -> str | None:
    """Whether the program's own type was right, as a person decided; None where nobody did."""
    by_cue = {each["cue"]: each["found"] for each in row.evidence}
    if rules.doubts.chosen not in by_cue:
        return "right" if row.attested_by and row.type != UNKNOWN_TYPE else None
    if row.type == UNKNOWN_TYPE or rules.found not in by_cue:
        return None  # a row was chosen, or a release that didn't keep what had been found
    found = by_cue[rules.found]
    return "none" if found == UNKNOWN_TYPE else "right" if found == row.type else "wrong"


def _reused(connection: Connection, filed: ColumnElement[bool]) -> set[int]:
    """Documents whose first page is byte for byte one that another dossier of the agency had before."""
    first, other = pages.alias("first"), pages.alias("other")
    earlier, theirs = documents.alias("earlier"), dossiers.alias("theirs")
    query = (
        select(documents.c.id)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .join(first, and_(first.c.batch_id == documents.c.batch_id, first.c.no == documents.c.first_page))
        .join(other, and_(other.c.sha256 == first.c.sha256, other.c.id < first.c.id))
        .join(earlier, and_(earlier.c.id == other.c.document_id, earlier.c.dossier_id != dossiers.c.id))
        .join(theirs, and_(theirs.c.id == earlier.c.dossier_id, theirs.c.agency == dossiers.c.agency))
        .where(filed)
    )
    return set(connection.scalars(query))


def _held_by_number(connection: Connection, filed: ColumnElement[bool]) -> set[int]:
    """Documents of which another dossier of the agency had one before with the same type and number."""
    earlier, theirs = documents.alias("earlier"), dossiers.alias("theirs")
    same = and_(
        earlier.c.type == documents.c.type,
        earlier.c.paper_number == documents.c.paper_number,
        earlier.c.id < documents.c.id,
        earlier.c.dossier_id != documents.c.dossier_id,
    )
    query = (
        select(documents.c.id)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .join(earlier, same)
        .join(theirs, and_(theirs.c.id == earlier.c.dossier_id, theirs.c.agency == dossiers.c.agency))
        .where(filed, documents.c.type != UNKNOWN_TYPE)
    )
    return set(connection.scalars(query))


def _signed(connection: Connection, filed: ColumnElement[bool], types: Collection[str]) -> set[int]:
    """Documents of these types that came as files with a digital signature."""
    query = (
        select(documents.c.id)
        .join(pages, pages.c.document_id == documents.c.id)
        .join(files, files.c.id == pages.c.file_id)
        .where(filed, documents.c.type.in_(list(types)), files.c.signed)
    )
    return set(connection.scalars(query))


def sum_of(figures: Iterable[Figures]) -> Figures:
    """All of them together."""
    total = Figures()
    for each in figures:
        total.add(each)
    return total
