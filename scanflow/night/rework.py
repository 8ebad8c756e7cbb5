"""`scanflow rework`: filed documents are brought up to date with the present profiles and program, without
reading them again.

There are three parts, each can be chosen: type, rows and values by the present profiles, unless a person set
them; the text in the search index; the PDF, if an older release wrote it. Pictures of pages are rendered when
somebody looks at them, so there is nothing to renew.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any

from scanflow import PROGRAM
from scanflow.archive.documents.documents_again import PlacedDocument, placed_document
from scanflow.archive.documents.page_words import PageWords, decode_words
from scanflow.archive.logbook import WORKED_ON_AGAIN, document_subject
from scanflow.errors import InputError
from scanflow.ledger.nightly.night_documents import last_document
from scanflow.ledger.nightly.night_items import NightItem
from scanflow.ledger.nightly.night_runs import NightRun
from scanflow.model import DocumentVersion
from scanflow.night.reocr import SAME
from scanflow.night.rereading import as_reading
from scanflow.night.runs.choosing import Query, next_portion
from scanflow.night.runs.document_item import UNDONE_BY, Enter, done, work_on_document
from scanflow.night.runs.entering import DocumentChange, enter_change, log_entry
from scanflow.night.runs.entry import Entry, entry_after, entry_of, names_set
from scanflow.night.runs.extending import extend_by_query
from scanflow.night.runs.pace import Pace
from scanflow.night.runs.running import Job
from scanflow.pdf.document import CONFORMANCE, WRITER, PdfMetadata, SourcePage, writer_mark
from scanflow.pipeline.filing.next_version import StoredPlace, printed, store_version
from scanflow.pipeline.filing.writing import WRITTEN
from scanflow.pipeline.sandbox.pool import outcome
from scanflow.pipeline.services import Services

RENEWED = "renewed"
"""The document was changed: its type, rows or values, its PDF, or its text in the search index."""

PROFILES, INDEX, PDF = "profiles", "index", "pdf"
PARTS = (PROFILES, INDEX, PDF)
"""The parts that can be renewed: a run's `asked` has the chosen ones under `parts`."""


def rework_job(services: Services, run: NightRun) -> Job:
    """The job of a run that reworks documents."""
    parts = _parts(run.asked)

    def work(item: NightItem, pace: Pace) -> None:
        del pace  # a document takes a moment: it waits before the next one only
        _work(services, run, parts, item)

    return Job(run, extend_by_query(services, None), work, services.settings.jobs + 1)


def foresee(
    services: Services,
    query: Query,
    agency: str | None,
    asked: Mapping[str, Any],
    progress: Callable[[int, int], None],
) -> Counter[str]:
    """The numbers of documents by result that a run would give; nothing is changed. Raises StoreError."""
    found: Counter[str] = Counter()
    with services.catalog.reading() as connection:
        last = last_document(connection)
    cursor = 0
    while cursor < last:
        with services.catalog.reading() as connection:
            chosen, cursor = next_portion(connection, query, agency, None, cursor, last)
        for document in chosen:
            with services.catalog.reading() as connection:
                placed = placed_document(connection, document.id)
            if placed is not None:
                found[_foreseen(services, placed, asked)] += 1
            progress(found.total(), found.total())
    return found


def _foreseen(services: Services, placed: PlacedDocument, asked: Mapping[str, Any]) -> str:
    parts = _parts(asked)
    if INDEX in parts or (PDF in parts and _is_due(placed, asked)):
        return RENEWED
    if PROFILES not in parts:
        return SAME
    words = _words(services, placed)
    return RENEWED if _entry_by_now(services, placed, words) != entry_of(placed.document) else SAME


def _parts(asked: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(asked.get("parts", PARTS))


def _work(services: Services, run: NightRun, parts: frozenset[str], item: NightItem) -> None:
    begun = monotonic()

    def prepare(placed: PlacedDocument) -> Enter | None:
        change = _make(services, run, parts, placed)
        if change.after == change.before and change.version is None and INDEX not in parts:
            newest = placed.document.versions[-1].version
            done(services, item, result=SAME, version_before=newest, seconds=_since(begun))
            return None
        entry = log_entry(run, WORKED_ON_AGAIN, placed, change)
        renew = INDEX in parts
        return lambda: enter_change(
            services,
            item,
            placed,
            change,
            entry,
            renew_texts=renew,
            result=RENEWED,
            seconds=_since(begun),
        )

    work_on_document(services, item, RENEWED, prepare)


def _since(begun: float) -> float:
    return round(monotonic() - begun, 3)


def _make(services: Services, run: NightRun, parts: frozenset[str], placed: PlacedDocument) -> DocumentChange:
    """The change of a document; a new PDF is stored. Raises InputError, StoreError."""
    words, before = _words(services, placed), entry_of(placed.document)
    after = _entry_by_now(services, placed, words) if PROFILES in parts else before
    anew = PDF in parts and _is_due(placed, run.asked)
    version = _written_anew(services, run, placed, after, words) if anew else None
    return DocumentChange(before, after, words, version)


def _words(services: Services, placed: PlacedDocument) -> Sequence[PageWords]:
    stored = placed.document.versions[-1].words
    return decode_words(services.store.get(stored.key, stored.version_id))


def _entry_by_now(services: Services, placed: PlacedDocument, words: Sequence[PageWords]) -> Entry:
    """Type, rows and values as the present profiles give them, but for what people set."""
    with services.catalog.reading() as connection:
        log = services.catalog.log_entries(document_subject(placed.number, placed.document.no), connection)
    return entry_after(
        placed.document,
        [as_reading(page) for page in words],
        profiles=services.profiles,
        classify=services.settings.classify,
        procedure=placed.procedure,
        kept_names=names_set(placed.document, log),
        other_profiles=True,
    )


def _is_due(placed: PlacedDocument, asked: Mapping[str, Any]) -> bool:
    """Whether a PDF is to be written anew: an older release wrote it, or with another PDF/A level, or all
    PDFs are wanted. Never for one that was kept as it came, as all signed files are.
    """
    made_by = placed.document.versions[-1].made_by
    other_kind = made_by.get("conformance", "") not in ("", CONFORMANCE)
    older = made_by.get("writer", "1") != str(WRITER)
    return made_by.get("source") == WRITTEN and (other_kind or older or bool(asked.get("every")))


def _written_anew(
    services: Services, run: NightRun, placed: PlacedDocument, entry: Entry, words: Sequence[PageWords]
) -> DocumentVersion:
    """Store the document's PDF, written anew of the same images and words. Raises InputError, StoreError."""
    document, settings = placed.document, services.settings.pdf
    old, types = document.versions[-1], services.profiles.types
    name = types[entry.type].name if entry.type in types else placed.number
    metadata = PdfMetadata(
        title=entry.title or name,
        created=document.versions[0].created_at,
        dossier_number=placed.number,
        procedure_code=placed.procedure,
        document_type=entry.type,
        converter=settings.converter,
        agency=settings.agency,
        program=PROGRAM,
        engine=old.made_by.get("engine", ""),
    )
    before = services.store.get(old.pdf.key, old.pdf.version_id)
    order = [SourcePage(0, no) for no in range(1, len(words) + 1)]
    task = services.children.rearrange([before], order, [printed(page) for page in words], metadata)
    made = outcome(task, "the document")
    if isinstance(made, InputError):
        raise made
    kept = {name: value for name, value in old.made_by.items() if name not in ("writer", UNDONE_BY)}
    made_by = {
        **kept,
        "program": PROGRAM,
        "conformance": made.conformance or "",
        **writer_mark(),
        "run": run.id,
    }
    place = StoredPlace(placed.number, document.no, document.type, old.version + 1)
    return store_version(services.store, services.catalog, place, old, words, made.data, made_by)
