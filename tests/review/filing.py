"""Dossiers for reviewers' tests, filed in a moment: real PDFs, words and manifests, but nothing is read."""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from itertools import count

from PIL import Image, ImageDraw, ImageFont

from scanflow.archive.catalog import Catalog
from scanflow.archive.documents.page_words import CONTENT_TYPE, PageWords, encode_words
from scanflow.archive.logbook import LogEntry, document_subject
from scanflow.archive.manifest import write_manifest
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.keys import document_key, words_key
from scanflow.clock import now
from scanflow.membership import DEFAULT_AGENCY
from scanflow.model import (
    Box,
    CapturedPage,
    DocumentVersion,
    Evidence,
    FieldValue,
    Geometry,
    Paper,
    RowMatch,
    Word,
)
from scanflow.pdf.document import PdfMetadata, PdfPage
from scanflow.pdf.writer import write_pdf
from scanflow.pipeline.filing.file import PDF_TYPE

SIZE = (420.0, 297.0)
"""Points of a page: half a sheet, so that pictures are small."""
_serial = count(1)
_SCALE = 100 / 72
_LEFT, _TOP, _LINE, _WORD = 36.0, 40.0, 24.0, 60.0

Lines = Sequence[str]


def words_of(lines: Lines, doubtful: Sequence[str] = ()) -> tuple[Word, ...]:
    """Words at even places, a line a line; those that are `doubtful` have little confidence."""
    return tuple(
        Word(
            text,
            Box(
                _LEFT + column * _WORD,
                _TOP + row * _LINE,
                _LEFT + (column + 0.9) * _WORD,
                _TOP + row * _LINE + 12,
            ),
            0.4 if text in doubtful else 0.98,
            0,
            row,
        )
        for row, line in enumerate(lines)
        for column, text in enumerate(line.split())
    )


def captured(no: int, words: Sequence[Word]) -> CapturedPage:
    """A scan on which the words are printed."""
    width, height = (round(side * _SCALE) for side in SIZE)
    image = Image.new("L", (width, height), 255)
    font = ImageFont.load_default(11)
    for word in words:
        place = (word.box.left * _SCALE, word.box.top * _SCALE)
        ImageDraw.Draw(image).text(place, word.text.encode("ascii", "replace").decode(), font=font, fill=0)
    file = BytesIO()
    image.save(file, "JPEG", quality=80, dpi=(100, 100))
    return CapturedPage(no, file.getvalue(), "image/jpeg", width, height, (100, 100), "stated")


def file_document(
    store: ObjectStore,
    catalog: Catalog,
    number: str,
    pages: Sequence[Lines],
    *,
    agency: str = DEFAULT_AGENCY,
    type: str = "to-khai-dang-ky-khai-sinh",
    title: str = "TỜ KHAI ĐĂNG KÝ KHAI SINH",
    confidence: float = 0.97,
    fields: Sequence[FieldValue] = (),
    procedure: str | None = "1.001193",
    doubtful: Sequence[str] = (),
    kept: bool = False,
    batch: str = "",
    file: bytes | None = None,
    evidence: Sequence[Evidence] = (),
    rows: Sequence[RowMatch] = (),
) -> int:
    """File a document of pages, each a list of lines; gives its number. `kept`: as a file kept as it came.

    `file`: its bytes, instead of a PDF that is made of the lines.
    """
    paper = Paper(
        pages=tuple(range(len(pages))),
        type=type,
        confidence=confidence,
        title=title,
        evidence=tuple(evidence),
        rows=tuple(rows),
        fields={each.name: each.value for each in fields if each.confidence >= 0.9},
        field_details=tuple(fields),
    )
    words = [words_of(lines, doubtful) for lines in pages]
    metadata = PdfMetadata(title, now(), number, procedure, type, "scanflow", "", "scanflow test", "test")
    written = write_pdf(
        [PdfPage(captured(no, each), Geometry(), SIZE, each) for no, each in enumerate(words, start=1)],
        metadata,
    )
    texts = [PageWords(SIZE, each, "test") for each in words]
    catalog.ensure_dossier(number, procedure, agency=agency)
    batch = batch or f"20261127-080000-{next(_serial):08}"
    made = catalog.allocate_document(number, paper, batch, 1)
    version = DocumentVersion(
        1,
        store.put(document_key(number, made.no, type, 1), file or written.data, content_type=PDF_TYPE),
        store.put(words_key(number, made.no, type, 1), encode_words(texts), content_type=CONTENT_TYPE),
        len(pages),
        confidence,
        {"program": "test", "engine": "test", "source": "kept" if kept else "written"},
        now(),
    )
    catalog.record_version(made.id, version, texts)
    entry = LogEntry(
        now(), "test", "filed", document_subject(number, made.no), after={"type": type, "version": 1}
    )
    catalog.append_log(entry)
    write_manifest(store, catalog, number)
    return made.no


def value(name: str, text: str, confidence: float = 0.99, **more: object) -> FieldValue:
    """A field's value as read on the first page."""
    return replace(FieldValue(name, text, text, confidence), **more)  # type: ignore[arg-type]  # names of its fields
