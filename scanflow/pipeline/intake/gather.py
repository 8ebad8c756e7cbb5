"""The batches that paths stand for: named files are one batch, each folder and each subfolder another."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from scanflow.capture.inbox import natural_key
from scanflow.errors import UsageError
from scanflow.text.dossier_numbers import normalise_dossier_number


@dataclass(frozen=True, slots=True)
class Group:
    """Files that belong together; `hint` is their folder's name, which may be a dossier number."""

    hint: str
    files: tuple[Path, ...]


def gather(paths: Sequence[Path]) -> list[Group]:
    """The groups of files that the paths stand for. Raises UsageError for a path that is not there."""
    for path in paths:
        if not _is_there(path):
            raise UsageError(f"{path}: no such file or folder", f"Không có tệp hay thư mục {path.name}.")
    named = tuple(path for path in paths if not path.is_dir())
    groups = [Group("", named)] if named else []
    for path in paths:
        if path.is_dir():
            groups.extend(_groups_below(path))
    return groups


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that no file system takes
        return False


def _refuse(error: OSError) -> NoReturn:
    """Raise for a folder that can't be read: otherwise its pages would be missing unnoticed."""
    raise UsageError(
        f"{error.filename}: {error.strerror}", "Không mở được một thư mục con. Hãy kiểm tra quyền truy cập."
    ) from error


def _groups_below(root: Path) -> Iterator[Group]:
    """A folder's own files, then each subfolder's; hidden names and links are left out. Raises UsageError
    for a folder that can't be read.
    """
    for name, folders, files in os.walk(root, onerror=_refuse):
        folder = Path(name)
        folders[:] = sorted(
            (f for f in folders if not f.startswith(".") and not (folder / f).is_symlink()),
            key=lambda f: natural_key(folder / f),
        )
        chosen = [folder / f for f in files if not f.startswith(".") and _is_regular(folder / f)]
        if chosen:
            yield Group(folder.resolve().name, tuple(sorted(chosen, key=natural_key)))


def _is_regular(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def number_from_hint(hint: str, grammars: Sequence[str]) -> str | None:
    """The dossier number that a folder's name is, or None: a folder may be called anything."""
    try:
        return normalise_dossier_number(hint, grammars)
    except UsageError:
        return None
