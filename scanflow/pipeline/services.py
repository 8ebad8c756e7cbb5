"""What the pipeline works with: settings, store, catalog, profiles and child processes, opened together."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.objects import ObjectStore, open_store
from scanflow.classify.profiles import Profiles, load_profiles, root_code
from scanflow.errors import UsageError
from scanflow.pipeline.pool import Workers
from scanflow.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """The effects at the line's end, and the workers in its middle."""

    settings: Settings
    store: ObjectStore
    catalog: Catalog
    profiles: Profiles
    workers: Workers


@contextmanager
def open_services(settings: Settings) -> Iterator[Services]:
    """Open everything, or raise the error of what cannot be opened; close it at the end."""
    store = open_store(settings)
    store.check()
    profiles = load_profiles(settings.classify.profiles)
    with open_catalog(settings) as catalog, Workers(settings) as workers:
        yield Services(settings, store, catalog, profiles, workers)


def known_procedure(services: Services, code: str | None) -> str | None:
    """The root code of a procedure that a person named. Raises UsageError if there is no profile of it."""
    if code is None:
        return None
    root = root_code(code)
    if root not in services.profiles.procedures:
        known = ", ".join(sorted(services.profiles.procedures))
        raise UsageError(
            f"no profile of procedure {code}; known are {known}",
            f"Chưa có cấu hình cho thủ tục {code}. Hãy kiểm tra lại mã TTHC.",
        )
    return root
