"""The result of taking a file apart."""

from dataclasses import dataclass
from typing import Literal

from scanflow.errors import InputError
from scanflow.model import CapturedPage

TextLayers = Literal["good", "any", "digital", "none"]
"""Which pages with their own text layer stay as they are; the others are read.

`good`: those with a good text layer; `any`: all; `digital`: those that are no scans; `none`: none at all.
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pages of a file a person wants read.

    `ranges`: first and last numbers (None: to the end); empty: every page. A page that isn't wanted stays as
    it is. `old_text`: whether a scan that is read also gets its old text layer (`CapturedPage.layer`); for
    that three programs of poppler are started. `hashed`: whether pages are identified by the hash of their
    bytes, so that the same page must give the same bytes each time.
    """

    layers: TextLayers = "good"
    ranges: tuple[tuple[int, int | None], ...] = ()
    old_text: bool = True
    hashed: bool = True

    def has(self, no: int) -> bool:
        """Whether page `no` is to be read."""
        return not self.ranges or any(low <= no and (high is None or no <= high) for low, high in self.ranges)


@dataclass(frozen=True, slots=True)
class PageProblem:
    """A page of a file that could not be taken; the file's other pages are used without it."""

    no: int
    error: InputError


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The pages of one file, numbered from 1 as in the file.

    `pages` and `problems` together account for every page. `signed`: the file has a digital signature (chữ ký
    số) and must be filed byte for byte. `pristine`: every page has a good text layer of its own, so the file
    can be filed unchanged if it is one paper. `left_out`: what the file contains besides its pages
    (`EmbeddedFiles`, `Outlines`, …).
    """

    pages: tuple[CapturedPage, ...]
    problems: tuple[PageProblem, ...]
    signed: bool = False
    pristine: bool = False
    left_out: tuple[str, ...] = ()

    @property
    def lossless(self) -> bool:
        """Whether the file contains nothing besides the pages, and each was taken without loss."""
        return not (self.problems or self.left_out) and all(page.lossless for page in self.pages)
