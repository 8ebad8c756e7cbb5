"""Filed papers with a given type, and what a run made of them."""

from datetime import UTC, datetime

from scanflow.archive.documents.documents_again import PlacedDocument, placed_document
from scanflow.archive.documents.page_words import CONTENT_TYPE, PageWords, encode_words
from scanflow.archive.manifest import write_manifest
from scanflow.archive.store.keys import document_key, words_key
from scanflow.ledger.nightly import night_items
from scanflow.model import DocumentVersion, Evidence, FieldValue, Paper
from scanflow.pipeline.services import Services
from tests.classify.paper import form

TRUE_TYPE = "to-khai-dang-ky-khai-sinh"
OLD_TYPE = "giay-chung-sinh"
MADE_BY = {"program": "scanflow 0.1.0", "engine": "tesseract 5.5.0 vie", "source": "kept"}


def file(services: Services, number: str, *, type: str, cue: str = "title", name: str | None = None) -> int:
    """File a paper with the text of a birth registration form and a given type; its row."""
    page = form("TỜ KHAI ĐĂNG KÝ KHAI SINH", "Họ, chữ đệm, tên người yêu cầu: Trần Văn Thử")
    fields = {"ho_ten": name} if name else {}
    details = tuple(FieldValue(n, v, v, 1.0, "person", 1, None, ()) for n, v in fields.items())
    evidence = (Evidence(cue, "as it was then", 0.99, 0),)
    paper = Paper((0,), type, 0.99, evidence, "An older title", fields, field_details=details)
    catalog, store = services.catalog, services.store
    catalog.ensure_dossier(number, None)
    ref = catalog.allocate_document(number, paper, f"b-{number}", 1)
    words = [PageWords(page.size, page.words, "tesseract 5.5.0 vie")]
    keys = document_key(number, ref.no, type, 1), words_key(number, ref.no, type, 1)
    version = DocumentVersion(
        version=1,
        pdf=store.put(keys[0], f"%PDF-1.7 {number}".encode(), content_type="application/pdf"),
        words=store.put(keys[1], encode_words(words), content_type=CONTENT_TYPE),
        pages=1,
        confidence=0.9,
        made_by=MADE_BY,
        created_at=datetime.now(UTC),
    )
    catalog.record_version(ref.id, version, words)
    write_manifest(store, catalog, number)
    return ref.id


def placed(services: Services, document_id: int) -> PlacedDocument:
    with services.catalog.reading() as connection:
        found = placed_document(connection, document_id)
    assert found is not None
    return found


def results(services: Services, run_id: str) -> dict[str, int]:
    with services.catalog.reading() as connection:
        return night_items.counts(connection, run_id)
