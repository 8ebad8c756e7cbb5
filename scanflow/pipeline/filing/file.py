"""Filing (lưu vào kho): a paper gets its number in the dossier, its objects, its place in catalog and search.

The order of the steps makes it safe to be killed anywhere. First the paper gets its number, which is the same
in a second try. Then objects are written under keys made from the number, and read back. Then one transaction
makes the version visible and searchable and its pages filed. Pages in no document are kept in `intake/` with
the reason.
"""

from collections.abc import Callable, Sequence, Set
from contextlib import suppress

from sqlalchemy import Connection

from scanflow.archive.documents.page_words import CONTENT_TYPE as WORDS_TYPE
from scanflow.archive.documents.page_words import PageWords, encode_words
from scanflow.archive.filing_guard import require_dossier_current
from scanflow.archive.logbook import LogEntry, document_subject
from scanflow.archive.manifest import write_batch_manifest
from scanflow.archive.repair.rebinding import rebind_lost
from scanflow.archive.store.base import sha256_hex
from scanflow.archive.store.keys import (
    document_key,
    intake_file_key,
    intake_key,
    source_key,
    words_key,
)
from scanflow.clock import add_years, now
from scanflow.errors import ObjectExistsError, ObjectNotFoundError
from scanflow.ledger.batches import get_batch
from scanflow.ledger.documents import documents_with_pages_of, kept_with_pages_of, version_checksums
from scanflow.ledger.files import batch_files, files_released
from scanflow.ledger.lease import Lease, holding, lock, require_still_held
from scanflow.ledger.pages import (
    Reason,
    batch_pages,
    page_kept,
    page_set_aside,
    pages_filed,
    settled_pages,
)
from scanflow.ledger.records import BatchPage, FileRecord, TakenFile, in_order
from scanflow.logs import get_logger
from scanflow.model import (
    BatchState,
    DocumentVersion,
    FileState,
    PageReading,
    PageState,
    Paper,
    Source,
    StoredObject,
)
from scanflow.pipeline.filing.papers import with_doubtful_borders
from scanflow.pipeline.filing.retention import retained_until
from scanflow.pipeline.filing.sources import ToKeep
from scanflow.pipeline.filing.writing import Content, Destination, Sheets, write_papers
from scanflow.pipeline.intake.known_files import KnownFiles, files_in_place
from scanflow.pipeline.services import Services

log = get_logger(__name__)

PDF_TYPE = "application/pdf"
FILE_TYPE = "application/octet-stream"

DUPLICATE = Reason(
    "duplicate",
    "every page of this paper is in the dossier already",
    "Giấy tờ này đã có trong hồ sơ",
)

KeysOf = Callable[[int], tuple[str, str]]
"""The keys of a version's PDF and words."""


def file_papers(
    services: Services, destination: Destination, papers: Sequence[Paper], pages: Sequence[BatchPage]
) -> None:
    """File papers in a dossier; those that it holds already are set aside."""
    number, batch = destination.number, destination.batch
    require_dossier_current(services.store, services.catalog, number)
    with holding(services.catalog, destination.lease) as held:
        connection = held.connection
        ensure_dossier(services, destination, connection)
        settled = settled_pages(connection, batch.id)
    known = KnownFiles(services, number, batch.id)
    fresh: list[Sheets] = []
    for paper in papers:
        chosen = _to_file([pages[index] for index in paper.pages], settled)
        if chosen and known.has(chosen):
            _set_aside(services, destination.lease, chosen)
        elif chosen:
            fresh.append(Sheets(paper, chosen))
    for sheets, content in write_papers(services, destination, fresh):
        _file_paper(services, destination, sheets, content)


def ensure_dossier(services: Services, destination: Destination, connection: Connection) -> None:
    """Make the dossier of the batch's agency if it isn't there. Raises OtherAgencyError."""
    batch = destination.batch
    services.catalog.ensure_dossier(
        destination.number,
        destination.procedure,
        agency=batch.agency,
        created_at=batch.created_at,
        connection=connection,
    )


def _to_file(pages: Sequence[BatchPage], settled: Set[int]) -> tuple[BatchPage, ...]:
    """Those of a paper's pages that are not settled; of a signed file all, if one of them is not."""
    rest = tuple(page for page in pages if page.no not in settled)
    return tuple(pages) if rest and pages[0].file.unpacked.signed else rest


def _set_aside(services: Services, lease: Lease, pages: Sequence[BatchPage]) -> None:
    with holding(services.catalog, lease) as held:
        for page in pages:
            page_set_aside(held, page.no, DUPLICATE)


def page_words(reading: PageReading, layer: str | None) -> PageWords:
    """What the words file keeps of a reading; `layer`: the text layer of its source that was not trusted."""
    derived = reading.dpi_source != "stated"
    return PageWords(
        reading.size,
        reading.words,
        reading.engine,
        layer,
        reading.unread,
        dpi=(*reading.dpi, reading.dpi_source) if derived else None,
        stated_dpi=reading.stated_dpi if derived else None,
        seals=reading.seals,
    )


def _file_paper(services: Services, destination: Destination, sheets: Sheets, content: Content) -> None:
    number, batch = destination.number, destination.batch
    paper, pages = sheets.paper, sheets.pages
    with holding(services.catalog, destination.lease) as held:
        document = services.catalog.allocate_document(
            number, with_doubtful_borders(paper), batch.id, pages[0].no, connection=held.connection
        )
    words = [page_words(page.reading, page.layer) for page in pages]
    version, pdf, stored_words = _store(
        services,
        destination,
        document.id,
        lambda k: (
            document_key(number, document.no, paper.type, k),
            words_key(number, document.no, paper.type, k),
        ),
        content.data,
        encode_words(words),
    )
    kept = [_store_source(services, destination, each) for each in content.to_keep]
    record = DocumentVersion(
        version=version,
        pdf=pdf,
        words=stored_words,
        pages=len(pages),
        confidence=_mean_confidence(pages),
        made_by=content.made_by,
        created_at=batch.created_at,
        left_out=content.left_out,
    )
    filed = LogEntry(
        at=now(),
        actor=batch.operator or batch.origin,
        action="filed",
        subject=document_subject(number, document.no),
        after={"batch": batch.id, "type": paper.type, "version": version, "sha256": pdf.sha256},
    )
    with holding(services.catalog, destination.lease) as held:
        if _to_file(pages, settled_pages(held.connection, batch.id)) != pages:
            return  # filed already, by another worker
        for stored in (pdf, stored_words, *(each.stored for each in kept)):
            rebind_lost(held.connection, stored)
        services.catalog.record_version(document.id, record, words, connection=held.connection)
        services.catalog.record_sources(
            document.id, kept, created_at=batch.created_at, connection=held.connection
        )
        services.catalog.append_log(filed, connection=held.connection)
        pages_filed(held, [page.no for page in pages], document.id)


def _store(  # noqa: PLR0913, PLR0917 - what is stored, and all that says where
    services: Services, destination: Destination, document_id: int, keys_of: KeysOf, pdf: bytes, words: bytes
) -> tuple[int, StoredObject, StoredObject]:
    """Store PDF and words under the first version whose keys are free or hold these very bytes.

    A key is only taken by other bytes if an earlier try was killed before its commit, and another release of
    the program or of a model has read differently since. The lease is checked before each object: a worker
    that was delayed between this check and the write leaves at most an object that nothing refers to.

    A document that was lost from the store has versions already: it comes back as the one that it was, or,
    where the bytes are others now, as its next.
    """
    retain_until = retained_until(services, destination.number, destination.batch.created_at)

    def put(key: str, data: bytes, content_type: str) -> StoredObject:
        require_still_held(services.catalog, destination.lease)
        return services.store.put(
            key, data, content_type=content_type, if_absent=True, retain_until=retain_until
        )

    with services.catalog.reading() as connection:
        made = version_checksums(connection, document_id)
    version = 1
    while True:
        if made.get(version, (sha256_hex(pdf), sha256_hex(words))) != (sha256_hex(pdf), sha256_hex(words)):
            version += 1
            continue
        for_pdf, for_words = keys_of(version)
        try:
            return version, put(for_pdf, pdf, PDF_TYPE), put(for_words, words, WORDS_TYPE)
        except ObjectExistsError:
            _enter_leftovers(services, for_pdf, for_words)
            version += 1


def _enter_leftovers(services: Services, *keys: str) -> None:
    """Enter what an earlier try left under these keys in no manifest, so that `verify` checks it."""
    for key in keys:
        with suppress(ObjectNotFoundError):
            services.catalog.record_object(services.store.stat(key))


def _store_source(services: Services, destination: Destination, to_keep: ToKeep) -> Source:
    """Store a captured file beside the documents that have pages of it, once in a dossier."""
    file, number = to_keep.file, destination.number
    data = services.store.get(file.object_key)
    require_still_held(services.catalog, destination.lease)
    stored = services.store.put(
        source_key(number, file.sha256, file.name),
        data,
        content_type=FILE_TYPE,
        if_absent=True,
        retain_until=retained_until(services, number, destination.batch.created_at),
    )
    return Source(file.no, stored, to_keep.reasons)


def _mean_confidence(pages: Sequence[BatchPage]) -> float:
    """The mean over pages that have words; 0 where none has."""
    read = [page.reading.confidence for page in pages if page.reading.words]
    return sum(read) / len(read) if read else 0.0


# --- what is in no document ----------------------------------------------------------------------------


def keep_unfiled_pages(services: Services, lease: Lease, files: Sequence[TakenFile]) -> None:
    """Keep the captured bytes of pages that were set aside or quarantined, each under a key of its own.

    Not of signed files: those are kept whole (`release_intake`).
    """
    batch_id = lease.batch_id
    with services.catalog.reading() as connection:
        states = {row.no: row for row in batch_pages(connection, batch_id)}
    for file in files:
        if file.unpacked.signed:
            continue
        for no, entry in in_order(file):
            row = states[no]
            if isinstance(entry, tuple) or row.state is PageState.FILED or row.object_key:
                continue
            key = intake_key(batch_id, no, row.sha256, entry.media_type)
            require_still_held(services.catalog, lease)
            stored = services.store.put(key, entry.data, content_type=entry.media_type, if_absent=True)
            with holding(services.catalog, lease) as held:
                services.catalog.record_object(stored, connection=held.connection)
                page_kept(held, no, stored.key)


def release_intake(services: Services, batch_id: str) -> None:
    """Delete the objects of source files all of whose pages stand in documents or are kept by themselves.

    A file in quarantine, or with a page that could not be taken out of it, is kept whole. So is a signed
    file, locked, unless a document is this very file; and one with more content than its pages, unless it is
    kept beside a document. And so is one whose pages are not all in the store at that moment, because objects
    were lost there or restored from an older backup. The batch's manifest is written in between: a page that
    it does not list yet is still in `intake/`.

    Works on a closed batch only, at any time and repeatedly, and needs no lease. Does nothing for an open
    one.
    """
    services.store.require_bound()  # nothing is deleted before it is sure where the documents went
    _lock_signed_files(services, batch_id)
    in_place = files_in_place(services, batch_id)
    with services.catalog.transaction() as connection:
        held = lock(connection, batch_id)
        if held.row.state is not BatchState.CLOSED:
            return
        keys = {file.stored_key for file in _releasable(connection, batch_id) if file.id in in_place}
        stored = [v for key in keys for v in services.catalog.objects(key, connection)]
        for version in stored:
            services.catalog.forget_object(version, connection=connection)
        files_released(held, keys)
        left = _released(connection, batch_id).keys() - keys
    write_batch_manifest(services.store, services.catalog, batch_id)
    # Last: a leftover object is untidy, a missing one that the catalog counts on would be an alarm.
    for key in left:
        with suppress(ObjectNotFoundError):
            stored.append(services.store.stat(key))
    if stored:
        in_place = files_in_place(services, batch_id)
    for version in stored:
        # Asked before each: this worker may have been held up since, and the ledger is what counts.
        with services.catalog.reading() as connection:
            file_id = _released(connection, batch_id).get(version.key)
        if file_id in in_place:
            services.store.delete(version.key, version.version_id)
        elif file_id is not None:
            log.warning("captured-file-kept", batch=batch_id, reason="the store lacks what holds its pages")


def _lock_signed_files(services: Services, batch_id: str) -> None:
    """Lock the signed files that stay in `intake/`, as long as a document of unknown procedure would be."""
    with services.catalog.reading() as connection:
        created_at = get_batch(connection, batch_id).created_at
        going = {row.id for row in _releasable(connection, batch_id)}
        keys = [
            row.object_key
            for row in batch_files(connection, batch_id)
            if row.signed and row.object_key and row.id not in going
        ]
        kept = [stored for key in keys for stored in services.catalog.objects(key, connection)]
    retention = services.settings.retention
    until = add_years(created_at, retention.years[retention.unknown])
    for stored in kept:
        services.store.retain(stored.key, stored.version_id, until)


def _released(connection: Connection, batch_id: str) -> dict[str, int]:
    """Keys and ids of the files that the ledger has released; a killed worker may have left their objects."""
    if get_batch(connection, batch_id).state is not BatchState.CLOSED:
        return {}
    return {
        intake_file_key(batch_id, row.no, row.sha256, row.name): row.id
        for row in batch_files(connection, batch_id)
        if row.state is FileState.UNPACKED and not row.object_key
    }


def _releasable(connection: Connection, batch_id: str) -> list[FileRecord]:
    pages = batch_pages(connection, batch_id)
    without_place = {
        page.file_id for page in pages if page.state is not PageState.FILED and not page.object_key
    }
    return [
        row
        for row in batch_files(connection, batch_id)
        if row.state is FileState.UNPACKED
        and row.object_key
        and row.id not in without_place
        and _may_go(connection, row)
    ]


def _may_go(connection: Connection, file: FileRecord) -> bool:
    """Whether a file whose pages all have a place is not needed itself: it has nothing besides its pages, or
    the same bytes are kept with a document.
    """
    as_document = file.sha256 in documents_with_pages_of(connection, file.id)
    if file.signed or as_document:
        return as_document
    return file.lossless or file.sha256 in kept_with_pages_of(connection, file.id)
