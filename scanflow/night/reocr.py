"""`scanflow reocr` on the archive: each item is a document, which gets a new version if that is better."""

from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from time import monotonic
from typing import Any

from scanflow import PROGRAM
from scanflow.archive.documents.documents_again import PlacedDocument
from scanflow.archive.logbook import TEXT_READ_AGAIN, document_subject
from scanflow.errors import InputError
from scanflow.ledger.nightly.night_items import NightItem
from scanflow.ledger.nightly.night_runs import NightRun
from scanflow.model import DocumentVersion
from scanflow.night.readings.people import CORRECTED
from scanflow.night.readings.score import STRONG
from scanflow.night.rereading import DocumentAgain, read_again
from scanflow.night.runs.document_item import UNDONE_BY, Enter, done, work_on_document
from scanflow.night.runs.entering import DocumentChange, enter_change, log_entry
from scanflow.night.runs.entry import entry_after, entry_of, names_set
from scanflow.night.runs.extending import extend_by_query
from scanflow.night.runs.joining import is_overtaken, join_reading
from scanflow.night.runs.pace import Pace
from scanflow.night.runs.running import Job
from scanflow.pipeline.filing.next_version import StoredPlace, printed, store_version
from scanflow.pipeline.filing.writing import WRITTEN
from scanflow.pipeline.sandbox.pool import outcome
from scanflow.pipeline.services import Services
from scanflow.recognition.reader import Reader
from scanflow.settings import Settings

BETTER = "better"
"""The new reading was better: there is a new version."""
SAME = "same"
"""Both readings are equally good: nothing was filed."""
KEPT = "kept"
"""The new reading was not better: the text stays as it was."""
UNDONE = "undone"
"""There was a new version, and its text was taken back."""

READER, CHECKED_SHARE = "reader", "checked_share"
"""Where a run's `asked` has the settings of its reader, and the share of strong disagreements for the
queue.
"""
_CHECKED = 0.1


def reading_settings(settings: Settings, asked: Mapping[str, Any]) -> Settings:
    """The settings for a run: those of the machine, with the reader's settings of the run."""
    stated = asked.get(READER) or {}
    changes = {name: tuple(value) if isinstance(value, list) else value for name, value in stated.items()}
    return settings.model_copy(update={"ocr": settings.ocr.model_copy(update=changes)})


def reocr_job(services: Services, run: NightRun, reader: Reader) -> Job:
    """The job of a run that reads documents again. `services` have the settings of the run's reader."""

    def work(item: NightItem, pace: Pace) -> None:
        _work(services, run, reader, item, pace)

    # One more than children, so that these have something to do while a document is written.
    return Job(
        run,
        extend_by_query(services, reader),
        work,
        services.settings.jobs + 1,
        join=partial(join_reading, services.catalog, run.id, reader),
        overtaken=partial(is_overtaken, reader=reader),
    )


def _work(services: Services, run: NightRun, reader: Reader, item: NightItem, pace: Pace) -> None:
    begun, waited = monotonic(), pace.waited

    def prepare(placed: PlacedDocument) -> Enter | None:
        again = read_again(services, placed, pace)
        values = {
            "score": {**_score(again), "by": str(reader)},
            "read_seconds": round(again.read_seconds, 3),
            "seconds": round(max(0.0, monotonic() - begun - (pace.waited - waited)), 3),
            "to_check": _is_to_be_checked(run, item, again),
        }
        if not again.is_better:
            newest = placed.document.versions[-1].version
            result = KEPT if again.comparison.is_worse else SAME
            done(services, item, result=result, version_before=newest, **values)
            return None
        return partial(_file, services, run, reader, item, placed, again, values)

    work_on_document(services, item, BETTER, prepare)


def _score(again: DocumentAgain) -> dict[str, Any]:
    whole = again.comparison
    return {
        "old": whole.old,
        "new": whole.new,
        "gain": round(again.gain, 2),
        "difference": round(whole.gain, 2),
        "disagreement": round(whole.disagreement, 4),
        "pages": sum(page.reading is not None for page in again.pages),
        "pages_taken": sum(page.taken for page in again.pages),
    }


def _is_to_be_checked(run: NightRun, item: NightItem, again: DocumentAgain) -> bool:
    """Whether two readings disagree much, and this document is in the share that a person checks.

    Documents are selected by a hash of their names, so that the same document always gives the same answer.
    """
    if again.comparison.disagreement < STRONG:
        return False
    share = float(run.asked.get(CHECKED_SHARE, _CHECKED))
    drawn = int.from_bytes(sha256(f"{run.id} {item.subject}".encode()).digest()[:4], "big") / 2**32
    return drawn < share


def _file(  # noqa: PLR0913, PLR0917 - what is filed, for whom, and what is noted of it
    services: Services,
    run: NightRun,
    reader: Reader,
    item: NightItem,
    placed: PlacedDocument,
    again: DocumentAgain,
    values: Mapping[str, Any],
) -> None:
    """File the new version, and renew type, rows and values. Raises OutdatedError."""
    profiles = services.profiles
    with services.catalog.reading() as connection:
        log = services.catalog.log_entries(document_subject(placed.number, placed.document.no), connection)
    before = entry_of(placed.document)
    after = entry_after(
        placed.document,
        again.readings(),
        profiles=profiles,
        classify=services.settings.classify,
        procedure=placed.procedure,
        kept_names=names_set(placed.document, log),
    )
    version = _store(services, placed, again, _made_by(run, reader, placed, again))
    change = DocumentChange(before, after, again.words, version)
    gain = {"gain": f"{again.gain:.1f}"}  # a text: databases spell numbers differently
    entry = log_entry(run, TEXT_READ_AGAIN, placed, change, gain)
    enter_change(services, item, placed, change, entry, result=BETTER, **values)


def _store(
    services: Services, placed: PlacedDocument, again: DocumentAgain, made_by: Mapping[str, str]
) -> DocumentVersion:
    """Store the objects of the new version. Raises InputError, StoreError."""
    old, words = placed.document.versions[-1], again.words
    data = None
    if old.made_by.get("source") == WRITTEN:
        task = services.children.renew_text(again.file, [printed(page) for page in words], again.places)
        made = outcome(task, "the document")
        if isinstance(made, InputError):
            raise made
        data = made
    place = StoredPlace(placed.number, placed.document.no, placed.document.type, old.version + 1)
    return store_version(services.store, services.catalog, place, old, words, data, made_by)


def _made_by(run: NightRun, reader: Reader, placed: PlacedDocument, again: DocumentAgain) -> dict[str, str]:
    old = placed.document.versions[-1].made_by
    engines = ", ".join(sorted({page.engine for page in again.words if page.engine}))
    kept = {name: value for name, value in old.items() if name not in (CORRECTED, UNDONE_BY, "by")}
    return {**kept, "program": PROGRAM, "engine": engines, "steps": reader.steps, "run": run.id}
