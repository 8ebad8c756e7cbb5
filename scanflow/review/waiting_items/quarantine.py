"""Pages and files in quarantine: seen, tried again, tried with larger limits, replaced by another scan.

What was captured stays where it is kept. A new try is a batch of its own, of the same dossier; the page's
item is settled, and the log says by whom.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import msgspec

from scanflow.archive.logbook import SETTLED, LogEntry
from scanflow.archive.manifest import write_batch_manifest
from scanflow.clock import now
from scanflow.errors import InputError, NotFoundError, UsageError
from scanflow.ledger.batches import Intake, get_batch
from scanflow.ledger.files import batch_files
from scanflow.ledger.pages import get_page
from scanflow.ledger.records import BatchRecord, FileRecord, PageRecord
from scanflow.names import printable_name
from scanflow.pipeline.intake.take import take as take_files
from scanflow.pipeline.sandbox.pool import ChildProcesses, outcome
from scanflow.review.access import Reviewer
from scanflow.review.context import Review
from scanflow.review.waiting_items.queue import give_back, require_item, require_taken
from scanflow.review.waiting_items.queue_items import Item

ORIGIN = "review"
"""The origin of batches that reviewers make."""
_LARGER = 4
"""The factor by which limits are larger for one try."""
_ONE_IMAGE = (b"\xff\xd8\xff", b"\x89PNG\r\n")
"""The first bytes of files that are one image: JPEG, PNG."""
_WIDTH = 2480
"""Width in pixels of the picture that such a try gives: A4 at 300 dpi."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A page (`page`) or a whole file in quarantine, its batch, and the file that it came in."""

    item: Item
    batch: BatchRecord
    page: PageRecord | None
    file: FileRecord | None

    @property
    def object_key(self) -> str | None:
        """Where its bytes are: the page's own, or those of the file that it is in."""
        own = self.page.object_key if self.page else None
        return own or (self.file.object_key if self.file else None)

    @property
    def alone(self) -> bool:
        """Whether those bytes are this page, or file, and nothing else."""
        return self.page is None or self.page.object_key is not None

    @property
    def signed(self) -> bool:
        return self.file is not None and self.file.signed

    @property
    def number(self) -> str | None:
        """The dossier that it belongs to, if that is known."""
        return self.batch.dossier_number or self.batch.clerk_number


def open_quarantined(review: Review, who: Reviewer, key: str) -> Quarantined:
    """What is in quarantine under an item's key, in the reviewer's agency. Raises NotFoundError."""
    item = require_item(review, who, key)
    if item.kind not in ("quarantine", "file"):
        raise NotFoundError("nothing waits under this name", "Việc này không còn chờ xử lý.")
    with review.catalog.reading() as connection:
        batch = get_batch(connection, item.batch_id)
        files = {each.id: each for each in batch_files(connection, item.batch_id)}
        page = get_page(connection, item.batch_id, item.no) if item.kind == "quarantine" else None
    if page is not None:
        return Quarantined(item, batch, page, files.get(page.file_id or 0))
    file = next(each for each in files.values() if each.no == item.no)
    return Quarantined(item, batch, None, file)


def captured_bytes(review: Review, found: Quarantined) -> tuple[bytes, str]:
    """The bytes as captured, and a name for them. Raises NotFoundError where none are kept, StoreError."""
    key = found.object_key
    if key is None:
        raise NotFoundError("its bytes are not kept", "Tệp này không được giữ trong kho.")
    suffix = PurePosixPath(key).suffix
    stem = f"{found.batch.id}.{found.item.no:04}"
    return review.services.store.get(key), f"{stem}{suffix}"


def picture(review: Review, found: Quarantined, width: int) -> bytes:
    """A page as a JPEG. Raises InputError where it can't be shown either, NotFoundError, StoreError."""
    return _picture(review.children, review, found, width)


def _picture(children: ChildProcesses, review: Review, found: Quarantined, width: int) -> bytes:
    data, name = captured_bytes(review, found)
    no = 1 if found.alone or found.page is None else found.page.file_page or 1
    if found.file is not None and not (found.page and found.page.object_key):
        name = found.file.name
    made = outcome(children.picture(data, name, no, None, width), f"page {found.item.no}")
    if isinstance(made, InputError):
        raise made
    return made


def retry(review: Review, who: Reviewer, found: Quarantined) -> str:
    """Take the same bytes in again; gives the new batch. Raises UsageError for one page of a whole file."""
    if found.signed or not found.alone:
        raise UsageError(
            "this page is one of a file that is kept whole: try larger limits, or replace it",
            "Trang này thuộc tệp được giữ nguyên. Hãy thử giới hạn cao hơn hoặc thay bằng bản quét khác.",
        )
    return _take_again(review, who, found, *captured_bytes(review, found), "retried")


def retry_larger(review: Review, who: Reviewer, found: Quarantined) -> str:
    """Render the page once with larger limits, and take that picture in; gives the new batch.

    Raises InputError where that fails, too.
    """
    if found.signed or (found.page is None and not captured_bytes(review, found)[0].startswith(_ONE_IMAGE)):
        raise UsageError(
            "a file of several pages can't be taken in as one picture: replace it",
            "Tệp này có thể có nhiều trang nên không lấy thành một ảnh được. Hãy thay bằng tệp khác.",
        )
    settings = review.services.settings
    limits = msgspec.structs.replace(
        settings.limits,
        pixels=settings.limits.pixels * _LARGER,
        seconds=settings.limits.seconds * _LARGER,
        memory=settings.limits.memory * _LARGER,
    )
    larger = settings.model_copy(update={"limits": limits, "jobs": 1})
    with ChildProcesses(larger) as children:
        data = _picture(children, review, found, _WIDTH)
    return _take_again(review, who, found, data, f"{found.batch.id}.{found.item.no:04}.jpg", "larger limits")


def replace_by(review: Review, who: Reviewer, found: Quarantined, data: bytes, name: str) -> str:
    """Take another scan of the same paper in; gives the new batch. Its format is checked when it is read."""
    if not data:
        raise UsageError("an empty file", "Tệp rỗng. Hãy chọn tệp khác.")
    return _take_again(
        review, who, found, data, printable_name(PurePosixPath(name).name) or "scan", "replaced"
    )


def _take_again(  # noqa: PLR0913, PLR0917 - what is taken, instead of what, and how that is called
    review: Review, who: Reviewer, found: Quarantined, data: bytes, name: str, how: str
) -> str:
    key, batch = found.item.key, found.batch
    require_taken(review, who, key)
    intake = Intake(
        ORIGIN,
        operator=who.name,
        clerk_number=found.number,
        procedure_code=batch.procedure_code,
        agency=batch.agency,
    )
    with tempfile.TemporaryDirectory(prefix="scanflow-") as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        (batch_id,) = take_files(review.services, [path], Path.read_bytes, intake).batches
    after = {"kind": found.item.kind, "reason": how, "batch": batch_id}
    with review.catalog.transaction() as connection:
        entry = LogEntry(now(), who.name, SETTLED, found.item.subject, after=after)
        review.catalog.append_log(entry, connection=connection)
    write_batch_manifest(review.services.store, review.catalog, batch.id)
    give_back(review, who, key)
    return batch_id
