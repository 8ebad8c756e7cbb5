"""Watching inboxes: groups of files are taken, their sources released, and their batches enqueued."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from scanflow.archive.people.agencies import known_agency
from scanflow.backoff import Backoff
from scanflow.capture.inbox import Inbox, InboxGroup, watch
from scanflow.capture.inbox_files import open_regular, release
from scanflow.errors import (
    CatalogError,
    CatalogUnavailableError,
    NotFoundError,
    ScanflowError,
    SettingsError,
    StoreError,
    StoreUnavailableError,
)
from scanflow.ledger.batches import Intake
from scanflow.logs import get_logger
from scanflow.membership import DEFAULT_AGENCY
from scanflow.pipeline.intake.gather import number_from_hint
from scanflow.pipeline.intake.take import Taken, take
from scanflow.pipeline.queue.jobs import Submitter
from scanflow.pipeline.services import Services
from scanflow.settings import InboxSettings

log = get_logger(__name__)

ORIGIN = "inbox"


def watch_inboxes(services: Services, submitter: Submitter, stop: threading.Event) -> None:
    """Take files that arrive and enqueue their batches, until `stop` is set. Raises SettingsError."""
    require_agencies(services)
    taker = _Taker(services, submitter, stop)
    for inbox, group in watch(services.settings.inbox.folders, services.settings.inbox, stop):
        taker.take(inbox, group)


def empty_inboxes(services: Services, submitter: Submitter, stop: threading.Event) -> Iterator[str]:
    """Take what is in the inboxes now, waiting only until files no longer change; gives the batches."""
    require_agencies(services)
    settings = services.settings.inbox
    taker = _Taker(services, submitter, stop)
    for inbox in [Inbox(root, settings) for root in settings.folders]:
        groups = inbox.poll()
        while (groups or inbox.waiting) and not stop.is_set():
            for group in groups:
                yield from taker.take(inbox, group)
            stop.wait(min(max(settings.settle, settings.batch_gap) / 4, 0.5))
            groups = inbox.poll()


class _Taker:
    """Takes groups. While store or database can't be reached it waits, because no other could be taken."""

    def __init__(self, services: Services, submitter: Submitter, stop: threading.Event) -> None:
        self._services = services
        self._submitter = submitter
        self._stop = stop
        self._backoff = Backoff(services.settings.work.backoff)

    def take(self, inbox: Inbox, group: InboxGroup) -> tuple[str, ...]:
        """Take a group, release its sources, enqueue its batches. What can't be taken is offered again.

        Returns whatever the file is: no file may stop the watching of the others.
        """
        settings = self._services.settings.inbox
        try:
            taken = _take(self._services, inbox, group)
        except (ScanflowError, OSError) as error:
            # A file that changed or went away, the store or the database away: nothing more was promised.
            log.warning("not-taken", files=len(group.files), reason=_reason(error))
            inbox.put_back(group.files)
            if isinstance(error, StoreUnavailableError | CatalogUnavailableError):
                self._backoff.wait(self._stop)
            return ()
        except Exception:
            log.exception("not-taken-unforeseen", files=len(group.files))
            return self._take_singly(inbox, group)
        self._backoff.reset()
        refused = release(inbox, taken.released, settings) + release(
            inbox, taken.refused, settings, "quarantine"
        )
        if refused:
            # They are safe in the archive; offered again, they are known and only released.
            log.warning("not-released", files=len(refused), reason=_reason(refused[0]))
            inbox.put_back(group.files)
        for batch_id in taken.batches:
            with suppress(ScanflowError):  # a worker's sweep enqueues what could not be
                self._submitter.submit(batch_id)
        return taken.batches

    def _take_singly(self, inbox: Inbox, group: InboxGroup) -> tuple[str, ...]:
        """After an unexpected failure: each file by itself; what fails alone goes to quarantine."""
        if len(group.files) == 1:
            release(inbox, group.files, self._services.settings.inbox, "quarantine")
            log.error("moved-to-quarantine", inbox=str(inbox.root))
            return ()
        single = (replace(group, files=(path,)) for path in group.files)
        return tuple(batch_id for alone in single for batch_id in self.take(inbox, alone))


def _reason(error: ScanflowError | OSError) -> str:
    """Without a file's name, which may be a person's."""
    if isinstance(error, StoreError | CatalogError):
        return error.message
    return error.code if isinstance(error, ScanflowError) else error.strerror or type(error).__name__


def _take(services: Services, inbox: Inbox, group: InboxGroup) -> Taken:
    limit = services.settings.limits.file_bytes

    def read(path: Path) -> bytes:
        return open_regular(path, inbox.root, limit)

    number = number_from_hint(Path(group.hint).name, services.settings.codes.dossier_grammars)
    agency = agency_of_inbox(services.settings.inbox, inbox.root)
    return take(services, group.files, read, Intake(origin=ORIGIN, clerk_number=number, agency=agency))


def agency_of_inbox(settings: InboxSettings, root: Path) -> str:
    """The agency of an inbox, by the settings."""
    named = {folder.resolve(): agency for folder, agency in settings.agencies.items()}
    return named.get(root.resolve(), DEFAULT_AGENCY)


def require_agencies(services: Services) -> None:
    """Go on only if every agency that inboxes are said to be of is there. Raises SettingsError."""
    for agency in services.settings.inbox.agencies.values():
        try:
            known_agency(services.catalog, agency)
        except NotFoundError as error:
            raise SettingsError(f"[inbox] agencies: {error.message}") from None
