"""Enters dossiers with their documents, versions and kept sources from manifests into the catalog.

Documents are the same if they begin at the same page of the same batch. If two have one number in different
manifests, both stay, and the later one gets the next free number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from scanflow.archive.bucket_ahead import Content, document_number
from scanflow.archive.database.tables import (
    documents,
    dossiers,
    sources,
    versions,
)
from scanflow.archive.documents.page_words import decode_words
from scanflow.archive.logbook import MOVED_IN, MOVED_OUT
from scanflow.archive.repair.merging import Merge
from scanflow.archive.search.changes import mark_changed
from scanflow.archive.search.page_texts import forget_texts, index_texts
from scanflow.archive.store.keys import (
    decode_owner,
)
from scanflow.errors import StoreError, StoreUnavailableError
from scanflow.model import StoredObject

_OWN_NUMBERS = ("id", "no", "dossier_id")
_UNSAID: Content = {"joined_to": None}
"""Default values, which a manifest leaves out."""


@dataclass(slots=True)
class _Found:
    """A document from the newest manifest that lists it, with the versions from all manifests."""

    content: Content
    manifest: int
    versions: dict[int, Content]
    sources: dict[int, Content]


def enter_dossier(merge: Merge, keys: Sequence[str]) -> None:
    """Enter everything that the manifests of a dossier list and the catalog lacks."""
    number, before = decode_owner(keys[0]), merge.newest_known(keys)
    contents = list(merge.manifests(keys))
    if not contents:
        return
    dossier_id = _dossier(merge, number, contents[0][1]["dossier"])
    query = select(documents.c.no).where(documents.c.dossier_id == dossier_id)
    given = set(merge.connection.scalars(query))
    used = given | {no for key in keys if (no := document_number(key)) is not None}
    newest = contents[0][1]
    moves = _moves(newest)
    listed = {_identity(document) for document in newest["documents"]}
    for found in _documents_in(contents):
        identity = _identity(found.content)
        if identity not in listed and moves.get(identity, ("", ""))[0] == MOVED_OUT:
            continue  # the manifest of the dossier that it was moved to lists it
        document_id = _document(merge, number, dossier_id, found, before, given, used)
        if moves.get(identity, ("", ""))[0] == MOVED_IN and found.manifest > before:
            _take_in(merge, number, dossier_id, document_id, moves[identity][1], found, given, used)
        merge.document_ids[number, found.content["batch_id"], found.content["no"]] = document_id
        _enter_versions(merge, document_id, found)
        _enter_sources(merge, document_id, found)


def _dossier(merge: Merge, number: str, content: Content) -> int:
    known = merge.connection.scalar(select(dossiers.c.id).where(dossiers.c.number == number))
    if known is not None:
        return int(known)
    merge.report.dossiers += 1
    merge.report.actions.append(f"dossier {number}: entered")
    return int(merge.insert(dossiers, content))


def _document(  # noqa: PLR0913, PLR0917 - what is known of its dossier
    merge: Merge, number: str, dossier_id: int, found: _Found, before: int, given: set[int], used: set[int]
) -> int:
    content = found.content
    same = (documents.c.batch_id == content["batch_id"]) & (documents.c.first_page == content["first_page"])
    row = merge.connection.execute(select(documents.c.id, documents.c.dossier_id).where(same)).one_or_none()
    if row is not None:
        if found.manifest > before and row.dossier_id == dossier_id:
            merge.update_row(documents, documents.c.id == row.id, _UNSAID | content, _OWN_NUMBERS)
            mark_changed(merge.connection, [row.id])
            if content.get("joined_to"):
                forget_texts(merge.connection, row.id)
        return int(row.id)
    no = content["no"] if content["no"] not in given else max(given | used) + 1
    given.add(no)
    used.update((no, content["no"]))
    merge.report.documents += 1
    renumbered = "" if no == content["no"] else f" (its number {content['no']:02} was given twice)"
    merge.report.actions.append(f"dossier {number}: document {no:02} entered{renumbered}")
    return int(merge.insert(documents, {**content, "no": no}, dossier_id=dossier_id))


def _take_in(  # noqa: PLR0913, PLR0917 - as above
    merge: Merge,
    number: str,
    dossier_id: int,
    document_id: int,
    at: str,
    found: _Found,
    given: set[int],
    used: set[int],
) -> None:
    """Move a document into this dossier if an older manifest of another dossier lists it, too."""
    identity = _identity(found.content)
    if at <= merge.moved_in.get(identity, ""):
        return
    merge.moved_in[identity] = at
    row = merge.connection.execute(select(documents).where(documents.c.id == document_id)).one()
    if row.dossier_id == dossier_id:
        return
    no = found.content["no"] if found.content["no"] not in given else max(given | used) + 1
    given.add(no)
    place = {"dossier_id": dossier_id, "no": no}
    merge.connection.execute(update(documents).where(documents.c.id == document_id).values(**place))
    merge.update_row(documents, documents.c.id == document_id, found.content, _OWN_NUMBERS)
    mark_changed(merge.connection, [document_id])
    merge.report.actions.append(f"dossier {number}: document {no:02} moved here")


def _identity(document: Content) -> tuple[str, int]:
    """A document's identity in all manifests: its batch, and the page that it begins with."""
    return document["batch_id"], document["first_page"]


def _moves(content: Content) -> dict[tuple[str, int], tuple[str, str]]:
    """The last move of each document that was moved into or out of a dossier, and its time."""
    found: dict[tuple[str, int], tuple[str, str]] = {}
    for entry in content["log"]:
        if entry["action"] in (MOVED_IN, MOVED_OUT):
            identity = (entry["after"]["batch"], entry["after"]["first_page"])
            found[identity] = (entry["action"], entry["at"])
    return found


def _enter_versions(merge: Merge, document_id: int, found: _Found) -> None:
    query = select(versions.c.version).where(versions.c.document_id == document_id)
    there = set(merge.connection.scalars(query))
    newest = max(there, default=0)
    for number, content in sorted(found.versions.items()):
        if number in there:
            continue
        pair = {part: merge.as_stored(_stored_object(content, part)) for part in ("pdf", "words")}
        merge.enter_objects(pair.values(), datetime.fromisoformat(content["created_at"]))
        ids = {f"{part}_version_id": each.version_id for part, each in pair.items()}
        version_id = merge.insert(versions, content | ids, document_id=document_id)
        merge.report.versions += 1
        if number > newest:
            newest = number
            if number == max(found.versions) and not found.content.get("joined_to"):
                _enter_texts(merge, document_id, version_id, pair["words"])


def _enter_sources(merge: Merge, document_id: int, found: _Found) -> None:
    """The captured files that are kept beside a document."""
    query = select(sources.c.file_no).where(sources.c.document_id == document_id)
    there = set(merge.connection.scalars(query))
    for number, content in sorted(found.sources.items()):
        if number not in there:
            stored = merge.as_stored(_stored_object(content, "source"))
            merge.enter_objects([stored], datetime.fromisoformat(found.content["created_at"]))
            ids = {"source_version_id": stored.version_id}
            merge.insert(sources, content | ids, document_id=document_id)


def _enter_texts(merge: Merge, document_id: int, version_id: int, words: StoredObject) -> None:
    try:
        read = decode_words(merge.store.get(words.key, words.version_id))
    except StoreUnavailableError:
        raise
    except StoreError as error:
        merge.report.problems.append(f"{error.message} (its pages cannot be searched)")
    else:
        index_texts(merge.connection, document_id, version_id, read)


def _documents_in(contents: Sequence[tuple[int, Content]]) -> list[_Found]:
    """All documents of all manifests: each with its newest data and every version."""
    found: dict[tuple[str, int], _Found] = {}
    for number, content in contents:
        for document in content["documents"]:
            identity = (document["batch_id"], document["first_page"])
            entry = found.setdefault(identity, _Found(document, number, {}, {}))
            for version in document["versions"]:
                entry.versions.setdefault(version["version"], version)
            for source in document.get("sources", ()):
                entry.sources.setdefault(source["file_no"], source)
    return list(found.values())


def _stored_object(version: Content, part: str) -> StoredObject:
    """The stored object of a version's PDF or words, from its row or a manifest."""
    names = ("key", "sha256", "size", "version_id")
    return StoredObject(*(version[f"{part}_{name}"] for name in names))
