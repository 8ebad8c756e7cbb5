"""A site's profiles: the folders in its settings, with the index of procedures in its home."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scanflow.classify.profile_files import layers_of, load_profiles
from scanflow.classify.profiles import Procedure, Profiles
from scanflow.settings import ClassifySettings

if TYPE_CHECKING:
    from scanflow.classify.procedures.index import OpenIndex, ProcedureIndex


def profiles_of(settings: ClassifySettings, home: Path) -> Profiles:
    """The profiles that the settings name, and those that were imported into `home`. Raises SettingsError."""
    return load_profiles(layers_of(settings, home), index_in(home))


def index_in(home: Path) -> "OpenIndex":
    """Opens indexes that are kept in `home`; in a temporary folder where `home` can't be written to."""

    def opened(name: str, compiled: Callable[[], Iterable[Sequence[Procedure]]]) -> "ProcedureIndex":
        # Here, because a site without imported lists needs none of it.
        from scanflow.archive.procedure_index import open_procedures  # noqa: PLC0415

        return open_procedures(home / "cache" / "profiles", name, compiled)

    return opened
