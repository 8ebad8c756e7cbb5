"""Filed documents whose type a person set or confirmed, with the words of their newest version."""

from dataclasses import dataclass

from sqlalchemy import Connection, String, and_, cast, func, or_, select

from scanflow.archive.database.tables import documents, dossiers, versions
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.model import UNKNOWN_TYPE, StoredObject


@dataclass(frozen=True, slots=True)
class ConfirmedDocument:
    """A document's type, its dossier's number and procedure, and where its words object is."""

    dossier: str
    procedure: str | None
    type: str
    words_key: str
    words_sha256: str
    words_size: int
    words_version_id: str | None

    @property
    def words(self) -> StoredObject:
        return StoredObject(self.words_key, self.words_sha256, self.words_size, self.words_version_id)


def confirmed_documents(connection: Connection, chosen: str, at_most: int) -> list[ConfirmedDocument]:
    """The newest documents whose evidence has the cue `chosen`, or that a person compared with the original.

    A document that was compared but has no type is left out.
    """
    newest = (
        select(versions.c.document_id, func.max(versions.c.version).label("version"))
        .group_by(versions.c.document_id)
        .subquery()
    )
    set_by_person = cast(documents.c.evidence, String).contains(f'"{chosen}"', autoescape=True)
    compared = and_(documents.c.attested_by.is_not(None), documents.c.type != UNKNOWN_TYPE)
    query = (
        select(
            dossiers.c.number.label("dossier"),
            dossiers.c.procedure_code.label("procedure"),
            documents.c.type,
            versions.c.words_key,
            versions.c.words_sha256,
            versions.c.words_size,
            versions.c.words_version_id,
        )
        .select_from(documents)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .join(newest, newest.c.document_id == documents.c.id)
        .join(
            versions, and_(versions.c.document_id == documents.c.id, versions.c.version == newest.c.version)
        )
        .where(or_(set_by_person, compared), documents.c.joined_to.is_(None))
        .order_by(documents.c.created_at.desc(), documents.c.id.desc())
        .limit(at_most)
    )
    return fetch_all(connection, ConfirmedDocument, query)
