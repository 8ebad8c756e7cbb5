"""Following inboxes: groups of files are taken, their sources released, and the batch goes down the line."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import structlog

from scanflow.capture.inbox import Inbox, InboxGroup, open_regular, release, watch
from scanflow.errors import ScanflowError
from scanflow.pipeline import ledger
from scanflow.pipeline.gather import number_from_hint
from scanflow.pipeline.intake import Taken, take
from scanflow.pipeline.ledger import Intake
from scanflow.pipeline.line import process_batch
from scanflow.pipeline.report import Outcome
from scanflow.pipeline.services import Services

log = structlog.get_logger(__name__)

ORIGIN = "inbox"


def watch_inboxes(services: Services, stop: threading.Event) -> Iterator[Outcome]:
    """Work until `stop` is set; what a killed run left half-way is finished first."""
    yield from resume(services)
    for inbox, group in watch(services.settings.inbox.folders, services.settings.inbox, stop):
        yield from _take_group(services, inbox, group)


def empty_inboxes(services: Services) -> Iterator[Outcome]:
    """Work off what lies in the inboxes now, waiting only until files have stood still."""
    yield from resume(services)
    settings = services.settings.inbox
    for inbox in [Inbox(root, settings) for root in settings.folders]:
        groups = inbox.poll()
        while groups or inbox.waiting:
            for group in groups:
                yield from _take_group(services, inbox, group)
            time.sleep(min(max(settings.settle, settings.batch_gap) / 4, 0.5))
            groups = inbox.poll()


def resume(services: Services) -> Iterator[Outcome]:
    """Finish the batches whose work stopped half-way."""
    with services.catalog.reading() as connection:
        batch_ids = ledger.unfinished(connection)
    for batch_id in batch_ids:
        log.info("resume", batch=batch_id)
        yield process_batch(services, batch_id)


def _take_group(services: Services, inbox: Inbox, group: InboxGroup) -> Iterator[Outcome]:
    """Take a group, release its sources, work on it. What cannot be taken now is offered again later."""
    try:
        taken = _take(services, inbox, group)
    except (ScanflowError, OSError) as error:
        # A file that changed or went away, the store or the database away: nothing was promised yet.
        log.warning("not-taken", files=len(group.files), reason=str(error))
        inbox.put_back(group.files)
        return
    release(inbox, taken.released, services.settings.inbox)
    release(inbox, taken.refused, services.settings.inbox, "quarantine")
    for batch_id in taken.batches:
        yield process_batch(services, batch_id)


def _take(services: Services, inbox: Inbox, group: InboxGroup) -> Taken:
    limit = services.settings.limits.file_bytes

    def read(path: Path) -> bytes:
        return open_regular(path, inbox.root, limit)

    number = number_from_hint(Path(group.hint).name, services.settings.codes.dossier_grammars)
    return take(services, group.files, read, Intake(origin=ORIGIN, clerk_number=number))
