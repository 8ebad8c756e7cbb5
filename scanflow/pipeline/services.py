"""What the pipeline works with: settings, store, catalog, profiles and child processes, opened together."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from scanflow.archive.catalog import Catalog
from scanflow.archive.identity import open_archive
from scanflow.archive.store.base import ObjectStore
from scanflow.backoff import Backoff
from scanflow.classify.profiles import Profiles, root_code
from scanflow.errors import CatalogUnavailableError, StoreUnavailableError, UsageError
from scanflow.logs import get_logger
from scanflow.pipeline.log_anchoring import anchoring
from scanflow.pipeline.profiles_in_use import ProfilesInUse
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.settings import Settings

log = get_logger(__name__)

# So many codes fit into a message.
_FEW = 30


@dataclass(frozen=True, slots=True)
class Services:
    """What every step may use: settings, store, catalog, profiles, and the child processes."""

    settings: Settings
    store: ObjectStore
    catalog: Catalog
    newest_profiles: Callable[[], Profiles]
    children: ChildProcesses

    @property
    def profiles(self) -> Profiles:
        """The profiles as they are now; another call may give newer ones."""
        return self.newest_profiles()

    def with_fixed_profiles(self) -> "Services":
        """The same with the profiles as they are now, for work that reads them more than once."""
        profiles = self.profiles
        return replace(self, newest_profiles=lambda: profiles)


@contextmanager
def open_services(settings: Settings) -> Iterator[Services]:
    """Open everything, or raise the error of what cannot be opened; close it at the end."""
    profiles = ProfilesInUse(settings)
    with (
        open_archive(settings) as archive,
        anchoring(settings, archive.store, archive.catalog),
        ChildProcesses(settings) as children,
    ):
        yield Services(settings, archive.store, archive.catalog, profiles, children)


@contextmanager
def open_when_there(settings: Settings, stop: threading.Event) -> Iterator[Services | None]:
    """The same for programs that run unattended: while store or database can't be reached, log it and wait.

    Gives None where `stop` is set meanwhile. Errors that waiting can't solve are raised.
    """
    with ExitStack() as opened:
        backoff = Backoff(settings.work.backoff)
        services: Services | None = None
        while services is None and not stop.is_set():
            try:
                services = opened.enter_context(open_services(settings))
            except (StoreUnavailableError, CatalogUnavailableError) as error:
                log.warning("waiting", reason=error.message)
                backoff.wait(stop)
        yield services


def known_procedure(services: Services, code: str | None) -> str | None:
    """The root code of a procedure that a person named. Raises UsageError if there is no profile of it."""
    return procedure_in(services.profiles, code)


def procedure_in(profiles: Profiles, code: str | None) -> str | None:
    """The same, where no services are open."""
    if code is None:
        return None
    root = root_code(code)
    if root not in profiles.procedures:
        known = (
            f"known are {', '.join(sorted(profiles.procedures))}"
            if len(profiles.procedures) <= _FEW
            else f"{len(profiles.procedures)} are known: scanflow procedures search WORDS"
        )
        raise UsageError(
            f"no profile of procedure {code}; {known}",
            f"Chưa có cấu hình cho thủ tục {code}. Hãy kiểm tra lại mã TTHC.",
        )
    return root
