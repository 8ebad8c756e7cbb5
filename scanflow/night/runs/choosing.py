"""Which filed documents a run works on: the query, and the next portion of documents that meet it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Self

import msgspec
from sqlalchemy import Connection

from scanflow.clock import VIETNAM
from scanflow.ledger.nightly.night_documents import FiledDocument, filed_documents, worked_on_before
from scanflow.model.night_states import REOCR
from scanflow.recognition.reader import Reader

TEXT_LAYER = "text-layer"
PORTION = 500
"""So many documents are looked at in one transaction."""


@dataclass(frozen=True, slots=True)
class Query:
    """The conditions that documents must meet, all of them.

    `filed_from` and `filed_until` are days in Vietnam (ISO), both included; `made_before` is a day before
    which the newest version was made. `read_by`: a part of the engine's name; `program_below`: a version of
    scanflow that is newer than the one which made it. `other_reader`: only what another reader has read
    than the one that reads now; `never_again`: only what was never read again. `numbers`: dossiers.
    """

    score_below: float | None = None
    read_by: str | None = None
    program_below: str | None = None
    made_before: str | None = None
    kinds: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    filed_from: str | None = None
    filed_until: str | None = None
    numbers: tuple[str, ...] = ()
    other_reader: bool = True
    never_again: bool = False

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The query from its JSON form; fields of a later release are ignored."""
        return msgspec.convert(dict(values), cls)

    def to_json(self) -> dict[str, Any]:
        """The query as JSON holds it."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}


def next_portion(  # noqa: PLR0913, PLR0917 - from where to where, and for whom
    connection: Connection,
    query: Query,
    agency: str | None,
    reader: Reader | None,
    after: int,
    until: int,
) -> tuple[list[FiledDocument], int]:
    """The chosen documents of the next portion, and the last id that was examined: `until` at the end.

    `reader` None: whatever reader has read them, for work that reads nothing.
    """
    found = filed_documents(
        connection,
        after=after,
        until=until,
        limit=PORTION,
        agency=agency,
        types=query.types,
        kinds=query.kinds,
        filed_from=_day(query.filed_from),
        filed_until=_day(query.filed_until, days=1),
        score_below=query.score_below,
    )
    cursor = found[-1].id if len(found) == PORTION else until
    chosen = [each for each in found if _meets(query, reader, each)]
    if reader is not None:
        before = worked_on_before(connection, REOCR, [each.id for each in chosen])
        chosen = [each for each in chosen if not _was_read(query, reader, each, before.get(each.id, ()))]
    return chosen, cursor


def _meets(query: Query, reader: Reader | None, document: FiledDocument) -> bool:
    made_by = document.made_by
    engine, program = str(made_by.get("engine", "")), str(made_by.get("program", ""))
    # A text that came with the file was not read by anybody: there is nothing to read better.
    if reader is not None and engine == TEXT_LAYER:
        return False
    if query.numbers and document.number not in query.numbers:
        return False
    if query.read_by is not None and query.read_by not in engine:
        return False
    if query.program_below is not None and release(program) >= release(query.program_below):
        return False
    made_before = _day(query.made_before)
    return made_before is None or document.made_at < made_before


def _was_read(
    query: Query,
    reader: Reader,
    document: FiledDocument,
    before: Sequence[tuple[int | None, str | None]],
) -> bool:
    """Whether this reader has read a document already: when it was filed, or in a run since."""
    if query.never_again and before:
        return True
    if not query.other_reader:
        return False
    made_by = document.made_by
    if made_by.get("engine") == reader.engine and made_by.get("steps") == reader.steps:
        return True
    return (document.version, str(reader)) in before


def release(program: str) -> tuple[int, ...]:
    """The numbers of a release in a program's name, `scanflow 0.9`; empty, before all others, without any."""
    numbers = program.rsplit(maxsplit=1)[-1].split(".") if program.split() else []
    return tuple(int("".join(filter(str.isdigit, each)) or 0) for each in numbers if each[:1].isdigit())


def _day(text: str | None, *, days: int = 0) -> datetime | None:
    """The beginning of a day in Vietnam, or of a later one."""
    if text is None:
        return None
    return datetime.combine(date.fromisoformat(text), time(), VIETNAM) + timedelta(days=days)
