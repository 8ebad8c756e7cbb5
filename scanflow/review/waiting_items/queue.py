"""The reviewers' queue: claiming, confirming and settling items, and numbers for waiting batches.

One person at a time can claim an item. Items are computed from the catalog (`queue_items`): one disappears
when its question is decided.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from scanflow.archive.documents.filed_documents import ids_of_documents
from scanflow.archive.logbook import REOPENED, SETTLED, LogEntry
from scanflow.archive.manifest import write_batch_manifest, write_manifest
from scanflow.archive.people import review_claims
from scanflow.archive.search.changes import mark_changed
from scanflow.clock import now
from scanflow.errors import NotFoundError, OutdatedError, UsageError
from scanflow.ledger.batches import get_batch, unknown_batch
from scanflow.ledger.records import BatchRecord
from scanflow.model import UNKNOWN_TYPE, BatchState
from scanflow.pipeline.waiting_batches import assign_batch, retry_batch
from scanflow.review.access import Reviewer, open_document
from scanflow.review.context import Review
from scanflow.review.corrections.correcting import confirm_fields, confirm_rows, correct_type
from scanflow.review.waiting_items.queue_items import SETTLEABLE, Item, all_items, one_item
from scanflow.text.dossier_numbers import normalise_dossier_number
from scanflow.text.normalization import nfc

_IN_HAND = timedelta(minutes=10)
LONGEST_REASON = 500
MOST_AT_ONCE = 200
"""Items that one form decides."""


def items(review: Review, who: Reviewer) -> list[Item]:
    """The items of the reviewer's agency, the most valuable first, each with who has claimed it."""
    return _with_holders(review, all_items(review, who.agency))


def require_item(review: Review, who: Reviewer, key: str) -> Item:
    """An item by its key, if it still waits in the reviewer's agency. Raises NotFoundError."""
    found = one_item(review, who.agency, key)
    if found is None:
        raise _nothing()
    return _with_holders(review, [found])[0]


def _nothing() -> NotFoundError:
    return NotFoundError("nothing waits under this name", "Việc này không còn chờ xử lý.")


def _with_holders(review: Review, found: Sequence[Item]) -> list[Item]:
    with review.catalog.reading() as connection:
        held = review_claims.claims_on(connection, [each.key for each in found], now())
    return [replace(each, holder=held.get(each.key, "")) for each in found]


def take_next(review: Review, who: Reviewer) -> Item | None:
    """Claim the first item that nobody else has claimed; None where nothing is left."""
    for item in items(review, who):
        if item.kind != "counter" and item.holder in ("", who.name) and take(review, who, item.key):
            return item
    return None


def take(review: Review, who: Reviewer, key: str) -> bool:
    """Claim an item, or prolong the claim; False where somebody else has it."""
    at = now()
    with review.catalog.transaction() as connection:
        return review_claims.claim(connection, key, who.name, at=at, until=at + _IN_HAND)


def require_taken(review: Review, who: Reviewer, key: str) -> None:
    """Claim an item to decide it. Raises OutdatedError where somebody else has it."""
    if not take(review, who, key):
        raise OutdatedError


def give_back(review: Review, who: Reviewer, key: str) -> None:
    """Let others take an item."""
    with review.catalog.transaction() as connection:
        review_claims.release(connection, key, who.name)


# --- settling ------------------------------------------------------------------------------------------


def settle(review: Review, who: Reviewer, key: str, reason: str = "") -> None:
    """Settle an item: what it asks about stays as it is.

    Raises NotFoundError, OutdatedError where somebody else has claimed it, UsageError without a reason where
    one is needed.
    """
    item = require_item(review, who, key)
    reason = " ".join(nfc(reason).split())[:LONGEST_REASON]
    if item.kind not in SETTLEABLE:
        raise UsageError("this waits until it is done", "Việc này phải được xử lý, không bỏ qua được.")
    if item.kind in ("quarantine", "file", "dossier") and not reason:
        raise UsageError("say why", "Hãy ghi lý do.")
    require_taken(review, who, key)
    _log_settling(review, who, item, SETTLED, reason)
    give_back(review, who, key)


def reopen(review: Review, who: Reviewer, key: str) -> None:
    """Take back that an item was settled: it is in the queue again. Raises NotFoundError."""
    item = one_item(review, who.agency, key, with_settled=True)
    if item is None or item.kind not in SETTLEABLE:
        raise _nothing()
    _log_settling(review, who, item, REOPENED, "")


def _log_settling(review: Review, who: Reviewer, item: Item, action: str, reason: str) -> None:
    after = {"kind": item.kind} | ({"reason": reason} if reason else {})
    entry = LogEntry(now(), who.name, action, item.subject, after=after)
    with review.catalog.transaction() as connection:
        review.catalog.append_log(entry, connection=connection)
        if action == REOPENED and item.number:
            # So that all servers examine it again, however old it is.
            mark_changed(connection, ids_of_documents(connection, who.agency, item.number, item.no))
    if item.batch_id:
        write_batch_manifest(review.services.store, review.catalog, item.batch_id)
    else:
        write_manifest(review.services.store, review.catalog, item.number)


def confirm(review: Review, who: Reviewer, key: str) -> None:
    """Confirm what was found: a type, a row, all doubtful values, a cut.

    Raises NotFoundError, OutdatedError where somebody else has claimed it, UsageError for an item that can't
    be confirmed.
    """
    item = require_item(review, who, key)
    require_taken(review, who, key)
    if item.kind == "type":
        opened = open_document(review, who, item.number, item.no)
        if opened.document.type == UNKNOWN_TYPE:
            raise UsageError("its type is not known: choose one", "Chưa rõ loại giấy tờ. Hãy chọn.")
        correct_type(review, who, opened, opened.document.type)
    elif item.kind == "row":
        confirm_rows(review, who, open_document(review, who, item.number, item.no))
    elif item.kind == "fields":
        confirm_fields(review, who, open_document(review, who, item.number, item.no))
    elif item.kind in ("cut", "reread"):
        _log_settling(review, who, item, SETTLED, "")
    else:
        raise UsageError("this can't be confirmed", "Việc này không xác nhận được, cần xử lý riêng.")
    give_back(review, who, key)


def decide_all(review: Review, who: Reviewer, keys: Sequence[str], action: str, reason: str) -> list[str]:
    """Confirm or settle several items; gives those that could not be (somebody was faster, or they need
    another decision).
    """
    left = []
    for key in dict.fromkeys(keys):
        try:
            if action == "confirm":
                confirm(review, who, key)
            else:
                settle(review, who, key, reason)
        except (NotFoundError, OutdatedError, UsageError):
            left.append(key)
    return left


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
    else has claimed it.
    """
    row = open_batch(review, who, batch_id)
    key = f"batch/{batch_id}"
    require_taken(review, who, key)
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
