"""The values that every room shares: frozen, with no behaviour beyond simple derived values.

Coordinates. A *captured* page is the raster as it came, in pixels. The *upright* page is what a person
sees: the captured page after its quarter turns, with the skew taken out about its centre; it is measured
in points (1/72 inch), origin at the top left, y downwards. Every word box is in upright points, so that
nothing that works with words needs to know how the page lay on the glass.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

MediaType = Literal["image/jpeg", "image/png", "application/pdf"]
ResolutionSource = Literal["stated", "measured", "assumed"]
PageKind = Literal["scan", "render", "text"]
NumberSource = Literal["code", "clerk", "text"]
WordKind = Literal["print", "handwriting", "stamp", "pen"]
FieldSource = Literal["qr", "mrz", "print", "person"]
SealShape = Literal["round", "rectangular"]
SealColour = Literal["red", "blue", "grey"]

REBUILT = "rebuilt"
"""Why a batch waits for a person: the bucket alone doesn't say what was to become of it."""

UNKNOWN_TYPE = "unknown"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in upright points, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def moved(self, right: float, down: float) -> "Box":
        return Box(self.left + right, self.top + down, self.right + right, self.bottom + down)

    def holds(self, other: "Box") -> bool:
        """Whether the middle of `other` lies in it."""
        x, y = (other.left + other.right) / 2, (other.top + other.bottom) / 2
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def shared_width(self, other: "Box") -> float:
        """Points of width that both cover; negative: the gap between them."""
        return min(self.right, other.right) - max(self.left, other.left)

    def shared_height(self, other: "Box") -> float:
        """Points of height that both cover; negative: the gap between them."""
        return min(self.bottom, other.bottom) - max(self.top, other.top)

    def apart(self, other: "Box") -> tuple[float, float]:
        """Points between the middles of both, across and down."""
        across = abs(self.left + self.right - other.left - other.right) / 2
        return across, abs(self.top + self.bottom - other.top - other.bottom) / 2

    def is_on_row_of(self, other: "Box") -> bool:
        """Whether both cover half of the lower one's height, or more."""
        return self.shared_height(other) >= 0.5 * min(self.height, other.height)


def union(boxes: Sequence[Box]) -> Box:
    """The smallest box around `boxes` (at least one)."""
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


@dataclass(frozen=True, slots=True)
class Word:
    """One word as read.

    `text` is NFC; `confidence` is the chance that it is right, from 0 to 1; words with equal `block` and
    `line` stand on one line, and a sequence of words is always in reading order. `raw` is what the engine
    said where a correction changed it. `kind` is `handwriting` for handwritten words: the text is then a
    guess that is kept with its place, and no part of the page's text. It is `pen` for digits that were filled
    into the number or date of a head: searchable and a field's value, but no part of the text. It is `stamp`
    for what a received-stamp or an electronic signature's block says: searchable, but apart from the text,
    behind it.
    `by_person`: a person typed or confirmed it.
    """

    text: str
    box: Box
    confidence: float
    block: int
    line: int
    raw: str | None = None
    kind: WordKind = "print"
    by_person: bool = False

    @property
    def searchable(self) -> bool:
        """Whether it is found by a search: print and stamps are, the guess at handwriting is not."""
        return self.kind != "handwriting"


@dataclass(frozen=True, slots=True)
class Code:
    """A barcode or QR code found on a page (`symbology` in zxing's spelling, for example `QRCode`)."""

    text: str
    symbology: str


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal or stamp (con dấu) that was pressed on a page, where reading recognized one.

    `colour` is that of its ink; `grey` in a scan without colours, where only round ones are recognized. In
    scans of two tones none are.
    """

    box: Box
    shape: SealShape
    colour: SealColour


@dataclass(frozen=True, slots=True)
class Geometry:
    """How the captured raster becomes the upright page.

    First mirrored left-right if `mirrored` (some EXIF orientations), then turned clockwise by `rotation`
    (0, 90, 180, 270 degrees), then the skew is taken out: `skew` is the angle in degrees by which the text
    lines of the turned page fall towards the right (clockwise positive). Where that would turn print out of
    the page, the upright page is `canvas` times as wide and as high as the captured one.
    """

    rotation: int = 0
    skew: float = 0.0
    mirrored: bool = False
    canvas: float = 1.0


@dataclass(frozen=True, slots=True)
class Quality:
    """What a page is worth to a reader, as numbers; `warnings` names those past their thresholds.

    `sharpness` and `contrast` run from 0 (useless) to 1 (crisp); `cut_edges` lists the sides (`left`,
    `top`, `right`, `bottom`) at which print runs off the sheet.
    """

    sharpness: float
    contrast: float
    cut_edges: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanLook:
    """What a scan looks like apart from its print; it tells pages of different scanners and copiers apart.

    `depth` is what the raster's tones are, empty where there was no raster; `paper` is the tone of the bare
    sheet in grey levels (0 to 255).
    """

    depth: Literal["", "bitonal", "grey", "colour"] = ""
    paper: int = 255


@dataclass(frozen=True, slots=True)
class CapturedPage:
    """One side of one sheet (trang) as it came; `data` is never altered.

    `data` is a whole file of `media_type`: a JPEG or PNG, or a one-page PDF that holds the page (a scan
    taken out of a PDF or TIFF without recoding its image stream where the format allows; a rendered page;
    a page with a good text layer). `width` and `height` are pixels of the raster before any turn; for a
    `text` page they are those that 300 dpi would give. `geometry` is only what the source itself states
    (EXIF, /Rotate). `words` is the page's own text layer, when `kind` is `text`; `layer` is the text of one
    that was not trusted, and is read anew, as it stood there.

    `dpi` is the resolution that the page is taken to have, `stated_dpi` what its file states, believable or
    not; None where it states none.

    `altered` says how `data` shows the page otherwise than by the source's own bytes (`rendered`, `recoded`,
    `assembled`, `copied`), `left_out` what the source had on the page beside it (`Watermark`, `TextLayer`).
    """

    no: int
    data: bytes = field(repr=False)
    media_type: MediaType
    width: int
    height: int
    dpi: tuple[float, float]
    dpi_source: ResolutionSource
    kind: PageKind = "scan"
    geometry: Geometry = Geometry()
    words: tuple[Word, ...] | None = field(default=None, repr=False)
    layer: str | None = field(default=None, repr=False)
    altered: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    stated_dpi: tuple[float, float] | None = None

    @property
    def lossless(self) -> bool:
        """Whether the page is the source's own image stream and nothing was beside it."""
        return not (self.altered or self.left_out)


@dataclass(frozen=True, slots=True)
class PageReading:
    """What imaging and reading found out about one captured page.

    `size` is the upright page's width and height in points. `geometry` is complete: the source's own turn
    and what was measured. `confidence` is the mean over the printed words' letters, 0 where there are none.
    `engine` says what read it (`tesseract 5.5.0 vie`), or `text-layer`. `unread` is the code of the error for
    which a page has no words; only a page of a signed file comes this far with one.
    `dpi` is the page's resolution by which `size` is given, `stated_dpi` what its file states.
    `seals` are those that were recognized, none in readings of earlier versions.
    `step_seconds`: CPU seconds by step of recognition, all from the captured bytes to the words.
    """

    geometry: Geometry
    size: tuple[float, float]
    dpi: tuple[float, float]
    dpi_source: ResolutionSource
    blank: bool
    quality: Quality
    fingerprint: str
    codes: tuple[Code, ...]
    words: tuple[Word, ...] = field(repr=False)
    confidence: float = 0.0
    engine: str = ""
    unread: str = ""
    look: ScanLook = ScanLook()
    stated_dpi: tuple[float, float] | None = None
    seals: tuple[Seal, ...] = ()
    step_seconds: Mapping[str, float] = field(default_factory=dict, compare=False, repr=False)

    @property
    def printed(self) -> tuple[Word, ...]:
        """The printed words of the page's text."""
        return tuple(word for word in self.words if word.kind == "print")

    @property
    def searchable(self) -> tuple[Word, ...]:
        """The words that stand in a PDF's text layer: the text, and behind it what stamps say."""
        return tuple(word for word in self.words if word.searchable)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why something was decided: which cue, what stood on the page, how well it matched (0 to 1)."""

    cue: str
    found: str
    score: float
    page: int


def on_page(evidence: Iterable[Evidence], page: int) -> tuple[Evidence, ...]:
    """The same evidence as found on another page."""
    return tuple(Evidence(each.cue, each.found, each.score, page) for each in evidence)


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A value that was read from a paper, and how.

    `raw` is what stands there as read; `value` its normal form (days as dd/mm/yyyy, numbers without spaces,
    names and texts NFC as they stand), empty where what was read has none. `confidence` is the chance (0 to
    1) that `value` is right. `page` counts the paper's own pages from 1; `box` is in upright points of that
    page, None where the source has no place (a code). `problems` are codes of what speaks against it
    (`scanflow.classify.fields.problems`). A paper may have several values of one name: further people, or
    what two sources say differently. `source` is `person` where somebody typed or confirmed it. `person`:
    values that bear the same number (from 1) are one person's.
    """

    name: str
    raw: str
    value: str
    confidence: float
    source: FieldSource = "print"
    page: int = 1
    box: Box | None = None
    problems: tuple[str, ...] = ()
    person: int = 0


@dataclass(frozen=True, slots=True)
class Attestation:
    """That a paper was compared with its original (đã đối chiếu với bản chính): by whom and when."""

    by: str
    at: datetime


Doubt = Literal["", "type", "row"]
"""What a person is asked of a document: its type, the row of its dossier's list that it meets, or neither."""


@dataclass(frozen=True, slots=True)
class RowMatch:
    """That a paper meets a row of its procedure's list; `row` is its id, `chance` (0 to 1) how likely."""

    row: str
    chance: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Border:
    """How likely a paper begins at a page (0 to 1), and what speaks for and against it, the strongest first.

    `page` is the page's index in the batch. A chance of 0 or 1 is a certain border: a file's, or a person's
    word.
    """

    page: int
    chance: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """Consecutive pages that make one paper (giấy tờ), as the classifier sees them, before filing.

    `pages` are indices into the batch's read pages (blank and quarantined ones are not among them). `kind` is
    the family that the paper belongs to (quyết định, hợp đồng, đơn …), empty where that is not known either.
    `rows` are the rows of the procedure's list that it meets, the likeliest first. `fields` are the sure
    values by name, in their normal form; `field_details` are all values, doubtful ones too. `borders` are one
    for each page: at the first that the paper begins there, at the others that another one does.
    """

    pages: tuple[int, ...]
    type: str
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    title: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    attested: Attestation | None = None
    kind: str = ""
    rows: tuple[RowMatch, ...] = ()
    field_details: tuple[FieldValue, ...] = ()
    borders: tuple[Border, ...] = ()


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One row of a dossier's checklist (thành phần hồ sơ): a required paper and the documents for it.

    `name` is the row as published, `title` what the paper is called in short.
    `documents` are numbers; `held` is how many more the dossier holds already, where the numbers are others'.
    """

    id: str
    name: str
    types: tuple[str, ...]
    required: bool
    count: int
    documents: tuple[int, ...] = ()
    held: int = 0
    title: str = ""

    @property
    def missing(self) -> bool:
        return self.required and len(self.documents) + self.held < self.count


@dataclass(frozen=True, slots=True)
class Checklist:
    """What is there (có), missing (thiếu) and extra (ngoài thành phần hồ sơ): numbers no row asks for."""

    procedure: str
    items: tuple[ChecklistItem, ...]
    extra: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as the store confirmed it: read back and hashed, not as we hoped."""

    key: str
    sha256: str
    size: int
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class DossierNumber:
    """A dossier number (mã hồ sơ) and how we came by it."""

    value: str
    source: NumberSource


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """One immutable PDF of a document and what made it.

    `left_out` names what its source had beside the pages that stand in it: watermarks, text layers, ….
    """

    version: int
    pdf: StoredObject
    words: StoredObject
    pages: int
    confidence: float
    made_by: Mapping[str, str]
    created_at: datetime
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A captured file that is kept beside a document because its pages are not all of it.

    `file_no` is the file's number in the document's batch; `reasons` say what was not taken losslessly.
    """

    file_no: int
    stored: StoredObject
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A paper filed in a dossier under number `no`, with its versions, the newest last, and kept sources.

    `kind` and `rows` as in `Paper`.
    """

    no: int
    type: str
    confidence: float
    title: str
    evidence: tuple[Evidence, ...]
    fields: Mapping[str, str]
    batch_id: str
    versions: tuple[DocumentVersion, ...] = ()
    attested: Attestation | None = None
    sources: tuple[Source, ...] = ()
    field_details: tuple[FieldValue, ...] = ()
    kind: str = ""
    rows: tuple[RowMatch, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """One citizen's application for one procedure (hồ sơ)."""

    number: str
    procedure_code: str | None
    created_at: datetime
    documents: tuple[Document, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)


# --- how far the work is ------------------------------------------------------------------------------


class BatchState(StrEnum):
    """How far a batch is. `scanflow.ledger.states` says which state may follow which."""

    TAKING = "taking"
    """Its files are being stored."""
    DESK = "desk"
    """A clerk works on it at the desk, or released it there."""
    TAKEN = "taken"
    """It is to be worked on without a person."""
    UNASSIGNED = "unassigned"
    """It waits for a person: nobody knows which dossier it belongs to."""
    FAILED = "failed"
    """It waits for a person: it was tried too often."""
    CLOSED = "closed"
    """All of its pages and files are accounted for."""


class FileState(StrEnum):
    """How far a file of a batch is."""

    EXPECTED = "expected"
    """Announced; its bytes are not stored yet."""
    TAKEN = "taken"
    """Its bytes are stored and were read back."""
    UNPACKED = "unpacked"
    """Its pages are in the ledger."""
    QUARANTINED = "quarantined"
    """It can't be read; the reason is noted."""
    WITHDRAWN = "withdrawn"
    """It went away before it was stored, or another batch has it: nothing of it is kept here."""


class PageState(StrEnum):
    """How far a page of a batch is."""

    TAKEN = "taken"
    """It is to be read."""
    READ = "read"
    """It was read, or is a page of a signed file that can't be read, with the reason."""
    FILED = "filed"
    """It stands in a document."""
    SET_ASIDE = "set_aside"
    """It is kept, but stands in no document; the reason is noted."""
    QUARANTINED = "quarantined"
    """It can't be read or written; the reason is noted."""


SETTLED = (PageState.FILED, PageState.SET_ASIDE, PageState.QUARANTINED)
"""The states of a page with which nothing more is to be done."""


# --- who works where -----------------------------------------------------------------------------------
