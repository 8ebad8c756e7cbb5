"""Exporting a dossier's files under the names that the regulations require; its checklist."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from scanflow.archive.catalog import Catalog, unknown_dossier
from scanflow.archive.store.base import ObjectStore, is_there
from scanflow.classify.checklist import RowsMet, build_checklist
from scanflow.classify.profiles import Profiles
from scanflow.clock import date_in_vietnam
from scanflow.errors import StoreError, StoreUnavailableError, UsageError
from scanflow.model import Checklist, Dossier, RowMatch, StoredObject
from scanflow.pipeline.named_files import write_beside


@dataclass(frozen=True, slots=True)
class Exported:
    """A document's file as exported, or a captured file that is kept beside documents: its `type` is
    `source`, its `no` that of the first of them.
    """

    no: int
    type: str
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Export:
    """What was written, and the objects that could not be: lost from the store, or damaged there."""

    files: list[Exported]
    lost: list[StoredObject]


def export_dossier(
    catalog: Catalog, store: ObjectStore, number: str, folder: Path, *, sources: bool = False
) -> Export:
    """Write the newest version of each document as `<number>.<nn>.pdf` (TT 05/2025/TT-BNV).

    With `sources` the captured files that are kept beside documents, too, each once, as
    `<number>.<nn>.source<file no.><suffix>`. A slash in the number becomes a hyphen. Every file is hashed as
    it is read; what can't be read is reported, and the others are written. Raises NotFoundError, UsageError
    where the folder cannot be written to, StoreUnavailableError.
    """
    dossier = catalog.dossier(number)
    if dossier is None:
        raise unknown_dossier(number)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}", f"Không tạo được thư mục {folder}.") from error
    done = Export([], [])
    seen: set[str] = set()
    for document in dossier.documents:
        if not document.versions:
            continue
        stem = f"{number.replace('/', '-')}.{document.no:02}"
        pdf = document.versions[-1].pdf
        _write(store, pdf, Exported(document.no, document.type, folder / f"{stem}.pdf", pdf.sha256), done)
        for source in document.sources if sources else ():
            kept = source.stored
            if kept.key not in seen:
                seen.add(kept.key)
                path = folder / f"{stem}.source{source.file_no:04}{PurePosixPath(kept.key).suffix}"
                _write(store, kept, Exported(document.no, "source", path, kept.sha256), done)
    return done


def _write(store: ObjectStore, stored: StoredObject, wanted: Exported, done: Export) -> None:
    try:
        data = store.get(stored.key, stored.version_id)
    except StoreUnavailableError:
        raise
    except StoreError:  # no such object, other bytes, or a version that this store never had
        done.lost.append(stored)
    else:
        write_beside(wanted.path, data)
        done.files.append(wanted)


def lost_objects(store: ObjectStore, dossier: Dossier) -> list[StoredObject]:
    """Which objects of a dossier the store lacks now: of each document the newest PDF, and kept sources.

    One request an object; no bytes are read. Raises StoreUnavailableError.
    """
    wanted: dict[StoredObject, None] = {}
    for document in dossier.documents:
        wanted |= dict.fromkeys(version.pdf for version in document.versions[-1:])
        wanted |= dict.fromkeys(source.stored for source in document.sources)
    return [stored for stored in wanted if not is_there(store, stored)]


def dossier_checklist(dossier: Dossier, profiles: Profiles) -> Checklist | None:
    """A dossier's checklist (papers present, missing, and in excess) by the rules in force at its intake;
    None where its procedure is not known.
    """
    filed = [(each.no, each.type, each.rows) for each in dossier.documents if each.versions]
    return checklist_of(profiles, dossier.procedure_code, dossier.created_at, filed)


def checklist_of(
    profiles: Profiles,
    procedure_code: str | None,
    taken_at: datetime,
    filed: Sequence[tuple[int, str, Sequence[RowMatch]]],
) -> Checklist | None:
    """The same for a dossier given by its procedure, time of intake, and papers (number, type, rows)."""
    day = date_in_vietnam(taken_at)
    procedure = profiles.procedure(procedure_code, day)
    if procedure is None:
        return None
    return build_checklist(
        procedure,
        [(no, type) for no, type, _ in filed],
        met=RowsMet({no: rows for no, _, rows in filed}),
        on=day,
    )
