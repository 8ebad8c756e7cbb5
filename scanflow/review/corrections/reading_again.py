"""Reads rotated pages again: with a wrong rotation they were read badly, or not at all."""

from collections.abc import Sequence
from dataclasses import replace

from scanflow.archive.documents.page_words import PageWords
from scanflow.capture.files.unpacked import Wanted
from scanflow.errors import InputError
from scanflow.model import Word
from scanflow.pipeline.sandbox.pool import outcome
from scanflow.review.context import Review
from scanflow.review.corrections.page_rotation import corrected_by_person
from scanflow.review.corrections.versions import printed


def read_turned(
    review: Review, data: bytes, pages: Sequence[PageWords], turned: Sequence[int]
) -> tuple[bytes, list[PageWords]]:
    """A file and the words of its pages; the pages `turned` (from 1) are read again, if that gives more
    words.

    What a person typed stays. A page that can't be read keeps its words.
    """
    made = list(pages)
    again = [no for no in turned if not corrected_by_person(pages[no - 1])]
    if not again:
        return data, made
    wanted = Wanted("none", tuple((no, no) for no in again), old_text=False)
    unpacked = outcome(review.children.unpack_wanted(data, "filed.pdf", wanted), "the document")
    if isinstance(unpacked, InputError):
        return data, made
    for page in unpacked.pages:
        if page.no not in again:
            continue
        read = outcome(review.children.read(page, page.geometry.rotation), f"page {page.no}")
        old = made[page.no - 1]
        if not isinstance(read, InputError) and _certain(read.words) > _certain(old.words):
            made[page.no - 1] = replace(
                old, words=read.words, engine=read.engine, unread="", seals=read.seals
            )
    if made == list(pages):
        return data, made
    renewed = outcome(review.children.renew_text(data, [printed(page) for page in made]), "the document")
    return (data, list(pages)) if isinstance(renewed, InputError) else (renewed, made)


def _certain(words: Sequence[Word]) -> float:
    """Letters of the print, each by the chance that it is right."""
    return sum(len(word.text) * word.confidence for word in words if word.kind == "print")
