"""A batch (tập giấy tờ), its files and its pages: as the ledger has them, and while they are worked on.

The first three records are rows of the ledger's tables, with a field for each column, of the same name; a
test holds them against the tables. The others also have what was taken out of the files and read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from scanflow.capture.files.unpacked import Unpacked
from scanflow.errors import InputError
from scanflow.model import BatchState, CapturedPage, FileState, NumberSource, PageReading, PageState


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch.

    `origin` says how it came in (`inbox`, `ingest`, `station`, `rebuild`), `operator` who has it or brought
    it. `dossier_number` is the dossier in which it was filed (the first of several), `number_source` how
    that number was found, and `clerk_number` the number that a person stated. `reason` says why it waits.
    `job` names the queue's job that works on it, `turn` counts how often its work has passed on, `attempts`
    how often that failed. The last six are about the desk: the counter, a number that grows with every
    change, the agency, since when its clerk has it, whose it was before, and who handed it over.
    """

    id: str
    origin: str
    operator: str
    clerk_number: str | None
    dossier_number: str | None
    number_source: NumberSource | None
    procedure_code: str | None
    state: BatchState
    reason: str | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    job: str | None
    turn: int
    attempts: int
    counter: str | None
    revision: int
    agency: str
    held_since: datetime | None
    handed_from: str | None
    handed_by: str | None


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file of a batch, with its number `no` there.

    `source_id` tells whether the same file comes again; None where that is not known. `sha256` and `size`
    (bytes) are those of the file as it came. `object_key` is where its bytes are in the store; None before
    they are stored and after they were deleted. `order_id` is the counter's order that it was scanned on.
    """

    id: int
    batch_id: str
    no: int
    source_id: str | None
    name: str
    sha256: str
    size: int
    object_key: str | None
    state: FileState
    reason_code: str | None
    reason: str | None
    reason_vi: str | None
    signed: bool
    lossless: bool
    order_id: int | None

    @property
    def stored_key(self) -> str:
        """The key of a file whose bytes are in the store. Raises ValueError for one that has none there."""
        if self.object_key is None:
            raise ValueError(f"file {self.no} of batch {self.batch_id} is not in the store")
        return self.object_key


@dataclass(frozen=True, slots=True)
class PageRecord:
    """A page of a batch, with its number `no` there and `file_page` in its file, both from 1.

    `sha256` is that of the captured bytes; empty where the page could not be taken out of its file.
    `object_key` is where they are in the store, if they are kept by themselves. `width` and `height` are
    pixels. `geometry` and `quality` are as `scanflow.model` has them, `decided` as
    `scanflow.ledger.decisions` keeps it.
    """

    id: int
    batch_id: str
    file_id: int | None
    no: int
    file_page: int | None
    sha256: str
    media_type: str
    object_key: str | None
    state: PageState
    reason_code: str | None
    reason: str | None
    reason_vi: str | None
    fingerprint: str | None
    width: int | None
    height: int | None
    dpi: float | None
    geometry: Mapping[str, Any] | None
    quality: Mapping[str, Any] | None
    confidence: float | None
    decided: Mapping[str, Any] | None
    document_id: int | None
    document_page: int | None


Entry = CapturedPage | tuple[int, InputError]
"""A page of a file, or its place there and the reason why it could not be taken."""


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file of a batch, taken apart.

    `no` is its number in the batch, `sha256` that of its bytes as they came, `first_no` its first page's
    number in the batch.
    """

    id: int
    no: int
    name: str
    object_key: str
    sha256: str
    first_no: int
    unpacked: Unpacked = field(repr=False)

    def is_whole(self, pages: Sequence["BatchPage"]) -> bool:
        """Whether these are all of the file's pages, and only its."""
        own = all(page.file is self for page in pages)
        return own and len(pages) == len(self.unpacked.pages) + len(self.unpacked.problems)


@dataclass(frozen=True, slots=True)
class PlacedPage:
    """What must be known of a page to tell which paper it belongs to.

    `file_pages` are how many pages its file has, without those that could not be taken out of it.
    """

    no: int
    reading: PageReading
    file_id: int
    file_pages: int
    signed: bool

    @property
    def alone(self) -> bool:
        """Whether its file is no part of a paper in other files: of several pages, or signed."""
        return self.signed or self.file_pages > 1


@dataclass(frozen=True, slots=True)
class BatchPage:
    """A page that was read: its number in the batch, what was captured and what was found.

    `captured` is None for a page that could not be taken out of a signed file, of which it is part all the
    same.
    """

    no: int
    file: TakenFile
    captured: CapturedPage | None
    reading: PageReading

    @property
    def placed(self) -> PlacedPage:
        """The page as the classifier needs it."""
        unpacked = self.file.unpacked
        return PlacedPage(self.no, self.reading, self.file.id, len(unpacked.pages), unpacked.signed)

    @property
    def sha256(self) -> str:
        """The checksum of the captured bytes; empty where there are none."""
        return sha256(self.captured.data).hexdigest() if self.captured else ""

    @property
    def layer(self) -> str | None:
        """The text of the source's own layer, where that was not trusted."""
        return self.captured.layer if self.captured else None


def in_order(file: TakenFile) -> list[tuple[int, Entry]]:
    """The pages of a file by their numbers in the batch, with those that could not be taken."""
    places: dict[int, Entry] = {page.no: page for page in file.unpacked.pages}
    places |= {problem.no: (problem.no, problem.error) for problem in file.unpacked.problems}
    return [(file.first_no + index, places[no]) for index, no in enumerate(sorted(places))]
