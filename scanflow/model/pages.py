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
        # Words of a page are pickled to and from child processes; the default pickling of a frozen
        # dataclass takes five times as long.
        return Box, (self.left, self.top, self.right, self.bottom)

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def centre_x(self) -> float:
        return (self.left + self.right) / 2

    @property
    def centre_y(self) -> float:
        return (self.top + self.bottom) / 2

    def moved(self, right: float, down: float) -> "Box":
        return Box(self.left + right, self.top + down, self.right + right, self.bottom + down)

    def holds(self, other: "Box") -> bool:
        """Whether the centre of `other` lies in this box; its edges may lie outside."""
        x, y = other.centre_x, other.centre_y
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def shared_width(self, other: "Box") -> float:
        """Points of width that both cover; negative: the gap between them."""
        return min(self.right, other.right) - max(self.left, other.left)

    def shared_height(self, other: "Box") -> float:
        """Points of height that both cover; negative: the gap between them."""
        return min(self.bottom, other.bottom) - max(self.top, other.top)

    def centre_distance(self, other: "Box") -> tuple[float, float]:
        """The horizontal and the vertical distance of the two centres in points."""
        across = abs(self.left + self.right - other.left - other.right) / 2
        return across, abs(self.top + self.bottom - other.top - other.bottom) / 2

    def is_on_row_of(self, other: "Box") -> bool:
        """Whether the heights that both cover are at least half of the smaller box's height."""
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

    `text` is NFC; `confidence` is the chance that it is right, from 0 to 1 (during recognition: the engine's
    own confidence); words with equal `block` and `line` stand on one line, and a sequence of words is always
    in reading order. `raw` is the engine's text where a correction changed it. `by_person`: a person typed or
    confirmed it. `kind` is one of these:

    - `print`: a word of the page's text;
    - `handwriting`: a handwritten word; its text is a guess, kept with its place, not searchable and no part
      of the page's text;
    - `pen`: digits that were filled by hand into the printed number or date of a paper's head; searchable and
      usable as a field's value, but no part of the text;
    - `stamp`: a word of a received-stamp or of an electronic signature's block; searchable, but no part of
      the text, which it follows.
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
        # For the reason given at `Box.__reduce__`.
        place = self.box, self.confidence, self.block, self.line
        return Word, (self.text, *place, self.raw, self.kind, self.by_person)

    @property
    def searchable(self) -> bool:
        """Whether a search finds it: all kinds but `handwriting`, whose text is only a guess."""
        return self.kind != "handwriting"


@dataclass(frozen=True, slots=True)
class Code:
    """A barcode or QR code found on a page (`symbology` as the zxing library names it, e.g. `QRCode`)."""

    text: str
    symbology: str


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal or stamp (con dấu) that recognition found on a page.

    `colour` is that of its ink, or `grey` in a scan without colours, where only round seals are found. In
    scans of two tones none are found.
    """

    box: Box
    shape: SealShape
    colour: SealColour


@dataclass(frozen=True, slots=True)
class Geometry:
    """How the captured raster becomes the upright page.

    First mirrored left-right if `mirrored` (some EXIF orientations), then turned clockwise by `rotation`
    (0, 90, 180, 270 degrees), then the skew is removed: `skew` is the angle in degrees by which the text
    lines of the turned page fall towards the right (clockwise positive). Where removing the skew would rotate
    print out of the page, the upright page is enlarged: it is `canvas` times as wide and as high as the
    captured one.
    """

    rotation: int = 0
    skew: float = 0.0
    mirrored: bool = False
    canvas: float = 1.0


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a page can be read; `warnings` are codes of what is worse than the settings allow.

    `sharpness` and `contrast` run from 0 (worst) to 1 (best); `cut_edges` lists the sides (`left`,
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
    (EXIF, /Rotate). `words` is the page's own text layer, when `kind` is `text`. `layer` is the unchanged
    text of a text layer that was not trusted; such a page is read by recognition.

    `dpi` is the resolution that the page is taken to have, `stated_dpi` what its file states, believable or
    not; None where it states none.

    `altered` says how `data` was made where it is not the source's own bytes (`rendered`, `recoded`,
    `assembled`, `copied`); `left_out` names what the source's page had that `data` has not (`Watermark`,
    `TextLayer`).
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
        """Whether `data` is the source's own image stream, and the source's page had nothing else."""
        return not (self.altered or self.left_out)


@dataclass(frozen=True, slots=True)
class PageReading:
    """The results of imaging and recognition for one captured page.

    `size` is the upright page's width and height in points. `geometry` is complete: the rotation that the
    source states, and what was measured. `confidence` is the mean confidence of the printed words, weighted
    by their letters, 0 where there are none. `engine` says what read it (`tesseract 5.5.0 vie`), or
    `text-layer`; it is empty for a blank page. `unread` is the code of the error that is the reason why a
    page has no words; only pages of signed files have one, as any other page that can't be read is in
    quarantine. `dpi` is the resolution by which `size` was computed, `stated_dpi` what the file states.
    `seals` is empty in readings of versions that did not look for them. `step_seconds`: CPU seconds by the
    name of the step, from opening the captured bytes to the words.
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
        """The words that stand in a PDF's text layer: the text, then the words of stamps."""
        return tuple(word for word in self.words if word.searchable)
