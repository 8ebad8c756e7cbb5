"""What a child finds in a PDF that scanflow wrote, to be read again."""

from dataclasses import dataclass

from scanflow.model import CapturedPage, PageReading

Matrix = tuple[float, ...]
"""Six numbers (a b c d e f), as PDF has them: how a unit square becomes the image on a page, y upwards."""


@dataclass(frozen=True, slots=True)
class FiledScans:
    """The scans of a file that can be taken out, and the matrix by which each of its pages is drawn.

    A page that was taken over with a text of its own has None.
    """

    pages: tuple[CapturedPage, ...]
    matrices: tuple[Matrix | None, ...]


@dataclass(frozen=True, slots=True)
class RereadPage:
    """The only page of a file, read again: None where it can't be read, or has a text of its own."""

    matrix: Matrix | None
    reading: PageReading | None
