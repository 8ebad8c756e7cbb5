"""Lists the files of a folder, and the name of each in the target."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scanflow.capture.files.formats import sniff
from scanflow.capture.inbox import natural_key

_PDF = frozenset((".pdf",))
_IMAGES = frozenset((".tif", ".tiff", ".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"))
_MADE_BY_SYSTEMS = frozenset(("thumbs.db", "desktop.ini"))
_HEAD = 4096

Kind = Literal["pdf", "image", "other"]


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file: `name` is its path below the folder, `size` in bytes, `modified` in nanoseconds."""

    name: str
    size: int
    modified: int
    kind: Kind

    @property
    def target(self) -> str:
        """Its path below the target: the same name; that of an image with `.pdf` behind it."""
        return f"{self.name}.pdf" if self.kind == "image" else self.name


@dataclass(frozen=True, slots=True)
class Unlooked:
    """Something that could not be read or is no file: a folder without read permission, a link."""

    name: str
    reason: str


def look_through(folder: Path, without: Path) -> Iterator[FoundFile | Unlooked]:
    """All files below a folder, in natural order; without hidden ones and what lies in `without`.

    Links are not followed. A folder that can't be read stops nothing: it is reported as `Unlooked`.
    """
    failed: list[OSError] = []
    excluded = without.resolve()
    for place, folders, files in os.walk(folder, onerror=failed.append):
        here = Path(place)
        yield from (_unlooked(folder, error) for error in failed)
        failed.clear()
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(
            (
                name
                for name in folders
                if name not in links and not _is_hidden(name) and (here / name).resolve() != excluded
            ),
            key=lambda name: natural_key(here / name),
        )
        for name in sorted((*links, *files), key=lambda name: natural_key(here / name)):
            if not _is_hidden(name):
                yield _looked_at(folder, here / name)
    yield from (_unlooked(folder, error) for error in failed)


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in _MADE_BY_SYSTEMS


def _unlooked(folder: Path, error: OSError) -> Unlooked:
    return Unlooked(os.path.relpath(os.fsdecode(error.filename), folder), error.strerror or "it failed")


def _looked_at(folder: Path, path: Path) -> FoundFile | Unlooked:
    name = str(path.relative_to(folder))
    if path.is_symlink():
        return Unlooked(name, "a link, which is not followed")
    if not path.is_file():
        return Unlooked(name, "no regular file")
    try:
        state = path.stat()
        kind = _kind(path)
    except OSError as error:
        return Unlooked(name, error.strerror or "it failed")
    return FoundFile(name, state.st_size, state.st_mtime_ns, kind)


def _kind(path: Path) -> Kind:
    """The kind by the name's suffix; without a suffix by the file's first bytes. Raises OSError."""
    suffix = path.suffix.lower()
    if suffix in _PDF:
        return "pdf"
    if suffix in _IMAGES:
        return "image"
    if suffix:
        return "other"
    with path.open("rb") as file:
        found = sniff(file.read(_HEAD))
    if found in (None, "docx"):  # a document of a word processor has its text already
        return "other"
    return "pdf" if found == "pdf" else "image"
