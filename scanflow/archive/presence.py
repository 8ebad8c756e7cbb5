"""Checks whether there is an archive at the place in the settings, without opening anything."""

from pathlib import Path

from scanflow.disk import make_home
from scanflow.errors import NotFoundError
from scanflow.settings import Settings

_SQLITE = "sqlite:///"


def require_archive(settings: Settings) -> None:
    """Raise NotFoundError unless the embedded catalog exists.

    For commands that read or change an archive: they must not make an empty one where the home is mistyped. A
    catalog on a server is checked when it is opened.
    """
    path = _catalog_file(settings)
    if path is None or path.is_file():
        return
    raise NotFoundError(
        f"no archive at {path.parent}: there is no {path.name}. Is --home or SCANFLOW_HOME right? `scanflow "
        "init`, or the first `scanflow ingest`, makes an archive; where the catalog was lost, restore its "
        "backup or run `scanflow rebuild`",
        f"Không có kho lưu trữ ở {path.parent}. Hãy kiểm tra --home hoặc SCANFLOW_HOME.",
    )


def require_objects(settings: Settings) -> None:
    """Raise NotFoundError unless there are objects to rebuild a catalog from.

    This checks a folder only; a bucket on a server is checked when it is opened.
    """
    folder = settings.store.folder or settings.home / "objects"
    if settings.store.kind != "folder" or folder.is_dir():
        return
    raise NotFoundError(
        f"no objects at {folder}: there is nothing to make a catalog from. Is --home or SCANFLOW_HOME right?",
        f"Không có kho tài liệu ở {folder}. Hãy kiểm tra --home hoặc SCANFLOW_HOME.",
    )


def prepare_home(settings: Settings) -> None:
    """Make the home folder if store or catalog are in it. Raises SettingsError if it can't be written to.

    This comes before anything is opened: the program waits for an unavailable store, but not for a wrong
    home.
    """
    if settings.catalog.url is None or (settings.store.kind == "folder" and not settings.store.folder):
        make_home(settings.home)


def _catalog_file(settings: Settings) -> Path | None:
    """The file of the embedded catalog; None where a server has it."""
    if settings.catalog.url is None:
        return settings.home / "catalog.db"
    url = settings.catalog.url.get_secret_value()
    path = url.removeprefix(_SQLITE).partition("?")[0]
    return Path(path) if url.startswith(_SQLITE) and path not in ("", ":memory:") else None
