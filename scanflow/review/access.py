"""Who may review, and what they may see: the filed papers of their own agency.

A dossier of another agency gives the same error, with the same words, as one that does not exist.
"""

from dataclasses import dataclass

from scanflow.archive.catalog import unknown_dossier
from scanflow.archive.documents.filed_documents import (
    DocumentPlace,
    document_of,
    dossier_of,
    has_dossier,
    newest_version,
)
from scanflow.archive.people.accounts import User
from scanflow.errors import DeniedError, NotFoundError, OutdatedError
from scanflow.membership import Role
from scanflow.model import Document, DocumentVersion, Dossier
from scanflow.review.context import Review

_CHANGING = frozenset({Role.REVIEWER, Role.OPERATOR})
_SEEING = _CHANGING | {Role.AUDITOR}


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A person who may see an agency's filed papers, and correct them if `may_change`."""

    name: str
    agency: str
    may_change: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A document that a reviewer looks at: where it is filed, and which version is shown."""

    number: str
    place: DocumentPlace
    document: Document
    version: DocumentVersion

    @property
    def is_newest(self) -> bool:
        return self.version.version == self.document.versions[-1].version


def may_review(role: Role) -> bool:
    """Whether people of this role see the reviewers' pages."""
    return role in _SEEING


def reviewer(user: User) -> Reviewer:
    """A user as a reviewer. Raises DeniedError unless their role may review."""
    member = user.member
    if not may_review(member.role):
        raise DeniedError(
            "only reviewers see these pages: ask the administrator for the role",
            "Chỉ người có vai trò kiểm tra hồ sơ mới được xem. Hãy báo cho người quản trị hệ thống.",
        )
    return Reviewer(user.name, member.agency, member.role in _CHANGING)


def require_change(who: Reviewer) -> None:
    """Raises DeniedError for a reviewer who may not change anything."""
    if not who.may_change:
        raise DeniedError(
            "this role sees papers, but changes nothing",
            "Vai trò của bạn chỉ được xem, không được sửa.",
        )


def require_newest(review: Review, opened: Opened) -> None:
    """Raises OutdatedError if the version that a person saw is no longer the newest.

    Checked before objects are stored; the transaction that enters them checks again.
    """
    with review.catalog.reading() as connection:
        newest = newest_version(connection, opened.place.id)
    if not opened.is_newest or newest != opened.version.version:
        raise OutdatedError


def open_dossier(review: Review, who: Reviewer, number: str) -> Dossier:
    """A dossier of the reviewer's agency. Raises NotFoundError."""
    with review.catalog.reading() as connection:
        found = dossier_of(connection, who.agency, number)
    if found is None:
        raise unknown_dossier(number)
    return found


def no_document(number: str, no: int) -> NotFoundError:
    """The error for a document that a dossier of the own agency does not have, or no longer has."""
    return NotFoundError(
        f"dossier {number} has no document {no}; it may have been moved or joined to another",
        f"Hồ sơ {number} không có giấy tờ {no}. Giấy tờ có thể đã được chuyển sang hồ sơ khác hoặc gộp vào "
        "giấy tờ khác: xem lịch sử của hồ sơ.",
    )


def open_document(review: Review, who: Reviewer, number: str, no: int, version: int | None = None) -> Opened:
    """A document of the reviewer's agency, in its newest version or the named one. Raises NotFoundError."""
    with review.catalog.reading() as connection:
        found = document_of(connection, who.agency, number, no)
        is_ours = found is not None or has_dossier(connection, who.agency, number)
    if found is None:
        raise no_document(number, no) if is_ours else unknown_dossier(number)
    place, document = found
    for each in reversed(document.versions):
        if version in (None, each.version):
            return Opened(number, place, document, each)
    raise NotFoundError(
        f"dossier {number}: document {no} has no such version",
        f"Giấy tờ {no} của hồ sơ {number} không có phiên bản này.",
    )
