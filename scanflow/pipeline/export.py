"""Out of the archive: a dossier's files under the names that the rules ask for, and its checklist."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scanflow.archive.catalog import Catalog, unknown_dossier
from scanflow.archive.objects import ObjectStore
from scanflow.classify.checklist import build_checklist
from scanflow.classify.profiles import Profiles
from scanflow.clock import date_in_vietnam
from scanflow.errors import UsageError
from scanflow.model import Checklist, Dossier
from scanflow.pipeline.alone import write_beside


@dataclass(frozen=True, slots=True)
class Exported:
    """A document's file as exported, or a captured file that is kept beside documents: its `type` is
    `source`, its `no` that of the first of them.
    """

    no: int
    type: str
    path: Path
    sha256: str


def export_dossier(
    catalog: Catalog, store: ObjectStore, number: str, folder: Path, *, sources: bool = False
) -> list[Exported]:
    """Write the newest version of each document as `<number>.<nn>.pdf` (TT 05/2025/TT-BNV).

    With `sources` the captured files that are kept beside documents, too, each once, as
    `<number>.<nn>.source<file no.><suffix>`. A slash in the number becomes a hyphen. Every file is hashed on
    its way out. Raises NotFoundError, UsageError where the folder cannot be written to, ChecksumError for a
    damaged object.
    """
    dossier = catalog.dossier(number)
    if dossier is None:
        raise unknown_dossier(number)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: {error.strerror}", f"Không tạo được thư mục {folder}.") from error
    exported: list[Exported] = []
    written: set[str] = set()
    for document in dossier.documents:
        if not document.versions:
            continue
        pdf = document.versions[-1].pdf
        stem = f"{number.replace('/', '-')}.{document.no:02}"
        path = folder / f"{stem}.pdf"
        write_beside(path, store.get(pdf.key, pdf.version_id))
        exported.append(Exported(document.no, document.type, path, pdf.sha256))
        for source in document.sources if sources else ():
            if source.stored.key not in written:
                written.add(source.stored.key)
                path = folder / f"{stem}.source{source.file_no:04}{PurePosixPath(source.stored.key).suffix}"
                write_beside(path, store.get(source.stored.key, source.stored.version_id))
                exported.append(Exported(document.no, "source", path, source.stored.sha256))
    return exported


def dossier_checklist(dossier: Dossier, profiles: Profiles) -> Checklist | None:
    """What the dossier has, lacks and has too much, by the rules in force at its intake; None where its
    procedure is not known.
    """
    day = date_in_vietnam(dossier.created_at)
    procedure = profiles.procedure(dossier.procedure_code, day)
    if procedure is None:
        return None
    filed = [(document.no, document.type) for document in dossier.documents if document.versions]
    return build_checklist(procedure, filed, on=day)
