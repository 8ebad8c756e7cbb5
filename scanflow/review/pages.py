"""A document's pages as a reviewer sees them: pictures, words in lines, where a query stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from scanflow.archive.documents.filed_documents import page_geometry
from scanflow.archive.documents.page_words import PageWords, decode_page, page_text, split_words
from scanflow.archive.search.snippets import matching_words
from scanflow.errors import (
    InputError,
    NotFoundError,
    QuestionError,
    StoreError,
    StoreUnavailableError,
    WrongStoreError,
)
from scanflow.logs import get_logger
from scanflow.model import Box, StoredObject, Word, union
from scanflow.pdf.document import FileSignature
from scanflow.pipeline.filing.writing import WRITTEN as WRITTEN  # noqa: PLC0414 - pages ask it of this room
from scanflow.pipeline.sandbox.pool import outcome
from scanflow.review.access import Opened
from scanflow.review.context import Review

log = get_logger(__name__)

WIDTHS = (160, 1100, 2000)
"""Widths in pixels: of thumbnails, of the page, of the page when zoomed in."""

DOUBTFUL = 0.85
"""A word below this confidence is shown as doubtful."""

_SHORT_FILE = 2 * 2**20
"""A PDF of at most so many bytes goes to a child process as a whole."""
_PORTION = 16
"""Pages that are taken out of a longer one together."""


@dataclass(frozen=True, slots=True)
class ShownWord:
    """A word on a page, by its place in the page's reading order; `hit` where the query stands."""

    index: int
    word: Word
    hit: bool

    @property
    def doubtful(self) -> bool:
        return self.word.kind in ("handwriting", "pen") or self.word.confidence < DOUBTFUL

    @property
    def corrected(self) -> bool:
        """Whether a person or the program changed what the engine read."""
        return self.word.raw is not None and self.word.raw != self.word.text


@dataclass(frozen=True, slots=True)
class ShownLine:
    """Words of one line, in reading order; `begins` where a block begins."""

    words: tuple[ShownWord, ...]
    begins: bool

    @property
    def box(self) -> Box:
        return union([each.word.box for each in self.words])

    @property
    def text(self) -> str:
        return " ".join(each.word.text for each in self.words)

    @property
    def first(self) -> int:
        return self.words[0].index

    @property
    def doubtful(self) -> bool:
        return any(each.doubtful for each in self.words)


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A page with its size in points; `unread` is the code of the error for which it has no words.

    `lost`: the object that has its words is not in the store any more, or damaged; the size is then unknown
    (zeros).
    """

    no: int
    size: tuple[float, float]
    lines: tuple[ShownLine, ...]
    unread: str
    lost: bool = False

    @property
    def hits(self) -> int:
        return sum(each.hit for line in self.lines for each in line.words)


def shown_page(review: Review, opened: Opened, no: int, query: str = "") -> ShownPage:
    """A page with its words. Raises NotFoundError for a number that the document doesn't have.

    Where its words are lost it is shown without them, so that the picture can be seen.
    """
    if not 1 <= no <= opened.version.pages:
        raise no_page(opened, no)
    try:
        page = page_words(review, opened, no)
    except StoreError as error:
        _require_lost(error)
        return ShownPage(no, (0, 0), (), "", lost=True)
    hits = places(page.words, query)
    shown = [ShownWord(index, word, index in hits) for index, word in enumerate(page.words)]
    lines: list[ShownLine] = []
    block: int | None = None
    for (here, _), words in groupby(shown, key=lambda each: (each.word.block, each.word.line)):
        lines.append(ShownLine(tuple(words), here != block))
        block = here
    return ShownPage(no, page.size, tuple(lines), page.unread)


def page_words(review: Review, opened: Opened, no: int) -> PageWords:
    """The words of a page. Raises NotFoundError, StoreError."""
    pages = raw_pages(review, opened.version.words)
    if not 1 <= no <= len(pages):
        raise no_page(opened, no)
    return decode_page(pages[no - 1])


def page_size(review: Review, opened: Opened, no: int) -> tuple[float, float] | None:
    """The size of a page in points; None where the document has no such page, or none is known."""
    try:
        raw = raw_pages(review, opened.version.words)
    except StoreError as error:
        _require_lost(error)
        return None
    size = decode_page(raw[no - 1]).size if 1 <= no <= len(raw) else (0, 0)
    return size if all(size) else None


def picture(review: Review, opened: Opened, no: int, width: int) -> bytes:
    """A page as a JPEG of one of `WIDTHS`.

    Raises NotFoundError, InputError where the page can't be shown, StoreError.
    """
    if width not in WIDTHS or not 1 <= no <= opened.version.pages:
        raise no_page(opened, no)
    pdf = opened.version.pdf
    geometry = None
    if opened.version.made_by.get("source") != WRITTEN:
        with review.catalog.reading() as connection:
            geometry = page_geometry(connection, opened.place.id, no)
    key = (pdf.sha256, no, width, geometry)
    made = review.pictures.get(key)
    if made is None:
        data, at = _page_of_file(review, opened, no)
        found = outcome(review.children.filed_picture(data, at, width, geometry), f"page {no}")
        if isinstance(found, InputError):
            raise found
        made = found
        review.pictures.put(key, made, len(made))
    return made


def file_bytes(review: Review, stored: StoredObject) -> bytes:
    """The bytes of a filed PDF. Raises StoreError."""
    data = review.files.get(stored.sha256)
    if data is None:
        data = review.services.store.get(stored.key, stored.version_id)
        review.files.put(stored.sha256, data, len(data))
    return data


def _page_of_file(review: Review, opened: Opened, no: int) -> tuple[bytes, int]:
    """A PDF that has a page of a document, and the page's number there: the document's own, or one of a
    single page where that is long, so that a turned page doesn't send all of it to a child process.
    """
    pdf = opened.version.pdf
    if pdf.size <= _SHORT_FILE:
        return file_bytes(review, pdf), no
    key = (pdf.sha256, no)
    page = review.files.get(key)
    if page is None:
        first = (no - 1) // _PORTION * _PORTION + 1
        last = min(first + _PORTION - 1, opened.version.pages)
        data = review.services.store.get(pdf.key, pdf.version_id)
        made = outcome(review.children.filed_pages(data, first, last), f"pages {first} to {last}")
        if isinstance(made, InputError):
            raise made
        for number, each in enumerate(made, start=first):
            review.files.put((pdf.sha256, number), each, len(each))
        page = made[no - first]
    return page, 1


def next_hit(review: Review, opened: Opened, query: str, page: int, step: int) -> int | None:
    """The nearest page after (`step` 1) or before (-1) a page on which a word of the query stands; None where
    the words are lost, too.
    """
    try:
        raw = raw_pages(review, opened.version.words)
    except StoreError as error:
        _require_lost(error)
        return None
    numbers: Iterator[int] = iter(range(page + 1, len(raw) + 1) if step > 0 else range(page - 1, 0, -1))
    return next((no for no in numbers if places(decode_page(raw[no - 1]).words, query)), None)


def text_of(review: Review, opened: Opened, no: int) -> str:
    """A page's text, to be copied."""
    return page_text(page_words(review, opened, no).words)


def signatures(review: Review, opened: Opened) -> tuple[FileSignature, ...]:
    """The digital signatures of a document's file; none for a file that scanflow wrote.

    Raises InputError where the file can't be read, StoreError.
    """
    if opened.version.made_by.get("source") == WRITTEN:
        return ()
    data = file_bytes(review, opened.version.pdf)
    found = outcome(review.children.signatures(data), "the document")
    if isinstance(found, InputError):
        raise found
    return found


def places(words: Sequence[Word], query: str) -> frozenset[int]:
    """The indices of the words at which any of a query's terms stands; none where it can't be understood."""
    try:
        found = matching_words(words, query)
    except QuestionError:
        return frozenset()
    return frozenset(index for find in found for index in find)


def raw_pages(review: Review, stored: StoredObject) -> tuple[bytes, ...]:
    """The pages of a words object, each as it stands there. Raises StoreError."""
    pages = review.words.get(stored.sha256)
    if pages is None:
        pages = split_words(review.services.store.get(stored.key, stored.version_id))
        review.words.put(stored.sha256, pages, sum(map(len, pages)))
    return pages


def _require_lost(error: StoreError) -> None:
    """Raise the error again unless it means that the object is lost; log a loss."""
    if isinstance(error, StoreUnavailableError | WrongStoreError):
        raise error
    log.warning("words are lost", reason=error.message)


def no_page(opened: Opened, no: int) -> NotFoundError:
    """The error for a page that a document doesn't have."""
    return NotFoundError(
        f"dossier {opened.number}: document {opened.document.no} has no page {no}",
        f"Giấy tờ {opened.document.no} của hồ sơ {opened.number} không có trang {no}.",
    )
