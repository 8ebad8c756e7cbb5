"""Rows of documents, versions and sources as the values that the archive's other modules work with."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, select

from scanflow.archive.database.tables import documents, sources, versions
from scanflow.archive.documents.field_details import from_json
from scanflow.model import Attestation, Document, DocumentVersion, Evidence, RowMatch, Source, StoredObject


def documents_of(
    connection: Connection, dossier_id: int, document_id: int | None = None
) -> tuple[Document, ...]:
    """A dossier's documents by number, or one of them, each with its versions and kept sources.

    Without those that were joined to another.
    """
    own = (documents.c.dossier_id == dossier_id) & documents.c.joined_to.is_(None)
    query = select(documents).where(own).order_by(documents.c.no)
    if document_id is not None:
        query = query.where(documents.c.id == document_id)
    rows = connection.execute(query).fetchall()
    made = _versions(connection, [row.id for row in rows])
    beside = _sources(connection, [row.id for row in rows])
    return tuple(
        Document(
            no=row.no,
            type=row.type,
            confidence=row.confidence,
            title=row.title,
            evidence=evidence_of(row.evidence),
            fields=row.fields,
            field_details=from_json(row.field_details),
            batch_id=row.batch_id,
            versions=tuple(made[row.id]),
            attested=Attestation(row.attested_by, row.attested_at) if row.attested_by else None,
            sources=tuple(beside[row.id]),
            kind=row.kind or "",
            rows=tuple(row_match(each) for each in row.row_matches or ()),
        )
        for row in rows
    )


def row_match(raw: Mapping[str, Any]) -> RowMatch:
    """A row that a document meets, as its JSON has it."""
    return RowMatch(raw["row"], raw["chance"], evidence_of(raw["evidence"]))


def evidence_of(raw: Sequence[Mapping[str, Any]]) -> tuple[Evidence, ...]:
    """What speaks for a type or a row, as its JSON has it."""
    return tuple(Evidence(**each) for each in raw)


def _versions(connection: Connection, document_ids: Sequence[int]) -> Mapping[int, Sequence[DocumentVersion]]:
    """The versions of each of these documents, the newest last."""
    query = select(versions).where(versions.c.document_id.in_(document_ids)).order_by(versions.c.version)
    found = defaultdict[int, list[DocumentVersion]](list)
    for row in connection.execute(query):
        found[row.document_id].append(
            DocumentVersion(
                version=row.version,
                pdf=StoredObject(row.pdf_key, row.pdf_sha256, row.pdf_size, row.pdf_version_id),
                words=StoredObject(row.words_key, row.words_sha256, row.words_size, row.words_version_id),
                pages=row.pages,
                confidence=row.confidence,
                made_by=row.made_by,
                created_at=row.created_at,
                left_out=tuple(row.left_out or ()),
            )
        )
    return found


def _sources(connection: Connection, document_ids: Sequence[int]) -> Mapping[int, Sequence[Source]]:
    """The captured files that are kept beside each of these documents."""
    query = select(sources).where(sources.c.document_id.in_(document_ids)).order_by(sources.c.file_no)
    found = defaultdict[int, list[Source]](list)
    for row in connection.execute(query):
        stored = StoredObject(row.source_key, row.source_sha256, row.source_size, row.source_version_id)
        found[row.document_id].append(Source(row.file_no, stored, tuple(row.reasons)))
    return found


def version_values(document_id: int, version: DocumentVersion) -> dict[str, Any]:
    """The row of a version of a document."""
    return {
        "document_id": document_id,
        "version": version.version,
        **{f"pdf_{name}": value for name, value in asdict(version.pdf).items()},
        **{f"words_{name}": value for name, value in asdict(version.words).items()},
        "pages": version.pages,
        "confidence": version.confidence,
        "made_by": dict(version.made_by),
        "created_at": version.created_at,
        "left_out": list(version.left_out) or None,
    }
