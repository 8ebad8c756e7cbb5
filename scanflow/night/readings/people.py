"""What people corrected on a document's pages, over all of its versions.

A word that a person typed or confirmed is marked. Versions of older releases have no marks: there it is a
word that a correction added. The places of removed words are kept, so that no new reading fills them again.
All versions of a page have the same coordinates.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from scanflow.archive.documents.page_words import PageWords
from scanflow.model import Box, DocumentVersion, StoredObject, Word

CORRECTED = "corrected"
"""The key of `made_by` in a version that a person's correction made."""
_SAME_PLACE = 2.0
"""Greatest distance, in points, between the centres of the same word in two versions."""
_OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class PersonsPage:
    """`words`: words of a page that a person typed or confirmed, in reading order; `emptied`: places of words
    that they removed; `left`: places of words that they left unchanged.
    """

    words: tuple[Word, ...] = ()
    emptied: tuple[Box, ...] = ()
    left: tuple[Box, ...] = ()

    @property
    def untouched(self) -> bool:
        return not (self.words or self.emptied)


def persons_pages(
    versions: Sequence[DocumentVersion], words_of: Callable[[StoredObject], Sequence[PageWords]]
) -> Mapping[int, PersonsPage]:
    """What people corrected, by the page's index; pages that nobody touched are not among them.

    `versions` are all, the newest last.
    """
    if not any(CORRECTED in each.made_by for each in versions):
        return {}
    before: Sequence[PageWords] | None = None
    states: dict[str, dict[int, PersonsPage]] = {}
    state: dict[int, PersonsPage] = {}
    for version in versions:
        pages = words_of(version.words)
        if (
            version.words.sha256 in states
        ):  # an older text was brought back, and what people had said of it then
            state = states[version.words.sha256]
        elif before is not None and _is_rearranged(before, pages):
            state = _by_marks(pages, state)
        elif CORRECTED in version.made_by and before is not None:
            state = {
                no: page
                for no, (old, new) in enumerate(zip(before, pages, strict=True))
                if not (page := _after_correction(old, new, state.get(no, PersonsPage()))).untouched
            }
        else:
            state = {
                no: replace(page, words=_marked(pages[no].words) or page.words) for no, page in state.items()
            }
        states[version.words.sha256] = state
        before = pages
    return state


def _is_rearranged(before: Sequence[PageWords], pages: Sequence[PageWords]) -> bool:
    """Whether pages were turned, moved, split off or joined: a correction of text changes one page."""
    changed = [
        old.size != new.size or old.words != new.words for old, new in zip(before, pages, strict=False)
    ]
    return (
        len(before) != len(pages)
        or (sum(changed) > 1 and {each.words for each in before} == {each.words for each in pages})
        or any(old.size != new.size for old, new in zip(before, pages, strict=False))
    )


def _by_marks(pages: Sequence[PageWords], before: Mapping[int, PersonsPage]) -> dict[int, PersonsPage]:
    """A person's words on pages that were rearranged: marked ones, and words that were the person's before,
    by text and certainty.

    The places of removed words are no longer known.
    """
    texts = {word.text for page in before.values() for word in page.words}
    found: dict[int, PersonsPage] = {}
    for no, page in enumerate(pages):
        words = tuple(
            replace(word, by_person=True)
            for word in page.words
            if word.by_person or (word.confidence >= 1.0 and word.text in texts)
        )
        if words:
            found[no] = PersonsPage(words)
    return found


def _marked(words: Sequence[Word]) -> tuple[Word, ...]:
    return tuple(word for word in words if word.by_person)


def _after_correction(old: PageWords, new: PageWords, before: PersonsPage) -> PersonsPage:
    """A person's words after a correction that changed `old` into `new`."""
    if new.words == old.words:
        return before
    known, still = set(old.words), set(new.words)
    added = [word for word in new.words if word not in known]
    lines = {(word.block, word.line) for word in added}
    theirs = tuple(
        replace(word, by_person=True)
        for word in new.words
        if word.by_person
        or word in before.words
        or word not in known
        # A release without marks made the whole line certain.
        or ((word.block, word.line) in lines and word.confidence >= 1.0)
    )
    gone = [word.box for word in old.words if word not in still]
    emptied = [box for box in (*before.emptied, *gone) if not any(_is_at(box, word.box) for word in theirs)]
    persons = {(word.text, word.box) for word in theirs}
    left = tuple(word.box for word in new.words if (word.text, word.box) not in persons)
    return PersonsPage(theirs, tuple(emptied), left)


def _is_at(one: Box, other: Box) -> bool:
    return max(one.centre_distance(other)) <= _SAME_PLACE or _overlap(one, other) > _OVERLAP


def _overlap(one: Box, other: Box) -> float:
    """The share of a box that another covers, 0 to 1."""
    shared = max(0.0, one.shared_width(other)) * max(0.0, one.shared_height(other))
    area = one.width * one.height
    return shared / area if area > 0 else 0.0
