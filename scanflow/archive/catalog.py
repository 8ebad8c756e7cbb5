"""The catalog (danh mục): dossiers, documents, versions and what stands in the object store.

Every method takes the caller's connection, so that a step and its entry in the ledger are committed together;
without one it uses its own transaction. Repeating a call changes nothing. Times are timezone-aware.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, select

from scanflow.archive.database import backends
from scanflow.archive.database.inserts import insert_if_absent, insert_row
from scanflow.archive.database.tables import (
    documents,
    dossiers,
    log,
    objects,
    sources,
    versions,
)
from scanflow.archive.documents.document_rows import documents_of, version_values
from scanflow.archive.documents.field_details import to_json
from scanflow.archive.documents.page_words import PageWords
from scanflow.archive.log import chain
from scanflow.archive.logbook import LOOKS, LogEntry
from scanflow.archive.search import changes
from scanflow.archive.search.page_texts import index_texts
from scanflow.archive.search.words import paper_number
from scanflow.clock import now
from scanflow.errors import CatalogError, NotFoundError, OtherAgencyError
from scanflow.membership import DEFAULT_AGENCY
from scanflow.model import DocumentVersion, Dossier, Paper, Source, StoredObject
from scanflow.settings import Settings


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """A document's row and its number in its dossier."""

    id: int
    no: int


@dataclass(frozen=True, slots=True)
class DossierSummary:
    """A dossier in a list: how many documents, and how many pages their newest versions have."""

    number: str
    procedure_code: str | None
    created_at: datetime
    documents: int
    pages: int


def open_catalog(settings: Settings) -> "Catalog":
    """Open the database; it is made and migrated as needed. Raises CatalogError with the remedy."""
    return Catalog(backends.open_database(settings))


class Catalog:
    """The database, opened. Threads may share it; a forked child must open its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = backends.read_only(engine)

    def __enter__(self) -> "Catalog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.engine.dispose()

    def describe(self) -> str:
        """Which database it is, without its password."""
        return backends.describe(self.engine)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A writing transaction: all or nothing. CatalogError when the database fails."""
        # A transaction that needs both takes the log's lock before that of the changes.
        with (
            backends.explained(self.engine),
            self.engine.begin() as connection,
            changes.numbering(connection),
            chain.appending(connection),
        ):
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read-only transaction: one consistent state, without waiting for writers."""
        with backends.explained(self.engine), self._reading.begin() as connection:
            yield connection

    def _write(self, connection: Connection | None) -> AbstractContextManager[Connection]:
        return self.transaction() if connection is None else nullcontext(connection)

    def _read(self, connection: Connection | None) -> AbstractContextManager[Connection]:
        return self.reading() if connection is None else nullcontext(connection)

    # --- dossiers --------------------------------------------------------------------------------------

    def ensure_dossier(
        self,
        number: str,
        procedure_code: str | None = None,
        *,
        agency: str = DEFAULT_AGENCY,
        created_at: datetime | None = None,
        connection: Connection | None = None,
    ) -> int:
        """The row of an agency's dossier, made if it isn't there. A missing procedure is filled in.

        Raises OtherAgencyError for a dossier of another agency.
        """
        with self._write(connection) as c:
            values = {
                "number": number,
                "procedure_code": procedure_code,
                "created_at": created_at or now(),
                "agency": agency,
            }
            insert_if_absent(c, dossiers, values)
            row = c.execute(select(dossiers).where(dossiers.c.number == number)).one()
            if row.agency != agency:
                raise OtherAgencyError(OtherAgencyError.default)
            if row.procedure_code is None and procedure_code is not None:
                c.execute(
                    dossiers.update().where(dossiers.c.id == row.id).values(procedure_code=procedure_code)
                )
                inside = select(documents.c.id).where(documents.c.dossier_id == row.id)
                changes.mark_changed(c, c.scalars(inside))
            return int(row.id)

    def dossier_known(self, number: str, connection: Connection | None = None) -> bool:
        """Whether there is such a dossier, of any agency."""
        return self.agency_of_dossier(number, connection) is not None

    def agency_of_dossier(self, number: str, connection: Connection | None = None) -> str | None:
        """The agency of a dossier; None for an unknown one."""
        with self._read(connection) as c:
            return c.scalar(select(dossiers.c.agency).where(dossiers.c.number == number))

    def dossier(self, number: str, connection: Connection | None = None) -> Dossier | None:
        """A dossier with its documents and their versions, or None."""
        with self._read(connection) as c:
            row = c.execute(select(dossiers).where(dossiers.c.number == number)).one_or_none()
            if row is None:
                return None
            return Dossier(row.number, row.procedure_code, row.created_at, documents_of(c, row.id))

    def dossiers(self, connection: Connection | None = None) -> list[DossierSummary]:
        """All dossiers, the newest first."""
        newest = (
            select(versions.c.document_id, func.max(versions.c.version).label("version"))
            .group_by(versions.c.document_id)
            .subquery()
        )
        query = (
            select(
                dossiers.c.number,
                dossiers.c.procedure_code,
                dossiers.c.created_at,
                func.count(documents.c.id).label("documents"),
                func.coalesce(func.sum(versions.c.pages), 0).label("pages"),
            )
            .select_from(dossiers)
            .outerjoin(documents, (documents.c.dossier_id == dossiers.c.id) & documents.c.joined_to.is_(None))
            .outerjoin(newest, newest.c.document_id == documents.c.id)
            .outerjoin(
                versions,
                (versions.c.document_id == documents.c.id) & (versions.c.version == newest.c.version),
            )
            .group_by(dossiers.c.id)
            .order_by(dossiers.c.created_at.desc(), dossiers.c.id.desc())
        )
        with self._read(connection) as c:
            return [DossierSummary(*row) for row in c.execute(query)]

    # --- documents and versions ------------------------------------------------------------------------

    def allocate_document(
        self,
        number: str,
        paper: Paper,
        batch_id: str,
        first_page: int,
        *,
        connection: Connection | None = None,
    ) -> DocumentRef:
        """The document that page `first_page` of a batch begins, numbered next in its dossier if it is new.

        A repeated call gives the same answer, even with another `paper`. Raises NotFoundError without the
        dossier.
        """
        with self._write(connection) as c:
            # The lock makes all who number documents of a dossier take turns where transactions run side by
            # side; only behind it can be seen what the others did.
            find = select(dossiers.c.id).where(dossiers.c.number == number)
            dossier_id = c.scalar(find.with_for_update(key_share=True))
            if dossier_id is None:
                raise unknown_dossier(number)
            same = (documents.c.batch_id == batch_id) & (documents.c.first_page == first_page)
            row = c.execute(select(documents.c.id, documents.c.no).where(same)).one_or_none()
            if row is not None:
                return DocumentRef(row.id, row.no)
            no = next_number(c, dossier_id)
            values = {
                "dossier_id": dossier_id,
                "no": no,
                "type": paper.type,
                "confidence": paper.confidence,
                "title": paper.title,
                "evidence": [asdict(each) for each in paper.evidence],
                "fields": dict(paper.fields),
                "batch_id": batch_id,
                "first_page": first_page,
                "created_at": now(),
                "attested_by": paper.attested.by if paper.attested else None,
                "attested_at": paper.attested.at if paper.attested else None,
                "paper_number": paper_number(paper.fields),
                "field_details": to_json(paper.field_details),
                "kind": paper.kind or None,
                "row_matches": [asdict(each) for each in paper.rows] or None,
            }
            return DocumentRef(insert_row(c, documents, values), no)

    def record_version(
        self,
        document_id: int,
        version: DocumentVersion,
        pages: Sequence[PageWords],
        *,
        connection: Connection | None = None,
    ) -> None:
        """Enter a version whose objects are confirmed, with its text, which replaces the older text in
        search.

        Once entered it stays: the same objects again change nothing, others raise CatalogError.
        """
        with self._write(connection) as c:
            # Two workers on the same document take turns, as in `allocate_document`.
            find = select(documents.c.id).where(documents.c.id == document_id)
            c.execute(find.with_for_update(key_share=True))
            key = (versions.c.document_id == document_id) & (versions.c.version == version.version)
            row = c.execute(select(versions.c.pdf_sha256).where(key)).one_or_none()
            if row is not None:
                if row.pdf_sha256 != version.pdf.sha256:
                    raise CatalogError(f"version {version.version} of a document is there with other bytes")
                return
            version_id = insert_row(c, versions, version_values(document_id, version))
            self._record_objects(c, (version.pdf, version.words), version.created_at)
            index_texts(c, document_id, version_id, pages)

    def record_sources(
        self,
        document_id: int,
        kept: Sequence[Source],
        *,
        created_at: datetime,
        connection: Connection | None = None,
    ) -> None:
        """Enter captured files that are kept beside a document, confirmed in the store."""
        with self._write(connection) as c:
            for source in kept:
                values = {
                    "document_id": document_id,
                    "file_no": source.file_no,
                    **{f"source_{name}": value for name, value in asdict(source.stored).items()},
                    "reasons": list(source.reasons),
                }
                insert_if_absent(c, sources, values)
                self.record_object(source.stored, created_at=created_at, connection=c)

    # --- objects and log -------------------------------------------------------------------------

    def record_object(
        self,
        stored: StoredObject,
        *,
        created_at: datetime | None = None,
        connection: Connection | None = None,
    ) -> None:
        """Enter an object that `verify` has to check from now on."""
        with self._write(connection) as c:
            self._record_objects(c, (stored,), created_at or now())

    @staticmethod
    def _record_objects(connection: Connection, stored: Sequence[StoredObject], created_at: datetime) -> None:
        rows = [
            {
                "key": each.key,
                "version_id": each.version_id or "",
                "sha256": each.sha256,
                "size": each.size,
                "created_at": created_at,
            }
            for each in stored
        ]
        insert_if_absent(connection, objects, *rows)

    def objects(self, prefix: str = "", connection: Connection | None = None) -> list[StoredObject]:
        """The objects that `verify` checks, by key (all versions)."""
        query = (
            select(objects)
            .where(objects.c.key.startswith(prefix, autoescape=True))
            .order_by(objects.c.key, objects.c.created_at)
        )
        with self._read(connection) as c:
            return [
                StoredObject(row.key, row.sha256, row.size, row.version_id or None)
                for row in c.execute(query)
            ]

    def forget_object(self, stored: StoredObject, *, connection: Connection | None = None) -> None:
        """Remove an intake object that was deleted because its page is in a document."""
        with self._write(connection) as c:
            c.execute(delete(objects).where(_is_object(stored)))

    def append_log(self, entry: LogEntry, *, connection: Connection | None = None) -> None:
        """Enter an action in the audit log when the transaction ends. It can't be changed or removed."""
        with self._write(connection) as c:
            chain.defer(c, entry)

    def log_entries(self, subject: str, connection: Connection | None = None) -> list[LogEntry]:
        """Actions on `subject` and on what is in it, the oldest first, without `LOOKS`."""
        query = (
            select(log)
            .where((log.c.subject == subject) | log.c.subject.startswith(f"{subject}/", autoescape=True))
            .where(log.c.action.not_in(LOOKS))
            .order_by(log.c.seq)
        )
        with self._read(connection) as c:
            return [each.entry for each in chain.entries_of(c, query)]


def next_number(connection: Connection, dossier_id: int) -> int:
    """The number of a dossier's next document: no number is used twice, also not that of a moved document."""
    given = select(func.max(documents.c.no)).where(documents.c.dossier_id == dossier_id)
    moved = select(dossiers.c.last_no).where(dossiers.c.id == dossier_id)
    return max(int(connection.scalar(given) or 0), int(connection.scalar(moved) or 0)) + 1


def unknown_dossier(number: str) -> NotFoundError:
    return NotFoundError(
        f"no dossier {number}", f"Không có hồ sơ {number}. Hãy kiểm tra lại mã hồ sơ đã nhập."
    )


def _is_object(stored: StoredObject) -> Any:
    return (objects.c.key == stored.key) & (objects.c.version_id == (stored.version_id or ""))
