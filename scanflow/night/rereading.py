"""Reads a filed document again, from the scans in its file, and compares old and new words page by page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from scanflow.archive.documents.documents_again import PlacedDocument
from scanflow.archive.documents.filed_documents import page_geometry
from scanflow.archive.documents.page_words import PageWords, decode_words
from scanflow.capture.files.unpacked import Wanted
from scanflow.errors import DamagedInputError, InputError
from scanflow.model import Geometry, PageReading, Quality, StoredObject
from scanflow.night.readings.carrying import carried_over, without_removed
from scanflow.night.readings.merging import merged
from scanflow.night.readings.people import PersonsPage, persons_pages
from scanflow.night.readings.placing import matrix_of, moved, placer, quarter_turns
from scanflow.night.readings.score import Comparison, compare, total
from scanflow.night.runs.choosing import TEXT_LAYER
from scanflow.night.runs.pace import Pace
from scanflow.pdf.document import NewPlace
from scanflow.pipeline.filing.writing import WRITTEN
from scanflow.pipeline.sandbox.filed import FiledScans, Matrix
from scanflow.pipeline.sandbox.pool import outcome
from scanflow.pipeline.services import Services

_FILE = "filed.pdf"
_ALL = Wanted(layers="none", old_text=False)


@dataclass(frozen=True, slots=True)
class PageAgain:
    """A page before and after: the words of the file, and those merged with the better ones of the new
    reading.

    `reading` is the new reading, None where the page was not read again; `taken`: whether it improves the
    page. `place`: the new geometry, where the new reading found that the page was filed with a wrong
    rotation.
    """

    old: PageWords
    new: PageWords
    comparison: Comparison
    taken: bool
    reading: PageReading | None = None
    place: NewPlace | None = None

    @property
    def kept(self) -> PageWords:
        """The words that count from now on."""
        return self.new if self.taken else self.old

    @property
    def gain(self) -> float:
        """Letters that are expected to be right more."""
        if not self.taken:
            return 0.0
        return self.comparison.gain if self.place is None else self.comparison.difference


@dataclass(frozen=True)
class DocumentAgain:
    """A document read again, with what it costs (CPU seconds of recognition), and the file that was read."""

    pages: tuple[PageAgain, ...]
    read_seconds: float
    file: bytes = field(repr=False)

    @cached_property
    def comparison(self) -> Comparison:
        """All pages that were read again."""
        return total([page.comparison for page in self.pages if page.reading is not None])

    @cached_property
    def gain(self) -> float:
        """Expected number of additional right letters on the pages that take the new reading."""
        return sum(page.gain for page in self.pages)

    @property
    def is_better(self) -> bool:
        return any(page.taken for page in self.pages)

    @property
    def words(self) -> tuple[PageWords, ...]:
        return tuple(page.kept for page in self.pages)

    @property
    def places(self) -> Mapping[int, NewPlace]:
        return {no: page.place for no, page in enumerate(self.pages) if page.taken and page.place is not None}

    def readings(self) -> list[PageReading]:
        """The pages as the classifier sees them, with the words that count."""
        return [as_reading(page.kept, page.reading) for page in self.pages]


def read_again(services: Services, placed: PlacedDocument, pace: Pace) -> DocumentAgain:
    """Read a document's pages again, each as soon as `pace` allows it.

    A page that can't be read, or that came with a text of its own, stays as it is. Raises InputError for a
    file that can't be unpacked, EndOfNight.
    """
    version = placed.document.versions[-1]
    store = services.store

    def words_of(stored: StoredObject) -> Sequence[PageWords]:
        return decode_words(store.get(stored.key, stored.version_id))

    old = words_of(version.words)
    data = store.get(version.pdf.key, version.pdf.version_id)
    written = version.made_by.get("source") == WRITTEN
    persons = persons_pages(placed.document.versions, words_of)
    pages: list[PageAgain] = []
    seconds = 0.0
    for no, (words, read) in enumerate(zip(old, _readings(services, placed, data, old, pace), strict=True)):
        if read is None:
            pages.append(PageAgain(words, words, Comparison(), taken=False))
            continue
        matrix, reading = read
        seconds += sum(reading.step_seconds.values())
        pages.append(_page_again(words, reading, matrix, persons.get(no, PersonsPage()), movable=written))
    return DocumentAgain(tuple(pages), seconds, data)


def _readings(
    services: Services, placed: PlacedDocument, data: bytes, old: Sequence[PageWords], pace: Pace
) -> Iterator[tuple[Matrix, PageReading] | None]:
    """For each page of a filed file how it lies there and its new reading; None for one that stays as it is.

    A single page is taken out and read by one child: its pixels need not come here and go to another. Where
    that fails it is done in two tasks, which tell what is wrong with the file from what is with the page.
    """
    children = services.children
    written = placed.document.versions[-1].made_by.get("source") == WRITTEN
    if written and len(old) == 1 and old[0].engine != TEXT_LAYER:
        pace.wait()
        only = outcome(children.read_filed(data), _FILE)
        if not isinstance(only, InputError):
            yield (only.matrix, only.reading) if only.matrix and only.reading else None
            return
    scans = _filed_scans(services, data, len(old)) if written else _kept_scans(services, placed, data, old)
    by_no = {page.no: page for page in scans.pages}
    for no, (words, matrix) in enumerate(zip(old, scans.matrices, strict=True), start=1):
        scan = by_no.get(no)
        if scan is None or matrix is None or words.engine == TEXT_LAYER:
            yield None
            continue
        pace.wait()
        read = outcome(children.read(scan), f"page {no}")
        yield None if isinstance(read, InputError) else (matrix, read)


def _filed_scans(services: Services, data: bytes, count: int) -> FiledScans:
    """The scans in a file that scanflow wrote. Raises InputError."""
    scans = outcome(services.children.unpack_filed(data), _FILE)
    if isinstance(scans, InputError):
        raise scans
    if len(scans.matrices) != count:
        raise _other_count(count)
    return scans


def _kept_scans(
    services: Services, placed: PlacedDocument, data: bytes, old: Sequence[PageWords]
) -> FiledScans:
    """The scans in a file that was kept as it came. Raises InputError."""
    unpacked = outcome(services.children.unpack_wanted(data, _FILE, _ALL), _FILE)
    if isinstance(unpacked, InputError):
        raise unpacked
    if len(unpacked.pages) + len(unpacked.problems) != len(old):
        raise _other_count(len(old))
    with services.catalog.reading() as connection:
        matrices = (
            matrix_of(page.size, page_geometry(connection, placed.id, no))
            for no, page in enumerate(old, start=1)
        )
        return FiledScans(unpacked.pages, tuple(matrices))


def _other_count(count: int) -> InputError:
    return DamagedInputError(f"a filed file of {count} pages has another number of them")


def _page_again(
    old: PageWords, read: PageReading, matrix: Matrix, person: PersonsPage, *, movable: bool
) -> PageAgain:
    """A page, merged with its new reading where that is better."""
    new_matrix = matrix_of(read.size, read.geometry)
    turned = quarter_turns(matrix, new_matrix) != 0
    words = moved(read.words, new_matrix, read.size[1], matrix, old.size[1])
    # Of a page that nobody has corrected yet the old words count as they are.
    theirs = {(word.text, word.box) for word in person.words}
    before = [replace(w, by_person=True) if (w.text, w.box) in theirs else w for w in old.words]
    if not person.untouched:
        before, words = without_removed(before, person), carried_over(words, person)
    comparison = compare(before, words)
    if turned and movable and person.untouched:
        # Filed lying on its side: only upright can its text be selected.
        place, size, words = NewPlace(read.size, read.geometry), read.size, read.words
        seals = read.seals
        taken = comparison.is_better_as_a_whole
    else:
        place, size, words = None, old.size, merged(before, words, comparison)
        on_old = placer(new_matrix, read.size[1], matrix, old.size[1])
        seals = tuple(replace(seal, box=on_old(seal.box)) for seal in read.seals)
        taken = comparison.is_better
    new = replace(old, size=size, words=words, engine=read.engine, unread="", seals=seals)
    return PageAgain(old, new, comparison, taken=taken, reading=read, place=place)


def as_reading(words: PageWords, read: PageReading | None = None) -> PageReading:
    """A filed page as the classifier sees it; `read`: the new reading with its other results, if there is
    one.
    """
    if read is not None:
        return replace(read, words=words.words, size=words.size, seals=words.seals)
    return PageReading(
        geometry=Geometry(),
        size=words.size,
        dpi=(300.0, 300.0),
        dpi_source="assumed",
        blank=False,
        quality=Quality(sharpness=1.0, contrast=1.0),
        fingerprint="",
        codes=(),
        words=words.words,
        engine=words.engine,
        unread=words.unread,
        seals=words.seals,
    )
