"""Items of nightly runs: one document each, which worker has it, and the result.

A worker claims items in its own name (`scanflow.ledger.workers`). When it is no longer entered, others may
claim its items. A worker that files something checks in the same transaction that nobody else changed the
document, so two workers with the same item do no harm. Every function works inside the caller's transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from scanflow.archive.database.tables import documents, dossiers, night_items, workers
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.clock import now
from scanflow.model.night_states import ItemState


@dataclass(frozen=True, slots=True)
class NightItem:
    """An item of a run: a document, or something else that `subject` names.

    `result` is a word of the run's kind, None as long as it is not done. `version_before` and
    `version_after`: the versions that were found and made; `before` and `after`: the document's entry then.
    `score`: the numbers that decided. `seconds`, `read_seconds`: CPU seconds, all and those of
    recognition. `to_check`: a person is to check it; `checked_by`: who did.
    """

    id: int
    run_id: str
    document_id: int | None
    subject: str
    state: ItemState
    result: str | None
    holder: str | None
    attempts: int
    pages: int
    version_before: int | None
    version_after: int | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    score: Mapping[str, Any] | None
    seconds: float | None
    read_seconds: float | None
    reason: str | None
    ended_at: datetime | None
    to_check: bool
    checked_by: str | None


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to be added: `subject` is its name, once in a run."""

    subject: str
    document_id: int | None = None
    pages: int = 0


def add_items(connection: Connection, run_id: str, items: Iterable[NewItem]) -> None:
    """Add items that wait."""
    rows = [
        {
            "run_id": run_id,
            "subject": each.subject,
            "document_id": each.document_id,
            "pages": each.pages,
            "state": ItemState.WAITING,
        }
        for each in items
    ]
    if rows:
        connection.execute(insert(night_items), rows)


def claim_item(connection: Connection, run_id: str, worker_id: str) -> NightItem | None:
    """Claim the next item: one that waits, or an item of a worker that is no longer entered.

    Filed items that only lack the work after filing come first. None if there is no item.
    """
    for which in (_left(), night_items.c.state == ItemState.WAITING):
        query = (
            select(night_items.c.id, night_items.c.state)
            .where(night_items.c.run_id == run_id, which)
            .order_by(night_items.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = connection.execute(query).one_or_none()
        if row is not None:
            values = {"holder": worker_id, "attempts": night_items.c.attempts + 1}
            if row.state is not ItemState.FILED:
                values["state"] = ItemState.IN_HAND
            claim = update(night_items).where(night_items.c.id == row.id).values(values)
            (claimed,) = fetch_all(connection, NightItem, claim.returning(*night_items.c))
            return claimed
    return None


def _left() -> ColumnElement[bool]:
    """Items that were claimed by workers that are no longer entered."""
    alive = select(workers.c.id).scalar_subquery()
    return night_items.c.state.in_((ItemState.IN_HAND, ItemState.FILED)) & or_(
        night_items.c.holder.is_(None), night_items.c.holder.not_in(alive)
    )


def is_any_free(connection: Connection, run_id: str) -> bool:
    """Whether a worker that asks for an item would get one."""
    return _exists(connection, run_id, or_(_left(), night_items.c.state == ItemState.WAITING))


def is_any_held(connection: Connection, run_id: str) -> bool:
    """Whether a worker that is entered has an item of a run in hand."""
    alive = select(workers.c.id).scalar_subquery()
    open_ = night_items.c.state.in_((ItemState.IN_HAND, ItemState.FILED))
    return _exists(connection, run_id, open_ & night_items.c.holder.in_(alive))


def give_back(connection: Connection, item: NightItem) -> None:
    """Let anybody take an item: it was not worked on to its end, and that does not count as an attempt."""
    own = (
        (night_items.c.id == item.id)
        & (night_items.c.holder == item.holder)
        & (night_items.c.state == ItemState.IN_HAND)
    )
    values = {"state": ItemState.WAITING, "holder": None, "attempts": night_items.c.attempts - 1}
    connection.execute(update(night_items).where(own).values(values))


def retry_later(connection: Connection, item: NightItem, reason: str) -> None:
    """An item failed: it waits for another attempt. One that is filed stays so: only what follows is due."""
    own = (night_items.c.id == item.id) & (night_items.c.holder == item.holder)
    connection.execute(update(night_items).where(own).values(holder=None, reason=reason))
    in_hand = (night_items.c.id == item.id) & (night_items.c.state == ItemState.IN_HAND)
    waits = in_hand & night_items.c.holder.is_(None)
    connection.execute(update(night_items).where(waits).values(state=ItemState.WAITING))


def item_filed(connection: Connection, item_id: int, **values: Any) -> None:
    """What was found is in the catalog with this transaction."""
    _set(connection, item_id, {**values, "state": ItemState.FILED})


def item_done(connection: Connection, item_id: int, **values: Any) -> None:
    """Nothing more is to be done with an item; `values`: columns of its row."""
    _set(connection, item_id, {"ended_at": now(), **values, "state": ItemState.DONE, "holder": None})


def set_item(connection: Connection, item_id: int, **values: Any) -> None:
    """Change columns of an item but its state."""
    if "state" in values:
        raise TypeError("an item's state is set by functions of its own")
    _set(connection, item_id, values)


def get_item(connection: Connection, item_id: int) -> NightItem:
    """An item that is there."""
    (found,) = fetch_all(connection, NightItem, select(night_items).where(night_items.c.id == item_id))
    return found


def items_of(
    connection: Connection,
    run_id: str,
    *,
    results: Sequence[str] | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[NightItem]:
    """A run's items by their ids, from the next after `after`; those with one of `results`, if that is
    said.
    """
    query = select(night_items).where(night_items.c.run_id == run_id, night_items.c.id > after)
    if results is not None:
        query = query.where(night_items.c.result.in_(list(results)))
    return fetch_all(connection, NightItem, query.order_by(night_items.c.id).limit(limit))


def is_any_open(connection: Connection, run_id: str) -> bool:
    """Whether any item of a run is not done."""
    return _exists(connection, run_id, night_items.c.state != ItemState.DONE)


def is_any_waiting(connection: Connection, run_id: str) -> bool:
    """Whether any item of a run waits to be taken in hand."""
    return _exists(connection, run_id, night_items.c.state == ItemState.WAITING)


def counts(connection: Connection, run_id: str) -> dict[str, int]:
    """How many items of a run have each result; `waiting` and `in hand` are those that are not done."""
    query = (
        select(night_items.c.state, night_items.c.result, func.count())
        .where(night_items.c.run_id == run_id)
        .group_by(night_items.c.state, night_items.c.result)
    )
    found: dict[str, int] = {}
    for state, result, number in connection.execute(query):
        name = result or "done" if state in (ItemState.DONE, ItemState.FILED) else ItemState(state).value
        found[name] = found.get(name, 0) + number
    return found


@dataclass(frozen=True, slots=True)
class DisagreedOn:
    """A document of which two readings disagree much: where it is, and its versions before and after."""

    number: str
    no: int
    title: str
    version_before: int | None
    version_after: int | None


def disagreed_on(
    connection: Connection, agency: str, limit: int, only: tuple[str, int] | None = None
) -> list[DisagreedOn]:
    """An agency's documents that a person is to look at, the newest first; `only`: a dossier's number, a
    document's.
    """
    query = (
        select(
            dossiers.c.number,
            documents.c.no,
            documents.c.title,
            night_items.c.version_before,
            night_items.c.version_after,
        )
        .join(documents, documents.c.id == night_items.c.document_id)
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(night_items.c.to_check, dossiers.c.agency == agency)
        .order_by(night_items.c.id.desc())
        .limit(limit)
    )
    if only is not None:
        query = query.where(dossiers.c.number == only[0], documents.c.no == only[1])
    return fetch_all(connection, DisagreedOn, query)


def _exists(connection: Connection, run_id: str, which: ColumnElement[bool]) -> bool:
    query = select(night_items.c.id).where(night_items.c.run_id == run_id, which).limit(1)
    return connection.scalar(query) is not None


def _set(connection: Connection, item_id: int, values: Mapping[str, Any]) -> None:
    connection.execute(update(night_items).where(night_items.c.id == item_id).values(dict(values)))
