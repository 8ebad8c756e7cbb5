"""Files papers with known texts as the pipeline does, without reading anything."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import insert

from scanflow.archive.catalog import Catalog, DocumentRef
from scanflow.archive.database.tables import batches, files, pages
from scanflow.archive.documents.page_words import CONTENT_TYPE, PageWords, encode_words
from scanflow.archive.logbook import LogEntry, batch_subject, document_subject
from scanflow.archive.manifest import write_batch_manifest, write_manifest
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.keys import document_key, intake_key, source_key, words_key
from scanflow.membership import DEFAULT_AGENCY
from scanflow.model import Box, DocumentVersion, Evidence, FieldValue, Paper, Source, Word
from scanflow.settings import Settings

NUMBER = "H57.132-260804-0583"
OTHER = "03706/2026/07906"


def environment_of(settings: Settings) -> dict[str, str]:
    """Environment variables by which a process finds the same catalog, without its home."""
    url = settings.catalog.url
    return os.environ | ({"SCANFLOW_CATALOG__URL": url.get_secret_value()} if url else {})


def words_of(text: str) -> PageWords:
    """A page with the words and lines of a text, at places that rounding does not change."""
    words = [
        Word(word, Box(40.0 * n, 20.0 * line, 40.0 * n + 35.5, 20.0 * line + 12), 0.93, 0, line)
        for line, content in enumerate(text.splitlines())
        for n, word in enumerate(content.split())
    ]
    return PageWords((595.3, 841.9), tuple(words), "tesseract 5.5.0 vie")


def detail(name: str, value: str) -> FieldValue:
    """A field's value as it is kept, one of the second page with something to say against it."""
    return FieldValue(name, value, value, 0.97, "mrz", 2, Box(1.0, 2.5, 3.0, 4.0), ("filled-in",), person=1)


def add_batch(catalog: Catalog, batch_id: str, count: int) -> None:
    """A batch of one file with `count` pages, as the ledger enters it."""
    now = datetime.now(UTC)
    with catalog.transaction() as c:
        c.execute(
            insert(batches).values(
                id=batch_id, origin="inbox", operator="", state="taken", created_at=now, updated_at=now
            )
        )
        file = {
            "batch_id": batch_id,
            "no": 1,
            "name": "quét 1.pdf",
            "sha256": "ab",
            "size": 9,
            "state": "taken",
        }
        key = c.execute(insert(files).values(file)).inserted_primary_key
        assert key is not None
        for no in range(1, count + 1):
            row = {"batch_id": batch_id, "file_id": key[0], "no": no, "file_page": no, "state": "read"}
            digest = sha256(f"{batch_id} {no}".encode()).hexdigest()
            more = {"quality": {"sharpness": 0.5}, "dpi": 300.0, "confidence": 0.9}
            c.execute(insert(pages).values(row | more | {"sha256": digest, "media_type": "image/jpeg"}))


def set_aside(store: ObjectStore, catalog: Catalog, batch_id: str, no: int) -> None:
    """A blank page: its bytes stay in intake."""
    data = f"{batch_id} {no}".encode()
    stored = store.put(
        intake_key(batch_id, no, sha256(data).hexdigest(), "image/jpeg"), data, content_type="image/jpeg"
    )
    with catalog.transaction() as c:
        catalog.record_object(stored, connection=c)
        c.execute(
            pages.update()
            .where(pages.c.batch_id == batch_id, pages.c.no == no)
            .values(state="set_aside", reason_code="blank", object_key=stored.key, reason_vi="Trang trắng")
        )


def file_paper(
    store: ObjectStore,
    catalog: Catalog,
    texts: Sequence[str],
    *,
    number: str = NUMBER,
    type: str = "to-khai-dang-ky-khai-sinh",
    title: str = "Tờ khai đăng ký khai sinh",
    fields: Mapping[str, str] | None = None,
    batch_id: str = "b1",
    first_page: int = 1,
    agency: str = DEFAULT_AGENCY,
) -> DocumentRef:
    """Objects, then catalog; the manifests are left to the caller."""
    details = tuple(detail(name, value) for name, value in (fields or {}).items())
    evidence = (Evidence("title", title, 0.97, 0),)
    paper = Paper((0,), type, 0.9, evidence, title, fields or {}, field_details=details)
    catalog.ensure_dossier(number, "1.001193", agency=agency)
    ref = catalog.allocate_document(number, paper, batch_id, first_page)
    add_version(store, catalog, ref, texts, number=number, type=type)
    with catalog.transaction() as c:
        numbers = list(range(first_page, first_page + len(texts)))
        c.execute(
            pages.update()
            .where(pages.c.batch_id == batch_id, pages.c.no.in_(numbers))
            .values(state="filed", document_id=ref.id)
        )
        entry = LogEntry(
            datetime.now(UTC), "scanflow", "filed", document_subject(number, ref.no), None, {"type": type}
        )
        catalog.append_log(entry, connection=c)
    return ref


def add_version(
    store: ObjectStore,
    catalog: Catalog,
    ref: DocumentRef,
    texts: Sequence[str],
    *,
    number: str = NUMBER,
    type: str = "to-khai-dang-ky-khai-sinh",
    version: int = 1,
) -> None:
    """Version `version` of a document, objects and catalog."""
    read = [words_of(text) for text in texts]
    pdf = f"%PDF-1.7 {number} {ref.no} {version} {texts}".encode()
    pdf_key, text_key = document_key(number, ref.no, type, version), words_key(number, ref.no, type, version)
    made = DocumentVersion(
        version=version,
        pdf=store.put(pdf_key, pdf, content_type="application/pdf", if_absent=True),
        words=store.put(text_key, encode_words(read), content_type=CONTENT_TYPE, if_absent=True),
        pages=len(texts),
        confidence=0.91,
        made_by={"program": "scanflow 0.1.0", "engine": "tesseract 5.5.0 vie"},
        created_at=datetime.now(UTC),
        left_out=("Watermark",) if version > 1 else (),
    )
    catalog.record_version(ref.id, made, read)


def keep_source(store: ObjectStore, catalog: Catalog, *refs: DocumentRef, number: str = NUMBER) -> None:
    """A captured file that is kept beside documents of a dossier."""
    data = f"a captured file of {number}".encode()
    key = source_key(number, sha256(data).hexdigest(), "quét 1.PDF")
    stored = store.put(key, data, content_type="application/octet-stream", if_absent=True)
    kept = [Source(1, stored, ("rendered", "Watermark"))]
    for ref in refs:
        catalog.record_sources(ref.id, kept, created_at=datetime.now(UTC))


def write_manifests(store: ObjectStore, catalog: Catalog, *batch_ids: str) -> None:
    """All dossiers' manifests and those of the batches."""
    for summary in catalog.dossiers():
        write_manifest(store, catalog, summary.number)
    for batch_id in batch_ids:
        entry = LogEntry(datetime.now(UTC), "scanflow", "closed", batch_subject(batch_id))
        catalog.append_log(entry)
        write_batch_manifest(store, catalog, batch_id)
