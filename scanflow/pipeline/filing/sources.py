"""Which captured files are kept beside a document, because they hold more than its pages.

A file whose pages are its own image streams and which has nothing beside them is released once it is filed.
Any other is kept: once in a dossier, named by each document that has pages of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanflow.capture.files.unpacked import Unpacked
from scanflow.ledger.records import BatchPage, TakenFile
from scanflow.pdf.document import PageLoss


@dataclass(frozen=True, slots=True)
class ToKeep:
    """A file to be kept, and what was not taken of it, or not losslessly."""

    file: TakenFile
    reasons: tuple[str, ...]


def files_to_keep(pages: Sequence[BatchPage], losses: Sequence[PageLoss]) -> list[ToKeep]:
    """The files to be kept beside a document that was written of these pages, in their order."""
    lost = {pages[loss.index].no: loss for loss in losses}
    found: dict[int, dict[str, None]] = {}
    for page in pages:
        reasons = found.setdefault(page.file.id, dict.fromkeys(_of_taking_apart(page.file.unpacked)))
        if loss := lost.get(page.no):
            reasons |= dict.fromkeys((*([loss.recoded] if loss.recoded else []), *loss.left_out))
    files = {page.file.id: page.file for page in pages}
    return [ToKeep(files[id_], tuple(reasons)) for id_, reasons in found.items() if reasons]


def left_out(pages: Sequence[BatchPage], losses: Sequence[PageLoss]) -> tuple[str, ...]:
    """What the files had beside the pages of a document: on them, and as a whole."""
    found: dict[str, None] = {}
    for page in pages:
        found |= dict.fromkeys(page.captured.left_out if page.captured else ())
        found |= dict.fromkeys(page.file.unpacked.left_out)
    for loss in losses:
        found |= dict.fromkeys(loss.left_out)
    return tuple(sorted(found))


def _of_taking_apart(unpacked: Unpacked) -> Iterator[str]:
    """What a file has besides its pages as they were taken out of it."""
    for page in unpacked.pages:
        yield from page.altered
        yield from page.left_out
    yield from unpacked.left_out
