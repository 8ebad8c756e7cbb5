"""Following inboxes: groups of files are taken, their sources released, and the batch goes down the line."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import structlog

from scanflow.capture.inbox import Inbox, InboxGroup, open_regular, release, watch
from scanflow.errors import ScanflowError
from scanflow.pipeline.gather import number_from_hint
from scanflow.pipeline.intake import Taken, take
from scanflow.pipeline.jobs import Submitter
from scanflow.pipeline.ledger import Intake
from scanflow.pipeline.services import Services

log = structlog.get_logger(__name__)

ORIGIN = "inbox"


def watch_inboxes(services: Services, submitter: Submitter, stop: threading.Event) -> None:
    """Take what comes and hand it in, until `stop` is set."""
    for inbox, group in watch(services.settings.inbox.folders, services.settings.inbox, stop):
        _take_group(services, submitter, inbox, group)


def empty_inboxes(services: Services, submitter: Submitter) -> Iterator[str]:
    """Take what lies in the inboxes now, waiting only until files have stood still; gives the batches."""
    settings = services.settings.inbox
    for inbox in [Inbox(root, settings) for root in settings.folders]:
        groups = inbox.poll()
        while groups or inbox.waiting:
            for group in groups:
                yield from _take_group(services, submitter, inbox, group)
            time.sleep(min(max(settings.settle, settings.batch_gap) / 4, 0.5))
            groups = inbox.poll()


def _take_group(services: Services, submitter: Submitter, inbox: Inbox, group: InboxGroup) -> tuple[str, ...]:
    """Take a group, release its sources, hand its batches in. What can't be taken now is offered again."""
    try:
        taken = _take(services, inbox, group)
        release(inbox, taken.released, services.settings.inbox)
        release(inbox, taken.refused, services.settings.inbox, "quarantine")
    except (ScanflowError, OSError) as error:
        # A file that changed or went away, the store or the database away: nothing more was promised.
        log.warning("not-taken", files=len(group.files), reason=str(error))
        inbox.put_back(group.files)
        return ()
    for batch_id in taken.batches:
        with suppress(ScanflowError):  # whoever works sweeps up what could not be handed in
            submitter.submit(batch_id)
    return taken.batches


def _take(services: Services, inbox: Inbox, group: InboxGroup) -> Taken:
    limit = services.settings.limits.file_bytes

    def read(path: Path) -> bytes:
        return open_regular(path, inbox.root, limit)

    number = number_from_hint(Path(group.hint).name, services.settings.codes.dossier_grammars)
    return take(services, group.files, read, Intake(origin=ORIGIN, clerk_number=number))
