"""The ledger's functions under their former names, for tests that are being changed by others."""

from scanflow.ledger.batches import (
    Count,
    Intake,
    batch_taken,
    bump_revision,
    set_batch,
    set_batch_state,
    unassign,
    unknown_batch,
)
from scanflow.ledger.batches import assign_number as assign
from scanflow.ledger.batches import begin_batch as begin
from scanflow.ledger.batches import close_batch as close
from scanflow.ledger.batches import count_of as count
from scanflow.ledger.batches import get_batch as batch
from scanflow.ledger.files import (
    ExpectedFile,
    batch_files,
    file_dropped,
    file_taken,
    file_unpacked,
    file_withdrawn,
    forget_source,
    known_batches,
    quarantine_file,
    source_id,
)
from scanflow.ledger.files import expect_files as expect
from scanflow.ledger.files import expect_next_file as expect_next
from scanflow.ledger.pages import (
    Reason,
    batch_pages,
    first_page_no,
    page_kept,
    page_quarantined,
    page_read,
    page_reopened,
    page_set_aside,
    page_unread,
    pages_filed,
    settled_pages,
)

__all__ = [
    "Count",
    "ExpectedFile",
    "Intake",
    "Reason",
    "assign",
    "batch",
    "batch_files",
    "batch_pages",
    "batch_taken",
    "begin",
    "bump_revision",
    "close",
    "count",
    "expect",
    "expect_next",
    "file_dropped",
    "file_taken",
    "file_unpacked",
    "file_withdrawn",
    "first_page_no",
    "forget_source",
    "known_batches",
    "page_kept",
    "page_quarantined",
    "page_read",
    "page_reopened",
    "page_set_aside",
    "page_unread",
    "pages_filed",
    "quarantine_file",
    "set_batch",
    "set_batch_state",
    "settled_pages",
    "source_id",
    "unassign",
    "unknown_batch",
]
