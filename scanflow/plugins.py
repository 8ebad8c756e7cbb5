"""Engines, object stores and scanner adapters from other installed packages.

A package offers one by an entry point: `[project.entry-points."scanflow.stores"]` in its pyproject.toml, with
the name for scanflow.toml and a function that opens it. A package can't replace a
built-in name.
"""

from collections.abc import Mapping
from typing import TypeVar

from scanflow.errors import MissingToolError, SettingsError

ENGINES = "scanflow.engines"
STORES = "scanflow.stores"
SCANNERS = "scanflow.scanners"

Opener = TypeVar("Opener")


def known_names(group: str, ours: Mapping[str, Opener]) -> list[str]:
    """The names that can be chosen: ours, then those of installed packages in alphabetical order."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - most programs don't need it

    return [*ours, *sorted({point.name for point in entry_points(group=group)} - set(ours))]


def require_known(group: str, ours: Mapping[str, Opener], name: str, setting: str, what_vi: str) -> None:
    """Raise SettingsError that lists the known names where `setting` names another; nothing is loaded.

    `setting` is its place (`[store] kind`), `what_vi` says in Vietnamese what is named there.
    """
    if name not in ours and name not in (known := known_names(group, ours)):
        raise SettingsError(
            f"{setting}: no {name!r}; there are {', '.join(known)}",
            f"Không có {what_vi} «{name}». Hãy báo cho người quản trị hệ thống.",
        )


def find_opener(group: str, ours: Mapping[str, Opener], name: str, setting: str, what_vi: str) -> Opener:
    """The function that opens what `setting` names.

    Raises SettingsError as `require_known`, and MissingToolError where the package that offers it cannot be
    imported.
    """
    if name in ours:
        return ours[name]
    require_known(group, ours, name, setting, what_vi)
    from importlib.metadata import entry_points  # noqa: PLC0415 - as above

    (point, *_) = entry_points(group=group, name=name)
    try:
        opener: Opener = point.load()
    except (ImportError, AttributeError) as error:
        package = point.dist.name if point.dist else point.module
        raise MissingToolError(
            f"{setting}: {name!r} of the package {package} can't be loaded: {error}"
        ) from error
    return opener
