"""A batch (lô) while it is on the line: its files taken apart, its pages read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from scanflow.capture.files.unpacked import Unpacked
from scanflow.errors import InputError
from scanflow.model import CapturedPage, PageReading

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
