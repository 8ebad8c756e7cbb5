"""Tests a backup (kiểm tra sao lưu): one dossier is restored into an empty archive and compared.

The empty archive is a temporary folder and SQLite catalog. It gets the objects of one dossier, from a copy of
the store or the store itself; `rebuild` and `restore` make a catalog from them, as after a loss.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.figures.growth import any_dossier
from scanflow.archive.manifest import dossier_content, read_manifest
from scanflow.archive.repair.backup import SUFFIX, kept_tables, read_backup, restore_backup
from scanflow.archive.repair.rebuild import rebuild
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.folder import FolderStore
from scanflow.archive.store.keys import ARCHIVE, dossier_prefix, manifest_number
from scanflow.errors import ScanflowError, StoreError, StoreUnavailableError, UsageError
from scanflow.settings import Settings

_OF_A_PLACE = frozenset(("pages", "pdf_version_id", "words_version_id", "source_version_id"))


@dataclass(frozen=True, slots=True)
class BackupCheck:
    """The result: the backup and its age, the dossier, the numbers of restored objects and rows.

    `problems`: a line for each difference. `dossier` None: there was none at the time of the backup.
    """

    backup: Path
    made_at: datetime
    dossier: str | None
    objects: int
    bytes: int
    rows: Mapping[str, int]
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether everything was restored without a difference."""
        return not self.problems


def newest_backup(folder: Path) -> Path:
    """The newest backup in a folder, by the time in its name. Raises UsageError where there is none."""
    try:
        found = [each for each in folder.iterdir() if each.suffix == SUFFIX and each.is_file()]
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}", f"Không đọc được thư mục {folder}.") from error
    if not found:
        raise UsageError(
            f"{folder}: no backup there: `scanflow backup {folder}` writes one",
            f"Chưa có bản sao lưu nào trong thư mục {folder}.",
        )
    return max(found, key=lambda each: (each.name, each.stat().st_mtime))


def check_backup(
    store: ObjectStore, catalog: Catalog, folder: Path, place: Path, chance: float
) -> BackupCheck:
    """Restore one dossier with the newest backup of `folder` into an empty place below `place`, and compare.

    `store`: the source of the objects, the archive's own store or a copy of it. `chance`, from 0 to 1,
    chooses the dossier. Raises UsageError for a backup that can't be used, StoreUnavailableError.
    """
    path = newest_backup(folder)
    content = read_backup(path)
    made_at = datetime.fromisoformat(content["made_at"])
    with catalog.reading() as connection:
        number = any_dossier(connection, chance, made_at)
    expected = {name: len(rows) for name, rows in content["tables"].items() if rows}
    place.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=place, prefix="restored-") as made:
        empty = FolderStore(Path(made) / "objects")
        empty.check()
        with open_catalog(Settings(home=Path(made))) as restored:
            keys, problems = _copied(store, empty, number)
            rows: dict[str, int] = {}
            try:
                rebuilt = rebuild(empty, restored)
                problems += rebuilt.problems
                rows = restore_backup(restored, path).rows
            except (ScanflowError, OSError) as error:
                problems.append(f"not restored: {error}")
            problems += _lost_rows(expected, rows)
            if number is not None:
                problems += _compared(store, catalog, restored, number)
            size = sum(len(empty.get(key)) for key in keys)
    return BackupCheck(path, made_at, number, len(keys), size, rows, tuple(dict.fromkeys(problems)))


def _copied(store: ObjectStore, empty: ObjectStore, number: str | None) -> tuple[list[str], list[str]]:
    """Copy a dossier's objects into an empty store; gives their keys, and those that are lost or damaged."""
    keys, problems = [], []
    for key in _needed(store, number):
        try:
            empty.put(key, store.get(key), content_type="application/octet-stream")
            keys.append(key)
        except StoreUnavailableError:
            raise
        except StoreError as error:
            problems.append(f"{key}: {error}")
    return keys, problems


def _needed(store: ObjectStore, number: str | None) -> Iterator[str]:
    """The archive's id, and a dossier's objects: those under its number, and what its manifest names."""
    found = {ARCHIVE: None}
    if number is not None:
        found |= dict.fromkeys(store.keys(dossier_prefix(number)))
        found |= dict.fromkeys(_named(_manifest(store, number)))
    yield from found


def _named(manifest: Mapping[str, Any]) -> Iterator[str]:
    for document in manifest.get("documents", ()):
        for version in document["versions"]:
            yield from (version["pdf_key"], version["words_key"])
        for source in document.get("sources", ()):
            yield source["source_key"]


def _manifest(store: ObjectStore, number: str) -> Mapping[str, Any]:
    """A dossier's newest manifest in a store; empty where none can be read."""
    keys = list(store.keys(f"{dossier_prefix(number)}manifest/"))
    for key in sorted(keys, key=lambda key: manifest_number(key) or 0, reverse=True):
        try:
            return read_manifest(store.get(key))
        except StoreUnavailableError:
            raise
        except StoreError:
            continue
    return {}


def _lost_rows(expected: Mapping[str, int], rows: Mapping[str, int]) -> list[str]:
    """Tables of the backup with rows that were not restored; rows of batches don't count."""
    of_batches = {table.name for table in kept_tables() if "batch_id" in table.c}
    return [
        f"{name}: {rows.get(name, 0)} of {count} rows came back"
        for name, count in expected.items()
        if rows.get(name, 0) < count and name not in of_batches
    ]


def _compared(store: ObjectStore, catalog: Catalog, restored: Catalog, number: str) -> list[str]:
    """Differences about a dossier between restored catalog and manifest, and between manifest and catalog."""
    try:
        with restored.reading() as connection:
            here = _documents(dossier_content(restored, connection, number))
    except ScanflowError:
        return [f"dossier {number}: not restored"]
    written = _documents(_manifest(store, number))
    with catalog.reading() as connection:
        wanted = _documents(dossier_content(catalog, connection, number))
    problems = [
        f"dossier {number}, document {no}: not restored as its manifest says"
        for no in written
        if here.get(no) != written[no]
    ]
    # A copy of the store may be older than the catalog: what it has must be a part of what is there now.
    for no, document in written.items():
        versions = {each["version"]: each for each in wanted.get(no, {}).get("versions", ())}
        lacking = [each for each in document["versions"] if versions.get(each["version"]) != each]
        if no in wanted and lacking:
            problems.append(f"dossier {number}, document {no}: other versions than the catalog has")
    return problems


def _documents(content: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """A dossier's documents by number, without data that differs in another place: version ids of objects,
    and pages, which come from their batches' manifests.
    """
    return {each["no"]: _in_any_place(each) for each in content.get("documents", ())}


def _in_any_place(content: Any) -> Any:
    if isinstance(content, list):
        return [_in_any_place(each) for each in content]
    if not isinstance(content, dict):
        return content
    kept = {name: value for name, value in content.items() if name not in _OF_A_PLACE}
    return {name: _in_any_place(value) for name, value in kept.items()}
