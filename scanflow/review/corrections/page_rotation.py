"""Pages of a document in another order or turned: their words, and the values that were read on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scanflow.archive.documents.page_words import PageWords
from scanflow.model import Box, FieldValue, Word

QUARTERS = (0, 90, 180, 270)


@dataclass(frozen=True, slots=True)
class ArrangedPage:
    """A page of a document (from 1) where it is to stand, and the clockwise degrees by which it is turned."""

    page: int
    rotation: int = 0


def turned_page(page: PageWords, rotation: int) -> PageWords:
    """A page with its words and seals where they stand after a rotation."""
    if rotation == 0:
        return page
    width, height = page.size
    size = (width, height) if rotation == 180 else (height, width)
    return replace(
        page,
        size=size,
        words=tuple(turned_word(word, page.size, rotation) for word in page.words),
        seals=tuple(replace(seal, box=turned_box(seal.box, page.size, rotation)) for seal in page.seals),
    )


def turned_word(word: Word, size: tuple[float, float], rotation: int) -> Word:
    return replace(word, box=turned_box(word.box, size, rotation))


def turned_box(box: Box, size: tuple[float, float], rotation: int) -> Box:
    """A rectangle of a page of `size` points after a clockwise rotation of 0, 90, 180 or 270 degrees."""
    width, height = size
    if rotation == 90:
        return Box(height - box.bottom, box.left, height - box.top, box.right)
    if rotation == 180:
        return Box(width - box.right, height - box.bottom, width - box.left, height - box.top)
    if rotation == 270:
        return Box(box.top, width - box.right, box.bottom, width - box.left)
    return box


def placed_values(
    details: Sequence[FieldValue], placed: Sequence[ArrangedPage], sizes: Mapping[int, tuple[float, float]]
) -> tuple[FieldValue, ...]:
    """The values of the pages that are `placed`, by their new numbers; those of other pages are left out.

    `sizes` are those of the pages as they were. What a person set on no page stays with the first.
    """
    places = {each.page: (number, each.rotation) for number, each in enumerate(placed, start=1)}
    made = []
    for each in details:
        if each.page not in places:
            continue
        number, rotation = places[each.page]
        box = turned_box(each.box, sizes[each.page], rotation) if each.box and each.page in sizes else None
        made.append(replace(each, page=number, box=box))
    return tuple(made)


def corrected_by_person(page: PageWords) -> bool:
    """Whether somebody typed over words of a page: those are certain, and keep what was read beside them."""
    return any(word.raw is not None and word.confidence == 1.0 for word in page.words)
