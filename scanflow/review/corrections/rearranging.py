"""Rearranging pages of filed documents: another order, rotation, splitting into two documents, joining.

Each makes a new version of the same images; versions before it stay. Digitally signed files are refused. The
captured pages follow in the ledger, so that every page stands in exactly one document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from scanflow import PROGRAM
from scanflow.archive.documents import document_corrections as corrections
from scanflow.archive.documents.page_words import PageWords, decode_words
from scanflow.archive.logbook import JOINED, JOINED_TO, REARRANGED, SPLIT, LogEntry, document_subject
from scanflow.clock import now
from scanflow.errors import InputError, SignedFileError, UsageError
from scanflow.ledger.document_pages import (
    FiledPage,
    filed_pages,
    free_beginning,
    place_pages,
    require_closed,
)
from scanflow.model import DocumentVersion, Source
from scanflow.pdf.document import PdfMetadata, SourcePage
from scanflow.pipeline.sandbox.pool import outcome
from scanflow.review.access import Opened, Reviewer, open_document, open_dossier, require_newest
from scanflow.review.context import Review
from scanflow.review.corrections.classifying import classified
from scanflow.review.corrections.moving import move_document
from scanflow.review.corrections.page_rotation import QUARTERS, ArrangedPage, placed_values, turned_page
from scanflow.review.corrections.reading_again import read_turned
from scanflow.review.corrections.versions import (
    StoredPlace,
    entering,
    printed,
    store_version,
    write_manifests,
)
from scanflow.review.dossiers import type_name
from scanflow.review.pages import WRITTEN, signatures

MOST_PAGES = 2000
"""Greatest number of pages of a document that can be rearranged: its whole file is held in memory."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A document that gives pages: its words by page, and its captured pages in their order, if all are
    known.
    """

    opened: Opened
    words: tuple[PageWords, ...]
    captured: Sequence[FiledPage]


@dataclass(frozen=True, slots=True)
class _Made:
    """A finished file with the words of its pages."""

    data: bytes
    words: list[PageWords]
    made_by: Mapping[str, str]


def reorder(review: Review, who: Reviewer, opened: Opened, placed: Sequence[ArrangedPage]) -> int:
    """Put a document's pages into another order, or turn them; the number of the new version.

    `placed` has each page once. Raises SignedFileError, OutdatedError, UsageError.
    """
    part = _part(review, opened)
    numbers = range(1, opened.version.pages + 1)
    if sorted(each.page for each in placed) != list(numbers) or any(
        e.rotation not in QUARTERS for e in placed
    ):
        raise UsageError("each page has to be there once", "Mỗi trang phải có mặt đúng một lần.")
    if list(placed) == [ArrangedPage(number) for number in numbers]:
        return opened.version.version
    made = _make(review, who, [part], [(0, each) for each in placed], "order")
    version = _store(review, opened, opened.version.version + 1, made)
    details = placed_values(opened.document.field_details, placed, _sizes(part))
    order = [f"{each.page}" + (f"+{each.rotation}" if each.rotation else "") for each in placed]
    with entering(review.catalog, version) as connection:
        _lock(connection, opened)
        review.catalog.record_version(opened.place.id, version, made.words, connection=connection)
        corrections.set_fields(connection, opened.place.id, opened.document.fields, details)
        if part.captured:
            place_pages(connection, opened.place.id, [part.captured[each.page - 1] for each in placed])
        entry = _entry(who, opened, REARRANGED, {"version": version.version, "order": " ".join(order)})
        review.catalog.append_log(entry, connection=connection)
    write_manifests(review, [opened.number], _batches([part]))
    return version.version


def split(review: Review, who: Reviewer, opened: Opened, at: int) -> int:
    """Make a document of the pages from `at` (2 or more) on; its number in the dossier.

    Its type is found by the profiles, for a person to confirm. If an earlier document with exactly these
    pages was joined to this one, it is restored. Raises SignedFileError, OutdatedError, UsageError.
    """
    part = _part(review, opened)
    if not 2 <= at <= opened.version.pages:
        raise UsageError("nothing would be left of one part", "Phải chọn từ trang 2 trở đi để tách.")
    first = [ArrangedPage(number) for number in range(1, at)]
    second = [ArrangedPage(number) for number in range(at, opened.version.pages + 1)]
    kept = _make(review, who, [part], [(0, each) for each in first], "split")
    taken = _make(review, who, [part], [(0, each) for each in second], "split")
    new_id, new_no, new_type, next_version = _other_document(review, who, opened, part, taken.words, at)
    here = _store(review, opened, opened.version.version + 1, kept)
    place = StoredPlace(opened.number, new_no, new_type, next_version)
    there = store_version(review, place, opened.version, taken.words, taken.data, taken.made_by)
    document = opened.document
    details = placed_values(document.field_details, first, _sizes(part))
    left = {each.name for each in details}
    gone = {each.name for each in document.field_details} - left
    fields = {name: value for name, value in document.fields.items() if name not in gone}
    with entering(review.catalog, here, there) as connection:
        _lock(connection, opened)
        review.catalog.record_version(opened.place.id, here, kept.words, connection=connection)
        review.catalog.record_version(new_id, there, taken.words, connection=connection)
        corrections.set_fields(connection, opened.place.id, fields, details)
        corrections.restore_joined(connection, new_id)
        corrections.set_comparison(
            connection,
            new_id,
            document.attested.by if document.attested else None,
            document.attested.at if document.attested else None,
        )
        review.catalog.record_sources(
            new_id, document.sources, created_at=there.created_at, connection=connection
        )
        if part.captured:
            place_pages(connection, opened.place.id, part.captured[: at - 1])
            place_pages(connection, new_id, part.captured[at - 1 :])
        after = {"version": here.version, "page": at, "document": new_no}
        review.catalog.append_log(_entry(who, opened, SPLIT, after), connection=connection)
        subject = document_subject(opened.number, new_no)
        came = {"version": there.version, "type": new_type, "from": document.no, "page": at}
        review.catalog.append_log(
            LogEntry(now(), who.name, SPLIT, subject, after=came), connection=connection
        )
    write_manifests(review, [opened.number], _batches([part]))
    return new_no


def join(review: Review, who: Reviewer, opened: Opened, other: Opened) -> int:
    """Append another document's pages to this one; the number of the new version.

    The other is no longer found; its versions stay. Raises SignedFileError, OutdatedError, UsageError.
    """
    if other.number != opened.number or other.place.id == opened.place.id:
        raise UsageError("not another document of this dossier", "Hãy chọn giấy tờ khác của cùng hồ sơ.")
    parts = [_part(review, opened), _part(review, other)]
    count = opened.version.pages
    order = [(0, ArrangedPage(n)) for n in range(1, count + 1)]
    order += [(1, ArrangedPage(n)) for n in range(1, other.version.pages + 1)]
    made = _make(review, who, parts, order, "joined")
    version = _store(review, opened, opened.version.version + 1, made)
    document, behind = opened.document, other.document
    details = [
        *document.field_details,
        *(replace(each, page=each.page + count) for each in behind.field_details),
    ]
    both = document.attested if document.attested and behind.attested else None
    with entering(review.catalog, version) as connection:
        for each in sorted((opened, other), key=lambda one: one.place.id):
            _lock(connection, each)
        review.catalog.record_version(opened.place.id, version, made.words, connection=connection)
        corrections.set_fields(connection, opened.place.id, {**behind.fields, **document.fields}, details)
        corrections.set_comparison(
            connection, opened.place.id, both.by if both else None, both.at if both else None
        )
        corrections.join_to(connection, other.place.id, document.no)
        review.catalog.record_sources(
            opened.place.id,
            _more_sources(opened, other),
            created_at=version.created_at,
            connection=connection,
        )
        if all(part.captured for part in parts):
            place_pages(connection, opened.place.id, [*parts[0].captured, *parts[1].captured])
        else:  # in any order: they stand in this document now
            place_pages(connection, opened.place.id, parts[1].captured)
        after = {"version": version.version, "document": behind.no}
        review.catalog.append_log(_entry(who, opened, JOINED, after), connection=connection)
        review.catalog.append_log(
            _entry(who, other, JOINED_TO, {"document": document.no}), connection=connection
        )
    write_manifests(review, [opened.number], _batches(parts))
    return version.version


def join_from_elsewhere(review: Review, who: Reviewer, opened: Opened, other: Opened) -> int:
    """Append a document of another dossier to this one: it is moved here, then joined, in two steps; the
    number of the new version. After a kill between the steps it is moved and not joined.

    Raises SignedFileError, OutdatedError, UsageError, before anything is done.
    """
    if other.number == opened.number:
        return join(review, who, opened, other)
    for each in (opened, other):
        _part(review, each)
    number, no = move_document(review, who, other, opened.number)
    moved = open_document(review, who, number, no, other.version.version)
    here = open_document(review, who, opened.number, opened.document.no, opened.version.version)
    return join(review, who, here, moved)


def require_rearrangeable(review: Review, opened: Opened) -> None:
    """Raises SignedFileError for a signed file, OutdatedError, UsageError for too many pages."""
    require_newest(review, opened)
    version = opened.version
    if version.pages > MOST_PAGES:
        raise UsageError(
            f"more than {MOST_PAGES} pages can't be rearranged here",
            f"Giấy tờ có quá {MOST_PAGES} trang nên không sắp xếp lại được ở đây.",
        )
    if version.made_by.get("source") != WRITTEN and signatures(review, opened):
        raise SignedFileError(
            "this file is digitally signed: its pages can't be split, joined, moved or turned, or the "
            "signature would be worth nothing",
            "Giấy tờ này là tệp có chữ ký số. Tệp ký số phải giữ nguyên vẹn, sửa thì chữ ký mất giá trị: "
            "không tách, gộp, đổi thứ tự hay xoay trang được. Có thể sửa loại giấy tờ, thông tin hoặc "
            "chuyển hồ sơ.",
        )


def _part(review: Review, opened: Opened) -> _Part:
    require_rearrangeable(review, opened)
    version = opened.version
    words = decode_words(review.services.store.get(version.words.key, version.words.version_id))
    with review.catalog.reading() as connection:
        captured = filed_pages(connection, opened.place.id, version.pages)
        require_closed(connection, sorted({opened.place.batch_id, *(each.batch_id for each in captured)}))
    return _Part(opened, words, captured)


def _make(
    review: Review,
    who: Reviewer,
    parts: Sequence[_Part],
    order: Sequence[tuple[int, ArrangedPage]],
    how: str,
) -> _Made:
    """The file of these pages, each of the part with this index. Raises InputError, StoreError."""
    store = review.services.store
    first = parts[0].opened
    files = [store.get(each.opened.version.pdf.key, each.opened.version.pdf.version_id) for each in parts]
    words = [turned_page(parts[part].words[each.page - 1], each.rotation) for part, each in order]
    places = [SourcePage(part, each.page, each.rotation) for part, each in order]
    made = outcome(
        review.children.rearrange(files, places, [printed(each) for each in words], _metadata(review, first)),
        "the document",
    )
    if isinstance(made, InputError):
        raise made
    turned = [number for number, (_, each) in enumerate(order, start=1) if each.rotation]
    data, words = read_turned(review, made.data, words, turned)
    made_by = {**first.version.made_by, "program": PROGRAM, "by": who.name, "rearranged": how}
    return _Made(data, words, {**made_by, "source": WRITTEN, "conformance": made.conformance or ""})


def _metadata(review: Review, opened: Opened) -> PdfMetadata:
    document, settings = opened.document, review.services.settings.pdf
    return PdfMetadata(
        title=document.title or type_name(review, document) or opened.number,
        created=document.versions[0].created_at,
        dossier_number=opened.number,
        procedure_code=None,
        document_type=document.type,
        converter=settings.converter,
        agency=settings.agency,
        program=PROGRAM,
        engine=opened.version.made_by.get("engine", ""),
    )


def _other_document(  # noqa: PLR0913, PLR0917 - which document, whose pages, and what is on them
    review: Review, who: Reviewer, opened: Opened, part: _Part, words: Sequence[PageWords], at: int
) -> tuple[int, int, str, int]:
    """The document that a split makes or brings back: its row, number, type, and next version."""
    place, captured = opened.place, part.captured[at - 1 :]
    batch_id = captured[0].batch_id if captured else place.batch_id
    wanted = [each.no for each in captured if each.batch_id == batch_id]
    with review.catalog.reading() as connection:
        if wanted:
            back = corrections.joined_document(connection, place.dossier_id, batch_id, wanted[0])
            if back is not None:
                return back.id, back.no, back.type, back.version + 1
        first = free_beginning(connection, batch_id, wanted)
    paper = classified(review, words, open_dossier(review, who, opened.number).procedure_code)
    made = review.catalog.allocate_document(opened.number, paper, batch_id, first)
    return made.id, made.no, paper.type, 1


def _store(review: Review, opened: Opened, number: int, made: _Made) -> DocumentVersion:
    place = StoredPlace(opened.number, opened.document.no, opened.document.type, number)
    return store_version(review, place, opened.version, made.words, made.data, made.made_by)


def _lock(connection: Connection, opened: Opened) -> None:
    place = opened.place
    corrections.lock_document(
        connection, place.id, dossier_id=place.dossier_id, version=opened.version.version
    )
    corrections.require_entry(connection, place.id, opened.document)


def _entry(who: Reviewer, opened: Opened, action: str, after: Mapping[str, object]) -> LogEntry:
    before = {"version": opened.version.version, "pages": opened.version.pages}
    subject = document_subject(opened.number, opened.document.no)
    return LogEntry(now(), who.name, action, subject, before=before, after=dict(after))


def _sizes(part: _Part) -> dict[int, tuple[float, float]]:
    return {number: page.size for number, page in enumerate(part.words, start=1)}


def _batches(parts: Sequence[_Part]) -> list[str]:
    batches = {part.opened.place.batch_id for part in parts}
    return sorted(batches | {each.batch_id for part in parts for each in part.captured})


def _more_sources(opened: Opened, other: Opened) -> list[Source]:
    """The other document's kept files; their numbers are those of its batch, and may be taken here."""
    taken = {each.file_no: each.stored.sha256 for each in opened.document.sources}
    more: list[Source] = []
    for each in other.document.sources:
        if each.stored.sha256 in taken.values():
            continue
        no = each.file_no if each.file_no not in taken else max(taken) + 1
        taken[no] = each.stored.sha256
        more.append(replace(each, file_no=no))
    return more
