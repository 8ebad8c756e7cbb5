"""Corrections of filed documents: text, type or row, values. Each records who made it; nothing is lost.

Corrected text becomes a new version: words that keep the engine's reading, and a PDF with the same images and
a new text layer. A file that was kept as it came (signed ones are) stays byte for byte. Type and values
change the document's entry; the log has the former entry.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection

from scanflow import PROGRAM
from scanflow.archive.documents import document_corrections as corrections
from scanflow.archive.documents.field_details import to_json
from scanflow.archive.documents.page_words import PageWords, decode_words
from scanflow.archive.filing_guard import require_dossier_current
from scanflow.archive.logbook import COMPARED, FIELD_SET, TEXT_CORRECTED, TYPE_SET, LogEntry, document_subject
from scanflow.archive.manifest import write_manifest
from scanflow.clock import now
from scanflow.errors import OutdatedError, UsageError
from scanflow.model import UNKNOWN_TYPE, Document, Evidence, FieldValue, RowMatch, Word
from scanflow.pipeline.filing.papers import CHOSEN, decided_evidence
from scanflow.review.access import Opened, Reviewer, open_document, open_dossier, require_newest
from scanflow.review.context import Review
from scanflow.review.corrections.retyping import retyped
from scanflow.review.corrections.versions import StoredPlace, entering, renewed, store_version
from scanflow.review.dossiers import asked_rows, shown_fields
from scanflow.review.pages import WRITTEN
from scanflow.text.normalization import nfc

ROW = "row:"
"""A choice begins with this if it is a row of the dossier's list, not a type."""
LONGEST_VALUE = 1000


@dataclass(frozen=True, slots=True)
class Typed:
    """A line as a person typed it: the index of its first word on the page, and how many words it
    replaces.
    """

    first: int
    count: int
    text: str


def correct_text(review: Review, who: Reviewer, opened: Opened, page: int, lines: Sequence[Typed]) -> int:
    """Correct lines of a page (from 1) of the newest version; the number of the version that has them.

    The same version where nothing is changed. Raises OutdatedError where `opened` is not the newest version
    (any more), UsageError for lines that aren't there, InputError, StoreError.
    """
    require_newest(review, opened)
    store, old = review.services.store, opened.version
    pages = list(decode_words(store.get(old.words.key, old.words.version_id)))
    if not 1 <= page <= len(pages):
        raise UsageError("no such page", "Không có trang này.")
    words = _corrected(pages[page - 1].words, lines)
    if words == pages[page - 1].words:
        return old.version
    pages[page - 1] = replace(pages[page - 1], words=words)
    return _enter_version(review, who, opened, pages, {"page": page, "lines": len(lines)})


def restore_text(review: Review, who: Reviewer, opened: Opened, version: int) -> int:
    """Undo corrections of text: make a new version with the words of an older one; its number.

    Raises OutdatedError where `opened` is not the newest version (any more), NotFoundError without the older
    one.
    """
    require_newest(review, opened)
    older = open_document(review, who, opened.number, opened.document.no, version)
    words = older.version.words
    pages = decode_words(review.services.store.get(words.key, words.version_id))
    return _enter_version(review, who, opened, pages, {"restored": version})


def _enter_version(
    review: Review, who: Reviewer, opened: Opened, pages: Sequence[PageWords], told: Mapping[str, Any]
) -> int:
    """Store and enter a next version with these words; its number. Raises OutdatedError, InputError."""
    before, old = opened.version.version, opened.version
    data = renewed(review, old, pages) if old.made_by.get("source") == WRITTEN else None
    place = StoredPlace(opened.number, opened.document.no, opened.document.type, before + 1)
    made_by = {**old.made_by, "program": PROGRAM, "by": who.name, "corrected": "text"}
    version = store_version(review, place, old, pages, data, made_by)
    after = {**told, "version": version.version, "sha256": version.pdf.sha256}
    with entering(review.catalog, version) as connection:
        corrections.lock_document(
            connection, opened.place.id, dossier_id=opened.place.dossier_id, version=before
        )
        review.catalog.record_version(opened.place.id, version, pages, connection=connection)
        entry = _entry(who, opened, TEXT_CORRECTED, {"version": before}, after)
        review.catalog.append_log(entry, connection=connection)
    write_manifest(review.services.store, review.catalog, opened.number)
    return version.version


def _corrected(words: Sequence[Word], lines: Sequence[Typed]) -> tuple[Word, ...]:
    made = list(words)
    # From the end, so that the indices of earlier lines stay valid.
    for line in sorted(lines, key=lambda each: each.first, reverse=True):
        there = made[line.first : line.first + line.count]
        same = {(word.block, word.line) for word in there}
        if line.count < 1 or len(there) != line.count or len(same) != 1:
            raise UsageError("no such line", "Không có dòng này. Hãy tải lại trang web (F5).")
        made[line.first : line.first + line.count] = retyped(there, line.text)
    return tuple(made)


# --- type or row ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypeChoice:
    """A type or row to choose for a document: the value that is sent, and its name."""

    value: str
    text: str
    asked: bool


def choices(review: Review, who: Reviewer, opened: Opened) -> list[TypeChoice]:
    """The types and rows to choose from: first those of its dossier's list, then all other types by name."""
    types = review.services.profiles.types
    rows = asked_rows(review, open_dossier(review, who, opened.number))
    asked = dict.fromkeys(kind for row in rows for kind in row.types if kind in types)
    first = [TypeChoice(kind, types[kind].name, asked=True) for kind in asked]
    first += [
        TypeChoice(ROW + row.id, row.title or row.name, asked=True)
        for row in rows
        if not asked.keys() & set(row.types)
    ]
    others = [
        TypeChoice(kind.id, kind.name, asked=False)
        for kind in types.values()
        if kind.id != UNKNOWN_TYPE and kind.id not in asked
    ]
    return first + sorted(others, key=lambda each: each.text)


def correct_type(review: Review, who: Reviewer, opened: Opened, choice: str) -> None:
    """Set a document's type, or the row of its dossier's list that it meets (`ROW` and the row's id).

    Raises UsageError for an unknown type or row, OutdatedError.
    """
    document = opened.document
    said = Evidence(CHOSEN, choice.removeprefix(ROW), 1.0, 0)
    values: dict[str, Any]
    if choice.startswith(ROW):
        row = choice.removeprefix(ROW)
        asked = asked_rows(review, open_dossier(review, who, opened.number))
        if row not in {each.id for each in asked}:
            raise _no_type()
        met = [asdict(RowMatch(row, 1.0, (said,)))]
        values = {"type": UNKNOWN_TYPE, "kind": document.kind or None, "row_matches": met}
    else:
        kind = review.services.profiles.types.get(choice)
        if kind is None or kind.id == UNKNOWN_TYPE:
            raise _no_type()
        values = {"type": kind.id, "kind": kind.kind or None, "row_matches": None}
    decided = decided_evidence(document.evidence, document.type, document.confidence, said)
    evidence = [asdict(each) for each in decided]
    after = {"type": values["type"], "row": choice.removeprefix(ROW) if choice.startswith(ROW) else None}
    with changing(review, who, opened, TYPE_SET, _type_before(document), after) as connection:
        corrections.set_type(connection, opened.place.id, {**values, "confidence": 1.0, "evidence": evidence})


def confirm_rows(review: Review, who: Reviewer, opened: Opened) -> None:
    """Confirm that a document is what the rows that it meets ask for.

    Raises UsageError if it meets none, OutdatedError.
    """
    document = opened.document
    if not document.rows:
        raise _no_type()
    first = document.rows[0].row
    said = Evidence(CHOSEN, first, 1.0, 0)
    rows = tuple(replace(each, chance=1.0, evidence=(*each.evidence, said)) for each in document.rows)
    values: dict[str, Any] = {"row_matches": [asdict(each) for each in rows]}
    if document.type == UNKNOWN_TYPE:
        decided = decided_evidence(document.evidence, document.type, document.confidence, said)
        values |= {"confidence": 1.0, "evidence": [asdict(each) for each in decided]}
    after = {"type": document.type, "row": first}
    with changing(review, who, opened, TYPE_SET, _type_before(document), after) as connection:
        corrections.set_type(connection, opened.place.id, values)


def _type_before(document: Document) -> dict[str, Any]:
    """A document's type and rows before a change, for the log; `was` is for undoing."""
    return {
        "type": document.type,
        "rows": [each.row for each in document.rows],
        "was": _as_text(
            {
                "type": document.type,
                "kind": document.kind or None,
                "confidence": document.confidence,
                "evidence": [asdict(each) for each in document.evidence],
                "row_matches": [asdict(each) for each in document.rows] or None,
            }
        ),
    }


def _no_type() -> UsageError:
    return UsageError("choose a type or a row of the list", "Hãy chọn loại giấy tờ hoặc thành phần hồ sơ.")


# --- values --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetField:
    """A value as a person set or confirmed it: its place in what `shown_fields` gives, what the person saw
    there, and what it is to be; empty `text` takes the value away.
    """

    index: int
    was: str
    text: str


def correct_fields(review: Review, who: Reviewer, opened: Opened, wanted: Sequence[SetField]) -> None:
    """Set or confirm values of a document together. Raises OutdatedError, UsageError."""
    document = opened.document
    details = [each.value for each in shown_fields(review, document)]
    fields: Mapping[str, str] = document.fields
    told: list[tuple[dict[str, str], dict[str, str]]] = []
    # From the end, so that the indices of earlier values stay valid.
    for each in sorted(wanted, key=lambda one: one.index, reverse=True):
        text = " ".join(nfc(each.text).split())
        if len(text) > LONGEST_VALUE or not text.isprintable():
            raise UsageError("that is no value", "Giá trị quá dài hoặc có ký tự không hợp lệ.")
        if not 0 <= each.index < len(details):
            raise OutdatedError
        old = details[each.index]
        if (old.value or old.raw) != each.was:
            raise OutdatedError
        if text:
            details[each.index] = replace(old, value=text, confidence=1.0, problems=(), source="person")
        else:
            del details[each.index]
        fields = _sure(fields, old, text, details)
        told.append(({"field": old.name, "value": old.value}, {"field": old.name, "value": text}))
    if not told:
        return
    was = _as_text({"fields": dict(document.fields), "field_details": to_json(document.field_details)})
    *more, (before, after) = told
    with changing(review, who, opened, FIELD_SET, {**before, "was": was}, after) as connection:
        for one, other in more:
            entry = _entry(who, opened, FIELD_SET, one, other)
            review.catalog.append_log(entry, connection=connection)
        corrections.set_fields(connection, opened.place.id, fields, details)


def confirm_fields(review: Review, who: Reviewer, opened: Opened) -> None:
    """Confirm all doubtful values of a document as they are. Raises OutdatedError."""
    shown = shown_fields(review, opened.document)
    doubtful = [
        (index, each.value.value or each.value.raw) for index, each in enumerate(shown) if each.doubtful
    ]
    correct_fields(review, who, opened, [SetField(index, text, text) for index, text in doubtful])


def _sure(
    fields: Mapping[str, str], old: FieldValue, text: str, details: Sequence[FieldValue]
) -> dict[str, str]:
    """The sure values by name: what a person set takes precedence."""
    sure = dict(fields)
    first = next((each for each in details if each.name == old.name and each.source == "person"), None)
    if first is not None:
        sure[old.name] = first.value
    elif not text and sure.get(old.name) == old.value:
        del sure[old.name]
    return sure


def set_compared(review: Review, who: Reviewer, opened: Opened, *, compared: bool) -> None:
    """Note that a person has compared a document with its original (đối chiếu với bản chính), or take that
    back. Raises OutdatedError.
    """
    was = opened.document.attested
    if compared == (was is not None):
        return
    at = now() if compared else None
    before = {"by": was.by, "at": was.at.isoformat()} if was else None
    after = {"by": who.name} if compared else {"by": ""}
    with changing(review, who, opened, COMPARED, before, after) as connection:
        corrections.set_comparison(connection, opened.place.id, who.name if compared else None, at)


@contextmanager
def changing(  # noqa: PLR0913, PLR0917 - what the log says of it
    review: Review, who: Reviewer, opened: Opened, action: str, before: Any, after: Any
) -> Iterator[Connection]:
    """A transaction that changes a document's entry, logs it, and renews index and manifest."""
    require_dossier_current(review.services.store, review.catalog, opened.number)
    place = opened.place
    with review.catalog.transaction() as connection:
        corrections.lock_document(
            connection, place.id, dossier_id=place.dossier_id, version=opened.version.version
        )
        corrections.require_entry(connection, place.id, opened.document)
        yield connection
        corrections.reindex_document(connection, place.id)
        review.catalog.append_log(_entry(who, opened, action, before, after), connection=connection)
    write_manifest(review.services.store, review.catalog, opened.number)


def _as_text(was: Mapping[str, Any]) -> str:
    """A former entry, for `undoing`. As a text, because the log has no floats."""
    return json.dumps(was, ensure_ascii=False)


def _entry(who: Reviewer, opened: Opened, action: str, before: Any, after: Any) -> LogEntry:
    subject = document_subject(opened.number, opened.document.no)
    return LogEntry(now(), who.name, action, subject, before=before, after=after)
