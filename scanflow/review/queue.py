"""What waits for a reviewer, in one list: first what a minute of a person's time gains most.

An item is in one person's hand at a time; who leaves it lying loses it after a while. It leaves the list when
what made it one is decided, wherever that is done.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from scanflow.archive import review_claims
from scanflow.archive.field_details import from_json
from scanflow.archive.filed_documents import DocumentToCheck, newest_documents
from scanflow.clock import now
from scanflow.errors import NotFoundError, OutdatedError, UsageError
from scanflow.ledger.batches import get_batch, unknown_batch
from scanflow.ledger.records import BatchRecord
from scanflow.ledger.waiting import quarantined_pages, waiting_batches
from scanflow.model import UNKNOWN_TYPE, BatchState, FieldValue
from scanflow.pipeline.filing.numbering import REASONS
from scanflow.pipeline.filing.papers import CHOSEN
from scanflow.pipeline.waiting_batches import assign_batch, retry_batch
from scanflow.review.access import Reviewer
from scanflow.review.context import Review
from scanflow.text.dossier_numbers import normalise_dossier_number

Kind = Literal["batch", "quarantine", "type", "fields"]

LOOKED_AT = 1000
"""Documents, those filed last, whose types and values are looked at."""
_SHOWN = 200
_IN_HAND = timedelta(minutes=10)

# What deciding an item gains beside others: a batch keeps all of its pages from being found at all, a page in
# quarantine one; a wrong type misleads the checklist; a value only who looks for that value.
_GAIN_BATCH, _GAIN_PAGE, _GAIN_TYPE, _GAIN_FIELD = 20.0, 15.0, 10.0, 2.0


@dataclass(frozen=True, slots=True)
class Item:
    """Something to decide: a document's type or values, a batch's number, or a page that can't be read.

    `key` names it; `reason` and `reason_vi` say why it is here; `holder` has it in hand.
    """

    kind: Kind
    key: str
    gain: float
    number: str = ""
    no: int = 0
    batch_id: str = ""
    title: str = ""
    count: int = 0
    reason: str = ""
    reason_vi: str = ""
    holder: str = ""


def items(review: Review, who: Reviewer) -> list[Item]:
    """What waits in the reviewer's agency, the most gainful first, each with who has it in hand."""
    found = sorted(_items(review, who), key=lambda each: (-each.gain, each.key))[:_SHOWN]
    with review.catalog.reading() as connection:
        held = review_claims.claims_on(connection, [each.key for each in found], now())
    return [replace(each, holder=held.get(each.key, "")) for each in found]


def take_next(review: Review, who: Reviewer) -> Item | None:
    """Take the first item that nobody else has in hand; None where nothing is left."""
    for item in items(review, who):
        if item.kind != "quarantine" and item.holder in ("", who.name) and take(review, who, item.key):
            return item
    return None


def take(review: Review, who: Reviewer, key: str) -> bool:
    """Take an item in hand, or keep it longer; False where somebody else has it."""
    at = now()
    with review.catalog.transaction() as connection:
        return review_claims.claim(connection, key, who.name, at=at, until=at + _IN_HAND)


def give_back(review: Review, who: Reviewer, key: str) -> None:
    """Let others take an item."""
    with review.catalog.transaction() as connection:
        review_claims.release(connection, key, who.name)


# --- batches -------------------------------------------------------------------------------------------


def open_batch(review: Review, who: Reviewer, batch_id: str) -> BatchRecord:
    """A batch of the reviewer's agency that waits for a person. Raises NotFoundError."""
    with review.catalog.reading() as connection:
        row = get_batch(connection, batch_id)
    if row.agency != who.agency or row.state not in (BatchState.UNASSIGNED, BatchState.FAILED):
        raise unknown_batch(batch_id)
    return row


def decide_batch(review: Review, who: Reviewer, batch_id: str, typed: str) -> None:
    """Give a batch without a number the one that a person typed, or send a failed one on again.

    The caller puts it into the workers' queue. Raises NotFoundError, UsageError, OutdatedError where somebody
    else has it in hand.
    """
    row = open_batch(review, who, batch_id)
    key = _batch_key(batch_id)
    if not take(review, who, key):
        raise OutdatedError
    if row.state is BatchState.FAILED:
        retry_batch(review.services, batch_id, who.name)
    else:
        number = normalise_dossier_number(typed, review.services.settings.codes.dossier_grammars)
        agency = review.catalog.agency_of_dossier(number)
        if agency not in (None, who.agency):
            raise UsageError(
                "this dossier number can't be used here: check it, or ask the administrator",
                "Mã hồ sơ này không dùng được ở đây. Hãy kiểm tra lại hoặc báo cho người quản trị hệ thống.",
            )
        assign_batch(review.services, batch_id, number, row.procedure_code, who.name)
    give_back(review, who, key)


# --- what is an item -----------------------------------------------------------------------------------


def _items(review: Review, who: Reviewer) -> Iterator[Item]:
    settings = review.services.settings.classify
    with review.catalog.reading() as connection:
        for batch in waiting_batches(connection, who.agency, _SHOWN):
            reason, reason_vi = REASONS.get(batch.reason or "", (batch.reason or "", ""))
            yield Item(
                "batch", _batch_key(batch.id), _GAIN_BATCH * max(1, batch.pages), batch_id=batch.id,
                count=batch.pages, reason=reason, reason_vi=reason_vi,
            )  # fmt: skip
        for page in quarantined_pages(connection, who.agency, _SHOWN):
            yield Item(
                "quarantine", f"page/{page.batch_id}/{page.no}", _GAIN_PAGE,
                no=page.no, batch_id=page.batch_id, reason=page.reason or "", reason_vi=page.reason_vi or "",
            )  # fmt: skip
        documents = newest_documents(connection, who.agency, LOOKED_AT)
    for document in documents:
        if _has_doubtful_type(document, settings.min_confidence):
            gain = _GAIN_TYPE * (1 if document.type == UNKNOWN_TYPE else 1 - document.confidence)
            yield _of("type", document, gain)
        least = settings.min_field_confidence
        doubtful = sum(_is_doubtful(each, least) for each in from_json(document.field_details))
        if doubtful:
            yield _of("fields", document, _GAIN_FIELD * doubtful, doubtful)


def _has_doubtful_type(document: DocumentToCheck, least: float) -> bool:
    if document.row_matches or any(each["cue"] == CHOSEN for each in document.evidence):
        return False
    return document.type == UNKNOWN_TYPE or document.confidence < least


def _is_doubtful(value: FieldValue, least: float) -> bool:
    return value.source != "person" and (value.confidence < least or bool(value.problems))


def _of(kind: Kind, document: DocumentToCheck, gain: float, count: int = 0) -> Item:
    key = f"{kind}/{document.number}/{document.no}"
    return Item(kind, key, gain, number=document.number, no=document.no, title=document.title, count=count)


def _batch_key(batch_id: str) -> str:
    return f"batch/{batch_id}"


def require_item(review: Review, who: Reviewer, key: str) -> Item:
    """An item by its key, if it still waits in the reviewer's agency. Raises NotFoundError."""
    found = next((each for each in items(review, who) if each.key == key), None)
    if found is None:
        raise NotFoundError("nothing waits under this name", "Việc này không còn chờ xử lý.")
    return found
