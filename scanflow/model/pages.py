"""Pages, their words, and the results of reading them.

Coordinates. A *captured* page is the raster as it came, in pixels. The *upright* page is what a person
sees: the captured page after its quarter turns, with the skew removed about its centre; it is measured
in points (1/72 inch), origin at the top left, y downwards. Every word box is in upright points, so that
code that works with words needs no geometry of the scan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

MediaType = Literal["image/jpeg", "image/png", "application/pdf"]
ResolutionSource = Literal["stated", "measured", "assumed"]
PageKind = Literal["scan", "render", "text"]
WordKind = Literal["print", "handwriting", "stamp", "pen"]
SealShape = Literal["round", "rectangular"]
SealColour = Literal["red", "blue", "grey"]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in upright points, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def __reduce__(self) -> tuple[type["Box"], tuple[float, ...]]:
        # A page's words go to child processes: by Python's own way this takes five times as long.
        return Box, (self.left, self.top, self.right, self.bottom)

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
    `line` stand on one line, and a sequence of words is always in reading order. `raw` is the engine's
    text where a correction changed it. `kind` is `handwriting` for handwritten words: the text is then a
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

    def __reduce__(self) -> tuple[type["Word"], tuple[Any, ...]]:
        # As of boxes.
        place = self.box, self.confidence, self.block, self.line
        return Word, (self.text, *place, self.raw, self.kind, self.by_person)

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
    (0, 90, 180, 270 degrees), then the skew is removed: `skew` is the angle in degrees by which the text
    lines of the turned page fall towards the right (clockwise positive). Where that would turn print out of
    the page, the upright page is `canvas` times as wide and as high as the captured one.
    """

    rotation: int = 0
    skew: float = 0.0
    mirrored: bool = False
    canvas: float = 1.0


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a page can be read, as numbers; `warnings` names those past their thresholds.

    `sharpness` and `contrast` run from 0 (useless) to 1 (crisp); `cut_edges` lists the sides (`left`,
    `top`, `right`, `bottom`) at which print is cut off.
    """

    sharpness: float
    contrast: float
    cut_edges: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanLook:
    """Properties of a scan apart from its print, which distinguish pages of different scanners and copiers.

    `depth` is what the raster's tones are, empty where there was no raster; `paper` is the tone of the bare
    sheet in grey levels (0 to 255).
    """

    depth: Literal["", "bitonal", "grey", "colour"] = ""
    paper: int = 255


@dataclass(frozen=True, slots=True)
class CapturedPage:
    """One side of one sheet (trang) as captured; `data` is never changed.

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
    """The results of imaging and reading for one captured page.

    `size` is the upright page's width and height in points. `geometry` is complete: the source's own turn
    and what was measured. `confidence` is the mean over the printed words' letters, 0 where there are none.
    `engine` says what read it (`tesseract 5.5.0 vie`), or `text-layer`. `unread` is the code of the error for
    which a page has no words; only a page of a signed file can have one here.
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
