"""What waits for a reviewer to decide, each with the gain of a decision; computed, not stored in a table.

Doubtful types, rows, cuts and values of documents, dossiers that lack papers, batches without a number,
pages and files in quarantine, and what counters can't deliver.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from sqlalchemy import Connection

from scanflow.archive.documents.doubts import doubt_of, is_value_doubtful
from scanflow.archive.documents.field_details import from_json
from scanflow.archive.documents.filed_documents import (
    DocumentToCheck,
    DossierToCheck,
    document_to_check,
    dossiers_to_check,
    newest_documents,
)
from scanflow.archive.log.queries import CUT, settled
from scanflow.archive.logbook import batch_subject, document_subject, dossier_subject, page_subject
from scanflow.classify.checklist import RowsMet, build_checklist
from scanflow.clock import date_in_vietnam
from scanflow.ledger.nightly.night_items import DisagreedOn, disagreed_on
from scanflow.ledger.waiting import (
    QuarantinedPage,
    WaitingBatch,
    quarantined_files,
    quarantined_pages,
    undelivered_stacks,
    waiting_batches,
)
from scanflow.model import UNKNOWN_TYPE
from scanflow.pipeline.figures import doubt_rules
from scanflow.pipeline.filing.numbering import REASONS
from scanflow.pipeline.filing.papers import DOUBTFUL_BORDER
from scanflow.review.context import Review
from scanflow.review.waiting_items.older_items import OlderRows, Row

Kind = Literal["batch", "counter", "quarantine", "file", "type", "row", "cut", "fields", "dossier", "reread"]

KINDS: tuple[Kind, ...] = (
    "batch", "counter", "quarantine", "file", "type", "row", "cut", "fields", "dossier", "reread",
)  # fmt: skip
SETTLEABLE: frozenset[Kind] = frozenset(
    ("quarantine", "file", "type", "row", "cut", "fields", "dossier", "reread")
)
"""Kinds of items that a person may settle: they stay as they are."""

LOOKED_AT = 1000
"""The number of documents, filed last, whose types, rows, cuts and values are examined each time; for older
ones see `older_items`.
"""
DOSSIERS = 200
"""The number of dossiers, made last, whose lists are examined each time; for older ones see `older_items`."""
_SHOWN = 200

# What a minute of a person's time gains, relative to other items. A waiting batch keeps all of its pages from
# being found, and so does what a counter can't deliver; a page in quarantine is one page. A wrong type or row
# makes the checklist wrong, a wrong cut makes two documents wrong. A missing paper keeps a dossier open. A
# wrong value only hides the document from searches for that value.
_GAIN_BATCH, _GAIN_COUNTER, _GAIN_PAGE, _GAIN_FILE = 20.0, 18.0, 15.0, 16.0
_GAIN_CUT, _GAIN_TYPE, _GAIN_ROW, _GAIN_DOSSIER, _GAIN_FIELD = 12.0, 10.0, 10.0, 4.0, 2.0
_GAIN_REREAD = 3.0


@dataclass(frozen=True, slots=True)
class Item:
    """Something to decide. `key` names it; `subject` is what the log calls it.

    `reason` and `reason_vi` say why it is here; `holder` has claimed it; `page` is the page to look at.
    """

    kind: Kind
    key: str
    gain: float
    subject: str = ""
    number: str = ""
    no: int = 0
    batch_id: str = ""
    title: str = ""
    count: int = 0
    page: int = 1
    reason: str = ""
    reason_vi: str = ""
    holder: str = ""


def all_items(review: Review, agency: str) -> list[Item]:
    """The items of an agency, the most valuable first, without settled ones."""
    with review.catalog.reading() as connection:
        found = sorted(_all(review, connection, agency), key=lambda each: (-each.gain, each.key))
        return _open(connection, found)[:_SHOWN]


def one_item(review: Review, agency: str, key: str, *, with_settled: bool = False) -> Item | None:
    """An item by its key, without computing the others; None where the agency has no such item."""
    with review.catalog.reading() as connection:
        found = [each for each in _of_key(review, connection, agency, key) if each.key == key]
        return next(iter(found if with_settled else _open(connection, found)), None)


def _open(connection: Connection, found: Sequence[Item]) -> list[Item]:
    """Those that nobody has settled. The log says so, because it survives a rebuild of the catalog."""
    settled_ones: set[tuple[str, str]] = set()
    subjects = sorted({each.subject for each in found if each.subject})
    for at in range(0, len(subjects), _SUBJECTS):
        settled_ones |= settled(connection, subjects[at : at + _SUBJECTS])
    return [each for each in found if (each.subject, each.kind) not in settled_ones]


_SUBJECTS = 500


def _all(review: Review, connection: Connection, agency: str) -> Iterator[Item]:
    for batch in waiting_batches(connection, agency, _SHOWN):
        yield _batch(batch)
    for counter, told in undelivered_stacks(connection, agency):
        yield _counter(counter, told)
    for page in quarantined_pages(connection, agency, _SHOWN):
        yield _quarantined(page)
    for file in quarantined_files(connection, agency, _SHOWN):
        yield _quarantined(file)
    yield from _of_rows(
        connection,
        agency,
        newest_documents(connection, agency, LOOKED_AT),
        LOOKED_AT,
        review.older_documents,
        partial(_document, review),
    )
    yield from _of_rows(
        connection,
        agency,
        dossiers_to_check(connection, agency, DOSSIERS),
        DOSSIERS,
        review.older_dossiers,
        partial(_dossier, review),
    )
    yield from map(_reread, disagreed_on(connection, agency, _SHOWN))


def _of_rows(  # noqa: PLR0913, PLR0917 - rows of one kind, and how they are looked at
    connection: Connection,
    agency: str,
    newest: Sequence[Row],
    at_most: int,
    older: OlderRows[Row],
    items_of: Callable[[Row], Iterator[Item]],
) -> Iterator[Item]:
    """The items of the newest rows, and of older ones where there are more than are examined each time."""
    for row in newest:
        yield from items_of(row)
    if len(newest) < at_most:
        return

    def waiting(rows: Sequence[Row]) -> set[int]:
        found = [(item, row.id) for row in rows for item in items_of(row)]
        of = {item.key: id for item, id in found}
        return {of[item.key] for item in _open(connection, [item for item, _ in found])}

    for row in older.waiting(connection, agency, [row.id for row in newest], waiting):
        yield from items_of(row)


def _of_key(review: Review, connection: Connection, agency: str, key: str) -> Iterator[Item]:
    """Items that include the one of a key, if there is one."""
    kind, _, rest = key.partition("/")
    name, _, no = rest.rpartition("/")
    if kind in ("type", "row", "cut", "fields") and _is_number(no):
        document = document_to_check(connection, agency, name, int(no))
        if document is not None:
            yield from _document(review, document)
    elif kind == "dossier":
        for dossier in dossiers_to_check(connection, agency, 1, rest):
            yield from _dossier(review, dossier)
    elif kind == "reread" and _is_number(no):
        yield from map(_reread, disagreed_on(connection, agency, 1, (name, int(no))))
    elif kind == "batch":
        yield from map(_batch, waiting_batches(connection, agency, 1, rest))
    elif kind == "quarantine" and _is_number(no):
        yield from map(_quarantined, quarantined_pages(connection, agency, 1, (name, int(no))))
    elif kind == "file" and _is_number(no):
        yield from map(_quarantined, quarantined_files(connection, agency, 1, (name, int(no))))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _batch(batch: WaitingBatch) -> Item:
    reason, reason_vi = REASONS.get(batch.reason or "", (batch.reason or "", ""))
    return Item(
        "batch", f"batch/{batch.id}", _GAIN_BATCH * max(1, batch.pages), batch_id=batch.id,
        count=batch.pages, reason=reason, reason_vi=reason_vi,
    )  # fmt: skip


def _reread(each: DisagreedOn) -> Item:
    """A document that was read again: `count` and `page` are its versions after and before."""
    return Item(
        "reread", f"reread/{each.number}/{each.no}", _GAIN_REREAD, document_subject(each.number, each.no),
        number=each.number, no=each.no, title=each.title, count=each.version_after or 0,
        page=each.version_before or 1,
    )  # fmt: skip


def _counter(name: str, told: Mapping[str, Any]) -> Item:
    pages = int(told.get("pages", 0))
    return Item(
        "counter", f"counter/{name}/{told.get('order', 0)}", _GAIN_COUNTER * max(1, pages), title=name,
        count=pages, reason=str(told.get("message", "")), reason_vi=str(told.get("message_vi", "")),
    )  # fmt: skip


def _quarantined(page: QuarantinedPage) -> Item:
    kind: Kind = "file" if page.is_file else "quarantine"
    return Item(
        kind,
        f"{kind}/{page.batch_id}/{page.no}",
        _GAIN_FILE if page.is_file else _GAIN_PAGE,
        quarantine_subject(page.batch_id, page.no, is_file=page.is_file),
        no=page.no,
        batch_id=page.batch_id,
        reason=page.reason or "",
        reason_vi=page.reason_vi or "",
    )


def quarantine_subject(batch_id: str, no: int, *, is_file: bool) -> str:
    """How the log names a page or file in quarantine."""
    return f"{batch_subject(batch_id)}/file-{no:04}" if is_file else page_subject(batch_id, no)


def _document(review: Review, document: DocumentToCheck) -> Iterator[Item]:
    settings = review.services.settings.classify
    doubt = doubt_of(
        doubt_rules(settings),
        type=document.type,
        confidence=document.confidence,
        evidence=document.evidence,
        rows=document.row_matches,
    )
    if doubt == "type":
        gain = _GAIN_TYPE * (1 if document.type == UNKNOWN_TYPE else 1 - document.confidence)
        yield _of("type", document, gain)
    elif doubt == "row":
        surest = max(each["chance"] for each in document.row_matches or ())
        yield _of("row", document, _GAIN_ROW * (1 - surest))
    doubts = [each for each in document.evidence if each["cue"] == DOUBTFUL_BORDER]
    if doubts:
        least_sure = min(doubts, key=lambda each: abs(each["score"] - 0.5))
        gain = _GAIN_CUT * (1 - abs(least_sure["score"] - 0.5))
        yield _of(CUT, document, gain, len(doubts), least_sure["page"] + 1)
    least = settings.min_field_confidence
    doubtful = [each for each in from_json(document.field_details) if is_value_doubtful(each, least)]
    if doubtful:
        yield _of("fields", document, _GAIN_FIELD * len(doubtful), len(doubtful), doubtful[0].page)


def _of(kind: Any, document: DocumentToCheck, gain: float, count: int = 0, page: int = 1) -> Item:
    return Item(
        kind,
        f"{kind}/{document.number}/{document.no}",
        gain,
        document_subject(document.number, document.no),
        number=document.number,
        no=document.no,
        title=document.title,
        count=count,
        page=page,
    )


def _dossier(review: Review, dossier: DossierToCheck) -> Iterator[Item]:
    """A dossier that lacks required papers."""
    day = date_in_vietnam(dossier.created_at)
    procedure = review.services.profiles.procedure(dossier.procedure_code, day)
    if procedure is None:
        return
    checklist = build_checklist(
        procedure,
        [(no, kind) for no, kind, _ in dossier.documents],
        met=RowsMet({no: rows for no, _, rows in dossier.documents}),
        on=day,
    )
    missing = [row.title or row.name for row in checklist.items if row.missing]
    if missing:
        yield Item(
            "dossier", f"dossier/{dossier.number}", _GAIN_DOSSIER / len(missing),
            dossier_subject(dossier.number), number=dossier.number, title="; ".join(missing[:3]),
            count=len(missing),
        )  # fmt: skip
