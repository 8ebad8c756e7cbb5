"""Enters batches with their files and pages into the catalog, from manifests and from objects in intake."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from sqlalchemy import delete, insert, select, update

from scanflow import clock
from scanflow.archive.bucket_ahead import Content, knows_batch, says_more
from scanflow.archive.database.tables import (
    batches,
    documents,
    dossiers,
    file_attempts,
    files,
    objects,
    pages,
    readings,
    undo_steps,
)
from scanflow.archive.repair.merging import Merge
from scanflow.archive.store.keys import (
    EXTENSIONS,
    IntakeName,
    decode_owner,
    intake_prefix,
    parse_intake_key,
)
from scanflow.model import REBUILT, SETTLED, BatchState, FileState, PageState

_MEDIA_TYPES = {f".{extension}": media_type for media_type, extension in EXTENSIONS.items()}


def enter_batch(merge: Merge, keys: Sequence[str]) -> None:
    """Enter a batch from its newest manifest, or from its objects in intake."""
    names = {key: name for key in keys if (name := parse_intake_key(key))}
    batch_id, before = decode_owner(keys[0]), merge.newest_known(keys)
    contents = list(merge.manifests(keys))
    number, content = contents[0] if contents else (0, None)
    own = batches.c.id == batch_id
    if merge.connection.scalar(select(batches.c.id).where(own)) is None:
        if content is None and not names:
            return
        merge.enter_objects([merge.stored[key] for key in names])
        merge.report.batches += 1
        merge.report.actions.append(f"batch {batch_id}: entered")
        if content is None:
            _enter_unlisted_batch(merge, batch_id, names)
            return
        later = _came_later(content, names)
        merge.insert(batches, _safe(content["batch"], later))
        _enter_pages(merge, batch_id, content, later)
        for no, key in later.items():
            stated: Content = next((each for each in content["files"] if each["no"] == no), {})
            _enter_file(merge, batch_id, key, names[key], stated)
        return
    if content is not None and number > before and not knows_batch(merge.connection, content):
        merge.report.batches += 1
        merge.report.actions.append(f"batch {batch_id}: brought up to what the bucket says")
        merge.update_row(batches, own, _safe(content["batch"], {}), ("id",))
        _enter_pages(merge, batch_id, content, {})
        kept = {each["object_key"] for each in (*content["files"], *content["pages"])}
        merge.enter_objects([merge.stored[key] for key in names if key in kept])
        _forget_released(merge, content, names)
    elif content is not None and number > before:
        _place_pages(merge, batch_id, content)
    _enter_arrived(merge, batch_id, names)


def _forget_released(merge: Merge, content: Content, names: Mapping[str, IntakeName]) -> None:
    """Forget objects of source files that the batch has released meanwhile: they are no loss."""
    if content["batch"]["state"] != BatchState.CLOSED:
        return
    released = {
        (each["no"], each["sha256"])
        for each in content["files"]
        if each["state"] == FileState.UNPACKED and not each["object_key"]
    }
    prefix = intake_prefix(content["batch"]["id"])
    for key in merge.connection.scalars(select(objects.c.key).where(objects.c.key.startswith(prefix))):
        name = parse_intake_key(key)
        if name is not None and name.is_file and (name.no, name.sha256) in released and key not in names:
            merge.connection.execute(delete(objects).where(objects.c.key == key))


def _enter_pages(merge: Merge, batch_id: str, content: Content, later: Mapping[int, str]) -> None:
    """Enter files and pages of a batch. Pages that have a final state and a place in the catalog
    keep them.
    """
    for each in content["files"]:
        if each["no"] in later:
            continue
        at = (files.c.batch_id == batch_id) & (files.c.no == each["no"])
        if merge.connection.scalar(select(files.c.id).where(at)) is None:
            merge.insert(files, each, batch_id=batch_id)
        else:
            merge.update_row(files, at, each, ("id", "batch_id", "source_id"))
    query = select(files.c.no, files.c.id).where(files.c.batch_id == batch_id)
    file_ids = {row.no: row.id for row in merge.connection.execute(query)}
    for page in content["pages"]:
        more = {
            "batch_id": batch_id,
            "file_id": file_ids.get(page["file_no"]),
            "document_id": _document_id(merge, batch_id, page["dossier"], page["document"]),
        }
        at = (pages.c.batch_id == batch_id) & (pages.c.no == page["no"])
        row = merge.connection.execute(select(pages.c.state, pages.c.object_key).where(at)).one_or_none()
        if row is None:
            merge.insert(pages, page, **more)
        elif row.state not in SETTLED or says_more(page, row.state, row.object_key):
            merge.update_row(pages, at, page | more, ("id",))
            if page["state"] == PageState.TAKEN:  # to be read anew: what is kept of it is older
                of_page = (readings.c.batch_id == batch_id) & (readings.c.no == page["no"])
                merge.connection.execute(delete(readings).where(of_page))
    if content["batch"]["state"] == BatchState.CLOSED:
        for table in (readings, file_attempts, undo_steps):
            merge.connection.execute(delete(table).where(table.c.batch_id == batch_id))


def _place_pages(merge: Merge, batch_id: str, content: Content) -> None:
    """Set the document and place of each filed page, as a newer manifest says."""
    for page in content["pages"]:
        document_id = _document_id(merge, batch_id, page["dossier"], page["document"])
        if document_id is not None:
            is_filed = pages.c.state == PageState.FILED
            own = (pages.c.batch_id == batch_id) & (pages.c.no == page["no"]) & is_filed
            place = {"document_id": document_id, "document_page": page.get("document_page")}
            merge.connection.execute(update(pages).where(own).values(**place))


def _document_id(merge: Merge, batch_id: str, number: str | None, no: int | None) -> int | None:
    if number is None or no is None:
        return None
    if (number, batch_id, no) in merge.document_ids:
        return merge.document_ids[number, batch_id, no]
    query = select(documents.c.id).join(dossiers)
    same = (dossiers.c.number == number) & (documents.c.no == no)
    own = merge.connection.scalar(query.where(same & (documents.c.batch_id == batch_id)))
    # Of another batch where a person joined the pages to a document of that.
    return own if own is not None else merge.connection.scalar(query.where(same))


def _enter_arrived(merge: Merge, batch_id: str, names: Mapping[str, IntakeName]) -> None:
    """Enter files of an open batch that came after the catalog was saved; they are unpacked like
    the others.
    """
    state = merge.connection.scalar(select(batches.c.state).where(batches.c.id == batch_id))
    known = {key for key, _ in merge.known}
    for key, name in names.items():
        if state == BatchState.CLOSED or not name.is_file or key in known:
            continue
        rows = merge.connection.execute(select(files).where(files.c.batch_id == batch_id)).fetchall()
        if any((row.no, row.sha256) == (name.no, name.sha256) for row in rows):
            continue  # its taker was killed, or is at it: the same file comes again
        taken = {row.no for row in rows}
        no = name.no if name.no not in taken else max(taken) + 1
        _enter_file(merge, batch_id, key, name, {}, no=no)
        merge.enter_objects([merge.stored[key]])
        if state is BatchState.TAKEN:  # submitted without it: a person looks before anything is filed
            waits = {
                "state": BatchState.UNASSIGNED,
                "reason": REBUILT,
                "job": None,
                "turn": batches.c.turn + 1,
            }
            merge.connection.execute(update(batches).where(batches.c.id == batch_id).values(**waits))
            state = BatchState.UNASSIGNED
        merge.report.actions.append(f"batch {batch_id}: file {no} entered")


def _enter_unlisted_batch(merge: Merge, batch_id: str, names: Mapping[str, IntakeName]) -> None:
    """Enter a batch of which only captured bytes are left: nothing else is known, so it waits for
    a person.
    """
    now = clock.now()
    batch = {
        "id": batch_id,
        "origin": "rebuild",
        "operator": "",
        "state": BatchState.UNASSIGNED,
        "reason": REBUILT,
    }
    merge.connection.execute(insert(batches).values(created_at=now, updated_at=now, **batch))
    whole_files = any(name.is_file for name in names.values())
    for key, name in names.items():
        if name.is_file:
            _enter_file(merge, batch_id, key, name, {})
        elif not whole_files:  # otherwise the pages will come out of the files again
            values = {"no": name.no, "sha256": name.sha256, "object_key": key, "state": PageState.TAKEN}
            values |= {"media_type": _MEDIA_TYPES.get(name.suffix, "")}
            merge.connection.execute(insert(pages).values(batch_id=batch_id, **values))


def _enter_file(  # noqa: PLR0913 - a file and its circumstances, the last by name
    merge: Merge, batch_id: str, key: str, name: IntakeName, stated: Content, *, no: int | None = None
) -> None:
    """Enter a file whose bytes are in intake, with the data that were stated before they came."""
    values = {"no": no or name.no, "sha256": name.sha256, "object_key": key, "state": FileState.TAKEN}
    values |= {"size": merge.stored[key].size}
    content = {"name": PurePosixPath(key).name, **stated, **values}
    merge.insert(files, content, batch_id=batch_id)


def _came_later(content: Content, names: Mapping[str, IntakeName]) -> dict[int, str]:
    """Files that came after an open batch's manifest was written, by number: their keys."""
    if content["batch"]["state"] == BatchState.CLOSED:
        return {}  # what is left of it was about to be deleted
    known = {each["no"] for each in content["files"] if each["state"] != FileState.EXPECTED}
    return {name.no: key for key, name in names.items() if name.is_file and name.no not in known}


def _safe(batch: Content, later: Mapping[int, str]) -> Content:
    """A batch in a state from which it may continue. A submitted one has no job here, and gets a new one.

    If its manifest lacks files that have come, it waits for a person before anything is filed.
    """
    if batch["state"] == BatchState.TAKING or (batch["state"] == BatchState.TAKEN and later):
        return {**batch, "state": BatchState.UNASSIGNED, "reason": REBUILT, "job": None}
    if batch["state"] == BatchState.TAKEN:
        return {**batch, "job": None, "turn": batch.get("turn", 0) + 1}
    return batch
